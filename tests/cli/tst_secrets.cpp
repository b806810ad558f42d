// Where passwords come from, and that they stand nowhere else: in no file, output, argument list or core dump.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"
#include "tests/support/certificates.h"
#include "tests/support/connectproxy.h"

namespace vtscope::test {

using namespace Qt::StringLiterals;

namespace {

const QByteArray kUser("zoe");
const QByteArray kPassword("pscale_pw_geheim ß");
const QByteArray kAsciiPassword("plain_pw_geheim");
const QByteArray kProxyLogin("squid:proxy_pw_geheim");

QStringList words(const char* text)
{
    return QString::fromUtf8(text).split(u' ', Qt::SkipEmptyParts);
}

// Every form in which a secret could be found.
QByteArrayList formsOf(const QByteArray& user, const QByteArray& password)
{
    const QString text = QString::fromUtf8(password);
    return {password,
            (user + ':' + password).toBase64(),
            password.toBase64(QByteArray::OmitTrailingEquals),
            password.toPercentEncoding(),
            password.toHex(),
            QByteArray(static_cast<const char*>(static_cast<const void*>(text.utf16())), text.size() * 2)};
}

} // namespace

class SecretSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void stayOut_data();
    void stayOut();
    void passwordCommandEndsToo();
    void noCoreDump();

private:
    QString write(const QString& name, const QByteArray& content) const;
    void run(const QStringList& command, int code);
    QByteArray traceIn(const QByteArray& bytes) const;

    QTemporaryDir m_folder; // what the user keeps: not looked into
    std::unique_ptr<LocalBranch> m_basic, m_static, m_encrypted;
    ConnectProxy m_proxy;
    int m_message = 0;

    // Of the row that runs.
    QStringList m_login, m_variables;
    QByteArray m_input;
    QByteArrayList m_forms;
};

QString SecretSuite::write(const QString& name, const QByteArray& content) const
{
    QFile file(m_folder.filePath(name));
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() ? file.fileName() : QString();
}

void SecretSuite::initTestCase()
{
    const auto asking = [&](const QString& password, const QStringList& more) {
        return std::make_unique<LocalBranch>(
            QStringList{QStringLiteral("--schema"), QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/contract/schema"),
                        QStringLiteral("--shards"), QStringLiteral("commerce=2"), QStringLiteral("--rate"),
                        QStringLiteral("0"), QStringLiteral("--user"), QString::fromUtf8(kUser),
                        QStringLiteral("--password-file"), password} +
            more);
    };
    const QString password = write(QStringLiteral("password"), kPassword + "\nnot this\n");
    const QString ascii = write(QStringLiteral("ascii"), kAsciiPassword + "\n");
    write(QStringLiteral("password-wrong"), kPassword + "x\n");
    write(QStringLiteral("ascii-wrong"), kAsciiPassword + "x\n");
    const Certificates certificates = makeCertificates();
    write(QStringLiteral("cert.pem"), QByteArray::fromStdString(certificates.server));
    write(QStringLiteral("key.pem"), QByteArray::fromStdString(certificates.serverKey));
    write(QStringLiteral("ca.pem"), QByteArray::fromStdString(certificates.authority));
    m_basic = asking(password, {});
    m_static = asking(ascii, {QStringLiteral("--services"), QStringLiteral("vtgate")});
    m_encrypted = asking(password, {QStringLiteral("--tls-dir"), m_folder.path()});
    for (const auto* branch : {m_basic.get(), m_static.get(), m_encrypted.get()})
        QVERIFY2(branch->isReady(), qPrintable(branch->why()));
    m_proxy.require("Basic " + kProxyLogin.toBase64().toStdString());
    m_proxy.route("db.example.test:443", m_basic->hostPort().section(u':', 1).toInt());
}

void SecretSuite::stayOut_data()
{
    QTest::addColumn<QString>("server");
    QTest::addColumn<QString>("source");
    for (const char* source : {"file", "input", "command", "variable", "saved"}) {
        for (const char* server : {"basic", "static"})
            QTest::addRow("%s, %s", server, source) << QString::fromLatin1(server) << QString::fromLatin1(source);
    }
    QTest::newRow("encrypted") << u"encrypted"_s << u"file"_s;
    QTest::newRow("through a proxy") << u"proxy"_s << u"file"_s;
}

// What holds a secret, for the failure's message; empty when nothing does.
QByteArray SecretSuite::traceIn(const QByteArray& bytes) const
{
    for (const QByteArray& form : m_forms) {
        if (const qsizetype at = bytes.indexOf(form); at >= 0)
            return bytes.mid(std::max<qsizetype>(0, at - 60), 60 + form.size());
    }
    return {};
}

void SecretSuite::run(const QStringList& command, int code)
{
    Program program(command + m_login, m_variables, m_input);
    QVERIFY2(program.wait() == code, program.err());
    QVERIFY2(traceIn(program.out() + program.err()).isEmpty(), qPrintable(command.join(u' ')));
}

void SecretSuite::stayOut()
{
    QFETCH(QString, server);
    QFETCH(QString, source);
    const bool isStatic = server == u"static";
    const QByteArray password = isStatic ? kAsciiPassword : kPassword;
    const QString file = m_folder.filePath(isStatic ? QStringLiteral("ascii") : QStringLiteral("password"));
    const LocalBranch& branch = isStatic ? *m_static : server == u"encrypted" ? *m_encrypted : *m_basic;
    const QString hostPort = server == u"proxy" ? QStringLiteral("db.example.test:443") : branch.hostPort();
    const QTemporaryDir home;
    m_variables.clear();
    for (const char* variable : {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"})
        m_variables << QLatin1String(variable) + u'=' + home.path();
    m_forms = formsOf(kUser, password);
    if (server == u"proxy") {
        m_variables << QStringLiteral("https_proxy=http://%1@%2")
                           .arg(QString::fromUtf8(kProxyLogin), QString::fromStdString(m_proxy.hostPort()));
        m_forms += formsOf(kProxyLogin.split(':').first(), kProxyLogin.split(':').last());
    }
    m_input.clear();
    const QStringList open = server == u"encrypted"
                                 ? QStringList{QStringLiteral("--ca-file"), m_folder.filePath(QStringLiteral("ca.pem"))}
                                 : words("--plaintext --allow-cleartext-password");
    const QStringList user{QStringLiteral("--username"), QString::fromUtf8(kUser), QStringLiteral("--host"), hostPort};
    m_login = user + open;
    if (source == u"file")
        m_login << QStringLiteral("--password-file") << file;
    if (source == u"command")
        m_login << QStringLiteral("--password-command") << QStringLiteral("cat ") + file;
    if (source == u"variable")
        m_variables << QStringLiteral("PLANETSCALE_PASSWORD=") + QString::fromUtf8(password);
    if (source == u"input") {
        m_login << QStringLiteral("--password-stdin");
        m_input = password + "\r\nnot this";
    }
    if (source == u"saved") {
        m_login = words("--connection shop");
        // The password of another branch is not sent to this one.
        m_variables << QStringLiteral("PLANETSCALE_PASSWORD=other");
        const QJsonObject saved{{QStringLiteral("id"), QStringLiteral("1")},
                                {QStringLiteral("name"), QStringLiteral("shop")},
                                {QStringLiteral("host"), hostPort.section(u':', 0, 0)},
                                {QStringLiteral("port"), hostPort.section(u':', 1).toInt()},
                                {QStringLiteral("username"), QString::fromUtf8(kUser)},
                                {QStringLiteral("plaintext"), true},
                                {QStringLiteral("allowCleartextPassword"), true},
                                {QStringLiteral("passwordFrom"), QStringLiteral("command")},
                                {QStringLiteral("passwordPlace"), QStringLiteral("cat ") + file}};
        QVERIFY(QDir(home.path()).mkpath(QStringLiteral("vtscope")));
        QFile list(home.filePath(QStringLiteral("vtscope/connections.json")));
        QVERIFY(list.open(QIODevice::WriteOnly));
        list.write(QJsonDocument(
                       QJsonObject{{QStringLiteral("version"), 1}, {QStringLiteral("connections"), QJsonArray{saved}}})
                       .toJson());
    }

    // A message to acknowledge.
    ConnectionSettings settings = plaintextSettings(branch.hostPort());
    settings.username = kUser.toStdString();
    settings.allowsCleartextPassword = true;
    settings.isPlaintext = server != u"encrypted";
    settings.caFile = settings.isPlaintext ? std::string() : m_folder.filePath(QStringLiteral("ca.pem")).toStdString();
    const auto connection = check(settings, Secret(password.toStdString()));
    QVERIFY(connection);
    (*connection)->unlock(std::chrono::minutes(1));
    const QString id = QString::number(++m_message);
    SqlSession sql(**connection, "commerce");
    QVERIFY(sql.execute(Statement::write("insert into mailcols (id, payload) values (" + id.toStdString() + ", 'x')")));

    const auto in = [&home](const char* name) { return home.filePath(QLatin1String(name)); };
    run(words("check"), 0);
    run(words("discover"), 0);
    run(words("queue ack --keyspace commerce --table mailcols --yes --id") << id, 0);
    run(words("watch --keyspace commerce --table mailcols --position copy --count 1 --format ndjson")
            << u"--out"_s << in("out.ndjson") << u"--cursor-file"_s << in("cursor") << u"--capture"_s
            << in("copy.vtcap"),
        0);
    const QStringList watch = words("watch --keyspace commerce --table items --format csv --capture");
    for (const bool isKilled : {false, true}) {
        Program program(watch + QStringList{in(isKilled ? "killed.vtcap" : "live.vtcap")} + m_login, m_variables,
                        m_input);
        QVERIFY2(program.waitForOutput([](const QByteArray& out) { return out.contains("_time"); }), program.err());
        for (const char* what : {"cmdline", "environ"}) {
            QFile seen(QStringLiteral("/proc/%1/%2").arg(program.process().processId()).arg(QLatin1String(what)));
            const bool isOfTheUser = *what == 'e' && (source == u"variable" || server == u"proxy");
            if (!isOfTheUser && seen.open(QIODevice::ReadOnly))
                QVERIFY2(traceIn(seen.readAll()).isEmpty(), what);
        }
        if (isKilled)
            program.process().kill();
        else
            program.terminate();
        QCOMPARE(program.wait(), isKilled ? -1 : 143);
        QVERIFY2(traceIn(program.out() + program.err()).isEmpty(), program.err());
    }
    // What is refused tells no more.
    if (source == u"file") {
        m_login.last() += QStringLiteral("-wrong");
        run(words("check"), 3);
        run(words("watch --keyspace commerce --table items"), 3);
        m_login.last() = file;
        m_login[m_login.indexOf(hostPort)] = QStringLiteral("127.0.0.1:1");
        run(words("check"), 4);
    }

    int files = 0;
    bool hasActions = false;
    QDirIterator all(home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile left(all.next());
        QVERIFY(left.open(QIODevice::ReadOnly));
        const QByteArray bytes = left.readAll();
        ++files;
        hasActions |= bytes.contains("update `mailcols`");
        QVERIFY2(traceIn(bytes).isEmpty(), qPrintable(left.fileName()));
    }
    QVERIFY2(files >= 6 && hasActions, qPrintable(QString::number(files)));
}

void SecretSuite::passwordCommandEndsToo()
{
    const QString file = m_folder.filePath(QStringLiteral("pid"));
    Program program(at(words("check --username zoe --allow-cleartext-password"))
                    << QStringLiteral("--password-command")
                    << QStringLiteral("echo $$ > %1.new; mv %1.new %1; exec sleep 1000").arg(file));
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), Program::kPatience);
    QFile pid(file);
    QVERIFY(pid.open(QIODevice::ReadOnly));
    const int command = pid.readAll().trimmed().toInt();
    QCOMPARE(::kill(command, 0), 0);
    program.terminate();
    program.wait();
    // Gone, or waiting for somebody to ask how it ended.
    const auto isOver = [command] {
        QFile status(QStringLiteral("/proc/%1/stat").arg(command));
        return !status.open(QIODevice::ReadOnly) || status.readAll().contains(") Z");
    };
    QTRY_VERIFY_WITH_TIMEOUT(isOver(), Program::kPatience);
}

namespace {

// Whether a process that runs this dies of SEGV with a core dump. -1: it could not be tried.
int dumpsCore(const QStringList& command, const QString& folder, const std::function<bool()>& hasBegun)
{
    std::vector<QByteArray> texts;
    for (const QString& word : command)
        texts.push_back(word.toLocal8Bit());
    std::vector<char*> arguments;
    for (QByteArray& text : texts)
        arguments.push_back(text.data());
    arguments.push_back(nullptr);
    const QByteArray place = folder.toLocal8Bit();
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
        if (::setrlimit(RLIMIT_CORE, &unlimited) == 0 && ::chdir(place.constData()) == 0)
            ::execv(arguments.front(), arguments.data());
        ::_exit(1);
    }
    const bool isReady = child > 0 && QTest::qWaitFor(hasBegun, Program::kPatience);
    ::kill(child, SIGQUIT); // dumps core, and no sanitizer takes it
    int status = 0;
    ::waitpid(child, &status, 0);
    return isReady && WIFSIGNALED(status) ? WCOREDUMP(status) : -1;
}

} // namespace

void SecretSuite::noCoreDump()
{
    const QTemporaryDir folder;
    QElapsedTimer since;
    since.start();
    if (dumpsCore({QStringLiteral("/bin/sleep"), QStringLiteral("100")}, folder.path(),
                  [&since] { return since.elapsed() > 200; }) != 1 << 7)
        QSKIP("No program dumps core on this machine.");
    const QString capture = folder.filePath(QStringLiteral("live.vtcap"));
    const int dumped =
        dumpsCore(QStringList{programPath()} +
                      words("watch --keyspace commerce --table items --username zoe --plaintext "
                            "--allow-cleartext-password --host") +
                      QStringList{m_basic->hostPort(), QStringLiteral("--password-file"),
                                  m_folder.filePath(QStringLiteral("password")), QStringLiteral("--capture"), capture},
                  folder.path(), [&capture] { return QFile::exists(capture); });
    QCOMPARE(dumped, 0);
}

std::unique_ptr<QObject> makeSecretSuite()
{
    return std::make_unique<SecretSuite>();
}

} // namespace vtscope::test

#include "tst_secrets.moc"
