// What a stream brings a second time when it is opened again: it goes on behind the last whole transaction, so the
// changes that had come of the next one come again, and in a copy all that had come since the last key. Told by shard,
// transaction and bytes, each as often as it had come. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/decode/layouts.h"

namespace vtscope {

class Repeats
{
public:
    // resumed: the reader that the stream is opened with again, whose description says from which position.
    Repeats(const Snapshot& snapshot, const ReaderDescription& resumed, const StreamPast& past);
    ~Repeats();

    // Whether the stream is past all that can come again: what follows is new.
    bool isOver() const { return m_left.empty(); }
    // The record of the first change that would come again if the stream broke here, as far as it came before this
    // opening; none: the greatest number there is.
    std::uint64_t since() const;
    // How many changes were recognised so far.
    std::uint64_t count() const { return m_count; }

    // Which lines of this message are new; nothing: all of them. To be told every message of the reader, in their
    // order.
    std::optional<ChosenLines> sift(std::string_view message);

private:
    struct Seen
    {
        std::uint32_t times = 0;
        std::uint32_t transaction = 0;
    };
    struct Shard
    {
        std::unordered_map<std::uint64_t, Seen> logged; // by the key of a change
        std::unordered_map<std::uint64_t, Seen> copied;
        std::uint64_t copiedLeft = 0; // rows of the copy that are compared at most
        std::uint64_t since = 0;      // record of the first of them
    };

    void collect(const Snapshot& snapshot, const StreamPast& past);
    std::optional<std::uint32_t> takeLine(const Entry& entry, std::string_view message);
    void passPositions(std::string_view message);

    bool m_isSync;
    std::string m_resume;                // VGtid or TableCursor
    std::string m_position;              // Sync: the GTID in it
    std::set<std::string> m_shards;      // of the stream, by keyspace and shard …
    std::set<std::string> m_copying;     // … and those that go on inside a copy
    std::map<std::string, Shard> m_left; // by keyspace and shard, until its position moves
    std::uint64_t m_count = 0;
    Layouts m_layouts; // of the walker, which goes through the messages like that of the reader
    std::unique_ptr<Walker> m_walker;
    std::uint32_t m_transactions = 0;
    std::vector<Entry> m_entries;
};

} // namespace vtscope
