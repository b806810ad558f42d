// Positions as people have them: typed, pasted from other tools, and printed to be pasted there. Any thread.
#pragma once

#include <string>
#include <vector>

#include "streamcore/position/position.h"

namespace vtscope {

// Reads a position in any of these forms: a GTID set with or without its flavor; "current"; a VGTID as JSON in its
// spellings, as text of protobuf, or as Debezium's array of shards (also inside its offset); a TableCursor in base64,
// bare or as {"cursor":…}, alone or inside a connector's state; {"keyspace":{"shard":"GTID"}}; what CursorFile writes.
// Sets come back in the one way in which servers write them. Error kind PositionInvalid, with what is wrong.
Result<std::vector<ShardPosition>> parsePosition(const std::string& text);

// The shortest of these forms that says all of it: a GTID for one shard, else a VGTID as JSON; {"cursor":…} for a Sync
// inside a copy.
std::string positionText(const std::vector<ShardPosition>& positions);
// A VGTID as JSON, for positions of VStream.
std::string vgtidJson(const std::vector<ShardPosition>& positions);

} // namespace vtscope
