#include "streamcore/select/filterneeds.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

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

// Of a value in a JSON document the text itself, else the longest name on the way to it.
std::string neededInJson(const FilterNode& term, const std::string& literal)
{
    std::string longest;
    if (!isNumber(literal) || term.kind == Kind::Contains || term.kind == Kind::Like)
        longest = longestRun(literal, term.kind == Kind::Like, false);
    if (longest.empty()) {
        for (const JsonStep& step : term.operand.path)
            longest = step.member.size() > longest.size() ? step.member : longest;
    }
    return longest;
}

// One of these texts is in whatever the expression matches; none when that cannot be said. For expressions of which it
// is plain that letters stand for themselves alone.
std::vector<std::string> neededByExpression(const std::string& expression)
{
    const bool isAscii = std::all_of(expression.begin(), expression.end(), [](char c) { return (c & 0x80) == 0; });
    if (!isAscii || expression.find("(?") != std::string::npos)
        return {};
    for (std::size_t at = expression.find('\\'); at != std::string::npos; at = expression.find('\\', at + 2)) {
        if (at + 1 < expression.size() &&
            std::string_view("xpPQC01234567").find(expression[at + 1]) != std::string::npos)
            return {};
    }
    re2::FilteredRE2 filtered;
    std::vector<std::string> texts;
    std::vector<int> matching;
    int number = 0;
    if (filtered.Add(expression, re2::RE2::Quiet, &number) != re2::RE2::NoError)
        return {};
    filtered.Compile(&texts);
    filtered.AllPotentials({}, &matching);
    return matching.empty() ? texts : std::vector<std::string>();
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

bool isOfValue(const FilterNode& node)
{
    return node.operand.kind == Operand::Kind::Column || node.operand.kind == Operand::Kind::Key;
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
        if (!isOfValue(node))
            return std::nullopt;
        for (const FilterLiteral& literal : node.literals)
            needs.push_back({&node, Needle(node.operand.hasPath ? neededInJson(node, literal.text)
                                                                : neededBy(node, literal.text))});
        // Whatever is written with an escape in the document.
        if (node.operand.hasPath)
            needs.push_back({&node, Needle("\\")});
        break;
    case Kind::Matches: {
        // What lies in several values of a key is not told by their bytes.
        if (node.operand.kind != Operand::Kind::Column || node.operand.hasPath)
            return std::nullopt;
        const auto texts = neededByExpression(node.literals.front().text);
        if (texts.empty())
            return std::nullopt;
        for (const std::string& text : texts)
            needs.push_back({&node, Needle(text)});
        break;
    }
    default:
        return std::nullopt;
    }
    if (needs.size() > kMostNeeds || shortestOf(needs) == 0)
        return std::nullopt;
    return needs;
}

bool isTold(const Column& column, const Need& need)
{
    // Looked through as it was sent, whatever the column is.
    if (need.term->operand.hasPath)
        return true;
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
