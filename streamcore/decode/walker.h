// Walks the messages of one reader, in their order, and says where each change lies: one index entry per change, without parsing rows.
// The same walker runs while a stream is live and when a capture without an index is opened. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/scanner.h"

namespace vtscope {

// What kind of messages a reader receives; numbers as in capture.proto.
enum class Api : std::uint8_t { Unknown = 0, VStream = 1, Sync = 2, PsdbQuery = 3, VtgateQuery = 4 };

struct WalkerSource
{
    Api api = Api::Unknown;
    std::string keyspace;  // of everything the reader receives; a VStream names them itself
    std::string shard;
    std::string table;
};

// What one message told besides its changes. Offsets point at the length of a field in the message; 0 = none.
struct WalkResult
{
    std::uint32_t position = 0;       // last VGTID (VStream) or TableCursor (Sync)
    std::uint32_t error = 0;          // a vtrpc.RPCError
    std::uint32_t faults = 0;         // rows that do not add up, undecodable messages
    bool isCopying = false;           // rows of the copy phase, or a cursor with a last key
    bool hasCopyCompleted = false;
};

class Walker
{
public:
    // layouts outlives the walker. transactions is shared by the readers of a capture and advanced here.
    Walker(WalkerSource source, Layouts& layouts);
    ~Walker();

    // Appends the entries of one message to out, with record offset 0. received is ns since 1970. `transaction` is the capture's
    // counter of transactions; it is read and advanced.
    WalkResult walk(Bytes message, std::int64_t received, std::uint32_t& transaction, std::vector<Entry>& out);

private:
    struct TableState
    {
        std::string fields;             // bytes of the field list last seen
        std::uint32_t layout = 0;
        std::uint32_t copyLayout = 0;   // same, with ENUM and SET as text (old servers send the copy so)
        std::size_t columns = 0;
        bool hasFields = false;
        bool hasLayout = false;
        Entry::Partial partial = Entry::Partial::None;
    };
    // Sync sends both images of an update with field lists of their own.
    struct UpdateState
    {
        std::string beforeFields;
        std::string afterFields;
        std::uint32_t layout = 0;
        bool hasLayout = false;
    };
    struct EventFacts;

    void walkEvent(Bytes event, std::uint32_t at);
    void walkFieldEvent(const EventFacts& facts, std::uint32_t at);
    void walkRowEvent(const EventFacts& facts, std::uint32_t at);
    void walkRowChange(Bytes change, std::uint32_t at, std::uint32_t eventAt, TableState& table, bool isCopied, std::int64_t time);
    void walkSync();
    void walkSyncUpdate(Bytes update);
    void noteUpdateFields(Bytes before, Bytes after);
    void walkQuery(std::uint32_t resultField, std::uint32_t errorField);
    void walkResult(Bytes result, TableState& table, Op op, bool isBefore);

    TableState& tableState(Bytes keyspace, Bytes shard, Bytes table);
    void noteFields(TableState& table, Bytes message, std::uint32_t fieldNumber, Bytes keyspace, Bytes shard, Bytes name,
                    bool hasNumericMembers);
    std::uint32_t streamLayout(Bytes keyspace, Bytes shard);
    void addEvent(Op op, std::uint32_t first, std::uint32_t layout, std::int64_t time, bool isReceiptTime);
    void openTransaction();
    std::uint32_t offsetOf(const char* at) const { return static_cast<std::uint32_t>(at - m_message.data()); }

    WalkerSource m_source;
    Layouts& m_layouts;
    std::unordered_map<std::string, TableState> m_tables;
    std::unordered_map<std::string, std::uint32_t> m_streamLayouts;
    std::string m_key;       // scratch: look-up key
    std::string m_lastKey;
    TableState* m_lastTable = nullptr;
    TableState m_rows;       // Sync inserts and query rows
    TableState m_deletes;    // Sync deletes: key columns only
    UpdateState m_updates;
    bool m_inTransaction = false;
    bool m_isSyncCopying = false;

    Bytes m_message;
    std::int64_t m_received = 0;
    std::uint32_t* m_transaction = nullptr;
    std::vector<Entry>* m_out = nullptr;
    WalkResult m_result;
};

} // namespace vtscope
