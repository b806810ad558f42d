// The rows of one keyspace in SQLite: a table of (shard, key, row) for each MySQL table, in key order, and what
// survives a restart. Guarded by the engine's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace localbranch {

struct StatementDeleter
{
    void operator()(sqlite3_stmt* statement) const;
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

class Store;

/// Prepared access to the rows of one table.
class TableStore
{
public:
    TableStore(Store& store, const std::string& table);

    std::optional<std::string> get(size_t shard, std::string_view key);
    void put(size_t shard, std::string_view key, std::string_view row);
    void remove(size_t shard, std::string_view key);
    void clear();
    void rename(const std::string& table);
    /// From a key (included) in key order, until the visitor says false. The views hold during the call only.
    void scan(size_t shard, std::string_view from,
              const std::function<bool(std::string_view key, std::string_view row)>& visit);

private:
    Store& m_store;
    StatementPtr m_get;
    StatementPtr m_put;
    StatementPtr m_remove;
    StatementPtr m_clear;
    StatementPtr m_scan;
};

class Store
{
public:
    /// An empty path keeps everything in memory. Throws std::runtime_error with SQLite's words.
    explicit Store(const std::string& path);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    void begin();
    void commit();
    /// Ends what begin() began, when it cannot be committed.
    void rollBack() noexcept;

    void createTable(const std::string& table, const std::string& definition);
    void alterTable(const std::string& table, const std::string& definition);
    void dropTable(const std::string& table);
    /// Names and CREATE TABLE statements.
    std::vector<std::pair<std::string, std::string>> tables();

    struct Position
    {
        std::string uuid;
        uint64_t number = 0;
    };
    std::optional<Position> position(const std::string& shard);
    void setPosition(const std::string& shard, const Position& position);

    bool isInMemory() const { return m_isInMemory; }
    StatementPtr prepare(const std::string& sql);
    void run(const std::string& sql);

private:
    sqlite3* m_database = nullptr;
    bool m_isInMemory;
    StatementPtr m_begin;
    StatementPtr m_commit;
    StatementPtr m_setPosition;
};

} // namespace localbranch
