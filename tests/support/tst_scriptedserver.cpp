#include "tests/support/certificates.h"
#include "tests/support/rawserver.h"
#include "tests/support/samples.h"
#include "tests/support/scriptedserver.h"

#include "vtgate.pb.h"
#include "vtgateservice.grpc.pb.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <QtTest>

using namespace std::chrono_literals;
using vtscope::test::Script;
using vtscope::test::ScriptedServer;

namespace {

const std::string kVStream = "/vtgateservice.Vitess/VStream";
const std::string kExecute = "/vtgateservice.Vitess/Execute";

struct Client
{
    explicit Client(const ScriptedServer& server)
        : stub(vtgateservice::Vitess::NewStub(
              grpc::CreateChannel(server.hostPort(), grpc::InsecureChannelCredentials())))
    {
    }

    grpc::Status execute(const std::string& sql, vtgate::ExecuteResponse* response)
    {
        grpc::ClientContext context;
        context.AddMetadata("username", "shop");
        vtgate::ExecuteRequest request;
        request.mutable_query()->set_sql(sql);
        return stub->Execute(&context, request, response);
    }

    std::unique_ptr<vtgateservice::Vitess::Stub> stub;
};

// A VStream of its own, read until it ends.
struct Stream
{
    explicit Stream(Client& client) : reader(client.stub->VStream(&context, vtgate::VStreamRequest())) {}

    int readAll()
    {
        int count = 0;
        vtgate::VStreamResponse response;
        while (reader->Read(&response))
            ++count;
        status = reader->Finish();
        return count;
    }

    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<vtgate::VStreamResponse>> reader;
    grpc::Status status;
};

} // namespace

class TestScriptedServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersWithBytesOfASample();
    void picksTheScriptByPathAndRequest();
    void scriptsForOneCallComeFirst();
    void recordsWhatItReceived();
    void callWithoutScriptIsUnimplemented();
    void endsWithTheGivenStatus();
    void garbageReachesTheClientAsItIs();
    void waitsAtAGate();
    void cutEndsTheConnection();
    void noticesThatTheClientGaveUp();
    void frozenNetworkPassesNothing();
    void endsPromptlyWithSilentStreams();
    void speaksTls();
    void rawServersAreNoGrpcServers();
};

void TestScriptedServer::answersWithBytesOfASample()
{
    const auto expected = vtscope::test::readMessages("vstream-transaction.bin");
    QVERIFY(!expected.empty());
    ScriptedServer server;
    server.on(kVStream, Script().sendFile("vstream-transaction.bin"));
    Client client(server);
    Stream stream(client);
    vtgate::VStreamResponse response;
    for (const std::string& message : expected) {
        QVERIFY(stream.reader->Read(&response));
        QCOMPARE(response.SerializeAsString(),
                 vtscope::test::parsed<vtgate::VStreamResponse>(message).SerializeAsString());
    }
    QVERIFY(!stream.reader->Read(&response));
    QVERIFY(stream.reader->Finish().ok());
}

void TestScriptedServer::picksTheScriptByPathAndRequest()
{
    const auto named = [](const char* name) {
        vtgate::ExecuteResponse response;
        response.mutable_session()->set_target_string(name);
        return Script().send(response.SerializeAsString());
    };
    ScriptedServer server;
    server.on("/vtgateservice.Vitess/", named("any"));
    server.on(kExecute, named("keyspaces"), "show keyspaces");
    Client client(server);
    vtgate::ExecuteResponse response;
    QVERIFY(client.execute("show keyspaces", &response).ok());
    QCOMPARE(response.session().target_string(), std::string("keyspaces"));
    QVERIFY(client.execute("select 1", &response).ok());
    QCOMPARE(response.session().target_string(), std::string("any"));
}

void TestScriptedServer::scriptsForOneCallComeFirst()
{
    ScriptedServer server;
    server.on(kExecute, Script().send({}));
    server.once(kExecute, Script().finish(grpc::StatusCode::UNAVAILABLE, "first"));
    server.once(kExecute, Script().finish(grpc::StatusCode::ABORTED, "second"));
    Client client(server);
    vtgate::ExecuteResponse response;
    QCOMPARE(client.execute("a", &response).error_message(), std::string("first"));
    QCOMPARE(client.execute("a", &response).error_message(), std::string("second"));
    QVERIFY(client.execute("a", &response).ok());
}

void TestScriptedServer::recordsWhatItReceived()
{
    ScriptedServer server;
    server.on(kExecute, Script().send({}));
    Client client(server);
    vtgate::ExecuteResponse response;
    QVERIFY(client.execute("select 42", &response).ok());
    const auto calls = server.calls();
    QCOMPARE(calls.size(), std::size_t(1));
    QCOMPARE(calls[0].method, kExecute);
    QCOMPARE(vtscope::test::parsed<vtgate::ExecuteRequest>(calls[0].request).query().sql(), std::string("select 42"));
    const auto user = calls[0].metadata.find("username");
    QVERIFY(user != calls[0].metadata.end());
    QCOMPARE(user->second, std::string("shop"));
}

void TestScriptedServer::callWithoutScriptIsUnimplemented()
{
    ScriptedServer server;
    Client client(server);
    vtgate::ExecuteResponse response;
    QCOMPARE(client.execute("a", &response).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

void TestScriptedServer::endsWithTheGivenStatus()
{
    ScriptedServer server;
    server.on(kVStream, Script()
                            .sendFile("vstream-heartbeats.bin")
                            .finish(grpc::StatusCode::CANCELLED, "failed to find a PRIMARY tablet"));
    Client client(server);
    Stream stream(client);
    QVERIFY(stream.readAll() > 0);
    QCOMPARE(stream.status.error_code(), grpc::StatusCode::CANCELLED);
    QCOMPARE(stream.status.error_message(), std::string("failed to find a PRIMARY tablet"));
}

void TestScriptedServer::garbageReachesTheClientAsItIs()
{
    const std::string garbage = "\x0a\xff\xff";
    ScriptedServer server;
    server.on(kExecute, Script().send(garbage));
    grpc::GenericStub stub(grpc::CreateChannel(server.hostPort(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, kExecute, grpc::ByteBuffer(), &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    QVERIFY(queue.Next(&tag, &ok) && ok && status.ok());
    grpc::Slice received;
    QVERIFY(response.DumpToSingleSlice(&received).ok());
    QCOMPARE(QByteArray(static_cast<const char*>(static_cast<const void*>(received.begin())), int(received.size())),
             QByteArray::fromStdString(garbage));
}

void TestScriptedServer::waitsAtAGate()
{
    ScriptedServer server;
    server.on(kVStream, Script().send({}).waitFor("go").send({}).waitFor("go").send({}));
    Client client(server);
    Stream one(client);
    Stream two(client);
    vtgate::VStreamResponse response;
    QVERIFY(one.reader->Read(&response));
    QVERIFY(two.reader->Read(&response));
    server.release("go");
    QCOMPARE(one.readAll(), 2);
    QCOMPARE(two.readAll(), 2);
    Stream three(client);
    QCOMPARE(three.readAll(), 3);
}

void TestScriptedServer::cutEndsTheConnection()
{
    constexpr int kMessages = 50;
    ScriptedServer server;
    vtgate::VStreamResponse response;
    response.add_events()->set_dml(std::string(100'000, '\0'));
    Script script;
    for (int i = 0; i < kMessages; ++i)
        script.send(response.SerializeAsString());
    server.on(kVStream, script.waitFor("all read").cut());
    Client client(server);
    Stream stream(client);
    for (int i = 0; i < kMessages; ++i)
        QVERIFY(stream.reader->Read(&response));
    server.release("all read");
    QCOMPARE(stream.readAll(), 0);
    QCOMPARE(stream.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    QVERIFY(server.waitForCancelled(1));
}

void TestScriptedServer::noticesThatTheClientGaveUp()
{
    ScriptedServer server;
    server.on(kVStream, Script().sendHeaders().staySilent());
    Client client(server);
    Stream stream(client);
    QVERIFY(server.waitForCalls(1, kVStream));
    stream.reader->WaitForInitialMetadata();
    QVERIFY(!server.calls()[0].isOver);
    stream.context.TryCancel();
    QVERIFY(server.waitForCancelled(1, kVStream));
    QCOMPARE(stream.readAll(), 0);
}

void TestScriptedServer::frozenNetworkPassesNothing()
{
    ScriptedServer server;
    server.on(kVStream, Script().send({}).waitFor("go").send({}));
    Client client(server);
    Stream stream(client);
    vtgate::VStreamResponse response;
    QVERIFY(stream.reader->Read(&response));
    server.setFrozen(true);
    vtgate::ExecuteResponse answer;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 200ms);
    QCOMPARE(client.stub->Execute(&context, vtgate::ExecuteRequest(), &answer).error_code(),
             grpc::StatusCode::DEADLINE_EXCEEDED);
    server.release("go");
    server.setFrozen(false);
    QCOMPARE(stream.readAll(), 1);
    QVERIFY(stream.status.ok());
}

void TestScriptedServer::endsPromptlyWithSilentStreams()
{
    auto server = std::make_unique<ScriptedServer>();
    server->on(kVStream, Script().send({}).staySilent());
    server->on(kVStream, Script().delay(1h), "never");
    server->on(kVStream, Script().waitFor("never"), "gate");
    Client client(*server);
    Stream stream(client);
    vtgate::VStreamResponse response;
    QVERIFY(stream.reader->Read(&response));
    QElapsedTimer timer;
    timer.start();
    server.reset();
    QVERIFY(timer.elapsed() < 1000);
    QCOMPARE(stream.readAll(), 0);
    QVERIFY(!stream.status.ok());
}

void TestScriptedServer::speaksTls()
{
    // A name is looked for in the certificate alone: not every system knows "localhost".
    const auto execute = [](const std::string& hostPort, const std::string& authority, const std::string& name = {}) {
        grpc::SslCredentialsOptions options;
        options.pem_root_certs = authority;
        grpc::ChannelArguments arguments;
        if (!name.empty())
            arguments.SetSslTargetNameOverride(name);
        auto stub = vtgateservice::Vitess::NewStub(
            grpc::CreateCustomChannel(hostPort, grpc::SslCredentials(options), arguments));
        grpc::ClientContext context;
        vtgate::ExecuteResponse response;
        return stub->Execute(&context, vtgate::ExecuteRequest(), &response).error_code();
    };
    const auto serve = [](const vtscope::test::Certificates& certificates) {
        grpc::SslServerCredentialsOptions options;
        options.pem_key_cert_pairs.push_back({certificates.serverKey, certificates.server});
        auto server = std::make_unique<ScriptedServer>(grpc::SslServerCredentials(options));
        server->on(kExecute, Script().send({}));
        return server;
    };
    const auto good = vtscope::test::makeCertificates();
    const auto server = serve(good);
    QCOMPARE(execute(server->hostPort(), good.authority), grpc::StatusCode::OK);
    QCOMPARE(execute(server->hostPort(), good.authority, "localhost"), grpc::StatusCode::OK);
    QCOMPARE(execute(server->hostPort(), good.authority, "other.example"), grpc::StatusCode::UNAVAILABLE);
    QCOMPARE(execute(server->hostPort(), vtscope::test::makeCertificates().authority), grpc::StatusCode::UNAVAILABLE);

    const auto expired = vtscope::test::makeCertificates({"127.0.0.1"}, std::chrono::hours(-1));
    QCOMPARE(execute(serve(expired)->hostPort(), expired.authority), grpc::StatusCode::UNAVAILABLE);
    const auto foreign = vtscope::test::makeCertificates({"other.example"});
    QCOMPARE(execute(serve(foreign)->hostPort(), foreign.authority), grpc::StatusCode::UNAVAILABLE);
}

void TestScriptedServer::rawServersAreNoGrpcServers()
{
    using vtscope::test::RawServer;
    const auto execute = [](const RawServer& server) {
        auto stub =
            vtgateservice::Vitess::NewStub(grpc::CreateChannel(server.hostPort(), grpc::InsecureChannelCredentials()));
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + 300ms);
        vtgate::ExecuteResponse response;
        return stub->Execute(&context, vtgate::ExecuteRequest(), &response);
    };
    const RawServer web(RawServer::http2NotFound());
    const grpc::Status status = execute(web);
    QCOMPARE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
    QVERIFY(QString::fromStdString(status.error_message()).contains(QLatin1String("404")));
    const RawServer old(RawServer::http1());
    QVERIFY(!execute(old).ok());
    const RawServer mysql(RawServer::mysqlGreeting());
    QVERIFY(!execute(mysql).ok());
    const RawServer silent(RawServer::silence());
    QVERIFY(!execute(silent).ok());
}

QTEST_GUILESS_MAIN(TestScriptedServer)
#include "tst_scriptedserver.moc"
