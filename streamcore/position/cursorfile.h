// The file in which a run of the command line keeps how far it got: the position of each shard, and how long its output
// was then. JSON, for one writer at a time. It holds no login, but the key of a row while a table is copied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streamcore/names.h"
#include "streamcore/position/position.h"

namespace vtscope {

struct CursorFile
{
    // What is watched: another run goes on from here only when it watches the same.
    bool isSync = false; // else VStream
    std::string keyspace;
    std::vector<std::string> shards; // those that were chosen; empty: all
    std::vector<std::string> tables;
    std::vector<KeyspaceTables> others; // on all their shards

    // Of each shard; in Sync by keyspace, then by table, then by shard, each with its table and cursor.
    std::vector<ShardPosition> positions;

    // Where the output went: an absolute path, empty for standard output; and what of it these positions stand for.
    std::string out;
    std::string format;
    std::vector<std::string> columns; // of a CSV's header, when it was written
    std::uint32_t fileNumber = 0;     // of the file at hand when there is one after the other
    std::uint64_t length = 0;         // bytes of it

    bool operator==(const CursorFile&) const = default;

    // Nothing when there is no such file. Error kinds PositionInvalid (it is damaged, or of another version) and Usage
    // (it cannot be read).
    static Result<std::optional<CursorFile>> read(const std::string& path);
    static Result<CursorFile> parse(const std::string& text);
    std::string text() const;
    // Puts it in the place of the one before, private to the user (0600): whenever the program or the machine stops,
    // one of the two stands there. Error kind Output.
    Result<void> write(const std::string& path) const;

private:
    bool sortByTable();
};

} // namespace vtscope
