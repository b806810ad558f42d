// Positions in the change logs of a branch, as people have them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "streamcore/result.h"

namespace vtscope {

// A place in the change log of one shard.
struct ShardPosition
{
    std::string keyspace; // empty: whichever is watched
    std::string shard;    // empty: the only one that is watched
    std::string gtid;     // "", "current" or a position with its flavor
    std::string
        lastKeys; // inside a copy: how far each table got, as a binlogdata.ShardGtid with these alone; else empty
};

// Reads a position: a GTID set with or without "MySQL56/", a VGTID as JSON, or Debezium's array of shards. Error kind
// PositionInvalid, with what is wrong.
Result<std::vector<ShardPosition>> parsePosition(const std::string& text);

// As VStream (a binlogdata.VGtid) and Sync (a TableCursor) take and give them, and back. A cursor has no last keys
// here.
std::string vgtidOf(const std::vector<ShardPosition>& positions);
std::vector<ShardPosition> positionsIn(const std::string& vgtid);
std::string cursorOf(const ShardPosition& position);
ShardPosition positionIn(const std::string& cursor);

} // namespace vtscope
