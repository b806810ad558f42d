// Puts lines in the order of a fact or of a column. Blocks, and works on all cores; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "streamcore/capture/capture.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

struct SortKey
{
    enum class Kind : std::uint8_t {
        Arrival, // as in the capture; so positions too
        Time,
        Op, // inserts, updates, deletes, rows, then events
        Table,
        Shard,
        Keyspace,
        Transaction,
        Column, // of that name: what the row is now, or was when it is gone
    };

    Kind kind = Kind::Arrival;
    std::string column;
    bool isDescending = false;

    bool operator==(const SortKey&) const = default;
};

// The same lines in the order of the key; those with equal keys as they arrived. In a column stand, whichever the
// direction, first the NULLs, then the values, then what was not sent, then the lines that have no such column, such as
// events. Values compare by the column's type, exactly: numbers, times, ENUM by the number of its label in the type;
// labels of an unknown number, SET, JSON and text by their bytes in UTF-8, binary by its bytes. Where the column had
// several types, numbers stand before times, these before labels, and these before text. Takes 24 bytes a line while it
// works. Nothing when it was stopped.
std::optional<RowSet> sortLines(const Snapshot& snapshot, const RowSet& rows, const SortKey& key,
                                const std::stop_token& stop);

} // namespace vtscope
