// SQL over whichever API the branch speaks. Only vtscope's own statements go out, and those that write pass the
// connection's lock here. One SqlSession belongs to one thread and one target; calls block.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/connection/connection.h"
#include "streamcore/value/column.h"
#include "streamcore/wire/channel.h"

namespace query {
class BindVariable;
class QueryResult;
} // namespace query

namespace vtscope {

// A value for a statement, with its type exactly as it was received: nothing is parsed or re-spelled on the way back.
struct SqlValue
{
    std::int32_t type = 0; // query.Type
    std::string bytes;
};

struct SqlBind
{
    std::string name;
    std::vector<SqlValue> values;
    bool isTuple = false;
};

// A statement of ours. Texts with names in them quote the names; values travel as bind variables.
class Statement
{
public:
    static Statement read(std::string text, std::vector<SqlBind> binds = {})
    {
        return {std::move(text), std::move(binds), false};
    }
    // Changes rows: needs an unlocked connection.
    static Statement write(std::string text, std::vector<SqlBind> binds = {})
    {
        return {std::move(text), std::move(binds), true};
    }

    const std::string& text() const { return m_text; }
    const std::vector<SqlBind>& binds() const { return m_binds; }
    bool isWrite() const { return m_isWrite; }

private:
    Statement(std::string text, std::vector<SqlBind> binds, bool isWrite)
        : m_text(std::move(text)), m_binds(std::move(binds)), m_isWrite(isWrite)
    {
    }

    std::string m_text;
    std::vector<SqlBind> m_binds;
    bool m_isWrite;
};

std::string quotedName(std::string_view name); // `a``b`
std::string quotedText(std::string_view text); // 'it''s', backslashes doubled

struct QueryRows
{
    std::vector<Column> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;
    std::uint64_t affected = 0;

    // Text of a cell, empty for NULL. Column names are compared without case.
    std::string text(std::size_t row, std::string_view column) const;
};

// The error for a write through a locked connection.
Error lockedError(const Connection& connection);

class SqlSession
{
public:
    static constexpr std::chrono::seconds kDeadline{30};

    // target: "", "ks", "ks:-80", "ks@replica", "ks:-80@replica".
    SqlSession(const Connection& connection, std::string target);
    // Closes the session that PlanetScale keeps for it: waits half a second at most, and not at all when what it did last
    // was to be stopped.
    ~SqlSession();
    SqlSession(const SqlSession&) = delete;
    SqlSession& operator=(const SqlSession&) = delete;

    // At most 10,000 rows come back; use openStream for more.
    Result<QueryRows> execute(const Statement& statement, const std::stop_token& stop = {},
                              std::chrono::milliseconds deadline = kDeadline);

    // A StreamExecute, to be read as messages of the family's API. Method and request are what a reader needs.
    struct StreamCall
    {
        std::string method;
        std::string request;
    };
    Result<StreamCall> streamCall(const Statement& statement, const std::stop_token& stop = {});

private:
    Result<std::string> executePsdb(const Statement& statement, const std::stop_token& stop,
                                    std::chrono::milliseconds deadline, QueryRows& rows);
    Result<void> enterTarget(const std::stop_token& stop);

    const Connection& m_connection;
    std::string m_target;
    std::string m_session; // serialised psdb or vtgate Session as last received
    bool m_isEntered = false;
    bool m_isStreamed = false; // a stream has it
    std::stop_token m_stop;    // of what it did last
};

// `ks:shard@type`; shard and type may be empty.
std::string targetOf(std::string_view keyspace, std::string_view shard = {}, std::string_view tabletType = {});

} // namespace vtscope
