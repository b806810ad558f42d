// A capture: an append-only log of what the servers sent, byte for byte, in a file from the first message, with a
// change index beside it. Readers append from their own threads; everybody reads through snapshots, without a lock. A
// saved capture is opened into the same class and read by the same path.
//
// The file: a 64-byte head, then records at 8-byte boundaries, none of which crosses a boundary of 64 MiB unless it is
// longer than that. A record is a 24-byte head (payload length, type, reader, receipt time, XXH3 of the rest) and its
// payload: a server's message, or one of our own (proto/capture.proto). A sealed capture ends with the change index,
// the layouts and a 64-byte foot that says where they lie.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/capture/marks.h"
#include "streamcore/result.h"
#include "streamcore/value/column.h"

namespace vtscope {

class AppendFile;
class Capture;
struct CapturePin;
struct WalkResult;
struct CheckpointFacts;
class EntryFile;
struct FileFoot;
enum class RecordType : std::uint16_t;
class Layouts;
class RecordBatch;
class Walker;
struct Entry;

using ReaderId = std::uint16_t;

// What a reader was asked to do; stored in the capture. Never holds a user or a password.
struct ReaderDescription
{
    enum class Api : std::uint8_t { Unknown = 0, VStream = 1, Sync = 2, PsdbQuery = 3, VtgateQuery = 4 };
    enum class Kind : std::uint8_t { Changes = 0, Rows = 1, Messages = 2 };

    Api api = Api::Unknown;
    Kind kind = Kind::Changes;
    std::string connection; // name and host, for people
    std::string keyspace;
    std::vector<std::string> shards;
    std::vector<std::string> tables;
    std::string tabletType;
    std::string start;    // "current", "copy" or a position in words
    std::string position; // as it was sent: a VGtid or TableCursor message
    std::string sql;      // of a query, or what a stream was asked for where that is less than all
    // The reader of this capture whose stream was opened again with this one.
    std::optional<ReaderId> continues{};
};

// Of its messages from the first one on.
struct WalkerSource;
WalkerSource walkerSourceOf(const ReaderDescription& reader);

struct ReaderEnd
{
    int code = 0;         // gRPC's; 0: ended by the server without error
    std::string message;  // the server's words, in any charset
    bool isAsked = false; // we ended it
};

// How far a reader got.
struct ReaderState
{
    ReaderDescription description;
    // Its changes come after this position and, as far as they are whole, up to the other: VGtid or TableCursor
    // messages. first has what was asked for where no position has been told yet; last is empty as long as none was.
    std::string first;
    std::string last;
    std::optional<ReaderEnd> end; // nothing while it runs, or where its end was not written
    std::uint64_t lastRecord = 0; // that brought `last`; 0: not known
};

// What a stream has brought into a capture so far, for one that goes on from there in the same capture.
struct StreamPast
{
    std::vector<ReaderId> readers;
    std::uint64_t from = 0; // the record from which on anything may come again; 0: any of theirs

    bool isEmpty() const { return readers.empty(); }
};

// Of the lines that a message brings, those that are shown.
struct ChosenLines
{
    std::vector<std::uint32_t> ordinals;
    // The others had come before, when the transaction that the last of them is of had this number: so it has when it
    // goes on. 0: they were not chosen.
    std::uint32_t transaction = 0;
};

// Changes that are known to be missing.
struct Gap
{
    std::string keyspace;
    std::string shard;
    std::string table;   // in Sync, which has a position for each table
    std::string missing; // the transactions as a GTID set; empty where they are not known
    std::string cause;   // a sentence
};

// What one message brought, for the reader that appended it.
struct Appended
{
    std::uint64_t record = 0; // of the message
    std::uint64_t firstEntry = 0;
    std::uint32_t entries = 0; // changes and events
    std::uint32_t faults = 0;
    bool isCopying = false;
    bool hasCopyCompleted = false;
    // In the bytes that were appended, and valid as long as those.
    std::string_view position;   // VGTID or cursor message; empty if none
    std::string_view error;      // vtrpc.RPCError message; empty if none
    std::int64_t serverTime = 0; // the server's clock when it sent this, ns since 1970; 0: not told
    bool isThrottled = false;    // the server holds the stream back, for this reason
    std::string_view throttledReason;
};

// A frozen view of a capture: everything with a number below count() can be read, for as long as it lives. Any thread;
// cheap to copy.
class Snapshot
{
public:
    Snapshot() = default;

    // Lines [first(), count()) are there; those before were dropped by a ring limit.
    std::uint64_t first() const { return m_first; }
    std::uint64_t count() const { return m_count; } // changes and events, the dropped ones included
    bool isEmpty() const { return m_count == m_first; }
    // The line that is number `ordinal` of those of the record at this offset; nothing when there is none.
    std::optional<std::uint64_t> lineOf(std::uint64_t record, std::uint32_t ordinal) const;
    // The first line that this record brought, or one behind it.
    std::uint64_t lineFrom(std::uint64_t record) const;
    const Entry& entry(std::uint64_t number) const;
    // Payload of the record at this offset.
    std::string_view payload(std::uint64_t record) const;
    ReaderId readerOf(std::uint64_t record) const;
    std::int64_t receivedAt(std::uint64_t record) const; // ns since 1970
    // Whether the record still has the bytes that were written. Reads all of it.
    bool isIntact(std::uint64_t record) const;
    // Whether the file at this path is the one (or a link to the one) that the capture lies in: writing there would
    // destroy it.
    bool liesIn(const std::string& path) const;
    RecordType typeOf(std::uint64_t record) const;
    // Offset of the first record that is still there, and of the one after this; 0 at the end of what this snapshot
    // sees.
    std::uint64_t firstRecord() const;
    std::uint64_t nextRecord(std::uint64_t record) const;
    const Layout& layoutOf(const Entry& entry) const;
    // Every layout that this snapshot can meet, by number.
    std::uint32_t layoutCount() const { return m_layoutCount; }
    const Layout& layout(std::uint32_t number) const;

private:
    friend class Capture;
    std::uint64_t recordFrom(std::uint64_t at) const;

    std::shared_ptr<const CapturePin> m_pin;
    const Layouts* m_layouts = nullptr;
    const char* m_base = nullptr;
    const Entry* m_entries = nullptr; // that of m_firstEntry
    std::uint64_t m_firstEntry = 0;
    std::uint64_t m_end = 0;
    std::uint64_t m_first = 0;
    std::uint64_t m_count = 0;
    std::uint32_t m_layoutCount = 0;
};

// How much a capture keeps at least; 0 is no limit. It is kept in pieces of about an eighth of the limit, of a MiB or a
// second when that is more, and what is older goes piece by piece.
struct RingLimits
{
    std::uint64_t bytes = 0;
    std::uint64_t changes = 0;
    std::chrono::nanoseconds age{0};

    bool isSet() const { return bytes != 0 || changes != 0 || age.count() != 0; }
};

class Capture : public std::enable_shared_from_this<Capture>
{
    friend class Snapshot;

public:
    // The smaller of 1 GiB and 5 % of the disk stays free.
    static constexpr std::uint64_t kDefaultDiskFloor = ~std::uint64_t{0};

    ~Capture();

    // A new capture, private to the user (0600). The path must not exist. Error kind Output.
    static Result<std::shared_ptr<Capture>> create(const std::string& path,
                                                   std::uint64_t diskFloor = kDefaultDiskFloor);
    // A new capture without a name among the temporary files (TMPDIR, else /tmp): gone when it is closed.
    static Result<std::shared_ptr<Capture>> createUnnamed(std::uint64_t diskFloor = kDefaultDiskFloor);

    // A new capture in two files that are open for reading and writing, over what stands in them: pages that are in
    // memory already take bytes several times faster than those of a fresh file. Takes over both descriptors; gone with
    // them when it has no name.
    static Result<std::shared_ptr<Capture>> createOver(int data, int index,
                                                       std::uint64_t diskFloor = kDefaultDiskFloor);

    // Opens a capture for reading. One without its index (a crash, a copy of a running one) is walked; `progress` is
    // told the share done, 0 to 1, and stop ends it. A torn tail is left out and counted (tornBytes). Errors: Damaged,
    // Canceled.
    static Result<std::shared_ptr<Capture>>
    open(const std::string& path, const std::function<void(double)>& progress = {}, const std::stop_token& stop = {});

    // The same to go on with it: what a seal or a crash left behind its last whole record is cut off, and it is walked.
    // progress and stop as above. Error kind Output when it is in use or cannot be written.
    static Result<std::shared_ptr<Capture>> openToAppend(const std::string& path,
                                                         std::uint64_t diskFloor = kDefaultDiskFloor,
                                                         const std::function<void(double)>& progress = {},
                                                         const std::stop_token& stop = {});

    // Appending. Any thread; one at a time inside. Error kind Output (disk full, floor reached): then nothing counts of
    // what the answer does not name.
    Result<ReaderId> openReader(const ReaderDescription& description);
    Result<Appended> append(ReaderId reader, std::string_view message, std::int64_t received);
    // The messages of a batch, in its order; `appended` gets one answer for each, as far as they were written.
    Result<void> append(ReaderId reader, RecordBatch& batch, std::vector<Appended>& appended);
    // asked: we ended it; else code and message are the server's (code 0: it ended without error). Adds an event unless
    // asked.
    Result<void> endReader(ReaderId reader, int code, const std::string& message, bool asked, std::int64_t now);

    // Adds a line that says what is missing here.
    Result<void> addGap(ReaderId reader, const Gap& gap, std::int64_t now);

    // Appends a message of which only these lines are shown. It is kept whole.
    Result<Appended> appendChosen(ReaderId reader, std::string_view message, std::int64_t received,
                                  const ChosenLines& chosen);
    // Readers of another capture whose beginning is gone, as a checkpoint of it tells them: they go on here. The number
    // of the first. keepsNumbers: lines are counted on from there; only as the first thing in a capture.
    Result<ReaderId> takeOver(std::string_view checkpoint, bool keepsNumbers);

    // From now on the oldest lines are dropped, with their bytes, when there is more than this. Error kind Output when
    // the file system cannot free parts of a file.
    Result<void> setRing(const RingLimits& limits);
    RingLimits ring() const;

    // Marks a line, or changes its note. In a capture that is written it is kept at once; in one that was opened by
    // saveMarks().
    Result<void> mark(std::uint64_t line, const std::string& note);
    Result<void> unmark(std::uint64_t line);
    const Marks& marks() const { return m_marks; }
    bool hasUnsavedMarks() const { return m_hasUnsavedMarks.load(std::memory_order_relaxed); }
    // Writes the marks into the sealed file that was opened. Error kind Output.
    Result<void> saveMarks();
    bool canSaveMarks() const { return m_sealedEntries != nullptr; } // else it needs a file of its own
    // They were saved elsewhere, in the state with this revision.
    void noteMarksSaved(std::uint64_t revision);

    // Any thread. The dropped ones are counted too.
    Snapshot snapshot() const;
    std::uint64_t first() const { return m_first.load(std::memory_order_acquire); }
    std::uint64_t count() const { return m_published.load(std::memory_order_acquire); } // changes and events
    std::uint64_t changes() const { return m_changes.load(std::memory_order_acquire); } // changes alone
    std::uint64_t droppedChanges() const { return m_droppedChanges.load(std::memory_order_acquire); }
    std::uint64_t faults() const { return m_faults.load(std::memory_order_acquire); } // undecodable rows and messages
    std::uint64_t end() const;  // where in the log the next record will probably lie
    std::uint64_t size() const; // bytes of the log that are kept
    std::uint64_t tornBytes() const { return m_tornBytes; }
    // Messages that were left out when the capture was walked, because their bytes are not those that were written.
    std::uint64_t damagedMessages() const { return m_damagedMessages; }
    std::vector<ReaderDescription> readers() const;
    std::vector<ReaderState> readerStates() const;
    std::vector<Gap> gaps() const; // those that were added
    const std::string& path() const { return m_path; }
    std::string folder() const; // where its files lie, also without a name
    // Whether it has some lines of other captures, chosen.
    bool isPart() const { return m_isPart; }
    void setPart() { m_isPart = true; } // before it is sealed
    // The file's own foot is written: no appending any more. Error kind Output.
    Result<void> seal();
    // A sealed copy of what is there now, also while capturing. The target, which is another file, is complete or
    // absent. `told` is called on the calling thread with the bytes copied so far. Error kind Output; Canceled when
    // asked to stop.
    Result<void> saveTo(const std::string& path, const std::stop_token& stop = {},
                        const std::function<void(std::uint64_t copied)>& told = {}) const;

private:
    // A reader that was opened, and its way through its messages.
    struct Reader
    {
        ReaderDescription description;
        std::unique_ptr<Walker> walker;
        std::optional<ChosenLines> chosen; // of the next message
        // A transaction that goes on: what the walker calls it, and the number that it has.
        std::uint32_t cutHere = 0;
        std::uint32_t cut = 0;
        std::string first; // see ReaderState
        bool isFirstKnown = false;
        // The newest position: where it lies in the file, or itself where that is gone or was never read.
        std::uint64_t lastAt = 0;
        std::uint64_t lastRecord = 0;
        std::size_t lastSize = 0;
        std::string last;
        std::optional<ReaderEnd> end;
    };
    // Where a part begins that can be read without those before it.
    struct PieceStart
    {
        std::uint64_t at = 0;
        std::uint64_t line = 0;
        std::uint64_t changes = 0;
        std::uint64_t bytes = 0; // written before it
        std::int64_t time = 0;
    };

    Capture();
    static Result<std::shared_ptr<Capture>> openOn(int descriptor, const std::string& path);
    static Result<std::shared_ptr<Capture>> createOn(int data, int index, std::string path, std::uint64_t diskFloor);
    // With m_mutex held, as everything below that appends. Where a record with this much payload goes; begins a piece
    // if need be.
    Result<std::uint64_t> makeRoom(std::uint64_t payload, std::int64_t now);
    bool isPieceOld(std::int64_t now) const;
    Result<void> startPiece(std::uint64_t at, std::int64_t now);
    void dropOld(std::int64_t now);
    void freeDropped();
    void restore(const CheckpointFacts& checkpoint, bool keepsNumbers);
    std::string describeState() const;
    void showChosen(Reader& reader, std::size_t from);
    // A position of a reader, which lies at this place of the file, in this record.
    void notePosition(Reader& reader, std::string_view position, std::uint64_t record, std::uint64_t at);
    ReaderState stateOf(const Reader& reader) const;
    void takeState(Reader& reader, const ReaderState& state);
    void keepPositionsBefore(std::uint64_t at);
    Result<void> note(std::uint64_t line, bool isRemoved, const std::string& note);
    // Writes the records [first, end) of a batch side by side at this offset; they are not seen yet.
    Result<void> writeRecords(ReaderId reader, RecordBatch& batch, std::size_t first, std::size_t end,
                              std::uint64_t at);
    // The same for a record of our own; its offset.
    Result<std::uint64_t> writeOwn(RecordType type, ReaderId reader, std::int64_t received, std::string_view payload);
    // Walks them, publishes what they brought and tells it, message by message.
    Result<void> walkRecords(ReaderId reader, const RecordBatch& batch, std::size_t first, std::size_t end,
                             std::uint64_t at, std::vector<Appended>& appended);
    // What a message in the scratch from this entry on brought, once it lies in this record.
    Appended told(Reader& reader, std::string_view message, const WalkResult& walked, std::size_t from,
                  std::uint64_t record);
    // Puts the entries in m_scratch into the index and lets everything be seen that was written; takes back what was
    // written if that fails.
    Result<void> publish(std::uint32_t faults);
    // Lets the bytes be seen that were written.
    void show();
    Result<void> checkDisk(std::uint64_t size);
    Result<bool> readFoot(std::uint64_t fileSize);
    void noteGap(std::uint64_t record, std::uint64_t end);
    Result<void> walkFile(std::uint64_t fileSize, const std::function<void(double)>& progress,
                          const std::stop_token& stop);
    bool isIntact(std::uint64_t record, std::uint64_t end) const; // a whole record before `end` with its own hash
    std::uint64_t dataAfter(std::uint64_t at) const;
    std::uint64_t checkpointAfter(std::uint64_t at, std::uint64_t end) const;
    void noteHole(ReaderId reader);
    Result<void> replay(std::uint64_t record);
    Result<void> addEvent(RecordType type, ReaderId reader, std::int64_t now, std::string_view payload);
    Result<void> writeFoot(int descriptor, const Snapshot& lines, const std::vector<ReaderState>& readers) const;
    std::string contentsOf(const Snapshot& lines, const std::vector<ReaderState>& readers) const;
    std::vector<ReaderState> describeReaders() const; // with m_mutex held
    void addReader(const ReaderDescription& description);

    std::string m_path;
    std::unique_ptr<AppendFile> m_data;
    std::unique_ptr<EntryFile> m_index;
    std::unique_ptr<Layouts> m_layouts;
    const Entry* m_sealedEntries = nullptr;

    mutable std::mutex m_mutex; // guards appending
    std::vector<Reader> m_readers;
    std::vector<Entry> m_scratch;
    std::vector<Gap> m_gaps;
    std::uint32_t m_transactions = 0;
    std::uint64_t m_diskFloor = kDefaultDiskFloor;
    std::uint64_t m_diskCheckedAt = 0;
    bool m_isDiskChecked = false;
    std::uint64_t m_tornBytes = 0;
    std::uint64_t m_damagedMessages = 0;
    std::uint64_t m_salt = 0;
    bool m_isSealed = false;
    bool m_isPart = false;
    std::unique_ptr<FileFoot> m_foot; // of the file that was opened, as it stands there
    bool m_hasHole = false;           // a record before this one was left out
    RingLimits m_ring;
    std::deque<PieceStart> m_pieces;  // those that are kept
    std::uint64_t m_freedTo = 0;      // bytes before it are given back
    std::uint64_t m_writtenBytes = 0; // without what was left empty
    Marks m_marks;
    std::atomic<bool> m_hasUnsavedMarks{false};

    mutable std::mutex m_pinMutex; // guards the pins, and what they pin from
    mutable std::weak_ptr<const CapturePin> m_pin;
    std::vector<std::weak_ptr<const CapturePin>> m_oldPins;
    std::uint64_t m_firstRecord = 0; // 0: nothing was dropped

    std::uint64_t m_firstEntry = 0; // the line of the first entry in the index
    std::atomic<std::uint64_t> m_first{0};
    std::atomic<std::uint64_t> m_droppedChanges{0};
    std::atomic<std::uint64_t> m_droppedBytes{0};
    std::atomic<std::uint64_t> m_shownBytes{0};
    std::atomic<std::uint64_t> m_published{0};
    std::atomic<std::uint64_t> m_changes{0};
    std::atomic<std::uint64_t> m_faults{0};
    std::atomic<std::uint64_t> m_dataEnd{0};
};

} // namespace vtscope
