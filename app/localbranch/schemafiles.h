// Keyspaces from a folder, as vttestserver takes it: KEYSPACE/*.sql and KEYSPACE/vschema.json. Called before serving.
#pragma once

#include <map>
#include <string>

#include "app/localbranch/executor.h"

namespace localbranch {

/// Throws std::runtime_error with a sentence that names the file.
void loadSchema(Engine& engine, Executor& executor, const std::string& directory,
                const std::map<std::string, size_t>& shards);

} // namespace localbranch
