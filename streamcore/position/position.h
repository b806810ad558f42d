// Positions in the change logs of a branch, and the messages in which VStream and Sync take and give them. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "streamcore/result.h"

namespace vtscope {

// A place in the change log of one shard.
struct ShardPosition
{
    std::string keyspace; // empty: whichever is watched
    std::string shard;    // empty: the only one that is watched
    std::string gtid;     // "" (where a copy begins), "current" or a position with its flavor
    // Inside a copy by VStream: how far each table got, as a binlogdata.ShardGtid with these alone; else empty.
    std::string lastKeys{};
    std::string table{};  // of a cursor; empty: any that is watched
    std::string cursor{}; // where it came as one: the TableCursor as it came, with what we do not know in it

    bool operator==(const ShardPosition&) const = default;
};

// As VStream (a binlogdata.VGtid) and Sync (a TableCursor) take and give them, and back.
std::string vgtidOf(const std::vector<ShardPosition>& positions);
std::vector<ShardPosition> positionsIn(const std::string& vgtid);
std::string cursorOf(const ShardPosition& position);
ShardPosition positionIn(const std::string& cursor);
// What either says of its shards. A cursor is of one table, whose name it does not hold.
std::vector<ShardPosition> shardsIn(const std::string& position, bool isCursor, const std::string& table = {});

// Whether two shards have rows in common: "-80" and "40-c0" do; one without a range has all.
bool overlaps(const std::string& shard, const std::string& other);

// Puts into a VGtid or TableCursor that a stream was asked to start at, where it says now or a copy, what the first
// position that tells says of it. Whether nothing is left to be told.
bool completeStart(std::string& start, std::string_view position, bool isCursor);

// Whether it lies inside a copy that can be taken up again.
bool isInsideCopy(const ShardPosition& position);
// The table whose last key cannot be resumed from without losing rows: servers read rows in the order of an ENUM's
// members, and go on in that of their names. Empty: none.
std::string tableWithEnumKey(const ShardPosition& position);

// What a position says of each of these shards, in their order. One without a shard is that of the only one there is.
// Error kind PositionInvalid: it says nothing of one of them, or several things.
Result<std::vector<ShardPosition>> forShards(const std::vector<ShardPosition>& positions, const std::string& keyspace,
                                             const std::vector<std::string>& shards);

// The tables that have to be copied from these positions on. Servers copy a shard's tables in the order of their names,
// and again from the start those that are complete, unless they are told which. They are told once for all shards.
struct TablesToCopy
{
    std::vector<std::string> tables; // empty: none is complete, or nothing is inside a copy
    bool isExact = true;             // false: a table is among them that one of the shards has already
};
TablesToCopy tablesToCopy(const std::vector<ShardPosition>& positions, const std::vector<std::string>& tables);

} // namespace vtscope
