// The binary log of one shard, in memory: what was committed, in order, with true images. It forgets its oldest part
// when it grows beyond its share of memory. Every function may be called by any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/localbranch/gtidset.h"
#include "app/localbranch/notifier.h"
#include "app/localbranch/table.h"

namespace localbranch {

struct RowChange
{
    TablePtr table;
    uint32_t statement = 0;            ///< changes of one statement share a number
    std::optional<std::string> before; ///< packed rows in the spelling of live changes
    std::optional<std::string> after;
};

struct SchemaChange
{
    std::string statement;
    std::string table; ///< empty: of no table, streams call it OTHER
};

struct LogTransaction
{
    uint64_t number = 0;
    int64_t begunAt = 0; ///< nanoseconds since the epoch
    int64_t committedAt = 0;
    std::vector<RowChange> changes;
    std::optional<SchemaChange> schemaChange;
    size_t bytes = 0;
};

using LogTransactionPtr = std::shared_ptr<const LogTransaction>;

class ShardLog
{
public:
    ShardLog(std::string uuid, uint64_t last, size_t mostBytes);

    const std::string& uuid() const { return m_uuid; }
    /// Numbers the transaction and wakes the readers.
    void append(LogTransaction transaction);

    uint64_t last() const;
    GtidSet executed() const;
    GtidSet purged() const;

    /// Up to `most` transactions after that number. Nothing at all if one of them is gone already.
    std::optional<std::vector<LogTransactionPtr>> after(uint64_t number, size_t most) const;

    void addReader(Notifier* reader);
    void removeReader(Notifier* reader);

private:
    const std::string m_uuid;
    const size_t m_mostBytes;
    mutable std::mutex m_mutex;
    std::deque<LogTransactionPtr> m_transactions;
    uint64_t m_last;
    size_t m_bytes = 0;
    std::vector<Notifier*> m_readers;
};

} // namespace localbranch
