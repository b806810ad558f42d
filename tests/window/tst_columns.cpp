// Columns are the user's: what was hidden, moved and resized comes back with the table, and a reset undoes it all.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/capture/capture.h"
#include "tests/support/samples.h"
#include "tests/window/settingsfolder.h"
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
            names.append((column.isPinned ? u"!"_s : QString()) +
                         (column.isShown ? column.title : u'(' + column.title + u')'));
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
        test::useSettingsIn(m_config.path());
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

    void pinsComeBackWithTheTable()
    {
        const QStringList names{u"id"_s, u"status"_s, u"total"_s, u"note"_s};
        {
            Table table(names);
            GridHeader* header = table.grid.header();
            header->pin(2, true);
            header->pin(1, true);
            QCOMPARE(table.shown(), QStringList({u"!total"_s, u"!status"_s, u"id"_s, u"note"_s}));
            header->hideSection(1);
            header->pin(2, false);
            QCOMPARE(table.shown(), QStringList({u"!(status)"_s, u"total"_s, u"id"_s, u"note"_s}));
            // Moved across the line, by the mouse or by anything else.
            header->moveSection(3, 0);
            QCOMPARE(table.shown(), QStringList({u"!note"_s, u"!(status)"_s, u"total"_s, u"id"_s}));
            header->moveSection(0, 3);
            QCOMPARE(table.shown(), QStringList({u"!(status)"_s, u"total"_s, u"id"_s, u"note"_s}));
            header->pin(0, true);
        }
        Table again(names);
        QCOMPARE(again.shown(), QStringList({u"!(status)"_s, u"!id"_s, u"total"_s, u"note"_s}));
        again.layout->reset();
        QCOMPARE(again.shown(), names);
    }

    void pinnedColumnsStayWhileOthersScroll()
    {
        QStringList names;
        for (int i = 0; i < 20; ++i)
            names.append(u"c%1"_s.arg(i));
        Table table(names);
        table.grid.resize(500, 200);
        table.grid.show();
        GridHeader* header = table.grid.header();
        header->pin(3, true);
        const auto cell = [&](int column) { return table.model.index(0, column); };
        const QRect pinned = table.grid.visualRect(cell(3));
        const QImage before = table.grid.grab().toImage();
        table.grid.goToRow(0, 19);
        QVERIFY(table.grid.horizontalScrollBar()->value() > 0);
        QCOMPARE(table.grid.visualRect(cell(3)), pinned);
        QCOMPARE(table.grid.indexAt(pinned.center()).column(), 3);
        QVERIFY(table.grid.viewport()->rect().contains(table.grid.visualRect(cell(19))));
        // The first that scrolls is not hidden below the pinned one.
        table.grid.goToRow(0, 0);
        QCOMPARE(table.grid.visualRect(cell(0)).left(), pinned.right() + 1);
        // Going to the pinned column scrolls nothing.
        table.grid.goToRow(0, 10);
        const int scrolled = table.grid.horizontalScrollBar()->value();
        table.grid.goToRow(0, 3);
        QCOMPARE(table.grid.horizontalScrollBar()->value(), scrolled);
        // Its header looks the same, and takes the mouse where it is seen.
        const QImage after = table.grid.grab().toImage();
        const QRect title(header->mapTo(&table.grid, QPoint()), QSize(header->pinnedWidth(), header->height()));
        QCOMPARE(after.copy(title), before.copy(title));
        QSignalSpy clicked(header, &GridHeader::sectionClicked);
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, {header->pinnedWidth() / 2, header->height() / 2});
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked.first().first().toInt(), 3);
        const int width = header->sectionSize(3);
        const QPoint edge(header->pinnedWidth() - 2, header->height() / 2);
        QTest::mousePress(header->viewport(), Qt::LeftButton, {}, edge);
        QTest::mouseMove(header->viewport(), edge + QPoint(30, 0));
        QTest::mouseRelease(header->viewport(), Qt::LeftButton, {}, edge + QPoint(30, 0));
        QCOMPARE(header->sectionSize(3), width + 30);
    }

    void pinsThatLeaveNoRoomScroll()
    {
        Table table({u"a"_s, u"b"_s});
        table.grid.resize(400, 200);
        table.grid.show();
        GridHeader* header = table.grid.header();
        header->pin(0, true);
        QVERIFY(header->pinnedWidth() > 0);
        header->resizeSection(0, 380);
        QCOMPARE(header->pinnedWidth(), 0);
        table.grid.goToRow(0, 1);
        QVERIFY(table.grid.viewport()->rect().contains(table.grid.visualRect(table.model.index(0, 1))));
    }

    void dialogPins()
    {
        ColumnsDialog dialog({{u"a"_s, u"a"_s, 8, true}, {u"b"_s, u"b"_s, 8, true}, {u"c"_s, u"c"_s, 8, true}},
                             nullptr);
        dialog.show();
        auto* list = dialog.findChild<QListWidget*>();
        const auto press = [&](Qt::Key key) {
            for (QPushButton* button : dialog.findChildren<QPushButton*>())
                if (button->shortcut() == QKeySequence(Qt::ALT | key))
                    button->click();
        };
        const auto shown = [&] {
            QStringList names;
            for (const ColumnLayout::Column& column : dialog.columns())
                names.append((column.isPinned ? u"!"_s : QString()) + column.name);
            return names;
        };
        list->setCurrentRow(2);
        press(Qt::Key_P);
        QCOMPARE(shown(), QStringList({u"!c"_s, u"a"_s, u"b"_s}));
        list->setCurrentRow(1);
        press(Qt::Key_Up); // before a pinned one
        QCOMPARE(shown(), QStringList({u"!a"_s, u"!c"_s, u"b"_s}));
        list->setCurrentRow(0);
        press(Qt::Key_P);
        QCOMPARE(shown(), QStringList({u"!c"_s, u"a"_s, u"b"_s}));
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
