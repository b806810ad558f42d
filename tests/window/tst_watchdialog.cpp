// What can be asked for in the dialog, and what it says of what cannot.
#include <QtTest>
#include <QtWidgets>

#include "tests/window/settingsfolder.h"
#include "tests/wire/vtgate.h"
#include "ui/stream/checklist.h"
#include "ui/stream/serverbox.h"
#include "ui/stream/watchdialog.h"

using namespace vtscope;
using namespace vtscope::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30'000;
const std::string kGtid = "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9";

Keyspace solo()
{
    Table table;
    table.name = std::string("t");
    return {"solo", {"0"}, {table}, {}};
}

template <typename Widget> Widget* named(const QWidget& window, const QString& beginning)
{
    for (auto* widget : window.findChildren<Widget*>()) {
        if (widget->accessibleName().startsWith(beginning))
            return widget;
    }
    return nullptr;
}

template <typename Button> Button* buttonOf(const QWidget& window, const QString& beginning)
{
    for (auto* button : window.findChildren<Button*>()) {
        if (QString(button->text()).remove(u'&').startsWith(beginning))
            return button;
    }
    return nullptr;
}

} // namespace

class WatchDialogTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        qputenv("XDG_STATE_HOME", m_home.filePath(u"state"_s).toUtf8());
        useSettingsIn(m_home.path());
    }
    void returnWatches();
    void endsWhereItWasAskedTo();
    void asksTheServerForLess();
    void ofASyncOnlyOperationsAreLeftOut();
    void tablesOfOtherKeyspaces();
    void nearATime();
    void someOfTheShards();

private:
    QTemporaryDir m_home;
};

// Wherever the focus is, but in the text of a position.
void WatchDialogTest::returnWatches()
{
    ScriptedServer server;
    playVtgate(server);
    WatchDialog dialog(connectTo(server), solo(), watchT(), {});
    int watched = 0;
    connect(&dialog, &QDialog::accepted, &dialog, [&] { ++watched; });
    int fields = 0;
    for (QWidget* field : dialog.findChildren<QWidget*>()) {
        dialog.show();
        const bool isField = qobject_cast<QListWidget*>(field) || qobject_cast<QComboBox*>(field) ||
                             qobject_cast<QRadioButton*>(field) || qobject_cast<QLineEdit*>(field) ||
                             qobject_cast<QCheckBox*>(field);
        if (!isField || !field->isVisible() || !field->isEnabled() || (field->focusPolicy() & Qt::TabFocus) == 0)
            continue;
        field->setFocus();
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY2(watched == ++fields, field->metaObject()->className());
    }
    QVERIFY(fields > 5);
}

void WatchDialogTest::endsWhereItWasAskedTo()
{
    ScriptedServer server;
    playVtgate(server);
    WatchDialog dialog(connectTo(server), solo(), watchT(), {});
    dialog.show();
    named<QSpinBox>(dialog, u"End after so many MiB"_s)->setValue(3);
    auto* stop = named<QLineEdit>(dialog, u"End at this position"_s);
    auto* watch = buttonOf<QPushButton>(dialog, u"Watch"_s);
    QTest::keyClicks(stop, u"nonsense"_s);
    QVERIFY(!watch->isEnabled());
    QVERIFY(watch->toolTip().startsWith(u"Where to end: "_s));
    stop->setText(QString::fromStdString(kGtid));
    QVERIFY(watch->isEnabled());
    QCOMPARE(dialog.request().stopPosition, kGtid);
    QCOMPARE(dialog.request().endAfterBytes, std::uint64_t{3} << 20);
}

void WatchDialogTest::asksTheServerForLess()
{
    ScriptedServer server;
    playVtgate(server);
    WatchDialog dialog(connectTo(server), solo(), watchT(), {});
    dialog.show();
    QVERIFY(dialog.request().rule.isAll());
    QTest::keyClicks(named<QLineEdit>(dialog, u"Columns that the server sends"_s), u"id, status"_s);
    QTest::keyClicks(named<QLineEdit>(dialog, u"Condition of the rows"_s), u" id > 5 "_s);
    named<QSpinBox>(dialog, u"Size of the parts"_s)->setValue(8);
    buttonOf<QCheckBox>(dialog, u"shards wait"_s)->click();
    const WatchRequest request = dialog.request();
    QCOMPARE(request.rule.columns, (std::vector<std::string>{"id", "status"}));
    QCOMPARE(request.rule.where, std::string("id > 5"));
    QCOMPARE(request.chunkBytes, std::uint64_t{8} << 20);
    QVERIFY(request.minimizesSkew);
    QVERIFY(request.rule.hasAllOps());
    auto* inserts = buttonOf<QCheckBox>(dialog, u"inserts"_s);
    QVERIFY(!inserts->isEnabled() && !inserts->toolTip().isEmpty());

    // It is shown again as it was asked for.
    WatchDialog again(connectTo(server), solo(), request, {});
    QCOMPARE(again.request().rule.columns, request.rule.columns);
    QCOMPARE(again.request().rule.where, request.rule.where);
    QCOMPARE(again.request().chunkBytes, request.chunkBytes);
    QVERIFY(again.request().minimizesSkew);
}

void WatchDialogTest::ofASyncOnlyOperationsAreLeftOut()
{
    WatchRequest asked;
    asked.rule.columns = {"id"};
    asked.rule.deletes = false;
    ServerBox box(asked);
    box.setSource(Source::Sync);
    auto* columns = named<QLineEdit>(box, u"Columns"_s);
    QVERIFY(!columns->isEnabled() && !columns->toolTip().isEmpty());
    WatchRequest request;
    box.applyTo(request);
    QVERIFY(request.rule.columns.empty() && request.rule.inserts && request.rule.updates && !request.rule.deletes);
    QVERIFY(box.problem().isEmpty());
    QSignalSpy changed(&box, &ServerBox::changed);
    buttonOf<QCheckBox>(box, u"inserts"_s)->click();
    buttonOf<QCheckBox>(box, u"updates"_s)->click();
    QCOMPARE(changed.count(), 2);
    QVERIFY(!box.problem().isEmpty());
}

void WatchDialogTest::tablesOfOtherKeyspaces()
{
    ScriptedServer server;
    playVtgate(server);
    WatchDialog dialog(connectTo(server), solo(), watchT(), {});
    dialog.show();
    auto* also = named<QLineEdit>(dialog, u"Tables of other keyspaces"_s);
    auto* watch = buttonOf<QPushButton>(dialog, u"Watch"_s);
    for (const QString& wrong : {u"users"_s, u"shop."_s, u".users"_s, u"shop.users, mail"_s}) {
        also->setText(wrong);
        QVERIFY2(!watch->isEnabled(), qPrintable(wrong));
        QVERIFY(watch->toolTip().contains(u"keyspace.table"_s));
    }
    also->setText(u"shop.users, mail.sent ,shop.orders"_s);
    QVERIFY(watch->isEnabled());
    const auto others = dialog.request().others;
    QCOMPARE(others.size(), std::size_t{2});
    QCOMPARE(others[0].keyspace, std::string("shop"));
    QCOMPARE(others[0].tables, (std::vector<std::string>{"users", "orders"}));
    QCOMPARE(others[1].tables, std::vector<std::string>{"sent"});
    WatchDialog again(connectTo(server), solo(), dialog.request(), {});
    QCOMPARE(again.request().others.size(), std::size_t{2});
}

void WatchDialogTest::nearATime()
{
    ScriptedServer server;
    playVtgate(server);
    ConnectionSettings settings = settingsFor(server);
    settings.id = "saved";
    const std::shared_ptr<Connection> connection = check(settings, Secret()).value();
    const auto moment = [](const std::string& text) { return momentFrom(text, {}).value(); };
    const auto radioOf = [](const WatchDialog& dialog) { return buttonOf<QRadioButton>(dialog, u"Near a time"_s); };
    {
        WatchDialog dialog(connection, solo(), watchT(), {});
        QTRY_VERIFY_WITH_TIMEOUT(radioOf(dialog)->toolTip().contains(u"saved connections"_s), kPatience);
        QVERIFY(!radioOf(dialog)->isEnabled());
    }
    Journal journal(settings);
    QVERIFY(journal.note(moment("2026-11-23 14:00"), {{"solo", "0", kGtid}}));
    WatchDialog dialog(connection, solo(), watchT(), {});
    dialog.show();
    QTRY_VERIFY_WITH_TIMEOUT(radioOf(dialog)->isEnabled(), kPatience);
    QVERIFY(radioOf(dialog)->text().contains(u"2026-11-23 14:00:00 UTC"_s));
    auto* time = named<QDateTimeEdit>(dialog, u"Time"_s);
    QVERIFY(!time->isVisible());
    radioOf(dialog)->click();
    QVERIFY(time->isVisible());
    auto* watch = buttonOf<QPushButton>(dialog, u"Watch"_s);
    time->setDateTime(QDateTime(QDate(2026, 11, 23), QTime(13, 59), Qt::UTC));
    QVERIFY(!watch->isEnabled());
    time->setDateTime(QDateTime(QDate(2026, 11, 23), QTime(14, 5), Qt::UTC));
    QVERIFY(watch->isEnabled());
    QCOMPARE(dialog.request().start, WatchRequest::Start::Time);
    QCOMPARE(momentText(dialog.request().time), std::string("2026-11-23 14:05:00 UTC"));
}

void WatchDialogTest::someOfTheShards()
{
    ScriptedServer server;
    playVtgate(server);
    Keyspace four = solo();
    four.shards = {"-40", "40-80", "80-c0", "c0-"};
    WatchRequest asked = watchT();
    asked.shards = {"40-80", "c0-"};
    WatchDialog dialog(connectTo(server), four, asked, {});
    dialog.show();
    auto* list = named<CheckList>(dialog, u"Shards"_s);
    const auto press = [&](int line) {
        list->setCurrentRow(line);
        QTest::keyClick(list, Qt::Key_Space);
        return dialog.request().shards;
    };
    const std::vector<std::string> all;
    QCOMPARE(dialog.request().shards, asked.shards);
    QCOMPARE(press(1), (std::vector<std::string>{"-40", "40-80", "c0-"}));
    QCOMPARE(press(0), all);
    QCOMPARE(press(0), all); // nothing else is left
    QCOMPARE(list->item(0)->checkState(), Qt::Checked);
    QCOMPARE(press(3), std::vector<std::string>{"80-c0"});
    QCOMPARE(list->item(0)->checkState(), Qt::Unchecked);

    // A GTID is of one shard.
    buttonOf<QRadioButton>(dialog, u"At a position"_s)->click();
    dialog.findChild<QPlainTextEdit*>()->setPlainText(QString::fromStdString(kGtid));
    auto* watch = buttonOf<QPushButton>(dialog, u"Watch"_s);
    QVERIFY2(watch->isEnabled(), qPrintable(watch->toolTip()));
    press(4);
    QVERIFY(!watch->isEnabled());
    press(4);
    QCOMPARE(press(3), all);
    QVERIFY(!watch->isEnabled());

    WatchDialog unsharded(connectTo(server), solo(), watchT(), {});
    unsharded.show();
    QVERIFY(!named<CheckList>(unsharded, u"Shards"_s)->isVisible());
}

QTEST_MAIN(WatchDialogTest)
#include "tst_watchdialog.moc"
