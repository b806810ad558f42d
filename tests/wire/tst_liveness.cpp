// What a stream tells of itself besides changes: its clock, that it is held back, that its shards change.
#include <QtTest>

#include "streamcore/capture/ledger.h"
#include "streamcore/clock.h"
#include "streamcore/session/sourceprobe.h"
#include "tests/contract/watcher.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kStream = "select * from";

std::string heartbeat(std::chrono::nanoseconds ahead, const std::optional<std::string>& throttledBy = {})
{
    binlogdata::VEvent event;
    event.set_type(binlogdata::HEARTBEAT);
    event.set_current_time(nowNs() + ahead.count());
    if (throttledBy) {
        event.set_throttled(true);
        event.set_throttled_reason(*throttledBy);
    }
    return responseOf({event});
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
    void shardsThatAreReplaced();
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
    const std::string uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";
    ScriptedServer server;
    playVtgate(server);
    server.on(
        kVStream,
        Script().send(goodResponse("1", "one", 7)).waitFor("later").send(goodResponse("2", "two", 30)).staySilent(),
        kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    SourceProbe probe(watcher.session());
    const auto ask = [&] {
        QSignalSpy told(&probe, &SourceProbe::changed);
        probe.ask();
        return told.count() > 0 || told.wait();
    };
    QVERIFY(!probe.behind());
    answer(server, "gtid_executed",
           resultOf({"executed"}, {{uuid + "1-20,\n3e11fa47-71ca-11e1-9e33-c80aa9429563:1-2"}}));
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(13 + 2));
    QVERIFY(probe.stuck().empty()); // not known from one answer
    answer(server, "gtid_executed", resultOf({"executed"}, {{uuid + "1-30"}}));
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(23));
    QCOMPARE(probe.stuck(), std::vector<std::string>{"solo/0"});
    server.release("later");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(ask());
    QCOMPARE(probe.behind(), std::optional<std::uint64_t>(0));
    QVERIFY(probe.stuck().empty());
    answer(server, "gtid_executed", {});
    QVERIFY(ask());
    QVERIFY(!probe.behind());
}

// After a reshard the same stream goes on with other shards; so does what is opened after it.
void LivenessSuite::shardsThatAreReplaced()
{
    const std::string uuid = "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:";
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
    binlogdata::VEvent journal = eventOf(binlogdata::JOURNAL);
    journal.mutable_journal()->set_migration_type(binlogdata::SHARDS);
    journal.mutable_journal()->add_shard_gtids()->set_shard("-80");
    journal.mutable_journal()->add_shard_gtids()->set_shard("80-");
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

std::unique_ptr<QObject> makeLivenessSuite()
{
    return std::make_unique<LivenessSuite>();
}

} // namespace vtscope::test

#include "tst_liveness.moc"
