// SHOW statements and system variables: how a client finds keyspaces, shards, tablets, tables and positions. Locked.
#pragma once

#include <string>

#include "app/localbranch/engine.h"
#include "app/localbranch/sqllexer.h"
#include "app/localbranch/target.h"
#include "app/localbranch/value.h"
#include "query.pb.h"

namespace localbranch {

inline constexpr const char* kCell = "local";

/// `tokens` stands after the word SHOW.
query::QueryResult shown(Engine& engine, TokenCursor tokens, const std::string& sessionTarget);

/// A variable as `@@version` or `@@global.gtid_purged`; NULL if it is not known.
Value systemVariable(Engine& engine, const Target& target, const std::string& name);

/// `local-0000000001`.
std::string tabletAlias(uint32_t uid);

} // namespace localbranch
