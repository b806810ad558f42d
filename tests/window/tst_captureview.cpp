// Which lines a capture shows, in which order, and what stays with them: filter, sorting, selection, marks, rings.
#include <QtTest>
#include <QtWidgets>

#include "query.pb.h"
#include "streamcore/capture/capture.h"
#include "streamcore/output/save.h"
#include "tests/window/settingsfolder.h"
#include "ui/capture/capturemodel.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/stream/copyas.h"
#include "ui/stream/filterbar.h"
#include "ui/stream/filterchips.h"
#include "ui/stream/keptfilters.h"
#include "ui/style/theme.h"
#include "vtgate.pb.h"

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 10'000;
constexpr std::int64_t kSecond = 1'000'000'000;

// A stream of inserts into a table of orders: id, status, total, note.
class Orders
{
public:
    explicit Orders(std::size_t noteLength = 0, char note = 'n')
        : m_capture(Capture::createUnnamed(0).value()), m_note(noteLength, note)
    {
        ReaderDescription description;
        description.api = ReaderDescription::Api::VStream;
        description.keyspace = "shop";
        m_reader = m_capture->openReader(description).value();
        vtgate::VStreamResponse response;
        auto& event = *response.add_events();
        event.set_type(binlogdata::FIELD);
        auto& fields = *event.mutable_field_event();
        fields.set_keyspace("shop");
        fields.set_table_name("orders");
        const auto add = [&](const char* name, query::Type type, const char* columnType, std::uint32_t flags) {
            query::Field& field = *fields.add_fields();
            field.set_name(name);
            field.set_type(type);
            field.set_column_type(columnType);
            field.set_charset(type == query::VARCHAR ? 255 : 63);
            field.set_flags(flags);
        };
        add("id", query::INT64, "bigint", 2);
        add("status", query::VARCHAR, "varchar(20)", 0);
        add("total", query::DECIMAL, "decimal(10,2)", 0);
        add("note", query::VARCHAR, "varchar(2000)", 0);
        append(response);
    }

    void insert(int id, const std::string& status, const std::string& total)
    {
        vtgate::VStreamResponse response;
        response.add_events()->set_type(binlogdata::BEGIN);
        auto& event = *response.add_events();
        event.set_type(binlogdata::ROW);
        event.set_timestamp(1);
        event.mutable_row_event()->set_keyspace("shop");
        event.mutable_row_event()->set_table_name("orders");
        query::Row& row = *event.mutable_row_event()->add_row_changes()->mutable_after();
        for (const std::string& value : {std::to_string(id), status, total, m_note}) {
            row.add_lengths(static_cast<std::int64_t>(value.size()));
            row.mutable_values()->append(value);
        }
        response.add_events()->set_type(binlogdata::COMMIT);
        append(response);
    }

    // id 0 …; every third is paid, totals go down and repeat.
    void insertMany(int count)
    {
        for (int i = 0; i < count; ++i, ++m_next)
            insert(m_next, m_next % 3 == 0 ? "paid" : "new", std::to_string(1000 - m_next % 97) + ".50");
    }

    const std::shared_ptr<Capture>& capture() const { return m_capture; }

private:
    void append(const vtgate::VStreamResponse& response)
    {
        if (!m_capture->append(m_reader, response.SerializeAsString(), m_time += kSecond))
            qFatal("the capture takes nothing");
    }

    std::shared_ptr<Capture> m_capture;
    std::string m_note;
    ReaderId m_reader = 0;
    int m_next = 0;
    std::int64_t m_time = 4'000'000'000 * kSecond;
};

std::vector<std::uint64_t> linesOf(const CaptureModel& model)
{
    std::vector<std::uint64_t> lines;
    for (int row = 0; row < model.rowCount(); ++row)
        lines.push_back(model.numberAt(row));
    return lines;
}

void type(CaptureView& view, const QString& filter)
{
    view.showFilter();
    auto* text = view.findChild<FilterBar*>()->findChild<QLineEdit*>();
    text->setText(filter);
    QTest::keyClick(text, Qt::Key_Return);
}

int columnOf(const CaptureModel& model, const QString& title)
{
    for (int column = 0; column < model.columnCount(); ++column)
        if (model.gridColumn(column).title == title)
            return column;
    return -1;
}

void clickHeader(CaptureView& view, const QString& title)
{
    GridHeader* header = view.grid().header();
    const int column = columnOf(view.model(), title);
    QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                      QPoint(header->sectionX(column) + 12, header->height() / 2));
}

QString cell(const CaptureModel& model, int row, const QString& title)
{
    return model.index(row, columnOf(model, title)).data().toString();
}

} // namespace

class TestCaptureView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_config.isValid());
        test::useSettingsIn(m_config.path());
    }

    void init() { QSettings().clear(); }

    void selectionSurvivesAFilter()
    {
        Orders orders;
        orders.insertMany(3000);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().goToRow(300);
        QItemSelection chosen;
        for (const int row : {300, 301, 302, 900})
            chosen.select(view.model().index(row, 0), view.model().index(row, 3));
        view.grid().selectionModel()->select(chosen, QItemSelectionModel::ClearAndSelect);

        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 1000, kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().selectedRowCount(), 2, kPatience); // 300 and 900
        QCOMPARE(view.model().numberAt(view.grid().currentRow()), 300u);
        QVERIFY(view.grid().isRowSelected(100) && view.grid().isRowSelected(300));

        // What the filter hid is selected again when it goes.
        type(view, {});
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 3000, kPatience);
        QCOMPARE(view.grid().selectedRowCount(), 4);
        QCOMPARE(view.grid().currentRow(), 300);

        // What the user selects meanwhile counts from then on.
        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().selectedRowCount(), 2, kPatience);
        view.grid().goToRow(7);
        type(view, {});
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 3000, kPatience);
        QCOMPARE(view.grid().selectedRowCount(), 1);
        QCOMPARE(view.grid().currentRow(), 21);
    }

    void aPausedPictureStaysPausedBehindAFilter()
    {
        Orders orders;
        orders.insertMany(300);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().freeze();
        orders.insertMany(300);
        view.model().takeNew();
        QCOMPARE(view.grid().shownRows(), 300);
        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 200, kPatience);
        QVERIFY(view.grid().isFrozen());
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().shownRows(), 100, kPatience);
    }

    void newLinesComeThroughTheFilter()
    {
        Orders orders;
        orders.insertMany(100);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        type(view, u"total < 1000 and status = new"_s);
        orders.insertMany(50'000);
        for (int i = 0; i < 5; ++i) {
            view.model().takeNew();
            orders.insertMany(100);
        }
        const auto isWanted = [](int id) { return id % 3 != 0 && id % 97 != 0; };
        std::vector<std::uint64_t> wanted;
        for (int id = 0; id < 50'600; ++id)
            if (isWanted(id))
                wanted.push_back(static_cast<std::uint64_t>(id));
        view.model().takeNew();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), static_cast<int>(wanted.size()), kPatience);
        QCOMPARE(linesOf(view.model()), wanted);
    }

    void headerSorts()
    {
        Orders orders;
        orders.insertMany(500);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().goToRow(10);
        clickHeader(view, u"total"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        QVERIFY(view.grid().header()->isSortIndicatorShown());
        QCOMPARE(view.grid().header()->sortIndicatorOrder(), Qt::AscendingOrder);
        QCOMPARE(cell(view.model(), 0, u"total"_s), u"904.50"_s);
        QCOMPARE(cell(view.model(), 499, u"total"_s), u"1000.50"_s);
        QCOMPARE(view.model().numberAt(0), 96u); // the first that came of those
        QCOMPARE(view.model().numberAt(view.grid().currentRow()), 10u);

        clickHeader(view, u"total"_s);
        QTRY_COMPARE_WITH_TIMEOUT(cell(view.model(), 0, u"total"_s), u"1000.50"_s, kPatience);
        QCOMPARE(view.model().numberAt(0), 0u);
        QCOMPARE(view.model().numberAt(1), 97u);

        // New lines are told, not shown; a filter keeps the order; following leaves it.
        orders.insertMany(10);
        view.model().takeNew();
        QCOMPARE(view.model().rowCount(), 500);
        QCOMPARE(view.model().linesBehindSort(), 10u);
        type(view, u"status = paid"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted() && view.model().rowCount() == 170, kPatience);
        QCOMPARE(cell(view.model(), 0, u"total"_s), u"1000.50"_s);
        view.grid().setFollow(true);
        QTRY_VERIFY_WITH_TIMEOUT(!view.model().isSorted() && view.model().rowCount() == 170, kPatience);
        QVERIFY(!view.grid().header()->isSortIndicatorShown());
        clickHeader(view, u"total"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        clickHeader(view, u"total"_s);
        clickHeader(view, u"total"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!view.model().isSorted(), kPatience);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 170, kPatience);
    }

    void marksAreSetFoundAndTakenBack()
    {
        Orders orders;
        orders.insertMany(100);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&view));
        view.grid().setFocus();
        QSignalSpy problems(&view, &CaptureView::problem);
        view.nextMark();
        QCOMPARE(problems.count(), 1);
        for (const int row : {5, 50, 90}) {
            view.grid().goToRow(row);
            QTest::keyClick(&view.grid(), Qt::Key_M);
        }
        QCOMPARE(orders.capture()->marks().count(), 3u);
        GridRow row;
        view.model().row(50, row);
        QVERIFY(row.marked);
        QTest::keyClick(&view.grid(), Qt::Key_BracketRight);
        QCOMPARE(view.grid().currentRow(), 5); // past the end
        QTest::keyClick(&view.grid(), Qt::Key_BracketRight);
        QCOMPARE(view.grid().currentRow(), 50);
        QTest::keyClick(&view.grid(), Qt::Key_BracketLeft);
        QTest::keyClick(&view.grid(), Qt::Key_BracketLeft);
        QCOMPARE(view.grid().currentRow(), 90);
        view.grid().selectAll();
        view.toggleMark(); // all, since not all were
        QCOMPARE(orders.capture()->marks().count(), 100u);
        view.toggleMark();
        QCOMPARE(orders.capture()->marks().count(), 0u);
    }

    void aNoteIsWritten()
    {
        Orders orders;
        orders.insertMany(10);
        CaptureView view(orders.capture());
        view.show();
        view.grid().goToRow(4);
        QTimer answer;
        connect(&answer, &QTimer::timeout, this, [] {
            if (auto* dialog = qobject_cast<QInputDialog*>(QApplication::activeModalWidget())) {
                dialog->setTextValue(u"why is this new?"_s);
                dialog->accept();
            }
        });
        answer.start(20);
        view.editNote();
        QCOMPARE(orders.capture()->marks().at(4), std::optional<std::string>("why is this new?"));
    }

    void aRingTakesRowsFromTheTop()
    {
        Orders orders(1000); // a thousand in a piece
        QVERIFY(orders.capture()->setRing({0, 2000, {}}));
        orders.insertMany(1500);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().setFollow(true);
        view.grid().goToRow(1400);
        const QString id = cell(view.model(), 1400, u"id"_s);
        orders.insertMany(2500);
        view.model().takeNew();
        const std::uint64_t first = orders.capture()->first();
        QVERIFY(first > 0 && first <= 1400);
        QCOMPARE(view.model().numberAt(0), first);
        QCOMPARE(view.model().rowCount(), static_cast<int>(4000 - first));
        QCOMPARE(view.grid().currentRow(), static_cast<int>(1400 - first));
        QCOMPARE(cell(view.model(), view.grid().currentRow(), u"id"_s), id);

        type(view, u"status = paid"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isFiltered() && view.model().asked() == 4000, kPatience);
        orders.insertMany(3000);
        view.model().takeNew();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().asked(), 7000u, kPatience);
        QVERIFY(view.model().numberAt(0) >= orders.capture()->first());
        QCOMPARE(view.model().numberAt(view.model().rowCount() - 1), 6999 / 3 * 3u);

        // An order that outlives its lines is left.
        clickHeader(view, u"total"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        orders.insertMany(3000);
        view.model().takeNew();
        QTRY_VERIFY_WITH_TIMEOUT(!view.model().isSorted(), kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().rowCount() > 0 && view.model().numberAt(0) >= orders.capture()->first(),
                                 kPatience);
    }

    void copiesInEveryForm()
    {
        Orders orders;
        orders.insertMany(4);
        orders.insert(4, "a|b\nc", "1.00");
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        const auto copied = [&](CopyForm form) {
            QApplication::clipboard()->clear();
            view.copyAs(form);
            return QTest::qWaitFor([] { return !QApplication::clipboard()->text().isEmpty(); }, kPatience)
                       ? QApplication::clipboard()->text()
                       : QString();
        };
        view.grid().goToRow(3);
        QVERIFY(copied(CopyForm::Csv).endsWith(u"3,paid,997.50,\"\",,\r\n"_s));
        QVERIFY(copied(CopyForm::Tsv).endsWith(u"3\tpaid\t997.50\t\"\"\t\t\r\n"_s));
        QVERIFY(copied(CopyForm::Ndjson).contains(u"\"status\":\"paid\""_s));
        QVERIFY(copied(CopyForm::Redo).contains(u"insert into"_s, Qt::CaseInsensitive));
        QVERIFY(copied(CopyForm::Undo).contains(u"delete from"_s, Qt::CaseInsensitive));
        view.grid().goToRow(4);
        for (const QString& hidden : {u"total"_s, u"note"_s})
            view.grid().header()->hideSection(columnOf(view.model(), hidden));
        QCOMPARE(copied(CopyForm::Markdown),
                 u"| op | id | status |\n| --- | --- | --- |\n| insert | 4 | a\\|b<br>c |\n"_s);
        type(view, u"status = 'it''s'"_s);
        view.copyCommandLine();
        QVERIFY(QApplication::clipboard()->text().startsWith(u"vtscope-cli export"_s));
    }

    // What is copied as a filter shows what it was copied from.
    void aFilterIsCopied()
    {
        Orders orders;
        orders.insertMany(3000);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        const auto copied = [&](void (CaptureView::*copy)()) {
            QApplication::clipboard()->clear();
            (view.*copy)();
            return QApplication::clipboard()->text();
        };
        view.grid().goToRow(3, columnOf(view.model(), u"status"_s));
        QCOMPARE(copied(&CaptureView::copyValueFilter), u"status = 'paid'"_s);
        QCOMPARE(copied(&CaptureView::copyKeyFilter), u"id = 3"_s);
        QCOMPARE(copied(&CaptureView::copyCell), u"paid"_s);
        QItemSelection chosen;
        for (const int row : {3, 7, 11})
            chosen.select(view.model().index(row, 0), view.model().index(row, 3));
        view.grid().selectionModel()->select(chosen, QItemSelectionModel::ClearAndSelect);
        const QString keys = copied(&CaptureView::copyKeyFilter);
        QCOMPARE(keys, u"id in (3, 7, 11)"_s);
        QCOMPARE(copied(&CaptureView::copyRows).count(u'\n'), 3);
        QVERIFY(copied(&CaptureView::copyWithHeaders).startsWith(u"#\tTime UTC\tShard\tOp\tid\tstatus"_s));
        QCOMPARE(copied(&CaptureView::copyCell).count(u'\n'), 0);
        view.useFilter(keys);
        QTRY_COMPARE_WITH_TIMEOUT(linesOf(view.model()), (std::vector<std::uint64_t>{3, 7, 11}), kPatience);
        view.clearFilter();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 3000, kPatience);
        view.grid().selectAll();
        QSignalSpy problems(&view, &CaptureView::problem);
        view.useFilter(copied(&CaptureView::copyKeyFilter));
        QCOMPARE(problems.count(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 1000, kPatience);
    }

    void aValueBecomesAFilter()
    {
        Orders orders;
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().goToRow(3, columnOf(view.model(), u"status"_s));
        view.applyValue(ValueUse::Only);
        QCOMPARE(view.filterText(), u"status = 'paid'"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
        view.applyValue(ValueUse::Not);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 20, kPatience);
        view.grid().goToRow(0, columnOf(view.model(), u"total"_s));
        view.applyValue(ValueUse::And);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 1, kPatience);
        view.clearFilter();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 30, kPatience);
        view.grid().goToRow(0, columnOf(view.model(), u"Time UTC"_s));
        QSignalSpy problems(&view, &CaptureView::problem);
        view.applyValue(ValueUse::Only);
        QCOMPARE(problems.count(), 1);
    }

    void theHistoryOfARowGrows()
    {
        Orders orders;
        orders.insertMany(5000);
        for (const char* status : {"paid", "sent"})
            orders.insert(17, status, "1.00");
        orders.insertMany(100);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().goToRow(17);
        view.nextOfRow();
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().currentRow(), 5000, kPatience);
        view.nextOfRow();
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().currentRow(), 5001, kPatience);
        QSignalSpy problems(&view, &CaptureView::problem);
        view.nextOfRow();
        QTRY_COMPARE_WITH_TIMEOUT(problems.count(), 1, kPatience);
        view.previousOfRow();
        QTRY_COMPARE_WITH_TIMEOUT(view.grid().currentRow(), 5000, kPatience);

        view.showHistory();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 3, kPatience);
        QCOMPARE(linesOf(view.model()), (std::vector<std::uint64_t>{17, 5000, 5001}));
        QCOMPARE(view.model().numberAt(view.grid().currentRow()), 5000u);
        QCOMPARE(view.filterText(), u"id = 17"_s);
        orders.insert(17, "back", "2.00");
        orders.insert(18, "back", "2.00");
        view.model().takeNew();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 4, kPatience);
        view.clearFilter();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 5104, kPatience);
        QCOMPARE(view.grid().currentRow(), 5000);
    }

    // A history has a way back, through several of them, until another filter is chosen.
    void backFromAHistory()
    {
        Orders orders;
        orders.insertMany(300);
        orders.insert(3, "paid", "1.00");
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        const auto back = [&]() -> QPushButton* {
            for (auto* button : view.findChild<FilterBar*>()->findChildren<QPushButton*>()) {
                if (button->isVisible() && button->text().startsWith(u"Back to"_s))
                    return button;
            }
            return nullptr;
        };
        QVERIFY(!back() && !view.canGoBack());
        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 101, kPatience);
        view.grid().goToRow(1); // id 3
        view.showHistory();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 2, kPatience);
        QVERIFY(back());
        QCOMPARE(back()->accessibleName(), u"Back to status = 'paid'"_s);
        view.showHistory(); // the same one
        QTest::qWait(50);
        back()->click();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 101, kPatience);
        QCOMPARE(view.filterText(), u"status = 'paid'"_s);
        QCOMPARE(view.model().numberAt(view.grid().currentRow()), 3u);
        QVERIFY(!back() && !view.canGoBack());
        view.clearFilter();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 301, kPatience);
        view.showHistory();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 2, kPatience);
        QCOMPARE(back()->accessibleName(), u"Back to all changes"_s);
        type(view, u"status = new"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 200, kPatience);
        QVERIFY(!back());
    }

    void sortsAgainWhatCameSince()
    {
        Orders orders;
        orders.insertMany(100);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        const auto again = [&]() -> QPushButton* {
            for (auto* button : view.findChild<FilterBar*>()->findChildren<QPushButton*>()) {
                if (button->isVisible() && button->text().endsWith(u"sort again"_s))
                    return button;
            }
            return nullptr;
        };
        clickHeader(view, u"total"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        QVERIFY(!again());
        orders.insert(1000, "last", "0.01");
        view.model().takeNew();
        QTRY_VERIFY_WITH_TIMEOUT(again(), kPatience);
        QCOMPARE(again()->text(), u"1 new, sort again"_s);
        again()->click();
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted() && view.model().rowCount() == 101, kPatience);
        QCOMPARE(cell(view.model(), 0, u"status"_s), u"last"_s);
        QTRY_VERIFY_WITH_TIMEOUT(!again(), kPatience);
    }

    // What eyes see in gutter and header is said too.
    void marksAndOrderAreSpoken()
    {
        Orders orders;
        orders.insertMany(10);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        QAccessibleInterface* table = QAccessible::queryAccessibleInterface(&view.grid());
        QVERIFY(table && table->tableInterface());
        const int total = columnOf(view.model(), u"total"_s);
        const auto header = [&] { return table->child(total)->text(QAccessible::Name); };
        QCOMPARE(header(), u"total"_s);
        clickHeader(view, u"total"_s);
        QTRY_COMPARE_WITH_TIMEOUT(header(), u"total, sorted ascending"_s, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        clickHeader(view, u"total"_s);
        QTRY_COMPARE_WITH_TIMEOUT(header(), u"total, sorted descending"_s, kPatience);
        view.unsort();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
        QVERIFY(orders.capture()->mark(3, "look here"));
        QVERIFY(orders.capture()->mark(4, ""));
        const auto name = [&](int row, int column) {
            return table->tableInterface()->cellAt(row, column)->text(QAccessible::Name);
        };
        QCOMPARE(name(3, 0), u"4, marked: look here"_s);
        QCOMPARE(name(4, 0), u"5, marked"_s);
        QCOMPARE(name(5, 0), u"6"_s);
        QCOMPARE(name(3, total), u"997.50"_s);
    }

    void offersWhatComesNext()
    {
        Orders orders;
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&view));
        view.showFilter();
        auto* line = view.findChild<FilterBar*>()->findChild<QLineEdit*>();
        auto* popup = view.findChild<QCompleter*>()->popup();
        QTest::keyClicks(line, u"sta"_s);
        QTRY_VERIFY_WITH_TIMEOUT(popup->isVisible(), kPatience);
        QTest::keyClick(popup, Qt::Key_Down);
        QTest::keyClick(popup, Qt::Key_Return);
        QCOMPARE(line->text(), u"status"_s);
        QTest::keyClicks(line, u" = paid"_s);
        popup->hide();
        QTest::keyClick(line, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
        // What was applied before is offered while the line is empty, once it is written down.
        QTRY_COMPARE_WITH_TIMEOUT(recentFilters().value(0), u"status = 'paid'"_s, kPatience);
        view.clearFilter();
        view.showFilter();
        QTest::keyClick(line, Qt::Key_Down);
        QTRY_VERIFY_WITH_TIMEOUT(popup->isVisible(), kPatience);
        QCOMPARE(popup->model()->index(0, 0).data().toString(), u"status = 'paid'"_s);
        QTest::keyClick(popup, Qt::Key_Down);
        QTest::keyClick(popup, Qt::Key_Return);
        QCOMPARE(line->text(), u"status = 'paid'"_s);
    }

    // What is typed, as soon as it is right; not what nobody may ask for.
    void theFilterIsSaved()
    {
        const auto masked = qScopeGuard([] { KeptMasks::instance().set(u"shop.orders"_s, u"status"_s, false); });
        Orders orders;
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        QSignalSpy problems(&view, &CaptureView::problem);
        view.saveFilter();
        QCOMPARE(problems.count(), 1);
        auto* line = view.findChild<FilterBar*>()->findChild<QLineEdit*>();
        line->setText(u"status=paid and total>5"_s);
        view.saveFilter();
        QVERIFY(SavedFilters::instance().contains(u"status = 'paid' and total > 5"_s));
        view.saveFilter();
        QVERIFY(SavedFilters::instance().all().isEmpty());
        type(view, u"status = paid and total > 5"_s);
        QCOMPARE(view.findChild<FilterChips*>()->isVisible(), true);
        auto* chip = view.findChild<FilterChips*>()->findChild<QAbstractButton*>();
        for (auto* other : view.findChild<FilterChips*>()->findChildren<QAbstractButton*>()) {
            if (other->accessibleName() == u"status = 'paid', on"_s)
                chip = other;
        }
        chip->click();
        QCOMPARE(view.filterText(), u"total > 5"_s);
        KeptMasks::instance().set(u"shop.orders"_s, u"status"_s, true);
        QVERIFY(!view.findChild<FilterChips*>()->isVisible());
        QCOMPARE(view.filterText(), u"total > 5"_s);
        line->setText(u"status = paid"_s);
        view.saveFilter();
        QCOMPARE(problems.count(), 2);
        QVERIFY(SavedFilters::instance().all().isEmpty());
    }

    void aCellKnowsWhyItMatched()
    {
        Orders orders(3);
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        const auto read = [&](int row, const QString& title) {
            GridCell content;
            view.model().cell(row, columnOf(view.model(), title), content);
            return content;
        };
        QVERIFY(!read(0, u"status"_s).matched);
        type(view, u"status = paid and (note contains 'N' or total < 0)"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
        for (int row = 0; row < 10; ++row) {
            QVERIFY(read(row, u"status"_s).matched && !read(row, u"total"_s).matched && !read(row, u"id"_s).matched);
            const GridCell note = read(row, u"note"_s);
            QVERIFY(!note.matched && note.hits.size() == 1);
            QCOMPARE(note.hits.front().start, 0);
            QCOMPARE(note.hits.front().length, 1);
            QVERIFY(note.hits.front().filter);
        }
        const QModelIndex status = view.model().index(0, columnOf(view.model(), u"status"_s));
        QCOMPARE(status.data(Qt::AccessibleTextRole).toString(), u"paid, matches the filter"_s);
        view.showFind();
        auto* find = view.findChild<QLineEdit*>(u"find"_s);
        find->setFocus();
        QTest::keyClicks(find, u"aid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.findChild<QLabel*>(u"hits"_s)->text(), u"1 of 10"_s, kPatience);
        QCOMPARE(status.data(Qt::AccessibleTextRole).toString(), u"paid, matches the filter, found"_s);
        view.clearFilter();
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 30, kPatience);
        QVERIFY(!read(0, u"status"_s).matched);
    }

    // What is found nowhere moves nothing.
    void findStaysWhereNothingIsFound()
    {
        Orders orders;
        orders.insertMany(300);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.grid().goToRow(4, columnOf(view.model(), u"status"_s));
        view.grid().setTopRow(3);
        view.showFind();
        auto* text = view.findChild<QLineEdit*>(u"find"_s);
        text->setFocus();
        auto* note = view.findChild<QLabel*>(u"hits"_s);
        QTest::keyClicks(text, u"p"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.grid().currentRow() == 6, kPatience);
        // Nothing begins so: back to where the search began.
        QTest::keyClicks(text, u"xyz"_s);
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"not found"_s, kPatience);
        QCOMPARE(view.grid().currentRow(), 4);
        view.findNext();
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"not found"_s, kPatience);
        QCOMPARE(view.grid().currentRow(), 4);
        QTest::keyClick(text, Qt::Key_Return);
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"not found"_s, kPatience);
        QCOMPARE(view.grid().currentRow(), 4);
    }

    void findTellsWhichHitOfHowMany()
    {
        Orders orders;
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        view.showFind();
        auto* text = view.findChild<QLineEdit*>(u"find"_s);
        QVERIFY(text);
        text->setFocus();
        QTest::keyClicks(text, u"paid"_s);
        auto* note = view.findChild<QLabel*>(u"hits"_s);
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"1 of 10"_s, kPatience);
        view.findNext();
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"2 of 10"_s, kPatience);
        view.findPrevious();
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"1 of 10"_s, kPatience);
        view.findPrevious();
        QTRY_COMPARE_WITH_TIMEOUT(note->text(), u"10 of 10"_s, kPatience);
    }

    // Two captures that differ in a masked column alone look the same in every way.
    void masksLeaveNoTrace()
    {
        const auto masked = qScopeGuard([] { KeptMasks::instance().set(u"shop.orders"_s, u"note"_s, false); });
        QStringList all;
        for (const std::size_t length : {std::size_t{3}, std::size_t{700}}) {
            KeptMasks::instance().set(u"shop.orders"_s, u"note"_s, false);
            Orders orders(length, length == 3 ? 'a' : 'b');
            orders.insertMany(30);
            CaptureView view(orders.capture());
            view.resize(1000, 600);
            view.show();
            const int note = columnOf(view.model(), u"note"_s);
            QVERIFY(cell(view.model(), 0, u"note"_s).startsWith(length == 3 ? u"aaa"_s : u"bbb"_s));
            KeptMasks::instance().set(u"shop.orders"_s, u"note"_s, true);
            QStringList seen = view.maskedColumns();
            std::vector<int> columns;
            for (int column = 0; column < view.model().columnCount(); ++column)
                columns.push_back(column);
            for (int row = 0; row < view.model().rowCount(); ++row) {
                for (const int column : columns) {
                    const QModelIndex index = view.model().index(row, column);
                    for (const int role :
                         {int(Qt::DisplayRole), int(Qt::AccessibleTextRole), int(GridModel::OldTextRole)})
                        seen << index.data(role).toString();
                }
                seen << view.model().rowText(row, columns);
            }
            QCOMPARE(cell(view.model(), 3, u"note"_s), u"masked"_s);
            view.grid().goToRow(3, note);
            view.copy();
            seen << QApplication::clipboard()->text();
            for (const CopyForm form :
                 {CopyForm::Csv, CopyForm::Ndjson, CopyForm::Markdown, CopyForm::Redo, CopyForm::Undo}) {
                QApplication::clipboard()->clear();
                view.copyAs(form);
                QVERIFY(QTest::qWaitFor([] { return !QApplication::clipboard()->text().isEmpty(); }, kPatience));
                seen << QApplication::clipboard()->text();
            }
            view.copyCommandLine();
            QVERIFY(QApplication::clipboard()->text().endsWith(u"--mask note"_s));
            view.showFind();
            auto* text = view.findChild<QLineEdit*>(u"find"_s);
            text->setFocus();
            QTest::keyClicks(text, length == 3 ? u"aaa"_s : u"bbb"_s);
            QTRY_COMPARE_WITH_TIMEOUT(view.findChild<QLabel*>(u"hits"_s)->text(), u"not found"_s, kPatience);
            if (all.isEmpty())
                all = seen;
            QCOMPARE(seen, all);
        }
    }

    void whatIsMaskedCannotBeAskedFor()
    {
        const auto masked = qScopeGuard([] {
            for (const QString& column : {u"id"_s, u"status"_s})
                KeptMasks::instance().set(u"shop.orders"_s, column, false);
        });
        Orders orders;
        orders.insertMany(30);
        CaptureView view(orders.capture());
        view.resize(1000, 600);
        view.show();
        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
        clickHeader(view, u"status"_s);
        QTRY_VERIFY_WITH_TIMEOUT(view.model().isSorted(), kPatience);
        // Filter and order that tell its values go with the mask.
        QSignalSpy problems(&view, &CaptureView::problem);
        KeptMasks::instance().set(u"shop.orders"_s, u"status"_s, true);
        QTRY_VERIFY_WITH_TIMEOUT(!view.model().isSorted() && view.model().rowCount() == 30, kPatience);
        QCOMPARE(view.filterText(), QString());
        QCOMPARE(problems.count(), 1);
        clickHeader(view, u"status"_s);
        QCOMPARE(problems.count(), 2);
        view.grid().goToRow(3, columnOf(view.model(), u"status"_s));
        view.applyValue(ValueUse::Only);
        QCOMPARE(problems.count(), 3);
        QVERIFY(problems.last().first().toString().contains(u"`status` is masked"_s));
        type(view, u"status = paid"_s);
        QVERIFY(view.findChild<FilterBar*>()->findChild<QLineEdit*>()->accessibleDescription().contains(
            u"`status` is masked. Unmask the column to filter by it."_s));
        QCOMPARE(view.model().rowCount(), 30);
        type(view, {});
        // Nor is it offered, by itself or with the filters of before.
        view.showFilter();
        auto* line = view.findChild<FilterBar*>()->findChild<QLineEdit*>();
        QTest::keyClick(line, Qt::Key_Down);
        const QAbstractItemModel* offered = view.findChild<QCompleter*>()->popup()->model();
        for (int i = 0; i < offered->rowCount(); ++i)
            QVERIFY(!offered->index(i, 0).data().toString().contains(u"status"_s));
        view.findChild<QCompleter*>()->popup()->hide();
        KeptMasks::instance().set(u"shop.orders"_s, u"id"_s, true);
        view.grid().goToRow(3);
        view.showHistory();
        QCOMPARE(problems.count(), 4);
        type(view, u"pk = 3"_s);
        QCOMPARE(view.filterText(), QString());
        KeptMasks::instance().set(u"shop.orders"_s, u"status"_s, false);
        type(view, u"status = paid"_s);
        QTRY_COMPARE_WITH_TIMEOUT(view.model().rowCount(), 10, kPatience);
    }

private:
    QTemporaryDir m_config;
};

QTEST_MAIN(TestCaptureView)
#include "tst_captureview.moc"
