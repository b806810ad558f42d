#include "app/localbranch/executor.h"

#include <algorithm>

#include "app/localbranch/discovery.h"
#include "app/localbranch/informationschema.h"
#include "app/localbranch/select.h"
#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

constexpr int kMostRows = 10000;
constexpr size_t kPacketBytes = 50000;
constexpr auto kLockWait = std::chrono::seconds(5);
constexpr auto kLongestTransaction = std::chrono::seconds(30);

FieldStyle styleOf(const vtgate::Session& session)
{
    return session.options().included_fields() == query::ExecuteOptions::ALL ? FieldStyle::Result : FieldStyle::Plain;
}

BindValues valuesOf(const BindVariables& binds)
{
    BindValues values;
    const auto valueFor = [](query::Type type, const std::string& text) {
        if (type == query::NULL_TYPE)
            return Value::null();
        if (type == query::FLOAT32 || type == query::FLOAT64)
            return Value::real(text);
        if (hasFlag(type, query::ISINTEGRAL) || type == query::DECIMAL) {
            if (text.find_first_not_of("0123456789+-.eE") != std::string::npos || text.empty())
                throw SqlError(vtrpc::INVALID_ARGUMENT, "strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
            return Value::number(text);
        }
        if (hasFlag(type, query::ISBINARY) || type == query::BIT)
            return Value::bytes(text);
        return Value::textOf(text);
    };
    for (const auto& [name, bind] : binds) {
        if (bind.type() != query::TUPLE) {
            values.scalars[name] = valueFor(bind.type(), bind.value());
            continue;
        }
        auto& list = values.lists[name];
        for (const query::Value& value : bind.values())
            list.push_back(valueFor(value.type(), value.value()));
    }
    return values;
}

void addRow(query::QueryResult& result, const std::string& bytes)
{
    result.add_rows()->ParseFromString(bytes);
}

/// Sends a result that is complete in packets.
void sendInPackets(const query::QueryResult& result, const Executor::Packet& packet)
{
    query::QueryResult part;
    *part.mutable_fields() = result.fields();
    if (!packet(part))
        return;
    size_t bytes = 0;
    for (const query::Row& row : result.rows()) {
        *part.add_rows() = row;
        bytes += row.values().size() + static_cast<size_t>(row.lengths_size());
        if (bytes >= kPacketBytes) {
            if (!packet(part))
                return;
            part.Clear();
            bytes = 0;
        }
    }
    if (part.rows_size() > 0)
        packet(part);
}

} // namespace

void visitMatches(Engine& engine, const Transaction* transaction, LiveTable& table, const std::vector<Shard*>& shards,
                  const Expression* condition, const EvaluationContext& context, const RowVisit& visit)
{
    const Table& definition = *table.definition;
    const KeyBounds bounds = condition != nullptr ? keyBoundsOf(*condition, definition) : KeyBounds{};
    bool goesOn = true;
    RowView row;
    for (Shard* shard : shards) {
        engine.scan(transaction, table, shard->ordinal, bounds.from, [&](std::string_view key, std::string_view bytes) {
            if (!bounds.until.empty() && key.substr(0, bounds.until.size()) > bounds.until)
                return false;
            readRow(bytes, row);
            if (condition == nullptr || evaluated(*condition, row, &definition, context).isTrue())
                goesOn = visit(*shard, key, bytes, row);
            return goesOn;
        });
        if (!goesOn)
            return;
    }
}

EvaluationContext Executor::contextOf(const vtgate::Session& session)
{
    EvaluationContext context;
    const Target target = Target::parse(session.target_string());
    context.database = target.keyspace;
    context.now = nowNanoseconds();
    context.variable = [this, target](const std::string& name) { return systemVariable(m_engine, target, name); };
    return context;
}

query::QueryResult Executor::execute(const Caller& caller, vtgate::Session& session, const std::string& sql,
                                     const BindVariables& binds)
{
    return run(caller, session, sql, binds, nullptr);
}

void Executor::stream(const Caller& caller, vtgate::Session& session, const std::string& sql,
                      const BindVariables& binds, const Packet& packet)
{
    const query::QueryResult rest = run(caller, session, sql, binds, &packet);
    if (rest.fields_size() > 0)
        sendInPackets(rest, packet);
    else if (rest.rows_affected() > 0 || rest.insert_id() > 0)
        packet(rest);
}

std::optional<TableName> Executor::streamedTable(const std::string& sql)
{
    TokenCursor tokens(sql);
    if (!tokens.isWord("stream"))
        return std::nullopt;
    return std::get<StreamStatement>(parsedStatement(sql, {})).table;
}

query::QueryResult Executor::run(const Caller& caller, vtgate::Session& session, const std::string& sql,
                                 const BindVariables& binds, const Packet* packet)
{
    const BindValues values = valuesOf(binds);
    Statement statement = parsedStatement(sql, values);
    if (std::holds_alternative<StreamStatement>(statement))
        throw SqlError(vtrpc::INTERNAL, "VT13001: [BUG] TryExecute is not supported for MStream");
    Engine::Guard guard = m_engine.guard();
    query::QueryResult result;
    if (auto* select = std::get_if<SelectStatement>(&statement))
        return runSelect(guard, session, *select, packet);
    if (std::holds_alternative<InsertStatement>(statement) || std::holds_alternative<UpdateStatement>(statement) ||
        std::holds_alternative<DeleteStatement>(statement))
        return runWrite(guard, caller, session, statement);
    if (auto* show = std::get_if<ShowStatement>(&statement)) {
        result = shown(m_engine, show->tokens, session.target_string());
        session.set_found_rows(static_cast<uint64_t>(result.rows_size()));
        session.set_row_count(-1);
        return result;
    }
    if (auto* use = std::get_if<UseStatement>(&statement)) {
        const Target target = Target::parse(use->target);
        if (!target.keyspace.empty())
            resolvedKeyspace(m_engine, target.keyspace);
        session.set_target_string(use->target);
        session.set_row_count(-1);
        return result;
    }
    if (std::holds_alternative<SetStatement>(statement))
        return result;
    if (const auto* step = std::get_if<TransactionStatement>(&statement)) {
        if (*step == TransactionStatement::Begin) {
            endTransaction(session, true);
            session.set_in_transaction(true);
        } else {
            endTransaction(session, *step == TransactionStatement::Commit);
        }
        return result;
    }
    return runDdl(guard, caller, session, statement, sql);
}

query::QueryResult Executor::runSelect(Engine::Guard& guard, vtgate::Session& session, SelectStatement& statement,
                                       const Packet* packet)
{
    EvaluationContext context = contextOf(session);
    query::QueryResult result;
    const auto finish = [&](Selection& selection) {
        for (const query::Field& field : selection.fields())
            *result.add_fields() = field;
        for (const std::string& row : selection.finish())
            addRow(result, row);
    };
    const FieldStyle style = styleOf(session);
    if (!statement.from) {
        Selection selection(statement, nullptr, style, "", context);
        if (!statement.where || evaluated(*statement.where, {}, nullptr, context).isTrue())
            selection.add({});
        finish(selection);
    } else if (equalsIgnoringCase(statement.from->keyspace, "information_schema")) {
        VirtualTable table = informationSchemaTable(m_engine, statement.from->table);
        if (statement.where)
            rewriteSchemaNames(m_engine, *statement.where, context.database);
        Selection selection(statement, &table.definition,
                            style == FieldStyle::Result ? FieldStyle::Result : FieldStyle::Plain, "information_schema",
                            context);
        for (const Row& row : table.rows) {
            RowView view;
            for (const Cell& cell : row)
                view.emplace_back(cell ? CellView(*cell) : std::nullopt);
            if (!statement.where || evaluated(*statement.where, view, &table.definition, context).isTrue())
                selection.add(view);
        }
        finish(selection);
    } else {
        TableTarget target = resolvedTable(m_engine, *statement.from, session.target_string());
        if (target.isShardNamed && !statement.from->keyspace.empty())
            throw SqlError(vtrpc::FAILED_PRECONDITION, "VT09017: SELECT with a target destination is not allowed");
        const TablePtr definition = target.table->definition;
        const std::string database = target.table->keyspace.name();
        Selection selection(statement, definition.get(), style, database, context);
        const OpenTransactionPtr open = openTransaction(session);
        const Transaction* transaction = open ? &open->changes : nullptr;
        const Expression* condition = statement.where ? &*statement.where : nullptr;
        const bool isPlainStream = packet != nullptr && transaction == nullptr && !statement.limit &&
                                   !selection.hasAggregates() &&
                                   (selection.isUnordered() || (selection.isKeyOrdered() && target.shards.size() == 1));
        if (isPlainStream) {
            // Row by row into packets; the lock is free while a packet is on its way.
            for (const query::Field& field : selection.fields())
                *result.add_fields() = field;
            const query::QueryResult fieldsOnly = result;
            if (!(*packet)(fieldsOnly))
                return {};
            uint64_t found = 0;
            for (Shard* shard : target.shards) {
                std::string from;
                bool isDone = false;
                while (!isDone) {
                    isDone = true;
                    size_t bytes = 0;
                    Expression* const where = statement.where ? &*statement.where : nullptr;
                    const KeyBounds bounds = where != nullptr ? keyBoundsOf(*where, *definition) : KeyBounds{};
                    RowView row;
                    m_engine.scan(nullptr, *target.table, shard->ordinal, std::max(from, bounds.from),
                                  [&](std::string_view key, std::string_view rowBytes) {
                                      if (!bounds.until.empty() && key.substr(0, bounds.until.size()) > bounds.until)
                                          return false;
                                      if (bytes >= kPacketBytes) {
                                          from = key;
                                          isDone = false;
                                          return false;
                                      }
                                      readRow(rowBytes, row);
                                      if (where == nullptr ||
                                          evaluated(*where, row, definition.get(), context).isTrue()) {
                                          const std::string projected = selection.projected(row);
                                          bytes += projected.size();
                                          addRow(result, projected);
                                          ++found;
                                      } else {
                                          ++bytes;
                                      }
                                      return true;
                                  });
                    if (result.rows_size() == 0)
                        continue;
                    guard.unlock();
                    const bool goesOn = (*packet)(result);
                    guard.lock();
                    result.Clear();
                    if (!goesOn || target.table->definition != definition)
                        return {};
                }
            }
            session.set_found_rows(found);
            session.set_row_count(-1);
            return {};
        }
        // In key order each shard gives no more than the limit; without order any rows will do.
        const auto enough = selection.isKeyOrdered() || selection.isUnordered() ? selection.enough() : std::nullopt;
        for (Shard* shard : target.shards) {
            const uint64_t before = selection.added();
            if (enough && (*enough == 0 || (selection.isUnordered() && before >= *enough)))
                break;
            visitMatches(m_engine, transaction, *target.table, {shard}, condition, context,
                         [&](Shard&, std::string_view, std::string_view, const RowView& row) {
                             selection.add(row);
                             const uint64_t counted =
                                 selection.isUnordered() ? selection.added() : selection.added() - before;
                             if (packet == nullptr && !selection.hasAggregates() && !statement.limit &&
                                 selection.added() > kMostRows)
                                 return false;
                             return !enough || counted < *enough;
                         });
        }
        finish(selection);
        if (packet == nullptr && result.rows_size() > kMostRows)
            throw tabletError(*target.shards.front(), target.type,
                              SqlError(vtrpc::ABORTED, "Row count exceeded " + std::to_string(kMostRows)));
    }
    session.set_found_rows(static_cast<uint64_t>(result.rows_size()));
    session.set_row_count(-1);
    return result;
}

Executor::OpenTransactionPtr Executor::openTransaction(const vtgate::Session& session)
{
    for (const auto& shard : session.shard_sessions()) {
        const auto found = m_open.find(shard.transaction_id());
        if (found == m_open.end())
            throw SqlError(vtrpc::ABORTED, "target: " + shard.target().keyspace() + "." + shard.target().shard() +
                                               ".primary: vttablet: rpc error: code = Aborted desc = transaction " +
                                               std::to_string(shard.transaction_id()) +
                                               ": not found (CallerID: unsecure_grpc_client)");
        if (found->second->isEnded)
            throw SqlError(vtrpc::ABORTED, "target: " + shard.target().keyspace() + "." + shard.target().shard() +
                                               ".primary: vttablet: rpc error: code = Aborted desc = transaction " +
                                               std::to_string(shard.transaction_id()) + ": " + found->second->endText +
                                               " (CallerID: unsecure_grpc_client)");
        return found->second;
    }
    return nullptr;
}

void Executor::noteShards(vtgate::Session& session, const OpenTransactionPtr& open)
{
    for (const auto& keyspace : m_engine.keyspaces()) {
        for (size_t i = 0; i < keyspace->shardCount(); ++i) {
            const Shard& shard = keyspace->shard(i);
            const bool isNoted = std::any_of(
                session.shard_sessions().begin(), session.shard_sessions().end(), [&shard](const auto& known) {
                    return known.target().keyspace() == shard.keyspace && known.target().shard() == shard.name;
                });
            if (isNoted || !open->changes.touches(shard))
                continue;
            auto* entry = session.add_shard_sessions();
            entry->mutable_target()->set_keyspace(shard.keyspace);
            entry->mutable_target()->set_shard(shard.name);
            entry->mutable_target()->set_tablet_type(topodata::PRIMARY);
            entry->set_transaction_id(m_nextTransaction);
            entry->mutable_tablet_alias()->set_cell("local");
            entry->mutable_tablet_alias()->set_uid(shard.primaryUid);
            entry->set_rows_affected(true);
            m_open[m_nextTransaction++] = open;
        }
    }
}

query::QueryResult Executor::runWrite(Engine::Guard& guard, const Caller& caller, vtgate::Session& session,
                                      Statement& statement)
{
    const TableName& name = std::visit(
        [](const auto& write) -> const TableName& {
            if constexpr (requires { write.table.keyspace; })
                return write.table;
            else
                throw SqlError(vtrpc::INTERNAL, "VT13001: [BUG] not a write");
        },
        statement);
    const TableTarget target = resolvedTable(m_engine, name, session.target_string());
    if (target.type != topodata::PRIMARY) {
        if (!target.isShardNamed)
            throw SqlError(vtrpc::FAILED_PRECONDITION,
                           std::string("supported only for primary tablet type, current type: ") +
                               lowerName(target.type));
        throw tabletError(
            *target.shards.front(), target.type,
            MysqlError(
                vtrpc::FAILED_PRECONDITION,
                "The MySQL server is running with the --super-read-only option so it cannot execute this statement",
                1290, "HY000"));
    }
    if (!caller.mayWrite()) {
        const char* word = std::holds_alternative<InsertStatement>(statement)
                               ? "INSERT"
                               : (std::holds_alternative<UpdateStatement>(statement) ? "UPDATE" : "DELETE");
        throw tabletError(*target.shards.front(), target.type,
                          MysqlError(vtrpc::PERMISSION_DENIED,
                                     std::string(word) + " command denied to user '" + caller.user + "' for table '" +
                                         name.table + "'",
                                     1142, "42000"));
    }
    const bool isInTransaction = session.in_transaction() || !session.autocommit();
    OpenTransactionPtr open = isInTransaction ? openTransaction(session) : nullptr;
    if (isInTransaction && !open)
        open = std::make_shared<OpenTransaction>();
    Transaction single(true);
    Transaction& transaction = open ? open->changes : single;
    const size_t undoPoint = transaction.changeCount();
    const auto deadline = std::chrono::steady_clock::now() + kLockWait;
    transaction.beginStatement();
    for (;;) {
        try {
            query::QueryResult result;
            if (const auto* insert = std::get_if<InsertStatement>(&statement))
                result = runInsert(transaction, session, *insert);
            else if (const auto* update = std::get_if<UpdateStatement>(&statement))
                result = runUpdate(transaction, session, *update);
            else
                result = runDelete(transaction, session, std::get<DeleteStatement>(statement));
            if (open) {
                session.set_in_transaction(true);
                noteShards(session, open);
            } else {
                m_engine.commit(transaction);
            }
            session.set_row_count(static_cast<int64_t>(result.rows_affected()));
            if (result.insert_id() != 0)
                session.set_last_insert_id(result.insert_id());
            return result;
        } catch (const RowIsLocked&) {
            m_engine.undoTo(transaction, undoPoint);
            if (!m_engine.waitForUnlock(guard, deadline))
                throw tabletError(*target.shards.front(), target.type,
                                  MysqlError(vtrpc::DEADLINE_EXCEEDED,
                                             "Lock wait timeout exceeded; try restarting transaction", 1205, "HY000"));
        } catch (const MysqlError& error) {
            m_engine.undoTo(transaction, undoPoint);
            if (open)
                noteShards(session, open);
            throw tabletError(*target.shards.front(), target.type, error);
        } catch (const SqlError&) {
            m_engine.undoTo(transaction, undoPoint);
            if (open)
                noteShards(session, open);
            throw;
        }
    }
}

void Executor::endTransaction(vtgate::Session& session, bool commits)
{
    session.set_in_transaction(false);
    if (session.shard_sessions_size() == 0)
        return;
    OpenTransactionPtr open;
    std::optional<SqlError> failure;
    try {
        open = openTransaction(session);
    } catch (const SqlError& error) {
        failure = error;
    }
    for (const auto& shard : session.shard_sessions())
        m_open.erase(shard.transaction_id());
    session.clear_shard_sessions();
    if (failure && commits)
        throw SqlError(*failure);
    if (!open)
        return;
    if (commits)
        m_engine.commit(open->changes);
    else
        m_engine.rollBack(open->changes);
}

void Executor::closeSession(vtgate::Session& session)
{
    const Engine::Guard guard = m_engine.guard();
    endTransaction(session, false);
}

void Executor::endOldTransactions()
{
    const Engine::Guard guard = m_engine.guard();
    const auto now = std::chrono::steady_clock::now();
    for (auto entry = m_open.begin(); entry != m_open.end();) {
        OpenTransaction& open = *entry->second;
        if (!open.isEnded && now - open.begun > kLongestTransaction) {
            open.isEnded = true;
            open.endText = "ended at " + nowText(3) + " UTC (exceeded timeout: 30s)";
            m_engine.rollBack(open.changes);
        }
        // Kept a while longer, so that its session learns why.
        if (now - open.begun > 4 * kLongestTransaction)
            entry = m_open.erase(entry);
        else
            ++entry;
    }
}

} // namespace localbranch
