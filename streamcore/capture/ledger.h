// What a capture has of the transactions of its shards, and what it lacks: told by the positions between which its
// readers read, compared as sets. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/position/gtidset.h"

namespace vtscope {

struct Ledger
{
    // Of a shard; in Sync of a table in a shard. Sets are GTID sets as the servers write them.
    struct Account
    {
        std::string keyspace;
        std::string shard;
        std::string table;
        std::string asked;                     // where it was to start: "current", "copy" or a position
        std::string first;                     // the changes come after this; empty: no position has been told
        std::string last;                      // and reach up to this
        std::optional<std::uint64_t> received; // transactions between them, without those that are missing
        std::vector<Gap> gaps;                 // in the order in which they came to be
    };

    std::vector<Account> accounts; // in the order of their readers
    std::uint64_t dropped = 0;     // changes that a ring limit has dropped
    std::uint64_t faults = 0;      // rows and messages that could not be decoded; they are kept raw
    std::uint64_t damaged = 0;     // messages whose bytes are not those that were written
    bool isPart = false;           // some lines of other captures, chosen

    std::size_t gaps() const;
    // Nothing is missing that came to pass while it was recorded.
    bool isComplete() const { return gaps() == 0 && dropped == 0 && faults == 0 && damaged == 0 && !isPart; }
    // "complete", "1 gap", "3 gaps, 1,000 changes dropped, 2 not decodable".
    std::string words() const;
};

// Any thread; takes as long as there are positions of readers to compare, some microseconds each.
Ledger ledgerOf(const Capture& capture);

// A line for each gap, with its shard, what is missing and why.
std::vector<std::string> gapLines(const Ledger& ledger);

// Transactions of a shard of which a capture has every change of these tables.
struct Coverage
{
    std::string keyspace;
    std::string shard;
    std::vector<std::string> tables;
    GtidSet transactions;
};
// Of a VStream; nothing of a part, and of what has lost something or began inside a copy.
std::vector<Coverage> coverageOf(const Capture& capture);
// Whether the changes of this table in this transaction are there.
bool covers(const std::vector<Coverage>& coverage, const Gtid& gtid, const Layout& layout);

// What was missed because this reader, the last of these, began behind where the ones before it had ended, or with the
// shards that had replaced theirs.
std::vector<Gap> gapsBefore(const std::vector<ReaderState>& readers);

} // namespace vtscope
