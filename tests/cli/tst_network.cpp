// The way to the server: certificates and proxies, by exit code and sentence.
#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"
#include "tests/support/certificates.h"
#include "tests/support/connectproxy.h"

namespace vtscope::test {

using namespace Qt::StringLiterals;

class NetworkSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void certificates_data();
    void certificates();
    void oneSideIsEncrypted_data();
    void oneSideIsEncrypted();
    void proxies_data();
    void proxies();
};

namespace {

QString put(const QTemporaryDir& folder, const QString& name, const std::string& content)
{
    QFile file(folder.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(content.data(), static_cast<qint64>(content.size())) >= 0
               ? file.fileName()
               : QString();
}

QStringList watchOrCheck(bool isWatch)
{
    return isWatch ? u"watch --keyspace shop --table orders --position copy --count 1"_s.split(u' ')
                   : QStringList{u"check"_s};
}

} // namespace

void NetworkSuite::certificates_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* what, const char* words) { QTest::newRow(what) << what << QByteArray(words); };
    row("good", "");
    row("expired", "expired on ");
    row("not yet valid", "is not valid before ");
    row("another name", "belongs to another name than 127.0.0.1: it was made for db.example.com");
    row("unknown authority", "is not signed by the authority in ");
    row("system's authorities", "not signed by anybody trusted here");
    row("no CA file", "cannot be read");
    row("no certificate", "holds no certificate in PEM form");
}

void NetworkSuite::certificates()
{
    QFETCH(QString, what);
    QFETCH(QByteArray, words);
    using std::chrono::hours;
    const QTemporaryDir folder;
    const Certificates made = what == u"expired"         ? makeCertificates({"127.0.0.1"}, hours(-1))
                              : what == u"not yet valid" ? makeCertificates({"127.0.0.1"}, hours(48), hours(24))
                              : what == u"another name"  ? makeCertificates({"db.example.com"})
                                                         : makeCertificates({"127.0.0.1"});
    put(folder, u"cert.pem"_s, made.server);
    put(folder, u"key.pem"_s, made.serverKey);
    QString authority = put(folder, u"ca.pem"_s, made.authority);
    if (what == u"unknown authority")
        authority = put(folder, u"ca.pem"_s, makeCertificates().authority);
    if (what == u"no CA file")
        authority = folder.filePath(u"none.pem"_s);
    if (what == u"no certificate")
        authority = folder.filePath(u"key.pem"_s);
    const LocalBranch branch({u"--rate"_s, u"0"_s, u"--tls-dir"_s, folder.path()});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    for (const bool isWatch : {false, true}) {
        QStringList arguments = watchOrCheck(isWatch) + QStringList{u"--host"_s, branch.hostPort()};
        if (what != u"system's authorities")
            arguments += {u"--ca-file"_s, authority};
        Program program(arguments);
        QVERIFY2(program.wait() == (words.isEmpty() ? 0 : 4), program.err());
        QVERIFY2(program.err().contains(words), program.err());
        QVERIFY2(!program.err().contains(".cc:"), program.err()); // gRPC's own log
    }
}

void NetworkSuite::oneSideIsEncrypted_data()
{
    QTest::addColumn<bool>("isServer");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("the server") << true << QByteArray("it wants encryption");
    QTest::newRow("vtscope") << false << QByteArray("does not speak TLS on this port");
}

void NetworkSuite::oneSideIsEncrypted()
{
    QFETCH(bool, isServer);
    QFETCH(QByteArray, words);
    const QTemporaryDir folder;
    QStringList options{u"--rate"_s, u"0"_s};
    if (isServer)
        options += {u"--tls-dir"_s, folder.path()};
    const LocalBranch branch(options);
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    for (const bool isWatch : {false, true}) {
        QStringList arguments = watchOrCheck(isWatch) + QStringList{u"--host"_s, branch.hostPort()};
        if (isServer)
            arguments += u"--plaintext"_s;
        Program program(arguments);
        QVERIFY2(program.wait() == 4, program.err());
        QVERIFY2(program.err().contains(words), program.err());
    }
}

void NetworkSuite::proxies_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* what, int code, const char* words) {
        QTest::newRow(what) << what << code << QByteArray(words);
    };
    row("open", 0, "");
    row("with a login", 0, "");
    row("without its login", 3, "asks for a login");
    row("forbidden", 4, "does not allow connections to this host (HTTP 403)");
    row("nobody there", 4, "cannot be reached: the connection was refused");
    row("not HTTP", 2, "The variable https_proxy names no proxy");
    row("not for this host", 4, "The host name db.example.test is not known here");
}

void NetworkSuite::proxies()
{
    QFETCH(QString, what);
    QFETCH(int, code);
    QFETCH(QByteArray, words);
    const LocalBranch branch({u"--rate"_s, u"0"_s});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    ConnectProxy proxy;
    proxy.route("db.example.test:443", branch.hostPort().section(u':', 1).toInt());
    if (what == u"forbidden")
        proxy.refuse(403);
    if (what.contains(u"login"))
        proxy.require("Basic " + QByteArray("zoe:geheim").toBase64().toStdString());
    const QString hostPort = what == u"nobody there" ? u"127.0.0.1:1"_s : QString::fromStdString(proxy.hostPort());
    QStringList variables{(what == u"not HTTP"       ? u"https_proxy=socks5://zoe:geheim@"_s
                           : what == u"with a login" ? u"https_proxy=http://zoe:geheim@"_s
                                                     : u"https_proxy=http://"_s) +
                          hostPort};
    if (what == u"not for this host")
        variables += u"no_proxy=.example.test"_s;
    for (const bool isWatch : {false, true}) {
        Program program(watchOrCheck(isWatch) + u"--plaintext --host db.example.test"_s.split(u' '), variables);
        QVERIFY2(program.wait() == code, program.err());
        QVERIFY2(program.err().contains(words), program.err());
        if (!isWatch && code == 0)
            QVERIFY2(program.out().contains("the proxy " + hostPort.toLatin1()), program.out());
        QVERIFY2(!(program.out() + program.err()).contains("geheim"), program.err());
    }
}

std::unique_ptr<QObject> makeNetworkSuite()
{
    return std::make_unique<NetworkSuite>();
}

} // namespace vtscope::test

#include "tst_network.moc"
