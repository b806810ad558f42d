// What a server is asked to leave out of a stream, so that it sends less. Plain data.
#pragma once

#include <string>
#include <vector>

namespace vtscope {

struct ServerRule
{
    std::vector<std::string> columns;                    // VStream: empty is all
    std::string where;                                   // VStream: a condition; empty is all rows
    bool inserts = true, updates = true, deletes = true; // Sync

    bool hasAllOps() const { return inserts && updates && deletes; }
    bool isAll() const { return columns.empty() && where.empty() && hasAllOps(); }
};

} // namespace vtscope
