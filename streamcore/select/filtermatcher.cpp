#include "streamcore/select/filtermatcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

#include "streamcore/clock.h"
#include "streamcore/select/linereader.h"
#include "streamcore/select/needle.h"
#include "streamcore/select/valuetext.h"

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

// What it costs to ask a term: the entry alone, a value, or the messages behind the change.
int costOf(const FilterNode& node)
{
    if (!node.parts.empty()) {
        int cost = 0;
        for (const auto& part : node.parts)
            cost = std::max(cost, costOf(*part));
        return cost;
    }
    switch (node.operand.kind) {
    case Operand::Kind::Op:
    case Operand::Kind::Table:
    case Operand::Kind::Shard:
    case Operand::Kind::Keyspace:
        return 0;
    case Operand::Kind::Transaction:
        return 1;
    case Operand::Kind::Time:
        return 2;
    case Operand::Kind::Position:
        return 5;
    default:
        return node.kind == Kind::Matches || node.operand.hasPath ? 4 : 3;
    }
}

// A node of the filter, with what it needs to be asked quickly.
struct Term
{
    explicit Term(const FilterNode& of) : node(&of)
    {
        for (const auto& part : of.parts)
            parts.emplace_back(*part);
        std::stable_sort(parts.begin(), parts.end(),
                         [](const Term& a, const Term& b) { return costOf(*a.node) < costOf(*b.node); });
        if (of.kind == Kind::Matches)
            expression = std::make_unique<re2::RE2>(of.literals.front().text, re2::RE2::Quiet);
        if (of.kind == Kind::Contains)
            needle.emplace(of.literals.front().text);
    }

    // Of the column that it names; -1 for none, and for one that is hidden. Rows of one table mostly come together.
    int placeIn(const Layout& layout, const Schema& schema, const Masks& masks)
    {
        if (lastSchema != &schema)
            place = masks.hides(layout, node->operand.name) ? -1 : schema.indexOf(node->operand.name);
        lastSchema = &schema;
        return place;
    }

    const FilterNode* node;
    std::vector<Term> parts;
    std::unique_ptr<re2::RE2> expression; // of ~
    std::optional<Needle> needle;         // of contains
    const Schema* lastSchema = nullptr;
    int place = -1;
    const void* lastFact = nullptr; // the layout or the name of the operation that was asked last
    bool isFactTrue = false;
};

} // namespace

class FilterMatcher::Run
{
public:
    explicit Run(Filter filter, Masks masks) : m_filter(std::move(filter)), m_masks(std::move(masks))
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
        m_line.read(snapshot, number);
        return passes(*m_root);
    }

    std::vector<MatchedCell> reasons(const Snapshot& snapshot, std::uint64_t number)
    {
        m_reasons.clear();
        if (m_root && matches(snapshot, number))
            collect(*m_root);
        return std::move(m_reasons);
    }

private:
    // Of a term that is true.
    void collect(Term& term)
    {
        if (term.node->kind == Kind::Not)
            return;
        for (Term& part : term.parts) {
            if (term.node->kind == Kind::And || passes(part))
                collect(part);
        }
        if (!term.parts.empty())
            return;
        if (term.node->operand.kind == Operand::Kind::Column) {
            collectColumn(term);
        } else if (term.node->operand.kind == Operand::Kind::Key) {
            const Schema& columns = *m_line.schema();
            for (const std::size_t place : m_keyPlaces)
                add({Operand::Kind::Column,
                     m_line.entry().op() == Op::Delete ? Operand::Image::Before : Operand::Image::After,
                     columns.columns[place].name,
                     {}});
        } else {
            add({term.node->operand.kind, Operand::Image::Either, {}, {}});
        }
    }

    void collectColumn(Term& term)
    {
        const FilterNode& node = *term.node;
        const auto column = static_cast<std::size_t>(placeOf(term, *m_line.schema()));
        for (const Operand::Image image : {Operand::Image::After, Operand::Image::Before}) {
            const bool isBefore = image == Operand::Image::Before;
            const bool isMeant = node.operand.image == Operand::Image::Either || node.operand.image == image;
            const Cell cell = isBefore ? m_line.before(column) : m_line.after(column);
            const bool isTrue = node.kind == Kind::Changed || (node.kind == Kind::Sent && isSent(cell)) ||
                                (node.kind != Kind::Sent && isTrueOfCell(term, cell));
            if (isMeant && isTrue)
                add({Operand::Kind::Column, image, node.operand.name,
                     node.kind == Kind::Contains ? term.needle->text() : std::string()});
        }
    }

    void add(MatchedCell cell)
    {
        if (std::find(m_reasons.begin(), m_reasons.end(), cell) == m_reasons.end())
            m_reasons.push_back(std::move(cell));
    }

    bool passes(Term& term)
    {
        const auto isPassed = [this](Term& part) { return passes(part); };
        switch (term.node->kind) {
        case Kind::And:
            return std::all_of(term.parts.begin(), term.parts.end(), isPassed);
        case Kind::Or:
            return std::any_of(term.parts.begin(), term.parts.end(), isPassed);
        case Kind::Not:
            return !passes(term.parts.front());
        default:
            break;
        }
        switch (term.node->operand.kind) {
        case Operand::Kind::Op:
            return isTrueOfFact(term, nameOf(m_line.entry().op()), [](const char* name) { return name; });
        case Operand::Kind::Table:
            return isTrueOfFact(term, &m_line.layout(),
                                [](const Layout* layout) -> std::string_view { return layout->table; });
        case Operand::Kind::Shard:
            return isTrueOfFact(term, &m_line.layout(),
                                [](const Layout* layout) -> std::string_view { return layout->shard; });
        case Operand::Kind::Keyspace:
            return isTrueOfFact(term, &m_line.layout(),
                                [](const Layout* layout) -> std::string_view { return layout->keyspace; });
        case Operand::Kind::Time:
            m_text.clear();
            appendTime(m_line.entry().time, m_text);
            return isTrue(term, m_text, Comparison::Time);
        case Operand::Kind::Position:
            return isTrue(term, m_positions.find(*m_snapshot, m_number), Comparison::Text);
        case Operand::Kind::Transaction: {
            char digits[16];
            const auto [end, error] = std::to_chars(digits, digits + sizeof digits, m_line.entry().transaction);
            return isTrue(term, std::string_view(digits, static_cast<std::size_t>(end - digits)), Comparison::Number);
        }
        case Operand::Kind::Key:
            return isTrueOfKey(term);
        case Operand::Kind::Column:
            break;
        }
        return isTrueOfColumn(term);
    }

    // What the lines around this one mostly share is asked once.
    template <typename Fact, typename TextOf> static bool isTrueOfFact(Term& term, const Fact* fact, TextOf textOf)
    {
        if (term.lastFact != fact)
            term.isFactTrue = isTrue(term, textOf(fact), Comparison::Text);
        term.lastFact = fact;
        return term.isFactTrue;
    }

    // A fact, or the text of a value.
    static bool isTrue(const Term& term, std::string_view value, Comparison how)
    {
        const FilterNode& node = *term.node;
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
                const auto order = compareAs(how, value, literal.text);
                return order && isOrdered(node.kind, *order);
            });
        }
    }

    int placeOf(Term& term, const Schema& columns) const { return term.placeIn(m_line.layout(), columns, m_masks); }

    bool isTrueOfColumn(Term& term)
    {
        const FilterNode& node = *term.node;
        const Schema* const columns = m_line.isChange() ? m_line.schema() : nullptr;
        const int place = columns ? placeOf(term, *columns) : -1;
        if (place < 0)
            return false;
        const auto column = static_cast<std::size_t>(place);
        if (node.kind == Kind::Changed)
            return m_line.isChanged(column);
        if (node.kind == Kind::Sent)
            return isSent(m_line.after(column)) || isSent(m_line.before(column));
        const Operand::Image image = node.operand.image;
        return (image != Operand::Image::Before && isTrueOfCell(term, m_line.after(column))) ||
               (image != Operand::Image::After && isTrueOfCell(term, m_line.before(column)));
    }

    static bool isSent(const Cell& cell) { return cell.state == Cell::State::Null || cell.state == Cell::State::Value; }

    bool isTrueOfCell(const Term& term, const Cell& cell)
    {
        const FilterNode& node = *term.node;
        if (cell.state == Cell::State::Null)
            return node.kind == Kind::IsNull;
        if (!cell.hasValue())
            return false;
        if (node.operand.hasPath)
            return isTrueOfJson(term, cell);
        if (node.kind == Kind::IsNull || node.kind == Kind::IsNotNull)
            return node.kind == Kind::IsNotNull;
        return isTrue(term, comparedText(cell, m_text), comparisonOf(*cell.column));
    }

    bool isTrueOfJson(const Term& term, const Cell& cell)
    {
        const FilterNode& node = *term.node;
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
        const Schema* const columns = m_line.isChange() ? m_line.schema() : nullptr;
        if (!columns)
            return false;
        if (columns != m_keySchema) {
            m_keyPlaces.clear();
            for (std::size_t i = 0; i < columns->columns.size(); ++i) {
                if (columns->columns[i].isKey)
                    m_keyPlaces.push_back(i);
            }
            const auto isHidden = [&](std::size_t place) {
                return m_masks.hides(m_line.layout(), columns->columns[place].name);
            };
            if (std::any_of(m_keyPlaces.begin(), m_keyPlaces.end(), isHidden))
                m_keyPlaces.clear();
        }
        m_keySchema = columns;
        if (m_keyPlaces.size() == 1)
            return isTrueOfCell(term, m_line.current(m_keyPlaces.front()));
        m_key.clear();
        for (const std::size_t place : m_keyPlaces) {
            if (place != m_keyPlaces.front())
                m_key += ',';
            if (const Cell cell = m_line.current(place); cell.hasValue())
                m_key += comparedText(cell, m_text);
        }
        return !m_keyPlaces.empty() && isTrue(term, m_key, Comparison::Text);
    }

    Filter m_filter;
    Masks m_masks;
    std::unique_ptr<Term> m_root; // null: every line passes
    const Snapshot* m_snapshot = nullptr;
    std::uint64_t m_number = 0;
    LineReader m_line;
    const Schema* m_keySchema = nullptr;
    std::vector<std::size_t> m_keyPlaces;
    PositionFinder m_positions;
    std::string m_text;
    std::string m_key;
    std::vector<MatchedCell> m_reasons;
};

FilterMatcher::FilterMatcher(Filter filter, Masks masks)
    : m_run(std::make_unique<Run>(std::move(filter), std::move(masks)))
{
}
FilterMatcher::~FilterMatcher() = default;
FilterMatcher::FilterMatcher(FilterMatcher&&) noexcept = default;
FilterMatcher& FilterMatcher::operator=(FilterMatcher&&) noexcept = default;

bool FilterMatcher::matches(const Snapshot& snapshot, std::uint64_t number)
{
    return m_run->matches(snapshot, number);
}

std::vector<MatchedCell> FilterMatcher::reasons(const Snapshot& snapshot, std::uint64_t number)
{
    return m_run->reasons(snapshot, number);
}

} // namespace vtscope
