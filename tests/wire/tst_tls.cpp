// Certificates and handshakes that prove nothing: what the connection test says, and what a stream says that meets them
// when it connects again.
#include <QTemporaryDir>
#include <QtTest>

#include <grpcpp/security/server_credentials.h>

#include "streamcore/wire/channel.h"
#include "tests/contract/watcher.h"
#include "tests/support/certificates.h"
#include "tests/support/connectproxy.h"
#include "tests/support/tlsserver.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kHost = "db.example.test";
const std::string kTarget = "db.example.test:443";

std::shared_ptr<grpc::ServerCredentials> credentialsOf(const Certificates& certificates)
{
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({certificates.serverKey, certificates.server});
    return grpc::SslServerCredentials(options);
}

Error errorOfNextStream(Channel& channel)
{
    Channel::Stream stream(channel, kVStream, {});
    grpc::ByteBuffer message;
    while (stream.read(message)) {
    }
    const grpc::Status status = stream.finish();
    return errorOf(status.error_code(), status.error_message());
}

} // namespace

class TlsSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void servers_data();
    void servers();
    void runningStream_data();
    void runningStream();
    void authorities_data();
    void authorities();

private:
    std::string write(const QString& name, const std::string& content) const;

    QTemporaryDir m_folder;
};

// The proxy leads one name to one server after another, as a name does whose server is replaced.
void TlsSuite::initTestCase()
{
    QVERIFY(m_folder.isValid());
    for (const char* name : {"grpc_proxy", "HTTPS_PROXY", "http_proxy", "no_grpc_proxy", "no_proxy", "NO_PROXY"})
        qunsetenv(name);
}

void TlsSuite::cleanupTestCase()
{
    qunsetenv("https_proxy");
}

std::string TlsSuite::write(const QString& name, const std::string& content) const
{
    QFile file(m_folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(content.data(), static_cast<qint64>(content.size())) < 0)
        return {};
    return file.fileName().toStdString();
}

void TlsSuite::servers_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("fix");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* what, ErrorKind kind, Fix fix, const char* words) {
        QTest::newRow(what) << what << int(kind) << int(fix) << QByteArray(words);
    };
    row("good", ErrorKind::Ended, Fix::None, "");
    row("expired", ErrorKind::Tls, Fix::None, "expired on ");
    row("not yet valid", ErrorKind::Tls, Fix::None, "is not valid before ");
    row("another name", ErrorKind::Tls, Fix::Host,
        "belongs to another name than db.example.test: it was made for other.example.test");
    row("unknown authority", ErrorKind::Tls, Fix::CaFile, "is not signed by the authority in ");
    row("no ALPN", ErrorKind::Tls, Fix::Host, "speaks TLS but no HTTP/2");
    row("web server", ErrorKind::Tls, Fix::Host, "speaks TLS but no HTTP/2");
    row("old TLS", ErrorKind::Tls, Fix::None, "old versions of TLS");
    row("plaintext", ErrorKind::Tls, Fix::WithoutEncryption, "does not speak TLS on this port");
}

void TlsSuite::servers()
{
    QFETCH(QString, what);
    QFETCH(int, kind);
    QFETCH(int, fix);
    QFETCH(QByteArray, words);
    using std::chrono::hours;
    const Certificates good = makeCertificates({kHost});
    ConnectProxy proxy;
    qputenv("https_proxy", QByteArray::fromStdString("http://" + proxy.hostPort()));
    ConnectionSettings settings;
    settings.host = kHost;
    settings.caFile = write(QStringLiteral("ca.pem"), good.authority);
    const auto channel = Channel::open(settings, Secret());
    QVERIFY(channel);
    {
        ScriptedServer first(credentialsOf(good));
        first.on(kVStream, Script().send(goodResponse("1", "one")).finish(grpc::StatusCode::UNAVAILABLE, "bye"));
        proxy.route(kTarget, first.port());
        QCOMPARE(errorOfNextStream(**channel).detail, std::string("bye"));
    }
    // Another one takes its place. Its authority is told to the connection test, which begins anew; the channel knows
    // the first.
    const Certificates certificates = what == u"expired"         ? makeCertificates({kHost}, hours(-1))
                                      : what == u"not yet valid" ? makeCertificates({kHost}, hours(48), hours(24))
                                      : what == u"another name"  ? makeCertificates({"other.example.test"})
                                      : what == u"good"          ? good
                                                                 : makeCertificates({kHost});
    std::unique_ptr<ScriptedServer> server;
    std::unique_ptr<TlsServer> other;
    if (what == u"no ALPN")
        other = std::make_unique<TlsServer>(certificates, TlsServer::Offer{});
    else if (what == u"web server")
        other = std::make_unique<TlsServer>(certificates, TlsServer::Offer{"http/1.1"});
    else if (what == u"old TLS")
        other = std::make_unique<TlsServer>(certificates, TlsServer::Offer{"h2", true});
    else
        server = std::make_unique<ScriptedServer>(what == u"plaintext" ? nullptr : credentialsOf(certificates));
    if (server)
        playVtgate(*server);
    proxy.route(kTarget, other ? other->port() : server->port());
    if (what != u"unknown authority")
        write(QStringLiteral("ca.pem"), certificates.authority);

    const auto connection = check(settings, Secret());
    QCOMPARE(connection.has_value(), what == u"good");
    if (connection)
        return;
    const CheckFailure& failure = connection.error();
    qInfo("%s | %s", failure.error.message.c_str(), failure.error.detail.c_str());
    QCOMPARE(int(failure.error.kind), kind);
    QCOMPARE(failure.step, Tick::Step::Tls);
    QCOMPARE(int(failure.fix), fix);
    QVERIFY2(failure.error.message.find(words.toStdString()) != std::string::npos, failure.error.message.c_str());

    const auto again = Channel::open(settings, Secret());
    QVERIFY(again);
    const Error met = errorOfNextStream(**again);
    qInfo("%s | %s", met.message.c_str(), met.detail.c_str());
    QCOMPARE(int(met.kind), kind);
    QCOMPARE(met.message, failure.error.message);
}

void TlsSuite::runningStream_data()
{
    QTest::addColumn<bool>("isExpired");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("expired") << true << QByteArray("expired on ");
    QTest::newRow("unknown authority") << false << QByteArray("is not signed by the authority in ");
}

// A server whose certificate was forgotten comes back from a restart.
void TlsSuite::runningStream()
{
    QFETCH(bool, isExpired);
    QFETCH(QByteArray, words);
    const Certificates good = makeCertificates({kHost});
    const Certificates bad = makeCertificates({kHost}, std::chrono::hours(isExpired ? -1 : 24));
    ConnectProxy proxy;
    qputenv("https_proxy", QByteArray::fromStdString("http://" + proxy.hostPort()));
    ConnectionSettings settings;
    settings.host = kHost;
    settings.caFile = write(QStringLiteral("both.pem"), good.authority + (isExpired ? bad.authority : std::string()));
    auto server = std::make_unique<ScriptedServer>(credentialsOf(good));
    playVtgate(*server);
    server->on(kVStream, Script().send(goodResponse("1", "one")).staySilent(), "select * from");
    proxy.route(kTarget, server->port());
    const auto connection = check(settings, Secret());
    QVERIFY2(connection, connection ? "" : connection.error().error.message.c_str());
    Watcher watcher(*connection);
    watcher.session().setRetryPace({std::chrono::milliseconds(1), std::chrono::milliseconds(4)});
    WatchRequest request = watchT();
    request.recovers = true;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    ScriptedServer next(credentialsOf(bad));
    proxy.route(kTarget, next.port());
    server.reset();
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Tls);
    QVERIFY2(watcher.session().error()->message.find(words.toStdString()) != std::string::npos,
             watcher.session().error()->message.c_str());
    QVERIFY(next.calls().empty());
    QVERIFY(watcher.session().canContinue());
}

void TlsSuite::authorities_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("missing") << QByteArray() << QByteArray("cannot be read");
    QTest::newRow("no PEM") << QByteArray("hello") << QByteArray("no certificate in PEM form");
    QTest::newRow("broken PEM") << QByteArray("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                                << QByteArray("no certificate in PEM form");
    QTest::newRow("a key") << QByteArray::fromStdString(makeCertificates().serverKey)
                           << QByteArray("no certificate in PEM form");
}

void TlsSuite::authorities()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, words);
    qunsetenv("https_proxy");
    ScriptedServer server(credentialsOf(makeCertificates()));
    ConnectionSettings settings = settingsFor(server);
    settings.isPlaintext = false;
    settings.caFile = content.isEmpty() ? m_folder.filePath(QStringLiteral("none")).toStdString()
                                        : write(QStringLiteral("bad.pem"), content.toStdString());
    const auto connection = check(settings, Secret());
    QVERIFY(!connection);
    const CheckFailure& failure = connection.error();
    QCOMPARE(failure.error.kind, ErrorKind::Tls);
    QCOMPARE(failure.step, Tick::Step::Tls);
    QCOMPARE(failure.fix, Fix::CaFile);
    QVERIFY2(failure.error.message.find(words.toStdString()) != std::string::npos, failure.error.message.c_str());
    QVERIFY2(failure.error.message.find(settings.caFile) != std::string::npos, failure.error.message.c_str());
    const auto channel = Channel::open(settings, Secret());
    QVERIFY(!channel);
    QCOMPARE(channel.error(), failure.error);
}

std::unique_ptr<QObject> makeTlsSuite()
{
    return std::make_unique<TlsSuite>();
}

} // namespace vtscope::test

#include "tst_tls.moc"
