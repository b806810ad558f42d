// Getting in: logins, roles, TLS, and hosts that offer part of the APIs or none. Only the local branch can be made to
// ask for it.
#include <QTemporaryDir>
#include <QtTest>

#include "streamcore/branch/branch.h"
#include "streamcore/queue/queue.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"
#include "tests/support/certificates.h"
#include "tests/support/rawserver.h"

namespace vtscope::test {

namespace {

// At PlanetScale a login travels as base64; a vtgate takes it as it is, and then only as ASCII.
const char* const kUser = "zoë";
const Secret kPassword("pscale_pw_ß:with:colons ");
const char* const kAsciiUser = "zoe";
const Secret kAsciiPassword("plain:with:colons and blanks");

// A local branch with the contract's schema and these options.
struct Branch
{
    explicit Branch(QStringList options)
        : local(options + QStringList{QStringLiteral("--schema"),
                                      QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/contract/schema"),
                                      QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                                      QStringLiteral("--rate"), QStringLiteral("0")})
    {
        settings = plaintextSettings(local.isReady() ? local.hostPort() : QStringLiteral("127.0.0.1:1"));
    }

    LocalBranch local;
    ConnectionSettings settings;
};

void writeFile(const QString& path, std::string_view content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content.data(), static_cast<qsizetype>(content.size()));
}

} // namespace

class LoginSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void login_data();
    void login();
    void cleartextNeedsASecondYes();
    void readerMayNotAcknowledge();
    void certificate_data();
    void certificate();
    void tlsAtAPlaintextPort();
    void plaintextAtATlsPort();
    void hostsThatAreNotThere_data();
    void hostsThatAreNotThere();
    void partOfTheServices_data();
    void partOfTheServices();

private:
    QStringList asking(const char* services) const;

    QTemporaryDir m_folder;
};

void LoginSuite::initTestCase()
{
    QVERIFY(m_folder.isValid());
    writeFile(m_folder.filePath(QStringLiteral("password")), kPassword.reveal());
    writeFile(m_folder.filePath(QStringLiteral("ascii")), kAsciiPassword.reveal());
}

QStringList LoginSuite::asking(const char* services) const
{
    const bool isVtgate = std::string_view(services) == "vtgate";
    return {QStringLiteral("--services"),
            QLatin1String(services),
            QStringLiteral("--user"),
            QString::fromUtf8(isVtgate ? kAsciiUser : kUser),
            QStringLiteral("--password-file"),
            m_folder.filePath(isVtgate ? QStringLiteral("ascii") : QStringLiteral("password"))};
}

void LoginSuite::login_data()
{
    QTest::addColumn<QString>("services");
    QTest::addColumn<QString>("user");
    QTest::addColumn<bool>("isPasswordRight");
    QTest::addColumn<bool>("works");
    for (const char* services : {"psdb,connect,vtgate", "psdb,connect", "vtgate"}) {
        const QString user = QString::fromUtf8(std::string_view(services) == "vtgate" ? kAsciiUser : kUser);
        QTest::addRow("%s: right", services) << QString::fromLatin1(services) << user << true << true;
        QTest::addRow("%s: wrong password", services) << QString::fromLatin1(services) << user << false << false;
        QTest::addRow("%s: wrong user", services) << QString::fromLatin1(services) << user + u'x' << true << false;
        QTest::addRow("%s: nobody", services) << QString::fromLatin1(services) << QString() << false << false;
    }
}

void LoginSuite::login()
{
    QFETCH(QString, services);
    QFETCH(QString, user);
    QFETCH(bool, isPasswordRight);
    QFETCH(bool, works);
    Branch branch(asking(services.toLatin1().constData()));
    QVERIFY2(branch.local.isReady(), qPrintable(branch.local.why()));
    branch.settings.username = user.toStdString();
    branch.settings.allowsCleartextPassword = true;
    const Secret secret = user.isEmpty()          ? Secret()
                          : !isPasswordRight      ? Secret("wrong")
                          : services == u"vtgate" ? kAsciiPassword
                                                  : kPassword;
    const auto connection = check(branch.settings, secret);
    QCOMPARE(connection.has_value(), works);
    if (!works) {
        QCOMPARE(connection.error().error.kind, ErrorKind::Login);
        QCOMPARE(connection.error().step, Tick::Step::Login);
        QCOMPARE(connection.error().fix, Fix::Password);
        QVERIFY(connection.error().error.message.find("wrong") == std::string::npos);
        return;
    }
    QVERIFY(discover(**connection));
    Watcher watcher(*connection);
    WatchRequest request = server().watch({"orders"});
    request.source = defaultSource(**connection);
    QVERIFY2(watcher.open(request), watcher.story());
}

void LoginSuite::cleartextNeedsASecondYes()
{
    Branch branch(asking("psdb,connect,vtgate"));
    branch.settings.username = kUser;
    const auto refused = check(branch.settings, kPassword);
    QVERIFY(!refused);
    QCOMPARE(refused.error().error.kind, ErrorKind::Usage);
    branch.settings.isOnThisMachine = true; // our own child process
    QVERIFY(check(branch.settings, kPassword));
}

void LoginSuite::readerMayNotAcknowledge()
{
    Branch branch({QStringLiteral("--services"), QStringLiteral("psdb,connect"), QStringLiteral("--role"),
                   QStringLiteral("reader")});
    QVERIFY2(branch.local.isReady(), qPrintable(branch.local.why()));
    const auto connection = check(branch.settings, Secret());
    QVERIFY(connection);
    QCOMPARE((*connection)->facts().role, std::string("reader"));
    QVERIFY(!(*connection)->canWrite());
    (*connection)->unlock(std::chrono::seconds(60));
    AckPlan plan;
    plan.table = {"commerce", "mailcols", {"-80", "80-"}};
    const auto result = acknowledge(**connection, plan);
    QVERIFY(!result);
    QCOMPARE(result.error().kind, ErrorKind::Role);
    Watcher watcher(*connection);
    watcher.session().start(SubscribeRequest{"commerce", {}, "mail"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Role);
    // Looking is allowed.
    QVERIFY(readQueue(**connection, plan.table, Capture::createUnnamed(0).value()));
}

void LoginSuite::certificate_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("fix");
    QTest::newRow("good") << "good" << -1;
    QTest::newRow("unknown authority") << "unknown" << int(Fix::CaFile);
    QTest::newRow("system's authorities") << "system" << int(Fix::CaFile);
    QTest::newRow("another name") << "name" << -1;
    QTest::newRow("expired") << "expired" << -1;
    QTest::newRow("no such file") << "missing" << int(Fix::CaFile);
}

void LoginSuite::certificate()
{
    QFETCH(QString, what);
    QFETCH(int, fix);
    const std::vector<std::string> names = what == u"name" ? std::vector<std::string>{"db.example.com"}
                                                           : std::vector<std::string>{"localhost", "127.0.0.1"};
    const Certificates certificates =
        makeCertificates(names, what == u"expired" ? std::chrono::seconds(-3600) : std::chrono::seconds(86400));
    QTemporaryDir folder;
    writeFile(folder.filePath(QStringLiteral("cert.pem")), certificates.server);
    writeFile(folder.filePath(QStringLiteral("key.pem")), certificates.serverKey);
    writeFile(folder.filePath(QStringLiteral("ca.pem")),
              what == u"unknown" ? makeCertificates().authority : certificates.authority);
    Branch branch(asking("psdb,connect,vtgate") + QStringList{QStringLiteral("--tls-dir"), folder.path()});
    QVERIFY2(branch.local.isReady(), qPrintable(branch.local.why()));
    branch.settings.isPlaintext = false;
    branch.settings.username = kUser;
    if (what != u"system")
        branch.settings.caFile =
            folder.filePath(what == u"missing" ? QStringLiteral("none.pem") : QStringLiteral("ca.pem")).toStdString();
    const auto connection = check(branch.settings, kPassword);
    QCOMPARE(connection.has_value(), what == u"good");
    if (!connection) {
        QCOMPARE(connection.error().error.kind, ErrorKind::Tls);
        if (fix >= 0)
            QCOMPARE(int(connection.error().fix), fix);
        qInfo("%s", connection.error().error.message.c_str());
        return;
    }
    Watcher watcher(*connection);
    WatchRequest request = server().watch({"orders"});
    request.source = Source::Sync;
    QVERIFY2(watcher.open(request), watcher.story());
}

void LoginSuite::tlsAtAPlaintextPort()
{
    Branch branch({});
    branch.settings.isPlaintext = false;
    const auto connection = check(branch.settings, Secret());
    QVERIFY(!connection);
    QCOMPARE(connection.error().error.kind, ErrorKind::Tls);
    QCOMPARE(connection.error().step, Tick::Step::Tls);
    QCOMPARE(connection.error().fix, Fix::WithoutEncryption);
}

void LoginSuite::plaintextAtATlsPort()
{
    QTemporaryDir folder;
    Branch branch({QStringLiteral("--tls-dir"), folder.path()}); // it makes its certificate itself
    QVERIFY2(branch.local.isReady(), qPrintable(branch.local.why()));
    const auto connection = check(branch.settings, Secret());
    QVERIFY(!connection);
    QVERIFY(!connection.error().error.message.empty());
    QCOMPARE(connection.error().step, Tick::Step::Login);
}

void LoginSuite::hostsThatAreNotThere_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<int>("kind");
    QTest::newRow("unknown name") << "name" << int(ErrorKind::NameNotFound);
    QTest::newRow("refused") << "refused" << int(ErrorKind::NotReachable);
    QTest::newRow("old web server") << "http1" << int(ErrorKind::NoService);
    QTest::newRow("web server") << "http2" << int(ErrorKind::NoService);
    QTest::newRow("mysql") << "mysql" << int(ErrorKind::NoService);
}

void LoginSuite::hostsThatAreNotThere()
{
    QFETCH(QString, what);
    QFETCH(int, kind);
    RawServer raw(what == u"http1"   ? RawServer::http1()
                  : what == u"mysql" ? RawServer::mysqlGreeting()
                                     : RawServer::http2NotFound());
    ConnectionSettings settings = plaintextSettings(QString::fromStdString(raw.hostPort()));
    if (what == u"name")
        settings.host = "no-such-host.invalid";
    if (what == u"refused")
        settings.port = 1;
    std::vector<Tick> failed;
    const auto connection = check(settings, Secret(), [&](const Tick& tick) {
        if (tick.state == Tick::State::Failed)
            failed.push_back(tick);
    });
    QVERIFY(!connection);
    qInfo("%s", connection.error().error.message.c_str());
    QCOMPARE(failed.size(), std::size_t{1});
    QCOMPARE(failed[0].step, connection.error().step);
    if (what == u"http1" || what == u"mysql") // gRPC does not tell what it met there
        QVERIFY(connection.error().error.kind == ErrorKind::NoService ||
                connection.error().error.kind == ErrorKind::Unavailable ||
                connection.error().error.kind == ErrorKind::NotReachable);
    else
        QCOMPARE(int(connection.error().error.kind), kind);
}

void LoginSuite::partOfTheServices_data()
{
    QTest::addColumn<QString>("services");
    QTest::addColumn<bool>("works");
    QTest::addColumn<int>("source");
    QTest::newRow("psdb, connect") << "psdb,connect" << true << int(Source::Sync);
    QTest::newRow("psdb, vtgate") << "psdb,vtgate" << true << int(Source::VStream);
    QTest::newRow("vtgate") << "vtgate" << true << int(Source::VStream);
    QTest::newRow("connect alone") << "connect" << false << -1;
    QTest::newRow("none") << "none" << false << -1;
}

void LoginSuite::partOfTheServices()
{
    QFETCH(QString, services);
    QFETCH(bool, works);
    QFETCH(int, source);
    Branch branch({QStringLiteral("--services"), services});
    QVERIFY2(branch.local.isReady(), qPrintable(branch.local.why()));
    const auto connection = check(branch.settings, Secret());
    QCOMPARE(connection.has_value(), works);
    if (!works) {
        QCOMPARE(connection.error().error.kind, ErrorKind::NoService);
        QVERIFY2(connection.error().error.message.find("neither") != std::string::npos,
                 connection.error().error.message.c_str());
        return;
    }
    QCOMPARE(int(defaultSource(**connection)), source);
    QVERIFY(discover(**connection));
    Watcher watcher(*connection);
    WatchRequest request = server().watch({"orders"});
    request.source = defaultSource(**connection);
    QVERIFY2(watcher.open(request), watcher.story());
    // Sync is found out when it is opened.
    if (services == u"psdb,vtgate") {
        Watcher sync(*connection);
        request.source = Source::Sync;
        sync.session().start(request);
        QVERIFY2(sync.waitForEnd(), sync.story());
        QCOMPARE(sync.session().error()->kind, ErrorKind::NoService);
    }
}

std::unique_ptr<QObject> makeLoginSuite()
{
    return std::make_unique<LoginSuite>();
}

} // namespace vtscope::test

#include "tst_login.moc"
