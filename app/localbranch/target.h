// Where a statement goes: `keyspace[:shard][@type]` of a session, or what a table name says. Any thread.
#pragma once

#include <string>
#include <vector>

#include "app/localbranch/engine.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/sqlparser.h"
#include "topodata.pb.h"

namespace localbranch {

struct Target
{
    std::string keyspace;
    std::string shard;
    topodata::TabletType type = topodata::PRIMARY;

    /// Throws SqlError for a tablet type that does not exist.
    static Target parse(const std::string& text);
};

/// A table, and the shards that a statement on it concerns.
struct TableTarget
{
    LiveTable* table = nullptr;
    std::vector<Shard*> shards;
    bool isShardNamed = false;
    topodata::TabletType type = topodata::PRIMARY;
};

/// Locked. Throws as vtgate does for unknown keyspaces, shards and tables.
TableTarget resolvedTable(Engine& engine, const TableName& name, const std::string& sessionTarget);
Keyspace& resolvedKeyspace(Engine& engine, const std::string& name);
/// The keyspace of the session. Throws VT09005 if it has none.
Keyspace& sessionKeyspace(Engine& engine, const std::string& sessionTarget);
/// The shards of a session's target, all of the keyspace if it names none.
std::vector<Shard*> resolvedShards(Keyspace& keyspace, const Target& target);

const char* lowerName(topodata::TabletType type);
std::string upperName(topodata::TabletType type);

/// An error of the tablet below, with the words that vtgate puts around it.
SqlError tabletError(const Shard& shard, topodata::TabletType type, const SqlError& error);

} // namespace localbranch
