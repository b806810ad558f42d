// What the window says of a stream that is late, held back, broken or without a way on, and of what a capture lacks.
#include <QtTest>
#include <QtWidgets>

#include "streamcore/clock.h"
#include "tests/window/settingsfolder.h"
#include "tests/wire/vtgate.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"
#include "ui/window/statusline.h"

using namespace vtscope;
using namespace vtscope::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30'000;
constexpr RetryPace kFast{std::chrono::milliseconds(1), std::chrono::milliseconds(4)};
constexpr RetryPace kSlow{std::chrono::minutes(5), std::chrono::minutes(5)};
const char* const kStream = "select * from";

// A tab and its status bar, watching solo.t of a server made of scripts.
class Stage
{
public:
    explicit Stage(const ScriptedServer& server, const RetryPace& pace = kFast)
        : view(std::make_unique<Session>(connectTo(server), Capture::createUnnamed(0).value()))
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

std::string heartbeat(std::chrono::nanoseconds ahead, const std::string& throttledBy = {})
{
    binlogdata::VEvent event = eventOf(binlogdata::HEARTBEAT);
    event.set_current_time(nowNs() + ahead.count());
    event.set_throttled(!throttledBy.empty());
    event.set_throttled_reason(throttledBy);
    return responseOf({event});
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
        useSettingsIn(m_home.path());
    }

    void saysWhenItIsTriedAgain();
    void saysWhatCameTwice();
    void saysThatItIsHeldBack();
    void saysThatTheClocksDiffer();
    void saysWhatSyncCannotTell();
    void saysHowManyTransactionsItIsBehind();
    void offersOtherStarts();

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
    Stage stage(server);
    stage.watch();
    QTRY_COMPARE_WITH_TIMEOUT(stage.notesOf(u"Open again after .*; 1 change had come before$"_s).size(), 1, kPatience);
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
    server.release("seen");
    QTRY_VERIFY_WITH_TIMEOUT(stage.words(u"Stream"_s).startsWith(u"live "_s), kPatience);
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
}

QTEST_MAIN(BreaksTest)
#include "tst_breaks.moc"
