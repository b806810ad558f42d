// --cursor-file and --stop-position: runs that are interrupted again and again hold each change exactly once.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "streamcore/capture/ledger.h"
#include "streamcore/position/cursorfile.h"
#include "streamcore/position/positiontext.h"
#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

using namespace Qt::StringLiterals;

namespace vtscope::test {

namespace {

constexpr int kInterruptions = 6; // of each row of data, unless VTSCOPE_TRIALS says how many

int interruptions()
{
    bool isTold = false;
    const int told = qEnvironmentVariableIntValue("VTSCOPE_TRIALS", &isTold);
    return isTold ? told : kInterruptions;
}

QStringList words(const char* text)
{
    return QString::fromUtf8(text).split(u' ', Qt::SkipEmptyParts);
}

// What happened to each key, in order: "insert 7", "update 8", "delete".
using Log = std::map<std::string, std::vector<std::string>>;

// Writes transactions of several rows and keeps a log of its own.
class Writer
{
public:
    // writesNotes: also into another keyspace.
    explicit Writer(std::uint32_t seed, bool writesNotes = false) : m_random(seed), m_writesNotes(writesNotes) {}

    void operator()()
    {
        if (m_writesNotes && pick(0, 2) == 0) {
            const std::string id = std::to_string(++m_value);
            m_log["notes " + id].emplace_back("insert 0");
            ++m_changes;
            server().sqlAt("solo", {"insert into notes (id) values (" + id + ")"});
            return;
        }
        std::vector<std::string> statements{"begin"};
        for (int left = pick(1, 5); left > 0; --left)
            statements.push_back(change());
        statements.emplace_back("commit");
        server().sqlAt("commerce", statements);
    }
    const Log& log() const { return m_log; }
    std::size_t changes() const { return m_changes; }

private:
    int pick(int least, int most) { return std::uniform_int_distribution(least, most)(m_random); }

    std::string change()
    {
        const std::string id = std::to_string(pick(1, 40)), value = std::to_string(++m_value);
        std::vector<std::string>& history = m_log[id];
        ++m_changes;
        if (history.empty() || history.back() == "delete") {
            history.push_back("insert " + value);
            return "insert into items (id, name, qty) values (" + id + ", 'n', " + value + ")";
        }
        if (pick(0, 3) == 0) {
            history.emplace_back("delete");
            return "delete from items where id = " + id;
        }
        history.push_back("update " + value);
        return "update items set qty = " + value + " where id = " + id;
    }

    std::mt19937 m_random;
    bool m_writesNotes;
    Log m_log;
    std::size_t m_changes = 0;
    int m_value = 0;
};

QByteArray contentsOf(const QString& path)
{
    if (path.endsWith(u".gz") || path.endsWith(u".zst")) {
        QProcess unpack;
        unpack.start(path.endsWith(u".gz") ? QStringLiteral("gzip") : QStringLiteral("zstd"),
                     {QStringLiteral("-dcq"), path});
        unpack.waitForFinished();
        return unpack.exitCode() == 0 ? unpack.readAllStandardOutput()
                                      : "not readable: " + unpack.readAllStandardError();
    }
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("not there");
}

// Of the lines of NDJSON, or of a CSV with one header.
Log logIn(const QByteArray& text, bool isCsv)
{
    Log log;
    const QList<QByteArray> lines = linesOf(text);
    for (qsizetype i = isCsv ? 1 : 0; i < lines.size(); ++i) {
        QByteArray op, id, qty, table;
        if (isCsv) {
            const QList<QByteArray> fields = fieldsOf(lines[i]);
            if (fields.size() != 12) {
                log["broken"].push_back(lines[i].toStdString());
                continue;
            }
            op = fields[4];
            id = fields[6];
            qty = fields[9];
        } else {
            const QJsonObject line = QJsonDocument::fromJson(lines[i]).object();
            op = line[u"op"].toString().toUtf8();
            if (line[u"table"] != u"items"_s)
                table = line[u"table"].toString().toUtf8() + ' ';
            const QJsonValue key = line[op == "delete" ? u"before" : u"after"][u"id"];
            id = key.isString() ? key.toString().toUtf8() : QByteArray::number(key.toInteger());
            qty = QByteArray::number(line[u"after"][u"qty"].toInteger());
        }
        log[(table + id).toStdString()].push_back((op == "delete" ? op : op + " " + qty).toStdString());
    }
    return log;
}

QByteArray difference(const Log& expected, const Log& found)
{
    QByteArray text;
    for (const Log* log : {&expected, &found}) {
        for (const auto& [key, history] : *log) {
            const auto one = expected.find(key), other = found.find(key);
            if (one != expected.end() && other != found.end() && one->second == other->second)
                continue;
            text += (log == &expected ? "expected of " : "found of ") + QByteArray::fromStdString(key) + ":";
            for (const std::string& change : history)
                text += " " + QByteArray::fromStdString(change) + ",";
            text += "\n";
        }
    }
    return text;
}

// Where both shards of commerce are now, and that of solo if it counts, as a VGTID.
std::string executed(bool isOfSolo = false)
{
    std::vector<ShardPosition> positions;
    std::vector<ShardPosition> shards{{"commerce", "-80", {}}, {"commerce", "80-", {}}};
    if (isOfSolo)
        shards.push_back({"solo", "0", {}});
    for (const ShardPosition& shard : shards) {
        const QueryRows rows =
            server().sqlAt(shard.keyspace + ":" + shard.shard, {"select @@global.gtid_executed as executed"});
        positions.push_back({shard.keyspace, shard.shard, "MySQL56/" + rows.text(0, "executed")});
    }
    return positionText(positions);
}

} // namespace

class CursorSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void interruptedAtAnyMoment_data();
    void interruptedAtAnyMoment();
    void captureIsGoneOnWith_data();
    void captureIsGoneOnWith();
    void captureOfAnotherStream_data();
    void captureOfAnotherStream();
    void interruptedInsideACopy_data();
    void interruptedInsideACopy();
    void syncIsAtLeastOnce();
    void countEndsBehindATransaction();
    void idleStreamsGoOn();
    void stopsAtAPosition_data();
    void stopsAtAPosition();
    void stopsAfterASize();
    void cursorOfAnotherRun_data();
    void cursorOfAnotherRun();
    void anotherOutput();
    void whereItCannotBeWritten();
    void standardOutputIsAtLeastOnce();
    void oneRunAtATime();

private:
    QString file(const char* name) const { return m_folder.filePath(QLatin1String(name)); }
    QStringList watch(const char* options) const
    {
        return at(words("watch --quiet --keyspace commerce --table items") + words(options) +
                  QStringList{QStringLiteral("--cursor-file"), file("cursor")});
    }

    QTemporaryDir m_folder;
};

void CursorSuite::init()
{
    server().sql("delete from items");
    server().sql("delete from orders");
    server().sqlAt("solo", {"delete from notes"});
    for (const QFileInfo& old : QDir(m_folder.path()).entryInfoList(QDir::Files))
        QFile::remove(old.filePath());
}

void CursorSuite::interruptedAtAnyMoment_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("options");
    QTest::newRow("ndjson") << QStringLiteral("out.ndjson") << QStringLiteral("--format ndjson");
    QTest::newRow("csv") << QStringLiteral("out.csv") << QStringLiteral("--format csv");
    QTest::newRow("gzip") << QStringLiteral("out.csv.gz") << QStringLiteral("--format csv");
    QTest::newRow("zstd") << QStringLiteral("out.ndjson.zst") << QStringLiteral("--format ndjson");
    QTest::newRow("one file after the other")
        << QStringLiteral("out.ndjson") << QStringLiteral("--format ndjson --rotate size:20K");
    QTest::newRow("two keyspaces") << QStringLiteral("out.ndjson")
                                   << QStringLiteral("--format ndjson --also solo.notes");
    QTest::newRow("one packed file after the other")
        << QStringLiteral("out.csv.gz") << QStringLiteral("--format csv --rotate size:2K");
}

void CursorSuite::interruptedAtAnyMoment()
{
    QFETCH(QString, name);
    QFETCH(QString, options);
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
    const bool hasNotes = options.contains(u"also");
    Writer write(seed, hasNotes);
    const bool isCsv = options.contains(u"csv");
    const QStringList arguments =
        watch(options.toLatin1().constData()) + QStringList{QStringLiteral("--out"), m_folder.filePath(name)};
    int terminated = 0, killed = 0;
    for (int i = 0; i < interruptions(); ++i) {
        Program program(arguments);
        // Before the first cursor there is nothing to go on from.
        if (i == 0)
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
        QElapsedTimer timer;
        const int moment = pick(0, 1500);
        for (timer.start(); timer.elapsed() < moment;)
            write();
        if (program.process().state() == QProcess::NotRunning)
            QVERIFY2(false, program.err());
        if (pick(0, 1) == 0) {
            // At first it does not look at signals yet.
            program.terminate();
            const int code = program.wait();
            QVERIFY2(code == 143 || program.process().exitStatus() == QProcess::CrashExit, program.err());
            ++terminated;
        } else {
            program.process().kill();
            program.process().waitForFinished();
            ++killed;
        }
        for (int more = pick(0, 10); more > 0; --more)
            write();
    }
    Program last(arguments +
                 QStringList{QStringLiteral("--stop-position"), QString::fromStdString(executed(hasNotes))});
    QVERIFY2(last.wait() == 0, last.err());

    Log found;
    if (options.contains(u"rotate")) {
        QStringList files;
        for (const QFileInfo& one :
             QDir(m_folder.path()).entryInfoList({QStringLiteral("out-*")}, QDir::Files, QDir::Name))
            files.append(one.filePath());
        QVERIFY(interruptions() < 3 || files.size() > 2);
        for (const QString& one : std::as_const(files)) {
            for (const auto& [key, history] : logIn(contentsOf(one), isCsv))
                found[key].insert(found[key].end(), history.begin(), history.end());
        }
    } else {
        found = logIn(contentsOf(m_folder.filePath(name)), isCsv);
    }
    const QByteArray wrong = difference(write.log(), found);
    QVERIFY2(wrong.isEmpty(), "seed " + QByteArray::number(seed) + "\n" + wrong);
    qInfo("%d times TERM, %d times KILL, %zu changes, each there once", terminated, killed, write.changes());
}

void CursorSuite::captureIsGoneOnWith_data()
{
    QTest::addColumn<QString>("options");
    QTest::newRow("one keyspace") << QString();
    QTest::newRow("two keyspaces") << QStringLiteral("--also solo.notes");
}

void CursorSuite::captureIsGoneOnWith()
{
    QFETCH(QString, options);
    const bool hasNotes = !options.isEmpty();
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    const auto pick = [&](int least, int most) { return std::uniform_int_distribution(least, most)(random); };
    Writer write(seed, hasNotes);
    const QStringList arguments =
        at(words("watch --quiet --keyspace commerce --table items --format ndjson --continue --position") +
           QStringList{QString::fromStdString(executed(hasNotes)), QStringLiteral("--capture"), file("c.vtcap")} +
           options.split(u' ', Qt::SkipEmptyParts));
    int terminated = 0, killed = 0;
    for (int i = 0; i < interruptions(); ++i) {
        Program program(arguments);
        QElapsedTimer timer;
        const int moment = pick(0, 1500);
        for (timer.start(); timer.elapsed() < moment;)
            write();
        if (pick(0, 1) == 0) {
            program.terminate();
            const int code = program.wait();
            QVERIFY2(code == 143 || program.process().exitStatus() == QProcess::CrashExit, program.err());
            ++terminated;
        } else {
            QVERIFY2(program.process().state() != QProcess::NotRunning, program.err());
            program.process().kill();
            program.process().waitForFinished();
            ++killed;
        }
        for (int more = pick(0, 10); more > 0; --more)
            write();
    }
    Program last(arguments +
                 QStringList{QStringLiteral("--stop-position"), QString::fromStdString(executed(hasNotes))});
    QVERIFY2(last.wait() == 0, last.err());
    const QByteArray which = "seed " + QByteArray::number(seed) + "\n";
    Program print({QStringLiteral("export"), file("c.vtcap"), QStringLiteral("--format"), QStringLiteral("ndjson")});
    QVERIFY2(print.wait() == 0, which + print.err());
    const QByteArray wrong = difference(write.log(), logIn(print.out(), false));
    QVERIFY2(wrong.isEmpty(), which + wrong);
    // It says of itself that nothing is missing.
    const auto capture = Capture::open(file("c.vtcap").toStdString());
    QVERIFY(capture);
    const Ledger ledger = ledgerOf(**capture);
    QVERIFY2(ledger.isComplete(), (which.toStdString() + ledger.words()).c_str());
    QCOMPARE(ledger.accounts.size(), std::size_t(hasNotes ? 3 : 2));
    for (const Ledger::Account& account : ledger.accounts)
        QVERIFY(account.received.value_or(0) > 0);
    qInfo("%d times TERM, %d times KILL, %zu changes, each there once", terminated, killed, write.changes());
}

void CursorSuite::captureOfAnotherStream_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<QByteArray>("words");
    const auto row = [](const char* name, const char* options, const char* words) {
        QTest::newRow(name) << QString::fromLatin1(options) << QByteArray(words);
    };
    row("table", "--table orders --continue", "This capture is of table items, not orders.");
    row("shard", "--table items --shard -80 --continue", "This capture is of shard -80, 80-, not -80.");
    row("source", "--table items --source sync --continue", "This capture is of VStream, not Sync.");
    row("keyspace", "--table items --also solo.notes --continue", "This capture is of other keyspaces than solo.");
    row("cursor file", "--table items --continue --cursor-file nowhere", "both say where to go on");
    row("not asked to", "--table items", "File exists");
}

void CursorSuite::captureOfAnotherStream()
{
    QFETCH(QString, options);
    QFETCH(QByteArray, words);
    const QString path = file("other.vtcap");
    Program made(
        at(::vtscope::test::words("watch --quiet --keyspace commerce --table items --duration 100ms --capture") +
           QStringList{path}));
    QVERIFY2(made.wait() == 0, made.err());
    QFile before(path);
    QVERIFY(before.open(QIODevice::ReadOnly));
    const QByteArray bytes = before.readAll();
    Program program(at(QStringList{QStringLiteral("watch"), QStringLiteral("--keyspace"), QStringLiteral("commerce")} +
                       options.split(u' ') + QStringList{QStringLiteral("--capture"), path}));
    QCOMPARE(program.wait(), options.contains(u"continue") ? 2 : 8);
    QVERIFY2(program.err().contains(words), program.err());
    QFile after(path);
    QVERIFY(after.open(QIODevice::ReadOnly));
    QVERIFY(after.readAll() == bytes);
}

void CursorSuite::interruptedInsideACopy_data()
{
    QTest::addColumn<QString>("tables");
    QTest::newRow("one table") << QStringLiteral("--table parts");
    QTest::newRow("tables, one of them empty") << QStringLiteral("--table emptyt --table items --table parts");
}

void CursorSuite::interruptedInsideACopy()
{
    QFETCH(QString, tables);
    constexpr int kRows = 400, kRowsAtOnce = 50;
    server().sql("delete from parts");
    const std::string text(20'000, 'x');
    for (int id = 0; id < kRows; id += kRowsAtOnce) {
        std::string insert = "insert into parts (id, n, txt) values ", other = "insert into items (id, name) values ";
        for (int i = id; i < id + kRowsAtOnce; ++i) {
            insert += (i > id ? ", (" : "(") + std::to_string(i) + ", " + std::to_string(i) + ", '" + text + "')";
            other += (i > id ? ", (" : "(") + std::to_string(i) + ", 'short')";
        }
        server().sql(insert);
        server().sql(other);
    }
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    const QStringList arguments =
        at(words("watch --quiet --keyspace commerce --position copy --format ndjson") + tables.split(u' ') +
           QStringList{QStringLiteral("--cursor-file"), file("cursor"), QStringLiteral("--out"), file("out")});
    for (int i = 0; i < interruptions(); ++i) {
        Program program(arguments);
        QTest::qWait(static_cast<int>(random() % 700));
        program.process().kill();
        program.process().waitForFinished();
    }
    Program last(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromStdString(executed())});
    QVERIFY2(last.wait() == 0, last.err());
    std::map<QString, std::map<QString, int>> seen;
    for (const QByteArray& line : linesOf(contentsOf(file("out")))) {
        const QJsonObject change = QJsonDocument::fromJson(line).object();
        QVERIFY2(change[u"copy"].toBool(), line.left(300));
        const QJsonValue id = change[u"after"][u"id"];
        ++seen[change[u"table"].toString()][id.isString() ? id.toString() : QString::number(id.toInteger())];
    }
    const QByteArray which = "seed " + QByteArray::number(seed);
    QVERIFY2(seen.size() == std::size_t(tables.contains(u"items") ? 2 : 1), which);
    for (const auto& [table, rows] : seen) {
        QVERIFY2(rows.size() == kRows,
                 which + ": " + table.toUtf8() + " has " + QByteArray::number(qulonglong(rows.size())));
        QVERIFY2(std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.second == 1; }), which);
    }
    server().sql("delete from parts");
}

void CursorSuite::syncIsAtLeastOnce()
{
    const QStringList arguments =
        at(words("watch --quiet --source sync --keyspace commerce --table items --table orders "
                 "--format ndjson --cursor-file") +
           QStringList{file("cursor"), QStringLiteral("--out"), file("out")});
    std::vector<std::string> expected;
    int id = 0;
    for (int i = 0; i < interruptions(); ++i) {
        Program program(arguments);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
        for (int more = 0; more < 20; ++more) {
            const std::string key = std::to_string(++id);
            server().sql("insert into items (id, qty) values (" + key + ", 1)");
            server().sql("insert into orders (id, customer, total) values (" + key + ", 'c', 1)");
            expected.push_back("items " + key);
            expected.push_back("orders " + key);
        }
        if (i % 2 == 0)
            program.process().kill();
        else
            program.terminate();
        program.process().waitForFinished();
    }
    Program last(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromStdString(executed())});
    QVERIFY2(last.wait() == 0, last.err());
    std::set<std::string> found;
    for (const QByteArray& line : linesOf(contentsOf(file("out")))) {
        const QJsonObject change = QJsonDocument::fromJson(line).object();
        const QJsonValue key = change[u"after"][u"id"];
        found.insert(
            (change[u"table"].toString() + u' ' + (key.isString() ? key.toString() : QString::number(key.toInteger())))
                .toStdString());
    }
    for (const std::string& one : expected)
        QVERIFY2(found.contains(one), one.c_str());
    QCOMPARE(found.size(), expected.size());
}

void CursorSuite::countEndsBehindATransaction()
{
    const QStringList arguments =
        watch("--shard -80 --format ndjson --count 2") + QStringList{QStringLiteral("--out"), file("out")};
    int id = 0;
    qsizetype lines = 0;
    for (int run = 0; run < 3; ++run) {
        Program program(arguments);
        const auto transaction = [&] {
            std::vector<std::string> statements{"begin"};
            for (int i = 0; i < 24; ++i)
                statements.push_back("insert into items (id, qty) values (" + std::to_string(++id) + ", 1)");
            statements.emplace_back("commit");
            server().sqlAt("commerce", statements);
        };
        if (run == 0)
            QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
        QCOMPARE(program.waitWhile(transaction), 0);
        const qsizetype now = linesOf(contentsOf(file("out"))).size();
        QVERIFY(now > lines + 2);
        lines = now;
    }
    std::set<QByteArray> keys;
    for (const QByteArray& line : linesOf(contentsOf(file("out"))))
        keys.insert(QByteArray::number(QJsonDocument::fromJson(line)[u"after"][u"id"].toVariant().toLongLong()));
    QCOMPARE(static_cast<qsizetype>(keys.size()), lines);
}

// Changes of other tables move the position on as well.
void CursorSuite::idleStreamsGoOn()
{
    Program program(watch("--format ndjson") + QStringList{QStringLiteral("--out"), file("out")});
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
    server().sql("insert into orders (id, customer, total) values (1, 'c', 1), (2, 'c', 1), (3, 'c', 1), (4, 'c', 1)");
    const auto wanted = parsePosition(executed());
    QTRY_VERIFY_WITH_TIMEOUT(CursorFile::read(file("cursor").toStdString()).value()->positions == *wanted,
                             Program::kPatience);
    program.terminate();
    QCOMPARE(program.wait(), 143);
}

void CursorSuite::stopsAtAPosition_data()
{
    QTest::addColumn<QString>("source");
    QTest::newRow("vstream") << QStringLiteral("vstream");
    QTest::newRow("sync") << QStringLiteral("sync");
}

void CursorSuite::stopsAtAPosition()
{
    QFETCH(QString, source);
    const auto insert = [](int first, int last) {
        for (int id = first; id <= last; ++id)
            server().sql("insert into items (id, qty) values (" + std::to_string(id) + ", 1)");
    };
    const std::string start = executed();
    insert(1, 12);
    // A transaction without rows for us ends it as well.
    server().sql("insert into orders (id, customer, total) values (1, 'c', 1), (2, 'c', 1), (3, 'c', 1), (4, 'c', 1)");
    const std::string stop = executed();
    insert(13, 40);
    const QStringList arguments = at(words("watch --keyspace commerce --table items --format csv --no-notes --source") +
                                     QStringList{source, QStringLiteral("--position"), QString::fromStdString(start)});
    Program program(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromStdString(stop)});
    QVERIFY2(program.wait() == 0, program.err());
    QVERIFY2(program.err() == "vtscope-cli: Ended at the position asked for.\n", program.err());
    std::set<int> ids;
    for (const QByteArray& line : linesOf(program.out()).mid(1))
        QVERIFY2(ids.insert(fieldsOf(line)[6].toInt()).second || source == u"sync", line);
    // Responses of Sync hold what came together, and one position for all of it.
    QVERIFY(ids.size() == 12 || (source == u"sync" && ids.size() > 12));
    for (int id = 1; id <= 12; ++id)
        QVERIFY2(ids.contains(id), program.out());
    // Already there.
    Program none(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromStdString(start)});
    QVERIFY2(none.wait() == 0, none.err());
    QCOMPARE(linesOf(none.out()).size(), 1);
    for (const char* wrong :
         {"yesterday", "current", "{\"shardGtids\":[{\"keyspace\":\"commerce\",\"shard\":\"-80\",\"gtid\":\"\"}]}",
          "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5"}) {
        Program refused(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromUtf8(wrong)});
        QVERIFY2(refused.wait() == 5, wrong);
        QVERIFY(!refused.err().isEmpty());
    }
}

void CursorSuite::stopsAfterASize()
{
    Program program(at(words("watch --keyspace commerce --table items --format csv --size 10K")));
    int id = 0;
    QCOMPARE(program.waitWhile([&] { server().sql("insert into items (id) values (" + std::to_string(++id) + ")"); }),
             0);
    QVERIFY(linesOf(program.out()).size() > 10);
    QVERIFY2(program.err().contains("Ended after 10240 bytes, as asked."), program.err());
    Program refused(at(words("watch --keyspace commerce --table items --size 0")));
    QCOMPARE(refused.wait(), 2);
}

void CursorSuite::cursorOfAnotherRun_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    const QString out = QStringLiteral(" --out OUT");
    QTest::newRow("table") << QStringLiteral("--table orders --format csv") + out << 2
                           << QByteArray("is of table items, not items, orders");
    QTest::newRow("shard") << QStringLiteral("--shard -80 --format csv") + out << 2
                           << QByteArray("is of all shards, not -80");
    QTest::newRow("source") << QStringLiteral("--source sync --format csv") + out << 2
                            << QByteArray("is of VStream, not Sync");
    QTest::newRow("format") << QStringLiteral("--format ndjson") + out << 2
                            << QByteArray("is of format csv, not ndjson");
    QTest::newRow("keyspaces") << QStringLiteral("--format csv --also solo.notes") + out << 2
                               << QByteArray("is of keyspace commerce alone");
    QTest::newRow("standard output") << QStringLiteral("--format csv") << 2 << QByteArray("not standard output");
    QTest::newRow("rotation") << QStringLiteral("--format csv --rotate size:1M") + out << 2
                              << QByteArray("is of one file, without --rotate");
    QTest::newRow("columns") << QStringLiteral("--format csv --columns id") + out << 2 << QByteArray("not id");
    QTest::newRow("ring") << QStringLiteral("--format csv --capture C --ring size:1M") + out << 2
                          << QByteArray("do not go together");
    QTest::newRow("the output") << QStringLiteral("--format csv --out CURSOR") << 2
                                << QByteArray("is the output itself");
}

void CursorSuite::cursorOfAnotherRun()
{
    QFETCH(QString, options);
    QFETCH(int, code);
    QFETCH(QByteArray, says);
    Program program(watch("--format csv") + QStringList{QStringLiteral("--out"), file("out")});
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
    program.terminate();
    QCOMPARE(program.wait(), 143);
    const QByteArray before = contentsOf(file("cursor"));
    options.replace(QStringLiteral("OUT"), file("out")).replace(QStringLiteral("CURSOR"), file("cursor"));
    Program other(watch(options.toUtf8().constData()));
    QVERIFY2(other.wait() == code, other.err());
    QVERIFY2(other.err().contains(says), other.err());
    QCOMPARE(contentsOf(file("cursor")), before);
}

void CursorSuite::anotherOutput()
{
    const QStringList arguments = watch("--format ndjson") + QStringList{QStringLiteral("--out"), file("out")};
    Program program(arguments);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
    server().sql("insert into items (id) values (1), (2), (3), (4)");
    QTRY_VERIFY_WITH_TIMEOUT(contentsOf(file("out")).count('\n') == 4, Program::kPatience);
    program.terminate();
    QCOMPARE(program.wait(), 143);
    QCOMPARE(QFileInfo(file("cursor")).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    const QByteArray before = contentsOf(file("cursor"));

    QFile out(file("out"));
    QVERIFY(out.resize(10));
    Program shorter(arguments);
    QVERIFY2(shorter.wait() == 2, shorter.err());
    QVERIFY2(shorter.err().contains("has become shorter"), shorter.err());
    QVERIFY(out.remove());
    Program gone(arguments);
    QVERIFY2(gone.wait() == 2, gone.err());
    QVERIFY2(gone.err().contains("is gone"), gone.err());
    QVERIFY(!out.exists());
    QCOMPARE(contentsOf(file("cursor")), before);

    // It is a position, too.
    Program asPosition(at(words("watch --keyspace commerce --table items --format csv --count 1 --position") +
                          QStringList{u'@' + file("cursor")}));
    int qty = 0;
    QCOMPARE(asPosition.waitWhile(
                 [&] { server().sql("update items set qty = " + std::to_string(++qty) + " where id = 1"); }),
             0);

    for (const char* wrong : {"{\"version\":9}", "{", ""}) {
        QFile cursor(file("cursor"));
        QVERIFY(cursor.open(QIODevice::WriteOnly));
        cursor.write(wrong);
        cursor.close();
        Program damaged(arguments);
        QVERIFY2(damaged.wait() == 5, damaged.err());
        QVERIFY2(damaged.err().contains("cursor"), damaged.err());
    }
}

void CursorSuite::whereItCannotBeWritten()
{
    const QString out = file("out");
    Program program(at(words("watch --keyspace commerce --table items --cursor-file") +
                       QStringList{file("no/such/cursor"), QStringLiteral("--out"), out}));
    QCOMPARE(program.wait(), 8);
    QVERIFY2(program.err().contains("The cursor file"), program.err());
    QVERIFY(!QFileInfo::exists(out));
}

// Where exactly once cannot be promised, that is said.
void CursorSuite::standardOutputIsAtLeastOnce()
{
    const QStringList arguments = at(words("watch --keyspace commerce --table items --format ndjson --cursor-file") +
                                     QStringList{file("cursor")});
    std::set<QByteArray> found;
    int id = 0;
    for (int run = 0; run < 2; ++run) {
        Program program(arguments);
        QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
        server().sql("insert into items (id) values (" + std::to_string(++id) + ")");
        QVERIFY(program.waitForOutput([](const QByteArray& out) { return out.contains('\n'); }));
        program.terminate();
        QCOMPARE(program.wait(), 143);
        QVERIFY2(program.err().contains("nothing can be cut off standard output"), program.err());
        QCOMPARE(program.err().contains("going on from the cursor file"), run == 1);
        for (const QByteArray& line : linesOf(program.out()))
            found.insert(line);
        server().sql("insert into items (id) values (" + std::to_string(++id) + ")");
    }
    Program last(arguments + QStringList{QStringLiteral("--stop-position"), QString::fromStdString(executed())});
    QCOMPARE(last.wait(), 0);
    for (const QByteArray& line : linesOf(last.out()))
        found.insert(line);
    QCOMPARE(static_cast<int>(found.size()), id);
}

void CursorSuite::oneRunAtATime()
{
    const QStringList arguments = watch("--format ndjson") + QStringList{QStringLiteral("--out"), file("out")};
    Program program(arguments);
    QTRY_VERIFY_WITH_TIMEOUT(QFileInfo::exists(file("cursor")), Program::kPatience);
    Program second(arguments);
    QVERIFY2(second.wait() == 8, second.err());
    QVERIFY2(second.err().contains("another run"), second.err());
    program.terminate();
    QCOMPARE(program.wait(), 143);
}

std::unique_ptr<QObject> makeCursorSuite()
{
    return std::make_unique<CursorSuite>();
}

} // namespace vtscope::test

#include "tst_cursor.moc"
