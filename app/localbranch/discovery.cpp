#include "app/localbranch/discovery.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "app/localbranch/evaluator.h"
#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

constexpr uint32_t kUtf8mb3Collation = 33;

struct TabletKind
{
    const char* name;
    uint32_t offset;
};
constexpr std::array<TabletKind, 3> kTabletKinds = {{{"PRIMARY", 0}, {"REPLICA", 1}, {"RDONLY", 2}}};

/// Headers of results that vtgate makes itself carry a charset; those that come from MySQL do not.
query::QueryResult header(std::initializer_list<const char*> names, bool isFromGate)
{
    query::QueryResult result;
    for (const char* name : names) {
        query::Field& field = *result.add_fields();
        field.set_name(name);
        field.set_type(query::VARCHAR);
        if (isFromGate) {
            field.set_charset(kUtf8mb3Collation);
            field.set_flags(query::NOT_NULL_FLAG);
        }
    }
    return result;
}

void addRow(query::QueryResult& result, const Row& cells)
{
    query::Row& row = *result.add_rows();
    for (const Cell& cell : cells) {
        row.add_lengths(cell ? static_cast<int64_t>(cell->size()) : -1);
        if (cell)
            row.mutable_values()->append(*cell);
    }
}

std::string takenPattern(TokenCursor& tokens)
{
    if (!tokens.acceptWord("like"))
        return "%";
    if (tokens.peek().kind != TokenKind::Text)
        tokens.fail();
    return tokens.next().text;
}

/// FROM `ks` or nothing.
std::string takenFrom(TokenCursor& tokens)
{
    return tokens.acceptWord("from") || tokens.acceptWord("in") ? tokens.expectName() : "";
}

query::QueryResult shownShards(Engine& engine, const std::string& pattern)
{
    query::QueryResult result = header({"Shards"}, true);
    for (const auto& keyspace : engine.keyspaces()) {
        for (size_t i = 0; i < keyspace->shardCount(); ++i) {
            const std::string name = keyspace->name() + "/" + keyspace->shard(i).name;
            if (likeMatches(name, pattern))
                addRow(result, {name});
        }
    }
    return result;
}

query::QueryResult shownTablets(Engine& engine)
{
    static const std::string kStart = dateTimeText(nowNanoseconds(), 0);
    const std::string since = kStart.substr(0, 10) + "T" + kStart.substr(11) + "Z";
    query::QueryResult result =
        header({"Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime"}, true);
    for (const auto& keyspace : engine.keyspaces()) {
        for (size_t i = 0; i < keyspace->shardCount(); ++i) {
            const Shard& shard = keyspace->shard(i);
            for (const TabletKind& kind : kTabletKinds)
                addRow(result,
                       {kCell, keyspace->name(), shard.name, kind.name, "SERVING",
                        tabletAlias(shard.primaryUid + kind.offset), "localhost", kind.offset == 0 ? since : ""});
        }
    }
    return result;
}

query::QueryResult shownReplication(Engine& engine)
{
    query::QueryResult result = header({"Keyspace", "Shard", "TabletType", "Alias", "Hostname", "ReplicationSource",
                                        "ReplicationHealth", "ReplicationLag", "ThrottlerStatus"},
                                       true);
    for (const auto& keyspace : engine.keyspaces()) {
        for (size_t i = 0; i < keyspace->shardCount(); ++i) {
            const Shard& shard = keyspace->shard(i);
            for (const TabletKind& kind : kTabletKinds) {
                if (kind.offset != 0)
                    addRow(result,
                           {keyspace->name(), shard.name, kind.name, tabletAlias(shard.primaryUid + kind.offset),
                            "localhost", "localhost:3306",
                            R"({"EventStreamRunning":"Yes","EventApplierRunning":"Yes","LastError":""})", "0", ""});
            }
        }
    }
    return result;
}

Keyspace& namedOrSession(Engine& engine, const std::string& name, const std::string& sessionTarget)
{
    return name.empty() ? sessionKeyspace(engine, sessionTarget) : resolvedKeyspace(engine, name);
}

query::QueryResult shownGtids(Engine& engine, TokenCursor& tokens, const std::string& sessionTarget)
{
    const bool isVgtid = tokens.acceptWord("vgtid_executed");
    if (!isVgtid)
        tokens.expectWord("gtid_executed");
    Keyspace& keyspace = namedOrSession(engine, takenFrom(tokens), sessionTarget);
    tokens.expectEnd();
    if (!isVgtid) {
        query::QueryResult result = header({"db_name", "gtid_executed", "shard"}, false);
        for (size_t i = 0; i < keyspace.shardCount(); ++i)
            addRow(result, {keyspace.name(), keyspace.shard(i).log.executed().text(), keyspace.shard(i).name});
        return result;
    }
    query::QueryResult result = header({"db_name", "global vgtid_executed"}, false);
    std::string text;
    for (size_t i = 0; i < keyspace.shardCount(); ++i) {
        const Shard& shard = keyspace.shard(i);
        text += std::string(i == 0 ? "" : " ") + "shard_gtids:{keyspace:\"" + keyspace.name() + "\" shard:\"" +
                shard.name + "\" gtid:\"" + shard.log.executed().text() + "\"}";
    }
    addRow(result, {keyspace.name(), text});
    return result;
}

query::QueryResult shownTables(Engine& engine, TokenCursor& tokens, const std::string& sessionTarget, bool isFull)
{
    const std::string from = takenFrom(tokens);
    const std::string pattern = takenPattern(tokens);
    tokens.expectEnd();
    Keyspace& keyspace = namedOrSession(engine, from, sessionTarget);
    const Target target = Target::parse(sessionTarget);
    const bool isShardNamed = from.empty() && !target.shard.empty();
    query::QueryResult result;
    query::Field& name = *result.add_fields();
    name.set_name("Tables_in_" + (isShardNamed ? "vt_" + keyspace.name() + "_" + target.shard : keyspace.name()));
    name.set_type(query::VARBINARY);
    if (isFull) {
        query::Field& kind = *result.add_fields();
        kind.set_name("Table_type");
        kind.set_type(query::BINARY);
    }
    for (LiveTable* table : keyspace.tables()) {
        if (!likeMatches(table->definition->name, pattern))
            continue;
        addRow(result, isFull ? Row{table->definition->name, "BASE TABLE"} : Row{table->definition->name});
    }
    return result;
}

TableName takenTable(TokenCursor& tokens)
{
    TableName name;
    name.table = tokens.expectName();
    if (tokens.acceptSymbol(".")) {
        name.keyspace = name.table;
        name.table = tokens.expectName();
    }
    const std::string from = takenFrom(tokens);
    if (!from.empty())
        name.keyspace = from;
    return name;
}

query::QueryResult shownColumns(Engine& engine, TokenCursor& tokens, const std::string& sessionTarget)
{
    if (!tokens.acceptWord("from"))
        tokens.expectWord("in");
    const TableName name = takenTable(tokens);
    tokens.expectEnd();
    const TablePtr table = resolvedTable(engine, name, sessionTarget).table->definition;
    query::QueryResult result = header({"Field", "Type", "Null", "Key", "Default", "Extra"}, false);
    result.mutable_fields(1)->set_type(query::BLOB);
    result.mutable_fields(3)->set_type(query::BINARY);
    result.mutable_fields(4)->set_type(query::BLOB);
    for (size_t i = 0; i < table->columns.size(); ++i) {
        const Column& column = table->columns[i];
        Cell initial;
        if (column.initial)
            initial =
                column.initial->isNow
                    ? "CURRENT_TIMESTAMP" +
                          (column.type.decimals > 0 ? "(" + std::to_string(column.type.decimals) + ")" : std::string())
                    : column.initial->text;
        addRow(result, {column.name, column.type.text, column.isNotNull ? "NO" : "YES", table->columnKey(i), initial,
                        table->extraOf(i)});
    }
    return result;
}

query::QueryResult shownVschema(Engine& engine, TokenCursor& tokens, const std::string& sessionTarget)
{
    if (tokens.acceptWord("keyspaces")) {
        tokens.expectEnd();
        query::QueryResult result = header({"Keyspace", "Sharded", "Foreign Key", "Comment"}, true);
        for (const auto& keyspace : engine.keyspaces())
            addRow(result, {keyspace->name(), keyspace->isSharded() ? "true" : "false", "unmanaged", ""});
        return result;
    }
    tokens.expectWord("tables");
    tokens.expectEnd();
    Keyspace& keyspace = sessionKeyspace(engine, sessionTarget);
    query::QueryResult result = header({"Tables"}, true);
    for (LiveTable* table : keyspace.tables())
        addRow(result, {table->definition->name});
    return result;
}

} // namespace

std::string tabletAlias(uint32_t uid)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%s-%010u", kCell, uid);
    return text.data();
}

query::QueryResult shown(Engine& engine, TokenCursor tokens, const std::string& sessionTarget)
{
    const bool isVitessForm = tokens.acceptWord("vitess_keyspaces");
    if (isVitessForm || tokens.isWord("keyspaces") || tokens.isWord("databases") || tokens.isWord("schemas")) {
        const bool hasSystem = tokens.isWord("databases") || tokens.isWord("schemas");
        if (!isVitessForm)
            tokens.next();
        const std::string pattern = takenPattern(tokens);
        tokens.expectEnd();
        query::QueryResult result = header({"Database"}, true);
        for (const auto& keyspace : engine.keyspaces()) {
            if (likeMatches(keyspace->name(), pattern))
                addRow(result, {keyspace->name()});
        }
        for (const char* name : {"information_schema", "mysql", "sys", "performance_schema"}) {
            if (hasSystem && likeMatches(name, pattern))
                addRow(result, {name});
        }
        return result;
    }
    if (tokens.acceptWord("vitess_shards")) {
        const std::string pattern = takenPattern(tokens);
        tokens.expectEnd();
        return shownShards(engine, pattern);
    }
    if (tokens.acceptWord("vitess_tablets")) {
        const bool matches = likeMatches("localhost", takenPattern(tokens));
        query::QueryResult result = shownTablets(engine);
        if (!matches)
            result.clear_rows();
        return result;
    }
    if (tokens.acceptWord("vitess_replication_status"))
        return shownReplication(engine);
    if (tokens.acceptWord("vitess_target")) {
        query::QueryResult result = header({"Target"}, true);
        addRow(result, {sessionTarget});
        return result;
    }
    if (tokens.acceptWord("vitess_throttled_apps")) {
        query::QueryResult result = header({"app", "expire_at", "ratio"}, false);
        result.mutable_fields(1)->set_type(query::TIMESTAMP);
        result.mutable_fields(2)->set_type(query::DECIMAL);
        Keyspace& keyspace = sessionKeyspace(engine, sessionTarget);
        for (size_t i = 0; i < keyspace.shardCount(); ++i)
            addRow(result, {"always-throttled-app", "2036-01-01 00:00:00", "1"});
        return result;
    }
    if (tokens.acceptWord("global"))
        return shownGtids(engine, tokens, sessionTarget);
    if (tokens.acceptWord("tables"))
        return shownTables(engine, tokens, sessionTarget, false);
    if (tokens.acceptWords({"full", "tables"}))
        return shownTables(engine, tokens, sessionTarget, true);
    if (tokens.acceptWord("columns") || tokens.acceptWord("fields"))
        return shownColumns(engine, tokens, sessionTarget);
    if (tokens.acceptWord("vschema"))
        return shownVschema(engine, tokens, sessionTarget);
    if (tokens.acceptWords({"create", "table"})) {
        const TableName name = takenTable(tokens);
        tokens.expectEnd();
        const TablePtr table = resolvedTable(engine, name, sessionTarget).table->definition;
        query::QueryResult result = header({"Table", "Create Table"}, false);
        addRow(result, {table->name, table->createStatement()});
        return result;
    }
    throw SqlError(vtrpc::UNIMPLEMENTED,
                   "VT12001: unsupported: the local branch does not know SHOW " + tokens.peek().text);
}

Value systemVariable(Engine& engine, const Target& target, const std::string& name)
{
    if (name == "version" || name == "global.version")
        return Value::textOf("8.4.6-Vitess");
    if (name == "version_comment")
        return Value::textOf("Version: 24.0.2 (local branch of vtscope " VTSCOPE_VERSION ")");
    if (name == "autocommit" || name == "session.autocommit")
        return Value::number("1");
    if (name == "time_zone" || name == "session.time_zone" || name == "global.time_zone")
        return Value::textOf("SYSTEM");
    if (name == "global.gtid_purged" || name == "global.gtid_executed" || name == "gtid_purged" ||
        name == "gtid_executed") {
        const std::vector<Shard*> shards = resolvedShards(sessionKeyspace(engine, target.keyspace), target);
        const ShardLog& log = shards.front()->log;
        return Value::textOf((name.ends_with("purged") ? log.purged() : log.executed()).text());
    }
    throw MysqlError(vtrpc::NOT_FOUND, "VT05006: unknown system variable '@@" + name + "'", 1193, "HY000");
}

} // namespace localbranch
