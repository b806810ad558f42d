// Lists of names.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace vtscope {

// Leaves the first of each, in their order.
inline void keepFirstOfEach(std::vector<std::string>& names)
{
    std::unordered_set<std::string> seen;
    std::erase_if(names, [&seen](const std::string& name) { return !seen.insert(name).second; });
}

inline bool isAmong(const std::vector<std::string>& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

// The names in a list such as "id, total", without the blanks around them; no empty ones.
inline std::vector<std::string> namesFrom(std::string_view list)
{
    std::vector<std::string> names;
    while (!list.empty()) {
        std::string_view name = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), name.size() + 1));
        while (name.starts_with(' '))
            name.remove_prefix(1);
        while (name.ends_with(' '))
            name.remove_suffix(1);
        if (!name.empty())
            names.emplace_back(name);
    }
    return names;
}

// The same names, in whichever order.
inline bool isSameSet(std::vector<std::string> a, std::vector<std::string> b)
{
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

// "id, total"
inline std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

// Tables of one keyspace.
struct KeyspaceTables
{
    std::string keyspace;
    std::vector<std::string> tables;

    bool operator==(const KeyspaceTables&) const = default;
};

// Of names such as "billing.invoices", each keyspace once, in their order; nothing when one is something else.
inline std::optional<std::vector<KeyspaceTables>> byKeyspace(const std::vector<std::string>& names)
{
    std::vector<KeyspaceTables> all;
    for (const std::string& name : names) {
        const std::size_t dot = name.find('.');
        if (dot == 0 || dot == std::string::npos || dot + 1 == name.size())
            return std::nullopt;
        const std::string keyspace = name.substr(0, dot);
        auto one = std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.keyspace == keyspace; });
        if (one == all.end())
            one = all.insert(one, {keyspace, {}});
        one->tables.push_back(name.substr(dot + 1));
    }
    return all;
}

// And back.
inline std::vector<std::string> namesOf(const std::vector<KeyspaceTables>& all)
{
    std::vector<std::string> names;
    for (const KeyspaceTables& one : all) {
        for (const std::string& table : one.tables)
            names.push_back(one.keyspace + "." + table);
    }
    return names;
}

} // namespace vtscope
