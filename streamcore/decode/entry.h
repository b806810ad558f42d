// The change index: one fixed entry per change or event of a capture, 32 bytes, written beside the capture and mapped
// for reading.
#pragma once

#include <cstdint>
#include <type_traits>

#include "streamcore/decode/row.h"

namespace vtscope {

// What a numbered line of a capture is: a change of a row, a row that was read, or an event (no change).
enum class Op : std::uint8_t {
    Insert,
    Update,
    Delete,
    Row, // a row of a query or a delivered message
    Ddl,
    SchemaChange, // the columns of a table differ from those sent before
    Statement,    // a statement-based change: text only, no row images
    CopyCompleted,
    Journal,     // a reshard
    Failed,      // the stream ended with an error, or one stood in a response
    Ended,       // the stream ended without error
    Gap,         // changes are known to be missing here
    Unknown,     // an event type this version does not know
    Undecodable, // a whole message that is no valid message
    Resumed,     // a stream that had broken is open again
};

constexpr bool isChange(Op op)
{
    return op <= Op::Row;
}

// "event" for all that is no change.
constexpr const char* nameOf(Op op)
{
    switch (op) {
    case Op::Insert:
        return "insert";
    case Op::Update:
        return "update";
    case Op::Delete:
        return "delete";
    case Op::Row:
        return "row";
    default:
        return "event";
    }
}

// Where the bytes of an entry lie.
enum class Images : std::uint8_t {
    RowChange, // first: binlogdata.RowChange, second: its VEvent
    Rows,      // first: query.Row before (0 = none), second: query.Row after (0 = none)
    Event,     // first: the VEvent, or 0 for the whole message
};

struct Entry
{
    static constexpr std::uint64_t kRecordBits = 44;

    std::uint64_t packed =
        0; // record offset / 8 in the low 44 bits; then op 4, images 2, fault 4, partial 2, copied, repeated, …
    std::uint32_t first = 0; // offset of a length-delimited field (its length varint) in the record's payload
    std::uint32_t second = 0;
    std::uint32_t layout = 0;
    std::uint32_t transaction = 0; // numbered within the capture from 1; 0 for events outside any
    std::int64_t time = 0;         // ns since 1970, the server's clock where it tells, else receipt

    // Before image of a partial row image: which −1 cells were not sent rather than NULL.
    enum class Partial : std::uint8_t { None, Long, All };

    static Entry make(Op op, Images images)
    {
        Entry entry;
        entry.packed = static_cast<std::uint64_t>(op) << 44 | static_cast<std::uint64_t>(images) << 48;
        return entry;
    }

    std::uint64_t record() const { return (packed & ((std::uint64_t{1} << kRecordBits) - 1)) * 8; }
    void setRecord(std::uint64_t offset) { packed = (packed & ~((std::uint64_t{1} << kRecordBits) - 1)) | offset / 8; }
    void setOp(Op op) { packed |= static_cast<std::uint64_t>(op) << 44; } // once
    Op op() const { return static_cast<Op>(packed >> 44 & 15); }
    Images images() const { return static_cast<Images>(packed >> 48 & 3); }
    RowFault fault() const { return static_cast<RowFault>(packed >> 50 & 15); }
    void setFault(RowFault fault) { packed |= static_cast<std::uint64_t>(fault) << 50; }
    Partial partialBefore() const { return static_cast<Partial>(packed >> 54 & 3); }
    void setPartialBefore(Partial partial) { packed |= static_cast<std::uint64_t>(partial) << 54; }
    // Where in its message it stands, as the offset of an event; 0 where a message has one position for all its rows.
    std::uint32_t place() const
    {
        return images() == Images::Rows ? 0 : images() == Images::RowChange ? second : first;
    }
    bool isCopied() const { return (packed >> 56 & 1) != 0; }
    void setCopied() { packed |= std::uint64_t{1} << 56; }
    bool isReceiptTime() const { return (packed >> 57 & 1) != 0; }
    void setReceiptTime() { packed |= std::uint64_t{1} << 57; }
};

static_assert(sizeof(Entry) == 32 && std::is_trivially_copyable_v<Entry>);

} // namespace vtscope
