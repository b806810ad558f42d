#include "streamcore/select/masks.h"

#include <algorithm>

#include "streamcore/names.h"

namespace vtscope {

namespace {

// Whether the name is "keyspace.table.column".
bool isWhole(std::string_view name, const Layout& layout, std::string_view column)
{
    for (const std::string_view part : {std::string_view(layout.keyspace), std::string_view(layout.table)}) {
        if (!name.starts_with(part) || name.substr(part.size(), 1) != ".")
            return false;
        name.remove_prefix(part.size() + 1);
    }
    return name == column;
}

template <typename Visit> void forEachColumn(const Layout& layout, Visit visit)
{
    for (const auto& schema : {layout.after, layout.before}) {
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i)
            visit(schema->columns[i]);
    }
}

bool asksForKey(const FilterNode& node)
{
    if (node.parts.empty())
        return node.operand.kind == FilterOperand::Kind::Key;
    return std::any_of(node.parts.begin(), node.parts.end(), [](const auto& part) { return asksForKey(*part); });
}

} // namespace

bool Masks::hides(const Layout& layout, std::string_view column) const
{
    return std::any_of(m_names.begin(), m_names.end(),
                       [&](const std::string& name) { return name == column || isWhole(name, layout, column); });
}

bool Masks::hidesAnyOf(const Layout& layout) const
{
    if (isEmpty() || (!layout.before && !layout.after))
        return !isEmpty();
    bool isAny = false;
    forEachColumn(layout, [&](const Column& column) { isAny = isAny || hides(layout, column.name); });
    return isAny;
}

std::vector<std::string> maskNamesOf(const Layout& layout)
{
    std::vector<std::string> names;
    forEachColumn(layout, [&](const Column& column) {
        names.push_back(column.name);
        names.push_back(layout.keyspace + '.' + layout.table + '.' + column.name);
    });
    keepFirstOfEach(names);
    return names;
}

void MaskedNames::add(const Masks& masks, const Layout& layout)
{
    if (masks.isEmpty())
        return;
    forEachColumn(layout, [&](const Column& column) {
        if (!masks.hides(layout, column.name))
            return;
        if (!isAmong(columns, column.name))
            columns.push_back(column.name);
        if (column.isKey && !key)
            key = column.name;
    });
}

std::optional<std::string> MaskedNames::askedBy(const Filter& filter) const
{
    if (filter.isEmpty())
        return std::nullopt;
    for (std::string& column : filter.columns()) {
        if (isAmong(columns, column))
            return std::move(column);
    }
    return key && asksForKey(*filter.root()) ? key : std::nullopt;
}

} // namespace vtscope
