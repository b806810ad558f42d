// What a stream tells of itself besides changes: its clock, that it is held back, that its shards change.
#include <QtTest>

#include "streamcore/capture/ledger.h"
#include "streamcore/clock.h"
#include "streamcore/position/position.h"
#include "streamcore/session/sourceprobe.h"
#include "tests/contract/watcher.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kStream = "select * from";
const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";
constexpr RetryPace kImpatient{std::chrono::milliseconds(50), std::chrono::milliseconds(50),
                               std::chrono::milliseconds(150)};

// Not those of the connection test.
std::ptrdiff_t openings(const ScriptedServer& server)
{
    const auto calls = server.calls(kVStream);
    return std::count_if(calls.begin(), calls.end(),
                         [](const auto& call) { return call.request.find(kStream) != std::string::npos; });
}

// From now on, in words.
void noteTroubles(Watcher& watcher, std::vector<std::string>& troubles)
{
    Session& session = watcher.session();
    QObject::connect(&session, &Session::stateChanged, &session, [&] {
        if (const auto trouble = session.trouble())
            troubles.push_back(trouble->cause.message);
    });
}

} // namespace

class LivenessSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysThatItIsThrottled();
    void clocksThatDiffer_data();
    void clocksThatDiffer();
    void transactionsBehind();
    void transactionsBehindOfManyShards();
    void transactionsBehindOfOneStreamInSync();
    void standsStill();
    void oneShardStandsStill_data();
    void oneShardStandsStill();
    void copyIsCounted();
    void standsStillForAReason_data();
    void standsStillForAReason();
    void shardsThatAreReplaced();
    void oneStreamIsSilent();
};

void LivenessSuite::saysThatItIsThrottled()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              Script()
                  .send(goodResponse("1", "one", 7))
                  .send(heartbeat({}, "online-ddl"))
                  .waitFor("seen")
                  .send(heartbeat({}))
                  .staySilent(),
              kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY(watcher.waitFor([&] { return watcher.session().throttled() == "online-ddl"; }));
    QCOMPARE(watcher.capture()->count(), std::uint64_t{1}); // a heartbeat is no line
    server.release("seen");
    QVERIFY(watcher.waitFor([&] { return !watcher.session().throttled(); }));
}

void LivenessSuite::clocksThatDiffer_data()
{
    QTest::addColumn<int>("ahead");
    QTest::newRow("ahead") << 200;
    QTest::newRow("behind") << -3000;
    QTest::newRow("together") << 0;
}

void LivenessSuite::clocksThatDiffer()
{
    QFETCH(int, ahead);
    const std::chrono::seconds difference(ahead);
    ScriptedServer server;
    playVtgate(server);
    binlogdata::VEvent row = rowEvent(std::nullopt, rowOf({"1", "one"}));
    row.set_current_time(nowNs() + std::chrono::nanoseconds(difference).count());
    server.on(kVStream,
              Script()
                  .send(responseOf({eventOf(binlogdata::BEGIN), fieldEvent(plainFields()), row, vgtidEvent(7)}))
                  .send(heartbeat(difference - std::chrono::seconds(7))) // that was long on its way
                  .send(heartbeat(difference))
                  .staySilent(),
              kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY(watcher.waitFor([&] { return watcher.session().lag().has_value(); }));
    QTest::qWait(50);
    const auto found = watcher.session().clockDifference();
    QCOMPARE(found.has_value(), ahead != 0);
    if (found)
        QVERIFY(std::chrono::abs(*found - difference) < std::chrono::seconds(5));
    QVERIFY(std::chrono::abs(*watcher.session().lag()) < std::chrono::seconds(6));
}

void LivenessSuite::transactionsBehind()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(
        kVStream,
        Script().send(goodResponse("1", "one", 7)).waitFor("later").send(goodResponse("2", "two", 30)).staySilent(),
        kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    SourceProbe& probe = watcher.session().probe();
    const auto ask = [&] {
        QSignalSpy told(&probe, &SourceProbe::changed);
        probe.ask();
        return told.count() > 0 || told.wait();
    };
    QVERIFY(!probe.behind());
    answer(server, "gtid_executed",
           resultOf({"executed"}, {{kUuid + "1-20,\n3e11fa47-71ca-11e1-9e33-c80aa9429563:1-2"}}));
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(13 + 2));
    QVERIFY(probe.stuck().empty()); // not known from one answer
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-30"}}));
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(23));
    QCOMPARE(probe.stuck().size(), std::size_t{1});
    QCOMPARE(probe.stuck().front().shard, std::string("solo/0"));
    QCOMPARE(probe.stuck().front().behind, std::uint64_t{23});
    server.release("later");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(0));
    QVERIFY(probe.stuck().empty());
    answer(server, "gtid_executed", {});
    QVERIFY(ask());
    QVERIFY(!probe.behind());
}

// Too many to ask each time: those that stand still are asked in turns.
void LivenessSuite::transactionsBehindOfManyShards()
{
    constexpr std::size_t kShards = 20;
    const binlogdata::VEvent position = vgtidOfShards(kShards, 7);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(responseOf({position})).staySilent(), kStream);
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-8"}}));
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    const auto shardsKnown = [&] {
        const auto positions = watcher.session().resumePositions();
        return positions.empty() ? 0 : positionsIn(positions.front()).size();
    };
    QVERIFY(watcher.waitFor([&] { return shardsKnown() == kShards; }));
    SourceProbe& probe = watcher.session().probe();
    std::set<std::string> stuck;
    for (std::size_t i = 0; i < kShards && stuck.size() < kShards; ++i) {
        QSignalSpy told(&probe, &SourceProbe::changed);
        probe.askWhereStill();
        QVERIFY(i == 0 || told.count() > 0 || told.wait()); // nothing is known to stand still the first time
        QVERIFY(!probe.behind());
        for (const SourceProbe::Stuck& one : probe.stuck())
            stuck.insert(one.shard);
    }
    QCOMPARE(stuck.size(), kShards);
}

// Two streams of one shard, of which one goes on.
void LivenessSuite::transactionsBehindOfOneStreamInSync()
{
    ScriptedServer server;
    playPlanetScale(server);
    for (const char* last : {"7", "30"}) {
        psdbconnect::v1alpha1::SyncResponse response;
        response.mutable_cursor()->set_keyspace("solo");
        response.mutable_cursor()->set_shard("0");
        response.mutable_cursor()->set_position("MySQL56/" + kUuid + "1-" + last);
        server.once(kSync, Script().send(response.SerializeAsString()).staySilent());
    }
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-30"}}));
    Watcher watcher(connectTo(server));
    WatchRequest request = watchT(Source::Sync);
    request.tables = {"t", "mail"};
    watcher.session().start(request);
    const auto havePositions = [&] {
        const auto positions = watcher.session().resumePositions();
        return positions.size() == 2 && std::none_of(positions.begin(), positions.end(), [](const std::string& one) {
                   return positionIn(one).gtid == "current";
               });
    };
    QVERIFY2(watcher.waitFor(havePositions), watcher.story());
    SourceProbe& probe = watcher.session().probe();
    for (int i = 0; i < 2; ++i) {
        QSignalSpy told(&probe, &SourceProbe::changed);
        probe.ask();
        QVERIFY(told.count() > 0 || told.wait());
    }
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(23));
    QCOMPARE(probe.stuck().size(), std::size_t{1});
    QCOMPARE(probe.stuck().front().behind, std::uint64_t{23});
}

// Heartbeats come, and the server has more: the stream is opened again from where it was, and only then.
void LivenessSuite::standsStill()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, Script().send(goodResponse("1", "one", 7)).send(heartbeat({})).staySilent(), kStream);
    server.once(kVStream, Script().send(goodResponse("2", "two", 30)).send(heartbeat({})).staySilent(), kStream);
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-30"}}));
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kImpatient);
    std::vector<std::string> troubles;
    noteTroubles(watcher, troubles);
    WatchRequest request = watchT();
    request.recovers = true;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(!troubles.empty());
    QCOMPARE(troubles.front(), std::string("The stream was open and brought nothing, though solo/0 has 23 "
                                           "transactions more; it was given up."));
    QVERIFY(watcher.waitFor([&] { return watcher.session().reopenings() == 1; }));
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.vgtid().shard_gtids(0).gtid(), "MySQL56/" + kUuid + "1-7");
    // Nothing more is there to be had.
    QTest::qWait(static_cast<int>(3 * kImpatient.stuck.count()));
    QCOMPARE(openings(server), std::ptrdiff_t{2});
    QCOMPARE(watcher.session().state(), Session::State::Live);
}

void LivenessSuite::oneShardStandsStill_data()
{
    QTest::addColumn<bool>("minimizesSkew");
    QTest::newRow("goes on when it is opened again") << false;
    QTest::newRow("waits for the others") << true;
}

// The other one goes on all the time; both have more.
void LivenessSuite::oneShardStandsStill()
{
    QFETCH(const bool, minimizesSkew);
    const auto positions = [](int moving, int standing) {
        binlogdata::VEvent position = eventOf(binlogdata::VGTID);
        for (const auto& [shard, last] : {std::pair("-80", moving), std::pair("80-", standing)}) {
            auto* entry = position.mutable_vgtid()->add_shard_gtids();
            entry->set_keyspace("solo");
            entry->set_shard(shard);
            entry->set_gtid("MySQL56/" + kUuid + "1-" + std::to_string(last));
        }
        return responseOf({position});
    };
    constexpr int kFirst = 10;
    constexpr int kTimes = 200;
    ScriptedServer server;
    playVtgate(server);
    Script standing;
    for (int i = 0; i < kTimes; ++i)
        standing.send(positions(kFirst + i, 7)).delay(kImpatient.stuck / 10);
    Script going;
    for (int i = 0; i < kTimes; ++i)
        going.send(positions(kFirst + kTimes + i, kFirst + i)).delay(kImpatient.stuck / 10);
    server.once(kVStream, standing.staySilent(), kStream);
    server.on(kVStream, going.staySilent(), kStream);
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-1000"}}));
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kImpatient);
    std::vector<std::string> troubles;
    noteTroubles(watcher, troubles);
    WatchRequest request = watchT();
    request.recovers = true;
    request.minimizesSkew = minimizesSkew;
    watcher.session().start(request);
    constexpr int kLong = static_cast<int>(12 * kImpatient.stuck.count());
    if (minimizesSkew) {
        QTest::qWait(kLong);
        QCOMPARE(openings(server), std::ptrdiff_t{1});
        return;
    }
    QVERIFY(watcher.waitFor([&] { return watcher.session().reopenings() == 1; }));
    QVERIFY(!troubles.empty());
    QCOMPARE(troubles.front(), std::string("The stream brought nothing from solo/80- while other shards went on, "
                                           "though it has 993 transactions more; it was given up."));
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.vgtid().shard_gtids(1).gtid(), "MySQL56/" + kUuid + "1-7");
    QTest::qWait(kLong);
    QCOMPARE(openings(server), std::ptrdiff_t{2});
}

void LivenessSuite::copyIsCounted()
{
    const auto copiedRow = [](const std::string& id) {
        binlogdata::VEvent position = vgtidEvent(7);
        auto* last = position.mutable_vgtid()->mutable_shard_gtids(0)->add_table_p_ks();
        last->set_table_name("t");
        last->mutable_lastpk()->add_fields()->CopyFrom(plainFields().front());
        *last->mutable_lastpk()->add_rows() = rowOf({id});
        binlogdata::VEvent row = rowEvent(std::nullopt, rowOf({id, "copied"}));
        row.set_timestamp(0);
        return responseOf(
            {eventOf(binlogdata::BEGIN), fieldEvent(plainFields()), row, position, eventOf(binlogdata::COMMIT)});
    };
    binlogdata::VEvent completed = eventOf(binlogdata::COPY_COMPLETED);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              Script()
                  .send(copiedRow("1"))
                  .send(copiedRow("2"))
                  .waitFor("counted")
                  .send(responseOf({vgtidEvent(8), completed}))
                  .send(goodResponse("3", "three", 9))
                  .staySilent(),
              kStream);
    Watcher watcher(connectTo(server));
    WatchRequest request = watchT();
    request.start = WatchRequest::Start::Copy;
    QVERIFY(!watcher.session().copied());
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QCOMPARE(watcher.session().copied(), std::optional<std::uint64_t>(2));
    server.release("counted");
    QVERIFY2(watcher.waitForRows(3), watcher.story());
    QVERIFY(!watcher.session().copied());
}

void LivenessSuite::standsStillForAReason_data()
{
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<bool>("isDenied"); // by the tablet's throttler, as SQL tells
    QTest::newRow("held back") << QByteArray::fromStdString(heartbeat({}, "online-ddl")) << false;
    QTest::newRow("held back by SQL") << QByteArray::fromStdString(heartbeat({})) << true;
    binlogdata::VEvent inCopy = vgtidEvent(7);
    auto* last = inCopy.mutable_vgtid()->mutable_shard_gtids(0)->add_table_p_ks();
    last->set_table_name("t");
    last->mutable_lastpk()->add_fields()->CopyFrom(plainFields().front());
    *last->mutable_lastpk()->add_rows() = rowOf({"1"});
    QTest::newRow("inside a copy") << QByteArray::fromStdString(responseOf({inCopy})) << false;
}

void LivenessSuite::standsStillForAReason()
{
    QFETCH(const QByteArray, message);
    QFETCH(const bool, isDenied);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one", 7)).send(message.toStdString()).staySilent(), kStream);
    answer(server, "gtid_executed", resultOf({"executed"}, {{kUuid + "1-30"}}));
    answer(server, "throttled_apps",
           resultOf({"app", "expire_at", "ratio"}, {{"always-throttled-app", "2036-01-01", "1"},
                                                    {isDenied ? "vstreamer" : "online-ddl", "2036-01-01", "1"}}));
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kImpatient);
    WatchRequest request = watchT();
    request.recovers = true;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QElapsedTimer time;
    time.start();
    SourceProbe& probe = watcher.session().probe();
    QVERIFY(watcher.waitFor([&] {
        probe.ask();
        return !probe.stuck().empty() && time.elapsed() > 3 * kImpatient.stuck.count();
    }));
    QCOMPARE(openings(server), std::ptrdiff_t{1});
    QCOMPARE(watcher.session().state(), Session::State::Live);
    if (isDenied)
        QCOMPARE(watcher.session().throttled().value_or(""), std::string("the throttler of solo/0 denies vstreamer"));
}

// After a reshard the same stream goes on with other shards; so does what is opened after it.
void LivenessSuite::shardsThatAreReplaced()
{
    const std::string uuid = "MySQL56/" + kUuid;
    const auto moved = [&](const std::string& id, int number) {
        binlogdata::VEvent row = rowEvent(std::nullopt, rowOf({id, "moved"}));
        binlogdata::VEvent fields = fieldEvent(plainFields());
        binlogdata::VEvent position = eventOf(binlogdata::VGTID);
        for (const char* shard : {"-80", "80-"}) {
            auto* entry = position.mutable_vgtid()->add_shard_gtids();
            entry->set_keyspace("solo");
            entry->set_shard(shard);
            entry->set_gtid(uuid + "1-" + std::to_string(number));
        }
        for (binlogdata::VEvent* event : {&row, &fields, &position})
            event->set_shard("-80");
        row.mutable_row_event()->set_shard("-80");
        fields.mutable_field_event()->set_shard("-80");
        return responseOf({fields, row, position});
    };
    const binlogdata::VEvent journal = journalEvent({"-80", "80-"});
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .send(responseOf({eventOf(binlogdata::BEGIN), journal, vgtidEvent(8), eventOf(binlogdata::COMMIT)}))
                    .send(moved("2", 20))
                    .finish(grpc::StatusCode::UNAVAILABLE, "gone"),
                kStream);
    server.once(kVStream, Script().send(moved("3", 21)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace({std::chrono::milliseconds(1), std::chrono::milliseconds(4)});
    WatchRequest request = watchT();
    request.recovers = true;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(3), watcher.story());
    QCOMPARE(watcher.countOf(Op::Journal), std::size_t{1});
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.vgtid().shard_gtids_size(), 2);
    QCOMPARE(asked.vgtid().shard_gtids(0).shard(), std::string("-80"));
    QCOMPARE(asked.vgtid().shard_gtids(0).gtid(), uuid + "1-20");
    const Ledger ledger = ledgerOf(*watcher.capture());
    QVERIFY2(ledger.isComplete(), ledger.words().c_str());
    QCOMPARE(ledger.accounts.size(), std::size_t{3});
}

// Among others that are not.
void LivenessSuite::oneStreamIsSilent()
{
    ScriptedServer server;
    playPlanetScale(server);
    const auto sign = [](int last) {
        psdbconnect::v1alpha1::SyncResponse response;
        response.mutable_cursor()->set_keyspace("solo");
        response.mutable_cursor()->set_shard("0");
        response.mutable_cursor()->set_position("MySQL56/" + kUuid + "1-" + std::to_string(last));
        return response.SerializeAsString();
    };
    Script lively;
    for (int i = 0; i < 200; ++i)
        lively.send(sign(7 + i)).delay(std::chrono::milliseconds(20));
    server.once(kSync, Script().send(sign(7)).staySilent());
    server.once(kSync, lively.staySilent());
    Watcher watcher(connectTo(server));
    WatchRequest request = watchT(Source::Sync);
    request.tables = {"t", "mail"};
    watcher.session().start(request);
    QVERIFY2(watcher.waitFor([&] { return watcher.session().silence() > std::chrono::milliseconds(600); }),
             watcher.story());
}

std::unique_ptr<QObject> makeLivenessSuite()
{
    return std::make_unique<LivenessSuite>();
}

} // namespace vtscope::test

#include "tst_liveness.moc"
