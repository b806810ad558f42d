// Columns are the user's: what was hidden, moved and resized comes back with the table, and a reset undoes it all.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/capture/capture.h"
#include "tests/support/samples.h"
#include "ui/grid/columnlayout.h"
#include "ui/grid/columnsdialog.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/style/theme.h"

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

std::shared_ptr<Capture> captureOf(const std::string& sample, const std::string& keyspace)
{
    auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.keyspace = keyspace;
    const ReaderId reader = capture->openReader(description).value();
    for (const std::string& message : test::readMessages(sample))
        (void)capture->append(reader, message, 1).value();
    return capture;
}

// A table whose columns are names and nothing else.
class Names : public GridModel
{
public:
    void set(const QStringList& names)
    {
        beginResetModel();
        m_columns.clear();
        for (const QString& name : names)
            m_columns.emplace_back().title = name;
        endResetModel();
    }
    int rowCount(const QModelIndex& = {}) const override { return 1; }
    int columnCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
    }
    void row(qint64, GridRow&) const override {}
    void cell(qint64, int, GridCell&) const override {}
    const GridColumn& gridColumn(int column) const override { return m_columns[column]; }

private:
    QList<GridColumn> m_columns;
};

struct Table
{
    explicit Table(const QStringList& names, const QString& table = u"shop.orders"_s)
    {
        model.set(names);
        grid.setModel(&model);
        layout = new ColumnLayout(&grid);
        layout->setTable(table);
        QObject::connect(&model, &QAbstractItemModel::modelReset, layout, [this, table] { layout->setTable(table); });
    }
    QStringList shown() const
    {
        QStringList names;
        for (const ColumnLayout::Column& column : layout->columns())
            names.append(column.isShown ? column.title : u'(' + column.title + u')');
        return names;
    }

    Names model;
    GridView grid;
    ColumnLayout* layout;
};

} // namespace

class TestColumns : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_config.isValid());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_config.path());
        QCoreApplication::setOrganizationName(u"vtscope-test"_s);
        QCoreApplication::setApplicationName(u"vtscope-test"_s);
        Theme::instance().install(Theme::Choice::Light);
    }
    void init() { QSettings().clear(); }

    void choicesComeBackWithTheTable()
    {
        int width = 0;
        {
            Table table({u"id"_s, u"status"_s, u"total"_s});
            table.grid.header()->hideSection(1);
            table.grid.header()->moveSection(2, 0);
            width = table.grid.header()->sectionSize(0) + 40;
            table.grid.header()->resizeSection(0, width);
        }
        Table again({u"id"_s, u"status"_s, u"total"_s});
        QCOMPARE(again.shown(), QStringList({u"total"_s, u"id"_s, u"(status)"_s}));
        QVERIFY(std::abs(again.grid.header()->sectionSize(0) - width) <= 1);
        Table other({u"id"_s, u"status"_s, u"total"_s}, u"shop.customers"_s);
        QCOMPARE(other.shown(), QStringList({u"id"_s, u"status"_s, u"total"_s}));
    }

    void hiddenColumnsKeepTheirWidth()
    {
        Table table({u"id"_s, u"status"_s});
        table.grid.header()->resizeSection(1, 250);
        table.grid.header()->hideSection(1);
        table.model.set({u"id"_s, u"status"_s}); // a reset keeps what was chosen
        QList<ColumnLayout::Column> columns = table.layout->columns();
        columns[1].isShown = true;
        table.layout->setColumns(columns);
        QVERIFY(std::abs(table.grid.header()->sectionSize(1) - 250) <= 1);
    }

    void newColumnsStandBesideTheirNeighbour()
    {
        Table table({u"id"_s, u"status"_s, u"total"_s});
        table.grid.header()->moveSection(2, 0);
        table.grid.header()->resizeSection(1, 222);
        table.model.set({u"id"_s, u"status"_s, u"note"_s, u"total"_s});
        QCOMPARE(table.shown(), QStringList({u"total"_s, u"id"_s, u"status"_s, u"note"_s}));
        QVERIFY(std::abs(table.grid.header()->sectionSize(1) - 222) <= 1);
    }

    void resetShowsAllInOrder()
    {
        Table table({u"id"_s, u"status"_s, u"total"_s});
        const int first = table.grid.header()->sectionSize(0);
        table.grid.header()->resizeSection(0, first + 100);
        table.grid.header()->hideSection(1);
        table.grid.header()->moveSection(2, 0);
        table.layout->reset();
        QCOMPARE(table.shown(), QStringList({u"id"_s, u"status"_s, u"total"_s}));
        QCOMPARE(table.grid.header()->sectionSize(0), first);
        Table again({u"id"_s, u"status"_s, u"total"_s});
        QCOMPARE(again.shown(), QStringList({u"id"_s, u"status"_s, u"total"_s}));
    }

    // A column of the table may be called like one of ours, or like anything else.
    void namesMayBeAnything()
    {
        const QStringList names{u"a b"_s, u"ä,/%=\n"_s, u"0"_s};
        {
            Table table(names, u"ks.x/y %z"_s);
            table.grid.header()->hideSection(1);
            table.grid.header()->moveSection(2, 0);
        }
        Table again(names, u"ks.x/y %z"_s);
        QCOMPARE(again.shown(), QStringList({u"0"_s, u"a b"_s, u"(ä,/%=\n)"_s}));
    }

    void dialogMovesAndHides()
    {
        ColumnsDialog dialog({{u"a"_s, u"a"_s, 8, true}, {u"b"_s, u"b"_s, 8, true}, {u"c"_s, u"c"_s, 8, true}},
                             nullptr);
        dialog.show();
        auto* list = dialog.findChild<QListWidget*>();
        for (QPushButton* button : dialog.findChildren<QPushButton*>())
            if (button->shortcut() == QKeySequence(Qt::ALT | Qt::Key_Down))
                button->click();
        QTest::keyClick(list, Qt::Key_Space);
        QStringList names;
        for (const ColumnLayout::Column& column : dialog.columns())
            names.append(column.isShown ? column.name : u'(' + column.name + u')');
        QCOMPARE(names, QStringList({u"b"_s, u"(a)"_s, u"c"_s}));
        auto* ok = dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
        for (int row = 0; row < list->count(); ++row)
            list->item(row)->setCheckState(Qt::Unchecked);
        QVERIFY(!ok->isEnabled());
        QVERIFY(!ok->toolTip().isEmpty());
    }

    void captureKeepsItsTablesColumns()
    {
        const auto capture = captureOf("vstream-live-alltypes.bin", "solo");
        QString hidden;
        {
            CaptureView view(capture);
            QCOMPARE(view.model().tableName(), u"solo.alltypes"_s);
            GridHeader* header = view.grid().header();
            hidden = view.model().gridColumn(6).title;
            header->hideSection(6);
        }
        CaptureView view(capture);
        QVERIFY(view.grid().header()->isSectionHidden(6));
        QCOMPARE(view.model().gridColumn(6).title, hidden);
    }

    // ALTER adds a column somewhere: there it stands in the grid too.
    void alteredTableShowsItsOrder()
    {
        auto capture = Capture::createUnnamed(0).value();
        ReaderDescription description;
        description.api = ReaderDescription::Api::VStream;
        description.keyspace = "solo";
        const ReaderId reader = capture->openReader(description).value();
        CaptureView view(capture);
        QSet<QStringList> orders;
        for (const std::string& message : test::readMessages("vstream-ddl.bin")) {
            (void)capture->append(reader, message, 1).value();
            view.model().takeNew();
            if (view.model().tableName().isEmpty())
                continue;
            const Snapshot& snapshot = view.model().snapshot();
            const auto& schema = snapshot.layout(snapshot.layoutCount() - 1).after;
            if (!schema)
                continue;
            QStringList wanted, shown;
            for (const bool isKey : {true, false})
                for (const Column& column : schema->columns)
                    if (column.isKey == isKey)
                        wanted.append(QString::fromStdString(column.name));
            for (int column = 0; column < view.model().columnCount(); ++column)
                if (wanted.contains(view.model().gridColumn(column).title))
                    shown.append(view.model().gridColumn(column).title);
            QCOMPARE(shown, wanted);
            orders.insert(wanted);
        }
        QVERIFY(orders.size() > 1);
    }

private:
    QTemporaryDir m_config;
};

QTEST_MAIN(TestColumns)
#include "tst_columns.moc"
