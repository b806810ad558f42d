// What is quoted and escaped in files, wherever in a value it stands.
#include <QtTest>

#include "streamcore/clock.h"
#include "streamcore/output/format.h"
#include "tests/support/samples.h"
#include "tests/window/messagerows.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

std::string plainCsv(const std::string& value)
{
    if (!value.empty() && value.find_first_of("\",\r\n") == std::string::npos)
        return value;
    std::string field = "\"";
    for (const char c : value)
        field += c == '"' ? "\"\"" : std::string(1, c);
    return field + '"';
}

std::string plainJson(const std::string& value)
{
    std::string text = "\"";
    for (const char c : value) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
        text += c == '"'             ? "\\\""
                : c == '\\'          ? "\\\\"
                : c == '\n'          ? "\\n"
                : c == '\r'          ? "\\r"
                : c == '\t'          ? "\\t"
                : c >= 0 && c < 0x20 ? escaped
                                     : std::string(1, c);
    }
    return text + '"';
}

// Each of these at each place of values of each length, with plain text or more of it around.
std::vector<std::string> values()
{
    constexpr std::size_t kLongest = 19;
    std::vector<std::string> values{{}};
    for (const std::string special : {"\"", ",", "\n", "\r", "\t", "\\", "\x01", "\x1f", " ", "!", "#", "-", "\x0b",
                                      "\x7f", "é", "\xf0\x9f\x98\x80"}) {
        for (std::size_t length = 0; length < kLongest; ++length) {
            for (std::size_t place = 0; place <= length; ++place)
                values.push_back(std::string(place, 'x') + special + std::string(length - place, 'y'));
            std::string all;
            for (std::size_t i = 0; i <= length; ++i)
                all += special;
            values.push_back(all);
        }
    }
    return values;
}

} // namespace

class FormatTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void csvQuotesWhatItMust();
    void jsonEscapesWhatItMust();
    void timesOfAllCenturies();
    void dialects_data();
    void dialects();
    void dialectsOfTheHeader();
    void chosenAndMaskedColumns();
    void theMaskHidesUndecodableRows();
    void timesAndZones_data();
    void timesAndZones();
    void exactNumbersAndBase64();
    void events();
    void whatIsNoDialect();

private:
    std::string lineOf(OutputFormat format, std::uint64_t number) const;

    std::vector<std::string> m_values;
    QueueSnapshot m_read;
};

void FormatTest::init()
{
    m_values = values();
    std::vector<test::MessageRow> rows;
    for (const std::string& value : m_values)
        rows.push_back({"-80", "1", 50, 0, {}, {}, value});
    m_read = test::snapshotOf(rows, {"-80"});
    QCOMPARE(m_read.capture->count(), m_values.size());
}

std::string FormatTest::lineOf(OutputFormat format, std::uint64_t number) const
{
    ChangeView change;
    const Snapshot snapshot = m_read.capture->snapshot();
    change.read(snapshot, number);
    std::string line;
    ChangeFormatter::make(format, {"payload"}, {false, false})->append(change, {}, line);
    return line;
}

void FormatTest::csvQuotesWhatItMust()
{
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const std::string line = lineOf(OutputFormat::Csv, i), wanted = "row,," + plainCsv(m_values[i]) + "\r\n";
        QVERIFY2(line.ends_with(wanted), line.c_str());
    }
}

void FormatTest::jsonEscapesWhatItMust()
{
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const std::string line = lineOf(OutputFormat::Ndjson, i);
        QVERIFY2(line.find("\"payload\":" + plainJson(m_values[i]) + '}') != std::string::npos, line.c_str());
    }
}

void FormatTest::timesOfAllCenturies()
{
    for (const char* text :
         {"1678-01-01T00:00:00.000000Z", "1899-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000000Z",
          "2000-02-29T12:34:56.789012Z", "2026-03-04T14:21:42.000001Z", "2262-04-11T23:47:16.000000Z"}) {
        const QDateTime time = QDateTime::fromString(QString::fromLatin1(text).left(19) + u'Z', Qt::ISODate);
        const std::int64_t micros = QByteArray(text).mid(20, 6).toLongLong();
        std::string out;
        appendTime(time.toSecsSinceEpoch() * 1'000'000'000 + micros * 1000, out);
        QCOMPARE(out, std::string(text));
    }
}

void FormatTest::dialects_data()
{
    QTest::addColumn<std::function<void(FormatOptions&)>>("choose");
    QTest::addColumn<QByteArray>("value"); // null: NULL
    QTest::addColumn<QByteArray>("field");
    const auto row = [](const char* name, const std::function<void(FormatOptions&)>& choose, const QByteArray& value,
                        const QByteArray& field) { QTest::newRow(name) << choose << value << field; };
    const auto plain = [](FormatOptions&) {};
    const auto semicolon = [](FormatOptions& options) { options.delimiter = ';'; };
    const auto all = [](FormatOptions& options) { options.quotesAll = true; };
    const auto null = [](FormatOptions& options) { options.null = "\\N"; };
    const auto guard = [](FormatOptions& options) { options.hasFormulaGuard = true; };
    row("NULL", plain, {}, "");
    row("NULL among quotes", all, {}, "");
    row("NULL as text", null, {}, "\\N");
    row("what looks like NULL", null, "\\N", "\"\\N\"");
    row("nothing beside a text for NULL", null, "", "\"\"");
    row("semicolon", semicolon, "a;b", "\"a;b\"");
    row("no comma any more", semicolon, "a,b", "a,b");
    row("every value", all, "a", "\"a\"");
    row("formula", guard, "=1+1", "'=1+1");
    row("formula in quotes", guard, "@a,\"b\"", "\"'@a,\"\"b\"\"\"");
    row("tab first", guard, "\tx", "'\tx");
    row("CR first", guard, "\rx", "\"'\rx\"");
    row("negative number", guard, "-1.5", "-1.5");
    row("no number", guard, "-1+2", "'-1+2");
    row("minus within", guard, "a-1", "a-1");
    row("unguarded", plain, "=1+1", "=1+1");
}

void FormatTest::dialects()
{
    QFETCH(std::function<void(FormatOptions&)>, choose);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, field);
    const QueueSnapshot read = test::snapshotOf(
        {{"-80", "1", 50, 0, {}, {}, value.isNull() ? std::nullopt : std::optional(value.toStdString())}}, {"-80"});
    ChangeView change;
    const Snapshot snapshot = read.capture->snapshot();
    change.read(snapshot, 0);
    FormatOptions options{false, false};
    choose(options);
    std::string line;
    ChangeFormatter::make(OutputFormat::Csv, {"payload"}, options)->append(change, {}, line);
    QVERIFY2(line.ends_with(options.delimiter + field.toStdString() + "\r\n"), line.c_str());
}

void FormatTest::dialectsOfTheHeader()
{
    FormatOptions options;
    options.hasByteOrderMark = options.quotesAll = options.hasBefore = true;
    options.delimiter = '\t';
    std::string header;
    ChangeFormatter::make(OutputFormat::Csv, {"a\tb"}, options)->appendHeader(header);
    QCOMPARE(header,
             std::string("\xef\xbb\xbf\"_time\"\t\"_keyspace\"\t\"_shard\"\t\"_table\"\t\"_op\"\t\"_position\"\t"
                         "\"a\tb\"\t\"before.a\tb\"\t\"_not_sent\"\t\"_raw\"\r\n"));
}

void FormatTest::chosenAndMaskedColumns()
{
    FormatOptions options{false, false};
    options.columns = {"payload", "id"};
    options.masked = Masks({"id"});
    const std::size_t number = 40;
    ChangeView change;
    const Snapshot snapshot = m_read.capture->snapshot();
    change.read(snapshot, number);
    std::string csv, json;
    ChangeFormatter::make(OutputFormat::Csv, options.columns, options)->append(change, {}, csv);
    ChangeFormatter::make(OutputFormat::Ndjson, {}, options)->append(change, {}, json);
    QVERIFY2(csv.ends_with(",row,," + plainCsv(m_values[number]) + ",***\r\n"), csv.c_str());
    QVERIFY2(json.find("\"after\":{\"payload\":" + plainJson(m_values[number]) + ",\"id\":\"***\"}") !=
                 std::string::npos,
             json.c_str());
}

void FormatTest::theMaskHidesUndecodableRows()
{
    // A row whose length says more than there is.
    const QueueSnapshot read = test::snapshotOf({{"-80", "1", 50, 0, {}, {}, "secret"}}, {"-80"});
    query::Row broken;
    broken.add_lengths(100);
    broken.set_values("secret");
    vtgate::StreamExecuteResponse response;
    test::addField(*response.mutable_result(), "payload", query::VARCHAR, "varchar(9)");
    *response.mutable_result()->add_rows() = broken;
    ReaderDescription description;
    description.api = ReaderDescription::Api::VtgateQuery;
    const ReaderId reader = read.capture->openReader(description).value();
    (void)read.capture->append(reader, response.SerializeAsString(), test::kNow).value();
    const Snapshot snapshot = read.capture->snapshot();
    ChangeView change;
    change.read(snapshot, snapshot.count() - 1);
    QVERIFY(change.fault() != RowFault::None);
    for (const OutputFormat format : {OutputFormat::Csv, OutputFormat::Ndjson, OutputFormat::Redo}) {
        for (const bool isMasked : {false, true}) {
            FormatOptions options;
            if (isMasked)
                options.masked = Masks({"payload"});
            std::string line;
            ChangeFormatter::make(format, {"payload"}, options)->append(change, {}, line);
            const bool isTold = line.find("736563726574") != std::string::npos;
            QCOMPARE(isTold, !isMasked && !isSql(format));
            QVERIFY2(line.find(faultText(change.fault())) != std::string::npos, line.c_str());
        }
    }
}

void FormatTest::timesAndZones_data()
{
    QTest::addColumn<int>("time");
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<QByteArray>("csv");
    QTest::addColumn<QByteArray>("json");
    const auto row = [](FormatOptions::Time time, const char* zone, const char* csv, const char* json) {
        QTest::addRow("%d %s", static_cast<int>(time), zone)
            << static_cast<int>(time) << QByteArray(zone) << QByteArray(csv) << QByteArray(json);
    };
    using Time = FormatOptions::Time;
    row(Time::Iso, "", "2026-03-04T14:21:42.000000Z", "\"2026-03-04T14:21:42.000000Z\"");
    row(Time::Iso, "Europe/Berlin", "2026-03-04T15:21:42.000000+01:00", "\"2026-03-04T15:21:42.000000+01:00\"");
    row(Time::Iso, "America/St_Johns", "2026-03-04T10:51:42.000000-03:30", "\"2026-03-04T10:51:42.000000-03:30\"");
    row(Time::Iso, "Asia/Kathmandu", "2026-03-04T20:06:42.000000+05:45", "\"2026-03-04T20:06:42.000000+05:45\"");
    row(Time::UnixMs, "", "1772634102000", "1772634102000");
    row(Time::UnixNs, "", "1772634102000000000", "\"1772634102000000000\"");
}

void FormatTest::timesAndZones()
{
    QFETCH(int, time);
    QFETCH(QByteArray, zone);
    QFETCH(QByteArray, csv);
    QFETCH(QByteArray, json);
    FormatOptions options;
    options.time = static_cast<FormatOptions::Time>(time);
    options.zone = zone.toStdString();
    ChangeView change;
    const Snapshot snapshot = m_read.capture->snapshot();
    change.read(snapshot, 0);
    std::string line;
    ChangeFormatter::make(OutputFormat::Csv, {}, options)->append(change, {}, line);
    QVERIFY2(line.starts_with(csv.toStdString() + ","), line.c_str());
    line.clear();
    ChangeFormatter::make(OutputFormat::Ndjson, {}, options)->append(change, {}, line);
    QVERIFY2(line.starts_with("{\"time\":" + json.toStdString() + ","), line.c_str());
}

void FormatTest::exactNumbersAndBase64()
{
    const auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = capture->openReader(description).value();
    for (const std::string& message : test::readMessages("vstream-live-alltypes.bin"))
        (void)capture->append(reader, message, 1).value();
    const Snapshot snapshot = capture->snapshot();
    const auto written = [&](const FormatOptions& options) {
        const auto formatter = ChangeFormatter::make(OutputFormat::Ndjson, {}, options);
        std::string text;
        ChangeView change;
        for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
            change.read(snapshot, i);
            if (change.isChange())
                formatter->append(change, {}, text);
        }
        return text;
    };
    FormatOptions options;
    const std::string safe = written(options);
    options.hasExactNumbers = true;
    options.binary = FormatOptions::Binary::Base64;
    const std::string exact = written(options);
    const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
    for (const char* number : {"18446744073709551615", "-9223372036854775808",
                               "99999999999999999999999999999999999.999999999999999999999999999999", "3.4028235E+38"}) {
        QVERIFY2(has(safe, (std::string(":\"") + number + "\"").c_str()), number);
        QVERIFY2(has(exact, (std::string(":") + number + ",").c_str()), number);
    }
    QVERIFY(has(safe, "\"c_bin4\":\"01020304\""));
    QVERIFY(has(exact, "\"c_bin4\":\"AQIDBA==\""));
    for (const std::string* text : {&safe, &exact}) {
        for (const QByteArray& line : QByteArray::fromStdString(*text).split('\n').mid(0, 9))
            QVERIFY2(QJsonDocument::fromJson(line).isObject(), line);
    }
}

void FormatTest::events()
{
    const auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = capture->openReader(description).value();
    vtgate::VStreamResponse response;
    binlogdata::VEvent& statement = *response.add_events();
    statement.set_type(binlogdata::INSERT);
    statement.set_dml("insert into t values ('secret')");
    statement.set_keyspace("shop");
    statement.set_shard("-80");
    QVERIFY(capture->append(reader, response.SerializeAsString(), 1));
    QVERIFY(capture->addGap(reader, {"shop", "-80", {}, "MySQL56/x:7", "Said \"why\"."}, 2'000'000'000));
    const Snapshot snapshot = capture->snapshot();
    QCOMPARE(snapshot.count(), std::uint64_t{2});
    const auto written = [&](OutputFormat format, const FormatOptions& options) {
        const auto formatter = ChangeFormatter::make(format, {}, options);
        std::string text;
        for (std::uint64_t i = 0; i < snapshot.count(); ++i)
            formatter->appendEvent(snapshot, i, text);
        return QByteArray::fromStdString(text);
    };
    FormatOptions options;
    QVERIFY(written(OutputFormat::Ndjson, options).isEmpty());
    options.hasEvents = true;
    QVERIFY(written(OutputFormat::Csv, options).isEmpty());
    const QList<QByteArray> lines = written(OutputFormat::Ndjson, options).split('\n');
    QCOMPARE(lines.size(), qsizetype{3});
    QVERIFY2(lines[0].contains("secret"), lines[0]);
    const QJsonDocument gap = QJsonDocument::fromJson(lines[1]);
    QCOMPARE(gap[QStringLiteral("time")].toString(), QStringLiteral("1970-01-01T00:00:02.000000Z"));
    QCOMPARE(gap[QStringLiteral("keyspace")].toString(), QStringLiteral("shop"));
    QCOMPARE(gap[QStringLiteral("shard")].toString(), QStringLiteral("-80"));
    QCOMPARE(gap[QStringLiteral("op")].toString(), QStringLiteral("event"));
    QCOMPARE(gap[QStringLiteral("event")].toString(), QStringLiteral("Gap"));
    QCOMPARE(gap[QStringLiteral("detail")].toString(), QStringLiteral("MySQL56/x:7"));
    QCOMPARE(gap[QStringLiteral("note")].toString(), QStringLiteral("Said \"why\". · shop/-80"));
    // A statement may hold any column's values.
    options.masked = Masks({"name"});
    const QByteArray masked = written(OutputFormat::Ndjson, options);
    QVERIFY2(!masked.contains("secret") && masked.contains("MySQL56/x:7"), masked);
}

void FormatTest::whatIsNoDialect()
{
    for (const char* text : {",", ";", "|", "\t", "tab", ":", " "})
        QVERIFY2(delimiterFrom(text), text);
    for (const char* text : {"", "\"", "\n", "a", "7", ",,", "é"})
        QVERIFY2(!delimiterFrom(text), text);
    QVERIFY(isNullText("\\N", ',') && isNullText("", ',') && isNullText("a,b", ';'));
    QVERIFY(!isNullText("a,b", ',') && !isNullText("\"", ',') && !isNullText("\n", ','));
    QVERIFY(isZone("Europe/Berlin") && isZone("UTC") && !isZone("Europe/Atlantis"));
}

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
