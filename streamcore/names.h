// Lists of names.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace vtscope {

// Leaves the first of each, in their order.
inline void keepFirstOfEach(std::vector<std::string>& names)
{
    std::unordered_set<std::string> seen;
    std::erase_if(names, [&seen](const std::string& name) { return !seen.insert(name).second; });
}

} // namespace vtscope
