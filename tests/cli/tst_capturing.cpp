// Captures whose program was killed or whose disk is full: what was shown is in them, and nothing is torn.
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

private:
    // Empty when the capture is whole from its first record to its last; else what is wrong.
    static QByteArray problemOf(const Capture& capture);
    QByteArray exported(const Capture& capture) const;

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
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
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
    const auto result =
        exportChanges(snapshot, RowSet::range(0, snapshot.count()), OutputFormat::Ndjson, {}, path.toStdString());
    if (!result)
        return "not exported: " + QByteArray::fromStdString(result.error().message);
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("not readable");
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
    std::uint64_t changes = 0, shownLines = 0;
    for (int trial = 0; trial < trials; ++trial) {
        const QString path = m_folder.filePath(QStringLiteral("killed.vtcap"));
        QFile::remove(path);
        QFile::remove(path + QStringLiteral(".idx"));
        Program program(words(QStringLiteral("watch --plaintext --keyspace shop --table orders --table order_items "
                                             "--format ndjson --disk-floor 0 --host %1 --source %2 --position %3 "
                                             "--capture %4")
                                  .arg(branch.hostPort(), trial % 2 == 0 ? u"vstream" : u"sync",
                                       trial % 3 == 0 ? u"copy" : u"current", path)));
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
        QVERIFY2(exported(**capture).startsWith(shown), which + "a line that was shown is not in the capture");
        withLines += !shown.isEmpty();
        torn += (*capture)->tornBytes() > 0;
        changes += (*capture)->changes();
        shownLines += static_cast<std::uint64_t>(shown.count('\n'));
    }
    qInfo("%d trials: %d had begun a capture, %d of them had shown lines, %d ended in the middle of a message; "
          "%llu changes were captured, %llu of them shown",
          trials, withCapture, withLines, torn, qulonglong{changes}, qulonglong{shownLines});
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

std::unique_ptr<QObject> makeCapturingSuite()
{
    return std::make_unique<CapturingSuite>();
}

} // namespace vtscope::test

#include "tst_capturing.moc"
