// One numbered line of a capture, taken apart: a change with its before and after image, or an event with its text.
// A ChangeView is made once and read into many times; it keeps its memory. Not shared between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/decode/entry.h"
#include "streamcore/value/cell.h"

namespace vtscope {

class ChangeView
{
public:
    // Takes the line with this number apart. Cells stay valid until the next read, and as long as the snapshot lives.
    void read(const Snapshot& snapshot, std::uint64_t number);

    std::uint64_t number() const { return m_number; }
    Op op() const { return m_entry->op(); }
    bool isChange() const { return vtscope::isChange(op()); }
    bool isCopied() const { return m_entry->isCopied(); } // a row of the copy phase
    RowFault fault() const { return m_entry->fault(); }   // not None: shown raw, cells as far as they can be read
    std::int64_t time() const { return m_entry->time; }   // ns since 1970; the server's clock unless isReceiptTime
    bool isReceiptTime() const { return m_entry->isReceiptTime(); }
    std::uint32_t transaction() const { return m_entry->transaction; }
    const Layout& layout() const { return *m_layout; }

    // The columns to go through: those of the after image, or of the before image when there is no other.
    const Schema* schema() const;
    // Cells by column of schema(). Absent when the image does not exist or has no such column.
    Cell before(std::size_t column) const;
    Cell after(std::size_t column) const;
    // What the row is now, or was when it is gone: the after image, for a delete the before image.
    Cell current(std::size_t column) const { return op() == Op::Delete ? before(column) : after(column); }
    // True for an update whose images differ there; cells that were not sent never count as changed.
    bool isChanged(std::size_t column) const;
    bool hasBefore() const { return m_hasBefore; }
    bool hasAfter() const { return m_hasAfter; }

    // The bytes of the row as received: the RowChange, the row, or the whole event.
    std::string_view raw() const { return m_raw; }

private:
    Cell cellOf(bool isBefore, std::size_t column) const;

    const Entry* m_entry = nullptr;
    const Layout* m_layout = nullptr;
    std::uint64_t m_number = 0;
    std::string_view m_raw;
    std::string_view m_beforeValues, m_afterValues;
    std::string_view m_sentColumns, m_partialJson;
    std::size_t m_sentCount = 0;
    bool m_hasBefore = false, m_hasAfter = false, m_hasSentColumns = false;
    std::vector<CellSpan> m_beforeSpans, m_afterSpans;
};

// What an event says, in words, with the server's text kept apart.
struct EventText
{
    std::string title;  // "Schema change", "Stream ended"
    std::string detail; // DDL text, error text: as the server sent it
    std::string note;   // "11 → 12 columns"
};
EventText eventText(const Snapshot& snapshot, std::uint64_t number);

// Why a row is shown raw, in words.
const char* faultText(RowFault fault);

// Facts of the transaction a VStream change belongs to; empty or 0 where the source does not tell (Sync, queries, the
// copy phase).
struct TransactionFacts
{
    std::string gtid;            // the transaction's own id
    std::int64_t commitTime = 0; // seconds since 1970
};
TransactionFacts transactionFacts(const Snapshot& snapshot, std::uint64_t number);

// Finds the position of changes: that of their shard in the first VGTID or cursor at or after them. Made for going
// through a capture in order: what was found for a change serves its neighbours. Not shared between threads.
class PositionFinder
{
public:
    // Text such as "MySQL56/…:1-5"; empty if no position has come yet. Valid until the next call.
    const std::string& find(const Snapshot& snapshot, std::uint64_t number);
    // The record that it stands in; 0 when there was none.
    std::uint64_t record() const { return m_isKnown ? m_untilRecord : 0; }

private:
    std::string m_position;
    std::uint64_t m_fromRecord = 0, m_untilRecord = 0;
    std::uint32_t m_fromOffset = 0, m_untilOffset = 0;
    std::uint32_t m_layout = 0;
    bool m_isKnown = false;
};

} // namespace vtscope
