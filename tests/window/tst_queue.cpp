// A queue is looked at in every state, ticks survive what happens below them, and nothing is written without a plan.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/queue/actionlog.h"
#include "tests/window/messagerows.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/queue/actionlogview.h"
#include "ui/queue/plansheet.h"
#include "ui/queue/plantable.h"
#include "ui/queue/queuetext.h"
#include "ui/queue/queueview.h"
#include "ui/queue/subscribesheet.h"
#include "ui/style/theme.h"

using namespace vtscope;
using namespace Qt::StringLiterals;

namespace {

QueueSettings settings()
{
    QueueSettings settings;
    settings.ackWait = 30;
    settings.purgeAfter = 86'400;
    settings.pollerInterval = 1;
    settings.minBackoff = 30;
    settings.batchSize = 10;
    settings.cacheSize = 10;
    return settings;
}

Table mailQueue()
{
    Table table;
    table.name = "mail_queue";
    table.queue = settings();
    return table;
}

// A connection for what asks no server: its settings, its role and its lock.
std::shared_ptr<Connection> connectionOf(Tag tag, const std::string& role = "writer")
{
    ConnectionSettings of;
    of.name = "prod-eu";
    of.host = "nowhere.example";
    of.tag = tag;
    BranchFacts facts;
    facts.role = role;
    return std::make_shared<Connection>(of, facts, nullptr);
}

AckPlan planOf(const std::vector<MessageKey>& keys)
{
    AckPlan plan;
    plan.table = {"shop", "mail_queue", {"-80", "80-"}};
    plan.timeAcked = std::to_string(test::kNow + 4711);
    for (const MessageKey& key : keys) {
        const bool isOpen = key.id != "2";
        plan.items.push_back({key, isOpen ? "sent, 6 tries" : "acknowledged at 13:21:42 UTC", isOpen});
        if (!isOpen)
            continue;
        if (plan.steps.empty() || plan.steps.back().shard != key.shard)
            plan.steps.push_back({key.shard,
                                  "update `mail_queue` set time_acked = " + plan.timeAcked +
                                      ", time_next = null where id in (1) and time_acked is null",
                                  {}});
        plan.steps.back().keys.push_back(key);
    }
    plan.made = std::chrono::steady_clock::now();
    return plan;
}

QPushButton* buttonOf(const QWidget& widget, const QString& begin)
{
    for (auto* button : widget.findChildren<QPushButton*>()) {
        if (!button->isHidden() && button->text().remove(u'&').startsWith(begin))
            return button;
    }
    return nullptr;
}

QString textOf(const QueueModel& model, int row, int column)
{
    return model.data(model.index(row, column)).toString();
}

QStringList idsOf(const QueueModel& model)
{
    QStringList ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids.append(textOf(model, row, QueueModel::Id));
    return ids;
}

} // namespace

class QueueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_state.isValid());
        qputenv("XDG_STATE_HOME", m_state.path().toLocal8Bit());
        Theme::instance().install(Theme::Choice::Light);
        Theme::instance().setReduceMotion(true);
    }

    void saysEveryState()
    {
        QueueModel model(settings());
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.setContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        QCOMPARE(model.rowCount(), 6);
        QCOMPARE(idsOf(model), (QStringList{u"9"_s, u"10"_s, u"300"_s, u"2"_s, u"7301288410023419904"_s, u"11"_s}));
        QCOMPARE(textOf(model, 0, QueueModel::State), u"due"_s);
        QCOMPARE(textOf(model, 0, QueueModel::NextSend), u"now"_s);
        QCOMPARE(textOf(model, 0, QueueModel::Age), u"overdue 2 h 14 min"_s);
        QCOMPARE(textOf(model, 0, QueueModel::Shard), u"-80"_s);
        QCOMPARE(textOf(model, 1, QueueModel::State), u"scheduled"_s);
        QCOMPARE(textOf(model, 1, QueueModel::NextSend), u"15:21:42"_s);
        QCOMPARE(textOf(model, 1, QueueModel::Age), QString());
        QCOMPARE(textOf(model, 1, QueueModel::Priority), u"40"_s);
        QCOMPARE(textOf(model, 2, QueueModel::State), u"sent"_s);
        QCOMPARE(textOf(model, 2, QueueModel::Tries), u"6"_s);
        QCOMPARE(textOf(model, 3, QueueModel::State), u"acked"_s);
        QCOMPARE(textOf(model, 3, QueueModel::NextSend), u"purge in 23 h"_s);
        QCOMPARE(textOf(model, 4, QueueModel::State), u"broken"_s);
        QCOMPARE(textOf(model, 4, QueueModel::NextSend), u"never"_s);
        QCOMPARE(textOf(model, 5, QueueModel::State), u"due"_s);
        // time_next 0 is nobody's date: no age is made of it.
        QCOMPARE(textOf(model, 5, QueueModel::Age), QString());
        QCOMPARE(model.columnCount(), QueueModel::FixedCount + 1);
        QCOMPARE(model.gridColumn(QueueModel::FixedCount).title, u"payload"_s);
        QCOMPARE(textOf(model, 0, QueueModel::FixedCount), u"due for 2 h 14 min"_s);
        QCOMPARE(model.data(model.index(4, QueueModel::FixedCount), GridModel::CellKindRole).toInt(),
                 static_cast<int>(CellKind::Null));
        QCOMPARE(model.data(model.index(5, QueueModel::FixedCount), GridModel::CellKindRole).toInt(),
                 static_cast<int>(CellKind::Empty));
        QCOMPARE(model.contents().counts, (std::array<std::uint64_t, 5>{2, 1, 1, 1, 1}));
        QCOMPARE(model.contents().nextSend, std::optional(test::kNow + 60 * test::kSecond));
    }

    void sortsByWhatTheHeaderSays_data()
    {
        QTest::addColumn<int>("by");
        QTest::addColumn<bool>("descending");
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("last");
        const QString big = u"7301288410023419904"_s;
        QTest::newRow("id") << static_cast<int>(QueueSort::Id) << false << u"2"_s << big;
        QTest::newRow("id down") << static_cast<int>(QueueSort::Id) << true << big << u"2"_s;
        QTest::newRow("state") << static_cast<int>(QueueSort::State) << false << big << u"2"_s;
        QTest::newRow("next") << static_cast<int>(QueueSort::NextSend) << false << u"11"_s << big;
        QTest::newRow("tries down") << static_cast<int>(QueueSort::Tries) << true << u"300"_s << big;
        QTest::newRow("priority") << static_cast<int>(QueueSort::Priority) << false << u"10"_s << big;
        QTest::newRow("shard down") << static_cast<int>(QueueSort::Shard) << true << u"2"_s << u"300"_s;
    }

    void sortsByWhatTheHeaderSays()
    {
        QFETCH(int, by);
        QFETCH(bool, descending);
        QueueModel model(settings());
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
        model.setContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        model.setTicked(1, QueueModel::Tick, true);
        const QPersistentModelIndex ten = model.index(1, QueueModel::Id);
        model.setRows(sortedQueue(model.contents().lines, test::kNow, model.contents().rows,
                                  {static_cast<QueueSort>(by), descending}));
        QTEST(idsOf(model).first(), "first");
        QTEST(idsOf(model).last(), "last");
        // The tick and the selection went with their message.
        QCOMPARE(model.data(ten).toString(), u"10"_s);
        QVERIFY(model.isTicked(ten.row()));
        QCOMPARE(model.tickCount(), 1);
        model.setRows(sortedQueue(model.contents().lines, test::kNow, model.contents().rows, {}));
        QCOMPARE(idsOf(model).first(), u"9"_s);
    }

    void ticksSurviveARefresh()
    {
        auto rows = test::everyState();
        QueueModel model(settings());
        model.setContents(prepareQueue(test::snapshotOf(rows), {}));
        model.setTicks(0, 3, true);
        QCOMPARE(model.tickCount(), 4);
        QCOMPARE(model.tickedKeys().size(), 4u);
        QCOMPARE(model.tickedKeys()[3].shard, std::string("80-"));
        QueueKept kept;
        kept.lines = model.contents().lines;
        kept.ticks = model.contents().ticks;
        kept.find = {static_cast<quint32>(model.lineOf(2)), static_cast<quint32>(model.lineOf(1)), QueueKept::kNone};
        kept.dropsAcked = true;
        // One is gone, a new one came before all, and the acknowledged one needs no tick any more.
        rows.erase(rows.begin() + 1);
        rows.insert(rows.begin(), {"-80", "1", 50, 0, 0, {}, "new"});
        model.setContents(prepareQueue(test::snapshotOf(rows), {}, kept));
        QCOMPARE(model.tickCount(), 2);
        QVERIFY(!model.isTicked(0));
        QVERIFY(model.isTicked(1));
        QVERIFY(model.isTicked(2));
        QCOMPARE(model.contents().restored, (std::vector<int>{2, -1, -1}));
        QCOMPARE(findRows(model.contents().lines, model.contents().rows, model.tickedKeys()), (std::vector<int>{1, 2}));
    }

    void theSameIdOnTwoShardsIsTwoMessages()
    {
        QueueModel model(settings());
        model.setContents(
            prepareQueue(test::snapshotOf({{"-80", "5", 50, 0, 0, {}, "a"}, {"80-", "5", 50, 0, 0, {}, "b"}}), {}));
        model.setTicks(1, 1, true);
        QueueKept kept;
        kept.lines = model.contents().lines;
        kept.ticks = model.contents().ticks;
        model.setContents(prepareQueue(
            test::snapshotOf({{"-80", "5", 50, 0, 0, {}, "a"}, {"80-", "5", 50, 0, 0, {}, "b"}}), {}, kept));
        QVERIFY(!model.isTicked(0));
        QVERIFY(model.isTicked(1));
    }

    void ticksWinOverTheSelection()
    {
        QueueView view(connectionOf(Tag::None), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        view.resize(1200, 700);
        view.show();
        QCOMPARE(view.chosenCount(), 0);
        QVERIFY(view.whyNotAcknowledge().contains(u"Tick messages"_s));
        view.grid()->goToRow(2);
        QCOMPARE(view.chosenCount(), 1);
        QCOMPARE(view.chosenKeys().front().id, std::string("300"));
        QVERIFY(view.whyNotAcknowledge().isEmpty());
        view.grid()->selectAll();
        QTest::keyClick(view.grid(), Qt::Key_Space);
        QCOMPARE(view.model()->tickCount(), 6);
        QTest::keyClick(view.grid(), Qt::Key_Space);
        QCOMPARE(view.model()->tickCount(), 0);
        view.grid()->goToRow(1);
        QTest::keyClick(view.grid(), Qt::Key_Space);
        view.grid()->goToRow(4);
        QCOMPARE(view.chosenKeys().size(), 1u);
        QCOMPARE(view.chosenKeys().front().id, std::string("10"));
        QCOMPARE(view.statusText(), u"6 messages, 2 due, 1 ticked"_s);
        QCOMPARE(view.exportScopes().selected->count(), 1u);
        QCOMPARE(view.exportScopes().shown.count(), 6u);
        QVERIFY(buttonOf(view, u"Acknowledge 1"_s));
        QVERIFY(buttonOf(view, u"Acknowledge 1"_s)->isEnabled());
    }

    void saysWhatItIsToAScreenReader()
    {
        QueueView view(connectionOf(Tag::None), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        QCOMPARE(QAccessible::queryAccessibleInterface(view.grid())->text(QAccessible::Name),
                 u"Messages of mail_queue"_s);
        const QModelIndex age = view.model()->index(1, QueueModel::Age);
        QCOMPARE(age.data(Qt::AccessibleTextRole).toString(), QString());
        // Who comes by keyboard sees where.
        view.resize(1200, 700);
        view.show();
        view.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&view));
        QVERIFY(!view.grid()->currentIndex().isValid());
        view.grid()->clearFocus();
        view.grid()->setFocus(Qt::TabFocusReason);
        QCOMPARE(view.grid()->currentRow(), 0);
    }

    void thePlanShowsWholeStates()
    {
        PlanSheet sheet(connectionOf(Tag::None), {"shop", "mail_queue", {"-80", "80-"}},
                        {{"-80", 265, "7301288410023419904"}, {"80-", 265, "2"}}, settings());
        sheet.resize(1600, 300);
        sheet.show();
        sheet.showPlan(planOf(sheet.keys()));
        QTreeView* table = sheet.findChild<PlanTable*>();
        const QModelIndex state = table->model()->index(1, PlanModel::State);
        QCOMPARE(state.data().toString(), u"acknowledged at 13:21:42 UTC"_s);
        QCOMPARE(state.data(Qt::ToolTipRole).toString(), state.data().toString());
        QCOMPARE(table->header()->length(), table->viewport()->width());
        QStyleOptionViewItem option;
        option.initFrom(table);
        QVERIFY(table->columnWidth(PlanModel::State) >= table->itemDelegate()->sizeHint(option, state).width());
    }

    void headerClicksSortAndGiveBackTheOrder()
    {
        QueueView view(connectionOf(Tag::None), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        view.resize(1200, 700);
        view.show();
        const auto click = [&](int column) {
            GridHeader* header = view.grid()->header();
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                              QPoint(header->sectionViewportPosition(column) + 20, header->height() / 2));
        };
        view.grid()->goToRow(2);
        click(QueueModel::Id);
        QCOMPARE(idsOf(*view.model()).first(), u"2"_s);
        QCOMPARE(view.chosenKeys().front().id, std::string("300"));
        QCOMPARE(view.grid()->header()->sortIndicatorSection(), static_cast<int>(QueueModel::Id));
        click(QueueModel::Id);
        QCOMPARE(idsOf(*view.model()).last(), u"2"_s);
        click(QueueModel::Id);
        QCOMPARE(idsOf(*view.model()).first(), u"9"_s);
        QCOMPARE(view.grid()->header()->sortIndicatorSection(), -1);
        click(QueueModel::Tick);
        QCOMPARE(view.model()->tickCount(), 6);
        click(QueueModel::Tick);
        QCOMPARE(view.model()->tickCount(), 0);
    }

    // Of the table's own columns, by mouse on header and cells and by key.
    void masksAColumnByItsMenu()
    {
        QueueView view(connectionOf(Tag::None), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        view.resize(1200, 700);
        view.show();
        GridHeader* header = view.grid()->header();
        const auto maskItem = [&](int column, bool isByKey) -> QAction* {
            view.grid()->setCurrentIndex(view.model()->index(0, column));
            if (isByKey) {
                QContextMenuEvent event(QContextMenuEvent::Keyboard, {}, {});
                QApplication::sendEvent(view.grid(), &event);
            } else {
                Q_EMIT header->columnsMenuRequested({}, column);
            }
            QAction* found = nullptr;
            for (auto* menu : view.findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly)) {
                for (QAction* action : menu->actions()) {
                    if (menu->isVisible() && action->text().remove(u'&').contains(u"mask "_s, Qt::CaseInsensitive))
                        found = action;
                }
                menu->hide();
            }
            return found;
        };
        for (const bool isByKey : {false, true}) {
            QVERIFY(!maskItem(QueueModel::State, isByKey));
            for (const int column : {int(QueueModel::Id), int(QueueModel::FixedCount)}) {
                const QString value = textOf(*view.model(), 0, column);
                QAction* mask = maskItem(column, isByKey);
                QVERIFY(mask);
                mask->trigger();
                QVERIFY(view.model()->gridColumn(column).masked);
                QVERIFY(textOf(*view.model(), 0, column) != value);
                QAction* unmask = maskItem(column, isByKey);
                QVERIFY(unmask && unmask->text().remove(u'&').startsWith(u"Unmask "_s));
                unmask->trigger();
                QCOMPARE(textOf(*view.model(), 0, column), value);
            }
        }
    }

    void anEmptyQueueSaysSo()
    {
        QueueView view(connectionOf(Tag::None), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf({}), {}));
        view.resize(1200, 700);
        view.show();
        QVERIFY(!view.grid()->isVisible());
        QVERIFY(buttonOf(view, u"Refresh"_s));
        QVERIFY(!view.whyNotAcknowledge().isEmpty());
    }

    void aReaderOnlyLooks()
    {
        QueueView view(connectionOf(Tag::None, "reader"), u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        view.resize(1200, 700);
        view.show();
        view.grid()->selectAll();
        QCOMPARE(view.whyNotAcknowledge(), u"Role reader cannot change messages"_s);
        QVERIFY(!buttonOf(view, u"Acknowledge"_s)->isEnabled());
        QVERIFY(!buttonOf(view, u"Subscribe"_s)->isEnabled());
        view.acknowledgeChosen();
        view.subscribe();
        QVERIFY(!view.plan());

        PlanSheet sheet(connectionOf(Tag::None, "reader"), {"shop", "mail_queue", {"-80"}}, {{"-80", 265, "9"}},
                        settings());
        sheet.showPlan(planOf(sheet.keys()));
        QCOMPARE(sheet.whyNot(), u"Role reader cannot change messages"_s);
        sheet.carryOut();
        QCOMPARE(sheet.state(), PlanSheet::State::Planned);
    }

    void productionWantsTheNumberTyped()
    {
        const auto connection = connectionOf(Tag::Production);
        PlanSheet sheet(connection, {"shop", "mail_queue", {"-80", "80-"}},
                        {{"-80", 265, "9"}, {"-80", 265, "300"}, {"80-", 265, "2"}}, settings());
        sheet.resize(1200, 300);
        sheet.show();
        QVERIFY(!sheet.canCarryOut());
        sheet.showPlan(planOf(sheet.keys()));
        auto* field = sheet.findChild<QLineEdit*>();
        QVERIFY(field->isVisible());
        // Two of the three are open: the third is acknowledged already, and named.
        QPushButton* act = buttonOf(sheet, u"Unlock and acknowledge 2"_s);
        QVERIFY(act);
        QVERIFY(!act->isEnabled());
        QVERIFY(!act->toolTip().isEmpty());
        for (const char* wrong : {"3", "0", "2x", "-2", ""}) {
            field->setText(QString::fromLatin1(wrong));
            QVERIFY(!sheet.canCarryOut());
            sheet.carryOut();
            QTest::keyClick(field, Qt::Key_Return);
            QCOMPARE(sheet.state(), PlanSheet::State::Planned);
        }
        QVERIFY(!connection->isUnlocked());
        field->setText(u" 2 "_s);
        QTRY_VERIFY(sheet.canCarryOut());
        QVERIFY(act->isEnabled());
        // Return in the field is not yet the act.
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(sheet.state(), PlanSheet::State::Planned);
        QVERIFY(!connection->isUnlocked());
    }

    void othersUnlockByTheButton()
    {
        const auto connection = connectionOf(Tag::None);
        PlanSheet sheet(connection, {"shop", "mail_queue", {"-80"}}, {{"-80", 265, "9"}}, settings());
        sheet.resize(1200, 300);
        sheet.show();
        sheet.showPlan(planOf(sheet.keys()));
        QVERIFY(!sheet.findChild<QLineEdit*>()->isVisible());
        QVERIFY(buttonOf(sheet, u"Unlock and acknowledge 1"_s)->isEnabled());
        connection->unlock(std::chrono::minutes(15));
        sheet.showPlan(planOf(sheet.keys()));
        QVERIFY(buttonOf(sheet, u"Acknowledge 1"_s));
        connection->lock();
        sheet.showPlan(planOf({{"80-", 265, "2"}}));
        QVERIFY(sheet.whyNot().contains(u"nothing to do"_s));
        sheet.showPlan(tl::unexpected(Error{ErrorKind::Unavailable, "The primary is gone.", "UNAVAILABLE", 14}));
        QVERIFY(!sheet.canCarryOut());
        QVERIFY(buttonOf(sheet, u"Retry"_s));
    }

    void whatWasNotReadIsNotCarriedOut()
    {
        const auto connection = connectionOf(Tag::None);
        PlanSheet sheet(connection, {"shop", "mail_queue", {"-80"}}, {{"-80", 265, "9"}}, settings());
        sheet.resize(1200, 300);
        sheet.show();
        sheet.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&sheet));
        sheet.setFocus();
        sheet.showPlan(planOf(sheet.keys()));
        QVERIFY(buttonOf(sheet, u"Unlock and acknowledge 1"_s)->isEnabled());
        QCOMPARE(QApplication::focusWidget(), buttonOf(sheet, u"Cancel"_s));
        sheet.carryOut();
        QCOMPARE(sheet.state(), PlanSheet::State::Planned);
        QVERIFY(!connection->isUnlocked());
        QSignalSpy closed(&sheet, &Sheet::closeRequested);
        QTest::simulateEvent(&sheet, true, Qt::Key_Return, Qt::NoModifier, u"\r"_s, true);
        QTest::simulateEvent(QApplication::focusWidget(), true, Qt::Key_Return, Qt::NoModifier, u"\r"_s, true);
        QCOMPARE(closed.size(), 0);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QCOMPARE(closed.size(), 1);
        QVERIFY(!connection->isUnlocked());
    }

    void theFocusStaysInThePlan()
    {
        QWidget window;
        auto* layout = new QVBoxLayout(&window);
        auto* sheet = new PlanSheet(connectionOf(Tag::None), {"shop", "mail_queue", {"-80"}},
                                    {{"-80", 265, "9"}, {"80-", 265, "2"}}, settings());
        layout->addWidget(sheet);
        layout->addWidget(new QPushButton(u"Below"_s));
        window.resize(1200, 400);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        sheet->setFocus();
        sheet->showPlan(planOf(sheet->keys()));
        QPushButton* act = buttonOf(*sheet, u"Unlock and acknowledge 1"_s);
        act->setFocus();
        sheet->showPlan(planOf(sheet->keys()), PlanSheet::Why::Stale);
        QCOMPARE(QApplication::focusWidget(), act);
        // Nothing is left to do: what acts cannot keep the focus.
        sheet->showPlan(planOf({{"80-", 265, "2"}}), PlanSheet::Why::Stale);
        QCOMPARE(QApplication::focusWidget(), buttonOf(*sheet, u"Cancel"_s));
        sheet->showPlan(tl::unexpected(Error{ErrorKind::Unavailable, "The primary is gone.", "UNAVAILABLE", 14}));
        buttonOf(*sheet, u"Retry"_s)->setFocus();
        sheet->showPlan(planOf(sheet->keys()));
        QVERIFY(sheet->isAncestorOf(QApplication::focusWidget()) || sheet->hasFocus());
        QSignalSpy closed(sheet, &Sheet::closeRequested);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QCOMPARE(closed.size(), 1);
    }

    void tellsWhatBecameOfEach()
    {
        PlanSheet sheet(connectionOf(Tag::Production), {"shop", "mail_queue", {"-80", "80-"}},
                        {{"-80", 265, "9"}, {"-80", 265, "300"}}, settings());
        sheet.resize(1200, 300);
        sheet.show();
        sheet.showPlan(planOf(sheet.keys()));
        QSignalSpy written(&sheet, &PlanSheet::written);
        AckResult result;
        result.items = {{sheet.keys()[0], AckOutcome::Acked, {}},
                        {sheet.keys()[1], AckOutcome::AckedByOther, "at 14:31:07 UTC"}};
        result.changed = 1;
        sheet.showOutcome(result);
        QCOMPARE(sheet.state(), PlanSheet::State::Done);
        QCOMPARE(written.size(), 1);
        QCOMPARE(written.front().front().toString(), u"1 of 2 acknowledged"_s);
        QVERIFY(buttonOf(sheet, u"Show in list"_s));
        QVERIFY(!buttonOf(sheet, u"Dry run"_s));
        QSignalSpy closed(&sheet, &Sheet::closeRequested);
        QTest::keyClick(&sheet, Qt::Key_Escape);
        QCOMPARE(closed.size(), 1);
    }

    void subscribingWarnsFirst()
    {
        const auto connection = connectionOf(Tag::Production);
        QueueView view(connection, u"shop"_s, mailQueue(), {"-80", "80-"});
        view.showContents(prepareQueue(test::snapshotOf(test::everyState()), {}));
        view.resize(1200, 700);
        view.show();
        QSignalSpy requested(&view, &QueueView::subscribeRequested);
        view.subscribe();
        auto* sheet = view.findChild<SubscribeSheet*>();
        QVERIFY(sheet);
        sheet->carryOut();
        QCOMPARE(requested.size(), 0);
        sheet->findChild<QLineEdit*>()->setText(u"mail_queue"_s);
        QSignalSpy lock(&view, &QueueView::lockChanged);
        sheet->carryOut();
        QCOMPARE(requested.size(), 1);
        QCOMPARE(requested.front().at(1).toString(), u"mail_queue"_s);
        QCOMPARE(lock.size(), 1);
        QVERIFY(connection->isUnlocked());
    }

    void showsTheActionLog()
    {
        ActionLogView log;
        log.resize(700, 300);
        QVERIFY(
            logAction({{}, "prod-eu", "ack", "shop.mail_queue", {"update x"}, {"9 acknowledged"}, "1 of 1", {}, true}));
        QVERIFY(logAction({{},
                           "prod-eu",
                           "ack",
                           "shop.mail_queue",
                           {"update y"},
                           {"10 still open"},
                           "0 of 1",
                           "lock wait timeout",
                           false}));
        log.show();
        auto* list = log.findChild<QTreeView*>();
        QTRY_COMPARE(list->model()->rowCount(), 2);
        QCOMPARE(list->model()->index(0, 2).data().toString(), u"0 of 1"_s);
        QVERIFY(log.findChild<QPlainTextEdit*>()->toPlainText().contains(u"update y"_s));
        list->setCurrentIndex(list->model()->index(1, 0));
        QVERIFY(log.findChild<QPlainTextEdit*>()->toPlainText().contains(u"9 acknowledged"_s));
    }

    void saysSpansAndSettings()
    {
        QCOMPARE(spanText(28 * test::kSecond), u"28 s"_s);
        QCOMPARE(spanText(8040 * test::kSecond), u"2 h 14 min"_s);
        QCOMPARE(spanText(90 * test::kSecond), u"1 min"_s);
        QCOMPARE(spanText(-5), u"0 s"_s);
        QCOMPARE(spanText(std::numeric_limits<std::int64_t>::max()), u"292 y 171 d"_s);
        QCOMPARE(settingsText(settings()), u"wait for ack 30 s · batch 10 · cache 10 · poll 1 s · purge after 24 h"_s);
        QCOMPARE(momentText(test::kNow + 86'400 * test::kSecond, test::kNow), u"Mar 5 14:21"_s);
        QCOMPARE(momentText(std::numeric_limits<std::int64_t>::max(), test::kNow), u"2262-04-11 23:47"_s);
    }

    void manyMessagesAreSortedAndTicked()
    {
        constexpr int kCount = 50'000;
        std::vector<test::MessageRow> rows;
        rows.reserve(kCount);
        for (int i = 0; i < kCount; ++i)
            rows.push_back({"-80", std::to_string(i), i % 100, 0, test::kNow - i * test::kSecond, {}, "payload"});
        QueueModel model(settings());
        model.setContents(prepareQueue(test::snapshotOf(rows, {"-80"}), {QueueSort::Priority, true}));
        QCOMPARE(model.rowCount(), kCount);
        QCOMPARE(textOf(model, 0, QueueModel::Priority), u"99"_s);
        QCOMPARE(textOf(model, 0, QueueModel::Id), u"99"_s);
        QCOMPARE(textOf(model, kCount - 1, QueueModel::Id), u"49900"_s);
        QSignalSpy changes(&model, &QueueModel::ticksChanged);
        model.setTicks(0, kCount - 1, true);
        QCOMPARE(model.tickCount(), kCount);
        QCOMPARE(changes.size(), 1);
    }

private:
    QTemporaryDir m_state;
};

QTEST_MAIN(QueueTest)
#include "tst_queue.moc"
