// Streams that break and are opened again: when, from where, and that nothing is lost or comes twice.
#include <QtTest>

#include "streamcore/capture/ledger.h"
#include "streamcore/session/recovery.h"
#include "tests/contract/watcher.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kStream = "select * from";
const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";
constexpr RetryPace kFast{std::chrono::milliseconds(1), std::chrono::milliseconds(4)};
constexpr RetryPace kSlow{std::chrono::minutes(5), std::chrono::minutes(5)};

WatchRequest recovering(Source source = Source::VStream)
{
    WatchRequest request = watchT(source);
    request.recovers = true;
    return request;
}

Script broken(Script script, grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE, const std::string& text = "gone")
{
    return script.finish(code, text);
}

// A part of a transaction, which newer servers name in each event.
std::string part(const std::vector<std::string>& ids, int transaction, bool isFirst, bool isLast, bool isNamed)
{
    vtgate::VStreamResponse response;
    const auto add = [&](binlogdata::VEvent event) {
        if (isNamed)
            event.set_event_gtid(kUuid + std::to_string(transaction));
        *response.add_events() = std::move(event);
    };
    if (isFirst) {
        add(eventOf(binlogdata::BEGIN));
        add(fieldEvent(plainFields()));
    }
    for (const std::string& id : ids)
        add(rowEvent(std::nullopt, rowOf({id, "v"})));
    if (isLast) {
        *response.add_events() = vgtidEvent(transaction);
        add(eventOf(binlogdata::COMMIT));
    }
    return response.SerializeAsString();
}

std::vector<std::string> idsOf(const std::vector<Row>& rows)
{
    std::vector<std::string> ids;
    for (const Row& row : rows)
        ids.push_back(row.after.at("id"));
    return ids;
}

std::string askedFor(const ScriptedServer& server)
{
    vtgate::VStreamRequest request;
    request.ParseFromString(server.calls(kVStream).back().request);
    return request.vgtid().shard_gtids(0).gtid();
}

} // namespace

class RecoverySuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goesOnFromTheLastTransaction();
    void knowsWhatComesAgain_data();
    void knowsWhatComesAgain();
    void sameRowOfAnotherTransactionIsNew();
    void endsAtOnce_data();
    void endsAtOnce();
    void givesUpAfterSomeTries_data();
    void givesUpAfterSomeTries();
    void raisesItsLimitOnce();
    void progressCountsTriesAnew();
    void asksWhetherThePositionIsStillThere();
    void positionThatCannotBeChecked();
    void shardThatIsGone();
    void tellsWhatItMissed();
    void stopsWhileItWaits();
    void triesAtOnceWhenAsked();
    void silenceAfterSleep();
    void othersGoOn();
    void copyThatBeginsAnew_data();
    void copyThatBeginsAnew();
    void whatIsAskedFor();
};

void RecoverySuite::goesOnFromTheLastTransaction()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, broken(Script().send(goodResponse("1", "one", 7)).send(goodResponse("2", "two", 8))),
                kStream);
    server.once(kVStream, broken(Script()), kStream);
    server.once(kVStream, Script().send(goodResponse("3", "three", 9)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(3), watcher.story());
    QVERIFY2(watcher.waitFor([&] { return watcher.session().state() == Session::State::Live; }), watcher.story());
    QCOMPARE(idsOf(watcher.rows()), (std::vector<std::string>{"1", "2", "3"}));
    QCOMPARE(askedFor(server), "MySQL56/" + kUuid + "1-8");
    // The break and the return are lines of their own; the try that failed in between is not.
    QCOMPARE(watcher.countOf(Op::Failed), std::size_t{1});
    QCOMPARE(watcher.countOf(Op::Resumed), std::size_t{1});
    QCOMPARE(watcher.countOf(Op::Gap), std::size_t{0});
    QCOMPARE(watcher.session().reopenings(), std::uint64_t{1});
    QVERIFY(!watcher.session().trouble());
}

void RecoverySuite::knowsWhatComesAgain_data()
{
    QTest::addColumn<bool>("isNamed");
    QTest::newRow("by transaction") << true;
    QTest::newRow("of servers that name none") << false;
}

void RecoverySuite::knowsWhatComesAgain()
{
    QFETCH(bool, isNamed);
    ScriptedServer server;
    playVtgate(server);
    const auto begin = [&](const std::vector<std::string>& ids) { return part(ids, 8, true, false, isNamed); };
    // One row comes twice in the transaction itself.
    server.once(kVStream, broken(Script().send(part({"1"}, 7, true, true, isNamed)).send(begin({"2", "3"}))), kStream);
    server.once(kVStream, broken(Script().send(begin({"2"}))), kStream);
    server.once(kVStream, broken(Script().send(begin({"2", "3", "3"}))), kStream);
    server.once(kVStream,
                Script()
                    .send(begin({"2"}))
                    .send(part({"3", "3", "4"}, 8, false, true, isNamed))
                    .send(part({"2"}, 9, true, true, isNamed))
                    .staySilent(),
                kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(6), watcher.story());
    QCOMPARE(idsOf(watcher.rows()), (std::vector<std::string>{"1", "2", "3", "3", "4", "2"}));
    QCOMPARE(watcher.session().repeated(), std::uint64_t{1 + 2 + 3});
    QCOMPARE(watcher.session().reopenings(), std::uint64_t{3});
    QCOMPARE(watcher.capture()->changes(), std::uint64_t{6});
}

void RecoverySuite::sameRowOfAnotherTransactionIsNew()
{
    // A failover can lose a transaction of which a part was sent.
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                broken(Script().send(part({"1"}, 7, true, true, true)).send(part({"2", "3"}, 8, true, false, true))),
                kStream);
    server.once(kVStream, Script().send(part({"2", "3"}, 9, true, true, true)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(5), watcher.story());
    QCOMPARE(watcher.session().repeated(), std::uint64_t{0});
}

void RecoverySuite::endsAtOnce_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("login") << 16 << QByteArray("unauthenticated");
    QTest::newRow("role") << 7 << QByteArray("table acl error");
    QTest::newRow("purged") << 2 << QByteArray("the source purged required binary logs (errno 1236)");
    QTest::newRow("no such shard") << 9 << QByteArray("shard provided in VGTID, zz, not found in the solo keyspace");
    QTest::newRow("too large") << 8 << QByteArray("grpc: trying to send message larger than max (17 vs. 16)");
    QTest::newRow("filter") << 2 << QByteArray("Query was empty: failed to build table replication plan");
    QTest::newRow("enum") << 2 << QByteArray("no string value found for ENUM column");
    QTest::newRow("columns") << 2 << QByteArray("cannot determine table columns for t");
    QTest::newRow("bug") << 13 << QByteArray("VT13001: [BUG]");
    QTest::newRow("request") << 3 << QByteArray("vgtid must have at least one value");
}

void RecoverySuite::endsAtOnce()
{
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              broken(Script().send(goodResponse("1", "kept")), static_cast<grpc::StatusCode>(code), text.toStdString()),
              kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    const std::size_t before = server.calls(kVStream).size();
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->detail, text.toStdString());
    QCOMPARE(server.calls(kVStream).size(), before + 1);
    QVERIFY(!watcher.session().trouble());
}

void RecoverySuite::givesUpAfterSomeTries_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("tries");
    QTest::newRow("unknown") << 2 << 5;
    QTest::newRow("precondition") << 9 << 3;
}

void RecoverySuite::givesUpAfterSomeTries()
{
    QFETCH(int, code);
    QFETCH(int, tries);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, broken(Script(), static_cast<grpc::StatusCode>(code), "something else"), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    const std::size_t before = server.calls(kVStream).size();
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->detail, std::string("something else"));
    QCOMPARE(server.calls(kVStream).size(), before + 1 + static_cast<std::size_t>(tries));
}

void RecoverySuite::raisesItsLimitOnce()
{
    const std::string large = "CLIENT: Received message larger than max (134217729 vs. 134217728)";
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, broken(Script(), grpc::StatusCode::RESOURCE_EXHAUSTED, large), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kSlow); // it does not wait for that
    const std::size_t before = server.calls(kVStream).size();
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::MessageTooLarge);
    QCOMPARE(server.calls(kVStream).size(), before + 2);
}

void RecoverySuite::progressCountsTriesAnew()
{
    ScriptedServer server;
    playVtgate(server);
    constexpr int kBreaks = 12; // more than are tried without progress
    for (int i = 1; i <= kBreaks; ++i)
        server.once(kVStream, broken(Script().send(goodResponse(std::to_string(i), "v", i)), grpc::StatusCode::UNKNOWN),
                    kStream);
    server.on(kVStream, Script().staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(kBreaks), watcher.story());
    QVERIFY(watcher.session().isRunning());
}

void RecoverySuite::asksWhetherThePositionIsStillThere()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, broken(Script().send(goodResponse("1", "one", 7))), kStream);
    Watcher watcher(connectTo(server));
    answer(server, "gtid_purged", resultOf({"gtid_subset"}, {{"0"}}));
    const std::size_t before = server.calls(kVStream).size();
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionPurged);
    QCOMPARE(server.calls(kVStream).size(), before + 1);
    QVERIFY(watcher.session().canContinue());
}

// Where that is denied it goes on, and says so as long as nothing comes.
void RecoverySuite::positionThatCannotBeChecked()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, broken(Script().send(goodResponse("1", "one", 7))), kStream);
    server.on(kVStream, Script().waitFor("later").send(goodResponse("2", "two", 8)).staySilent(), kStream);
    for (const char* asked : {"gtid_purged", "gtid_executed"})
        server.on(kVtgateExecute, Script().finish(grpc::StatusCode::PERMISSION_DENIED, "SELECT command denied"), asked);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitFor([&] { return !watcher.session().doubt().empty(); }), watcher.story());
    const std::string doubt = watcher.session().doubt();
    QVERIFY2(doubt.starts_with("solo/0 does not tell whether it still has this position (") &&
                 doubt.find("SELECT command denied") != std::string::npos,
             doubt.c_str());
    server.release("later");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(watcher.session().doubt().empty());
}

// No tablet of it will ever be back.
void RecoverySuite::shardThatIsGone()
{
    const auto away = Script().finish(grpc::StatusCode::UNAVAILABLE,
                                      "target: solo.0.primary: no healthy tablet available for 'keyspace:\"solo\"'");
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, broken(Script().send(goodResponse("1", "one", 7))), kStream);
    server.on(kVStream, Script().send(heartbeat({})).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    for (int i = 0; i < 3; ++i)
        server.once(kVtgateExecute, away, "gtid_purged");
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitFor([&] { return watcher.session().reopenings() == 1; }), watcher.story());
    watcher.session().stop();

    server.once(kVStream, broken(Script().send(goodResponse("2", "two", 8))), kStream);
    server.on(kVtgateExecute, away, "gtid_purged");
    answer(server, "show vitess_shards", resultOf({"Shards"}, {{"solo/-80"}, {"solo/80-"}, {"solo2/0"}}));
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionPurged);
    const std::string& words = watcher.session().error()->message;
    QVERIFY2(words.starts_with("The shard solo/0 is there no more; those of solo are now -80, 80-. "), words.c_str());
}

void RecoverySuite::tellsWhatItMissed()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, broken(Script().sendHeaders()), kStream);
    server.once(kVStream, Script().send(goodResponse("5", "five", 9)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QCOMPARE(askedFor(server), std::string("current"));
    QCOMPARE(watcher.countOf(Op::Gap), std::size_t{1});
}

void RecoverySuite::stopsWhileItWaits()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, broken(Script().send(goodResponse("1", "one", 7))), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kSlow);
    watcher.session().start(recovering());
    QVERIFY(watcher.waitFor([&] { return watcher.session().state() == Session::State::Recovering; }));
    const auto trouble = watcher.session().trouble();
    QVERIFY(trouble && trouble->cause.kind == ErrorKind::Unavailable && trouble->tries == 0);
    QVERIFY(trouble->nextTry > std::chrono::steady_clock::now() + std::chrono::minutes(3));
    watcher.session().stop();
    QCOMPARE(watcher.session().state(), Session::State::Stopped);
    QVERIFY(watcher.session().canContinue());
    QVERIFY(!watcher.session().error());
}

void RecoverySuite::triesAtOnceWhenAsked()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, broken(Script().send(goodResponse("1", "one", 7))), kStream);
    server.on(kVStream, Script().send(goodResponse("2", "two", 8)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kSlow);
    watcher.session().start(recovering());
    QVERIFY(watcher.waitFor([&] { return watcher.session().state() == Session::State::Recovering; }));
    watcher.session().tryNow();
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(watcher.waitFor([&] { return watcher.session().state() == Session::State::Live; }));
}

// The connection has died in the computer's sleep, and nobody told.
void RecoverySuite::silenceAfterSleep()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, Script().send(goodResponse("1", "one", 7)).staySilent(), kStream);
    server.once(kVStream, Script().send(goodResponse("2", "two", 8)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    watcher.session().noteWake();
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(server.waitForCancelled(1, kVStream));
}

// Of several streams of a session only the one that broke is opened again.
void RecoverySuite::othersGoOn()
{
    ScriptedServer server;
    playPlanetScale(server);
    answer(server, "show vitess_shards", resultOf({"Shards"}, {{"solo/-80"}, {"solo/80-"}}));
    psdbconnect::v1alpha1::SyncResponse response;
    *response.add_result() = resultOf({"id"}, {{"1"}});
    response.mutable_cursor()->set_keyspace("solo");
    response.mutable_cursor()->set_position("MySQL56/" + kUuid + "1-7");
    server.once(kSync, Script().staySilent());
    server.once(kSync, broken(Script().send(response.SerializeAsString())));
    server.once(kSync, Script().send(response.SerializeAsString()).staySilent());
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    watcher.session().start(recovering(Source::Sync));
    QVERIFY(watcher.waitFor([&] { return server.calls(kSync).size() == 3 && watcher.session().repeated() == 1; }));
    // The same change at the same position is the same change.
    QCOMPARE(watcher.rows().size(), std::size_t{1});
    for (const RecordedCall& call : server.calls(kSync))
        QVERIFY(!call.isCancelled);
}

void RecoverySuite::copyThatBeginsAnew_data()
{
    QTest::addColumn<bool>("hasRows");
    QTest::addColumn<bool>("hasEnum");
    QTest::addColumn<bool>("isTold");
    QTest::newRow("key with an ENUM") << true << true << true;
    QTest::newRow("key to go on from") << true << false << false;
    QTest::newRow("nothing had come") << false << false << false;
}

// What had come and was deleted meanwhile does not come again, and nobody tells that it is gone.
void RecoverySuite::copyThatBeginsAnew()
{
    QFETCH(bool, hasRows);
    QFETCH(bool, hasEnum);
    QFETCH(bool, isTold);
    std::vector<query::Field> fields = plainFields();
    if (hasEnum)
        fields.front() = field("id", query::ENUM, "enum('1','2')", 2 | 256);
    const auto copied = [&](const std::string& id) {
        binlogdata::VEvent position = vgtidEvent(7);
        auto* last = position.mutable_vgtid()->mutable_shard_gtids(0)->add_table_p_ks();
        last->set_table_name("t");
        *last->mutable_lastpk()->add_fields() = fields.front();
        *last->mutable_lastpk()->add_rows() = rowOf({id});
        binlogdata::VEvent row = rowEvent(std::nullopt, rowOf({id, "copied"}));
        row.set_timestamp(0);
        return responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields), row, position, eventOf(binlogdata::COMMIT)});
    };
    ScriptedServer server;
    playVtgate(server);
    Script first;
    if (hasRows)
        first.send(copied("1"));
    server.once(kVStream, broken(first), kStream);
    server.once(kVStream, Script().send(copied("2")).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().setRetryPace(kFast);
    WatchRequest request = recovering();
    request.start = WatchRequest::Start::Copy;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(hasRows ? 2 : 1), watcher.story());
    QCOMPARE(watcher.countOf(Op::Gap), std::size_t{isTold});
    QCOMPARE(ledgerOf(*watcher.capture()).isComplete(), !isTold);
}

void RecoverySuite::whatIsAskedFor()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one", 7)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    WatchRequest request = recovering();
    request.tabletType = TabletType::Replica;
    request.cells = "zone1,zone2";
    request.minimizesSkew = true;
    request.chunkBytes = 1 << 20;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.tablet_type(), topodata::REPLICA);
    QCOMPARE(asked.flags().cells(), std::string("zone1,zone2"));
    QVERIFY(asked.flags().minimize_skew());
    QCOMPARE(asked.flags().transaction_chunk_size(), std::int64_t{1 << 20});
    QCOMPARE(asked.flags().heartbeat_interval(), 1u);
    // Else a reshard passes without a word; the stream goes on all the same.
    QVERIFY(asked.flags().include_reshard_journal_events());
    QVERIFY(!asked.flags().stop_on_reshard());
}

std::unique_ptr<QObject> makeRecoverySuite()
{
    return std::make_unique<RecoverySuite>();
}

} // namespace vtscope::test

#include "tst_recovery.moc"
