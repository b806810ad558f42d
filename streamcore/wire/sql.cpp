#include "streamcore/wire/sql.h"

#include <strings.h>

#include "psdb.pb.h"
#include "streamcore/decode/fields.h"
#include "streamcore/decode/row.h"
#include "streamcore/decode/scanner.h"
#include "vtgate.pb.h"

namespace vtscope {

namespace {

constexpr const char* kPsdbCreateSession = "/psdb.v1alpha1.Database/CreateSession";
constexpr const char* kPsdbCloseSession = "/psdb.v1alpha1.Database/CloseSession";
constexpr const char* kPsdbExecute = "/psdb.v1alpha1.Database/Execute";
constexpr const char* kPsdbStreamExecute = "/psdb.v1alpha1.Database/StreamExecute";
constexpr const char* kVtgateExecute = "/vtgateservice.Vitess/Execute";
constexpr const char* kVtgateStreamExecute = "/vtgateservice.Vitess/StreamExecute";

constexpr std::chrono::milliseconds kFarewell{500};

template <typename Map> void addBinds(const Statement& statement, Map& map)
{
    for (const SqlBind& bind : statement.binds()) {
        query::BindVariable variable;
        if (bind.isTuple) {
            variable.set_type(query::TUPLE);
            for (const SqlValue& value : bind.values) {
                query::Value* element = variable.add_values();
                element->set_type(static_cast<query::Type>(value.type));
                element->set_value(value.bytes);
            }
        } else {
            variable.set_type(static_cast<query::Type>(bind.values.front().type));
            variable.set_value(bind.values.front().bytes);
        }
        map[bind.name] = std::move(variable);
    }
}

void take(const query::QueryResult& result, QueryRows& rows)
{
    for (const query::Field& field : result.fields())
        rows.columns.push_back(columnOf(field, false));
    for (const query::Row& row : result.rows()) {
        auto& cells = rows.rows.emplace_back();
        std::size_t offset = 0;
        for (const std::int64_t length : row.lengths()) {
            if (length < 0 || offset + static_cast<std::size_t>(length) > row.values().size()) {
                cells.emplace_back(std::nullopt);
                continue;
            }
            cells.emplace_back(row.values().substr(offset, static_cast<std::size_t>(length)));
            offset += static_cast<std::size_t>(length);
        }
    }
    rows.affected += result.rows_affected();
}

// A message inside of another, byte for byte: psdb signs its sessions, and whoever parses and writes one may order it
// otherwise.
std::string innerBytes(std::string_view message, std::uint32_t field)
{
    Bytes found;
    for (Scanner scanner(message); scanner.next();) {
        if (scanner.isBytes(field))
            found = scanner.bytes();
    }
    return std::string(found);
}

void appendInner(std::string& message, std::uint32_t field, std::string_view bytes)
{
    const auto varint = [&message](std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            message += static_cast<char>(value | 0x80);
        message += static_cast<char>(value);
    };
    varint(std::uint64_t{field} << 3 | static_cast<unsigned>(WireType::Length));
    varint(bytes.size());
    message += bytes;
}

// A psdb request with the session as it was received.
std::string withSession(const psdb::v1alpha1::ExecuteRequest& request, const std::string& session)
{
    std::string bytes = request.SerializeAsString();
    if (!session.empty())
        appendInner(bytes, psdb::v1alpha1::ExecuteRequest::kSessionFieldNumber, session);
    return bytes;
}

Error brokenAnswer()
{
    return Error{ErrorKind::Server, "The server's answer to a statement is not a valid message.", {}, 0};
}

vtgate::Session vtgateSession(const std::string& target)
{
    vtgate::Session session;
    session.set_autocommit(true);
    session.set_target_string(target);
    session.mutable_options()->set_included_fields(query::ExecuteOptions::ALL);
    session.mutable_options()->set_client_found_rows(false);
    return session;
}

template <typename Request> void identify(Request& request)
{
    request.mutable_caller_id()->set_principal("vtscope");
    request.mutable_caller_id()->set_component("vtscope " VTSCOPE_VERSION);
}

} // namespace

std::string quotedName(std::string_view name)
{
    std::string quoted = "`";
    for (const char c : name)
        quoted.append(c == '`' ? 2 : 1, c);
    return quoted + '`';
}

std::string quotedText(std::string_view text)
{
    std::string quoted = "'";
    for (const char c : text)
        quoted.append(c == '\'' || c == '\\' ? 2 : 1, c);
    return quoted + '\'';
}

std::string targetOf(std::string_view keyspace, std::string_view shard, std::string_view tabletType)
{
    std::string target(keyspace);
    if (!shard.empty())
        target.append(":").append(shard);
    if (!tabletType.empty())
        target.append("@").append(tabletType);
    return target;
}

std::string QueryRows::text(std::size_t row, std::string_view column) const
{
    for (std::size_t i = 0; i < columns.size() && i < rows[row].size(); ++i) {
        const std::string& name = columns[i].name;
        if (name.size() == column.size() && ::strncasecmp(name.data(), column.data(), name.size()) == 0)
            return rows[row][i].value_or(std::string());
    }
    return {};
}

Error lockedError(const Connection& connection)
{
    if (!connection.canWrite())
        return Error{ErrorKind::Role, "Role reader cannot change anything on this branch.", {}, 0};
    return Error{ErrorKind::ReadOnly,
                 connection.settings().displayName() + " is read-only. Unlock it to change anything.",
                 {},
                 0};
}

SqlSession::SqlSession(const Connection& connection, std::string target)
    : m_connection(connection), m_target(std::move(target))
{
    if (connection.facts().family == Family::Vtgate)
        m_session = vtgateSession(m_target).SerializeAsString();
}

SqlSession::~SqlSession()
{
    if (!m_isEntered || m_isStreamed)
        return;
    std::string request;
    appendInner(request, psdb::v1alpha1::CloseSessionRequest::kSessionFieldNumber, m_session);
    (void)m_connection.channel().call(kPsdbCloseSession, request, kFarewell, m_stop);
}

Result<void> SqlSession::enterTarget(const std::stop_token& stop)
{
    m_stop = stop;
    if (m_isEntered || m_connection.facts().family == Family::Vtgate)
        return {};
    auto created = m_connection.channel().call(kPsdbCreateSession, {}, kDeadline, stop);
    if (!created)
        return tl::unexpected(created.error());
    psdb::v1alpha1::CreateSessionResponse response;
    if (!response.ParseFromString(*created))
        return tl::unexpected(brokenAnswer());
    m_session = innerBytes(*created, psdb::v1alpha1::CreateSessionResponse::kSessionFieldNumber);
    m_isEntered = true;
    if (m_target.empty())
        return {};
    QueryRows ignored;
    auto used = executePsdb(Statement::read("use " + quotedName(m_target)), stop, kDeadline, ignored);
    if (!used) {
        m_isEntered = false;
        return tl::unexpected(used.error());
    }
    return {};
}

Result<std::string> SqlSession::executePsdb(const Statement& statement, const std::stop_token& stop,
                                            std::chrono::milliseconds deadline, QueryRows& rows)
{
    psdb::v1alpha1::ExecuteRequest request;
    request.set_query(statement.text());
    addBinds(statement, *request.mutable_bind_variables());
    auto answer = m_connection.channel().call(kPsdbExecute, withSession(request, m_session), deadline, stop);
    if (!answer)
        return answer;
    psdb::v1alpha1::ExecuteResponse response;
    if (!response.ParseFromString(*answer))
        return tl::unexpected(brokenAnswer());
    if (response.has_session())
        m_session = innerBytes(*answer, psdb::v1alpha1::ExecuteResponse::kSessionFieldNumber);
    if (response.has_error())
        return tl::unexpected(errorOf(response.error().code(), response.error().message()));
    take(response.result(), rows);
    return std::string();
}

Result<QueryRows> SqlSession::execute(const Statement& statement, const std::stop_token& stop,
                                      std::chrono::milliseconds deadline)
{
    if (statement.isWrite() && (!m_connection.isUnlocked() || !m_connection.canWrite()))
        return tl::unexpected(lockedError(m_connection));
    QueryRows rows;
    if (m_connection.facts().family == Family::PlanetScale) {
        if (auto entered = enterTarget(stop); !entered)
            return tl::unexpected(entered.error());
        if (auto executed = executePsdb(statement, stop, deadline, rows); !executed)
            return tl::unexpected(executed.error());
        return rows;
    }
    vtgate::ExecuteRequest request;
    identify(request);
    request.mutable_session()->ParseFromString(m_session);
    request.mutable_query()->set_sql(statement.text());
    addBinds(statement, *request.mutable_query()->mutable_bind_variables());
    auto answer = m_connection.channel().call(kVtgateExecute, request.SerializeAsString(), deadline, stop);
    if (!answer)
        return tl::unexpected(answer.error());
    vtgate::ExecuteResponse response;
    if (!response.ParseFromString(*answer))
        return tl::unexpected(brokenAnswer());
    if (response.has_session())
        m_session = response.session().SerializeAsString();
    if (response.has_error())
        return tl::unexpected(errorOf(response.error().code(), response.error().message()));
    take(response.result(), rows);
    return rows;
}

Result<SqlSession::StreamCall> SqlSession::streamCall(const Statement& statement, const std::stop_token& stop)
{
    if (statement.isWrite() && (!m_connection.isUnlocked() || !m_connection.canWrite()))
        return tl::unexpected(lockedError(m_connection));
    if (m_connection.facts().family == Family::PlanetScale) {
        if (auto entered = enterTarget(stop); !entered)
            return tl::unexpected(entered.error());
        m_isStreamed = true;
        psdb::v1alpha1::ExecuteRequest request;
        request.set_query(statement.text());
        addBinds(statement, *request.mutable_bind_variables());
        return StreamCall{kPsdbStreamExecute, withSession(request, m_session)};
    }
    vtgate::StreamExecuteRequest request;
    identify(request);
    request.mutable_session()->ParseFromString(m_session);
    request.mutable_query()->set_sql(statement.text());
    addBinds(statement, *request.mutable_query()->mutable_bind_variables());
    return StreamCall{kVtgateStreamExecute, request.SerializeAsString()};
}

} // namespace vtscope
