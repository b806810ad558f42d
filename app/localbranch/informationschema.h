// The part of information_schema that clients ask for, made up from the catalogue. Locked.
#pragma once

#include <string>
#include <vector>

#include "app/localbranch/engine.h"
#include "app/localbranch/evaluator.h"

namespace localbranch {

struct VirtualTable
{
    Table definition;
    std::vector<Row> rows;
};

/// Throws SqlError for other tables than tables, columns, statistics, key_column_usage and schemata.
VirtualTable informationSchemaTable(Engine& engine, const std::string& name);

/// vtgate's favour: `table_schema = '<keyspace>'` means the MySQL database of one of its shards. Only in equalities.
void rewriteSchemaNames(Engine& engine, Expression& condition, const std::string& database);

} // namespace localbranch
