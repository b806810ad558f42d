// What a user asks to watch, and how it becomes streams. Plain data; prepare() blocks and belongs on a worker thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/connection/connection.h"
#include "streamcore/names.h"
#include "streamcore/position/position.h"
#include "streamcore/result.h"
#include "streamcore/session/journal.h"
#include "streamcore/wire/serverrule.h"

namespace vtscope {

struct ReaderPlan;

enum class Source : std::uint8_t { VStream, Sync };
const char* nameOf(Source source); // "VStream", "Sync"

struct WatchRequest
{
    enum class Start : std::uint8_t { Now, Copy, Position, Time, Continue };

    std::string keyspace;
    std::vector<std::string> shards;      // empty: all
    std::vector<std::string> tables;      // at least one
    std::vector<KeyspaceTables> others{}; // of other keyspaces, on all their shards, in streams of their own
    Source source = Source::VStream;
    TabletType tabletType = TabletType::Primary;
    std::string cells; // empty: what suits the host
    ServerRule rule{};
    bool minimizesSkew = false;   // VStream: shards that are ahead wait for those that are behind
    std::uint64_t chunkBytes = 0; // VStream: larger transactions are sent in parts of this size, from Vitess 24 on
    Start start = Start::Now;
    std::string position;            // Start::Position: text for parsePosition
    Journal::Time time{};            // Start::Time: from what the journal knows of it
    std::vector<std::string> resume; // Start::Continue: what Session::resumePositions gave
    std::vector<StreamPast> pasts{}; // of these, when it goes on in the same capture
    // Where the session ends by itself, which is a normal end (ErrorKind::Ended); 0 or empty: nowhere. What had arrived
    // by then is kept, so there may be some more changes than asked for.
    std::uint64_t endAfterChanges = 0;
    std::uint64_t endAfterBytes = 0; // of what was received
    std::chrono::milliseconds endAfterTime{0};
    std::string stopPosition; // text for parsePosition: once every shard's position contains it
    // Streams that break for a reason that passes are opened again, from the last safe position; else the session ends.
    bool recovers = true;
};

// The same from another beginning, with a gap where it had come to.
WatchRequest startedAnew(WatchRequest request, WatchRequest::Start start);

// A message table to receive messages from, which takes them away from other consumers.
struct SubscribeRequest
{
    std::string keyspace;
    std::string shard; // empty: all
    std::string table;
};

// The source to take when the user did not choose: VStream where it exists, else Sync.
Source defaultSource(const Connection& connection);

// What a stop position says of each of these shards. Error kind PositionInvalid.
Result<std::vector<ShardPosition>> stopPositions(const std::string& text, const std::string& keyspace,
                                                 const std::vector<std::string>& shards);

// Checks the names against the branch and the position against the servers, then says which streams to open. Errors
// carry near names.
Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const WatchRequest& request,
                                        const std::stop_token& stop);
// Needs an unlocked connection: error kind ReadOnly or Role otherwise.
Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const SubscribeRequest& request,
                                        const std::stop_token& stop);

} // namespace vtscope
