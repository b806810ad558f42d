#include "app/localbranch/store.h"

#include <stdexcept>

#include <sqlite3.h>

#include "app/localbranch/sqllexer.h"

namespace localbranch {

namespace {

std::string storeName(const std::string& table)
{
    std::string name = "\"t_";
    for (const char c : table)
        name += c == '"' ? "\"\"" : std::string(1, c);
    return name + "\"";
}

void bindBytes(sqlite3_stmt* statement, int at, std::string_view bytes)
{
    // An empty view may have no data pointer, which SQLite would take for NULL.
    sqlite3_bind_blob64(statement, at, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

void bindText(sqlite3_stmt* statement, int at, std::string_view text)
{
    sqlite3_bind_text64(statement, at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string_view bytesOf(sqlite3_stmt* statement, int column)
{
    const void* data = sqlite3_column_blob(statement, column);
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
    return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

void step(sqlite3_stmt* statement)
{
    const int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    if (result != SQLITE_DONE && result != SQLITE_ROW)
        throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(sqlite3_db_handle(statement)));
}

/// Resets a statement whatever happens while it is stepped.
class Resetting
{
public:
    explicit Resetting(sqlite3_stmt* statement) : m_statement(statement) {}
    ~Resetting() { sqlite3_reset(m_statement); }
    Resetting(const Resetting&) = delete;
    Resetting& operator=(const Resetting&) = delete;

private:
    sqlite3_stmt* m_statement;
};

} // namespace

void StatementDeleter::operator()(sqlite3_stmt* statement) const
{
    sqlite3_finalize(statement);
}

TableStore::TableStore(Store& store, const std::string& table) : m_store(store)
{
    rename(table);
}

void TableStore::rename(const std::string& table)
{
    const std::string name = storeName(table);
    m_get = m_store.prepare("select row from " + name + " where shard = ? and key = ?");
    m_put = m_store.prepare("insert or replace into " + name + "(shard, key, row) values(?, ?, ?)");
    m_remove = m_store.prepare("delete from " + name + " where shard = ? and key = ?");
    m_clear = m_store.prepare("delete from " + name);
    m_scan = m_store.prepare("select key, row from " + name + " where shard = ? and key >= ? order by key");
}

std::optional<std::string> TableStore::get(size_t shard, std::string_view key)
{
    sqlite3_bind_int64(m_get.get(), 1, static_cast<sqlite3_int64>(shard));
    bindBytes(m_get.get(), 2, key);
    const Resetting resetting(m_get.get());
    if (sqlite3_step(m_get.get()) != SQLITE_ROW)
        return std::nullopt;
    return std::string(bytesOf(m_get.get(), 0));
}

void TableStore::put(size_t shard, std::string_view key, std::string_view row)
{
    sqlite3_bind_int64(m_put.get(), 1, static_cast<sqlite3_int64>(shard));
    bindBytes(m_put.get(), 2, key);
    bindBytes(m_put.get(), 3, row);
    step(m_put.get());
}

void TableStore::remove(size_t shard, std::string_view key)
{
    sqlite3_bind_int64(m_remove.get(), 1, static_cast<sqlite3_int64>(shard));
    bindBytes(m_remove.get(), 2, key);
    step(m_remove.get());
}

void TableStore::clear()
{
    step(m_clear.get());
}

void TableStore::scan(size_t shard, std::string_view from,
                      const std::function<bool(std::string_view key, std::string_view row)>& visit)
{
    sqlite3_bind_int64(m_scan.get(), 1, static_cast<sqlite3_int64>(shard));
    bindBytes(m_scan.get(), 2, from);
    const Resetting resetting(m_scan.get());
    while (sqlite3_step(m_scan.get()) == SQLITE_ROW) {
        if (!visit(bytesOf(m_scan.get(), 0), bytesOf(m_scan.get(), 1)))
            return;
    }
}

Store::Store(const std::string& path) : m_isInMemory(path.empty())
{
    if (sqlite3_open(m_isInMemory ? ":memory:" : path.c_str(), &m_database) != SQLITE_OK) {
        const std::string reason = sqlite3_errmsg(m_database);
        sqlite3_close(m_database);
        throw std::runtime_error("cannot open " + path + ": " + reason);
    }
    try {
        run("pragma journal_mode = wal");
        run("pragma synchronous = off");
        run("pragma cache_size = -65536");
        run("create table if not exists catalogue(name text primary key, definition text not null)");
        run("create table if not exists positions(shard text primary key, uuid text not null, number integer not "
            "null)");
        m_begin = prepare("begin");
        m_commit = prepare("commit");
        m_setPosition = prepare("insert or replace into positions(shard, uuid, number) values(?, ?, ?)");
    } catch (...) {
        m_begin.reset();
        m_commit.reset();
        sqlite3_close(m_database);
        throw;
    }
}

Store::~Store()
{
    m_begin.reset();
    m_commit.reset();
    m_setPosition.reset();
    sqlite3_close_v2(m_database);
}

void Store::begin()
{
    step(m_begin.get());
}

void Store::commit()
{
    step(m_commit.get());
}

void Store::rollBack() noexcept
{
    sqlite3_exec(m_database, "rollback", nullptr, nullptr, nullptr);
}

void Store::createTable(const std::string& table, const std::string& definition)
{
    run("create table " + storeName(table) +
        "(shard integer, key blob, row blob, primary key(shard, key)) without rowid");
    alterTable(table, definition);
}

void Store::alterTable(const std::string& table, const std::string& definition)
{
    const StatementPtr statement = prepare("insert or replace into catalogue(name, definition) values(?, ?)");
    bindText(statement.get(), 1, table);
    bindText(statement.get(), 2, definition);
    step(statement.get());
}

void Store::dropTable(const std::string& table)
{
    run("drop table " + storeName(table));
    const StatementPtr statement = prepare("delete from catalogue where name = ?");
    bindText(statement.get(), 1, table);
    step(statement.get());
}

std::vector<std::pair<std::string, std::string>> Store::tables()
{
    std::vector<std::pair<std::string, std::string>> found;
    const StatementPtr statement = prepare("select name, definition from catalogue order by name");
    while (sqlite3_step(statement.get()) == SQLITE_ROW)
        found.emplace_back(bytesOf(statement.get(), 0), bytesOf(statement.get(), 1));
    return found;
}

std::optional<Store::Position> Store::position(const std::string& shard)
{
    const StatementPtr statement = prepare("select uuid, number from positions where shard = ?");
    bindText(statement.get(), 1, shard);
    if (sqlite3_step(statement.get()) != SQLITE_ROW)
        return std::nullopt;
    return Position{std::string(bytesOf(statement.get(), 0)),
                    static_cast<uint64_t>(sqlite3_column_int64(statement.get(), 1))};
}

void Store::setPosition(const std::string& shard, const Position& position)
{
    bindText(m_setPosition.get(), 1, shard);
    bindText(m_setPosition.get(), 2, position.uuid);
    sqlite3_bind_int64(m_setPosition.get(), 3, static_cast<sqlite3_int64>(position.number));
    step(m_setPosition.get());
}

StatementPtr Store::prepare(const std::string& sql)
{
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(m_database, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(m_database));
    return StatementPtr(statement);
}

void Store::run(const std::string& sql)
{
    char* reason = nullptr;
    if (sqlite3_exec(m_database, sql.c_str(), nullptr, nullptr, &reason) != SQLITE_OK) {
        const std::string text = reason != nullptr ? reason : "unknown error";
        sqlite3_free(reason);
        throw std::runtime_error("SQLite: " + text);
    }
}

} // namespace localbranch
