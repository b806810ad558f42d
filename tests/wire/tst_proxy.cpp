// The way through an HTTP proxy: what the environment names is used by the connection test and by the streams alike,
// and what it does wrong is said.
#include <QtTest>

#include "streamcore/wire/channel.h"
#include "tests/contract/watcher.h"
#include "tests/support/connectproxy.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

// Nobody but the proxy knows this host.
const char* const kHost = "db.example.test";
const std::string kTarget = "db.example.test:443";

ConnectionSettings settingsBehind()
{
    ConnectionSettings settings;
    settings.host = kHost;
    settings.isPlaintext = true;
    return settings;
}

void setProxy(const std::string& url)
{
    qputenv("https_proxy", QByteArray::fromStdString(url));
}

} // namespace

class ProxySuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void streamGoesThrough();
    void streamOutlivesARefusal();
    void loginIsSentAndNeverTold();
    void refusals_data();
    void refusals();
    void proxyThatIsNotThere_data();
    void proxyThatIsNotThere();
    void directWays_data();
    void directWays();
};

void ProxySuite::init()
{
    for (const char* name :
         {"grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy", "no_grpc_proxy", "no_proxy", "NO_PROXY"})
        qunsetenv(name);
}

void ProxySuite::cleanup()
{
    init();
}

void ProxySuite::streamGoesThrough()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one")).staySilent(), "select * from");
    ConnectProxy proxy;
    proxy.route(kTarget, server.port());
    setProxy("http://" + proxy.hostPort());
    std::string facts;
    const auto connection =
        check(settingsBehind(), Secret(), [&facts](const Tick& tick) { facts += tick.fact + '\n'; });
    QVERIFY2(connection, connection ? "" : connection.error().error.message.c_str());
    QVERIFY2(facts.find("looked up by the proxy " + proxy.hostPort()) != std::string::npos, facts.c_str());
    QVERIFY2(facts.find("connected through the proxy " + proxy.hostPort()) != std::string::npos, facts.c_str());
    Watcher watcher(*connection);
    watcher.session().start(watchT());
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QVERIFY(proxy.requests().size() >= 2); // of the test and of the streams
    for (const ConnectProxy::Request& request : proxy.requests()) {
        QCOMPARE(request.target, kTarget);
        QCOMPARE(request.login, std::string());
    }
}

// A proxy that restarts, or has lost the server, is asked again until it leads there.
void ProxySuite::streamOutlivesARefusal()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, Script().send(goodResponse("1", "one", 7)).waitFor("seen").cut(), "select * from");
    server.on(kVStream, Script().send(goodResponse("2", "two", 8)).staySilent(), "select * from");
    ConnectProxy proxy;
    proxy.route(kTarget, server.port());
    setProxy("http://" + proxy.hostPort());
    const auto connection = check(settingsBehind(), Secret());
    QVERIFY(connection);
    Watcher watcher(*connection);
    watcher.session().setRetryPace({std::chrono::milliseconds(1), std::chrono::milliseconds(4)});
    WatchRequest request = watchT();
    request.recovers = true;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    proxy.refuse(503);
    const std::size_t before = proxy.requests().size();
    server.release("seen");
    QVERIFY2(watcher.waitFor([&] { return proxy.requests().size() >= before + 5; }), watcher.story());
    QCOMPARE(watcher.session().state(), Session::State::Recovering);
    proxy.allow();
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QCOMPARE(watcher.session().state(), Session::State::Live);
}

void ProxySuite::loginIsSentAndNeverTold()
{
    ScriptedServer server;
    playVtgate(server);
    ConnectProxy proxy;
    proxy.route(kTarget, server.port());
    proxy.require("Basic " + QByteArray("us@er:ge:heim ").toBase64().toStdString());
    setProxy("http://us%40er:ge%3Aheim%20@" + proxy.hostPort() + "/");
    std::string told;
    const auto tell = [&told](const Tick& tick) { told += tick.fact + '\n'; };
    QVERIFY(check(settingsBehind(), Secret(), tell));
    const auto channel = Channel::open(settingsBehind(), Secret());
    QVERIFY(channel);
    proxy.require("another");
    const auto refused = check(settingsBehind(), Secret(), tell);
    QVERIFY(!refused);
    const auto called = (*channel)->call(kCreateSession, {}, std::chrono::seconds(10));
    QVERIFY(!called);
    QCOMPARE(called.error().kind, ErrorKind::Login);
    for (const Error& error : {refused.error().error, called.error()})
        told += error.message + '\n' + error.detail + '\n';
    QVERIFY2(told.find("heim") == std::string::npos && told.find("us@er") == std::string::npos, told.c_str());
    QVERIFY(told.find(proxy.hostPort()) != std::string::npos);
}

void ProxySuite::refusals_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("rest");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* name, int status, const char* rest, ErrorKind kind, const char* words) {
        QTest::newRow(name) << status << QByteArray(rest) << int(kind) << QByteArray(words);
    };
    const char* const end = "\r\nContent-Length: 0\r\n\r\n";
    row("login", 407, end, ErrorKind::Login, "asks for a login");
    row("forbidden", 403, end, ErrorKind::NotReachable, "does not allow connections to this host (HTTP 403)");
    row("no server", 502, end, ErrorKind::NotReachable, "cannot reach the server (HTTP 502)");
    row("late", 504, end, ErrorKind::NotReachable, "cannot reach the server (HTTP 504)");
    row("no CONNECT", 405, end, ErrorKind::NotReachable, "refuses to connect to the server (HTTP 405)");
    row("another protocol", 0, "SSH-2.0-OpenSSH\r\n\r\n", ErrorKind::NotReachable, "");
    row("closes", 0, "", ErrorKind::NotReachable, "");
}

// The sentence is the same in the connection test and in a stream, as far as gRPC tells it.
void ProxySuite::refusals()
{
    QFETCH(int, status);
    QFETCH(QByteArray, rest);
    QFETCH(int, kind);
    QFETCH(QByteArray, words);
    ConnectProxy proxy;
    proxy.refuse(status, rest.toStdString());
    setProxy("http://zoe:geheim@" + proxy.hostPort());
    const auto refused = check(settingsBehind(), Secret());
    QVERIFY(!refused);
    const Error error = refused.error().error;
    qInfo("%s | %s", error.message.c_str(), error.detail.c_str());
    QCOMPARE(int(error.kind), kind);
    QCOMPARE(refused.error().step, Tick::Step::Connection);
    QCOMPARE(refused.error().fix, Fix::Proxy);
    QVERIFY(error.message.find("The proxy " + proxy.hostPort()) != std::string::npos);
    QVERIFY2(error.message.find(words.toStdString()) != std::string::npos, error.message.c_str());

    const auto channel = Channel::open(settingsBehind(), Secret());
    QVERIFY(channel);
    Channel::Stream stream(**channel, kVStream, {});
    grpc::ByteBuffer message;
    QVERIFY(!stream.read(message));
    const grpc::Status ended = stream.finish();
    const Error met = errorOf(ended.error_code(), ended.error_message());
    qInfo("%s | %s", met.message.c_str(), met.detail.c_str());
    QCOMPARE(int(met.kind), kind);
    if (!words.isEmpty())
        QCOMPARE(met.message, error.message);
    QVERIFY((error.message + error.detail + met.message + met.detail).find("geheim") == std::string::npos);
}

void ProxySuite::proxyThatIsNotThere_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("step");
    QTest::newRow("refused") << QByteArray("http://zoe:geheim@127.0.0.1:1") << int(ErrorKind::NotReachable)
                             << int(Tick::Step::Connection);
    QTest::newRow("unknown name") << QByteArray("http://zoe:geheim@no-such-proxy.invalid:3128")
                                  << int(ErrorKind::NameNotFound) << int(Tick::Step::Name);
    QTest::newRow("no HTTP proxy") << QByteArray("socks5://zoe:geheim@127.0.0.1:1") << int(ErrorKind::Usage)
                                   << int(Tick::Step::Name);
    QTest::newRow("nonsense") << QByteArray("http://zoe:geheim@") << int(ErrorKind::Usage) << int(Tick::Step::Name);
}

void ProxySuite::proxyThatIsNotThere()
{
    QFETCH(QByteArray, url);
    QFETCH(int, kind);
    QFETCH(int, step);
    setProxy(url.toStdString());
    const auto refused = check(settingsBehind(), Secret());
    QVERIFY(!refused);
    const Error error = refused.error().error;
    qInfo("%s | %s", error.message.c_str(), error.detail.c_str());
    QCOMPARE(int(error.kind), kind);
    QCOMPARE(int(refused.error().step), step);
    QCOMPARE(refused.error().fix, Fix::Proxy);
    QVERIFY(error.message.find("proxy") != std::string::npos);
    const auto channel = Channel::open(settingsBehind(), Secret());
    QCOMPARE(channel.has_value(), error.kind != ErrorKind::Usage);
    std::string all = error.message + error.detail;
    if (channel) {
        const auto called = (*channel)->call(kCreateSession, {}, std::chrono::seconds(10));
        QVERIFY(!called);
        QCOMPARE(called.error().kind, ErrorKind::NotReachable);
        QVERIFY2(called.error().message.find("The proxy ") == 0, called.error().message.c_str());
        all += called.error().message + called.error().detail;
    }
    QVERIFY(all.find("geheim") == std::string::npos);
}

void ProxySuite::directWays_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("exceptions");
    QTest::newRow("this machine") << QByteArray("127.0.0.1") << QByteArray();
    QTest::newRow("its name") << QByteArray("localhost") << QByteArray();
    QTest::newRow("listed") << QByteArray(kHost) << QByteArray("other, .example.test");
}

void ProxySuite::directWays()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, exceptions);
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one")).staySilent(), "select * from");
    ConnectProxy proxy;
    setProxy("http://" + proxy.hostPort());
    if (!exceptions.isEmpty())
        qputenv("no_proxy", exceptions);
    ConnectionSettings settings = settingsFor(server);
    settings.host = host.toStdString();
    const auto connection = check(settings, Secret());
    if (exceptions.isEmpty()) {
        QVERIFY2(connection, connection ? "" : connection.error().error.message.c_str());
        Watcher watcher(*connection);
        watcher.session().start(watchT());
        QVERIFY2(watcher.waitForRows(1), watcher.story());
    } else {
        QVERIFY(!connection);
        QCOMPARE(connection.error().error.kind, ErrorKind::NameNotFound);
        const auto called =
            Channel::open(settings, Secret()).value()->call(kCreateSession, {}, std::chrono::seconds(10));
        QVERIFY(!called);
        QCOMPARE(called.error().kind, ErrorKind::NotReachable);
    }
    QVERIFY(proxy.requests().empty());
}

std::unique_ptr<QObject> makeProxySuite()
{
    return std::make_unique<ProxySuite>();
}

} // namespace vtscope::test

#include "tst_proxy.moc"
