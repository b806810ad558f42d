// SQL of sessions: parses, runs on the engine, keeps open transactions. What vtgate and a tablet do between them. Any
// thread may call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "app/localbranch/engine.h"
#include "app/localbranch/evaluator.h"
#include "app/localbranch/target.h"
#include "psdbdata.pb.h"
#include "query.pb.h"
#include "vtgate.pb.h"

namespace localbranch {

using BindVariables = google::protobuf::Map<std::string, query::BindVariable>;

struct Caller
{
    std::string user;
    psdb::data::v1::Role role = psdb::data::v1::admin;

    bool mayWrite() const { return role != psdb::data::v1::reader; }
    bool mayChangeSchema() const { return role == psdb::data::v1::admin; }
};

class Executor
{
public:
    explicit Executor(Engine& engine) : m_engine(engine) {}

    /// One statement; the session is brought up to date. Throws SqlError.
    query::QueryResult execute(const Caller& caller, vtgate::Session& session, const std::string& sql,
                               const BindVariables& binds);

    using Packet = std::function<bool(const query::QueryResult&)>;
    /// The same in packets: fields, then rows. Stops when the receiver says false.
    void stream(const Caller& caller, vtgate::Session& session, const std::string& sql, const BindVariables& binds,
                const Packet& packet);

    /// The table of `stream * from t`, or nothing if the statement is another one. Locked resolution inside.
    std::optional<TableName> streamedTable(const std::string& sql);

    /// Rolls back what the session has open.
    void closeSession(vtgate::Session& session);

    /// Ends transactions that were open for too long. Called once in a while by a thread of the server.
    void endOldTransactions();

private:
    struct OpenTransaction
    {
        Transaction changes{false};
        std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
        bool isEnded = false;
        std::string endText;
    };
    using OpenTransactionPtr = std::shared_ptr<OpenTransaction>;

    query::QueryResult run(const Caller& caller, vtgate::Session& session, const std::string& sql,
                           const BindVariables& binds, const Packet* packet);
    query::QueryResult runSelect(Engine::Guard& guard, vtgate::Session& session, SelectStatement& statement,
                                 const Packet* packet);
    query::QueryResult runWrite(Engine::Guard& guard, const Caller& caller, vtgate::Session& session,
                                Statement& statement);
    query::QueryResult runInsert(Transaction& transaction, vtgate::Session& session, const InsertStatement& statement);
    query::QueryResult runUpdate(Transaction& transaction, vtgate::Session& session, const UpdateStatement& statement);
    query::QueryResult runDelete(Transaction& transaction, vtgate::Session& session, const DeleteStatement& statement);
    query::QueryResult runDdl(Engine::Guard& guard, const Caller& caller, vtgate::Session& session,
                              Statement& statement, const std::string& sql);
    void createTable(vtgate::Session& session, const CreateTableStatement& statement, const std::string& sql);
    void dropTable(vtgate::Session& session, const DropTableStatement& statement, const std::string& sql);
    void alterTable(vtgate::Session& session, const AlterTableStatement& statement, const std::string& sql);
    void endTransaction(vtgate::Session& session, bool commits);

    OpenTransactionPtr openTransaction(const vtgate::Session& session);
    void noteShards(vtgate::Session& session, const OpenTransactionPtr& open);
    EvaluationContext contextOf(const vtgate::Session& session);

    Engine& m_engine;
    std::map<int64_t, OpenTransactionPtr> m_open; ///< by transaction id; guarded by the engine's lock
    int64_t m_nextTransaction = 1;
};

/// Rows of a table that meet a condition, shard by shard in key order. Locked. The visitor says false to stop.
using RowVisit = std::function<bool(Shard& shard, std::string_view key, std::string_view bytes, const RowView& row)>;
void visitMatches(Engine& engine, const Transaction* transaction, LiveTable& table, const std::vector<Shard*>& shards,
                  const Expression* condition, const EvaluationContext& context, const RowVisit& visit);

} // namespace localbranch
