// Whether a server can go on from a position. Blocks; belongs on a worker thread.
#pragma once

#include <stop_token>
#include <string>

#include "streamcore/connection/connection.h"
#include "streamcore/position/position.h"
#include "streamcore/result.h"

namespace vtscope {

// Asks by SQL, because servers answer a position that was purged, lies in the future or belongs to another branch with
// 90 s of silence. Error kinds PositionPurged and PositionInvalid, and Unavailable while there is no tablet that
// serves; where the question is not answered otherwise the stream has the last word, and a sentence says what is not
// known. Empty: it can.
Result<std::string> checkReachable(const Connection& connection, const ShardPosition& position, TabletType type,
                                   const std::stop_token& stop);

} // namespace vtscope
