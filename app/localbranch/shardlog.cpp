#include "app/localbranch/shardlog.h"

#include <algorithm>

namespace localbranch {

namespace {

constexpr size_t kTransactionCost = sizeof(LogTransaction) + 64;

size_t costOf(const LogTransaction& transaction)
{
    size_t bytes = kTransactionCost;
    for (const RowChange& change : transaction.changes)
        bytes +=
            sizeof(RowChange) + (change.before ? change.before->size() : 0) + (change.after ? change.after->size() : 0);
    return bytes + (transaction.schemaChange ? transaction.schemaChange->statement.size() : 0);
}

} // namespace

ShardLog::ShardLog(std::string uuid, uint64_t last, size_t mostBytes)
    : m_uuid(std::move(uuid)), m_mostBytes(mostBytes), m_last(last)
{
}

void ShardLog::append(LogTransaction transaction)
{
    transaction.bytes = costOf(transaction);
    const std::lock_guard lock(m_mutex);
    transaction.number = ++m_last;
    m_bytes += transaction.bytes;
    m_transactions.push_back(std::make_shared<const LogTransaction>(std::move(transaction)));
    while (m_bytes > m_mostBytes && m_transactions.size() > 1) {
        m_bytes -= m_transactions.front()->bytes;
        m_transactions.pop_front();
    }
    for (Notifier* reader : m_readers)
        reader->notify();
}

uint64_t ShardLog::last() const
{
    const std::lock_guard lock(m_mutex);
    return m_last;
}

GtidSet ShardLog::executed() const
{
    return {m_uuid, last()};
}

GtidSet ShardLog::purged() const
{
    const std::lock_guard lock(m_mutex);
    return {m_uuid, m_last - m_transactions.size()};
}

std::optional<std::vector<LogTransactionPtr>> ShardLog::after(uint64_t number, size_t most) const
{
    const std::lock_guard lock(m_mutex);
    const uint64_t forgotten = m_last - m_transactions.size();
    if (number < forgotten)
        return std::nullopt;
    std::vector<LogTransactionPtr> found;
    for (size_t at = number - forgotten; at < m_transactions.size() && found.size() < most; ++at)
        found.push_back(m_transactions[at]);
    return found;
}

void ShardLog::addReader(Notifier* reader)
{
    const std::lock_guard lock(m_mutex);
    m_readers.push_back(reader);
}

void ShardLog::removeReader(Notifier* reader)
{
    const std::lock_guard lock(m_mutex);
    // One of them: a reader may have come more than once.
    const auto found = std::find(m_readers.begin(), m_readers.end(), reader);
    if (found != m_readers.end())
        m_readers.erase(found);
}

} // namespace localbranch
