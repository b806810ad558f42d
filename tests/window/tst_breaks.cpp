// What the window says of a stream that is late, held back, broken or without a way on, and of what a capture lacks.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/capture/ledger.h"
#include "streamcore/connection/store.h"
#include "streamcore/position/positiontext.h"
#include "streamcore/session/sourceprobe.h"
#include "streamcore/session/wake.h"
#include "tests/window/settingsfolder.h"
#include "tests/wire/vtgate.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/stream/keptpositions.h"
#include "ui/stream/streamview.h"
#include "ui/stream/watchdialog.h"
#include "ui/style/banner.h"
#include "ui/style/cardbutton.h"
#include "ui/window/ledgerdialog.h"
#include "ui/window/mainwindow.h"
#include "ui/window/statusline.h"

using namespace vtscope;
using namespace vtscope::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30'000;
constexpr RetryPace kFast{std::chrono::milliseconds(1), std::chrono::milliseconds(4)};
constexpr RetryPace kSlow{std::chrono::minutes(5), std::chrono::minutes(5)};
const char* const kStream = "select * from";
const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";

// A connection of the list, which the others of these tests are not.
std::shared_ptr<Connection> savedConnection(const ScriptedServer& server)
{
    ConnectionSettings settings = settingsFor(server);
    settings.id = "saved";
    return check(settings, Secret()).value();
}

// A tab and its status bar, watching solo.t of a server made of scripts.
class Stage
{
public:
    explicit Stage(const ScriptedServer& server, const RetryPace& pace = kFast)
        : view(std::make_unique<Session>(savedConnection(server), Capture::createUnnamed(0).value()))
    {
        view.session().setRetryPace(pace);
        view.resize(1200, 600);
        status.resize(1800, 30);
        view.show();
        status.show();
        QObject::connect(&view, &StreamView::noted, &view, [this](const QString& words) { notes << words; });
    }

    void watch(Source source = Source::VStream)
    {
        WatchRequest request = watchT(source);
        request.recovers = true;
        view.start(request);
    }

    // The label that says this.
    QLabel* label(const QString& name)
    {
        status.showStream(view);
        for (auto* label : status.findChildren<QLabel*>()) {
            if (label->accessibleName() == name || label->accessibleName().startsWith(name + u": "_s))
                return label;
        }
        return nullptr;
    }
    QString words(const QString& name) { return label(name)->text(); }
    // What a screen reader says of it.
    QString spoken(const QString& name)
    {
        const QLabel* found = label(name);
        return found->accessibleName() + u'\n' + found->accessibleDescription();
    }
    QToolButton* ledger()
    {
        status.showStream(view);
        return status.findChild<QToolButton*>();
    }

    Banner* banner() const
    {
        for (auto* banner : view.findChildren<Banner*>()) {
            if (banner->isVisible())
                return banner;
        }
        return nullptr;
    }
    QPushButton* button(const QString& words) const
    {
        for (auto* button : banner() ? banner()->findChildren<QPushButton*>() : QList<QPushButton*>()) {
            if (button->isVisible() && QString(button->text()).remove(u'&') == words)
                return button;
        }
        return nullptr;
    }

    // What was noted in these words; the clocks of scripts differ too.
    QStringList notesOf(const QString& beginning) const { return notes.filter(QRegularExpression(u'^' + beginning)); }

    StreamView view;
    StatusLine status;
    QStringList notes;
};

template <typename Button> Button* buttonOf(const QWidget& widget, const QString& words)
{
    for (auto* button : widget.findChildren<Button*>()) {
        if (QString(button->text()).remove(u'&').startsWith(words))
            return button;
    }
    return nullptr;
}

// A transaction that breaks off before its end.
std::string beginning(const std::string& id)
{
    return responseOf(
        {eventOf(binlogdata::BEGIN), fieldEvent(plainFields()), rowEvent(std::nullopt, rowOf({id, "v"}))});
}

} // namespace

class BreaksTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        qputenv("XDG_DATA_HOME", m_home.filePath(u"data"_s).toUtf8());
        qputenv("XDG_STATE_HOME", m_home.filePath(u"state"_s).toUtf8());
        useSettingsIn(m_home.path());
    }

    void saysWhenItIsTriedAgain();
    void saysWhatCameTwice();
    void saysThatShardsWereReplaced();
    void saysThatTheClocksDiffer();
    void saysWhatSyncCannotTell();
    void saysHowManyTransactionsItIsBehind();
    void saysThatManyShardsAreNotAsked();
    void offersOtherStarts();
    void goesOnFromAnotherPosition();
    void positionsGoOutAndComeBack();
    void saysThatItIsHeldBack();
    void keepsWhereItStopped();
    void keepsNoKeysOfRows();
    void noticesSleep();

private:
    QTemporaryDir m_home;
};

void BreaksTest::saysWhenItIsTriedAgain()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script().send(goodResponse("1", "one", 7)).finish(grpc::StatusCode::UNAVAILABLE, "primary is gone"),
                kStream);
    server.once(kVStream, Script().send(goodResponse("2", "two", 8)).staySilent(), kStream);
    Stage stage(server, kSlow);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.session().state(), Session::State::Recovering, kPatience);
    const QString words = stage.words(u"Stream"_s);
    QVERIFY2(words.startsWith(u"reopening in "_s) && words.endsWith(u" s (try 1)"_s), qPrintable(words));
    QVERIFY(stage.spoken(u"Stream"_s).startsWith(u"Stream: reopening in "_s));
    QCOMPARE(stage.label(u"Life"_s)->accessibleName(), u"Life: late"_s);
    QVERIFY(stage.banner());
    QCOMPARE(stage.banner()->kind(), Banner::Kind::Warning);
    QVERIFY2(stage.banner()->accessibleDescription().contains(u"Try 1"_s),
             qPrintable(stage.banner()->accessibleDescription()));
    QVERIFY(stage.button(u"Stop"_s));
    QVERIFY(stage.button(u"Details"_s));
    QVERIFY(stage.button(u"Try Now"_s));
    stage.button(u"Try Now"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(stage.words(u"Stream"_s).startsWith(u"live "_s), kPatience);
    QTRY_VERIFY(!stage.banner());
    QTRY_COMPARE_WITH_TIMEOUT(stage.notesOf(u"Open again after "_s).size(), 1, kPatience);
    QVERIFY(stage.notes.filter(u"before"_s).isEmpty());
}

void BreaksTest::saysWhatCameTwice()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .send(beginning("2"))
                    .finish(grpc::StatusCode::UNAVAILABLE, "primary is gone"),
                kStream);
    server.once(kVStream, Script().send(beginning("2")).send(responseOf({vgtidEvent(8)})).staySilent(), kStream);
    Stage stage(server, kSlow);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.session().state(), Session::State::Recovering, kPatience);
    stage.view.session().tryNow();
    QTRY_COMPARE_WITH_TIMEOUT(stage.notesOf(u"Open again after .*; 1 change had come before$"_s).size(), 1, kPatience);
}

void BreaksTest::saysThatShardsWereReplaced()
{
    const binlogdata::VEvent journal = journalEvent({"-80", "80-"});
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              Script()
                  .send(goodResponse("1", "one", 7))
                  .send(responseOf({eventOf(binlogdata::BEGIN), journal, vgtidEvent(8), eventOf(binlogdata::COMMIT)}))
                  .staySilent(),
              kStream);
    Stage stage(server);
    stage.watch();
    const auto banner = [&] { return stage.view.findChild<Banner*>(); };
    QTRY_VERIFY_WITH_TIMEOUT(banner(), kPatience);
    QCOMPARE(banner()->sentence(), u"Resharded: solo/0 moves to -80, 80-"_s);
    Q_EMIT banner()->closeRequested();
    QTRY_VERIFY_WITH_TIMEOUT(!banner(), kPatience);
}

void BreaksTest::saysThatItIsHeldBack()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(heartbeat({}, "online-ddl")).waitFor("seen").send(heartbeat({})).staySilent(),
              kStream);
    Stage stage(server);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.words(u"Stream"_s), u"throttled"_s, kPatience);
    QVERIFY(stage.spoken(u"Stream"_s).contains(u"online-ddl"_s));
    QVERIFY(stage.label(u"Stream"_s)->toolTip().contains(u"online-ddl"_s));
    QCOMPARE(stage.label(u"Life"_s)->accessibleName(), u"Life: late"_s);
    const auto banner = [&] { return stage.view.findChild<Banner*>(); };
    QTRY_VERIFY_WITH_TIMEOUT(banner(), kPatience);
    QCOMPARE(banner()->sentence(), u"The server holds the stream back: online-ddl"_s);
    QSignalSpy asked(&stage.view, &StreamView::optionsRequested);
    buttonOf<QPushButton>(*banner(), u"Other Tablet Type"_s)->click();
    QTRY_COMPARE(asked.count(), 1);
    server.release("seen");
    QTRY_VERIFY_WITH_TIMEOUT(stage.words(u"Stream"_s).startsWith(u"live "_s), kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(!banner(), kPatience);
    QVERIFY(!stage.spoken(u"Stream"_s).contains(u"online-ddl"_s));
}

void BreaksTest::saysThatTheClocksDiffer()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(heartbeat(std::chrono::seconds(192))).staySilent(), kStream);
    Stage stage(server);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.notes.size(), 1, kPatience);
    QVERIFY2(stage.notes.front().startsWith(u"The server's clock is 3 min 1"_s), qPrintable(stage.notes.front()));
    QVERIFY2(stage.spoken(u"Lag"_s).contains(u"clock is 3 min 1"_s), qPrintable(stage.spoken(u"Lag"_s)));
    QTest::qWait(1200); // two looks at it
    QCOMPARE(stage.notes.size(), 1);
}

void BreaksTest::saysWhatSyncCannotTell()
{
    ScriptedServer server;
    playPlanetScale(server);
    server.on(kSync, Script().sendHeaders().staySilent());
    Stage stage(server);
    stage.watch(Source::Sync);
    QTRY_COMPARE_WITH_TIMEOUT(stage.words(u"Lag"_s), u"lag not told"_s, kPatience);
    QVERIFY(!stage.label(u"Lag"_s)->isEnabled());
    QVERIFY(stage.spoken(u"Lag"_s).contains(u"Sync tells no times"_s));
}

void BreaksTest::saysHowManyTransactionsItIsBehind()
{
    ScriptedServer server;
    playVtgate(server);
    answer(server, "gtid_executed", resultOf({"executed"}, {{"3e11fa47-71ca-11e1-9e33-c80aa9429562:1-20"}}));
    server.on(kVStream, Script().send(goodResponse("1", "one", 7)).staySilent(), kStream);
    Stage stage(server);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.model().rowCount(), 1, kPatience);
    const std::size_t asked = server.calls(kVtgateExecute).size();
    // It is asked when it comes to be seen.
    stage.view.hide();
    stage.view.show();
    QTRY_VERIFY_WITH_TIMEOUT(stage.words(u"Lag"_s).endsWith(u" · 13 behind"_s), kPatience);
    QCOMPARE(server.calls(kVtgateExecute).size(), asked + 1);
}

void BreaksTest::saysThatManyShardsAreNotAsked()
{
    const binlogdata::VEvent positions = vgtidOfShards(SourceProbe::kMostShards + 1, 7);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(responseOf({positions})).staySilent(), kStream);
    Stage stage(server);
    stage.watch();
    QTRY_VERIFY_WITH_TIMEOUT(stage.view.session().hasProgress(), kPatience);
    stage.view.hide();
    stage.view.show();
    QTRY_VERIFY_WITH_TIMEOUT(stage.words(u"Lag"_s).endsWith(u"behind not told"_s), kPatience);
    QVERIFY2(stage.spoken(u"Lag"_s).contains(u"more than 16"_s), qPrintable(stage.spoken(u"Lag"_s)));
}

void BreaksTest::offersOtherStarts()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .waitFor("seen")
                    .finish(grpc::StatusCode::UNKNOWN, "the source purged required binary logs (errno 1236)"),
                kStream);
    Stage stage(server);
    stage.watch();
    QTRY_VERIFY_WITH_TIMEOUT(stage.ledger()->isVisible(), kPatience);
    QCOMPARE(stage.ledger()->text(), u"complete"_s);
    server.release("seen");
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.session().state(), Session::State::Ended, kPatience);
    QCOMPARE(stage.view.session().error()->kind, ErrorKind::PositionPurged);
    QVERIFY(stage.banner());
    QVERIFY(!stage.button(u"Continue from here"_s));

    QSignalSpy restart(&stage.view, &StreamView::restartRequested);
    QVERIFY(stage.button(u"Copy Again…"_s));
    stage.button(u"Copy Again…"_s)->click();
    QTRY_COMPARE(restart.count(), 1);
    QCOMPARE(restart.takeFirst().front().value<WatchRequest::Start>(), WatchRequest::Start::Copy);
    stage.button(u"Other Position…"_s)->click();
    QTRY_COMPARE(restart.count(), 1);
    QCOMPARE(restart.takeFirst().front().value<WatchRequest::Start>(), WatchRequest::Start::Position);

    // From now on, in the same capture, which says what lies between.
    server.once(kVStream, Script().send(responseOf({vgtidEvent(9)})).send(goodResponse("2", "two", 10)).staySilent(),
                kStream);
    stage.button(u"Start Now"_s)->click();
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.session().capture()->changes(), std::uint64_t{2}, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(stage.ledger()->text(), u"1 gap"_s, kPatience);
    QVERIFY(stage.ledger()->toolTip().contains(u"1 gap"_s));
    QSignalSpy asked(&stage.status, &StatusLine::ledgerRequested);
    stage.ledger()->click();
    QCOMPARE(asked.count(), 1);

    // In the list: why, then what.
    const Snapshot snapshot = stage.view.model().snapshot();
    std::uint64_t line = 0;
    while (line < snapshot.count() && snapshot.entry(line).op() != Op::Gap)
        ++line;
    QVERIFY(line < snapshot.count());
    const std::string missing = "MySQL56/" + kUuid + "8-9";
    GridRow row;
    stage.view.model().row(static_cast<qint64>(line), row);
    QCOMPARE(row.kind, RowKind::Gap);
    QCOMPARE(row.partCount, 4);
    QCOMPARE(row.parts[0].text, u"Gap: 2 transactions"_s);
    QVERIFY2(row.parts[1].text.contains(u"purged"_s), qPrintable(row.parts[1].text));
    QCOMPARE(row.parts[3].text, QString::fromStdString(missing));
    Inspector inspector;
    inspector.show(snapshot, line);
    QString inspected;
    for (const auto* label : inspector.findChildren<QLabel*>())
        inspected += label->text() + u'\n';
    QVERIFY2(inspected.contains(u"purged"_s), qPrintable(inspected));

    LedgerDialog dialog(stage.view.session().capture(), u"solo.t"_s);
    dialog.show();
    const auto* accounts = dialog.findChild<QTreeView*>()->model();
    QTRY_COMPARE_WITH_TIMEOUT(accounts->rowCount(), 1, kPatience);
    const QString gaps = dialog.findChild<QPlainTextEdit*>()->toPlainText();
    QVERIFY2(gaps.startsWith(u"solo/0\n"_s + QString::fromStdString(missing)), qPrintable(gaps));
    QVERIFY2(gaps.contains(u"purged"_s), qPrintable(gaps));
    QCOMPARE(accounts->index(0, accounts->columnCount() - 1).data().toString(), u"2"_s);
    QVERIFY(dialog.findChild<Banner*>()->sentence().contains(u"1 gap"_s));
    const auto copied = [&](const QString& words) {
        for (auto* button : dialog.findChildren<QPushButton*>()) {
            if (QString(button->text()).remove(u'&') == words)
                button->click();
        }
        return QGuiApplication::clipboard()->text();
    };
    QVERIFY(copied(u"Copy as Text"_s).contains(u"missing: "_s + QString::fromStdString(missing)));
    const QJsonObject json = QJsonDocument::fromJson(copied(u"Copy as JSON"_s).toUtf8()).object();
    QCOMPARE(json[u"complete"_s], QJsonValue(false));
    QCOMPARE(json[u"accounts"_s][0][u"gaps"_s][0][u"missing"_s].toString().toStdString(), missing);
}

// In the same tab and capture.
void BreaksTest::goesOnFromAnotherPosition()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .waitFor("seen")
                    .finish(grpc::StatusCode::UNKNOWN, "the source purged required binary logs (errno 1236)"),
                kStream);
    server.once(kVStream, Script().send(goodResponse("2", "two", 10)).staySilent(), kStream);
    ConnectionStore store(m_home.filePath(u"connections.json"_s).toStdString());
    ConnectionSettings settings = settingsFor(server);
    settings.id = "saved";
    settings.name = "scripted";
    settings.isOnThisMachine = true;
    QVERIFY(store.save({settings, 0, {}}));
    const auto secrets = SecretStore::inMemory();
    MainWindow window(store, *secrets);
    window.show();
    window.findChild<CardButton*>()->click();
    auto* navigator = window.findChild<Navigator*>();
    QTRY_VERIFY_WITH_TIMEOUT(!navigator->branch().keyspaces.empty(), kPatience);
    Q_EMIT navigator->watchRequested(u"solo"_s, u"t"_s);
    auto* view = window.findChild<StreamView*>();
    QVERIFY(view);
    QTRY_COMPARE_WITH_TIMEOUT(view->model().rowCount(), 1, kPatience);
    server.release("seen");
    QTRY_COMPARE_WITH_TIMEOUT(view->session().state(), Session::State::Ended, kPatience);

    bool hasFocus = false;
    QTimer answer;
    answer.setInterval(20);
    connect(&answer, &QTimer::timeout, &answer, [&] {
        auto* dialog = qobject_cast<WatchDialog*>(QApplication::activeModalWidget());
        if (!dialog || !dialog->isVisible())
            return;
        answer.stop();
        auto* position = dialog->findChild<QPlainTextEdit*>();
        hasFocus = dialog->focusWidget() == position;
        position->setPlainText(QString::fromStdString(kUuid + "1-9"));
        dialog->accept();
    });
    answer.start();
    auto* other = buttonOf<QPushButton>(*view, u"Other Position"_s);
    QVERIFY(other);
    other->click();
    QTRY_COMPARE_WITH_TIMEOUT(view->session().capture()->changes(), std::uint64_t{2}, kPatience);
    QVERIFY(hasFocus);
    QCOMPARE(window.findChildren<StreamView*>().size(), 1);
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.vgtid().shard_gtids(0).gtid(), "MySQL56/" + kUuid + "1-9");
    QTRY_COMPARE_WITH_TIMEOUT(ledgerOf(*view->session().capture()).gaps(), std::size_t{1}, kPatience);
}

void BreaksTest::positionsGoOutAndComeBack()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(heartbeat({})).waitFor("asked").send(goodResponse("1", "one", 7)).staySilent(),
              kStream);
    Stage stage(server);
    stage.watch();
    QTRY_VERIFY_WITH_TIMEOUT(stage.view.session().silence(), kPatience);
    QVERIFY(stage.view.safePosition(PositionForm::Shortest).isEmpty());
    QVERIFY(!stage.view.cursorFile());
    server.release("asked");
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.model().rowCount(), 1, kPatience);
    const std::string gtid = "MySQL56/" + kUuid + "1-7";
    QCOMPARE(stage.view.safePosition(PositionForm::Shortest).toStdString(), gtid);
    const QString path = m_home.filePath(u"t.cursor"_s);
    QVERIFY(stage.view.cursorFile()->write(path.toStdString()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    for (const QString& form :
         {stage.view.safePosition(PositionForm::Shortest), stage.view.safePosition(PositionForm::Vgtid),
          stage.view.safePosition(PositionForm::Cursors), QString::fromUtf8(file.readAll())}) {
        const auto read = parsePosition(form.toStdString());
        QVERIFY2(read && read->size() == 1, qPrintable(form));
        QCOMPARE(read->front().gtid, gtid);
    }
}

namespace {

Keyspace solo()
{
    Keyspace keyspace;
    keyspace.name = "solo";
    keyspace.shards = {"0"};
    for (const char* name : {"t", "u"}) {
        keyspace.tables.emplace_back();
        keyspace.tables.back().name = name;
    }
    return keyspace;
}

} // namespace

void BreaksTest::keepsWhereItStopped()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one", 7)).staySilent(), kStream);
    Stage stage(server);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.view.model().rowCount(), 1, kPatience);
    stage.view.session().stop();

    WatchDialog dialog(stage.view.session().connection(), solo(), watchT(), {});
    dialog.show();
    auto* there = buttonOf<QRadioButton>(dialog, u"Where it stopped last time, "_s);
    QVERIFY(there && there->isEnabled());
    there->click();
    const WatchRequest request = dialog.request();
    QCOMPARE(request.start, WatchRequest::Start::Position);
    QCOMPARE(parsePosition(request.position).value().front().gtid, "MySQL56/" + kUuid + "1-7");
    QVERIFY(buttonOf<QPushButton>(dialog, u"Watch"_s)->isEnabled());

    // It is that of other tables no more.
    auto* tables = dialog.findChild<QListWidget*>();
    tables->item(1)->setCheckState(Qt::Checked);
    QVERIFY(!there->isEnabled());
    QVERIFY(!buttonOf<QPushButton>(dialog, u"Watch"_s)->isEnabled());
    tables->item(1)->setCheckState(Qt::Unchecked);
    QVERIFY(buttonOf<QPushButton>(dialog, u"Watch"_s)->isEnabled());
}

void BreaksTest::keepsNoKeysOfRows()
{
    CursorFile file;
    file.keyspace = "solo";
    file.tables = {"t"};
    file.positions = {{"solo", "0", "MySQL56/" + kUuid + "1-7"}};
    keepPosition({}, file);
    QVERIFY(!keptPosition({}, file));
    binlogdata::ShardGtid keys;
    auto* key = keys.add_table_p_ks();
    key->set_table_name("t");
    key->mutable_lastpk()->add_rows()->set_values("private@example.com");
    file.positions.front().lastKeys = keys.SerializeAsString();
    keepPosition("another", file);
    QVERIFY(!keptPosition("another", file));
    file.positions.front().lastKeys.clear();
    keepPosition("another", file);
    QVERIFY(keptPosition("another", file));
    QCOMPARE(parsePosition(keptPosition("another", file)->position.toStdString()).value().front().gtid,
             file.positions.front().gtid);
    CursorFile other = file;
    other.isSync = true;
    QVERIFY(!keptPosition("another", other));
    // With tables of another keyspace it is another stream.
    other = file;
    other.others = {{"duo", {"t"}}};
    QVERIFY(!keptPosition("another", other));
    other.positions.push_back({"duo", "0", "MySQL56/" + kUuid + "1-9"});
    keepPosition("another", other);
    QCOMPARE(parsePosition(keptPosition("another", other)->position.toStdString()).value().size(), std::size_t{2});
    QCOMPARE(parsePosition(keptPosition("another", file)->position.toStdString()).value().size(), std::size_t{1});
}

void BreaksTest::noticesSleep()
{
    std::chrono::nanoseconds slept = std::chrono::hours(5);
    QStringList addresses{u"192.0.2.7"_s};
    Wake wake([&] { return slept; }, [&] { return addresses; });
    QSignalSpy woken(&wake, &Wake::woken);
    wake.look();
    slept += std::chrono::seconds(1);
    wake.look();
    QCOMPARE(woken.count(), 0);
    slept += std::chrono::seconds(3);
    wake.look();
    QCOMPARE(woken.count(), 1);
    wake.look();
    QCOMPARE(woken.count(), 1);

    // Without a network it waits for one, which may be the same.
    const auto before = addresses;
    addresses.clear();
    wake.look();
    QCOMPARE(woken.count(), 1);
    addresses = before;
    wake.look();
    QCOMPARE(woken.count(), 2);
    addresses << u"2001:db8::7"_s;
    wake.look();
    QCOMPARE(woken.count(), 3);
    wake.look();
    QCOMPARE(woken.count(), 3);
}

QTEST_MAIN(BreaksTest)
#include "tst_breaks.moc"
