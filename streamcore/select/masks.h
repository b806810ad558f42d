// Columns whose values nobody may see. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streamcore/select/filter.h"
#include "streamcore/value/column.h"

namespace vtscope {

// Stands for a hidden value in whatever is written.
inline constexpr std::string_view kMask = "***";

// A value; what is no column's name hides nothing.
class Masks
{
public:
    Masks() = default;
    // "column", of every table, or "keyspace.table.column".
    explicit Masks(std::vector<std::string> names) : m_names(std::move(names)) {}

    bool isEmpty() const { return m_names.empty(); }
    const std::vector<std::string>& names() const { return m_names; }
    // Whether the values of this column are hidden in rows of this layout.
    bool hides(const Layout& layout, std::string_view column) const;
    // Whether those of any column are. Where the columns are not known, any mask may mean one of them.
    bool hidesAnyOf(const Layout& layout) const;

    bool operator==(const Masks&) const = default;

private:
    std::vector<std::string> m_names;
};

// Both names of every column of this layout, as a mask may have them.
std::vector<std::string> maskNamesOf(const Layout& layout);

// What no filter may ask for, in the tables that were added: its answers would tell the values.
struct MaskedNames
{
    std::vector<std::string> columns; // each once
    std::optional<std::string> key;   // one that belongs to a key

    void add(const Masks& masks, const Layout& layout);
    // The first that the filter asks for all the same; pk asks for the whole key.
    std::optional<std::string> askedBy(const Filter& filter) const;
};

} // namespace vtscope
