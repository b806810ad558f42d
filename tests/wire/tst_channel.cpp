// Connections that die, are drained, cut or refused, and messages that are too large: what a stream says, and how the
// next one goes on.
#include <QtTest>

#include "streamcore/wire/channel.h"
#include "tests/support/connectproxy.h"
#include "tests/support/rawserver.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

using std::chrono::milliseconds;

std::shared_ptr<Channel> openTo(int port, const ChannelLimits& limits = {})
{
    ConnectionSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.isPlaintext = true;
    return Channel::open(settings, Secret(), limits).value();
}

Error readToItsEnd(Channel::Stream& stream, std::vector<std::size_t>* sizes = nullptr)
{
    grpc::ByteBuffer message;
    while (stream.read(message)) {
        if (sizes)
            sizes->push_back(message.Length());
    }
    const grpc::Status status = stream.finish();
    return errorOf(status.error_code(), status.error_message());
}

// A frame of HTTP/2.
std::string frame(char type, char flags, char stream, const std::string& payload)
{
    return std::string({'\0', '\0', static_cast<char>(payload.size()), type, flags, '\0', '\0', '\0', stream}) +
           payload;
}

std::string number(char value)
{
    return {'\0', '\0', '\0', value};
}

} // namespace

class ChannelSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deadConnectionIsNoticed();
    void idleConnectionIsNotPinged();
    void endingsOfHttp2_data();
    void endingsOfHttp2();
    void nextStreamTriesAtOnce();
    void largeMessages();
};

// However long a stream is silent, pings go on, none too often for Vitess' rule (a third of the interval, as 10 s are
// of 30), and the first that is not answered ends it.
void ChannelSuite::deadConnectionIsNoticed()
{
    constexpr milliseconds kPingAfter{300};
    ScriptedServer server(nullptr, kPingAfter / 3);
    server.on(kVStream, Script().send("first").waitFor("long silence").send("second").staySilent());
    ChannelLimits limits;
    limits.pingAfter = kPingAfter;
    limits.answerWithin = milliseconds(500);
    const auto channel = openTo(server.port(), limits);
    Channel::Stream stream(*channel, kVStream, {});
    grpc::ByteBuffer message;
    QVERIFY(stream.read(message));
    std::this_thread::sleep_for(kPingAfter * 5);
    server.release("long silence");
    QVERIFY(stream.read(message));
    std::this_thread::sleep_for(kPingAfter * 5);
    server.setFrozen(true);
    const Error error = readToItsEnd(stream);
    QCOMPARE(error.kind, ErrorKind::Unavailable);
    QVERIFY2(error.message.find("stopped answering") != std::string::npos, error.message.c_str());
    server.setFrozen(false);
    server.on(kVStream, Script().send("again").finish());
    // The network comes back when it does.
    QVERIFY(QTest::qWaitFor([&] {
        Channel::Stream next(*channel, kVStream, {});
        return next.read(message);
    }));
}

// Between calls Vitess forgives no ping at all.
void ChannelSuite::idleConnectionIsNotPinged()
{
    constexpr milliseconds kPingAfter{100};
    ScriptedServer server(nullptr, milliseconds(10));
    server.on(kCreateSession, Script().send("answer").finish());
    ChannelLimits limits;
    limits.pingAfter = kPingAfter;
    const auto channel = openTo(server.port(), limits);
    QVERIFY(channel->call(kCreateSession, {}, std::chrono::seconds(10)));
    std::this_thread::sleep_for(kPingAfter * 10);
    QVERIFY(channel->call(kCreateSession, {}, std::chrono::seconds(10)));
    QCOMPARE(server.calls().at(1).peer, server.calls().at(0).peer);
}

void ChannelSuite::endingsOfHttp2_data()
{
    QTest::addColumn<QByteArray>("frames");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* name, const std::string& frames, const char* words) {
        QTest::newRow(name) << QByteArray::fromStdString(frames) << QByteArray(words);
    };
    constexpr char kReset = 3, kGoAway = 7;
    const auto goAway = [](char lastStream, char code, const char* text) {
        return frame(kGoAway, 0, 0, number(lastStream) + number(code) + text);
    };
    row("drained", goAway(1, 0, "graceful_stop"), "connection to the server broke");
    row("refused while it drains", goAway(0, 0, "max_age"), "restarts");
    row("too many pings", goAway(1, 11, "too_many_pings"), "connection to the server broke");
    row("closed", {}, "connection to the server broke");
    for (const char code : {'\0', '\1', '\2', '\5', '\7', '\x8', '\xB', '\xD'})
        row(("reset with " + std::to_string(code)).c_str(), frame(kReset, 0, 1, number(code)), "cut the stream");
}

void ChannelSuite::endingsOfHttp2()
{
    QFETCH(QByteArray, frames);
    QFETCH(QByteArray, words);
    RawServer server(RawServer::http2(frames.toStdString()));
    const auto channel = openTo(server.port());
    Channel::Stream stream(*channel, kVStream, {});
    const Error error = readToItsEnd(stream);
    qInfo("%d | %s | %s", error.code, error.message.c_str(), error.detail.c_str());
    QCOMPARE(error.kind, ErrorKind::Unavailable);
    QVERIFY2(error.message.find(words.toStdString()) != std::string::npos, error.message.c_str());
}

// Who retries decides how soon: gRPC must not answer out of what it remembers.
void ChannelSuite::nextStreamTriesAtOnce()
{
    ConnectProxy proxy;
    qputenv("https_proxy", QByteArray::fromStdString("http://" + proxy.hostPort()));
    ConnectionSettings settings;
    settings.host = "db.example.test";
    settings.isPlaintext = true;
    const auto channel = Channel::open(settings, Secret()).value();
    qunsetenv("https_proxy");
    for (int i = 0; i < 4; ++i) {
        Channel::Stream stream(*channel, kVStream, {});
        QCOMPARE(readToItsEnd(stream).kind, ErrorKind::NotReachable);
        QCOMPARE(proxy.requests().size(), static_cast<std::size_t>(i + 1));
    }
    ScriptedServer server;
    server.on(kVStream, Script().send("here").finish());
    proxy.route("db.example.test:443", server.port());
    Channel::Stream stream(*channel, kVStream, {});
    grpc::ByteBuffer message;
    QVERIFY(stream.read(message));
}

void ChannelSuite::largeMessages()
{
    constexpr std::size_t kMib = std::size_t{1} << 20;
    ChannelLimits limits;
    limits.message = 2 * kMib;
    limits.raisedMessage = 6 * kMib;
    ScriptedServer server;
    server.on(kVStream, Script().send("small").send(std::string(5 * kMib, 'x')).staySilent());
    const auto channel = openTo(server.port(), limits);
    std::vector<std::size_t> sizes;
    {
        Channel::Stream stream(*channel, kVStream, {});
        const Error error = readToItsEnd(stream, &sizes);
        QCOMPARE(error.kind, ErrorKind::MessageTooLarge);
        QCOMPARE(error.message, std::string("A message of 5 MiB is larger than vtscope's limit of 2 MiB."));
        QCOMPARE(sizes, std::vector<std::size_t>{5});
    }
    grpc::ByteBuffer message;
    Channel::Stream raised(*channel, kVStream, {}, Channel::Limit::Raised);
    QVERIFY(raised.read(message) && raised.read(message));
    QCOMPARE(message.Length(), 5 * kMib);
    std::string bytes(message.Length(), '\0');
    copyBytes(message, bytes.data());
    QVERIFY(bytes == std::string(5 * kMib, 'x'));
    // More than that is too large for good.
    server.on(kVStream, Script().send(std::string(7 * kMib, 'x')).staySilent());
    Channel::Stream tooMuch(*channel, kVStream, {}, Channel::Limit::Raised);
    const Error error = readToItsEnd(tooMuch);
    QCOMPARE(error.kind, ErrorKind::MessageTooLarge);
    QVERIFY(error.message.find("of 6 MiB") != std::string::npos);
}

std::unique_ptr<QObject> makeChannelSuite()
{
    return std::make_unique<ChannelSuite>();
}

} // namespace vtscope::test

#include "tst_channel.moc"
