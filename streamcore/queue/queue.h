// A message table, looked at without taking messages from anybody, and acknowledged by a plan. Blocking calls for
// worker threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "streamcore/branch/branch.h"
#include "streamcore/capture/change.h"
#include "streamcore/connection/connection.h"
#include "streamcore/result.h"

namespace vtscope {

// What a message is doing, from its own columns and the server's clock.
enum class MessageState : std::uint8_t {
    Due,       // not acknowledged, time_next has come
    Scheduled, // not acknowledged, never sent, time_next lies ahead
    Sent,      // sent at least once, waiting for the ack or the next try
    Acked,
    Broken, // time_next and time_acked are both NULL: no poller will ever find it
};
const char* nameOf(MessageState state);

// One SELECT per shard, read into a capture of its own.
struct QueueSnapshot
{
    std::shared_ptr<Capture> capture; // lines of Op::Row, in key order per shard
    std::int64_t serverNow = 0;       // ns since 1970, the server's clock when it was read
    std::string timeZone;             // of the SQL session, in which TIMESTAMP columns stand
};

struct QueueTable
{
    std::string keyspace;
    std::string table;
    std::vector<std::string> shards;
};

// Reads all messages. Errors as everywhere; what a shard cannot tell fails the whole.
Result<QueueSnapshot> readQueue(const Connection& connection, const QueueTable& table, std::shared_ptr<Capture> capture,
                                const std::stop_token& stop = {});

// What a row of a queue snapshot says, once its columns are found. Cells stay valid as long as the view it was read
// from.
struct Message
{
    std::string shard;
    Cell id;
    MessageState state = MessageState::Due;
    std::optional<std::int64_t> timeNext; // ns since 1970
    std::optional<std::int64_t> timeAcked;
    std::int64_t tries = 0; // epoch
    std::int64_t priority = 0;
};
// Nothing when the row has no id column.
std::optional<Message> messageOf(const ChangeView& row, std::int64_t serverNow);

// An id with the shard it was read from; bytes and type as they came.
struct MessageKey
{
    std::string shard;
    std::int32_t type = 0;
    std::string id;

    auto operator<=>(const MessageKey&) const = default;
};

// Where these messages are, given by the text of their ids: one key for each shard that has it, none for an id that no
// shard has.
Result<std::vector<MessageKey>> findMessages(const Connection& connection, const QueueTable& table,
                                             const std::vector<std::string>& ids, const std::stop_token& stop = {});

struct AckPlan
{
    struct Item
    {
        MessageKey key;
        std::string state;  // in words, when the plan was read
        bool isOpen = true; // false: acknowledged or gone already; the statement will not touch it
    };
    struct Step
    {
        std::string shard;
        std::string sql; // exactly what is sent, with the ids written out
        std::vector<MessageKey> keys;
    };

    QueueTable table;
    std::string timeAcked;   // the literal written, ns
    std::vector<Item> items; // in the order asked for
    std::vector<Step> steps; // one UPDATE a shard
    std::chrono::steady_clock::time_point made;

    std::size_t openCount() const;
    // A plan older than 60 s has to be read anew.
    bool isStale() const { return std::chrono::steady_clock::now() - made > std::chrono::seconds(60); }
};

// Reads the messages as they are now, on the primary, and says what would be done. Changes nothing; works while locked.
Result<AckPlan> planAck(const Connection& connection, const QueueTable& table, const std::vector<MessageKey>& keys,
                        const std::stop_token& stop = {});

enum class AckOutcome : std::uint8_t {
    Acked,        // by us: the row holds the very value of the plan
    AckedByOther, // somebody was faster
    StillOpen,
    Gone,    // purged or deleted
    Unknown, // it could not be read again
};
const char* nameOf(AckOutcome outcome);

struct AckResult
{
    struct Item
    {
        MessageKey key;
        AckOutcome outcome = AckOutcome::Unknown;
        std::string detail; // "at 14:31:07 UTC by somebody else"
    };
    std::vector<Item> items;      // in the order of the plan
    std::uint64_t changed = 0;    // rows that the server says it changed
    std::optional<Error> problem; // a statement failed; the outcomes were read from the rows all the same

    std::size_t ackedCount() const;
};

// Carries the plan out. Error kinds ReadOnly and Role: nothing was sent. Else every message gets its truth by being
// read again, and the write stands in the action log.
Result<AckResult> acknowledge(const Connection& connection, const AckPlan& plan, const std::stop_token& stop = {});

} // namespace vtscope
