// Where a stream can be taken up again without losing anything: the positions seen so far, minus those that would skip
// the rest of a copy. During a copy a position without a last key looks like progress but ends the copy when it is
// resumed from. It comes before the first table (then the start stands) and once a table is finished: then the table
// after it is named, without a key, so that it is copied from its beginning while the changes of the others go on. Last
// keys with an ENUM are passed over, because servers go on from them in another order than they came. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streamcore/decode/scanner.h"
#include "streamcore/position/position.h"

namespace binlogdata {
class ShardGtid;
}

namespace vtscope {

class SafePosition
{
public:
    enum class Form : unsigned char { Vgtid, Cursor };

    // start: the serialised VGtid or TableCursor that the stream was opened with, of these tables. from: see from(), of
    // the one that it goes on with.
    SafePosition(Form form, std::string start, std::vector<std::string> tables, std::uint64_t from = 0);

    // A VGTID or cursor that came, in the record at this offset of the capture.
    void note(Bytes position, std::uint64_t record = 0);
    // The copy of this shard is complete.
    void completeCopy(const std::string& keyspace, const std::string& shard);
    // Stays where this shard is now, whatever comes.
    void hold(const std::string& keyspace, const std::string& shard);

    bool isCopying() const { return m_isCursorCopying || !m_copying.empty(); }
    bool isCopying(std::string_view keyspace, std::string_view shard) const;
    // Whether resume() has all that the newest position says of this shard, not an older state of a copy.
    bool isNewest(std::string_view keyspace, std::string_view shard) const;
    // Whether every shard has told a position, where it was asked to start now; and those that have not.
    bool isKnown() const;
    std::vector<ShardPosition> unknown() const;
    // Of shards inside a copy that is between two tables: with the table that would be copied next. An empty one may be
    // finished already; positions do not tell that.
    std::vector<ShardPosition> betweenTables() const;
    // Shards whose copy begins anew when the stream goes on from resume().
    std::vector<ShardPosition> beginning() const;
    bool isCursor() const { return m_form == Form::Cursor; }

    // The serialised VGtid or TableCursor to go on from.
    std::string resume() const;
    // The record from which on messages hold what comes again when the stream goes on from there; 0: any.
    std::uint64_t from() const;

private:
    struct Shard
    {
        std::string keyspace;
        std::string shard;
        std::string entry; // serialised ShardGtid
        bool isNewest = true;
        std::uint64_t record = 0; // that brought it
        std::string table{};      // whose copy is furthest of those that are under way
        bool isBetweenTables = false;
    };
    static const Shard* find(const std::vector<Shard>& shards, std::string_view keyspace, std::string_view shard);

    void noteCopying(Shard& copying, const binlogdata::ShardGtid& told, std::uint64_t record) const;

    Form m_form;
    std::vector<std::string> m_tables; // in the order in which servers copy them
    std::string m_start;
    std::string m_newest;
    std::uint64_t m_newestRecord; // in Sync the first of those that brought this one
    std::vector<Shard> m_copying;
    std::vector<Shard> m_held;
    std::string m_copyCursor;
    std::uint64_t m_copyRecord;
    bool m_isCursorCopying = false;
    bool m_isCursorNewest = true;
    bool m_isCursorHeld = false;
    mutable bool m_isKnown = false;
};

} // namespace vtscope
