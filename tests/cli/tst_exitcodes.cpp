// How it ends, whatever goes wrong; and where passwords come from and never stand.
#include <signal.h>

#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

namespace vtscope::test {

namespace {

const QByteArray kPassword("pscale_pw_geheim ß");

QStringList words(const char* text)
{
    return QString::fromUtf8(text).split(u' ', Qt::SkipEmptyParts);
}

const QString kSchema = QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/contract/schema");

} // namespace

class ExitCodeSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void usage_data();
    void usage();
    void help_data();
    void help();
    void namesThatAreNotThere_data();
    void namesThatAreNotThere();
    void connections_data();
    void connections();
    void positions_data();
    void positions();
    void serverThatGoesAway();
    void outputs_data();
    void outputs();
    void damagedCaptures_data();
    void damagedCaptures();
    void interrupted();
    void passwords_data();
    void passwords();
    void roleReader();

private:
    QStringList watchItems() const { return at(words("watch --keyspace commerce --table items")); }
    void write(const QString& name, const QByteArray& content) const;

    QTemporaryDir m_folder;
    std::unique_ptr<LocalBranch> m_asking; // for a login
    std::unique_ptr<LocalBranch> m_reader;
};

void ExitCodeSuite::write(const QString& name, const QByteArray& content) const
{
    QFile file(m_folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(content);
}

void ExitCodeSuite::initTestCase()
{
    write(QStringLiteral("password"), kPassword + "\n");
    write(QStringLiteral("wrong"), "wrong\n");
    const QStringList schema{QStringLiteral("--schema"), kSchema,
                             QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                             QStringLiteral("--rate"),   QStringLiteral("0")};
    m_asking = std::make_unique<LocalBranch>(schema + QStringList{QStringLiteral("--user"), QStringLiteral("zoe"),
                                                                  QStringLiteral("--password-file"),
                                                                  m_folder.filePath(QStringLiteral("password"))});
    m_reader = std::make_unique<LocalBranch>(schema + QStringList{QStringLiteral("--role"), QStringLiteral("reader")});
    QVERIFY2(m_asking->isReady() && m_reader->isReady(), qPrintable(m_asking->why() + m_reader->why()));
}

void ExitCodeSuite::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList();
    QTest::newRow("no such command") << words("wacht");
    QTest::newRow("no such option") << words("watch --tabel t");
    QTest::newRow("no host") << words("watch --keyspace commerce --table items");
    QTest::newRow("loopback without port") << words("check --host 127.0.0.1 --plaintext");
    QTest::newRow("host and connection") << words("check --host 127.0.0.1:1 --connection x");
    QTest::newRow("no such connection") << words("check --connection nosuch");
    QTest::newRow("no keyspace") << at(words("watch --table items"));
    QTest::newRow("no table") << at(words("watch --keyspace commerce"));
    QTest::newRow("count 0") << at(words("watch --keyspace commerce --table items --count 0"));
    QTest::newRow("count x") << at(words("watch --keyspace commerce --table items --count 5x"));
    QTest::newRow("duration") << at(words("watch --keyspace commerce --table items --duration soon"));
    QTest::newRow("format") << at(words("watch --keyspace commerce --table items --format xml"));
    QTest::newRow("source") << at(words("watch --keyspace commerce --table items --source binlog"));
    QTest::newRow("tablet type") << at(words("watch --keyspace commerce --table items --tablet-type spare"));
    QTest::newRow("position file") << at(words("watch --keyspace commerce --table items --position @/nonexistent"));
    QTest::newRow("two passwords") << at(words("check --password-stdin --password-file /dev/null"));
    QTest::newRow("password file") << at(words("check --username zoe --password-file /nonexistent"));
    QTest::newRow("password as a value") << at(words("check --username zoe --password geheim"));
    QTest::newRow("cleartext") << (at(words("check --username zoe"))
                                   << QStringLiteral("--password-command") << QStringLiteral("echo secret"));
    QTest::newRow("export of nothing") << words("export");
    QTest::newRow("export format") << words("export x.vtcap --format xml");
    QTest::newRow("queue of nothing") << words("queue");
    QTest::newRow("ack without ids") << at(words("queue ack --keyspace commerce --table mail"));
    QTest::newRow("too many") << at(words("check extra"));
}

void ExitCodeSuite::usage()
{
    QFETCH(QStringList, arguments);
    Program program(arguments);
    QCOMPARE(program.wait(), 2);
    QVERIFY(!program.err().isEmpty());
    QVERIFY2(program.out().isEmpty(), program.out());
}

void ExitCodeSuite::help_data()
{
    QTest::addColumn<QStringList>("arguments");
    for (const char* command : {"--help", "--version", "check --help", "discover --help", "watch --help",
                                "export --help", "queue list --help", "queue ack --help", "queue subscribe --help"})
        QTest::newRow(command) << words(command);
}

void ExitCodeSuite::help()
{
    QFETCH(QStringList, arguments);
    Program program(arguments);
    QCOMPARE(program.wait(), 0);
    QVERIFY(!program.out().isEmpty());
    QVERIFY2(program.err().isEmpty(), program.err());
}

void ExitCodeSuite::namesThatAreNotThere_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("near");
    QTest::newRow("keyspace") << at(words("watch --keyspace comerce --table items")) << QByteArray("commerce");
    QTest::newRow("table") << at(words("watch --keyspace commerce --table itms")) << QByteArray("items");
    QTest::newRow("shard") << at(words("watch --keyspace commerce --table items --shard -8")) << QByteArray("-80");
    QTest::newRow("discover") << at(words("discover --keyspace commerz")) << QByteArray("commerce");
    QTest::newRow("queue's keyspace") << at(words("queue list --keyspace comerce --table mail"))
                                      << QByteArray("commerce");
}

void ExitCodeSuite::namesThatAreNotThere()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, near);
    Program program(arguments);
    QCOMPARE(program.wait(), 2);
    QVERIFY2(program.err().contains("Did you mean " + near), program.err());
    QVERIFY(program.out().isEmpty());
}

void ExitCodeSuite::connections_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    const QString asking = m_asking->hostPort();
    const QString wrong = m_folder.filePath(QStringLiteral("wrong"));
    const auto to = [](const QString& host, const char* options) {
        return words(options) + QStringList{QStringLiteral("--host"), host};
    };
    QTest::newRow("refused") << to(QStringLiteral("127.0.0.1:1"), "check --plaintext") << 4;
    QTest::newRow("unknown host") << to(QStringLiteral("no-such-host.invalid"), "check") << 4;
    QTest::newRow("no TLS there") << to(asking, "check") << 4;
    QTest::newRow("no login") << to(asking, "check --plaintext") << 3;
    QTest::newRow("wrong password")
        << (to(asking, "check --plaintext --allow-cleartext-password --username zoe --password-file") << wrong) << 3;
    QTest::newRow("discover too") << to(asking, "discover --plaintext") << 3;
    QTest::newRow("watch too") << to(QStringLiteral("127.0.0.1:1"),
                                     "watch --plaintext --keyspace commerce --table items")
                               << 4;
    QTest::newRow("password command fails")
        << (to(asking, "check --plaintext --allow-cleartext-password --username zoe --password-command")
            << QStringLiteral("exit 3"))
        << 3;
}

void ExitCodeSuite::connections()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    // The option that takes a value stands last in the words: put the host in front.
    const qsizetype host = arguments.indexOf(QStringLiteral("--host"));
    if (host + 2 < arguments.size()) {
        const QString value = arguments.takeLast();
        arguments.insert(host, value);
    }
    Program program(arguments);
    QCOMPARE(program.wait(), code);
    QVERIFY(program.err().startsWith("vtscope-cli: "));
}

void ExitCodeSuite::positions_data()
{
    QTest::addColumn<QString>("position");
    QTest::newRow("malformed") << "yesterday";
    QTest::newRow("foreign") << "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
    QTest::newRow("cut JSON") << "{\"shardGtids\":[";
}

void ExitCodeSuite::positions()
{
    QFETCH(QString, position);
    Program program(watchItems() + QStringList{QStringLiteral("--shard"), QStringLiteral("-80"),
                                               QStringLiteral("--position"), position});
    QCOMPARE(program.wait(), 5);
    QVERIFY(!program.err().isEmpty());
}

void ExitCodeSuite::serverThatGoesAway()
{
    LocalBranch branch({QStringLiteral("--schema"), kSchema, QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                        QStringLiteral("--rate"), QStringLiteral("0")});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    auto connection = check(plaintextSettings(branch.hostPort()), Secret());
    QVERIFY(connection);
    (*connection)->unlock(std::chrono::minutes(1));
    SqlSession sql(**connection, "commerce");
    Program program(words("watch --keyspace commerce --table items --format csv --plaintext --host") +
                    QStringList{branch.hostPort()});
    int id = 0;
    QVERIFY(program.waitForOutput([&](const QByteArray& out) {
        (void)sql.execute(Statement::write("insert into items (id) values (" + std::to_string(++id) + ")"));
        return out.count('\n') > 3;
    }));
    branch.kill();
    QCOMPARE(program.wait(), 6);
    QVERIFY(program.err().startsWith("vtscope-cli: "));
    QVERIFY(program.out().endsWith('\n')); // what came is there, in whole lines
}

void ExitCodeSuite::outputs_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("no such folder") << (watchItems() << words("--out /nonexistent/out.csv"));
    QTest::newRow("full") << (watchItems() << words("--format csv --out /dev/full"));
    QTest::newRow("capture without a folder") << (watchItems() << words("--count 1 --capture /nonexistent/x.vtcap"));
    QTest::newRow("disk floor") << (watchItems() << words("--count 1 --disk-floor 9000000000000000000"));
}

void ExitCodeSuite::outputs()
{
    QFETCH(QStringList, arguments);
    Program program(arguments);
    QCOMPARE(program.waitWhile([] {
        server().sql("insert into items (id) values (" + std::to_string(QDateTime::currentMSecsSinceEpoch()) + ")");
    }),
             8);
    QVERIFY2(program.err().startsWith("vtscope-cli: "), program.err());
}

void ExitCodeSuite::damagedCaptures_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("text") << QByteArray("this is no capture\n");
    QTest::newRow("empty") << QByteArray();
    QByteArray future("vtscope capture\n");
    future += QByteArray("\x63\x00\x00\x00\x40\x00\x00\x00", 8) + QByteArray(40, '\0');
    QTest::newRow("a version to come") << future;
}

void ExitCodeSuite::damagedCaptures()
{
    QFETCH(QByteArray, content);
    write(QStringLiteral("damaged.vtcap"), content);
    const QString out = m_folder.filePath(QStringLiteral("out.csv"));
    Program program(
        {QStringLiteral("export"), m_folder.filePath(QStringLiteral("damaged.vtcap")), QStringLiteral("--out"), out});
    QCOMPARE(program.wait(), 9);
    QVERIFY(program.err().startsWith("vtscope-cli: "));
    QVERIFY(!QFileInfo::exists(out)); // complete or absent
}

void ExitCodeSuite::interrupted()
{
    for (const auto& [number, code] : {std::pair{SIGTERM, 143}, std::pair{SIGINT, 130}}) {
        Program program(watchItems() + words("--format csv"));
        QVERIFY(program.waitForOutput([](const QByteArray& out) { return out.contains('\n'); }));
        ::kill(static_cast<pid_t>(program.process().processId()), number);
        QCOMPARE(program.wait(), code);
    }
}

void ExitCodeSuite::passwords_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QStringList>("variables");
    QTest::addColumn<QByteArray>("input");
    const QString file = m_folder.filePath(QStringLiteral("password"));
    QTest::newRow("file") << QStringList{QStringLiteral("--password-file"), file} << QStringList() << QByteArray();
    QTest::newRow("standard input") << words("--password-stdin") << QStringList() << kPassword + "\r\nnot this";
    QTest::newRow("command") << QStringList{QStringLiteral("--password-command"), QStringLiteral("cat ") + file}
                             << QStringList() << QByteArray();
    QTest::newRow("environment") << QStringList()
                                 << QStringList{QStringLiteral("PLANETSCALE_PASSWORD=") + QString::fromUtf8(kPassword)}
                                 << QByteArray();
}

void ExitCodeSuite::passwords()
{
    QFETCH(QStringList, options);
    QFETCH(QStringList, variables);
    QFETCH(QByteArray, input);
    const QString capture = m_folder.filePath(QString::fromLatin1(QTest::currentDataTag()) + QStringLiteral(".vtcap"));
    Program program(words("watch --plaintext --allow-cleartext-password --username zoe --keyspace commerce --table "
                          "items --format csv --host") +
                        QStringList{m_asking->hostPort(), QStringLiteral("--capture"), capture} + options,
                    variables, input);
    QVERIFY2(program.waitForOutput([](const QByteArray& out) { return out.contains("_time"); }), program.err());
    QFile commandLine(QStringLiteral("/proc/%1/cmdline").arg(program.process().processId()));
    QVERIFY(commandLine.open(QIODevice::ReadOnly));
    const QByteArray seen = commandLine.readAll();
    QVERIFY(seen.contains("--username"));
    QVERIFY(!seen.contains("geheim"));
    program.terminate();
    QCOMPARE(program.wait(), 143);
    QVERIFY(!program.out().contains("geheim") && !program.err().contains("geheim"));
    QFile kept(capture);
    QVERIFY(kept.open(QIODevice::ReadOnly));
    QVERIFY(!kept.readAll().contains("geheim"));
}

void ExitCodeSuite::roleReader()
{
    const QStringList host{QStringLiteral("--host"), m_reader->hostPort(), QStringLiteral("--plaintext")};
    Program list(words("queue list --keyspace commerce --table mail") + host);
    QCOMPARE(list.wait(), 0);
    Program ack(words("queue ack --keyspace commerce --table mail --id 1 --yes") + host);
    QCOMPARE(ack.wait(), 3);
    QVERIFY2(ack.err().contains("reader"), ack.err());
    Program subscribe(words("queue subscribe --keyspace commerce --table mail --count 1 --yes") + host);
    QCOMPARE(subscribe.wait(), 3);
}

std::unique_ptr<QObject> makeExitCodeSuite()
{
    return std::make_unique<ExitCodeSuite>();
}

} // namespace vtscope::test

#include "tst_exitcodes.moc"
