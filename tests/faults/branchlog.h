// The database's own log, read with nothing of vtscope: what really happened, in order. And the comparison with it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/contract/watcher.h"
#include "vtgate.pb.h"

namespace vtscope::test {

struct LogChange
{
    std::string shard, table, gtid{};
    Op op = Op::Insert;
    Image before{}, after{};

    const std::string& id() const;
};

class BranchLog
{
public:
    explicit BranchLog(std::string hostPort) : m_hostPort(std::move(hostPort)) {}

    // Where all shards of commerce stand. These two block, and throw when the server does not answer.
    binlogdata::VGtid now() const;
    // All changes from there to the marks of Writer.
    std::vector<LogChange> since(const binlogdata::VGtid& start) const;

private:
    std::string m_hostPort;
};

// What a watcher has seen of a log.
struct Verdict
{
    std::uint64_t compared = 0; // changes of the log that were to be seen
    std::uint64_t copied = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t strange = 0; // seen, but not in the log
    std::uint64_t torn = 0;    // transactions that stand under several numbers, or share one
    std::string words;         // of the first of them

    Verdict& operator+=(const Verdict& other);
};

// What a copy brings of rows whose turn has not come.
enum class Copy : std::uint8_t {
    None,       // there is no copy
    RowsAlone,  // nothing, as the local branch does
    ChangesToo, // their changes, and then the rows once more, as Vitess does
};

// Row by row, in the order of each shard (VStream) or of each table in it (Sync). Rows of a copy are taken as the state
// of their keys, from which all changes must follow.
Verdict compare(const std::vector<LogChange>& log, const std::vector<Row>& seen, Source source, Copy copy);

} // namespace vtscope::test
