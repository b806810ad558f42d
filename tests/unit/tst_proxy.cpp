// Which proxy the environment names for which host.
#include <QtTest>

#include "streamcore/connection/proxy.h"

namespace vtscope {

using namespace Qt::StringLiterals;

class TestProxy : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { init(); }
    void ways_data();
    void ways();
    void login_data();
    void login();
    void nonsenseIsNotRepeated_data();
    void nonsenseIsNotRepeated();
};

void TestProxy::init()
{
    for (const char* name :
         {"grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy", "no_grpc_proxy", "no_proxy", "NO_PROXY"})
        qunsetenv(name);
}

void TestProxy::ways_data()
{
    QTest::addColumn<QString>("variables"); // NAME=VALUE, separated by |
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("proxy"); // "" for none
    const QString host = u"db.example.com"_s;
    const auto row = [](const char* name, const QString& variables, const QString& to, const QString& proxy) {
        QTest::newRow(name) << variables << to << proxy;
    };
    row("nothing", {}, host, {});
    row("https_proxy", u"https_proxy=http://squid:3128"_s, host, u"squid:3128"_s);
    row("capitals", u"HTTPS_PROXY=http://squid:3128"_s, host, u"squid:3128"_s);
    row("http_proxy", u"http_proxy=http://squid:3128/"_s, host, u"squid:3128"_s);
    row("order", u"http_proxy=http://c:1|https_proxy=http://b:1|grpc_proxy=http://a:1"_s, host, u"a:1"_s);
    row("empty is none", u"https_proxy=|http_proxy=http://squid:3128"_s, host, {});
    row("no scheme", u"https_proxy=squid:3128"_s, host, u"squid:3128"_s);
    row("no port", u"https_proxy=http://squid"_s, host, u"squid:80"_s);
    row("IPv6", u"https_proxy=http://[2001:db8::1]:3128"_s, host, u"[2001:db8::1]:3128"_s);
    const QString squid = u"https_proxy=http://squid:3128|"_s;
    row("localhost", squid, u"localhost"_s, {});
    row("loopback", squid, u"127.0.0.2"_s, {});
    row("loopback of IPv6", squid, u"::1"_s, {});
    row("listed", squid + u"no_proxy=a,db.example.com"_s, host, {});
    row("in other letters", squid + u"no_proxy=EXAMPLE.COM"_s, host, {});
    row("its domain", squid + u"no_proxy= .example.com , a"_s, host, {});
    row("with a star", squid + u"no_proxy=*.example.com"_s, host, {});
    row("all", squid + u"no_proxy=*"_s, host, {});
    row("in capitals", squid + u"NO_PROXY=example.com"_s, host, {});
    row("others", squid + u"no_proxy=example.org,,db.example.com.uk"_s, host, u"squid:3128"_s);
    row("gRPC's own list is the one", squid + u"no_proxy=example.com|no_grpc_proxy=a"_s, host, u"squid:3128"_s);
    row("network", squid + u"no_proxy=10.0.0.0/8"_s, u"10.1.2.3"_s, {});
    row("another network", squid + u"no_proxy=10.0.0.0/8"_s, u"11.1.2.3"_s, u"squid:3128"_s);
    row("network of IPv6", squid + u"no_proxy=2001:db8::/32"_s, u"2001:db8::7"_s, {});
    row("a slash and no network", squid + u"no_proxy=x/y"_s, u"10.1.2.3"_s, u"squid:3128"_s);
    row("nonsense that is not needed", u"https_proxy=socks5://x|no_proxy=example.com"_s, host, {});
}

void TestProxy::ways()
{
    QFETCH(QString, variables);
    QFETCH(QString, host);
    QFETCH(QString, proxy);
    for (const QString& variable : variables.split(u'|', Qt::SkipEmptyParts))
        qputenv(variable.section(u'=', 0, 0).toLatin1().constData(), variable.section(u'=', 1).toLatin1());
    const auto found = proxyFor(host.toStdString());
    QVERIFY2(found, found ? "" : found.error().message.c_str());
    QCOMPARE(QString::fromStdString(*found ? (*found)->endpoint() : std::string()), proxy);
}

void TestProxy::login_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QByteArray>("login");
    QTest::newRow("plain") << QByteArray("zoe:geheim") << QByteArray("zoe:geheim");
    QTest::newRow("encoded") << QByteArray("zo%40e:a%3Ab%2F%20%25") << QByteArray("zo@e:a:b/ %");
    QTest::newRow("no password") << QByteArray("zoe") << QByteArray("zoe:");
}

void TestProxy::login()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, login);
    qputenv("https_proxy", "http://" + written + "@squid:3128");
    const auto found = proxyFor("db.example.com");
    QVERIFY(found && *found);
    QCOMPARE((*found)->endpoint(), std::string("squid:3128"));
    QCOMPARE((*found)->authorization(), "Basic " + login.toBase64().toStdString());
}

void TestProxy::nonsenseIsNotRepeated_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("SOCKS") << QByteArray("socks5://zoe:geheim@squid:1080");
    QTest::newRow("TLS to the proxy") << QByteArray("https://zoe:geheim@squid:3128");
    QTest::newRow("no host") << QByteArray("http://zoe:geheim@");
    QTest::newRow("bad port") << QByteArray("http://zoe:geheim@squid:99999");
    QTest::newRow("words") << QByteArray("geheim geheim");
}

void TestProxy::nonsenseIsNotRepeated()
{
    QFETCH(QByteArray, value);
    qputenv("https_proxy", value);
    const auto found = proxyFor("db.example.com");
    QVERIFY(!found);
    QCOMPARE(found.error().kind, ErrorKind::Usage);
    QVERIFY(found.error().message.find("https_proxy") != std::string::npos);
    QVERIFY((found.error().message + found.error().detail).find("geheim") == std::string::npos);
}

} // namespace vtscope

QTEST_APPLESS_MAIN(vtscope::TestProxy)
#include "tst_proxy.moc"
