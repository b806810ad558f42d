// INSERT, UPDATE, DELETE and schema changes of the executor; all of it under the engine's lock.
#include <algorithm>

#include "app/localbranch/executor.h"
#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

constexpr auto kLockWait = std::chrono::seconds(5);

Cell initialCell(const Column& column, int64_t now)
{
    if (column.initial)
        return column.initial->isNow ? Cell(dateTimeText(now, column.type.decimals)) : Cell(column.initial->text);
    return std::nullopt;
}

/// What MySQL gives rows that were there before a NOT NULL column without default.
Cell implicitCell(const Column& column, int64_t now)
{
    if (column.initial || !column.isNotNull)
        return initialCell(column, now);
    if (column.type.type == query::ENUM)
        return column.type.labels.front();
    if (column.type.isTemporal())
        return column.type.type == query::DATE ? "0000-00-00"
                                               : (column.type.type == query::TIME ? "00:00:00" : "0000-00-00 00:00:00");
    if (column.type.type == query::JSON)
        return "null";
    if (column.type.isNumeric() || column.type.type == query::BIT)
        return storedCell(column, Value::number("0"));
    return storedCell(column, Value::textOf(""));
}

[[noreturn]] void failUnmapped()
{
    throw SqlError(vtrpc::FAILED_PRECONDITION, "VT09023: could not map [NULL] to a keyspace id");
}

std::string trimmedStatement(const std::string& sql)
{
    const size_t first = sql.find_first_not_of(" \t\r\n");
    const size_t last = sql.find_last_not_of(" \t\r\n;");
    return first == std::string::npos ? "" : sql.substr(first, last - first + 1);
}

} // namespace

query::QueryResult Executor::runInsert(Transaction& transaction, vtgate::Session& session,
                                       const InsertStatement& statement)
{
    const TableTarget target = resolvedTable(m_engine, statement.table, session.target_string());
    LiveTable& live = *target.table;
    const Table& table = *live.definition;
    if (target.isShardNamed && !statement.table.keyspace.empty())
        throw SqlError(vtrpc::FAILED_PRECONDITION, "VT09017: INSERT with a target destination is not allowed");
    const EvaluationContext context = contextOf(session);
    std::vector<size_t> columns;
    for (const std::string& name : statement.columns) {
        const auto column = table.columnIndex(name);
        if (!column)
            throw SqlError(vtrpc::INVALID_ARGUMENT, "column '" + name + "' not found in table '" + table.name + "'");
        columns.push_back(*column);
    }
    for (size_t i = 0; statement.columns.empty() && i < table.columns.size(); ++i) {
        if (!table.columns[i].isInvisible)
            columns.push_back(i);
    }
    query::QueryResult result;
    for (const auto& values : statement.rows) {
        if (values.size() != columns.size() && !(values.empty() && statement.columns.empty()))
            throw SqlError(vtrpc::INVALID_ARGUMENT, "VT03006: column count does not match value count with the row");
        Row row(table.columns.size());
        std::vector<bool> isGiven(table.columns.size(), false);
        for (size_t i = 0; i < values.size(); ++i) {
            if (!values[i])
                continue;
            Expression expression = *values[i];
            bindExpression(expression, nullptr);
            const Column& column = table.columns[columns[i]];
            const Value value = evaluated(expression, {}, nullptr, context);
            if (value.isNull() && column.isAutoIncrement)
                continue;
            if (value.isNull() && live.shardingColumn == columns[i])
                failUnmapped();
            row[columns[i]] = storedCell(column, value);
            isGiven[columns[i]] = true;
        }
        for (size_t i = 0; i < row.size(); ++i) {
            const Column& column = table.columns[i];
            if (column.isAutoIncrement) {
                if (!isGiven[i] || row[i] == "0") {
                    row[i] = std::to_string(live.nextAutoIncrement);
                    if (result.insert_id() == 0)
                        result.set_insert_id(live.nextAutoIncrement);
                }
                live.nextAutoIncrement =
                    std::max<uint64_t>(live.nextAutoIncrement, std::strtoull(row[i]->c_str(), nullptr, 10) + 1);
            } else if (!isGiven[i]) {
                if (live.shardingColumn == i)
                    failUnmapped();
                if (column.isNotNull && !column.initial)
                    throw MysqlError(vtrpc::UNKNOWN, "Field '" + column.name + "' doesn't have a default value", 1364,
                                     "HY000");
                row[i] = initialCell(column, context.now);
            }
        }
        // A statement for a named shard goes there, whatever the vindex says.
        const size_t shard = target.isShardNamed ? target.shards.front()->ordinal : m_engine.shardOf(live, row);
        m_engine.insert(transaction, live, shard, row);
        result.set_rows_affected(result.rows_affected() + 1);
    }
    return result;
}

query::QueryResult Executor::runUpdate(Transaction& transaction, vtgate::Session& session,
                                       const UpdateStatement& statement)
{
    const TableTarget target = resolvedTable(m_engine, statement.table, session.target_string());
    LiveTable& live = *target.table;
    const Table& table = *live.definition;
    const EvaluationContext context = contextOf(session);
    std::vector<std::pair<size_t, Expression>> assignments;
    for (const auto& [name, expression] : statement.assignments) {
        const auto column = table.columnIndex(name);
        if (!column)
            throw SqlError(vtrpc::INVALID_ARGUMENT, "column '" + name + "' not found in table '" + table.name + "'");
        if (live.shardingColumn == column)
            throw SqlError(
                vtrpc::UNIMPLEMENTED,
                "VT12001: unsupported: you cannot UPDATE primary vindex columns; invalid update on vindex: hash");
        assignments.emplace_back(*column, expression);
        bindExpression(assignments.back().second, &table);
    }
    std::optional<Expression> where = statement.where;
    if (where)
        bindExpression(*where, &table);
    struct Match
    {
        size_t shard;
        std::string key;
        std::string bytes;
    };
    std::vector<Match> matches;
    visitMatches(m_engine, &transaction, live, target.shards, where ? &*where : nullptr, context,
                 [&matches](Shard& shard, std::string_view key, std::string_view bytes, const RowView&) {
                     matches.push_back({shard.ordinal, std::string(key), std::string(bytes)});
                     return true;
                 });
    query::QueryResult result;
    uint64_t changed = 0;
    for (const Match& match : matches) {
        // Even a row that stays as it is waits for who holds it: what they leave behind decides.
        m_engine.checkLock(transaction, live, match.shard, match.key);
        RowView view;
        readRow(match.bytes, view);
        Row row = ownedRow(view);
        for (const auto& [column, expression] : assignments)
            row[column] = storedCell(table.columns[column], evaluated(expression, view, &table, context));
        if (packedRow(row) == match.bytes)
            continue;
        for (size_t i = 0; i < row.size(); ++i) {
            const bool isAssigned = std::any_of(assignments.begin(), assignments.end(),
                                                [i](const auto& assignment) { return assignment.first == i; });
            if (table.columns[i].isUpdatedNow && !isAssigned)
                row[i] = dateTimeText(context.now, table.columns[i].type.decimals);
        }
        m_engine.update(transaction, live, match.shard, match.key, match.bytes, row);
        ++changed;
    }
    result.set_rows_affected(session.options().client_found_rows() ? matches.size() : changed);
    return result;
}

query::QueryResult Executor::runDelete(Transaction& transaction, vtgate::Session& session,
                                       const DeleteStatement& statement)
{
    const TableTarget target = resolvedTable(m_engine, statement.table, session.target_string());
    LiveTable& live = *target.table;
    const EvaluationContext context = contextOf(session);
    std::optional<Expression> where = statement.where;
    if (where)
        bindExpression(*where, live.definition.get());
    std::vector<std::tuple<size_t, std::string, std::string>> matches;
    visitMatches(m_engine, &transaction, live, target.shards, where ? &*where : nullptr, context,
                 [&matches](Shard& shard, std::string_view key, std::string_view bytes, const RowView&) {
                     matches.emplace_back(shard.ordinal, key, bytes);
                     return true;
                 });
    for (const auto& [shard, key, bytes] : matches)
        m_engine.remove(transaction, live, shard, key, bytes);
    query::QueryResult result;
    result.set_rows_affected(matches.size());
    return result;
}

query::QueryResult Executor::runDdl(Engine::Guard& guard, const Caller& caller, vtgate::Session& session,
                                    Statement& statement, const std::string& sql)
{
    const Target target = Target::parse(session.target_string());
    if (!caller.mayChangeSchema())
        throw SqlError(vtrpc::PERMISSION_DENIED,
                       "DDL command denied to user '" + caller.user + "' (errno 1142) (sqlstate 42000)");
    if (target.type != topodata::PRIMARY)
        throw SqlError(vtrpc::FAILED_PRECONDITION,
                       std::string("supported only for primary tablet type, current type: ") + lowerName(target.type));
    endTransaction(session, true);
    const std::string text = trimmedStatement(sql);
    const auto deadline = std::chrono::steady_clock::now() + kLockWait;
    for (;;) {
        try {
            if (const auto* create = std::get_if<CreateTableStatement>(&statement))
                createTable(session, *create, text);
            else if (const auto* drop = std::get_if<DropTableStatement>(&statement))
                dropTable(session, *drop, text);
            else
                alterTable(session, std::get<AlterTableStatement>(statement), text);
            return {};
        } catch (const MysqlError& error) {
            Keyspace* keyspace = m_engine.findKeyspace(target.keyspace);
            if (keyspace == nullptr)
                throw;
            throw tabletError(keyspace->shard(0), target.type, error);
        } catch (const RowIsLocked&) {
            if (!m_engine.waitForUnlock(guard, deadline))
                throw MysqlError(vtrpc::DEADLINE_EXCEEDED, "Lock wait timeout exceeded; try restarting transaction",
                                 1205, "HY000");
        }
    }
}

void Executor::createTable(vtgate::Session& session, const CreateTableStatement& statement, const std::string& sql)
{
    Keyspace& keyspace = statement.name.keyspace.empty()
                             ? sessionKeyspace(m_engine, session.target_string())
                             : resolvedKeyspace(m_engine, Target::parse(statement.name.keyspace).keyspace);
    if (statement.ifNotExists && keyspace.findTable(statement.name.table) != nullptr)
        return;
    m_engine.createTable(keyspace, statement.table, sql);
}

void Executor::dropTable(vtgate::Session& session, const DropTableStatement& statement, const std::string& sql)
{
    try {
        m_engine.dropTable(*resolvedTable(m_engine, statement.name, session.target_string()).table, sql);
    } catch (const SqlError&) {
        if (!statement.ifExists)
            throw;
    }
}

void Executor::alterTable(vtgate::Session& session, const AlterTableStatement& statement, const std::string& sql)
{
    if (statement.name.keyspace.empty()) {
        Keyspace& keyspace = sessionKeyspace(m_engine, session.target_string());
        if (keyspace.findTable(statement.name.table) == nullptr)
            throw MysqlError(vtrpc::NOT_FOUND,
                             "Table '" + keyspace.shard(0).database + "." + statement.name.table + "' doesn't exist",
                             1146, "42S02");
    }
    LiveTable& live = *resolvedTable(m_engine, statement.name, session.target_string()).table;
    auto table = std::make_shared<Table>(*live.definition);
    const int64_t now = nowNanoseconds();
    // For each new column: the old one it comes from, or what it starts with.
    struct Origin
    {
        std::optional<size_t> column;
        Cell cell;
    };
    std::vector<Origin> origins(table->columns.size());
    for (size_t i = 0; i < origins.size(); ++i)
        origins[i].column = i;
    const auto shiftKeys = [&table](size_t from, bool isAdded) {
        for (Index& index : table->indexes) {
            for (KeyPart& part : index.parts) {
                if (part.column >= from)
                    part.column = isAdded ? part.column + 1 : part.column - 1;
            }
        }
    };
    for (const AlterStep& step : statement.steps) {
        if (step.kind == AlterStep::Kind::AddColumn) {
            if (table->columnIndex(step.column.name))
                throw MysqlError(vtrpc::INVALID_ARGUMENT, "Duplicate column name '" + step.column.name + "'", 1060,
                                 "42S21");
            size_t at = step.isFirst ? 0 : table->columns.size();
            if (!step.after.empty()) {
                const auto after = table->columnIndex(step.after);
                if (!after)
                    throw MysqlError(vtrpc::NOT_FOUND, "Unknown column '" + step.after + "' in '" + table->name + "'",
                                     1054, "42S22");
                at = *after + 1;
            }
            shiftKeys(at, true);
            table->columns.insert(table->columns.begin() + static_cast<std::ptrdiff_t>(at), step.column);
            origins.insert(origins.begin() + static_cast<std::ptrdiff_t>(at),
                           Origin{std::nullopt, implicitCell(step.column, now)});
        } else {
            const auto column = table->columnIndex(step.name);
            if (!column)
                throw MysqlError(vtrpc::FAILED_PRECONDITION,
                                 "Can't DROP '" + step.name + "'; check that column/key exists", 1091, "42000");
            const bool isKey = std::any_of(table->indexes.begin(), table->indexes.end(), [&column](const Index& index) {
                return std::any_of(index.parts.begin(), index.parts.end(),
                                   [&column](const KeyPart& part) { return part.column == *column; });
            });
            if (isKey || live.shardingColumn == table->columnIndex(step.name))
                throw SqlError(vtrpc::UNIMPLEMENTED,
                               "VT12001: unsupported: the local branch drops no column that a key uses");
            table->columns.erase(table->columns.begin() + static_cast<std::ptrdiff_t>(*column));
            origins.erase(origins.begin() + static_cast<std::ptrdiff_t>(*column));
            shiftKeys(*column, false);
        }
    }
    table->finish();
    m_engine.alterTable(live, table, sql, [&origins](const RowView& old) {
        Row row;
        for (const Origin& origin : origins)
            row.push_back(!origin.column
                              ? origin.cell
                              : (old[*origin.column] ? Cell(std::string(*old[*origin.column])) : std::nullopt));
        return row;
    });
}

} // namespace localbranch
