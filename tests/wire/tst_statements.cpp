// SQL sessions as the server gave them, errors inside of answers, and what an acknowledgement really sends.
#include <QtTest>

#include "streamcore/queue/queue.h"
#include "streamcore/wire/sql.h"
#include "tests/contract/watcher.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const QueueTable kMail{"solo", "mail", {"0"}};
// UPDATEs of ours, whatever their shard.
const char* const kUpdate = "update `mail`";

void appendField(std::string& message, std::uint32_t number, const std::string& bytes)
{
    const auto varint = [&](std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            message += static_cast<char>(value | 0x80);
        message += static_cast<char>(value);
    };
    varint(std::uint64_t{number} << 3 | 2);
    varint(bytes.size());
    message += bytes;
}

// A Session such as no encoder of ours makes: unknown fields in front of known ones, maps in an order of their own.
std::string strangeSession(const std::string& signature)
{
    std::string vitess;
    appendField(vitess, 4000, "from a newer server");
    for (const char* name : {"zz", "aa", "mm", "bb", "yy"}) {
        std::string entry;
        appendField(entry, 1, name);
        appendField(entry, 2, "value");
        appendField(vitess, 14, entry); // system_variables
    }
    appendField(vitess, 5, "solo");
    std::string session;
    appendField(session, 77, "unknown in front");
    appendField(session, 2, vitess);
    appendField(session, 1, signature);
    return session;
}

bool holdsSession(const std::string& request, const std::string& session)
{
    std::string field;
    appendField(field, 1, session);
    return request.find(field) != std::string::npos;
}

query::QueryResult openMessages(const std::vector<std::string>& ids, query::Type type)
{
    query::QueryResult result = resultOf({"id", "time_next", "time_acked", "epoch"}, {});
    result.mutable_fields(0)->set_type(type);
    for (const std::string& id : ids)
        *result.add_rows() = rowOf({id, "0", std::nullopt, "0"});
    return result;
}

} // namespace

class StatementSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void psdbSessionGoesBackUnchanged();
    void psdbSessionIsClosed();
    void vtgateSessionGoesBackUnchanged();
    void errorInsideOfAnAnswer_data();
    void errorInsideOfAnAnswer();
    void nonsenseForAnAnswer();
    void bigIdsAreAckedWithTheirType();
    void nonAsciiKeysAreAckedAsTheyAre();
    void failedUpdateIsTold();
    void lockedMeansThatNothingIsSent();
    void queueErrorsSurface_data();
    void queueErrorsSurface();
};

void StatementSuite::psdbSessionGoesBackUnchanged()
{
    ScriptedServer server;
    playPlanetScale(server);
    std::string signature;
    for (int i = 0; i < 256; ++i)
        signature += static_cast<char>(i);
    const std::string first = strangeSession(signature);
    const std::string second = strangeSession("another " + signature);
    std::string created, executed;
    appendField(created, 1, "main");
    appendField(created, 4, first);
    appendField(executed, 1, second);
    const auto connection = connectTo(server);
    server.on(kCreateSession, Script().send(created));
    server.on(kPsdbExecute, Script().send(executed), "one");
    SqlSession session(*connection, {});
    QVERIFY(session.execute(Statement::read("select 'one'")));
    QVERIFY(session.execute(Statement::read("select 'two'")));
    QVERIFY(session.streamCall(Statement::read("select 'three'")));
    const auto calls = server.calls(kPsdbExecute);
    // Byte for byte: the signature belongs to exactly these bytes.
    QVERIFY(holdsSession(calls.at(0).request, first));
    QVERIFY(holdsSession(calls.at(1).request, second));
    QVERIFY(holdsSession(session.streamCall(Statement::read("select 'three'"))->request, second));
}

// With the signature that it had at last, but not under a stream that has it.
void StatementSuite::psdbSessionIsClosed()
{
    const std::string close = "/psdb.v1alpha1.Database/CloseSession";
    ScriptedServer server;
    playPlanetScale(server);
    server.on(close, Script().send({}));
    const std::string last = strangeSession("last");
    std::string executed;
    appendField(executed, 1, last);
    const auto connection = connectTo(server);
    const std::size_t before = server.calls(close).size();
    server.on(kPsdbExecute, Script().send(executed), "one");
    {
        SqlSession session(*connection, {});
        QVERIFY(session.execute(Statement::read("select 'one'")));
    }
    QCOMPARE(server.calls(close).size(), before + 1);
    QVERIFY(holdsSession(server.calls(close).back().request, last));
    {
        SqlSession session(*connection, {});
        QVERIFY(session.streamCall(Statement::read("select 'three'")));
        const SqlSession idle(*connection, {});
    }
    QCOMPARE(server.calls(close).size(), before + 1);
}

void StatementSuite::vtgateSessionGoesBackUnchanged()
{
    ScriptedServer server;
    playVtgate(server);
    std::string session;
    appendField(session, 4000, "from a newer server");
    appendField(session, 5, "solo");
    std::string executed;
    appendField(executed, 2, session);
    const auto connection = connectTo(server);
    server.on(kVtgateExecute, Script().send(executed), "one");
    SqlSession sql(*connection, "solo");
    QVERIFY(sql.execute(Statement::read("select 'one'")));
    QVERIFY(sql.execute(Statement::read("select 'two'")));
    vtgate::ExecuteRequest request;
    QVERIFY(request.ParseFromString(server.calls(kVtgateExecute).back().request));
    QVERIFY(request.SerializeAsString().find("from a newer server") != std::string::npos);
    QCOMPARE(request.session().target_string(), std::string("solo"));
}

void StatementSuite::errorInsideOfAnAnswer_data()
{
    QTest::addColumn<bool>("isPlanetScale");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    for (const bool isPlanetScale : {false, true}) {
        const char* family = isPlanetScale ? "psdb" : "vtgate";
        QTest::addRow("%s: denied", family)
            << isPlanetScale << int(vtrpc::PERMISSION_DENIED) << QByteArray("ACL check error") << int(ErrorKind::Role);
        QTest::addRow("%s: unknown database", family)
            << isPlanetScale << int(vtrpc::NOT_FOUND) << QByteArray("VT05003: unknown database 'x'")
            << int(ErrorKind::UnknownName);
        QTest::addRow("%s: failover", family)
            << isPlanetScale << int(vtrpc::UNAVAILABLE) << QByteArray("no healthy tablet available")
            << int(ErrorKind::Unavailable);
        QTest::addRow("%s: cluster event", family)
            << isPlanetScale << int(vtrpc::CLUSTER_EVENT) << QByteArray("primary is not serving")
            << int(ErrorKind::Unavailable);
        QTest::addRow("%s: other", family)
            << isPlanetScale << int(vtrpc::UNKNOWN) << QByteArray("direct DDL is disabled") << int(ErrorKind::Server);
    }
}

void StatementSuite::errorInsideOfAnAnswer()
{
    QFETCH(bool, isPlanetScale);
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    ScriptedServer server;
    if (isPlanetScale)
        playPlanetScale(server);
    else
        playVtgate(server);
    const auto connection = connectTo(server);
    const auto fill = [&](vtrpc::RPCError* error) {
        error->set_code(static_cast<vtrpc::Code>(code));
        error->set_message(text.toStdString());
    };
    vtgate::ExecuteResponse vtgateAnswer;
    fill(vtgateAnswer.mutable_error());
    psdb::v1alpha1::ExecuteResponse psdbAnswer;
    fill(psdbAnswer.mutable_error());
    server.on(kVtgateExecute, Script().send(vtgateAnswer.SerializeAsString()), "select 1");
    server.on(kPsdbExecute, Script().send(psdbAnswer.SerializeAsString()), "select 1");
    const auto rows = SqlSession(*connection, "solo").execute(Statement::read("select 1"));
    QVERIFY(!rows);
    QCOMPARE(int(rows.error().kind), kind);
    QCOMPARE(rows.error().detail, text.toStdString());
    QCOMPARE(rows.error().code, code);
}

void StatementSuite::nonsenseForAnAnswer()
{
    for (const bool isPlanetScale : {false, true}) {
        ScriptedServer server;
        if (isPlanetScale)
            playPlanetScale(server);
        else
            playVtgate(server);
        const auto connection = connectTo(server);
        server.on(isPlanetScale ? kPsdbExecute : kVtgateExecute, Script().send("\xff\xff nonsense"), "select 1");
        const auto rows = SqlSession(*connection, {}).execute(Statement::read("select 1"));
        QVERIFY(!rows);
        QCOMPARE(rows.error().kind, ErrorKind::Server);
    }
}

void StatementSuite::bigIdsAreAckedWithTheirType()
{
    ScriptedServer server;
    playVtgate(server);
    const auto connection = connectTo(server);
    const std::vector<std::string> ids{"9007199254740993", "18446744073709551615"};
    answer(server, "unix_timestamp", resultOf({"now"}, {{"1700000000123456000"}}));
    answer(server, "select id, time_next", openMessages(ids, query::UINT64));
    query::QueryResult updated;
    updated.set_rows_affected(2);
    answer(server, kUpdate, updated);
    const auto plan = planAck(*connection, kMail, {{"0", query::UINT64, ids[0]}, {"0", query::UINT64, ids[1]}});
    QVERIFY(plan);
    QCOMPARE(plan->openCount(), std::size_t{2});
    // The number in the plan is close to the server's clock, and a number that only we wrote.
    QVERIFY(plan->timeAcked.starts_with("17000000001234") && plan->timeAcked.size() == 19);
    connection->unlock(std::chrono::seconds(60));
    QVERIFY(acknowledge(*connection, *plan));
    vtgate::ExecuteRequest request;
    for (const RecordedCall& call : server.calls(kVtgateExecute)) {
        if (call.request.find(kUpdate) != std::string::npos)
            QVERIFY(request.ParseFromString(call.request));
    }
    const auto& bind = request.query().bind_variables().at("ids");
    QCOMPARE(bind.type(), query::TUPLE);
    QCOMPARE(bind.values_size(), 2);
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(bind.values(i).type(), query::UINT64);
        QCOMPARE(bind.values(i).value(), ids[static_cast<std::size_t>(i)]);
    }
    QCOMPARE(request.session().target_string(), std::string("solo:0"));
    QVERIFY2(request.query().sql().find("and time_acked is null") != std::string::npos, request.query().sql().c_str());
}

void StatementSuite::nonAsciiKeysAreAckedAsTheyAre()
{
    ScriptedServer server;
    playPlanetScale(server);
    const auto connection = connectTo(server);
    const std::vector<std::string> ids{"ключ-ß-😀", "it's \\ a \"key\""};
    answer(server, "unix_timestamp", resultOf({"now"}, {{"1700000000123456000"}}));
    answer(server, "select id, time_next", openMessages(ids, query::VARCHAR));
    answer(server, kUpdate, {});
    const auto plan = planAck(*connection, kMail, {{"0", query::VARCHAR, ids[0]}, {"0", query::VARCHAR, ids[1]}});
    QVERIFY(plan);
    QVERIFY2(plan->steps.at(0).sql.find("'ключ-ß-😀'") != std::string::npos, plan->steps.at(0).sql.c_str());
    QVERIFY2(plan->steps.at(0).sql.find("'it''s \\\\ a \"key\"'") != std::string::npos, plan->steps.at(0).sql.c_str());
    connection->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(*connection, *plan);
    QVERIFY(result);
    QCOMPARE(result->items[0].outcome, AckOutcome::StillOpen); // as the rows still say
    psdb::v1alpha1::ExecuteRequest request;
    for (const RecordedCall& call : server.calls(kPsdbExecute)) {
        if (call.request.find(kUpdate) != std::string::npos)
            QVERIFY(request.ParseFromString(call.request));
    }
    std::vector<std::string> sent;
    for (const query::Value& value : request.bind_variables().at("ids").values()) {
        QCOMPARE(value.type(), query::VARCHAR);
        sent.push_back(value.value());
    }
    std::sort(sent.begin(), sent.end());
    std::vector<std::string> wanted = ids;
    std::sort(wanted.begin(), wanted.end());
    QCOMPARE(sent, wanted);
}

void StatementSuite::failedUpdateIsTold()
{
    ScriptedServer server;
    playVtgate(server);
    const auto connection = connectTo(server);
    answer(server, "unix_timestamp", resultOf({"now"}, {{"1700000000123456000"}}));
    answer(server, "select id, time_next", openMessages({"1"}, query::INT64));
    const auto plan = planAck(*connection, kMail, {{"0", query::INT64, "1"}});
    QVERIFY(plan);
    vtgate::ExecuteResponse refused;
    refused.mutable_error()->set_code(vtrpc::PERMISSION_DENIED);
    refused.mutable_error()->set_message("UPDATE command denied to user");
    server.on(kVtgateExecute, Script().send(refused.SerializeAsString()), kUpdate);
    connection->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(*connection, *plan);
    QVERIFY(result);
    QVERIFY(result->problem);
    QCOMPARE(result->problem->kind, ErrorKind::Role);
    QCOMPARE(result->items[0].outcome, AckOutcome::StillOpen);
    QCOMPARE(result->ackedCount(), std::size_t{0});
}

void StatementSuite::lockedMeansThatNothingIsSent()
{
    ScriptedServer server;
    playVtgate(server);
    const auto connection = connectTo(server);
    const std::size_t before = server.calls().size();
    SqlSession session(*connection, "solo");
    const Statement write = Statement::write("update `mail` set time_acked = 1");
    const auto executed = session.execute(write);
    QVERIFY(!executed);
    QCOMPARE(executed.error().kind, ErrorKind::ReadOnly);
    const auto streamed = session.streamCall(Statement::write("stream * from `mail`"));
    QVERIFY(!streamed);
    QCOMPARE(streamed.error().kind, ErrorKind::ReadOnly);
    AckPlan plan;
    plan.steps.push_back({"0", "update", {{"0", query::INT64, "1"}}});
    QVERIFY(!acknowledge(*connection, plan));
    QCOMPARE(server.calls().size(), before);
}

void StatementSuite::queueErrorsSurface_data()
{
    QTest::addColumn<bool>("isPlanetScale");
    QTest::newRow("vtgate") << false;
    QTest::newRow("PlanetScale") << true;
}

void StatementSuite::queueErrorsSurface()
{
    QFETCH(bool, isPlanetScale);
    ScriptedServer server;
    if (isPlanetScale)
        playPlanetScale(server);
    else
        playVtgate(server);
    const auto connection = connectTo(server);
    answer(server, "unix_timestamp", resultOf({"now"}, {{"1700000000123456000"}}));
    psdb::v1alpha1::ExecuteResponse inBand;
    inBand.mutable_error()->set_code(vtrpc::UNAVAILABLE);
    inBand.mutable_error()->set_message("no healthy tablet available");
    server.on(kPsdbStreamExecute, Script().send(inBand.SerializeAsString()).finish());
    server.on(kVtgateStreamExecute, Script().finish(grpc::StatusCode::UNAVAILABLE, "no healthy tablet available"));
    const auto rows = readQueue(*connection, kMail, Capture::createUnnamed(0).value());
    QVERIFY(!rows);
    QCOMPARE(rows.error().kind, ErrorKind::Unavailable);
    QCOMPARE(rows.error().detail, std::string("no healthy tablet available"));
}

std::unique_ptr<QObject> makeStatementSuite()
{
    return std::make_unique<StatementSuite>();
}

} // namespace vtscope::test

#include "tst_statements.moc"
