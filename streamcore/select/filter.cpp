#include "streamcore/select/filter.h"

#include <algorithm>
#include <numeric>

#include "streamcore/names.h"
#include "streamcore/select/valuetext.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

using Kind = FilterNode::Kind;
using NodePtr = std::shared_ptr<const FilterNode>;

void collectColumns(const FilterNode& node, std::vector<std::string>& names)
{
    for (const NodePtr& part : node.parts)
        collectColumns(*part, names);
    if (node.parts.empty() && node.operand.kind == FilterOperand::Kind::Column)
        names.push_back(node.operand.name);
}

Filter termOf(Kind kind, FilterOperand operand, std::string text, bool isNumber)
{
    FilterNode node;
    node.kind = kind;
    node.operand = std::move(operand);
    if (kind != Kind::IsNull)
        node.literals.push_back({std::move(text), isNumber});
    return Filter(std::make_shared<FilterNode>(std::move(node)));
}

// A text that LIKE takes as it is.
std::string patternOf(std::string_view text)
{
    std::string pattern;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            pattern += '\\';
        pattern += c;
    }
    return pattern;
}

Filter joined(Kind kind, const Filter& a, const Filter& b)
{
    if (a.isEmpty() || b.isEmpty())
        return a.isEmpty() ? b : a;
    FilterNode node;
    node.kind = kind;
    for (const Filter& filter : {a, b}) {
        if (filter.root()->kind == kind)
            node.parts.insert(node.parts.end(), filter.root()->parts.begin(), filter.root()->parts.end());
        else
            node.parts.push_back(filter.shared());
    }
    return Filter(std::make_shared<FilterNode>(std::move(node)));
}

} // namespace

std::vector<std::string> Filter::columns() const
{
    std::vector<std::string> names;
    if (m_root)
        collectColumns(*m_root, names);
    keepFirstOfEach(names);
    return names;
}

std::optional<std::string> Filter::columnNotIn(const std::vector<std::string>& names) const
{
    for (std::string& column : columns()) {
        if (std::find(names.begin(), names.end(), column) == names.end())
            return std::move(column);
    }
    return std::nullopt;
}

std::optional<Filter> filterOf(std::string_view column, FilterOperand::Image image, const Cell& cell)
{
    FilterOperand operand;
    operand.image = image;
    operand.name = column;
    if (cell.state == Cell::State::Null)
        return termOf(Kind::IsNull, std::move(operand), {}, false);
    if (!cell.hasValue())
        return std::nullopt;
    std::string scratch;
    std::string text(comparedText(cell, scratch));
    const Comparison how = comparisonOf(*cell.column);
    // What is no value of its type equals nothing.
    if (!compareAs(how, text, text))
        return termOf(Kind::Like, std::move(operand), patternOf(text), false);
    const bool isNumber = how == Comparison::Number && text.front() != '.';
    return termOf(Kind::Equal, std::move(operand), std::move(text), isNumber);
}

Filter filterOf(FilterOperand::Kind fact, std::string_view value)
{
    FilterOperand operand;
    operand.kind = fact;
    return termOf(Kind::Equal, std::move(operand), std::string(value), fact == FilterOperand::Kind::Transaction);
}

Filter both(const Filter& a, const Filter& b)
{
    return joined(Kind::And, a, b);
}

Filter either(const Filter& a, const Filter& b)
{
    return joined(Kind::Or, a, b);
}

Filter anyOf(const std::vector<Filter>& filters)
{
    std::vector<NodePtr> parts;
    std::vector<std::string> texts;
    for (const Filter& filter : filters) {
        if (filter.isEmpty() || isAmong(texts, filter.text()))
            continue;
        texts.push_back(filter.text());
        parts.push_back(filter.shared());
    }
    if (parts.size() < 2)
        return parts.empty() ? Filter() : Filter(parts.front());
    FilterNode in = *parts.front();
    in.kind = Kind::In;
    const bool isIn = std::all_of(parts.begin(), parts.end(), [&](const NodePtr& part) {
        return part->kind == Kind::Equal && part->operand == in.operand;
    });
    if (!isIn) {
        FilterNode node;
        node.kind = Kind::Or;
        node.parts = std::move(parts);
        return Filter(std::make_shared<FilterNode>(std::move(node)));
    }
    in.literals.clear();
    for (const NodePtr& part : parts)
        in.literals.push_back(part->literals.front());
    return Filter(std::make_shared<FilterNode>(std::move(in)));
}

Filter allOf(const std::vector<Filter>& filters)
{
    return std::accumulate(filters.begin(), filters.end(), Filter(), both);
}

std::vector<Filter> termsOf(const Filter& filter)
{
    if (filter.isEmpty())
        return {};
    if (filter.root()->kind != Kind::And)
        return {filter};
    std::vector<Filter> terms;
    for (const NodePtr& part : filter.root()->parts)
        terms.emplace_back(part);
    return terms;
}

Filter negated(const Filter& filter)
{
    if (filter.isEmpty())
        return filter;
    if (filter.root()->kind == Kind::Not)
        return Filter(filter.root()->parts.front());
    FilterNode node;
    node.kind = Kind::Not;
    node.parts.push_back(filter.shared());
    return Filter(std::make_shared<FilterNode>(std::move(node)));
}

} // namespace vtscope
