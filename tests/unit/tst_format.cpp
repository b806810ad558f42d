// What is quoted and escaped in files, wherever in a value it stands.
#include <QtTest>

#include "streamcore/clock.h"
#include "streamcore/output/format.h"
#include "tests/window/messagerows.h"

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

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
