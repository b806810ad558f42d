// Walks the messages of one reader, in their order, and says where each change lies: one index entry per change,
// without parsing rows. The same walker runs while a stream is live and when a capture without an index is opened. One
// thread at a time.
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
    std::string keyspace; // of everything the reader receives; a VStream names them itself
    std::string shard;
    std::string table;
    bool beginsCopy = false; // Sync: opened at the empty position
};

// What one message told besides its changes. Offsets point at the length of a field in the message; 0 = none.
struct WalkResult
{
    std::uint32_t position = 0; // last VGTID (VStream) or TableCursor (Sync)
    std::uint32_t error = 0;    // a vtrpc.RPCError
    std::uint32_t faults = 0;   // rows that do not add up, undecodable messages
    bool isCopying = false;     // rows of the copy phase, or a cursor with a last key
    bool hasCopyCompleted = false;
    bool isContext = false;            // later messages cannot be walked as they were without it
    std::int64_t serverTime = 0;       // the server's clock at the last event that tells it, ns since 1970
    bool isThrottled = false;          // the server holds the stream back …
    std::uint32_t throttledReason = 0; // … because of this
};

class Walker
{
public:
    // The walker for the source's API. layouts outlives it.
    static std::unique_ptr<Walker> make(WalkerSource source, Layouts& layouts);
    virtual ~Walker();

    // Appends the entries of one message to out, with record offset 0. received is ns since 1970. `transaction` is the
    // capture's counter of transactions, shared by its readers; it is read and advanced.
    WalkResult walk(Bytes message, std::int64_t received, std::uint32_t& transaction, std::vector<Entry>& out);

    // A message such as this reader's server could have sent, for goOn().
    virtual std::string context() const = 0;
    // The number of the transaction that its last rows belonged to; more of them may come.
    std::uint32_t transaction() const { return m_own; }
    // Goes on like the walker that these are of, not from the first message.
    void goOn(Bytes context, std::uint32_t transaction);

protected:
    // The columns in which rows come at the moment, as the server last sent them.
    struct FieldList
    {
        std::string bytes; // the fields with their tags, back to back
        std::uint32_t layout = 0;
        std::uint32_t copyLayout = 0; // same, with ENUM and SET as text (old servers send the copy so)
        std::size_t columns = 0;
        bool isKnown = false;
    };

    Walker(WalkerSource source, Layouts& layouts);
    virtual void walkMessage() = 0;

    // Where the list of fields ends that begins at `start`, if it is this very list in one piece; else null.
    static const char* afterFields(const char* start, const char* end, const FieldList& list);
    // Takes the fields with this number in a message for what follows; they become a new layout if they differ from the
    // last ones.
    void noteFields(FieldList& list, Bytes message, std::uint32_t number, Layout layout, bool hasNumericMembers);
    // A layout without columns, for what belongs to a shard or to nothing.
    std::uint32_t streamLayout(Bytes keyspace, Bytes shard);
    // A name as it may stand in files: hex digits where a server sent what is no UTF-8.
    static std::string nameOf(Bytes bytes);
    void addEvent(Op op, std::uint32_t first, std::uint32_t layout, std::int64_t time, bool isReceiptTime);
    void addUndecodable(std::uint32_t first, std::uint32_t layout);
    void addRow(Entry& entry, RowFault fault)
    {
        if (fault != RowFault::None) [[unlikely]] {
            entry.setFault(fault);
            ++m_result.faults;
        }
        m_out->push_back(entry);
    }
    std::uint32_t offsetOf(const char* at) const { return static_cast<std::uint32_t>(at - m_message.data()); }

    WalkerSource m_source;
    Layouts& m_layouts;
    Bytes m_message;
    std::int64_t m_received = 0;
    // Numbers the next transaction.
    void nextTransaction() { m_own = ++*m_transaction; }

    std::uint32_t* m_transaction = nullptr;
    std::uint32_t m_own = 0;
    std::vector<Entry>* m_out = nullptr;
    WalkResult m_result;

private:
    std::unordered_map<std::string, std::uint32_t> m_streamLayouts;
};

} // namespace vtscope
