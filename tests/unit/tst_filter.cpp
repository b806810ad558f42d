// Filters: read, written back, and applied to what a real server sent and to changes made for it.
#include <QtTest>

#include "binlogdata.pb.h"
#include "streamcore/capture/capture.h"
#include "streamcore/capture/change.h"
#include "streamcore/select/filterlines.h"
#include "streamcore/select/find.h"
#include "streamcore/value/compare.h"
#include "streamcore/value/jsonpath.h"
#include "tests/support/samples.h"
#include "vtgate.pb.h"

#include <cmath>
#include <random>

using namespace vtscope;

namespace {

__extension__ using Wide = __int128;

Filter parsed(const std::string& text)
{
    const auto filter = Filter::parse(text);
    if (!filter)
        qFatal("%s: %s", text.c_str(), filter.error().sentence.c_str());
    return *filter;
}

std::shared_ptr<Capture> captureOf(const std::vector<std::string>& messages, const std::string& keyspace)
{
    auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.keyspace = keyspace;
    const ReaderId reader = capture->openReader(description).value();
    for (const std::string& message : messages)
        (void)capture->append(reader, message, 1).value();
    return capture;
}

// The numbers of the lines that pass.
std::vector<std::uint64_t> passing(const Capture& capture, const std::string& filter)
{
    const Snapshot snapshot = capture.snapshot();
    const auto rows = filterLines(snapshot, parsed(filter), {});
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < rows->count(); ++i)
        numbers.push_back(rows->at(i));
    return numbers;
}

struct Value
{
    std::optional<std::string> before, after;
};

// One update, whose columns are named by their wire types.
std::shared_ptr<Capture> updateOf(const std::vector<std::tuple<std::string, query::Type, std::string, Value>>& columns)
{
    vtgate::VStreamResponse response;
    binlogdata::VEvent& fields = *response.add_events();
    fields.set_type(binlogdata::FIELD);
    fields.mutable_field_event()->set_table_name("shop.orders");
    fields.mutable_field_event()->set_keyspace("shop");
    fields.mutable_field_event()->set_shard("-80");
    binlogdata::VEvent& row = *response.add_events();
    row.set_type(binlogdata::ROW);
    row.mutable_row_event()->set_table_name("shop.orders");
    row.mutable_row_event()->set_keyspace("shop");
    row.mutable_row_event()->set_shard("-80");
    row.set_current_time(1'772'625'784'000'000'000);
    binlogdata::RowChange& change = *row.mutable_row_event()->add_row_changes();
    const auto append = [](query::Row& image, const std::optional<std::string>& value) {
        image.add_lengths(value ? static_cast<std::int64_t>(value->size()) : -1);
        if (value)
            image.mutable_values()->append(*value);
    };
    for (const auto& [name, type, columnType, value] : columns) {
        query::Field& field = *fields.mutable_field_event()->add_fields();
        field.set_name(name);
        field.set_type(type);
        field.set_column_type(columnType);
        field.set_charset(255);
        if (name == "id")
            field.set_flags(2); // primary key
        append(*change.mutable_before(), value.before);
        append(*change.mutable_after(), value.after);
    }
    return captureOf({response.SerializeAsString()}, "shop");
}

} // namespace

class FilterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isWrittenInOneWay_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("written");
        const auto row = [](const char* text, const char* written = nullptr) {
            QTest::newRow(text) << QByteArray(text) << QByteArray(written ? written : text);
        };
        row("");
        row("   ", "");
        row("op = update");
        row("OP=update AND after.total>100 and Changed(status)",
            "op = update and after.total > 100 and changed(status)");
        row("a = 1 or b = 2 and c = 3", "a = 1 or b = 2 and c = 3");
        row("(a = 1 or b = 2) and c = 3");
        row("((a = 1))", "a = 1");
        row("a = 1 and (b = 2 and c = 3)", "a = 1 and b = 2 and c = 3");
        row("not (a = 1 or b = 2)");
        row("not not a = 1");
        row("a not in (1,2)", "not a in (1, 2)");
        row("a not like 'x%'", "not a like 'x%'");
        row("a is null");
        row("a is NOT null", "a is not null");
        row("a <> 5", "a != 5");
        row("status in (paid, \"packed\", 'it''s')", "status in ('paid', 'packed', 'it''s')");
        row("name = \"a\"\"b\"", "name = 'a\"b'");
        row("`op` = 1");
        row("`a b` ~ '^x[0-9]+$'");
        row("`a``b` = 1");
        row("before.`in` contains 'ä'");
        row("doc:$.user.id = 7");
        row("after.doc:$.items[0].\"a b\" = 'x'");
        row("doc:$ is null");
        row("shard = -80", "shard = -80");
        row("shard = 80-", "shard = '80-'");
        row("time >= 2026-03-04 and time < '2026-03-04 12:03:04.5'",
            "time >= '2026-03-04' and time < '2026-03-04 12:03:04.5'");
        row("txn = 12 and pk = 7 and table = orders", "txn = 12 and pk = 7 and table = 'orders'");
        row("größe > 1.50");
        row("sent(note) and position contains ':1-5'");
    }
    void isWrittenInOneWay()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, written);
        QCOMPARE(QByteArray::fromStdString(parsed(text.toStdString()).text()), written);
        QCOMPARE(QByteArray::fromStdString(parsed(written.toStdString()).text()), written);
    }

    void unfinishedIsNotWrong_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"op",     "op =",   "op = upd", "a",        "a = ",           "a = 1 and", "a = 1 an", "a = 1 or not",
              "(a = 1", "a in",   "a in (1",  "a in (1,", "a is",           "a is not",  "a is n",   "a li",
              "a not",  "a = 'x", "`a",       "changed",  "changed(",       "changed(a", "before",   "before.",
              "a !",    "doc:",   "doc:$.",   "doc:$.a[", "time > 2026-03", "not"})
            QTest::newRow(text) << QByteArray(text);
    }
    void unfinishedIsNotWrong()
    {
        QFETCH(QByteArray, text);
        const auto filter = Filter::parse(text.toStdString());
        QVERIFY(!filter);
        QVERIFY2(filter.error().isUnfinished, filter.error().sentence.c_str());
        QVERIFY(!filter.error().sentence.empty());
    }

    void mistakesHaveAPlace_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("at");
        QTest::addColumn<int>("length");
        const auto row = [](const char* text, int at, int length) {
            QTest::newRow(text) << QByteArray(text) << at << length;
        };
        row("a == 1", 3, 1);
        row("a = 1 b = 2", 6, 1);
        row("op = upsert and a = 1", 5, 6);
        row("a = null and b = 1", 4, 4);
        row("a ~ '('", 4, 3);
        row("and a = 1", 0, 3);
        row("a = 1)", 5, 1);
        row("a ? 1", 2, 1);
        row("changed(before.a)", 8, 6);
        row("changed(op) or a = 1", 8, 2);
        row("doc:user = 1", 4, 4);
        row("time > 'noon'", 7, 6);
        row("a is 5", 5, 1);
        row("before.a > after.a", 11, 5);
    }
    void mistakesHaveAPlace()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, at);
        QFETCH(int, length);
        const auto filter = Filter::parse(text.toStdString());
        QVERIFY(!filter);
        QVERIFY2(!filter.error().isUnfinished, filter.error().sentence.c_str());
        QCOMPARE(static_cast<int>(filter.error().at), at);
        QCOMPARE(static_cast<int>(filter.error().length), length);
    }

    // Any bytes at all: a filter or a problem inside the text, and what is written reads the same.
    void anyTextIsAnswered()
    {
        std::mt19937 random(7);
        const std::vector<std::string> pieces{
            "a",    "`b c`", "op",       "update",  "=",          "!=",     "<", "and", "or",  "not",
            "(",    ")",     "in",       ",",       "'x'",        "\"y\"",  "1", "-80", "is",  "null",
            "like", "~",     "contains", "changed", "sent",       "before", ".", ":",   "$.a", "'",
            "`",    "$",     "\xff",     "time",    "2026-03-04", "pk",     "!"};
        int filters = 0;
        for (int run = 0; run < 200'000; ++run) {
            std::string text;
            for (auto count = random() % 9; count > 0; --count)
                text += pieces[random() % pieces.size()] + (random() % 8 ? " " : "");
            const auto filter = Filter::parse(text);
            if (filter) {
                ++filters;
                const std::string written = filter->text();
                const auto again = Filter::parse(written);
                QVERIFY2(again && again->text() == written, text.c_str());
            } else {
                QVERIFY2(filter.error().at + filter.error().length <= text.size(), text.c_str());
            }
        }
        QVERIFY(filters > 100);
        // Nor does depth end the program.
        QVERIFY(!Filter::parse(std::string(100'000, '(')));
        std::string nots;
        for (int i = 0; i < 100'000; ++i)
            nots += "not ";
        QVERIFY(!Filter::parse(nots + "a = 1"));
    }

    void comparesByTheColumnsType_data()
    {
        QTest::addColumn<QByteArray>("filter");
        QTest::addColumn<bool>("isPassed");
        const auto row = [](const char* filter, bool isPassed) {
            QTest::newRow(filter) << QByteArray(filter) << isPassed;
        };
        row("id = 18446744073709551615", true);
        row("id = 18446744073709551614", false);
        row("id > 9", true);
        row("id = 18446744073709551615.0", true);
        row("pk = 18446744073709551615", true);
        row("total = 99.5", true);
        row("total = 99.50000000000000000001", false);
        row("total < 100", true);
        row("before.total = -0.10 and after.total = 99.50", true);
        row("total = -0.1", true); // either image
        row("after.total = -0.1", false);
        row("weight > 0.09 and weight < 1e-1", false);
        row("weight = 1e-1", true);
        row("status = packed", true);
        row("after.status in (new, paid)", false);
        row("before.status in (new, paid)", true);
        row("status > 'pa'", true);
        row("name = 'Zoë'", true);
        row("name = 'zoë'", false);
        row("name contains 'ZO'", true);
        row("name contains ''", true);
        row("name like 'Z__'", true);
        row("name like 'Z_'", false);
        row("name like '%ë'", true);
        row("name ~ '^Z.ë$'", true);
        row("name not like 'Z%'", false);
        row("made = '2026-03-04 12:03:04'", true);
        row("made >= 2026-03-04 and made < 2026-03-05", true);
        row("made = '2026-03-04T12:03:04.000'", true);
        row("took < '00:00:00'", true);
        row("took > '-838:59:59'", true);
        row("took = '-00:00:01.5'", true);
        row("note is null", true);
        row("after.note is null", false);
        row("after.note is not null", true);
        row("note != 'x'", true);
        row("before.note != 'x'", false); // NULL is not compared
        row("changed(note)", true);
        row("changed(name)", false);
        row("sent(note)", true);
        row("changed(nosuch) or nosuch = 1 or sent(nosuch)", false);
        row("doc:$.user.id = 7", true);
        row("doc:$.user.id = 7.0", true);
        row("doc:$.user.id > 10", false);
        row("doc:$.user.id = 9007199254740993", false);
        row("after.doc:$.big = 9007199254740993", true);
        row("after.doc:$.big = 9007199254740992", false);
        row("after.doc:$.tags[1] = 'b\"é'", true);
        row("after.doc:$.tags[2] is null", true);
        row("after.doc:$.none is null", true);
        row("after.doc:$.tags is not null", true);
        row("after.doc:$.user.name like 'Zo%'", true);
        row("op = update", true);
        row("op in (insert, delete)", false);
        row("table = orders and keyspace = shop and shard = -80", true);
        row("shard != '-80'", false);
        row("time = '2026-03-04 12:03:04'", true);
        row("time > '2026-03-04 12:03:04.5'", false);
    }
    void comparesByTheColumnsType()
    {
        QFETCH(QByteArray, filter);
        QFETCH(bool, isPassed);
        const auto capture = updateOf({
            {"id", query::UINT64, "bigint unsigned", {"18446744073709551615", "18446744073709551615"}},
            {"total", query::DECIMAL, "decimal(10,2)", {"-0.10", "99.50"}},
            {"weight", query::FLOAT64, "double", {"0.1", "0.1"}},
            {"status", query::ENUM, "enum('new','paid','packed')", {"paid", "packed"}},
            {"name", query::VARCHAR, "varchar(20)", {"Zoë", "Zoë"}},
            {"made", query::DATETIME, "datetime(6)", {"2026-03-04 12:03:04.000000", "2026-03-04 12:03:04.000000"}},
            {"took", query::TIME, "time(1)", {"-00:00:01.5", "-00:00:01.5"}},
            {"note", query::VARCHAR, "varchar(20)", {std::nullopt, "y"}},
            {"doc",
             query::JSON,
             "json",
             {"{\"user\": {\"id\": 7}}", "{ \"x\":[{\"y\":\"}]\"}], \"user\":{\"id\":8,\"name\":\"Zo\\u00eb\"}, "
                                         "\"tags\": [\"a\", \"b\\\"é\"], \"big\": 9007199254740993}"}},
        });
        QCOMPARE(!passing(*capture, filter.toStdString()).empty(), isPassed);
        QCOMPARE(!passing(*capture, "not (" + filter.toStdString() + ")").empty(), !isPassed);
    }

    // What a real server sent: each value finds the rows that have it, and no others.
    void findsWhatAServerSent()
    {
        const auto capture = captureOf(test::readMessages("vstream-live-alltypes.bin"), "solo");
        const Snapshot snapshot = capture->snapshot();
        ChangeView change;
        int asked = 0;
        for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
            change.read(snapshot, number);
            if (!change.isChange())
                continue;
            const Schema& schema = *change.schema();
            for (std::size_t column = 0; column < schema.columns.size(); ++column) {
                const Cell cell = change.current(column);
                if (cell.state == Cell::State::NotSent || cell.state == Cell::State::Absent)
                    continue;
                std::string text = "`" + schema.columns[column].name + "`";
                if (cell.hasValue()) {
                    std::string exact;
                    appendExact(cell, exact);
                    if (schema.columns[column].kind == ValueKind::Bit) {
                        std::uint64_t bits = 0;
                        for (const char c : cell.bytes)
                            bits = bits << 8 | static_cast<unsigned char>(c);
                        exact = std::to_string(bits);
                    }
                    text += " = '";
                    for (const char c : exact)
                        text += c == '\'' ? "''" : std::string(1, c);
                    text += "'";
                } else {
                    text += " is null";
                }
                const auto numbers = passing(*capture, text);
                const bool isZeroDate = cell.bytes.starts_with("0000-00-00");
                QVERIFY2(std::find(numbers.begin(), numbers.end(), number) != numbers.end() || isZeroDate,
                         text.c_str());
                ++asked;
            }
        }
        QVERIFY(asked > 100);
    }

    // Text of any length out of any value, in any case, against looking through each value.
    void findsTextWhereverItIs()
    {
        std::mt19937 random(11);
        for (const char* sample : {"vstream-live-alltypes.bin", "vstream-ddl.bin"}) {
            const auto capture = captureOf(test::readMessages(sample), "solo");
            const Snapshot snapshot = capture->snapshot();
            const RowSet all = RowSet::range(0, snapshot.count());
            ChangeView change;
            const auto lowered = [](std::string text) {
                for (char& c : text)
                    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
                return text;
            };
            const auto textsOf = [&](std::uint64_t number) {
                std::vector<std::string> texts;
                change.read(snapshot, number);
                if (!change.isChange() || change.fault() != RowFault::None) {
                    const EventText event = eventText(snapshot, number);
                    return std::vector<std::string>{lowered(event.title), lowered(event.detail), lowered(event.note)};
                }
                texts.push_back(lowered(change.layout().table));
                for (std::size_t i = 0; i < change.schema()->columns.size(); ++i) {
                    for (const Cell& cell : {change.current(i), change.isChanged(i) ? change.before(i) : Cell()}) {
                        std::string exact;
                        if (cell.hasValue())
                            appendExact(cell, exact);
                        texts.push_back(lowered(exact));
                    }
                }
                return texts;
            };
            std::vector<std::vector<std::string>> texts;
            for (std::uint64_t number = 0; number < snapshot.count(); ++number)
                texts.push_back(textsOf(number));
            for (int run = 0; run < 2000; ++run) {
                const auto& some = texts[random() % texts.size()];
                const std::string& from = some[random() % some.size()];
                if (from.empty())
                    continue;
                const std::size_t at = random() % from.size();
                std::string needle = from.substr(at, 1 + random() % 6);
                for (char& c : needle)
                    c = c >= 'a' && c <= 'z' && random() % 2 ? static_cast<char>(c - 32) : c;
                std::optional<std::uint64_t> wanted;
                for (std::uint64_t number = 0; number < texts.size() && !wanted; ++number) {
                    for (const std::string& text : texts[number]) {
                        if (text.find(lowered(needle)) != std::string::npos)
                            wanted = number;
                    }
                }
                QVERIFY2(findText(snapshot, all, needle, 0, false, {}) == wanted, needle.c_str());
            }
            QVERIFY(!findText(snapshot, all, "stands nowhere", 0, false, {}));
        }
    }

    void numbersCompareExactly()
    {
        std::mt19937_64 random(3);
        for (int run = 0; run < 100'000; ++run) {
            // Against whole numbers of 128 bits, moved by the same point.
            const auto some = [&] { return static_cast<Wide>(static_cast<std::int64_t>(random() >> (random() % 64))); };
            const Wide a = random() % 2 ? some() : -some(), b = random() % 4 ? (random() % 2 ? some() : -some()) : a;
            const auto places = random() % 20;
            const auto text = [&](Wide number) {
                const bool isNegative = number < 0;
                std::string digits;
                for (Wide rest = isNegative ? -number : number; rest > 0; rest /= 10)
                    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
                digits.insert(0, places + 1 > digits.size() ? places + 1 - digits.size() : 0, '0');
                digits.insert(0, random() % 3, '0');
                if (places > 0)
                    digits.insert(digits.size() - places, ".");
                if (places > 0)
                    digits.append(random() % 3, '0');
                return (isNegative ? "-" : random() % 5 ? "" : "+") + digits;
            };
            const std::string left = text(a), right = text(b);
            const auto order = compareNumbers(left, right);
            QVERIFY2(order && *order == std::partial_ordering(a <=> b), (left + " " + right).c_str());
        }
        for (const char* no : {"", "-", ".", "1e", "1x", "0x1", " 1", "1 ", "--1", "1.2.3", "nan"})
            QVERIFY2(!compareNumbers(no, "1") && !isNumber(no), no);
        QVERIFY(*compareNumbers("1e3", "1000") == 0);
        QVERIFY(*compareNumbers("-1e-300", "0") < 0);
    }

    void timesCompare()
    {
        const std::vector<std::string> ordered{"1000-01-01",
                                               "1969-12-31 23:59:59.999999",
                                               "1970-01-01",
                                               "2026-03-04",
                                               "2026-03-04 00:00:00.000001",
                                               "2026-03-04T12:03",
                                               "2026-03-04 12:03:00.5",
                                               "2026-03-04 12:03:01",
                                               "9999-12-31 23:59:59"};
        for (std::size_t i = 0; i < ordered.size(); ++i)
            for (std::size_t j = 0; j < ordered.size(); ++j)
                QVERIFY2(*compareTimes(ordered[i], ordered[j]) == std::partial_ordering(i <=> j), ordered[i].c_str());
        const std::vector<std::string> spans{"-838:59:59", "-00:00:01", "-00:00:00.000001", "00:00",
                                             "00:00:00.5", "24:00:00",  "838:59:59"};
        for (std::size_t i = 0; i < spans.size(); ++i)
            for (std::size_t j = 0; j < spans.size(); ++j)
                QVERIFY2(*compareTimes(spans[i], spans[j]) == std::partial_ordering(i <=> j), spans[i].c_str());
        QVERIFY(*compareTimes("-00:00:00", "00:00:00.000") == 0);
        for (const char* no :
             {"", "2026", "2026-03", "2026-03-04 ", "2026-03-04 12", "noon", "12:00:00", "2026-03-04 12:03x"})
            QVERIFY2(!compareTimes(no, "2026-03-04"), no);
    }

    void jsonPathsAreWrittenBack_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("written");
        QTest::newRow("whole") << QByteArray("$") << QByteArray("$");
        QTest::newRow("members") << QByteArray("$.a.b_1") << QByteArray("$.a.b_1");
        QTest::newRow("element") << QByteArray("$[0].x[12]") << QByteArray("$[0].x[12]");
        QTest::newRow("quoted") << QByteArray("$.\"a b\".\"c\"") << QByteArray("$.\"a b\".c");
        QTest::newRow("escaped") << QByteArray("$.\"a\\\"b\"") << QByteArray("$.\"a\\\"b\"");
    }
    void jsonPathsAreWrittenBack()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, written);
        const auto path = parseJsonPath(text.toStdString());
        QVERIFY(path);
        QCOMPARE(QByteArray::fromStdString(textOf(*path)), written);
        QVERIFY(parseJsonPath(written.toStdString()) == path);
    }

    void brokenJsonIsMissing()
    {
        const JsonPath path = *parseJsonPath("$.a[1].b");
        const std::string whole =
            "{\"z\": {\"a\": [1]}, \"a\": [{\"b\": 0}, {\"c\": \"}\", \"b\": \"x\\ud83d\\ude00\\n\"}]}";
        const JsonValue found = findInJson(whole, path);
        std::string text;
        appendJsonText(found, text);
        QCOMPARE(text, std::string("x😀\n"));
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            const JsonValue part = findInJson(std::string_view(whole).substr(0, cut), path);
            QVERIFY(part.kind == JsonValue::Kind::Missing || part.raw == found.raw);
        }
        std::mt19937 random(5);
        for (int run = 0; run < 50'000; ++run) {
            std::string bent = whole;
            for (int i = 0; i < 3; ++i)
                bent[random() % bent.size()] = static_cast<char>(random());
            std::string out;
            appendJsonText(findInJson(bent, path), out);
        }
        for (const char* no : {"", "a", "$.", "$[", "$[x]", "$.a b", "$..a", "$[-1]", "$.\"a"})
            QVERIFY2(!parseJsonPath(no), no);
    }
};

QTEST_GUILESS_MAIN(FilterTest)
#include "tst_filter.moc"
