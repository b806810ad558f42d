// What is written is what others read: CSV by Python's csv module and by SQLite, NDJSON by jq, compressed files by gzip
// and zstd.
#include <QtTest>

#include "streamcore/output/compressor.h"
#include "streamcore/output/exporter.h"
#include "tests/support/samples.h"
#include "tests/window/messagerows.h"

#include <random>

using namespace vtscope;

namespace {

QByteArray ran(const QString& program, const QStringList& arguments, const QList<int>& exitCodes = {0})
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(60'000) || !exitCodes.contains(process.exitCode()))
        throw std::runtime_error(
            (program + QStringLiteral(": ") + QString::fromUtf8(process.readAllStandardError()) + process.errorString())
                .toStdString());
    return process.readAllStandardOutput();
}

// Changes of every type, live and copied.
std::shared_ptr<Capture> everyType()
{
    auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = capture->openReader(description).value();
    for (const char* name : {"vstream-live-alltypes.bin", "vstream-copy-alltypes.bin"}) {
        for (const std::string& message : test::readMessages(name))
            (void)capture->append(reader, message, 1).value();
    }
    return capture;
}

// Text with all that needs care, of which some looks like NULL or a formula.
std::shared_ptr<Capture> hostileTexts()
{
    std::mt19937 random(11);
    const std::vector<std::string> pieces{"\"", ",", ";", "\t", "\n", "\r\n", "\\", "'",
                                          "=",  "é", "😀", "a",  " ",  "\\N",  "|"};
    std::vector<test::MessageRow> rows;
    for (int i = 0; i < 2000; ++i) {
        std::optional<std::string> text;
        if (i % 7 != 0) {
            text.emplace();
            for (std::size_t left = random() % 6; left > 0; --left)
                *text += pieces[random() % pieces.size()];
        }
        rows.push_back({"-80", std::to_string(i), 50, 0, {}, {}, text});
    }
    return test::snapshotOf(rows, {"-80"}).capture;
}

// A value as a reader should see it: nothing for NULL and what was not sent.
std::optional<std::string> textOf(const Cell& cell)
{
    if (!cell.hasValue())
        return std::nullopt;
    std::string text;
    appendExact(cell, text);
    return text;
}

} // namespace

class RoundTripTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void csvByPython_data();
    void csvByPython();
    void csvBySqlite();
    void ndjsonByJq();
    void compressedFiles_data();
    void compressedFiles();
    void aTornTailIsReadUpToTheLastFlush_data();
    void aTornTailIsReadUpToTheLastFlush();

private:
    QString exported(const Capture& capture, OutputFormat format, const FormatOptions& options, const QString& name);

    QTemporaryDir m_folder;
};

QString RoundTripTest::exported(const Capture& capture, OutputFormat format, const FormatOptions& options,
                                const QString& name)
{
    const QString path = m_folder.filePath(name);
    const Snapshot snapshot = capture.snapshot();
    const auto result =
        exportChanges(snapshot, RowSet::range(0, snapshot.count()), format, options, path.toStdString());
    if (!result)
        throw std::runtime_error(result.error().message);
    return path;
}

void RoundTripTest::csvByPython_data()
{
    QTest::addColumn<bool>("isEveryType");
    QTest::addColumn<QByteArray>("dialect");
    QTest::addColumn<int>("delimiter");
    QTest::addColumn<bool>("quotesAll");
    for (const bool isEveryType : {false, true}) {
        const char* name = isEveryType ? "types" : "texts";
        QTest::addRow("%s plain", name) << isEveryType << QByteArray("delimiter=','") << int{','} << false;
        QTest::addRow("%s tab, all", name) << isEveryType << QByteArray("delimiter='\\t'") << int{'\t'} << true;
        QTest::addRow("%s bar", name) << isEveryType << QByteArray("delimiter='|'") << int{'|'} << false;
    }
}

void RoundTripTest::csvByPython()
{
    QFETCH(bool, isEveryType);
    QFETCH(QByteArray, dialect);
    QFETCH(int, delimiter);
    QFETCH(bool, quotesAll);
    const auto capture = isEveryType ? everyType() : hostileTexts();
    FormatOptions options;
    options.delimiter = static_cast<char>(delimiter);
    options.quotesAll = quotesAll;
    options.hasByteOrderMark = quotesAll;
    const QString path = exported(*capture, OutputFormat::Csv, options, QStringLiteral("p.csv"));
    const QByteArray read =
        ran(QStringLiteral("python3"), {QStringLiteral("-c"),
                                        QStringLiteral("import csv,json,sys\n"
                                                       "csv.field_size_limit(1<<30)\n"
                                                       "for row in csv.reader(open(sys.argv[1], encoding='utf-8-sig', "
                                                       "newline=''), strict=True, %1):\n"
                                                       "  print(json.dumps(row))")
                                            .arg(QString::fromLatin1(dialect)),
                                        path});
    const QList<QByteArray> lines = read.split('\n');
    const QJsonArray header = QJsonDocument::fromJson(lines.first()).array();
    const Snapshot snapshot = capture->snapshot();
    ChangeView change;
    qsizetype line = 0;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        if (!change.isChange())
            continue;
        const QJsonArray row = QJsonDocument::fromJson(lines.at(++line)).array();
        QCOMPARE(row.size(), header.size());
        for (std::size_t c = 0; c < change.schema()->columns.size(); ++c) {
            const std::string is = row[static_cast<qsizetype>(6 + c)].toString().toStdString();
            QCOMPARE(is, textOf(change.current(c)).value_or(""));
        }
    }
    QCOMPARE(lines.size(), line + 2);
}

void RoundTripTest::csvBySqlite()
{
    const auto capture = hostileTexts();
    FormatOptions options;
    options.null = "<null>";
    const QString path = exported(*capture, OutputFormat::Csv, options, QStringLiteral("s.csv"));
    const QByteArray read =
        ran(QStringLiteral("sqlite3"),
            {QStringLiteral(":memory:"), QStringLiteral("-cmd"), QStringLiteral(".mode csv"), QStringLiteral("-cmd"),
             QStringLiteral(".import %1 t").arg(path), QStringLiteral("select hex(payload) from t order by rowid")});
    const QList<QByteArray> lines = read.split('\n');
    const Snapshot snapshot = capture->snapshot();
    ChangeView change;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        const auto column = static_cast<std::size_t>(change.schema()->indexOf("payload"));
        QCOMPARE(QByteArray::fromHex(lines.at(static_cast<qsizetype>(i)).trimmed()).toStdString(),
                 textOf(change.current(column)).value_or("<null>"));
    }
}

void RoundTripTest::ndjsonByJq()
{
    for (const bool isExact : {false, true}) {
        const auto capture = everyType();
        FormatOptions options;
        options.hasExactNumbers = isExact;
        const QString path = exported(*capture, OutputFormat::Ndjson, options, QStringLiteral("j.ndjson"));
        // Each value of each row as JSON text of its own, so that a string keeps what it is.
        const QByteArray read =
            ran(QStringLiteral("jq"), {QStringLiteral("-c"), QStringLiteral(".after // .before"), path});
        const QList<QByteArray> lines = read.split('\n');
        const Snapshot snapshot = capture->snapshot();
        ChangeView change;
        qsizetype line = 0;
        for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
            change.read(snapshot, i);
            if (!change.isChange())
                continue;
            const QJsonObject row = QJsonDocument::fromJson(lines.at(line++)).object();
            for (std::size_t c = 0; c < change.schema()->columns.size(); ++c) {
                const Cell cell = change.current(c);
                const QJsonValue value = row[QString::fromStdString(cell.column->name)];
                const auto text = textOf(cell);
                if (!text)
                    QVERIFY(value.isNull());
                else if (value.isString())
                    QCOMPARE(value.toString().toStdString(), *text);
                else // jq keeps a double of it
                    QCOMPARE(value.toDouble(), std::strtod(text->c_str(), nullptr));
            }
        }
        QCOMPARE(lines.size(), line + 1);
    }
}

void RoundTripTest::compressedFiles_data()
{
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QString>("program");
    QTest::newRow("gzip") << QStringLiteral(".gz") << QStringLiteral("gzip");
    QTest::newRow("zstd") << QStringLiteral(".zst") << QStringLiteral("zstd");
}

void RoundTripTest::compressedFiles()
{
    QFETCH(QString, ending);
    QFETCH(QString, program);
    const auto capture = hostileTexts();
    for (const OutputFormat format : {OutputFormat::Csv, OutputFormat::Ndjson}) {
        const QString plain = exported(*capture, format, {}, QStringLiteral("plain")),
                      packed = exported(*capture, format, {}, QStringLiteral("packed") + ending);
        QVERIFY(QFileInfo(packed).size() < QFileInfo(plain).size() / 2);
        QCOMPARE(ran(program, {QStringLiteral("-dcq"), packed}).toStdString(), test::readFile(plain.toStdString()));
    }
}

void RoundTripTest::aTornTailIsReadUpToTheLastFlush_data()
{
    compressedFiles_data();
}

void RoundTripTest::aTornTailIsReadUpToTheLastFlush()
{
    QFETCH(QString, ending);
    QFETCH(QString, program);
    const QString path = m_folder.filePath(QStringLiteral("torn") + ending);
    std::mt19937 random(3);
    const auto compressor = Compressor::make(compressionOf(path.toStdString()));
    std::string text, flushed, bytes;
    for (int i = 0; i < 60; ++i) {
        std::string part;
        for (std::size_t left = i % 10 == 0 ? 300'000 : random() % 3000; left > 0; --left)
            part += static_cast<char>('a' + random() % 26);
        text += part;
        const bool isFlushed = random() % 3 == 0;
        compressor->append(part, isFlushed ? Compressor::Until::Flush : Compressor::Until::Later, bytes);
        if (!isFlushed)
            continue;
        flushed = text;
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(bytes.data(), static_cast<qint64>(bytes.size()));
        file.close();
        // It complains of the end that is missing, if there is none, and gives all the rest.
        const QByteArray read = ran(program, {QStringLiteral("-dcq"), path}, {0, 1});
        QCOMPARE(read.size(), static_cast<qsizetype>(flushed.size()));
        QVERIFY(read.toStdString() == flushed);
    }
    QVERIFY(!flushed.empty());
}

QTEST_GUILESS_MAIN(RoundTripTest)
#include "tst_roundtrip.moc"
