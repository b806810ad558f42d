// Which API a host speaks, in which order that is asked, and where a login goes and does not go.
#include <QTemporaryDir>
#include <QtTest>

#include "streamcore/wire/sql.h"
#include "tests/contract/watcher.h"
#include "tests/support/rawserver.h"
#include "tests/support/samples.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kUser = "zoe";
const std::string kPassword = "pscale_pw_geheim:with:colons ß";

ConnectionSettings withLogin(const ScriptedServer& server)
{
    ConnectionSettings settings = settingsFor(server);
    settings.username = kUser;
    settings.allowsCleartextPassword = true;
    return settings;
}

std::vector<std::string> valuesOf(const RecordedCall& call, const std::string& key)
{
    std::vector<std::string> values;
    const auto [first, last] = call.metadata.equal_range(key);
    for (auto at = first; at != last; ++at)
        values.push_back(at->second);
    return values;
}

std::string basic()
{
    return "Basic " + (QByteArray(kUser) + ':' + QByteArray::fromStdString(kPassword)).toBase64().toStdString();
}

} // namespace

class WireLoginSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unauthenticatedIsPlanetScale();
    void unimplementedIsVtgate();
    void notFoundIsNeither();
    void otherTroubleIsNoAnswer_data();
    void otherTroubleIsNoAnswer();
    void nonsenseIsNoBranch();
    void vstreamIsProbed_data();
    void vstreamIsProbed();
    void basicHeaderIsExact();
    void staticLoginIsExact();
    void staticLoginOutsideOfAsciiIsRefused();
    void nobodySendsNothing();
    void nothingIsSentInCleartextUnasked();
    void silentHostCanBeLeft_data();
    void silentHostCanBeLeft();
    void noSecretInTheCapture_data();
    void noSecretInTheCapture();
    void cellsOfPlanetScale();
};

void WireLoginSuite::unauthenticatedIsPlanetScale()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kCreateSession,
              Script().finish(grpc::StatusCode::UNAUTHENTICATED, "unauthenticated: invalid username or password"));
    const auto connection = check(withLogin(server), Secret(kPassword));
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::Login);
    QCOMPARE(connection.error().step, Tick::Step::Login);
    QCOMPARE(connection.error().fix, Fix::Password);
    // The password is wrong; nobody else gets to see it.
    QCOMPARE(server.calls("/vtgateservice").size(), std::size_t{0});
}

void WireLoginSuite::unimplementedIsVtgate()
{
    ScriptedServer server;
    playVtgate(server);
    const auto connection = check(withLogin(server), Secret("plain"));
    QVERIFY2(connection, connection ? "" : connection.error().error.message.c_str());
    QCOMPARE((*connection)->facts().family, Family::Vtgate);
    QCOMPARE((*connection)->facts().version, std::string("Version: 24.0.2 (scripted)"));
    std::vector<std::string> order;
    for (const RecordedCall& call : server.calls())
        order.push_back(call.method);
    QCOMPARE(order, (std::vector<std::string>{kCreateSession, kVtgateExecute, kVStream}));
}

void WireLoginSuite::notFoundIsNeither()
{
    // HTTP/2 servers that are no gRPC servers answer 404.
    RawServer server(RawServer::http2NotFound());
    ConnectionSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server.port();
    settings.isPlaintext = true;
    const auto connection = check(settings, Secret());
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::NoService);
    QVERIFY(connection.error().error.message.find("neither") != std::string::npos);
}

void WireLoginSuite::otherTroubleIsNoAnswer_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("kind");
    QTest::newRow("unavailable") << 14 << QByteArray("upstream connect error") << int(ErrorKind::Unavailable);
    QTest::newRow("denied") << 7 << QByteArray("this branch sleeps") << int(ErrorKind::Role);
    QTest::newRow("internal") << 13 << QByteArray("boom") << int(ErrorKind::Server);
}

void WireLoginSuite::otherTroubleIsNoAnswer()
{
    QFETCH(int, code);
    QFETCH(QByteArray, text);
    QFETCH(int, kind);
    ScriptedServer server;
    playVtgate(server);
    server.on(kCreateSession, Script().finish(static_cast<grpc::StatusCode>(code), text.toStdString()));
    const auto connection = check(withLogin(server), Secret(kPassword));
    QVERIFY(!connection);
    QCOMPARE(int(connection.error().error.kind), kind);
    QCOMPARE(connection.error().error.detail, text.toStdString());
    QCOMPARE(server.calls("/vtgateservice").size(), std::size_t{0});
}

void WireLoginSuite::nonsenseIsNoBranch()
{
    ScriptedServer server;
    server.on(kCreateSession, Script().send("\xff\xff\xff nonsense"));
    const auto connection = check(settingsFor(server), Secret());
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::NoService);
}

void WireLoginSuite::vstreamIsProbed_data()
{
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("availability");
    QTest::newRow("asks for a position") << 3 << int(Availability::Yes);
    QTest::newRow("not there") << 12 << int(Availability::No);
    QTest::newRow("denied") << 7 << int(Availability::Unknown);
    QTest::newRow("ended well") << 0 << int(Availability::Unknown);
}

void WireLoginSuite::vstreamIsProbed()
{
    QFETCH(int, code);
    QFETCH(int, availability);
    ScriptedServer server;
    playPlanetScale(server);
    server.on(kVStream, Script().finish(static_cast<grpc::StatusCode>(code), "some words"));
    const auto connection = check(settingsFor(server), Secret());
    QVERIFY(connection);
    QCOMPARE(int((*connection)->facts().vstream), availability);
    QCOMPARE((*connection)->facts().family, Family::PlanetScale);
    QCOMPARE((*connection)->facts().branch, std::string("main"));
    QCOMPARE((*connection)->facts().role, std::string("admin"));
    // The question itself opens nothing.
    vtgate::VStreamRequest request;
    QVERIFY(request.ParseFromString(server.calls(kVStream).at(0).request));
    QVERIFY(!request.has_vgtid());
}

void WireLoginSuite::basicHeaderIsExact()
{
    ScriptedServer server;
    playPlanetScale(server);
    server.on(kVStream, Script().finish(grpc::StatusCode::INVALID_ARGUMENT, "vgtid"));
    server.on(kVStream, Script().staySilent(), "select * from");
    server.on(kSync, Script().staySilent());
    const auto connection = check(withLogin(server), Secret(kPassword));
    QVERIFY(connection);
    for (const Source source : {Source::VStream, Source::Sync}) {
        Watcher watcher(*connection);
        watcher.session().start(watchT(source));
        QVERIFY(watcher.waitFor([&] {
            return server.calls(source == Source::VStream ? kVStream : kSync).size() >=
                   (source == Source::VStream ? 2u : 1u);
        }));
        watcher.session().stop();
    }
    QVERIFY(server.calls().size() >= 6);
    for (const RecordedCall& call : server.calls()) {
        QCOMPARE(valuesOf(call, "authorization"), std::vector<std::string>{basic()});
        QVERIFY(valuesOf(call, "password").empty());
        QVERIFY(call.request.find("geheim") == std::string::npos);
    }
}

void WireLoginSuite::staticLoginIsExact()
{
    ScriptedServer server;
    playVtgate(server);
    const std::string password = "plain:secret with spaces";
    const auto connection = check(withLogin(server), Secret(password));
    QVERIFY(connection);
    QVERIFY(SqlSession(**connection, "solo").execute(Statement::read("select 1")));
    for (const RecordedCall& call : server.calls("/vtgateservice")) {
        QCOMPARE(valuesOf(call, "username"), std::vector<std::string>{kUser});
        QCOMPARE(valuesOf(call, "password"), std::vector<std::string>{password});
        QVERIFY(valuesOf(call, "authorization").empty());
    }
    QCOMPARE(server.calls("/vtgateservice").size(), std::size_t{3});
}

void WireLoginSuite::staticLoginOutsideOfAsciiIsRefused()
{
    for (const auto& [user, password] :
         {std::pair{"zoë", "plain"}, std::pair{"zoe", "gehäim"}, std::pair{"zoe", "line\nbreak"}}) {
        ScriptedServer server;
        playVtgate(server);
        ConnectionSettings settings = withLogin(server);
        settings.username = user;
        const auto connection = check(settings, Secret(password));
        QVERIFY(!connection);
        QCOMPARE(connection.error().error.kind, ErrorKind::Login);
        QCOMPARE(connection.error().fix, Fix::Password);
        QVERIFY2(connection.error().error.message.find("ASCII") != std::string::npos,
                 connection.error().error.message.c_str());
        QCOMPARE(server.calls("/vtgateservice").size(), std::size_t{0});
    }
}

void WireLoginSuite::nobodySendsNothing()
{
    ScriptedServer server;
    playVtgate(server);
    const auto connection = connectTo(server);
    QVERIFY(SqlSession(*connection, "solo").execute(Statement::read("select 1")));
    for (const RecordedCall& call : server.calls()) {
        for (const char* key : {"authorization", "username", "password"})
            QVERIFY(valuesOf(call, key).empty());
    }
}

void WireLoginSuite::nothingIsSentInCleartextUnasked()
{
    ScriptedServer server;
    playPlanetScale(server);
    ConnectionSettings settings = withLogin(server);
    settings.allowsCleartextPassword = false;
    const auto connection = check(settings, Secret(kPassword));
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::Usage);
    QCOMPARE(server.calls().size(), std::size_t{0});
}

void WireLoginSuite::silentHostCanBeLeft_data()
{
    QTest::addColumn<QString>("where");
    QTest::newRow("raw") << "raw";
    QTest::newRow("login") << "login";
    QTest::newRow("version") << "version";
    QTest::newRow("vstream") << "vstream";
}

void WireLoginSuite::silentHostCanBeLeft()
{
    QFETCH(QString, where);
    RawServer raw(RawServer::silence());
    ScriptedServer server;
    playVtgate(server);
    if (where == u"login")
        server.on(kCreateSession, Script().staySilent());
    if (where == u"version")
        server.on(kVtgateExecute, Script().staySilent());
    if (where == u"vstream")
        server.on(kVStream, Script().staySilent());
    ConnectionSettings settings = settingsFor(server);
    if (where == u"raw")
        settings.port = raw.port();
    std::stop_source stop;
    // The user gives up as soon as the test waits for an answer.
    std::jthread user([&] {
        if (where == u"raw")
            stop.request_stop();
        else if (server.waitForCalls(1, where == u"login"     ? kCreateSession
                                        : where == u"version" ? kVtgateExecute
                                                              : kVStream))
            stop.request_stop();
    });
    QElapsedTimer timer;
    timer.start();
    const auto connection = check(settings, Secret(), {}, stop.get_token());
    qInfo("left in %lld ms", static_cast<long long>(timer.elapsed()));
    if (where == u"vstream" && connection)
        return; // everything that matters was known by then
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::Canceled);
}

void WireLoginSuite::noSecretInTheCapture_data()
{
    QTest::addColumn<bool>("isPlanetScale");
    QTest::newRow("vtgate") << false;
    QTest::newRow("PlanetScale") << true;
}

void WireLoginSuite::noSecretInTheCapture()
{
    QFETCH(bool, isPlanetScale);
    ScriptedServer server;
    if (isPlanetScale)
        playPlanetScale(server);
    else
        playVtgate(server);
    const std::string password = "pscale_pw_geheim";
    server.on(kVStream, Script().finish(grpc::StatusCode::INVALID_ARGUMENT, "vgtid"));
    server.on(kVStream, Script().send(goodResponse("1", "a row")).finish(grpc::StatusCode::UNAVAILABLE, "gone"),
              "select * from");
    ConnectionSettings settings = withLogin(server);
    settings.name = "production";
    const auto connection = check(settings, Secret(password));
    QVERIFY(connection);
    QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("secret.vtcap")).toStdString();
    {
        const auto capture = Capture::create(path, 0).value();
        Session session(*connection, capture);
        session.start(watchT());
        QTRY_COMPARE(session.state(), Session::State::Ended);
        QCOMPARE(capture->changes(), std::uint64_t{1});
        QVERIFY(capture->seal());
    }
    const std::string bytes = readFile(path);
    QVERIFY(bytes.find("a row") != std::string::npos);
    QVERIFY(bytes.find("production") != std::string::npos); // so the description is there
    const std::string encoded =
        (QByteArray(kUser) + ':' + QByteArray::fromStdString(password)).toBase64().toStdString();
    for (const std::string& secret : {password, encoded, std::string(kUser), std::string("authorization")})
        QVERIFY2(bytes.find(secret) == std::string::npos, secret.c_str());
}

void WireLoginSuite::cellsOfPlanetScale()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().staySilent(), "select * from");
    const auto connection = connectTo(server);
    Watcher watcher(connection);
    WatchRequest request = watchT();
    request.cells = "zone1,zone2";
    watcher.session().start(request);
    QVERIFY(watcher.waitFor([&] { return server.calls(kVStream).size() >= 2; }));
    vtgate::VStreamRequest sent;
    QVERIFY(sent.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(sent.flags().cells(), std::string("zone1,zone2"));
    QVERIFY(sent.flags().heartbeat_interval() > 0); // the only proof of life of an idle stream
    QVERIFY(!sent.caller_id().principal().empty());
}

std::unique_ptr<QObject> makeWireLoginSuite()
{
    return std::make_unique<WireLoginSuite>();
}

} // namespace vtscope::test

#include "tst_login.moc"
