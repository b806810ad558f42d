// Where streams were at which time, so that one can be started "near 14:05": servers find positions, not times. One
// file for each saved connection, $XDG_STATE_HOME/vtscope/journal/ID.tsv (0600), with a line for each shard whenever it
// has moved: ns since 1970, keyspace, shard, position. Positions are no secrets, and none with the key of a row is
// kept. Any thread; several processes may write to one journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "streamcore/connection/settings.h"
#include "streamcore/position/position.h"

namespace vtscope {

class Journal
{
public:
    using Time = std::chrono::system_clock::time_point;
    struct Span
    {
        Time first;
        Time last;
    };

    // A journal that has grown to this many bytes loses its older half.
    static constexpr std::uint64_t kMostBytes = 16U << 20;

    // A connection that is not saved has none: nothing is kept, and nothing is found.
    explicit Journal(const ConnectionSettings& settings, std::uint64_t mostBytes = kMostBytes);

    // By this time all changes up to these positions had come. Positions inside a copy and those that this object noted
    // last are left out. Error kind Output.
    Result<void> note(Time time, const std::vector<ShardPosition>& positions);

    // Of each of these shards the newest position that was noted by then: a stream from there brings all changes that
    // came later. Error kind PositionInvalid: nothing is known of a shard as far back, in words that say since when.
    Result<std::vector<ShardPosition>> positionsAt(Time time, const std::string& keyspace,
                                                   const std::vector<std::string>& shards) const;
    // Of what is known of a keyspace.
    std::optional<Span> spanOf(const std::string& keyspace) const;

private:
    Result<void> trim();

    std::string m_path; // empty: none
    std::uint64_t m_mostBytes;
    std::mutex m_mutex; // of what follows
    std::vector<ShardPosition> m_told;
};

// "14:05" and "14:05:30" are of today, or of yesterday where that is yet to come; "2026-11-23 14:05", also with T for
// the blank. UTC unless a zone follows: Z or +01:00. Error kind Usage.
Result<Journal::Time> momentFrom(const std::string& text, Journal::Time now);
// "2026-11-23 14:05:00 UTC"
std::string momentText(Journal::Time time);

} // namespace vtscope
