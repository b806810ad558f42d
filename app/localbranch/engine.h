// Keyspaces, their tables and rows, transactions and what they write to the logs. One lock guards it all: functions
// marked "locked" are called with a Guard of this engine; logs of shards are safe to read without it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/localbranch/rowcodec.h"
#include "app/localbranch/shardlog.h"
#include "app/localbranch/store.h"
#include "app/localbranch/table.h"
#include "app/localbranch/vindex.h"

namespace localbranch {

class Engine;
class Keyspace;

struct Shard
{
    Shard(std::string keyspaceName, KeyRange keyRange, size_t at, uint32_t tabletUid, std::string uuid, uint64_t last,
          size_t mostLogBytes);

    std::string keyspace;
    std::string name;
    std::string database; ///< of MySQL: vt_<keyspace>_<shard>
    KeyRange range;
    size_t ordinal;
    uint32_t primaryUid; ///< replica and rdonly tablets follow
    ShardLog log;
};

/// A secondary unique key, as the keys that exist.
struct UniqueKeys
{
    size_t index = 0;                                                   ///< in Table::indexes
    std::vector<std::unordered_map<std::string, std::string>> rowOfKey; ///< per shard: unique key to row key
};

struct LiveTable
{
    LiveTable(uint32_t number, Keyspace& owner, TablePtr table, Store& rows);

    uint32_t id;
    Keyspace& keyspace;
    TablePtr definition;
    std::optional<size_t> shardingColumn;
    uint64_t nextRow = 1; ///< tells equal rows apart where no key does
    uint64_t nextAutoIncrement = 1;
    std::vector<UniqueKeys> uniques;
    TableStore store;
};

class Keyspace
{
public:
    Keyspace(std::string name, bool isSharded, const std::string& storePath);

    const std::string& name() const { return m_name; }
    bool isSharded() const { return m_isSharded; }
    Shard& shard(size_t ordinal) { return *m_shards[ordinal]; }
    size_t shardCount() const { return m_shards.size(); }
    Shard* findShard(std::string_view shardName);
    /// Table to the column of its vindex, as vschema.json says.
    std::map<std::string, std::string>& shardingColumns() { return m_shardingColumns; }

    /// Locked. Tables in name order.
    LiveTable* findTable(std::string_view table);
    std::vector<LiveTable*> tables();

private:
    friend class Engine;

    std::string m_name;
    bool m_isSharded;
    Store m_store;
    std::vector<std::unique_ptr<Shard>> m_shards;
    std::map<std::string, std::string> m_shardingColumns;
    std::map<std::string, std::unique_ptr<LiveTable>> m_tables;
    std::vector<std::unique_ptr<LiveTable>> m_dropped; ///< transactions may still name them
};

/// Somebody else's open transaction holds the row: the statement is undone, waits, and runs again.
struct RowIsLocked
{
};

/// Changes of a session that are not committed yet, laid over the stored rows.
class Transaction
{
public:
    explicit Transaction(bool isAutocommit) : m_isAutocommit(isAutocommit) {}

    size_t changeCount() const { return m_changes.size(); }
    bool touches(const Shard& shard) const;
    void beginStatement() { ++m_statement; }

private:
    friend class Engine;

    struct Slot
    {
        LiveTable* table = nullptr;
        size_t shard = 0;
        std::string key;
        std::optional<std::string> stored; ///< before the transaction
        std::optional<std::string> row;
    };
    struct Change
    {
        std::string address;
        TablePtr definition;
        uint32_t statement = 0;
        int64_t at = 0;
        std::optional<std::string> before;
        std::optional<std::string> after;
    };

    bool m_isAutocommit;
    uint32_t m_statement = 0;
    std::map<std::string, Slot> m_slots; ///< by address, so in table, shard and key order
    std::vector<Change> m_changes;
    std::chrono::steady_clock::time_point m_begun = std::chrono::steady_clock::now();
};

class Engine
{
public:
    using Guard = std::unique_lock<std::mutex>;
    using Visit = std::function<bool(std::string_view key, std::string_view row)>;

    struct Settings
    {
        std::string dataFile; ///< empty: in memory
        size_t keptLogBytes = 0;
    };

    explicit Engine(Settings settings) : m_settings(std::move(settings)) {}

    Guard guard() { return Guard(m_mutex); }

    /// Before serving only. True if the keyspace came with tables from the data file.
    bool addKeyspace(const std::string& name, bool isSharded, const std::vector<KeyRange>& ranges,
                     const std::map<std::string, std::string>& shardingColumns);
    Keyspace* findKeyspace(std::string_view name);
    const std::vector<std::unique_ptr<Keyspace>>& keyspaces() const { return m_keyspaces; }

    // Schema; locked. Each is a transaction of its own on every shard.
    void createTable(Keyspace& keyspace, const TablePtr& table, const std::string& statement);
    void dropTable(LiveTable& table, const std::string& statement);
    /// `changed` gives the row in the new columns.
    void alterTable(LiveTable& table, const TablePtr& definition, const std::string& statement,
                    const std::function<Row(const RowView&)>& changed);

    // Rows; locked.
    size_t shardOf(const LiveTable& table, const Row& row) const;
    std::optional<std::string> row(const Transaction* transaction, LiveTable& table, size_t shard,
                                   const std::string& key);
    void scan(const Transaction* transaction, LiveTable& table, size_t shard, std::string_view from,
              const Visit& visit);
    /// Throws MysqlError for a duplicate key, RowIsLocked if another session holds the row.
    void insert(Transaction& transaction, LiveTable& table, size_t shard, const Row& row);
    /// Throws RowIsLocked if another session holds the row.
    void checkLock(const Transaction& transaction, const LiveTable& table, size_t shard, std::string_view key) const;
    void update(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
                std::string_view before, const Row& after);
    void remove(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
                std::string_view before);

    // Transactions; locked.
    void undoTo(Transaction& transaction, size_t changeCount);
    void commit(Transaction& transaction);
    void rollBack(Transaction& transaction);
    /// Waits until some transaction ends. False when the deadline has passed.
    bool waitForUnlock(Guard& guard, std::chrono::steady_clock::time_point deadline);

    /// A transaction without rows, as servers write them to show that they live. Takes the lock itself.
    void writeHeartbeat(Shard& shard);

    std::string newUuid();

private:
    std::string addressOf(const LiveTable& table, size_t shard, std::string_view key) const;
    std::string rowKey(LiveTable& table, const Row& row);
    void checkUnique(const Transaction& transaction, LiveTable& table, size_t shard, const Row& row,
                     const std::string& ownKey);
    void put(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
             std::optional<std::string> before, std::optional<std::string> after);
    void writeSlots(Transaction& transaction);
    void writeLogs(Transaction& transaction);
    void appendSchemaChange(Keyspace& keyspace, const std::string& statement, const std::string& table);
    void adopt(Keyspace& keyspace, const TablePtr& table);
    void rebuildUniques(LiveTable& table);
    void waitForNoWriters(const LiveTable& table) const;

    Settings m_settings;
    std::mutex m_mutex;
    std::condition_variable m_unlocked;
    std::vector<std::unique_ptr<Keyspace>> m_keyspaces;
    std::unordered_map<std::string, const Transaction*> m_locks;
    uint32_t m_nextTable = 1;
    uint32_t m_nextTablet = 1;
};

} // namespace localbranch
