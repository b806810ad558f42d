#include "streamcore/select/filterneeds.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streamcore/select/valuetext.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;
using Operand = FilterOperand;

// A text that a column must show, in one of its images.
struct Need
{
    const FilterNode* term;
    Needle needle;
};
// One of them is needed.
using Needs = std::vector<Need>;

// More of them cost more than they save.
constexpr std::size_t kMostNeeds = 8;

// The digits that every spelling of a number has: "99.5" of "+099.50".
std::string digitsOf(std::string_view number)
{
    number.remove_prefix(std::min(number.find_first_not_of("+-0"), number.size()));
    if (number.find('.') != std::string_view::npos) {
        number = number.substr(0, number.find_last_not_of('0') + 1);
        if (number.back() == '.')
            number.remove_suffix(1);
    }
    return std::string(number);
}

void keepLonger(std::string& longest, std::string& piece)
{
    if (piece.size() > longest.size())
        longest = piece;
    piece.clear();
}

// The longest run of a LIKE pattern that stands for itself, or of a key's text that lies in one value.
std::string longestRun(std::string_view text, bool isPattern, bool isKey)
{
    std::string longest, run;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool isEscaped = isPattern && text[i] == '\\' && i + 1 < text.size();
        if (isEscaped)
            ++i;
        const bool isPlaceholder = isPattern && !isEscaped && (text[i] == '%' || text[i] == '_');
        if (isPlaceholder || (isKey && text[i] == ','))
            keepLonger(longest, run);
        else
            run += text[i];
    }
    keepLonger(longest, run);
    return longest;
}

std::string neededBy(const FilterNode& term, const std::string& literal)
{
    const bool isKey = term.operand.kind == Operand::Kind::Key;
    if (term.kind == Kind::Equal || term.kind == Kind::In) {
        if (!isNumber(literal))
            return longestRun(literal, false, isKey);
        return literal.find_first_of("eE") == std::string::npos ? digitsOf(literal) : std::string();
    }
    return longestRun(literal, term.kind == Kind::Like, isKey);
}

std::size_t shortestOf(const Needs& needs)
{
    std::size_t shortest = std::string::npos;
    for (const Need& need : needs)
        shortest = std::min(shortest, need.needle.text().size());
    return shortest;
}

std::optional<Needs> needsOf(const FilterNode& node)
{
    Needs needs;
    switch (node.kind) {
    case Kind::And: {
        std::optional<Needs> best;
        for (const auto& part : node.parts) {
            auto found = needsOf(*part);
            if (found && (!best || shortestOf(*found) > shortestOf(*best)))
                best = std::move(found);
        }
        return best;
    }
    case Kind::Or:
        for (const auto& part : node.parts) {
            auto found = needsOf(*part);
            if (!found)
                return std::nullopt;
            std::move(found->begin(), found->end(), std::back_inserter(needs));
        }
        break;
    case Kind::Equal:
    case Kind::In:
    case Kind::Like:
    case Kind::Contains:
        if ((node.operand.kind != Operand::Kind::Column && node.operand.kind != Operand::Kind::Key) ||
            node.operand.hasPath)
            return std::nullopt;
        for (const FilterLiteral& literal : node.literals)
            needs.push_back({&node, Needle(neededBy(node, literal.text))});
        break;
    default:
        return std::nullopt;
    }
    if (needs.size() > kMostNeeds || shortestOf(needs) == 0)
        return std::nullopt;
    return needs;
}

bool isTold(const Column& column, const Need& need)
{
    const bool isCompared = need.term->kind == Kind::Equal || need.term->kind == Kind::In;
    // The same number or moment may be written otherwise.
    const bool hasManyForms = column.kind == ValueKind::Float || column.kind == ValueKind::Date ||
                              column.kind == ValueKind::Time || column.kind == ValueKind::DateTime ||
                              column.kind == ValueKind::Timestamp;
    return isToldByBytes(column, need.needle) && !(isCompared && hasManyForms);
}

bool isToldIn(const Layout& layout, const Need& need)
{
    const Operand& operand = need.term->operand;
    for (const auto& schema : {layout.before, layout.after}) {
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
            const Column& column = schema->columns[i];
            const bool isMeant = operand.kind == Operand::Kind::Key ? column.isKey : column.name == operand.name;
            if (isMeant && !isTold(column, need))
                return false;
        }
    }
    return true;
}

} // namespace

std::unique_ptr<FirstLook> firstLookFor(const Filter& filter)
{
    auto needs = filter.root() ? needsOf(*filter.root()) : std::nullopt;
    if (!needs)
        return nullptr;
    std::vector<Needle> needles;
    for (const Need& need : *needs)
        needles.push_back(need.needle);
    return std::make_unique<FirstLook>(std::move(needles), [filter, needs = std::move(*needs)](const Layout& layout) {
        return std::all_of(needs.begin(), needs.end(), [&](const Need& need) { return isToldIn(layout, need); });
    });
}

} // namespace vtscope
