// How it ends, whatever goes wrong.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

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
    void columnsThatCameLaterAreNamed();
    void outputs_data();
    void outputs();
    void nothingIsTouchedByARunThatNeverBegins_data();
    void nothingIsTouchedByARunThatNeverBegins();
    void aFileIsNotBothCaptureAndOutput();
    void damagedCaptures_data();
    void damagedCaptures();
    void bentCaptures();
    void interrupted();
    void interruptedBeforeAReaderThatStandsStill();
    void writesNeedTheActionLog();
    void brokenListOfConnections();
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
    m_reader = std::make_unique<LocalBranch>(schema + words("--role reader --tablet-search-seconds 1"));
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
    QTest::newRow("no time") << (watchItems() << words("--position") << QStringLiteral("near noon"));
    QTest::newRow("no keyspace in also") << (watchItems() << words("--also notes"));
    QTest::newRow("chunk 0") << (watchItems() << words("--chunk 0"));
    for (const char* duration : {"soon", "inf", "nan", "1e300h", "600h", "0.1ms", "-1s"})
        QTest::addRow("duration %s", duration)
            << (at(words("watch --keyspace commerce --table items --duration")) << QString::fromLatin1(duration));
    for (const char* bytes : {"abc", "1x", "-5", "1e3"})
        QTest::addRow("disk floor %s", bytes)
            << (at(words("watch --keyspace commerce --table items --disk-floor")) << QString::fromLatin1(bytes));
    QTest::newRow("filter") << (at(words("watch --keyspace commerce --table items --filter"))
                                << QStringLiteral("op == update"));
    QTest::newRow("column in a filter") << (at(words("watch --keyspace commerce --table items --filter"))
                                            << QStringLiteral("nmae = 'x'"));
    QTest::newRow("format") << at(words("watch --keyspace commerce --table items --format xml"));
    QTest::newRow("source") << at(words("watch --keyspace commerce --table items --source binlog"));
    QTest::newRow("tablet type") << at(words("watch --keyspace commerce --table items --tablet-type spare"));
    QTest::newRow("position file") << at(words("watch --keyspace commerce --table items --position @/nonexistent"));
    QTest::newRow("two passwords") << at(words("check --password-stdin --password-file /dev/null"));
    QTest::newRow("password without a user") << at(words("check --password-file /dev/null"));
    QTest::newRow("password file") << at(words("check --username zoe --password-file /nonexistent"));
    QTest::newRow("password as a value") << at(words("check --username zoe --password geheim"));
    QTest::newRow("cleartext") << (at(words("check --username zoe"))
                                   << QStringLiteral("--password-command") << QStringLiteral("echo secret"));
    QTest::newRow("export of nothing") << words("export");
    QTest::newRow("export format") << words("export x.vtcap --format xml");
    QTest::newRow("delimiter") << words("export x.vtcap --delimiter ab");
    QTest::newRow("text for NULL") << words("export x.vtcap --null a,b");
    QTest::newRow("quotes") << words("export x.vtcap --quote some");
    QTest::newRow("zone") << words("export x.vtcap --zone Europe/Atlantis");
    QTest::newRow("zone of a number") << words("export x.vtcap --time ms --zone UTC");
    QTest::newRow("time") << words("export x.vtcap --time late");
    QTest::newRow("numbers") << words("export x.vtcap --format ndjson --numbers some");
    QTest::newRow("binary") << words("export x.vtcap --binary octal");
    QTest::newRow("column") << at(words("watch --keyspace commerce --table items --columns id,nmae"));
    QTest::newRow("masked column") << at(words("watch --keyspace commerce --table items --mask nmae"));
    for (const char* rotation : {"", "size:0", "size:5X", "time:soon", "size:1,size:2", "lines:5"})
        QTest::newRow(qPrintable(QStringLiteral("rotation ") + QLatin1String(rotation)))
            << (at(words("watch --keyspace commerce --table items --out /nonexistent/x --rotate"))
                << QLatin1String(rotation));
    QTest::newRow("rotation of a pipe") << at(words("watch --keyspace commerce --table items --rotate size:1M"));
    QTest::newRow("queue of nothing") << words("queue");
    QTest::newRow("queue format") << at(words("queue list --keyspace commerce --table mail --format xml"));
    QTest::newRow("queue table to a file")
        << at(words("queue list --keyspace commerce --table mail --out /nonexistent/x"));
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
    QTest::newRow("no GTID") << "{\"shardGtids\":[{\"keyspace\":\"commerce\",\"shard\":\"-80\"}]}";
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
    Program program(words("watch --keyspace commerce --table items --format csv --no-retry --plaintext --host") +
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

void ExitCodeSuite::columnsThatCameLaterAreNamed()
{
    LocalBranch branch({QStringLiteral("--schema"), kSchema, QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                        QStringLiteral("--rate"), QStringLiteral("0")});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    const auto connection = check(plaintextSettings(branch.hostPort()), Secret());
    QVERIFY(connection);
    (*connection)->unlock(std::chrono::minutes(1));
    SqlSession sql(**connection, "commerce");
    Program program(words("watch --keyspace commerce --table items --format csv --plaintext --host") +
                    QStringList{branch.hostPort()});
    int id = 0;
    const auto grows = [&](const QByteArray& out) {
        (void)sql.execute(Statement::write("insert into items (id) values (" + std::to_string(++id) + ")"));
        return out.count('\n') > 1 && program.err().contains("came later") == (id > 1000);
    };
    QVERIFY2(program.waitForOutput(grows), program.err());
    QVERIFY(sql.execute(Statement::write("alter table items add column later int")));
    id = 1000;
    QVERIFY2(program.waitForOutput(grows), program.err());
    program.terminate();
    QCOMPARE(program.wait(), 143);
    QCOMPARE(program.err().count("column later came later and is not in the header"), 1);
    QVERIFY(!linesOf(program.out()).first().contains("later"));
}

void ExitCodeSuite::outputs_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("no such folder") << (watchItems() << words("--out /nonexistent/out.csv"));
    QTest::newRow("full") << (watchItems() << words("--format csv --out /dev/full"));
    QTest::newRow("capture without a folder") << (watchItems() << words("--count 1 --capture /nonexistent/x.vtcap"));
    QTest::newRow("full, discover") << at(words("discover"));
    QTest::newRow("full, check") << at(words("check"));
    QTest::newRow("disk floor") << (watchItems() << words("--count 1 --disk-floor 9000000000000000000"));
}

void ExitCodeSuite::outputs()
{
    QFETCH(QStringList, arguments);
    const bool isPiped = QString::fromLatin1(QTest::currentDataTag()).startsWith(QStringLiteral("full, "));
    const auto program = isPiped
                             ? std::make_unique<Program>(arguments, Program::Reader{{}, QStringLiteral("/dev/full")})
                             : std::make_unique<Program>(arguments);
    QCOMPARE(program->waitWhile([] {
        server().sql("insert into items (id) values (" + std::to_string(QDateTime::currentMSecsSinceEpoch()) + ")");
    }),
             8);
    QVERIFY2(program->err().startsWith("vtscope-cli: "), program->err());
}

void ExitCodeSuite::nothingIsTouchedByARunThatNeverBegins_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("name") << words("watch --keyspace commerce --table item");
    QTest::newRow("position") << (words("watch --keyspace commerce --table items --shard -80 --position")
                                  << QStringLiteral("MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5"));
    // Only the server can tell, after some time.
    QTest::newRow("refused when it is opened")
        << words("watch --keyspace commerce --table items --shard -80 --position MariaDB/0-41983-20");
}

void ExitCodeSuite::nothingIsTouchedByARunThatNeverBegins()
{
    QFETCH(QStringList, arguments);
    write(QStringLiteral("precious.csv"), "precious\n");
    const QString precious = m_folder.filePath(QStringLiteral("precious.csv"));
    const QString capture = m_folder.filePath(QStringLiteral("never.vtcap"));
    const QString fresh = m_folder.filePath(QStringLiteral("never.csv"));
    for (const QString& out : {precious, fresh, QStringLiteral("-")}) {
        Program program(arguments + words("--plaintext --host")
                        << m_reader->hostPort() << words("--format csv --capture") << capture << QStringLiteral("--out")
                        << out);
        QVERIFY(program.wait() != 0);
        QVERIFY2(program.out().isEmpty(), program.out());
        QVERIFY(!QFileInfo::exists(capture) && !QFileInfo::exists(capture + QStringLiteral(".idx")));
        QVERIFY(!QFileInfo::exists(fresh));
    }
    QFile file(precious);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("precious\n"));
}

void ExitCodeSuite::aFileIsNotBothCaptureAndOutput()
{
    const QString capture = m_folder.filePath(QStringLiteral("both.vtcap"));
    Program watch(watchItems() << QStringLiteral("--capture") << capture << QStringLiteral("--out") << capture);
    QCOMPARE(watch.wait(), 2);
    QVERIFY(!QFileInfo::exists(capture));

    Program filled(watchItems() << words("--count 3 --capture") << capture);
    QCOMPARE(filled.waitWhile([] {
        server().sql("insert into items (id) values (" + std::to_string(QDateTime::currentMSecsSinceEpoch()) + ")");
    }),
             0);
    const qint64 size = QFileInfo(capture).size();
    const QString link = m_folder.filePath(QStringLiteral("link.csv"));
    QVERIFY(QFile::link(capture, link));
    for (const QString& out : {capture, link}) {
        Program exported({QStringLiteral("export"), capture, QStringLiteral("--out"), out});
        QCOMPARE(exported.wait(), 2);
        QCOMPARE(QFileInfo(capture).size(), size);
    }
    // A link to another file is followed.
    write(QStringLiteral("target.csv"), "old\n");
    const QString other = m_folder.filePath(QStringLiteral("other.csv"));
    QVERIFY(QFile::link(m_folder.filePath(QStringLiteral("target.csv")), other));
    Program followed({QStringLiteral("export"), capture, QStringLiteral("--out"), other});
    QCOMPARE(followed.wait(), 0);
    QVERIFY(QFileInfo(other).isSymLink());
    QFile target(m_folder.filePath(QStringLiteral("target.csv")));
    QVERIFY(target.open(QIODevice::ReadOnly));
    QVERIFY(target.readAll().startsWith("_time,"));
}

void ExitCodeSuite::bentCaptures()
{
    const QString path = m_folder.filePath(QStringLiteral("whole.vtcap"));
    Program filled(watchItems() << words("--count 20 --format csv --capture") << path);
    // One at a time from the first on: rows that come together share a message, and so its damage.
    qsizetype seen = 0;
    QCOMPARE(filled.waitWhile([&] {
        const qsizetype lines = filled.out().count('\n');
        if (lines > 0 && lines == seen)
            return;
        seen = lines;
        server().sql("insert into items (id, name) values (" + std::to_string(QDateTime::currentMSecsSinceEpoch()) +
                     ", 'willow')");
    }),
             0);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    const qsizetype value = bytes.indexOf("willow");
    QVERIFY(value > 0);
    bytes[value] = 'W';
    write(QStringLiteral("bent.vtcap"), bytes);
    Program sealed({QStringLiteral("export"), m_folder.filePath(QStringLiteral("bent.vtcap"))});
    QCOMPARE(sealed.wait(), 9);
    QVERIFY2(sealed.err().contains("damaged"), sealed.err());
    QVERIFY(sealed.out().count('\n') > 20);

    // Without its foot it is walked: the message is left out, those after it are not.
    write(QStringLiteral("bent.vtcap"), bytes.left(bytes.lastIndexOf("willow") + 400));
    Program walked({QStringLiteral("export"), m_folder.filePath(QStringLiteral("bent.vtcap"))});
    QCOMPARE(walked.wait(), 9);
    QVERIFY2(walked.err().contains("1 messages were left out"), walked.err());
    QVERIFY(walked.out().contains("willow"));
    QVERIFY(!walked.out().contains("Willow"));
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

void ExitCodeSuite::interruptedBeforeAReaderThatStandsStill()
{
    const QString pipe = m_folder.filePath(QStringLiteral("pipe"));
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    const int reader = ::open(QFile::encodeName(pipe).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(reader >= 0);
    Program program(watchItems() << words("--format csv --position copy --out") << pipe);
    // Until the pipe is full: no more goes in for a while.
    server().sql("delete from items");
    int waiting = 0, same = 0;
    for (int id = 1; same < 300; ++id) {
        server().sql("insert into items (id, name) values (" + std::to_string(id) +
                     ", 'thirty letters in each of them')");
        const int before = waiting;
        QCOMPARE(::ioctl(reader, FIONREAD, &waiting), 0);
        same = waiting > 0 && waiting == before ? same + 1 : 0;
    }
    program.terminate();
    QCOMPARE(program.wait(), 143);
    ::close(reader);
}

void ExitCodeSuite::writesNeedTheActionLog()
{
    server().sql("insert into mail (id, payload) values (77, 'kept')");
    const QStringList nowhere{QStringLiteral("XDG_STATE_HOME=/proc/nonexistent")};
    Program ack(at(words("queue ack --keyspace commerce --table mail --id 77 --yes")), nowhere);
    QCOMPARE(ack.wait(), 8);
    QVERIFY2(ack.err().contains("action log"), ack.err());
    const QueryRows rows = server().sql("select time_acked from mail where id = 77");
    QVERIFY(rows.rows.size() == 1 && !rows.rows[0][0]);
    Program subscribe(at(words("queue subscribe --keyspace commerce --table mail --yes --count 1")), nowhere);
    QCOMPARE(subscribe.wait(), 8);
    server().sql("delete from mail");
}

void ExitCodeSuite::brokenListOfConnections()
{
    QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("vtscope")));
    write(QStringLiteral("vtscope/connections.json"), "{ cut");
    Program program(words("check --connection x"), QStringList{QStringLiteral("XDG_CONFIG_HOME=") + m_folder.path()});
    QCOMPARE(program.wait(), 2);
    QVERIFY2(program.err().contains("connections.json cannot be read"), program.err());
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

    // A vtgate does not tell the role; its refusal is the same.
    LocalBranch vtgate({QStringLiteral("--schema"), kSchema, QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                        QStringLiteral("--rate"), QStringLiteral("0"), QStringLiteral("--role"),
                        QStringLiteral("reader"), QStringLiteral("--services"), QStringLiteral("vtgate"),
                        QStringLiteral("--data"), m_folder.filePath(QStringLiteral("data"))});
    QVERIFY2(vtgate.isReady(), qPrintable(vtgate.why()));
    Program refused(words("queue subscribe --keyspace commerce --table mail --count 1 --yes --plaintext --host") +
                    QStringList{vtgate.hostPort()});
    QCOMPARE(refused.wait(), 3);
}

std::unique_ptr<QObject> makeExitCodeSuite()
{
    return std::make_unique<ExitCodeSuite>();
}

} // namespace vtscope::test

#include "tst_exitcodes.moc"
