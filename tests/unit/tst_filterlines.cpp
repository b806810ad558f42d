// Filters and searches of random captures, against looking at each value by itself.
#include <QtTest>

#include "streamcore/capture/change.h"
#include "streamcore/clock.h"
#include "streamcore/select/filterlines.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/select/find.h"
#include "streamcore/select/needle.h"
#include "streamcore/value/compare.h"
#include "tests/unit/randomcapture.h"

#include <re2/re2.h>

#include <set>

using namespace vtscope;
using test::below;
using test::listOf;
using test::Random;

namespace {

using Kind = FilterNode::Kind;

std::string lowerCase(std::string text)
{
    for (char& c : text)
        c = lowered(c);
    return text;
}

bool isLike(const std::string& text, const std::string& pattern)
{
    if (pattern.empty())
        return text.empty();
    if (pattern.front() == '%')
        return isLike(text, pattern.substr(1)) || (!text.empty() && isLike(text.substr(1), pattern));
    if (text.empty())
        return false;
    if (pattern.front() == '_') {
        std::size_t size = 1;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
            ++size;
        return isLike(text.substr(size), pattern.substr(1));
    }
    const bool isEscaped = pattern.front() == '\\' && pattern.size() > 1;
    const char wanted = pattern[isEscaped ? 1 : 0];
    return text.front() == wanted && isLike(text.substr(1), pattern.substr(isEscaped ? 2 : 1));
}

enum class How { Number, Time, Text };

// One line and one filter at a time, as the words of filter.h say.
class Plain
{
public:
    explicit Plain(const Snapshot& snapshot) : m_snapshot(snapshot) {}

    bool passes(const FilterNode& node, std::uint64_t number)
    {
        m_number = number;
        m_change.read(m_snapshot, number);
        return passes(node);
    }

    // Which values and facts make a line pass, in one word each.
    std::set<std::string> reasons(const FilterNode& node, std::uint64_t number)
    {
        std::set<std::string> all;
        if (!passes(node, number) || node.kind == Kind::Not)
            return all;
        for (const auto& part : node.parts)
            all.merge(reasons(*part, number));
        m_change.read(m_snapshot, number);
        if (!node.parts.empty())
            return all;
        if (node.operand.kind == FilterOperand::Kind::Key) {
            for (const Column& column : m_change.schema()->columns) {
                if (column.isKey)
                    all.insert((m_change.op() == Op::Delete ? "before." : "after.") + column.name + ' ');
            }
        } else if (node.operand.kind == FilterOperand::Kind::Column) {
            for (const bool isBefore : {false, true}) {
                FilterNode one = node;
                const auto image = isBefore ? FilterOperand::Image::Before : FilterOperand::Image::After;
                const int place = m_change.schema()->indexOf(node.operand.name);
                const auto column = static_cast<std::size_t>(place);
                const Cell cell = isBefore ? m_change.before(column) : m_change.after(column);
                const bool isSent = cell.hasValue() || cell.state == Cell::State::Null;
                const bool isMeant = node.operand.image == FilterOperand::Image::Either || node.operand.image == image;
                one.operand.image = image;
                std::string text = node.kind == Kind::Contains ? node.literals.front().text : std::string();
                std::transform(text.begin(), text.end(), text.begin(), lowered);
                if (isMeant && (node.kind == Kind::Sent ? isSent : passes(one)))
                    all.insert((isBefore ? "before." : "after.") + node.operand.name + ' ' + text);
            }
        } else {
            all.insert("fact " + std::to_string(static_cast<int>(node.operand.kind)));
        }
        return all;
    }

    // What a person can see of a line, in small letters.
    std::vector<std::string> texts(std::uint64_t number)
    {
        m_change.read(m_snapshot, number);
        if (!m_change.isChange() || m_change.fault() != RowFault::None) {
            const EventText text = eventText(m_snapshot, number);
            return {lowerCase(text.title), lowerCase(text.detail), lowerCase(text.note)};
        }
        std::vector<std::string> all{lowerCase(m_change.layout().table)};
        for (std::size_t i = 0; m_change.schema() && i < m_change.schema()->columns.size(); ++i) {
            for (const Cell& cell : {m_change.current(i), m_change.isChanged(i) ? m_change.before(i) : Cell()}) {
                if (cell.hasValue())
                    all.push_back(lowerCase(textOf(cell, false)));
            }
        }
        return all;
    }

private:
    bool passes(const FilterNode& node)
    {
        const auto isPassed = [this](const auto& part) { return passes(*part); };
        if (node.kind == Kind::And)
            return std::all_of(node.parts.begin(), node.parts.end(), isPassed);
        if (node.kind == Kind::Or)
            return std::any_of(node.parts.begin(), node.parts.end(), isPassed);
        if (node.kind == Kind::Not)
            return !passes(*node.parts.front());
        const Layout& layout = m_change.layout();
        switch (node.operand.kind) {
        case FilterOperand::Kind::Op:
            return isTrue(node, nameOf(m_change.op()), How::Text);
        case FilterOperand::Kind::Table:
            return isTrue(node, layout.table, How::Text);
        case FilterOperand::Kind::Shard:
            return isTrue(node, layout.shard, How::Text);
        case FilterOperand::Kind::Keyspace:
            return isTrue(node, layout.keyspace, How::Text);
        case FilterOperand::Kind::Time: {
            std::string text;
            appendTime(m_change.time(), text);
            return isTrue(node, text, How::Time);
        }
        case FilterOperand::Kind::Position:
            return isTrue(node, PositionFinder().find(m_snapshot, m_number), How::Text);
        case FilterOperand::Kind::Transaction:
            return isTrue(node, std::to_string(m_change.transaction()), How::Number);
        case FilterOperand::Kind::Key:
            return isTrueOfKey(node);
        case FilterOperand::Kind::Column:
            break;
        }
        const Schema* schema = m_change.schema();
        const int place = m_change.isChange() && schema ? schema->indexOf(node.operand.name) : -1;
        if (place < 0)
            return false;
        const auto column = static_cast<std::size_t>(place);
        const Cell after = m_change.after(column), before = m_change.before(column);
        if (node.kind == Kind::Changed)
            return m_change.isChanged(column);
        if (node.kind == Kind::Sent) {
            const auto isSent = [](const Cell& cell) {
                return cell.state == Cell::State::Null || cell.state == Cell::State::Value;
            };
            return isSent(after) || isSent(before);
        }
        using Image = FilterOperand::Image;
        return (node.operand.image != Image::Before && isTrueOfCell(node, after)) ||
               (node.operand.image != Image::After && isTrueOfCell(node, before));
    }

    bool isTrueOfKey(const FilterNode& node)
    {
        if (!m_change.isChange() || !m_change.schema())
            return false;
        std::vector<Cell> cells;
        for (std::size_t i = 0; i < m_change.schema()->columns.size(); ++i) {
            if (m_change.schema()->columns[i].isKey)
                cells.push_back(m_change.current(i));
        }
        if (cells.size() < 2)
            return cells.size() == 1 && isTrueOfCell(node, cells.front());
        std::string key;
        for (std::size_t i = 0; i < cells.size(); ++i)
            key += (i > 0 ? "," : "") + (cells[i].hasValue() ? textOf(cells[i], true) : std::string());
        return isTrue(node, key, How::Text);
    }

    static std::string textOf(const Cell& cell, bool isBitNumber)
    {
        if (isBitNumber && cell.column->kind == ValueKind::Bit) {
            std::uint64_t bits = 0;
            for (const char c : cell.bytes)
                bits = bits << 8 | static_cast<unsigned char>(c);
            return std::to_string(bits);
        }
        // Text in UTF-8 that is none is compared as it came.
        const Column& column = *cell.column;
        if (!column.isBytes() && !column.hasNumericMembers && column.charset == Charset::Utf8)
            return std::string(cell.bytes);
        std::string text;
        appendExact(cell, text);
        return text;
    }

    static bool isTrueOfCell(const FilterNode& node, const Cell& cell)
    {
        if (cell.state == Cell::State::Null)
            return node.kind == Kind::IsNull;
        if (!cell.hasValue())
            return false;
        if (node.operand.hasPath) {
            if (cell.isPartialJson)
                return false;
            const JsonValue value = findInJson(cell.bytes, node.operand.path);
            if (value.kind == JsonValue::Kind::Null || value.kind == JsonValue::Kind::Missing)
                return node.kind == Kind::IsNull;
            std::string text;
            appendJsonText(value, text);
            return isTrue(node, text, value.kind == JsonValue::Kind::Number ? How::Number : How::Text);
        }
        How how = How::Text;
        switch (cell.column->kind) {
        case ValueKind::Integer:
        case ValueKind::Decimal:
        case ValueKind::Float:
        case ValueKind::Year:
        case ValueKind::Bit:
            how = How::Number;
            break;
        case ValueKind::Date:
        case ValueKind::Time:
        case ValueKind::DateTime:
        case ValueKind::Timestamp:
            how = How::Time;
            break;
        default:
            break;
        }
        return isTrue(node, textOf(cell, true), how);
    }

    static bool isTrue(const FilterNode& node, const std::string& value, How how)
    {
        if (node.kind == Kind::IsNull || node.kind == Kind::IsNotNull)
            return node.kind == Kind::IsNotNull;
        const std::string& first = node.literals.front().text;
        if (node.kind == Kind::Like)
            return isLike(value, first);
        if (node.kind == Kind::Contains)
            return lowerCase(value).find(lowerCase(first)) != std::string::npos;
        if (node.kind == Kind::Matches)
            return re2::RE2::PartialMatch(value, re2::RE2(first));
        for (const FilterLiteral& literal : node.literals) {
            const auto order = how == How::Number ? compareNumbers(value, literal.text)
                               : how == How::Time ? compareTimes(value, literal.text)
                                                  : std::partial_ordering(value.compare(literal.text) <=> 0);
            if (!order)
                continue;
            if (((node.kind == Kind::Equal || node.kind == Kind::In) && *order == 0) ||
                (node.kind == Kind::NotEqual && *order != 0) || (node.kind == Kind::Less && *order < 0) ||
                (node.kind == Kind::LessEqual && *order <= 0) || (node.kind == Kind::Greater && *order > 0) ||
                (node.kind == Kind::GreaterEqual && *order >= 0))
                return true;
        }
        return false;
    }

    const Snapshot& m_snapshot;
    std::uint64_t m_number = 0;
    ChangeView m_change;
};

std::string quoted(const std::string& text, char quote)
{
    std::string out(1, quote);
    for (const char c : text)
        out += c == quote ? std::string(2, c) : std::string(1, c);
    return out + quote;
}

template <typename List> const auto& oneOf(Random& random, const List& list)
{
    return list[below(random, list.size())];
}

std::string someTerm(Random& random)
{
    static const std::vector<std::string> kFacts{"op = update",
                                                 "op in (insert, delete)",
                                                 "op = event",
                                                 "table = orders",
                                                 "table contains 'CUST'",
                                                 "shard = '-80'",
                                                 "keyspace = shop",
                                                 "time >= '2026-03-04 12:03:05'",
                                                 "txn > 5",
                                                 "(op != event and position contains '1-3')",
                                                 "(op != event and position = '')",
                                                 "shard != '-40'"};
    if (below(random, 4) == 0)
        return oneOf(random, kFacts);
    std::string name = quoted(oneOf(random, test::columnNames()), '`');
    if (below(random, 8) == 0)
        return (below(random, 2) ? "changed(" : "sent(") + name + ")";
    const std::size_t image = below(random, 6);
    std::string operand = below(random, 8) == 0 ? "pk" : (image == 0 ? "before." : image == 1 ? "after." : "") + name;
    if (operand != "pk" && below(random, 10) == 0)
        operand += below(random, 2) ? ":$.a" : ":$.b.c[0]";
    const std::string value = quoted(test::someValue(random), '\'');
    const std::string part = quoted(test::someValue(random).substr(0, 1 + below(random, 4)), '\'');
    switch (below(random, 8)) {
    case 0:
        return operand + (below(random, 2) ? " is null" : " is not null");
    case 1:
        return operand + " contains " + part;
    case 2:
        return operand + " like " +
               oneOf(random, std::vector<std::string>{value, "'p%'", "'%hip%'", "'_a\\_%'", "'%3'", "'1,%'"});
    case 3:
        return operand + " in (" + value + ", " + std::to_string(below(random, 9)) + ")";
    case 4:
        return operand + " ~ " +
               oneOf(random, std::vector<std::string>{"'^p'", "'[0-9]+e'", "'hip|now'", "'(?i)PAID'", "'^[Pp]aid$'",
                                                      "'no.*here'", "'[^a-z]aid|e.a'", "'4[567]+'", "'Zo\\x{eb}'",
                                                      "'b\\+?c'", "'very(-long)*-v'"});
    case 5:
        return operand + oneOf(random, std::vector<std::string>{" != ", " < ", " <= ", " > ", " >= "}) + value;
    default:
        return operand + " = " + (below(random, 3) ? value : std::to_string(below(random, 9)));
    }
}

std::string someFilter(Random& random, int depth = 0)
{
    const std::size_t kind = depth > 2 ? 9 : below(random, 10);
    if (kind < 2)
        return "(" + someFilter(random, depth + 1) + " and " + someFilter(random, depth + 1) + ")";
    if (kind < 4)
        return "(" + someFilter(random, depth + 1) + " or " + someFilter(random, depth + 1) + ")";
    if (kind == 4)
        return "not " + someFilter(random, depth + 1);
    return someTerm(random);
}

Filter parsed(const std::string& text)
{
    const auto filter = Filter::parse(text);
    if (!filter)
        qFatal("%s: %s", text.c_str(), filter.error().sentence.c_str());
    return *filter;
}

} // namespace

class FilterLinesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void needlesAreFound()
    {
        Random random(1);
        std::size_t hits = 0;
        for (int run = 0; run < 60'000; ++run) {
            std::string hay(below(random, 200), ' ');
            const std::size_t letters = 2 + below(random, 60);
            for (char& c : hay)
                c = static_cast<char>(below(random, 8) == 0 ? below(random, 256) : '@' + below(random, letters));
            std::string text = below(random, 2) && !hay.empty()
                                   ? hay.substr(below(random, hay.size()), 1 + below(random, 40))
                                   : std::string(1 + below(random, 3), 'b');
            for (char& c : text)
                c = c >= 'a' && c <= 'z' && below(random, 2) ? static_cast<char>(c - 32) : c;
            const std::size_t found = Needle(text).findIn(hay);
            QCOMPARE(found, lowerCase(hay).find(lowerCase(text)));
            hits += found != std::string::npos;
        }
        QVERIFY(hits > 10'000);
        QCOMPARE(Needle("").findIn(""), std::size_t{0});
    }

    void filtersAsAskedOneByOne()
    {
        Random random(2);
        std::size_t asked = 0, passed = 0, some = 0, reasoned = 0;
        for (int run = 0; run < 150; ++run) {
            const auto capture = test::randomCapture(random, 30 + below(random, 250));
            const Snapshot snapshot = capture->snapshot();
            Plain plain(snapshot);
            for (int i = 0; i < 40; ++i) {
                const std::string text = someFilter(random);
                const Filter filter = parsed(text);
                std::uint64_t from = below(random, snapshot.count()), to = below(random, snapshot.count()) + 1;
                if (from > to || below(random, 2))
                    from = 0, to = snapshot.count();
                std::vector<std::uint64_t> wanted;
                for (std::uint64_t number = from; number < to; ++number) {
                    if (plain.passes(*filter.root(), number))
                        wanted.push_back(number);
                }
                FilterMatcher matcher(filter);
                for (int line = 0; line < 3; ++line) {
                    const std::uint64_t number = below(random, snapshot.count());
                    std::set<std::string> reasons;
                    for (const MatchedCell& cell : matcher.reasons(snapshot, number)) {
                        const bool isBefore = cell.image == FilterOperand::Image::Before;
                        QVERIFY(reasons
                                    .insert(cell.kind == FilterOperand::Kind::Column
                                                ? (isBefore ? "before." : "after.") + cell.name + ' ' + cell.text
                                                : "fact " + std::to_string(static_cast<int>(cell.kind)))
                                    .second);
                    }
                    QVERIFY2(reasons == plain.reasons(*filter.root(), number), text.c_str());
                    reasoned += reasons.size();
                }
                const auto rows = filterLines(snapshot, from, to, filter, {});
                QVERIFY2(rows && listOf(*rows) == wanted, text.c_str());
                asked += to - from;
                passed += wanted.size();
                some += !wanted.empty() && wanted.size() < to - from;
            }
        }
        // Neither nothing nor everything.
        QVERIFY2(passed > asked / 20 && passed < asked, qPrintable(QString::number(passed)));
        QVERIFY(some > 2000 && reasoned > 2000);
    }

    // Taken apart, put together and turned round: what passes follows.
    void termsOfAFilter()
    {
        Random random(9);
        std::size_t joined = 0, passed = 0, asked = 0;
        for (int run = 0; run < 40; ++run) {
            const auto capture = test::randomCapture(random, 30 + below(random, 100));
            const Snapshot snapshot = capture->snapshot();
            Plain plain(snapshot);
            for (int i = 0; i < 40; ++i) {
                const Filter filter = parsed(someFilter(random));
                const std::vector<Filter> terms = termsOf(filter);
                std::vector<Filter> read;
                for (const Filter& term : terms) {
                    QVERIFY(termsOf(term).size() == 1);
                    read.push_back(parsed(term.text()));
                }
                const std::string text = filter.text();
                QCOMPARE(allOf(terms).text(), text);
                QCOMPARE(allOf(read).text(), text);
                QCOMPARE(parsed(allOf(read).text()).text(), text);
                const Filter other = parsed(someFilter(random)), together = allOf({filter, Filter(), other});
                QCOMPARE(parsed(together.text()).text(), together.text());
                QCOMPARE(termsOf(together).size(), terms.size() + termsOf(other).size());
                const Filter opposite = parsed(negated(filter).text());
                if (!text.starts_with("not not "))
                    QCOMPARE(negated(opposite).text(), text);
                for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                    const bool passes = plain.passes(*filter.root(), number);
                    QCOMPARE(std::all_of(read.begin(), read.end(),
                                         [&](const Filter& term) { return plain.passes(*term.root(), number); }),
                             passes);
                    QCOMPARE(plain.passes(*together.root(), number), passes && plain.passes(*other.root(), number));
                    QCOMPARE(plain.passes(*opposite.root(), number), !passes);
                    passed += passes;
                }
                joined += terms.size() > 1;
                asked += snapshot.count();
            }
        }
        QVERIFY(joined > 200 && passed > asked / 20 && passed < asked);
        QVERIFY(termsOf(Filter()).empty() && allOf({}).isEmpty() && allOf({Filter()}).isEmpty());
    }

    // Made from a cell: the line passes, and so does the text of the filter.
    void filtersAreMadeFromCells()
    {
        Random random(5);
        int made = 0, others = 0;
        for (int run = 0; run < 60; ++run) {
            const auto capture = test::randomCapture(random, 100);
            const Snapshot snapshot = capture->snapshot();
            ChangeView change;
            for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                change.read(snapshot, number);
                for (std::size_t i = 0; change.isChange() && change.schema() && i < change.schema()->columns.size();
                     ++i) {
                    for (const bool isBefore : {false, true}) {
                        const Cell cell = isBefore ? change.before(i) : change.after(i);
                        const auto image = isBefore ? FilterOperand::Image::Before : FilterOperand::Image::After;
                        const auto filter = filterOf(change.schema()->columns[i].name, image, cell);
                        QCOMPARE(filter.has_value(), cell.hasValue() || cell.state == Cell::State::Null);
                        if (!filter)
                            continue;
                        const std::string text = filter->text();
                        const Filter again = parsed(text);
                        QCOMPARE(again.text(), text);
                        FilterMatcher matcher(*filter), matcherAgain(again), not_(negated(*filter));
                        QVERIFY2(matcher.matches(snapshot, number) && matcherAgain.matches(snapshot, number),
                                 text.c_str());
                        QVERIFY(!not_.matches(snapshot, number));
                        const std::uint64_t other = below(random, snapshot.count());
                        QCOMPARE(matcher.matches(snapshot, other), matcherAgain.matches(snapshot, other));
                        QCOMPARE(not_.matches(snapshot, other), !matcher.matches(snapshot, other));
                        others += !matcher.matches(snapshot, other);
                        ++made;
                    }
                }
            }
        }
        QVERIFY(made > 10'000 && others > made / 2);
    }

    void filtersAreJoined()
    {
        const Filter a = parsed("a = 1"), b = parsed("b = 2 or c = 3"), c = parsed("not d is null");
        QCOMPARE(both(a, b).text(), std::string("a = 1 and (b = 2 or c = 3)"));
        QCOMPARE(either(a, b).text(), std::string("a = 1 or b = 2 or c = 3"));
        QCOMPARE(both(both(a, c), a).text(), std::string("a = 1 and not d is null and a = 1"));
        QCOMPARE(negated(b).text(), std::string("not (b = 2 or c = 3)"));
        QCOMPARE(negated(c).text(), std::string("d is null"));
        QCOMPARE(both(Filter(), a).text(), a.text());
        QCOMPARE(either(a, Filter()).text(), a.text());
        QVERIFY(negated(Filter()).isEmpty() && both(Filter(), Filter()).isEmpty());
        using Fact = FilterOperand::Kind;
        QCOMPARE(filterOf(Fact::Op, "update").text(), std::string("op = update"));
        QCOMPARE(filterOf(Fact::Table, "it's").text(), std::string("table = 'it''s'"));
        QCOMPARE(filterOf(Fact::Transaction, "12").text(), std::string("txn = 12"));
        QCOMPARE(filterOf(Fact::Shard, "-80").text(), std::string("shard = '-80'"));
        for (const Filter& filter : {both(a, b), either(c, b), negated(both(a, b)), filterOf(Fact::Shard, "-80")})
            QCOMPARE(parsed(filter.text()).text(), filter.text());
    }

    void findsAsLookedThroughOneByOne()
    {
        Random random(3);
        std::size_t hits = 0;
        for (int run = 0; run < 120; ++run) {
            const auto capture = test::randomCapture(random, 30 + below(random, 250));
            const Snapshot snapshot = capture->snapshot();
            Plain plain(snapshot);
            std::vector<std::vector<std::string>> texts;
            for (std::uint64_t number = 0; number < snapshot.count(); ++number)
                texts.push_back(plain.texts(number));
            for (int i = 0; i < 40; ++i) {
                // All lines, some of them, or in any order.
                std::vector<std::uint64_t> lines;
                const std::size_t oneIn = 1 + below(random, 8) / 2;
                for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                    if (below(random, oneIn) == 0)
                        lines.push_back(number);
                }
                if (below(random, 4) == 0)
                    std::shuffle(lines.begin(), lines.end(), random);
                const auto& source = texts[below(random, texts.size())];
                const std::string& whole = source[below(random, source.size())];
                const std::string needle =
                    whole.empty() ? "paid" : whole.substr(below(random, whole.size()), 1 + below(random, 8));
                std::vector<std::uint64_t> wanted;
                for (std::uint64_t place = 0; place < lines.size(); ++place) {
                    const auto& shown = texts[lines[place]];
                    if (std::any_of(shown.begin(), shown.end(),
                                    [&](const auto& text) { return text.find(needle) != std::string::npos; }))
                        wanted.push_back(place);
                }
                const RowSet rows = RowSet::of(lines);
                const auto found = findLines(snapshot, rows, needle, {});
                QVERIFY2(found && listOf(*found) == wanted, needle.c_str());
                hits += wanted.size();
                if (lines.empty())
                    continue;
                const std::uint64_t from = below(random, lines.size());
                const auto next = std::lower_bound(wanted.begin(), wanted.end(), from);
                const auto after = std::upper_bound(wanted.begin(), wanted.end(), from);
                std::optional<std::uint64_t> forward, backward;
                if (!wanted.empty()) {
                    forward = next == wanted.end() ? wanted.front() : *next;
                    backward = after == wanted.begin() ? wanted.back() : *std::prev(after);
                }
                QVERIFY2(findText(snapshot, rows, needle, from, false, {}) == forward, needle.c_str());
                QVERIFY2(findText(snapshot, rows, needle, from, true, {}) == backward, needle.c_str());
            }
        }
        QVERIFY(hits > 5000);
    }

    // Many blocks, on several threads: told in order from the first one on, and the same as one by one.
    void tellsBlocksInTheirOrder()
    {
        Random random(4);
        const auto capture = test::randomCapture(random, 60'000);
        const Snapshot snapshot = capture->snapshot();
        for (const char* text : {"note contains 'paid'", "op = update and not changed(note)", "pk = 3 or id > 100"}) {
            const Filter filter = parsed(text);
            FilterMatcher matcher(filter);
            std::vector<std::uint64_t> wanted, told;
            for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                if (matcher.matches(snapshot, number))
                    wanted.push_back(number);
            }
            std::uint64_t last = 0;
            int blocks = 0;
            const auto rows =
                filterLines(snapshot, filter, {}, [&](std::span<const std::uint64_t> lines, std::uint64_t through) {
                    QVERIFY(through > last && (lines.empty() || (lines.front() >= last && lines.back() < through)));
                    QVERIFY(blocks++ > 0 || through <= 4096);
                    last = through;
                    told.insert(told.end(), lines.begin(), lines.end());
                });
            QVERIFY(rows && listOf(*rows) == wanted && told == wanted);
            QCOMPARE(last, snapshot.count());
            QVERIFY(blocks > 4 && !wanted.empty());
            // Stopped by whoever is told.
            std::stop_source stop;
            QVERIFY(
                !filterLines(snapshot, filter, stop.get_token(), [&](auto, std::uint64_t) { stop.request_stop(); }));
        }
        std::vector<std::uint64_t> told;
        const auto hits = findLines(snapshot, RowSet::range(0, snapshot.count()), "SHIP", {},
                                    [&](std::span<const std::uint64_t> places, std::uint64_t) {
                                        told.insert(told.end(), places.begin(), places.end());
                                    });
        QVERIFY(hits && listOf(*hits) == told && told.size() > 1000);
        const std::uint64_t middle = told[told.size() / 2];
        const RowSet all = RowSet::range(0, snapshot.count());
        QCOMPARE(findText(snapshot, all, "ship", middle, false, {}).value(), middle);
        QCOMPARE(findText(snapshot, all, "ship", middle - 1, true, {}).value(), told[told.size() / 2 - 1]);
    }

    void numbersOfRowsMayBeLarge()
    {
        const std::uint64_t far = (std::uint64_t{1} << 40) + 7;
        const RowSet rows = RowSet::of({far + 5, far, far + 0xFFFFFFFFu});
        QCOMPARE(listOf(rows), (std::vector<std::uint64_t>{far + 5, far, far + 0xFFFFFFFFu}));
        QCOMPARE(listOf(RowSet::range(far, 2)), (std::vector<std::uint64_t>{far, far + 1}));
        QCOMPARE(RowSet::of({}).count(), std::uint64_t{0});
    }
};

QTEST_GUILESS_MAIN(FilterLinesTest)
#include "tst_filterlines.moc"
