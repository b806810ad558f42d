#include "streamcore/select/filtermatcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "streamcore/capture/change.h"
#include "streamcore/clock.h"
#include "streamcore/select/needle.h"
#include "streamcore/select/valuetext.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;
using Operand = FilterOperand;

// % is any text, _ one character of UTF-8, \ takes the next one as it is.
bool isLike(std::string_view text, std::string_view pattern)
{
    std::size_t t = 0, p = 0;
    std::size_t starPattern = std::string_view::npos, starText = 0;
    while (t < text.size()) {
        const bool isEscaped = p + 1 < pattern.size() && pattern[p] == '\\';
        if (p < pattern.size() && pattern[p] == '%') {
            starPattern = ++p;
            starText = t;
        } else if (p < pattern.size() && pattern[p] == '_') {
            ++p;
            ++t;
            while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80)
                ++t;
        } else if (p < pattern.size() && text[t] == pattern[p + (isEscaped ? 1 : 0)]) {
            p += isEscaped ? 2 : 1;
            ++t;
        } else if (starPattern != std::string_view::npos) {
            p = starPattern;
            t = ++starText;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '%')
        ++p;
    return p == pattern.size();
}

bool isOrdered(Kind kind, std::partial_ordering order)
{
    switch (kind) {
    case Kind::Equal:
    case Kind::In:
        return order == 0;
    case Kind::NotEqual:
        return order != 0 && order != std::partial_ordering::unordered;
    case Kind::Less:
        return order < 0;
    case Kind::LessEqual:
        return order <= 0;
    case Kind::Greater:
        return order > 0;
    case Kind::GreaterEqual:
        return order >= 0;
    default:
        return false;
    }
}

// How two texts are compared: what the column is decides, not what is in it.
enum class Comparison : std::uint8_t { Number, Time, Text };

Comparison comparisonOf(const Column& column)
{
    switch (column.kind) {
    case ValueKind::Integer:
    case ValueKind::Decimal:
    case ValueKind::Float:
    case ValueKind::Year:
    case ValueKind::Bit:
        return Comparison::Number;
    case ValueKind::Date:
    case ValueKind::Time:
    case ValueKind::DateTime:
    case ValueKind::Timestamp:
        return Comparison::Time;
    default:
        return Comparison::Text;
    }
}

std::optional<std::partial_ordering> compare(Comparison how, std::string_view value, const FilterLiteral& literal)
{
    switch (how) {
    case Comparison::Number:
        return compareNumbers(value, literal.text);
    case Comparison::Time:
        return compareTimes(value, literal.text);
    case Comparison::Text:
        break;
    }
    return std::partial_ordering(value <=> std::string_view(literal.text));
}

// A node of the filter, with what it needs to be asked quickly.
struct Term
{
    explicit Term(const FilterNode& of) : node(of)
    {
        for (const auto& part : of.parts)
            parts.emplace_back(*part);
        if (of.kind == Kind::Matches)
            expression = std::make_unique<re2::RE2>(of.literals.front().text, re2::RE2::Quiet);
        if (of.kind == Kind::Contains)
            needle.emplace(of.literals.front().text);
    }

    // Of the column that it names, or -1. Rows of one table mostly come together.
    int placeIn(const Schema& schema)
    {
        if (lastSchema != &schema)
            place = schema.indexOf(node.operand.name);
        lastSchema = &schema;
        return place;
    }

    const FilterNode& node;
    std::vector<Term> parts;
    std::unique_ptr<re2::RE2> expression; // of ~
    std::optional<Needle> needle;         // of contains
    const Schema* lastSchema = nullptr;
    int place = -1;
};

} // namespace

class FilterMatcher::Run
{
public:
    explicit Run(Filter filter) : m_filter(std::move(filter))
    {
        if (m_filter.root())
            m_root = std::make_unique<Term>(*m_filter.root());
    }

    bool matches(const Snapshot& snapshot, std::uint64_t number)
    {
        if (!m_root)
            return true;
        m_snapshot = &snapshot;
        m_number = number;
        m_entry = &snapshot.entry(number);
        m_isRead = false;
        return passes(*m_root);
    }

private:
    bool passes(Term& term)
    {
        const auto isPassed = [this](Term& part) { return passes(part); };
        switch (term.node.kind) {
        case Kind::And:
            return std::all_of(term.parts.begin(), term.parts.end(), isPassed);
        case Kind::Or:
            return std::any_of(term.parts.begin(), term.parts.end(), isPassed);
        case Kind::Not:
            return !passes(term.parts.front());
        default:
            break;
        }
        switch (term.node.operand.kind) {
        case Operand::Kind::Op:
            return isTrue(term, nameOf(m_entry->op()), Comparison::Text);
        case Operand::Kind::Table:
            return isTrue(term, m_snapshot->layoutOf(*m_entry).table, Comparison::Text);
        case Operand::Kind::Shard:
            return isTrue(term, m_snapshot->layoutOf(*m_entry).shard, Comparison::Text);
        case Operand::Kind::Keyspace:
            return isTrue(term, m_snapshot->layoutOf(*m_entry).keyspace, Comparison::Text);
        case Operand::Kind::Time:
            m_text.clear();
            appendTime(m_entry->time, m_text);
            return isTrue(term, m_text, Comparison::Time);
        case Operand::Kind::Position:
            return isTrue(term, m_positions.find(*m_snapshot, m_number), Comparison::Text);
        case Operand::Kind::Transaction: {
            char digits[16];
            const auto [end, error] = std::to_chars(digits, digits + sizeof digits, m_entry->transaction);
            return isTrue(term, std::string_view(digits, static_cast<std::size_t>(end - digits)), Comparison::Number);
        }
        case Operand::Kind::Key:
            return isTrueOfKey(term);
        case Operand::Kind::Column:
            break;
        }
        return isTrueOfColumn(term);
    }

    const ChangeView& change()
    {
        if (!m_isRead)
            m_change.read(*m_snapshot, m_number);
        m_isRead = true;
        return m_change;
    }

    // A fact, or the text of a value.
    static bool isTrue(const Term& term, std::string_view value, Comparison how)
    {
        const FilterNode& node = term.node;
        switch (node.kind) {
        case Kind::IsNull:
            return false;
        case Kind::IsNotNull:
            return true;
        case Kind::Like:
            return isLike(value, node.literals.front().text);
        case Kind::Contains:
            return term.needle->isIn(value);
        case Kind::Matches:
            return re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *term.expression);
        default:
            return std::any_of(node.literals.begin(), node.literals.end(), [&](const FilterLiteral& literal) {
                const auto order = compare(how, value, literal);
                return order && isOrdered(node.kind, *order);
            });
        }
    }

    bool isTrueOfColumn(Term& term)
    {
        const FilterNode& node = term.node;
        if (!change().isChange())
            return false;
        const Schema* schema = m_change.schema();
        const int place = schema ? term.placeIn(*schema) : -1;
        if (place < 0)
            return false;
        const auto column = static_cast<std::size_t>(place);
        if (node.kind == Kind::Changed)
            return m_change.isChanged(column);
        const auto isSent = [](const Cell& cell) {
            return cell.state == Cell::State::Null || cell.state == Cell::State::Value;
        };
        if (node.kind == Kind::Sent)
            return isSent(m_change.after(column)) || isSent(m_change.before(column));
        const Operand::Image image = node.operand.image;
        return (image != Operand::Image::Before && isTrueOfCell(term, m_change.after(column))) ||
               (image != Operand::Image::After && isTrueOfCell(term, m_change.before(column)));
    }

    bool isTrueOfCell(const Term& term, const Cell& cell)
    {
        const FilterNode& node = term.node;
        if (cell.state == Cell::State::Null)
            return node.kind == Kind::IsNull;
        if (!cell.hasValue())
            return false;
        if (node.operand.hasPath)
            return isTrueOfJson(term, cell);
        if (node.kind == Kind::IsNull || node.kind == Kind::IsNotNull)
            return node.kind == Kind::IsNotNull;
        return isTrue(term, comparedText(cell), comparisonOf(*cell.column));
    }

    bool isTrueOfJson(const Term& term, const Cell& cell)
    {
        const FilterNode& node = term.node;
        if (cell.isPartialJson)
            return false;
        const JsonValue value = findInJson(cell.bytes, node.operand.path);
        // As in SQL, a path that leads nowhere is null.
        const bool isNull = value.kind == JsonValue::Kind::Null || value.kind == JsonValue::Kind::Missing;
        if (isNull || node.kind == Kind::IsNull)
            return isNull && node.kind == Kind::IsNull;
        m_text.clear();
        appendJsonText(value, m_text);
        return isTrue(term, m_text, value.kind == JsonValue::Kind::Number ? Comparison::Number : Comparison::Text);
    }

    // One key column is asked as any column; of several, the values with commas between them.
    bool isTrueOfKey(const Term& term)
    {
        if (!change().isChange() || !m_change.schema())
            return false;
        const std::vector<Column>& columns = m_change.schema()->columns;
        m_key.clear();
        int count = 0;
        std::size_t last = 0;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!columns[i].isKey)
                continue;
            last = i;
            if (count++ > 0)
                m_key += ',';
            if (const Cell cell = m_change.current(i); cell.hasValue())
                m_key += comparedText(cell);
        }
        if (count == 1)
            return isTrueOfCell(term, m_change.current(last));
        return count > 0 && isTrue(term, m_key, Comparison::Text);
    }

    // As it is compared: BIT is a number.
    std::string_view comparedText(const Cell& cell)
    {
        if (cell.column->kind != ValueKind::Bit)
            return textOf(cell, m_text);
        std::uint64_t bits = 0;
        for (const char c : cell.bytes)
            bits = bits << 8 | static_cast<unsigned char>(c);
        m_text = std::to_string(bits);
        return m_text;
    }

    Filter m_filter;
    std::unique_ptr<Term> m_root; // null: every line passes
    const Snapshot* m_snapshot = nullptr;
    std::uint64_t m_number = 0;
    const Entry* m_entry = nullptr;
    bool m_isRead = false;
    ChangeView m_change;
    PositionFinder m_positions;
    std::string m_text;
    std::string m_key;
};

FilterMatcher::FilterMatcher(Filter filter) : m_run(std::make_unique<Run>(std::move(filter))) {}
FilterMatcher::~FilterMatcher() = default;
FilterMatcher::FilterMatcher(FilterMatcher&&) noexcept = default;
FilterMatcher& FilterMatcher::operator=(FilterMatcher&&) noexcept = default;

bool FilterMatcher::matches(const Snapshot& snapshot, std::uint64_t number)
{
    return m_run->matches(snapshot, number);
}

std::optional<RowSet> filterLines(const Snapshot& snapshot, const Filter& filter, const std::stop_token& stop)
{
    constexpr std::uint64_t kLinesBetweenLooks = 4096;
    if (filter.isEmpty())
        return RowSet::range(snapshot.first(), snapshot.count() - snapshot.first());
    FilterMatcher matcher(filter);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = snapshot.first(); number < snapshot.count(); ++number) {
        if (number % kLinesBetweenLooks == 0 && stop.stop_requested())
            return std::nullopt;
        if (matcher.matches(snapshot, number))
            numbers.push_back(number);
    }
    return RowSet::of(std::move(numbers));
}

} // namespace vtscope
