// Sets of transactions as the servers write them, compared as sets and never as text: MySQL's (uuid:1-5:7, also with
// the tags of 8.3: uuid:tag:1-3), MariaDB's (domain-server-sequence: all up to there) and places in log files
// (binlog.000003:154: all before). Plain values, sorted intervals for each server; one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/result.h"

namespace vtscope {

enum class GtidFlavor : std::uint8_t { MySql, MariaDb, File };

// Who numbers transactions: a UUID, or MariaDB's domain in the first four bytes.
using GtidSource = std::array<std::uint8_t, 16>;

// One transaction.
struct Gtid
{
    GtidFlavor flavor = GtidFlavor::MySql;
    GtidSource source{};
    std::string_view tag;     // in the text that it was read from, in any case; mostly empty
    std::uint32_t server = 0; // MariaDB alone
    std::uint64_t number = 0;

    // "uuid:7", "uuid:tag:7" or "0-1-7", with or without its flavor and without blanks. Nothing for another text.
    static std::optional<Gtid> parse(std::string_view text);
};

class GtidSet
{
public:
    // Both ends are in it.
    struct Interval
    {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        bool operator==(const Interval&) const = default;
    };

    GtidSet() = default;

    // Reads a set with or without its flavor (MySQL56/, MariaDB/, FilePos/), in any case, with blanks and line breaks
    // between its parts, its intervals in any order and overlapping. As the servers do, it takes an interval whose end
    // lies before its start for nothing. An empty text is the empty set. Error kind PositionInvalid: what is wrong at
    // which character, from 1.
    static Result<GtidSet> parse(std::string_view text);

    // The one way in which vtgate writes it, with its flavor; "" for the empty set. What is left of a MariaDB domain
    // after subtract() has no form there and is written as 0-1-4:9, which parse() takes.
    std::string text() const;
    // The same without the flavor, as SQL takes it.
    std::string textWithoutFlavor() const;

    GtidFlavor flavor() const { return m_flavor; }
    bool isEmpty() const { return m_servers.empty() && m_file.empty(); }
    // How many transactions, at most 2^64 - 1; nothing for a place in a file, which counts none.
    std::optional<std::uint64_t> count() const;

    bool contains(const Gtid& gtid) const;
    bool contains(const GtidSet& other) const;
    // In constant time, and without memory, for the one that follows the last of its server. One of another flavor is
    // left out unless the set is empty.
    void add(const Gtid& gtid);
    // False, and nothing is done: they have two flavors, or lie in files that are not numbered alike.
    [[nodiscard]] bool unite(const GtidSet& other);
    // Leaves what other does not have. A place in a file is left as it is unless other has all of it.
    void subtract(const GtidSet& other);
    // As sets: the last server of a MariaDB domain makes no difference.
    bool operator==(const GtidSet& other) const;

private:
    struct Server
    {
        GtidSource source{};
        std::string tag;
        std::uint32_t number = 0; // MariaDB: of the server that wrote last
        std::vector<Interval> intervals;
    };
    class Reader;

    static void insert(std::vector<Interval>& intervals, Interval added);
    const Server* find(const GtidSource& source, std::string_view tag) const;
    Server& at(const GtidSource& source, std::string_view tag);

    GtidFlavor m_flavor = GtidFlavor::MySql;
    std::vector<Server> m_servers; // by source, then tag; none without an interval
    std::size_t m_newest = 0;      // the one that was added to last
    std::string m_file;            // of a place in a file
    std::uint64_t m_offset = 0;
};

} // namespace vtscope
