#pragma once

#include <string>
#include <vector>

#include "streamcore/capture/change.h"
#include "tests/support/samples.h"

/// Captures for tests, filled with recorded responses, and their lines as text.
namespace vtscope::test {

inline ReaderDescription vstream()
{
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.connection = "test";
    description.keyspace = "solo";
    description.start = "current";
    return description;
}

// A line, cell by cell.
inline std::string lineText(const ChangeView& change)
{
    std::string all = std::to_string(static_cast<int>(change.op())) + ' ' + change.layout().shard + ' ' +
                      change.layout().table + ' ' + std::to_string(change.time()) + ' ' +
                      std::to_string(change.transaction());
    for (std::size_t c = 0; change.schema() && c < change.schema()->columns.size(); ++c) {
        for (const Cell& cell : {change.before(c), change.after(c)}) {
            all += " | " + change.schema()->columns[c].name + std::to_string(static_cast<int>(cell.state));
            if (cell.hasValue())
                appendExact(cell, all);
        }
    }
    return all;
}

// Every line that is there.
inline std::vector<std::string> linesOf(const Snapshot& snapshot)
{
    std::vector<std::string> lines;
    ChangeView change;
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        lines.push_back(lineText(change));
    }
    return lines;
}

inline std::string everythingIn(const Snapshot& snapshot)
{
    std::string all;
    for (const std::string& line : linesOf(snapshot))
        all += line + '\n';
    return all;
}

// What a server sent: schema changes, copies, all types, a transaction over many messages.
inline std::vector<std::string> allMessages()
{
    std::vector<std::string> messages;
    for (const char* sample : {"vstream-ddl.bin", "vstream-copy-2shards.bin", "vstream-live-alltypes.bin",
                               "vstream-large-transaction.bin"}) {
        for (std::string& message : readMessages(sample))
            messages.push_back(std::move(message));
    }
    return messages;
}

} // namespace vtscope::test
