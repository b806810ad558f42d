// watch in troubles that only a server of scripts has when a test wants them.
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "streamcore/capture/ledger.h"
#include "streamcore/position/cursorfile.h"
#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/wire/vtgate.h"

using namespace Qt::StringLiterals;

namespace vtscope::test {

namespace {

const char* const kStream = "select * from";
const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562:";

QStringList watch(const ScriptedServer& server, const QString& options)
{
    return u"watch --plaintext --keyspace solo --table t --format ndjson --host"_s.split(u' ') +
           QStringList{QString::fromStdString(server.hostPort())} + options.split(u' ', Qt::SkipEmptyParts);
}

// Broken, and what is asked then is answered: the log from there on is gone.
void purge(ScriptedServer& server)
{
    answer(server, "gtid_purged", resultOf({"gtid_subset"}, {{"0"}}));
}

QStringList idsIn(const QByteArray& text)
{
    QStringList ids;
    for (const QByteArray& line : linesOf(text))
        ids << QJsonDocument::fromJson(line)[u"after"_s][u"id"_s].toVariant().toString();
    return ids;
}

} // namespace

class TroubleSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysHowItsStreamLives();
    void positionIsPurged();
    void startsAnew_data();
    void startsAnew();
    void goesOnWithACaptureAnew();
    void passesOverWhatIsTooLarge();
};

// Clock, throttling, silence, and that each is over.
void TroubleSuite::saysHowItsStreamLives()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream,
              Script()
                  .send(goodResponse("1", "one", 7))
                  .send(heartbeat(std::chrono::hours(-1), "online-ddl"))
                  .waitFor("silence")
                  .send(heartbeat(std::chrono::hours(-1)))
                  .staySilent(),
              kStream);
    Program program(watch(server, u"--format table"_s));
    const auto says = [&](const QByteArray& words) {
        return QTest::qWaitFor([&] { return program.err().contains(words); }, Program::kPatience);
    };
    QVERIFY2(says("the server's clock is 3600 s behind this one's"), program.err());
    QVERIFY2(says("the server holds the stream back: online-ddl."), program.err());
    QVERIFY2(says("nothing has come for 20 s, not even a heartbeat."), program.err());
    server.release("silence");
    QVERIFY2(says("the server is heard again."), program.err());
    QVERIFY2(says("the server holds the stream back no longer."), program.err());
    program.terminate();
    QCOMPARE(program.wait(), 143);
    QCOMPARE(program.err().count("clock is"), 1);
}

void TroubleSuite::positionIsPurged()
{
    ScriptedServer server;
    playVtgate(server);
    server.on(kVStream, Script().send(goodResponse("1", "one", 7)).finish(grpc::StatusCode::UNAVAILABLE, "gone"),
              kStream);
    purge(server);
    Program program(watch(server, {}));
    QCOMPARE(program.wait(), 5);
    QVERIFY2(program.err().contains("they were purged"), program.err());
    Program wrong(watch(server, u"--if-lost later"_s));
    QCOMPARE(wrong.wait(), 2);
    QVERIFY2(wrong.err().contains("--if-lost is end, now or copy, not later."), wrong.err());
}

void TroubleSuite::startsAnew_data()
{
    QTest::addColumn<QString>("how");
    QTest::addColumn<QByteArray>("position");
    QTest::newRow("now") << u"now"_s << QByteArray("current");
    QTest::newRow("copy") << u"copy"_s << QByteArray();
}

// In the same output, with a cursor file that goes on behind the gap.
void TroubleSuite::startsAnew()
{
    QFETCH(QString, how);
    QFETCH(QByteArray, position);
    const QTemporaryDir folder;
    const QString cursor = folder.filePath(u"cursor"_s), out = folder.filePath(u"out"_s);
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, Script().send(goodResponse("1", "one", 7)).finish(grpc::StatusCode::UNAVAILABLE, "gone"),
                kStream);
    Script rest;
    rest.send(responseOf({vgtidEvent(19)})).send(goodResponse("2", "two", 20));
    if (how == u"copy")
        rest.send(responseOf({eventOf(binlogdata::COPY_COMPLETED)})).send(responseOf({vgtidEvent(20)}));
    server.on(kVStream, rest.staySilent(), kStream);
    purge(server);
    Program program(watch(server, u"--cursor-file %1 --out %2 --count 2 --if-lost %3"_s.arg(cursor, out, how)));
    QVERIFY2(program.wait() == 0, program.err());
    QVERIFY2(program.err().contains("starting anew"), program.err());
    vtgate::VStreamRequest asked;
    QVERIFY(asked.ParseFromString(server.calls(kVStream).back().request));
    QCOMPARE(asked.vgtid().shard_gtids(0).gtid(), position.toStdString());
    QFile file(out);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(idsIn(file.readAll()), (QStringList{u"1"_s, u"2"_s}));
    const auto kept = CursorFile::read(cursor.toStdString());
    QVERIFY(kept && *kept);
    QCOMPARE((*kept)->positions.size(), std::size_t{1});
    QCOMPARE((*kept)->positions.front().gtid, "MySQL56/" + kUuid + "1-20");
    if (how == u"now")
        QVERIFY2(program.err().contains(QByteArray::fromStdString("changes of MySQL56/" + kUuid + "8-19 are missing")),
                 program.err());
}

// The first one ended at a position that is not there any more when the second one begins.
void TroubleSuite::goesOnWithACaptureAnew()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"c.vtcap"_s);
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream, Script().send(goodResponse("1", "one", 7)).staySilent(), kStream);
    server.once(kVStream, Script().send(responseOf({vgtidEvent(19)})).send(goodResponse("2", "two", 20)).staySilent(),
                kStream);
    const QString options = u"--count 1 --capture %1 --continue"_s.arg(path);
    Program first(watch(server, options));
    QVERIFY2(first.wait() == 0, first.err());
    purge(server);
    Program refused(watch(server, options));
    QVERIFY2(refused.wait() == 5, refused.out() + refused.err());
    Program second(watch(server, options + u" --if-lost now"_s));
    QVERIFY2(second.wait() == 0, second.err());
    QCOMPARE(idsIn(second.out()), QStringList{u"2"_s});
    const auto capture = Capture::open(path.toStdString());
    QVERIFY(capture);
    QCOMPARE((*capture)->changes(), std::uint64_t{2});
    const Ledger ledger = ledgerOf(**capture);
    QCOMPARE(ledger.gaps(), std::size_t{1});
    QCOMPARE(ledger.accounts.front().gaps.front().missing, "MySQL56/" + kUuid + "8-19");
    Program written({u"export"_s, path, u"--format"_s, u"ndjson"_s, u"--events"_s});
    QCOMPARE(written.wait(), 0);
    QStringList events;
    for (const QByteArray& line : linesOf(written.out())) {
        const QJsonDocument object = QJsonDocument::fromJson(line);
        events << (object[u"op"_s] == u"event"_s ? object[u"event"_s] : object[u"op"_s]).toString();
    }
    QCOMPARE(events, (QStringList{u"insert"_s, u"Gap"_s, u"insert"_s}));
}

void TroubleSuite::passesOverWhatIsTooLarge()
{
    ScriptedServer server;
    playVtgate(server);
    server.once(kVStream,
                Script()
                    .send(goodResponse("1", "one", 7))
                    .finish(grpc::StatusCode::RESOURCE_EXHAUSTED, "trying to send message larger than max (17 vs. 16)"),
                kStream);
    server.on(kVStream, Script().send(responseOf({vgtidEvent(8)})).send(goodResponse("2", "two", 9)).staySilent(),
              kStream);
    Program program(watch(server, u"--count 2 --if-lost now"_s));
    QVERIFY2(program.wait() == 0, program.err());
    QVERIFY2(program.err().contains(QByteArray::fromStdString("changes of MySQL56/" + kUuid + "8 are missing")),
             program.err());
}

std::unique_ptr<QObject> makeTroubleSuite()
{
    return std::make_unique<TroubleSuite>();
}

} // namespace vtscope::test

#include "tst_troubles.moc"
