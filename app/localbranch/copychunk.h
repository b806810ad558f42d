// A piece of a table of one shard, read at one position of its log. Any thread; takes the engine's lock for the
// reading.
#pragma once

#include <string>
#include <vector>

#include "app/localbranch/engine.h"

namespace localbranch {

struct CopyChunk
{
    TablePtr definition; ///< the columns of these rows
    std::optional<size_t> shardingColumn;
    std::vector<std::string> rows; ///< packed, as SQL spells them
    uint64_t position = 0;         ///< the last transaction that is in these rows
    std::string lastKey;           ///< of the last row; empty if there is none
    bool isLast = false;
};

/// Rows after a key (empty: from the start), up to about that many bytes; at least one if there is one.
CopyChunk readChunk(Engine& engine, LiveTable& table, Shard& shard, const std::string& afterKey, size_t mostBytes);

/// The stored key that a last known key of a client means. Throws SqlError for missing or unknown columns.
std::string keyOfLastKnown(const Table& table, const query::QueryResult& lastKnown);

/// A key as clients get it: key columns only, one row.
query::QueryResult lastKnownKey(const Table& table, const std::string& packed);

} // namespace localbranch
