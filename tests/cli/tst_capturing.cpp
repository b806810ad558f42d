// Captures whose program was killed or whose disk is full: what was shown is in them, and nothing is torn.
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

#include "streamcore/capture/change.h"
#include "streamcore/capture/record.h"
#include "streamcore/output/exporter.h"
#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

namespace vtscope::test {

namespace {

constexpr int kTrials = 12; // unless VTSCOPE_TRIALS says how many

QStringList words(const QString& text)
{
    return text.split(u' ', Qt::SkipEmptyParts);
}

// The lines that a killed program has finished.
QByteArray wholeLines(const QByteArray& text)
{
    return text.left(text.lastIndexOf('\n') + 1);
}

} // namespace

class CapturingSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void killedAtAnyMoment();
    void fileSystemThatFills_data();
    void fileSystemThatFills();
    void readByAnotherProgram_data();
    void readByAnotherProgram();

private:
    // Empty when the capture is whole from its first record to its last; else what is wrong.
    static QByteArray problemOf(const Capture& capture);
    QByteArray exported(const Capture& capture) const;
    // Whether all of these lines are among those that were kept, in their order, from one of them on.
    static bool holdsTheNewest(const QByteArray& kept, const QByteArray& shown);
    // That tests/cli/readcapture.py and export see the same changes, cell by cell.
    static void compareReaders(const QString& path);

    QTemporaryDir m_folder;
};

QByteArray CapturingSuite::problemOf(const Capture& capture)
{
    if (capture.damagedMessages() > 0)
        return "messages are damaged";
    const Snapshot snapshot = capture.snapshot();
    for (std::uint64_t at = snapshot.firstRecord(); at != 0; at = snapshot.nextRecord(at)) {
        if (!snapshot.isIntact(at))
            return "the record at " + QByteArray::number(qulonglong{at}) + " has other bytes than were written";
    }
    ChangeView change;
    std::uint64_t record = 0;
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        if (snapshot.entry(i).record() < record || change.fault() != RowFault::None || change.op() == Op::Undecodable)
            return "line " + QByteArray::number(qulonglong{i}) + " is not in its place or not decodable";
        record = snapshot.entry(i).record();
    }
    return {};
}

QByteArray CapturingSuite::exported(const Capture& capture) const
{
    const QString path = m_folder.filePath(QStringLiteral("exported.ndjson"));
    const Snapshot snapshot = capture.snapshot();
    const auto result = exportChanges(snapshot, RowSet::range(snapshot.first(), snapshot.count() - snapshot.first()),
                                      OutputFormat::Ndjson, {}, path.toStdString());
    if (!result)
        return "not exported: " + QByteArray::fromStdString(result.error().message);
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("not readable");
}

// Of a ring: what it had dropped when it was killed may still be there, and was not shown if that was too slow.
bool CapturingSuite::holdsTheNewest(const QByteArray& kept, const QByteArray& shown)
{
    QHash<QByteArray, qsizetype> places;
    for (const QByteArray& line : kept.split('\n'))
        places.insert(line, places.size());
    qsizetype last = -1;
    for (const QByteArray& line : linesOf(shown)) {
        const qsizetype place = places.value(line, -1);
        if (place <= last && (last >= 0 || place >= 0))
            return false;
        last = std::max(last, place);
    }
    return true;
}

void CapturingSuite::killedAtAnyMoment()
{
    const LocalBranch branch(
        {QStringLiteral("--rate"), QStringLiteral("3000"), QStringLiteral("--rows"), QStringLiteral("300")});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    bool isTold = false;
    const int told = qEnvironmentVariableIntValue("VTSCOPE_TRIALS", &isTold);
    const int trials = isTold ? told : kTrials;
    const std::uint32_t seed = std::random_device{}();
    std::mt19937 random(seed);
    int withCapture = 0, withLines = 0, torn = 0;
    std::uint64_t changes = 0, shownLines = 0, dropped = 0;
    for (int trial = 0; trial < trials; ++trial) {
        const QString path = m_folder.filePath(QStringLiteral("killed.vtcap"));
        QFile::remove(path);
        QFile::remove(path + QStringLiteral(".idx"));
        Program program(
            words(QStringLiteral("watch --plaintext --keyspace shop --table orders --table order_items "
                                 "--format ndjson --disk-floor 0 --host %1 --source %2 --position %3 "
                                 "--capture %4 %5")
                      .arg(branch.hostPort(), trial % 2 == 0 ? u"vstream" : u"sync",
                           trial % 3 == 0 ? u"copy" : u"current", path, trial % 4 == 3 ? u"--ring changes:300" : u"")));
        const int moment = static_cast<int>(random() % 800);
        QTest::qWait(moment);
        program.process().kill();
        program.process().waitForFinished();
        const QByteArray shown = wholeLines(program.out());
        const QByteArray which = "trial " + QByteArray::number(trial) + " of seed " + QByteArray::number(seed) +
                                 ", killed after " + QByteArray::number(moment) + " ms: ";
        // Not even the head of a file is there before the program has come so far.
        if (QFileInfo(path).size() < qint64{sizeof(FileHead)}) {
            QVERIFY2(shown.isEmpty(), which + "lines were shown that are in no capture");
            continue;
        }
        ++withCapture;
        const auto capture = Capture::open(path.toStdString());
        QVERIFY2(capture, which + (capture ? "" : capture.error().message.c_str()));
        const QByteArray problem = problemOf(**capture);
        QVERIFY2(problem.isEmpty(), which + problem);
        const QByteArray kept = exported(**capture);
        dropped += (*capture)->droppedChanges();
        const bool isKept = trial % 4 == 3 ? holdsTheNewest(kept, shown) : kept.startsWith(shown);
        QVERIFY2(isKept, which + "a line that was shown is not in the capture");
        withLines += !shown.isEmpty();
        torn += (*capture)->tornBytes() > 0;
        changes += (*capture)->changes();
        shownLines += static_cast<std::uint64_t>(shown.count('\n'));
    }
    qInfo("%d trials: %d had begun a capture, %d of them had shown lines, %d ended in the middle of a message; "
          "%llu changes were captured, %llu of them shown, %llu dropped by rings",
          trials, withCapture, withLines, torn, qulonglong{changes}, qulonglong{shownLines}, qulonglong{dropped});
    QVERIFY(withLines > 0);
}

void CapturingSuite::fileSystemThatFills_data()
{
    QTest::addColumn<QString>("shell");
    QTest::addColumn<QByteArray>("cause");
    // $0 is the folder of the capture; the program with its arguments follows.
    QTest::newRow("files that may not grow")
        << QStringLiteral("ulimit -f 20480; trap '' XFSZ; exec \"$@\"") << QByteArray("File too large");
    const QString mounted = QStringLiteral("mount -t tmpfs -o size=20m none \"$0\" || exit 99; \"$@\"; code=$?; "
                                           "cp \"$0\"/* \"$0\"/..; exit $code");
    const QString folder = m_folder.path();
    for (const char* unshare : {"unshare --mount", "unshare --map-root-user --mount"}) {
        const QString shell = QString::fromLatin1(unshare) + QStringLiteral(" /bin/bash -c '%1' \"$0\" \"$@\"");
        if (QProcess::execute(QStringLiteral("/bin/bash"),
                              {QStringLiteral("-c"),
                               shell.arg(QStringLiteral("mount -t tmpfs none \"$0\" 2>/dev/null")), folder}) != 0)
            continue;
        QTest::newRow("a disk of 20 MB") << shell.arg(mounted) << QByteArray("No space left on device");
        return;
    }
    qWarning(
        "nothing can be mounted here, as root or in a namespace of our own: only the limit of file sizes is tried");
}

void CapturingSuite::fileSystemThatFills()
{
    QFETCH(QString, shell);
    QFETCH(QByteArray, cause);
    constexpr int kRows = 500, kRowsAtOnce = 25;
    server().sql("delete from parts");
    const std::string text(60'000, 'x');
    for (int id = 0; id < kRows; id += kRowsAtOnce) {
        std::string insert = "insert into parts (id, n, txt) values ";
        for (int i = id; i < id + kRowsAtOnce; ++i)
            insert += (i > id ? ", (" : "(") + std::to_string(i) + ", " + std::to_string(i) + ", '" + text + "')";
        server().sql(insert);
    }
    const QString folder = m_folder.filePath(QStringLiteral("full"));
    QVERIFY(QDir().mkpath(folder));
    const QString path = folder + QStringLiteral("/full.vtcap"), copy = m_folder.filePath(QStringLiteral("full.vtcap"));
    QProcess program;
    program.start(QStringLiteral("/bin/bash"),
                  QStringList{QStringLiteral("-c"), shell, folder, programPath()} +
                      at(words(QStringLiteral("watch --keyspace commerce --table parts --position copy --format ndjson "
                                              "--disk-floor 0 --capture ") +
                               path)));
    QVERIFY(program.waitForFinished(Program::kPatience));
    const QByteArray shown = program.readAllStandardOutput(), words = program.readAllStandardError();
    QVERIFY2(program.exitCode() == 8, words);
    QVERIFY2(words.contains("vtscope-cli: The capture cannot be written: " + cause + ".\n"), words);

    const auto capture = Capture::open((QFileInfo::exists(copy) ? copy : path).toStdString());
    QVERIFY2(capture, capture ? "" : capture.error().message.c_str());
    const QByteArray problem = problemOf(**capture);
    QVERIFY2(problem.isEmpty(), problem);
    QCOMPARE((*capture)->tornBytes(), std::uint64_t{0});
    QVERIFY((*capture)->changes() > 100 && (*capture)->changes() < kRows);
    QVERIFY2(exported(**capture) == shown, "what was shown is not what is in the capture");
    server().sql("delete from parts");
}

void CapturingSuite::readByAnotherProgram_data()
{
    QTest::addColumn<QString>("source");
    QTest::addColumn<QString>("options");
    QTest::newRow("vstream") << QStringLiteral("vstream") << QString();
    QTest::newRow("sync") << QStringLiteral("sync") << QString();
    QTest::newRow("vstream, the newest part") << QStringLiteral("vstream") << QStringLiteral(" --ring changes:1000");
    QTest::newRow("sync, the newest part") << QStringLiteral("sync") << QStringLiteral(" --ring changes:1000");
}

// streamcore/capture/FORMAT.md is enough to read a capture: the other program is made from it alone.
void CapturingSuite::readByAnotherProgram()
{
    QFETCH(QString, source);
    QFETCH(QString, options);
    const LocalBranch branch(
        {QStringLiteral("--rate"), QStringLiteral("1000"), QStringLiteral("--rows"), QStringLiteral("300")});
    QVERIFY2(branch.isReady(), qPrintable(branch.why()));
    const QString path = m_folder.filePath(QStringLiteral("read.vtcap"));
    QFile::remove(path);
    Program program(words(QStringLiteral("watch --plaintext --keyspace shop --table orders --table order_items --table "
                                         "customers --table mail_queue --position copy --format ndjson --disk-floor 0 "
                                         "--count 3000 --host %1 --source %2 --capture %3")
                              .arg(branch.hostPort(), source, path) +
                          options));
    QCOMPARE(program.wait(), 0);
    compareReaders(path);
    if (QTest::currentTestFailed())
        return;

    const QString chosen = m_folder.filePath(QStringLiteral("chosen.vtcap"));
    QFile::remove(chosen);
    Program convert({QStringLiteral("convert"), path, QStringLiteral("--out"), chosen, QStringLiteral("--filter"),
                     QStringLiteral("op = update and table = orders")});
    QVERIFY2(convert.wait() == 0, convert.err());
    compareReaders(chosen);
    if (QTest::currentTestFailed())
        return;

    // Without what was added when they were sealed.
    for (const QString& name : {path, chosen}) {
        QFile file(name);
        FileFoot foot;
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - qint64{sizeof foot}));
        QCOMPARE(file.read(reinterpret_cast<char*>(&foot), sizeof foot), qint64{sizeof foot});
        QVERIFY(file.resize(static_cast<qint64>(foot.dataEnd)));
        file.close();
        compareReaders(name);
        if (QTest::currentTestFailed())
            return;
    }
}

void CapturingSuite::compareReaders(const QString& path)
{
    QProcess other;
    other.start(QStringLiteral("python3"), {QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/cli/readcapture.py"), path});
    QVERIFY(other.waitForFinished(Program::kPatience));
    QVERIFY2(other.exitCode() == 0, other.readAllStandardError());
    const QList<QByteArray> theirs = other.readAllStandardOutput().split('\n');
    Program ours({QStringLiteral("export"), path, QStringLiteral("--format"), QStringLiteral("ndjson")});
    QVERIFY2(ours.wait() == 0, ours.err());
    const QList<QByteArray> lines = ours.out().split('\n');
    QCOMPARE(theirs.size(), lines.size());
    QVERIFY(lines.size() > 100);
    for (qsizetype i = 0; i + 1 < lines.size(); ++i) {
        const QJsonObject line = QJsonDocument::fromJson(lines[i]).object();
        const QJsonObject their = QJsonDocument::fromJson(theirs[i]).object();
        for (const char* name : {"op", "keyspace", "shard", "table"})
            QCOMPARE(their[QLatin1String(name)], line[QLatin1String(name)]);
        for (const char* image : {"before", "after"}) {
            const QJsonValue values = line[QLatin1String(image)], lengths = their[QLatin1String(image)];
            QCOMPARE(lengths.isNull(), values.isNull());
            const QJsonObject cells = lengths.toObject();
            for (auto cell = cells.begin(); cell != cells.end(); ++cell) {
                const QJsonValue value = values[cell.key()];
                const qsizetype length = value.isNull() || value.isUndefined() ? -1
                                         : value.isDouble() ? QString::number(value.toInteger()).size()
                                                            : value.toString().toUtf8().size();
                const bool isHex = cell.key() == u"receipt" || cell.key() == u"avatar";
                QVERIFY2(cell->toInteger() == (isHex && length > 0 ? length / 2 : length), lines[i] + "\n" + theirs[i]);
            }
        }
    }
}

std::unique_ptr<QObject> makeCapturingSuite()
{
    return std::make_unique<CapturingSuite>();
}

} // namespace vtscope::test

#include "tst_capturing.moc"
