// How streams end: every status worth a kind, errors inside of messages, silence, and connections that break.
#include <QtTest>

#include "streamcore/wire/channel.h"
#include "tests/contract/watcher.h"
#include "tests/support/rawserver.h"
#include "tests/support/relay.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kStream = "select * from";

} // namespace

class EndingSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statusHasItsKind_data();
    void statusHasItsKind();
    void endsWithAStatus_data();
    void endsWithAStatus();
    void endsWithoutAnError();
    void oneReaderOfSeveralEnds();
    void errorInsideSync();
    void errorInsideStreamExecute_data();
    void errorInsideStreamExecute();
    void errorBehindRowsOfStreamExecute();
    void statusOfAMessageStream();
    void stopWhileTheServerIsSilent_data();
    void stopWhileTheServerIsSilent();
    void cutBetweenMessages();
    void cutWithoutAMessage();
    void serverThatGoesAway();
    void serverThatComesBack();
    void deadlineOfOurOwnIsNoError();
    void continuesFromWhatWasReceived();
    void stopsBehindTheLastMessageItKept();
};

// wire.md, "Errors": what each of them means to the user.
void EndingSuite::statusHasItsKind_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    const auto row = [](const char* name, int code, const char* text, ErrorKind kind) {
        QTest::newRow(name) << code << QByteArray(text) << int(kind);
    };
    using enum ErrorKind;
    row("unauthenticated", 16, "unauthenticated: invalid username or password", Login);
    row("no login", 16, "username and password must be provided", Login);
    row("static auth", 7, "auth failure: caller \"x\" provided invalid credentials", Login);
    row("ACL", 7, "table acl error: \"reader\" [] cannot run UPDATE on table \"orders\"", Role);
    row("command denied", 7, "UPDATE command denied to user 'x' for table 'orders' (errno 1142)", Role);
    row("refused", 14,
        "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote host: "
        "Connection refused",
        NotReachable);
    row("DNS", 14, "DNS resolution failed for no.such.host:443: C-ares status is not ARES_SUCCESS", NotReachable);
    row("unknown service", 12, "unknown service psdb.v1alpha1.Database", NoService);
    row("HTTP 404", 12, "Received http2 header with status: 404", NoService);
    row("HTTP 415", 2, "Received http2 header with status: 415", NoService);
    row("HTTP 404 of a proxy in Go", 2, "unexpected HTTP status code received from server: 404 (Not Found)", NoService);
    row("over our limit", 8, "CLIENT: Received message larger than max (134217729 vs. 134217728)", MessageTooLarge);
    row("over the server's limit", 8, "grpc: trying to send message larger than max (16777300 vs. 16777216)",
        MessageTooLarge);
    row("pool", 8, "transaction pool connection limit exceeded", Unavailable);
    row("ahead", 3, "GTIDSet Mismatch: requested source position:x, current target vrep position: y", PositionInvalid);
    row("malformed", 13, "vttablet: rpc error: code = Unknown desc = could not decode position nonsense",
        PositionInvalid);
    row("purged", 2, "Cannot replicate because the source purged required binary logs. (errno 1236) (sqlstate HY000)",
        PositionPurged);
    row("purged, older words", 2,
        "the master has purged binary logs containing GTIDs that the slave requires (errno 1236)", PositionPurged);
    row("no tablet", 1,
        "failed to find a REPLICA tablet for VStream in commerce/-80 within the last 1m30s: context has expired",
        PositionInvalid);
    row("drain", 3, "GOAWAY received; Error code: 0; Debug Text: NO_ERROR", Unavailable);
    row("stopping", 14, "GOAWAY received; Error code: NO_ERROR; Debug Text: graceful_stop", Unavailable);
    row("unknown database", 5, "VT05003: unknown database 'nosuch' in vschema", UnknownName);
    row("unknown table", 5, "VT05005: table 'nosuch' does not exist in keyspace 'commerce'", UnknownName);
    row("table not in database", 2, "table nosuch is not present in the database", UnknownName);
    row("unknown shard", 9, "shard provided in VGTID, zz, not found in the commerce keyspace", UnknownName);
    row("unknown keyspace", 2, "node doesn't exist: keyspaces/nosuch/Keyspace", UnknownName);
    row("failover", 14, "target: commerce.-80.primary: no healthy tablet available for 'keyspace:\"commerce\"'",
        Unavailable);
    row("tablet changed", 14, "tablet zone1-100 type has changed from PRIMARY to REPLICA, restarting vstream",
        Unavailable);
    row("liveness", 14, "vstream is fully throttled or otherwise hung: no events within the last 10m0s", Unavailable);
    row("skew", 1, "timed out while waiting for skew to reduce", Canceled);
    row("resharded in part", 13, "not all journaling participants are in the stream", Server);
    row("maximum age", 14, "vstream exceeded maximum age of 600s", Unavailable);
    row("cluster event", 17, "operation not allowed in state NOT_SERVING", Unavailable);
    row("transaction ended", 10, "transaction 17: ended at 2026-01-01 00:00:00 UTC (exceeded timeout: 20s)",
        Unavailable);
    row("row count", 10, "Row count exceeded 10000", Unavailable);
    row("message stream", 4, "message stream from commerce/-80 has repeatedly failed for longer than 30s", Unavailable);
    row("deadline", 4, "Deadline Exceeded", NotReachable);
    row("unsupported statement", 12, "VT12001: unsupported: window functions", Server);
    row("bug", 13, "VT13001: [BUG] stream * from", Server);
    row("no queue", 9, "'orders' is not a message table", Server);
    row("enum", 2, "no string value found for ENUM column status in table orders", Server);
    row("columns", 2, "cannot determine table columns for parts: event has [a b c], schema has [a b]", Server);
    row("lost connection", 2, "vttablet: rpc error: code = Unknown desc = Lost connection to MySQL server (errno 2013)",
        Unavailable);
    row("mysqld away", 2,
        "persistent error in vstream for commerce/-80 on tablet test-0000000001; giving up: target: "
        "commerce.-80.primary: vttablet: rpc error: code = Unknown desc = net.Dial(/tmp/mysql.sock) to local server "
        "failed: dial unix /tmp/mysql.sock: connect: connection refused (errno 2002) (sqlstate HY000)",
        Unavailable);
    row("anything", 2, "something else", Server);
}

void EndingSuite::statusHasItsKind()
{
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    const Error error = errorOf(code, text.toStdString());
    QCOMPARE(int(error.kind), kind);
    QCOMPARE(error.code, code);
    QCOMPARE(error.detail, text.toStdString()); // complete, whatever the headline says
    QVERIFY(!error.message.empty());
}

void EndingSuite::endsWithAStatus_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    QTest::newRow("unavailable") << 14 << QByteArray("tablet type has changed") << int(ErrorKind::Unavailable);
    QTest::newRow("purged") << 2 << QByteArray("the source purged required binary logs (errno 1236)")
                            << int(ErrorKind::PositionPurged);
    QTest::newRow("no tablet") << 1 << QByteArray("failed to find a PRIMARY tablet for VStream: context has expired")
                               << int(ErrorKind::PositionInvalid);
    QTest::newRow("cancelled by the server")
        << 1 << QByteArray("timed out while waiting for skew to reduce: context canceled") << int(ErrorKind::Canceled);
    QTest::newRow("role") << 7 << QByteArray("table acl error") << int(ErrorKind::Role);
    QTest::newRow("no words") << 2 << QByteArray() << int(ErrorKind::Server);
    QTest::newRow("not UTF-8") << 2 << QByteArray("caf\xe9 \xff") << int(ErrorKind::Server);
}

void EndingSuite::endsWithAStatus()
{
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              Script().send(goodResponse("1", "kept")).finish(static_cast<grpc::StatusCode>(code), text.toStdString()),
              kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(int(watcher.session().error()->kind), kind);
    QCOMPARE(watcher.session().error()->code, code);
    QVERIFY(watcher.session().error()->detail == text.toStdString());
    // What came before stays, the end stands in the capture too, and one can go on from there.
    QCOMPARE(watcher.rows().size(), std::size_t{1});
    QCOMPARE(watcher.countOf(Op::Failed), std::size_t{1});
    QVERIFY(watcher.session().canContinue());
}

void EndingSuite::endsWithoutAnError()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "kept")).finish(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->code, 0);
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Ended);
    QCOMPARE(watcher.countOf(Op::Ended), std::size_t{1});
    QCOMPARE(watcher.countOf(Op::Failed), std::size_t{0});
}

void EndingSuite::oneReaderOfSeveralEnds()
{
    ScriptedServer server;
    playPlanetScale(server);
    answer(server, "show vitess_shards", resultOf({"Shards"}, {{"solo/-80"}, {"solo/80-"}}));
    server.once(kSync, Script().staySilent());
    server.once(kSync, Script().finish(grpc::StatusCode::UNAVAILABLE, "no healthy tablet available"));
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT(Source::Sync));
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Unavailable);
    QVERIFY(server.waitForCancelled(1, kSync)); // the other is not left behind
    QCOMPARE(watcher.session().resumePositions().size(), std::size_t{2});
}

void EndingSuite::errorInsideSync()
{
    ScriptedServer server;
    playPlanetScale(server);
    psdbconnect::v1alpha1::SyncResponse response;
    *response.add_result() = resultOf({"id"}, {{"1"}});
    response.mutable_error()->set_code(vtrpc::UNKNOWN);
    response.mutable_error()->set_message("the source purged required binary logs (errno 1236)");
    server.on(kSync, Script().send(response.SerializeAsString()).staySilent());
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT(Source::Sync));
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionPurged);
    QCOMPARE(watcher.rows().size(), std::size_t{1}); // the rest of the message was taken first
    QVERIFY(server.waitForCancelled(1, kSync));
}

void EndingSuite::errorInsideStreamExecute_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    QTest::newRow("no message table") << int(vtrpc::FAILED_PRECONDITION) << QByteArray("'t' is not a message table")
                                      << int(ErrorKind::Server);
    QTest::newRow("role") << int(vtrpc::PERMISSION_DENIED) << QByteArray("ACL check error") << int(ErrorKind::Role);
    QTest::newRow("code 0 with words") << 0 << QByteArray("something") << int(ErrorKind::Server);
}

void EndingSuite::errorInsideStreamExecute()
{
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    ScriptedServer server;
    playPlanetScale(server);
    psdb::v1alpha1::ExecuteResponse response;
    response.mutable_session()->set_signature("signed");
    response.mutable_error()->set_code(static_cast<vtrpc::Code>(code));
    response.mutable_error()->set_message(text.toStdString());
    server.on(kPsdbStreamExecute, Script().send(response.SerializeAsString()).finish());
    const auto connection = connectTo(server);
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"solo", {}, "mail"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(int(watcher.session().error()->kind), kind);
    QCOMPARE(watcher.session().error()->detail, text.toStdString());
}

void EndingSuite::errorBehindRowsOfStreamExecute()
{
    ScriptedServer server;
    playPlanetScale(server);
    psdb::v1alpha1::ExecuteResponse fields, row, failed;
    *fields.mutable_result() = resultOf({"id", "payload"}, {});
    *row.mutable_result()->add_rows() = rowOf({"1", "hello"});
    failed.mutable_error()->set_code(vtrpc::DEADLINE_EXCEEDED);
    failed.mutable_error()->set_message("message stream has repeatedly failed for longer than 30s");
    server.on(kPsdbStreamExecute, Script()
                                      .send(fields.SerializeAsString())
                                      .send(row.SerializeAsString())
                                      .send(failed.SerializeAsString())
                                      .finish());
    const auto connection = connectTo(server);
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"solo", {}, "mail"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Unavailable);
    QCOMPARE(watcher.rows().size(), std::size_t{1});
    QCOMPARE(watcher.rows()[0].after.at("payload"), std::string("hello"));
}

void EndingSuite::statusOfAMessageStream()
{
    ScriptedServer server;
    playVtgate(server);
    vtgate::StreamExecuteResponse onlyASession;
    onlyASession.mutable_session()->set_autocommit(true);
    server.on(kVtgateStreamExecute, Script()
                                        .send(onlyASession.SerializeAsString())
                                        .finish(grpc::StatusCode::FAILED_PRECONDITION, "'t' is not a message table"));
    const auto connection = connectTo(server);
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"solo", {}, "mail"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->detail, std::string("'t' is not a message table"));
    QVERIFY(watcher.rows().empty());
}

void EndingSuite::stopWhileTheServerIsSilent_data()
{
    QTest::addColumn<QString>("where");
    QTest::newRow("in the stream") << "stream";
    QTest::newRow("behind the headers") << "headers";
    QTest::newRow("behind a message") << "message";
    QTest::newRow("while names are checked") << "names";
    QTest::newRow("dead network") << "frozen";
}

void EndingSuite::stopWhileTheServerIsSilent()
{
    QFETCH(QString, where);
    ScriptedServer server;
    playVtgate(server);
    Script script;
    if (where == u"headers")
        script.sendHeaders();
    if (where == u"message" || where == u"frozen")
        script.send(goodResponse("1", "one"));
    server.on(kVStream, script.staySilent(), kStream);
    Watcher watcher(connectTo(server));
    const std::size_t asked = server.calls().size();
    if (where == u"names")
        server.on(kVtgateExecute, Script().staySilent(), "show vitess_shards");
    watcher.session().start(watchT());
    if (where == u"names")
        QVERIFY(server.waitForCalls(asked + 1));
    else
        QVERIFY(watcher.waitFor([&] { return server.calls(kVStream).size() >= 2; })); // after the question
    if (where == u"message" || where == u"frozen")
        QVERIFY2(watcher.waitForRows(1), watcher.story());
    if (where == u"frozen")
        server.setFrozen(true);
    QElapsedTimer timer;
    timer.start();
    watcher.session().stop();
    qInfo("stopped in %lld ms", static_cast<long long>(timer.elapsed()));
    QCOMPARE(watcher.session().state(), Session::State::Stopped);
    QVERIFY(!watcher.session().error());
    server.setFrozen(false);
}

void EndingSuite::cutBetweenMessages()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one")).waitFor("seen").cut(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    server.release("seen");
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Unavailable);
    QCOMPARE(watcher.rows().size(), std::size_t{1});
    QVERIFY(watcher.session().canContinue());
}

void EndingSuite::cutWithoutAMessage()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().cut(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QVERIFY(watcher.session().error()->kind == ErrorKind::Unavailable ||
            watcher.session().error()->kind == ErrorKind::NotReachable);
    QCOMPARE(watcher.capture()->changes(), std::uint64_t{0});
}

void EndingSuite::serverThatGoesAway()
{
    auto server = std::make_unique<ScriptedServer>();
    playVtgate(*server);
    server->on(kVStream, Script().send(goodResponse("1", "one")).staySilent(), kStream);
    Watcher watcher(connectTo(*server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    server.reset();
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    // Going on finds nobody, and says so.
    watcher.session().continueFromHere();
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::NotReachable);
    QCOMPARE(watcher.rows().size(), std::size_t{1});
}

// However long it was away, the next call finds it: nothing below waits by a clock of its own.
void EndingSuite::serverThatComesBack()
{
    ScriptedServer server;
    server.on("/", Script().send("here"));
    Relay relay(server.port());
    ConnectionSettings settings;
    settings.host = "127.0.0.1";
    settings.port = relay.port();
    settings.isPlaintext = true;
    const auto channel = Channel::open(settings, Secret()).value();
    const auto call = [&] { return channel->call("/any", {}, std::chrono::seconds(20)); };
    QCOMPARE(call().value(), std::string("here"));
    for (int i = 0; i < 3; ++i) {
        relay.strike({Fault::Kind::Refuse, 0, std::chrono::hours(1)});
        // The first may still be told of the connection that broke.
        QVERIFY(!call());
        QCOMPARE(call().error().kind, ErrorKind::NotReachable);
        relay.heal();
        const auto answer = call();
        QVERIFY2(answer.has_value(), answer ? "" : answer.error().detail.c_str());
    }
}

void EndingSuite::deadlineOfOurOwnIsNoError()
{
    // A read that lasts as long as the user said is a stop, not a deadline of gRPC.
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one")).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    watcher.session().stop();
    QVERIFY(!watcher.session().error());
    QCOMPARE(watcher.countOf(Op::Failed), std::size_t{0});
    for (const RecordedCall& call : server.calls(kVStream))
        QVERIFY(!call.metadata.contains("grpc-timeout"));
}

void EndingSuite::continuesFromWhatWasReceived()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .send(goodResponse("2", "two", 8))
                    .finish(grpc::StatusCode::UNAVAILABLE, "gone"),
                kStream);
    server.once(kVStream, Script().send(goodResponse("3", "three", 9)).staySilent(), kStream);
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    watcher.session().continueFromHere();
    QVERIFY2(watcher.waitForRows(3), watcher.story());
    vtgate::VStreamRequest request;
    QVERIFY(request.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(request.vgtid().shard_gtids(0).gtid(), std::string("MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-8"));
    QCOMPARE(request.filter().rules(0).filter(), std::string("select * from `t`"));
}

// Stopped in the middle of a flood, again and again: the position is that of the last row in the capture, not of one
// before it.
void EndingSuite::stopsBehindTheLastMessageItKept()
{
    constexpr int kMessages = 4000, kRounds = 25;
    Script flood;
    for (int i = 1; i <= kMessages; ++i)
        flood.send(goodResponse(std::to_string(i), "v", i));
    flood.staySilent();
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, flood, kStream);
    const auto connection = connectTo(server);
    int inTheMiddle = 0;
    for (int round = 0; round < kRounds; ++round) {
        Watcher watcher(connection);
        watcher.session().start(watchT());
        const auto enough = static_cast<std::uint64_t>(1 + round * 10);
        QVERIFY2(watcher.waitFor([&] { return watcher.capture()->changes() >= enough; }), watcher.story());
        watcher.session().stop();
        const auto kept = watcher.capture()->changes();
        inTheMiddle += kept < kMessages;
        binlogdata::VGtid position;
        QVERIFY(position.ParseFromString(watcher.session().resumePositions().front()));
        QCOMPARE(position.shard_gtids(0).gtid(),
                 "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-" + std::to_string(kept));
    }
    QVERIFY(inTheMiddle > 0);
}

std::unique_ptr<QObject> makeEndingSuite()
{
    return std::make_unique<EndingSuite>();
}

} // namespace vtscope::test

#include "tst_endings.moc"
