// The field numbers of the servers' messages, for those who look at them field by field without parsing them. Named as
// in the .proto files.
#pragma once

#include <cstdint>

namespace vtscope::field {

namespace vstream { // vtgate.VStreamResponse
constexpr std::uint32_t kEvents = 1;
}
namespace vevent { // binlogdata, to shardgtid
constexpr std::uint32_t kType = 1, kTimestamp = 2, kStatement = 4, kRow = 5, kField = 6, kVgtid = 7, kJournal = 8,
                        kDml = 9, kCurrentTime = 20, kKeyspace = 22, kShard = 23, kThrottled = 24,
                        kThrottledReason = 25, kGtid = 28;
}
namespace rowevent {
constexpr std::uint32_t kTable = 1, kChange = 2, kKeyspace = 3, kShard = 4;
}
namespace rowchange {
constexpr std::uint32_t kBefore = 1, kAfter = 2, kDataColumns = 3, kJsonPartial = 4;
}
namespace bitmap {
constexpr std::uint32_t kCount = 1, kBits = 2;
}
namespace fieldevent {
constexpr std::uint32_t kTable = 1, kFields = 2, kKeyspace = 3, kShard = 4, kStringValues = 25;
}
namespace vgtid {
constexpr std::uint32_t kShards = 1;
}
namespace shardgtid {
constexpr std::uint32_t kKeyspace = 1, kShard = 2, kGtid = 3;
}
namespace result { // query.QueryResult
constexpr std::uint32_t kFields = 1, kRows = 4;
}
namespace sync { // psdbconnect, to cursor
constexpr std::uint32_t kResult = 1, kCursor = 2, kError = 3, kDeletes = 4, kUpdates = 5;
}
namespace deletes {
constexpr std::uint32_t kResult = 1;
}
namespace updates {
constexpr std::uint32_t kBefore = 1, kAfter = 2;
}
namespace cursor {
constexpr std::uint32_t kShard = 1, kKeyspace = 2, kPosition = 3, kLastKey = 4;
}
namespace psdb { // psdb.v1alpha1.ExecuteResponse
constexpr std::uint32_t kResult = 2, kError = 3;
}
namespace vtgate { // vtgate.StreamExecuteResponse
constexpr std::uint32_t kResult = 1;
}

} // namespace vtscope::field
