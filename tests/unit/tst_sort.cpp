// Sorting of random captures, against a stable sort that compares values as they are.
#include <QtTest>

#include "streamcore/capture/change.h"
#include "streamcore/select/sort.h"
#include "streamcore/value/compare.h"
#include "tests/unit/randomcapture.h"

#include <cstdlib>

using namespace vtscope;
using test::below;
using test::listOf;
using test::Random;

namespace {

// A value as it is sorted: by rank first.
struct Value
{
    enum Rank { Null, Number, Span, Moment, Label, Text, NotSent, Absent };

    Rank rank = Absent;
    std::string text;
    bool isFloat = false;
    std::ptrdiff_t label = 0;
};

Value valueOf(const Cell& cell)
{
    using Kind = ValueKind;
    if (cell.state == Cell::State::Null)
        return {Value::Null, {}, false, 0};
    if (!cell.hasValue())
        return {cell.state == Cell::State::NotSent ? Value::NotSent : Value::Absent, {}, false, 0};
    const Column& column = *cell.column;
    Value value{Value::Text, std::string(cell.bytes), false, 0};
    if (column.kind == Kind::Bit) {
        std::uint64_t bits = 0;
        for (const char c : cell.bytes)
            bits = bits << 8 | static_cast<unsigned char>(c);
        if (cell.bytes.size() <= 8)
            return {Value::Number, std::to_string(bits), false, 0};
        return value;
    }
    if (column.isNumber() && isNumber(value.text)) {
        value.rank = Value::Number;
        value.isFloat = column.kind == Kind::Float || value.text.find('e') != std::string::npos;
        return value;
    }
    const bool isTemporal = column.kind == Kind::Date || column.kind == Kind::Time || column.kind == Kind::DateTime ||
                            column.kind == Kind::Timestamp;
    // Beyond what MySQL has, such as in a row that does not add up, it is text.
    if (const auto key = timeKey(value.text); isTemporal && key)
        value.rank = key->hasDate ? Value::Moment : Value::Span;
    if (column.charset != Charset::Utf8 || column.hasNumericMembers) {
        if (!column.isBytes()) {
            value.text.clear();
            appendExact(cell, value.text);
        }
    }
    const auto label = std::find(column.members.begin(), column.members.end(), value.text);
    if (column.kind == Kind::Enum && label != column.members.end()) {
        value.rank = Value::Label;
        value.label = label - column.members.begin();
    }
    return value;
}

int signOf(std::partial_ordering order)
{
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int compare(const Value& a, const Value& b)
{
    switch (a.rank) {
    case Value::Number:
        if (a.isFloat || b.isFloat) {
            const double left = std::strtod(a.text.c_str(), nullptr), right = std::strtod(b.text.c_str(), nullptr);
            return left != right ? (left < right ? -1 : 1) : int(b.isFloat) - int(a.isFloat);
        }
        return signOf(*compareNumbers(a.text, b.text));
    case Value::Span:
    case Value::Moment:
        return signOf(*compareTimes(a.text, b.text));
    case Value::Label:
        return a.label < b.label ? -1 : a.label > b.label;
    case Value::Text:
        return a.text.compare(b.text);
    default:
        return 0;
    }
}

bool isOfRows(Value::Rank rank)
{
    return rank != Value::Null && rank != Value::NotSent && rank != Value::Absent;
}

// The lines in the order of these values.
std::vector<std::uint64_t> sorted(std::vector<std::uint64_t> lines, const std::map<std::uint64_t, Value>& values,
                                  bool isDescending)
{
    std::stable_sort(lines.begin(), lines.end(), [&](std::uint64_t left, std::uint64_t right) {
        const Value &a = values.at(left), &b = values.at(right);
        if (a.rank != b.rank)
            return (a.rank < b.rank) != (isDescending && isOfRows(a.rank) && isOfRows(b.rank));
        const int order = compare(a, b);
        return order != 0 && (order < 0) != isDescending;
    });
    return lines;
}

} // namespace

class SortTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sortsColumnsByTheirType()
    {
        Random random(1);
        std::array<int, Value::Absent + 1> seen{};
        for (int run = 0; run < 200; ++run) {
            // Some over several threads.
            const auto capture = test::randomCapture(random, run % 50 == 0 ? 20'000 : 300);
            const Snapshot snapshot = capture->snapshot();
            std::vector<std::uint64_t> lines;
            for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                if (run % 2 == 0 || below(random, 2))
                    lines.push_back(number);
            }
            for (const std::string& name : test::columnNames()) {
                std::map<std::uint64_t, Value> values;
                ChangeView change;
                for (const std::uint64_t number : lines) {
                    change.read(snapshot, number);
                    const int place = change.isChange() && change.schema() ? change.schema()->indexOf(name) : -1;
                    values[number] = place < 0 ? Value() : valueOf(change.current(static_cast<std::size_t>(place)));
                    ++seen[values[number].rank];
                }
                for (const bool isDescending : {false, true}) {
                    const auto rows =
                        sortLines(snapshot, RowSet::of(lines), {SortKey::Kind::Column, name, isDescending}, {});
                    QVERIFY2(rows && listOf(*rows) == sorted(lines, values, isDescending), name.c_str());
                }
            }
        }
        for (const int count : seen)
            QVERIFY(count > 200);
    }

    void sortsFacts()
    {
        Random random(2);
        for (int run = 0; run < 100; ++run) {
            const auto capture = test::randomCapture(random, 200);
            const Snapshot snapshot = capture->snapshot();
            std::vector<std::uint64_t> lines(snapshot.count());
            std::iota(lines.begin(), lines.end(), 0);
            std::shuffle(lines.begin(), lines.end(), random);
            ChangeView change;
            using Kind = SortKey::Kind;
            for (const Kind kind :
                 {Kind::Arrival, Kind::Time, Kind::Op, Kind::Table, Kind::Shard, Kind::Keyspace, Kind::Transaction}) {
                std::map<std::uint64_t, Value> values;
                for (const std::uint64_t number : lines) {
                    change.read(snapshot, number);
                    const Layout& layout = change.layout();
                    const int op = change.isChange() ? static_cast<int>(change.op()) : 9;
                    values[number] =
                        kind == Kind::Arrival    ? Value{Value::Number, std::to_string(number), false, 0}
                        : kind == Kind::Time     ? Value{Value::Number, std::to_string(change.time()), false, 0}
                        : kind == Kind::Op       ? Value{Value::Number, std::to_string(op), false, 0}
                        : kind == Kind::Table    ? Value{Value::Text, layout.table, false, 0}
                        : kind == Kind::Shard    ? Value{Value::Text, layout.shard, false, 0}
                        : kind == Kind::Keyspace ? Value{Value::Text, layout.keyspace, false, 0}
                                                 : Value{Value::Number, std::to_string(change.transaction()), false, 0};
                }
                for (const bool isDescending : {false, true}) {
                    const auto rows = sortLines(snapshot, RowSet::of(lines), {kind, {}, isDescending}, {});
                    QVERIFY(rows && listOf(*rows) == sorted(lines, values, isDescending));
                }
            }
        }
    }

    void keysOfNumbersAndTimesKeepTheirOrder()
    {
        Random random(3);
        const auto number = [&] {
            std::string text = below(random, 2) ? "-" : "";
            for (std::size_t i = below(random, 22) + 1; i > 0; --i)
                text += static_cast<char>('0' + below(random, below(random, 2) ? 10 : 2));
            if (below(random, 2))
                text += "." + std::to_string(below(random, 2000));
            return text;
        };
        for (int run = 0; run < 200'000; ++run) {
            const std::string a = number(), b = below(random, 3) ? number() : a + (a.find('.') == a.npos ? ".0" : "0");
            const auto left = *numberKey(a), right = *numberKey(b);
            const auto order = *compareNumbers(a, b);
            if (left.bits != right.bits)
                QVERIFY2((left.bits < right.bits) == (order < 0), (a + " " + b).c_str());
            else
                QVERIFY2(order == 0 || !left.isExact || !right.isExact, (a + " " + b).c_str());
        }
        const std::vector<std::string> times{"0000-00-00",
                                             "1000-01-01",
                                             "2026-03-04",
                                             "2026-03-04 00:00:00.000001",
                                             "2026-03-04 23:59:59.999999",
                                             "9999-12-31 23:59:59"};
        const std::vector<std::string> spans{"-838:59:59.5", "-00:00:01", "-00:00:00.000001", "00:00:00", "838:59:59"};
        for (const auto& list : {times, spans}) {
            for (std::size_t i = 0; i < list.size(); ++i)
                for (std::size_t j = 0; j < list.size(); ++j)
                    QVERIFY((timeKey(list[i])->bits <=> timeKey(list[j])->bits) == (i <=> j));
        }
        QVERIFY(timeKey(times[0])->hasDate && !timeKey(spans[0])->hasDate);
        for (const char* no : {"", "noon", "2026-03-04 25:00:00", "2026-03-04 12:00:00.1234567", "900:00:00"})
            QVERIFY2(!timeKey(no), no);
    }

    void stops()
    {
        Random random(4);
        const auto capture = test::randomCapture(random, 100);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!sortLines(capture->snapshot(), RowSet::range(0, 50), {}, stop.get_token()));
        QCOMPARE(sortLines(capture->snapshot(), RowSet(), {}, {})->count(), std::uint64_t{0});
    }
};

QTEST_GUILESS_MAIN(SortTest)
#include "tst_sort.moc"
