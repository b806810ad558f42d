#include "tests/support/syntheticgridmodel.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridpill.h"
#include "ui/grid/gridview.h"
#include "ui/grid/jsonruns.h"
#include "ui/style/theme.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QFile>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace vtscope;

namespace {

constexpr int kHuge = 100'000'000;

// Private bytes of this process, from the kernel.
qint64 anonymousBytes()
{
    QFile file(QStringLiteral("/proc/self/smaps_rollup"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray& line : file.readAll().split('\n'))
        if (line.startsWith("Anonymous:"))
            return line.mid(10).trimmed().split(' ').first().toLongLong() * 1024;
    return 0;
}

struct Shown
{
    explicit Shown(int rows) : model(rows)
    {
        view.setModel(&model);
        view.resize(1200, 600);
        view.show();
        view.setFocus();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
    }
    SyntheticGridModel model;
    GridView view;
};

// A table of one cell.
class OneCell : public GridModel
{
public:
    explicit OneCell(GridCell cell) : m_cell(std::move(cell)) {}
    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : 1; }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : 1; }
    void row(qint64, GridRow&) const override {}
    void cell(qint64, int, GridCell& out) const override { out = m_cell; }
    const GridColumn& gridColumn(int) const override { return m_column; }

private:
    GridCell m_cell;
    GridColumn m_column;
};

bool isFullyVisible(const GridView& view, int row)
{
    const QRect rect = view.visualRect(view.gridModel()->index(row, 0));
    return rect.top() >= 0 && rect.bottom() < view.viewport()->height();
}

} // namespace

class TestGridView : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void modelIsSound();
    void keysMoveAndSelect();
    void keysReachTheEnds();
    void mouseSelects();
    void insertsMoveNothing();
    void followKeepsTheLastRowAtTheBottom();
    void followLetsGo_data();
    void followLetsGo();
    void pillCountsWhatCame();
    void frozenPictureStands();
    void droppedRowsTakeTheirNumbersAlong();
    void hugeModelCostsNothingPerRow();
    void everyRowOfAHugeModelCanBeReached();
    void rowsOfAllKindsArePainted();
    void paintingAsksOnlyForWhatIsVisible();
    void userWidthsStay();
    void hiddenAndMovedColumns();
    void tableIsAccessible();
    void cellsHaveShortNames();
    void jsonValuesAreFound_data();
    void jsonValuesAreFound();
};

void TestGridView::modelIsSound()
{
    SyntheticGridModel model(50);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    GridView view;
    view.setModel(&model);
    model.append(20);
    model.dropFirst(10);
    model.resetRows(5);
    QCOMPARE(view.shownRows(), 5);
}

void TestGridView::keysMoveAndSelect()
{
    Shown s(1000);
    QTest::keyClick(&s.view, Qt::Key_Down);
    QCOMPARE(s.view.currentRow(), 0);
    QTest::keyClick(&s.view, Qt::Key_Down);
    QCOMPARE(s.view.currentRow(), 1);
    QCOMPARE(s.view.selectedRowCount(), 1);
    QTest::keyClick(&s.view, Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(&s.view, Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(s.view.selectedRowCount(), 3);
    QCOMPARE(s.view.currentRow(), 3);
    QTest::keyClick(&s.view, Qt::Key_Up, Qt::ShiftModifier);
    QCOMPARE(s.view.selectedRowCount(), 2);
    QTest::keyClick(&s.view, Qt::Key_Down, Qt::ControlModifier);
    QTest::keyClick(&s.view, Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(s.view.selectedRowCount(), 2);
    QCOMPARE(s.view.currentRow(), 4);
    QTest::keyClick(&s.view, Qt::Key_Space, Qt::ControlModifier);
    QCOMPARE(s.view.selectedRowCount(), 3);
    QCOMPARE(s.view.selectedRanges().size(), std::size_t(2));

    const int column = s.view.currentIndex().column();
    QTest::keyClick(&s.view, Qt::Key_Right);
    QCOMPARE(s.view.currentIndex().column(), column + 1);
    QCOMPARE(s.view.selectedRowCount(), 3);
    QTest::keyClick(&s.view, Qt::Key_End);
    QCOMPARE(s.view.currentIndex().column(), SyntheticGridModel::ColumnCount - 1);
    QTest::keyClick(&s.view, Qt::Key_Home);
    QCOMPARE(s.view.currentIndex().column(), 0);
}

void TestGridView::keysReachTheEnds()
{
    Shown s(1000);
    QTest::keyClick(&s.view, Qt::Key_PageDown);
    const int page = s.view.currentRow();
    QVERIFY(page > 10);
    QVERIFY(isFullyVisible(s.view, page));
    QTest::keyClick(&s.view, Qt::Key_PageUp);
    QCOMPARE(s.view.currentRow(), 0);
    QTest::keyClick(&s.view, Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(s.view.currentRow(), 999);
    QVERIFY(s.view.follow());
    QVERIFY(isFullyVisible(s.view, 999));
    QTest::keyClick(&s.view, Qt::Key_Home, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(s.view.currentRow(), 0);
    QCOMPARE(s.view.selectedRowCount(), 1000);
    QVERIFY(!s.view.follow());
}

void TestGridView::mouseSelects()
{
    Shown s(1000);
    const auto at = [&](int row) { return s.view.visualRect(s.model.index(row, SyntheticGridModel::Status)).center(); };
    QTest::mouseClick(s.view.viewport(), Qt::LeftButton, {}, at(3));
    QCOMPARE(s.view.currentIndex(), s.model.index(3, SyntheticGridModel::Status));
    QTest::mouseClick(s.view.viewport(), Qt::LeftButton, Qt::ShiftModifier, at(8));
    QCOMPARE(s.view.selectedRowCount(), 6);
    QTest::mouseClick(s.view.viewport(), Qt::LeftButton, Qt::ControlModifier, at(5));
    QCOMPARE(s.view.selectedRowCount(), 5);
    QVERIFY(!s.view.isRowSelected(5));
    QTest::mouseClick(s.view.viewport(), Qt::RightButton, {}, at(4));
    QCOMPARE(s.view.selectedRowCount(), 5);
    QTest::mouseClick(s.view.viewport(), Qt::RightButton, {}, at(12));
    QCOMPARE(s.view.selectedRowCount(), 1);
}

void TestGridView::insertsMoveNothing()
{
    Shown s(1000);
    s.view.goToRow(500);
    s.view.selectAll();
    const int top = s.view.topRow();
    const QByteArray layout = s.view.header()->saveState();
    QSignalSpy selection(&s.view, &GridView::selectedRowsChanged);
    for (int i = 0; i < 50; ++i)
        s.model.append(1000);
    QCOMPARE(s.view.topRow(), top);
    QCOMPARE(s.view.currentRow(), 500);
    QCOMPARE(s.view.selectedRowCount(), 1000);
    QCOMPARE(s.view.header()->saveState(), layout);
    QCOMPARE(selection.count(), 0);
}

void TestGridView::followKeepsTheLastRowAtTheBottom()
{
    Shown s(0);
    s.view.setFollow(true);
    for (int i = 0; i < 100; ++i) {
        s.model.append(7);
        QVERIFY(isFullyVisible(s.view, s.model.rowCount() - 1));
    }
    const QRect last = s.view.visualRect(s.model.index(699, 0));
    QCOMPARE(last.bottom(), s.view.viewport()->height() - 1);
    s.view.resize(1200, 411);
    QCOMPARE(s.view.visualRect(s.model.index(699, 0)).bottom(), s.view.viewport()->height() - 1);
    QCOMPARE(s.view.newRows(), 0);
}

void TestGridView::followLetsGo_data()
{
    QTest::addColumn<QString>("act");
    QTest::newRow("scroll bar") << QStringLiteral("bar");
    QTest::newRow("wheel") << QStringLiteral("wheel");
    QTest::newRow("key") << QStringLiteral("key");
    QTest::newRow("click") << QStringLiteral("click");
    QTest::newRow("freeze") << QStringLiteral("freeze");
}

void TestGridView::followLetsGo()
{
    QFETCH(QString, act);
    Shown s(1000);
    s.view.setFollow(true);
    s.view.goToRow(999);
    QVERIFY(s.view.follow());
    QSignalSpy spy(&s.view, &GridView::followChanged);
    if (act == QLatin1String("bar")) {
        s.view.verticalScrollBar()->triggerAction(QAbstractSlider::SliderSingleStepSub);
    } else if (act == QLatin1String("wheel")) {
        const QPoint middle = s.view.viewport()->rect().center();
        QWheelEvent wheel(middle, s.view.viewport()->mapToGlobal(middle), {}, QPoint(0, 120), Qt::NoButton, {},
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(s.view.viewport(), &wheel);
    } else if (act == QLatin1String("key")) {
        QTest::keyClick(&s.view, Qt::Key_Up);
    } else if (act == QLatin1String("click")) {
        QTest::mouseClick(s.view.viewport(), Qt::LeftButton, {}, QPoint(200, 40));
    } else {
        s.view.freeze();
    }
    QVERIFY(!s.view.follow());
    QCOMPARE(spy.count(), 1);
    const int top = s.view.topRow();
    s.model.append(500);
    QCOMPARE(s.view.topRow(), top);
    QTest::keyClick(&s.view, Qt::Key_F);
    QVERIFY(s.view.follow());
    QVERIFY(isFullyVisible(s.view, 1499));
}

void TestGridView::pillCountsWhatCame()
{
    Shown s(1000);
    auto* pill = s.view.findChild<GridPill*>();
    QVERIFY(pill);
    s.view.setFollow(true);
    s.model.append(10);
    QVERIFY(!pill->isVisible());
    s.view.setTopRow(0);
    s.view.setFollow(false);
    s.model.append(3);
    s.model.append(1201);
    QTRY_VERIFY(pill->isVisible());
    QCOMPARE(pill->count(), 1204);
    QCOMPARE(s.view.newRows(), 1204);
    const int width = pill->width();
    s.model.append(100000);
    QTRY_COMPARE(pill->count(), 101204);
    QVERIFY(pill->width() >= width);
    QVERIFY(!pill->accessibleName().isEmpty());
    pill->click();
    QVERIFY(s.view.follow());
    QTRY_VERIFY(!pill->isVisible());
    QCOMPARE(s.view.newRows(), 0);

    // Rows that were scrolled to are not new any more.
    s.view.setFollow(false);
    s.model.append(5);
    QCOMPARE(s.view.newRows(), 5);
    s.view.verticalScrollBar()->setValue(s.view.verticalScrollBar()->maximum());
    QCOMPARE(s.view.newRows(), 0);
}

void TestGridView::frozenPictureStands()
{
    Shown s(1000);
    s.view.freeze();
    QVERIFY(s.view.isFrozen());
    QSignalSpy spy(&s.view, &GridView::frozenChanged);
    const int maximum = s.view.verticalScrollBar()->maximum();
    s.model.append(5000);
    QCOMPARE(s.view.shownRows(), 1000);
    QCOMPARE(s.view.heldBack(), 5000);
    QCOMPARE(s.view.verticalScrollBar()->maximum(), maximum);
    s.view.selectAll();
    QCOMPARE(s.view.selectedRowCount(), 1000);
    s.view.goToRow(5999);
    QCOMPARE(s.view.currentRow(), 999);
    s.view.release();
    QCOMPARE(spy.count(), 1);
    QCOMPARE(s.view.shownRows(), 6000);
    QCOMPARE(s.view.currentRow(), 999);
    QCOMPARE(s.view.selectedRowCount(), 1);
}

void TestGridView::droppedRowsTakeTheirNumbersAlong()
{
    Shown s(1000);
    s.view.goToRow(505);
    s.view.setTopRow(500);
    const QString before = s.model.index(s.view.topRow(), 0).data().toString();
    s.model.dropFirst(300);
    QCOMPARE(s.view.topRow(), 200);
    QCOMPARE(s.view.currentRow(), 205);
    QCOMPARE(s.model.index(s.view.topRow(), 0).data().toString(), before);
    s.model.dropFirst(600);
    QVERIFY(s.view.topRow() < 100);
    QCOMPARE(s.view.shownRows(), 100);
}

void TestGridView::hugeModelCostsNothingPerRow()
{
    Shown s(1000);
    s.view.grab();
    const qint64 memory = anonymousBytes();
    s.model.takeCalls();
    s.model.append(kHuge - 2000);
    s.view.selectAll();
    QCOMPARE(s.view.selectedRowCount(), qint64(kHuge) - 1000);
    s.view.setFollow(true);
    for (int i = 0; i < 1000; ++i)
        s.model.append(1);
    QCOMPARE(s.model.takeCalls(), 0);
    QCOMPARE(s.view.selectedRanges().size(), std::size_t(1));
    QTest::keyClick(&s.view, Qt::Key_Home, Qt::ControlModifier);
    QTest::keyClick(&s.view, Qt::Key_End, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(s.view.selectedRowCount(), qint64(kHuge));
    s.view.grab();
    const qint64 visible = s.view.visibleRows().count();
    QVERIFY(s.model.takeCalls() <= 4 * visible * (SyntheticGridModel::ColumnCount + 1));
    QVERIFY2(anonymousBytes() - memory < 8 * 1024 * 1024, qPrintable(QString::number(anonymousBytes() - memory)));
}

void TestGridView::everyRowOfAHugeModelCanBeReached()
{
    Shown s(kHuge);
    QCOMPARE(s.view.verticalScrollBar()->minimum(), 0);
    for (const int row : {0, 1, 93'368'854, 93'368'855, kHuge / 2, kHuge - 1}) {
        s.view.goToRow(row);
        QCOMPARE(s.view.currentRow(), row);
        QVERIFY(isFullyVisible(s.view, row));
        QCOMPARE(s.view.indexAt(s.view.visualRect(s.model.index(row, 1)).center()), s.model.index(row, 1));
    }
    s.view.verticalScrollBar()->setValue(s.view.verticalScrollBar()->maximum());
    QVERIFY(isFullyVisible(s.view, kHuge - 1));
    s.view.verticalScrollBar()->triggerAction(QAbstractSlider::SliderPageStepSub);
    QVERIFY(s.view.topRow() > kHuge - 200);
    s.view.setTopRow(12'345'678);
    QCOMPARE(s.view.topRow(), 12'345'678);
    QCOMPARE(s.view.verticalScrollBar()->value(), 12'345'678);
}

void TestGridView::rowsOfAllKindsArePainted()
{
    for (const auto choice : {Theme::Choice::Light, Theme::Choice::Dark}) {
        Theme::instance().install(choice);
        Shown s(60);
        s.model.setHit(QStringLiteral("SPRING"));
        s.view.setTopRow(5);
        const QImage image = s.view.viewport()->grab().toImage();
        const qreal ratio = image.devicePixelRatio();
        const auto colorAt = [&](int row, int x) {
            const QRect rect = s.view.visualRect(s.model.index(row, 0));
            return image.pixelColor(static_cast<int>(x * ratio), static_cast<int>((rect.top() + 3) * ratio));
        };
        // Full-width rows reach from the gutter to the far end.
        const int far = s.view.viewport()->width() - 3;
        QCOMPARE(colorAt(11, far), tokens().warnT);
        QCOMPARE(colorAt(13, far), tokens().infoT);
        QCOMPARE(colorAt(14, far), tokens().errT);
        QCOMPARE(colorAt(14, 1), tokens().errT);
        s.view.goToRow(6);
        s.view.selectAll();
        QVERIFY(!s.view.grab().isNull());
    }
    Theme::instance().install(Theme::Choice::Light);
}

void TestGridView::paintingAsksOnlyForWhatIsVisible()
{
    Shown s(100000);
    s.view.setTopRow(5000);
    s.view.grab();
    QCoreApplication::processEvents();
    s.model.takeCalls();
    s.view.viewport()->grab();
    const qint64 rows = s.view.visibleRows().count();
    QVERIFY(s.model.takeCalls() <= rows * (SyntheticGridModel::ColumnCount + 1));
    // What comes below the last visible row asks for nothing and paints nothing.
    s.model.append(100);
    QCoreApplication::processEvents();
    QCOMPARE(s.model.takeCalls(), 0);
}

void TestGridView::userWidthsStay()
{
    Shown s(100);
    GridHeader* header = s.view.header();
    QVERIFY(header->sectionSize(SyntheticGridModel::Shard) >= header->titleWidth(SyntheticGridModel::Shard));
    header->resizeSection(SyntheticGridModel::Status, 321);
    s.model.append(1000);
    s.model.resetRows(10);
    QCOMPARE(header->sectionSize(SyntheticGridModel::Status), 321);
    s.view.fitColumn(SyntheticGridModel::Status);
    QVERIFY(header->sectionSize(SyntheticGridModel::Status) != 321);
}

void TestGridView::hiddenAndMovedColumns()
{
    Shown s(100);
    GridHeader* header = s.view.header();
    header->hideSection(SyntheticGridModel::Time);
    header->moveSection(header->visualIndex(SyntheticGridModel::Note), 0);
    s.view.goToRow(0, SyntheticGridModel::Note);
    QTest::keyClick(&s.view, Qt::Key_Right);
    QCOMPARE(s.view.currentIndex().column(), int(SyntheticGridModel::Number));
    QTest::keyClick(&s.view, Qt::Key_Right);
    QCOMPARE(s.view.currentIndex().column(), int(SyntheticGridModel::Shard));
    QVERIFY(s.view.visualRect(s.model.index(0, SyntheticGridModel::Time)).isNull());
    QVERIFY(!s.view.grab().isNull());
}

void TestGridView::tableIsAccessible()
{
    Shown s(kHuge);
    QAccessibleInterface* root = QAccessible::queryAccessibleInterface(&s.view);
    QVERIFY(root);
    QCOMPARE(root->role(), QAccessible::Table);
    QVERIFY(!root->text(QAccessible::Name).isEmpty());
    QAccessibleTableInterface* table = root->tableInterface();
    QVERIFY(table);
    QCOMPARE(table->rowCount(), kHuge);
    QCOMPARE(table->columnCount(), int(SyntheticGridModel::ColumnCount));
    QCOMPARE(table->columnDescription(SyntheticGridModel::Id), QStringLiteral("id, key"));

    // Children: header cells, then visible cells; each knows its place, and the way back.
    const qint64 rows = s.view.visibleRows().count();
    QCOMPARE(qint64(root->childCount()), (rows + 1) * SyntheticGridModel::ColumnCount);
    QCOMPARE(root->child(1)->role(), QAccessible::ColumnHeader);
    QCOMPARE(root->child(1)->text(QAccessible::Name), QStringLiteral("Time UTC"));
    for (const int index : {0, 5, int(SyntheticGridModel::ColumnCount), root->childCount() - 1})
        QCOMPARE(root->indexOfChild(root->child(index)), index);
    QVERIFY(!root->child(root->childCount()));

    s.view.goToRow(kHuge - 1, SyntheticGridModel::Status);
    QAccessibleInterface* cell = table->cellAt(kHuge - 1, SyntheticGridModel::Status);
    QVERIFY(cell && cell->isValid());
    QCOMPARE(cell->tableCellInterface()->rowIndex(), kHuge - 1);
    QCOMPARE(cell->tableCellInterface()->columnHeaderCells().size(), 1);
    QVERIFY(cell->state().selected);
    QVERIFY(cell->rect().isValid());
    QCOMPARE(root->childAt(cell->rect().center().x(), cell->rect().center().y()), cell);
    QCOMPARE(root->focusChild(), s.view.hasFocus() ? cell : nullptr);
    QVERIFY(table->cellAt(0, 0)->state().offscreen);
    QVERIFY(!table->cellAt(kHuge, 0));
    s.view.selectAll();
    QCOMPARE(table->selectedRowCount(), kHuge);
    QVERIFY(table->selectedCells().size() <= rows * SyntheticGridModel::ColumnCount);
    s.model.resetRows(3);
    QCOMPARE(table->rowCount(), 3);
}

void TestGridView::cellsHaveShortNames()
{
    SyntheticGridModel model(200);
    const auto name = [&](int row, int column) {
        return model.index(row, column).data(Qt::AccessibleTextRole).toString();
    };
    QCOMPARE(name(1, SyntheticGridModel::Op), QStringLiteral("update"));
    QCOMPARE(name(1, SyntheticGridModel::Status), QStringLiteral("paid, was new"));
    QCOMPARE(name(6, SyntheticGridModel::Customer), QStringLiteral("Jo"));
    QCOMPARE(name(4, SyntheticGridModel::UserId), QStringLiteral("NULL"));
    QCOMPARE(name(3, SyntheticGridModel::Receipt), QStringLiteral("not sent"));

    // Members of JSON that come and go have no value on the other side.
    GridCell member;
    member.changed = true;
    member.path = QStringLiteral(".coupon");
    member.text = QStringLiteral("\"SPRING\"");
    member.oldKind = CellKind::Absent;
    const OneCell added(member);
    QCOMPARE(added.index(0, 0).data(Qt::AccessibleTextRole).toString(), QStringLiteral(".coupon \"SPRING\", added"));
    member.oldText = std::exchange(member.text, {});
    std::swap(member.kind, member.oldKind);
    const OneCell removed(member);
    QCOMPARE(removed.index(0, 0).data(Qt::AccessibleTextRole).toString(),
             QStringLiteral(".coupon removed, was \"SPRING\""));
    QCOMPARE(name(3, SyntheticGridModel::Note), QStringLiteral("the text NULL"));
    QCOMPARE(name(5, SyntheticGridModel::Note), QStringLiteral("NULL"));
    QVERIFY(name(11, 0).startsWith(QLatin1String("Gap 2.1 s Disk full")));
    QVERIFY(name(11, 1).isEmpty());
    QVERIFY(name(1, SyntheticGridModel::Receipt).contains(QLatin1String("bytes, 89 50")));
}

void TestGridView::jsonValuesAreFound_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("values");
    QTest::newRow("object") << QStringLiteral(R"({"a":1,"b":"x"})") << QStringLiteral(R"(1|"x")");
    QTest::newRow("escapes") << QStringLiteral(R"({"a\"":"q\"}"})") << QStringLiteral(R"("q\"}")");
    QTest::newRow("nested") << QStringLiteral(R"([{"k":[]},{},null, true ])") << QStringLiteral("[]|{}|null|true");
    QTest::newRow("cut string") << QStringLiteral(R"({"a":"unfin)") << QStringLiteral(R"("unfin)");
    QTest::newRow("cut escape") << QStringLiteral(R"({"a":"x\)") << QStringLiteral(R"("x\)");
    QTest::newRow("empty") << QString() << QString();
    QTest::newRow("no json") << QStringLiteral("hello") << QStringLiteral("hello");
}

void TestGridView::jsonValuesAreFound()
{
    QFETCH(QString, text);
    QFETCH(QString, values);
    QStringList found;
    forEachJsonValue(text, [&](int start, int length) {
        QVERIFY(start >= 0 && start + length <= text.size());
        found.append(text.mid(start, length));
    });
    QCOMPARE(found.join(QLatin1Char('|')), values);
}

QTEST_MAIN(TestGridView)
#include "tst_gridview.moc"
