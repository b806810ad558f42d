#include "app/localbranch/informationschema.h"

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

struct ColumnShape
{
    const char* name;
    query::Type type;
};

Table tableOf(const std::string& name, std::initializer_list<ColumnShape> shapes)
{
    Table table;
    table.name = name;
    for (const ColumnShape& shape : shapes) {
        Column column;
        column.name = shape.name;
        column.type.type = shape.type;
        column.type.charset = hasFlag(shape.type, query::ISTEXT) ? 255 : 63;
        table.columns.push_back(std::move(column));
    }
    table.finish();
    return table;
}

std::string dataType(const ColumnType& type)
{
    return type.text.substr(0, type.text.find_first_of(" ("));
}

Cell defaultText(const Column& column)
{
    if (!column.initial)
        return std::nullopt;
    if (!column.initial->isNow)
        return column.initial->text;
    return "CURRENT_TIMESTAMP" +
           (column.type.decimals > 0 ? "(" + std::to_string(column.type.decimals) + ")" : std::string());
}

/// Every keyspace shows one database, that of its first shard: the one mysqld that would be asked.
template <typename Visit> void visitTables(Engine& engine, Visit visit)
{
    for (const auto& keyspace : engine.keyspaces()) {
        for (LiveTable* table : keyspace->tables())
            visit(keyspace->shard(0).database, *table);
    }
}

VirtualTable tables(Engine& engine)
{
    VirtualTable result;
    result.definition = tableOf("TABLES", {{"TABLE_CATALOG", query::VARBINARY},
                                           {"TABLE_SCHEMA", query::VARBINARY},
                                           {"TABLE_NAME", query::VARBINARY},
                                           {"TABLE_TYPE", query::BINARY},
                                           {"ENGINE", query::VARCHAR},
                                           {"TABLE_ROWS", query::UINT64},
                                           {"AVG_ROW_LENGTH", query::UINT64},
                                           {"DATA_LENGTH", query::UINT64},
                                           {"CREATE_TIME", query::TIMESTAMP},
                                           {"TABLE_COLLATION", query::VARCHAR},
                                           {"TABLE_COMMENT", query::VARCHAR}});
    visitTables(engine, [&](const std::string& database, LiveTable& table) {
        uint64_t rows = 0;
        uint64_t bytes = 0;
        table.store.scan(0, {}, [&](std::string_view, std::string_view row) {
            ++rows;
            bytes += row.size();
            return true;
        });
        result.rows.push_back({"def", database, table.definition->name, "BASE TABLE", "InnoDB", std::to_string(rows),
                               std::to_string(rows == 0 ? 0 : bytes / rows), std::to_string(bytes), std::nullopt,
                               table.definition->collation, table.definition->comment});
    });
    return result;
}

VirtualTable columns(Engine& engine)
{
    VirtualTable result;
    result.definition = tableOf("COLUMNS", {{"TABLE_CATALOG", query::VARBINARY},
                                            {"TABLE_SCHEMA", query::VARBINARY},
                                            {"TABLE_NAME", query::VARBINARY},
                                            {"COLUMN_NAME", query::VARCHAR},
                                            {"ORDINAL_POSITION", query::UINT32},
                                            {"COLUMN_DEFAULT", query::BLOB},
                                            {"IS_NULLABLE", query::VARCHAR},
                                            {"DATA_TYPE", query::BLOB},
                                            {"CHARACTER_MAXIMUM_LENGTH", query::INT64},
                                            {"NUMERIC_PRECISION", query::UINT32},
                                            {"NUMERIC_SCALE", query::UINT32},
                                            {"DATETIME_PRECISION", query::UINT32},
                                            {"CHARACTER_SET_NAME", query::VARCHAR},
                                            {"COLLATION_NAME", query::VARCHAR},
                                            {"COLUMN_TYPE", query::BLOB},
                                            {"COLUMN_KEY", query::BINARY},
                                            {"EXTRA", query::VARCHAR},
                                            {"COLUMN_COMMENT", query::VARBINARY},
                                            {"GENERATION_EXPRESSION", query::BLOB}});
    visitTables(engine, [&](const std::string& database, LiveTable& live) {
        const Table& table = *live.definition;
        for (size_t i = 0; i < table.columns.size(); ++i) {
            const Column& column = table.columns[i];
            const bool isCharacter = column.type.charset != 63;
            const bool isSized = isCharacter || column.type.type == query::VARBINARY ||
                                 column.type.type == query::BINARY || column.type.type == query::BLOB;
            const bool isDecimal = column.type.type == query::DECIMAL;
            const bool hasFraction = column.type.isTemporal() && column.type.type != query::DATE;
            result.rows.push_back({"def", database, table.name, column.name, std::to_string(i + 1), defaultText(column),
                                   column.isNotNull ? "NO" : "YES", dataType(column.type),
                                   isSized ? Cell(std::to_string(column.type.size)) : std::nullopt,
                                   isDecimal ? Cell(std::to_string(column.type.size)) : std::nullopt,
                                   isDecimal ? Cell(std::to_string(column.type.decimals)) : std::nullopt,
                                   hasFraction ? Cell(std::to_string(column.type.decimals)) : std::nullopt,
                                   isCharacter ? Cell("utf8mb4") : std::nullopt,
                                   isCharacter
                                       ? Cell(column.type.hasBinaryCollation() ? "utf8mb4_bin" : "utf8mb4_0900_ai_ci")
                                       : std::nullopt,
                                   column.type.text, table.columnKey(i), table.extraOf(i), column.comment, ""});
        }
    });
    return result;
}

VirtualTable statistics(Engine& engine)
{
    VirtualTable result;
    result.definition = tableOf("STATISTICS", {{"TABLE_CATALOG", query::VARBINARY},
                                               {"TABLE_SCHEMA", query::VARBINARY},
                                               {"TABLE_NAME", query::VARBINARY},
                                               {"NON_UNIQUE", query::INT64},
                                               {"INDEX_SCHEMA", query::VARBINARY},
                                               {"INDEX_NAME", query::VARCHAR},
                                               {"SEQ_IN_INDEX", query::UINT32},
                                               {"COLUMN_NAME", query::VARCHAR},
                                               {"COLLATION", query::VARCHAR},
                                               {"NULLABLE", query::VARCHAR},
                                               {"INDEX_TYPE", query::VARBINARY}});
    visitTables(engine, [&](const std::string& database, LiveTable& live) {
        const Table& table = *live.definition;
        for (const Index& index : table.indexes) {
            for (size_t i = 0; i < index.parts.size(); ++i) {
                const Column& column = table.columns[index.parts[i].column];
                result.rows.push_back({"def", database, table.name, index.isUnique ? "0" : "1", database, index.name,
                                       std::to_string(i + 1), column.name, index.parts[i].isDescending ? "D" : "A",
                                       column.isNotNull ? "" : "YES", "BTREE"});
            }
        }
    });
    return result;
}

VirtualTable keyColumnUsage(Engine& engine)
{
    VirtualTable result;
    result.definition = tableOf("KEY_COLUMN_USAGE", {{"CONSTRAINT_SCHEMA", query::VARBINARY},
                                                     {"CONSTRAINT_NAME", query::VARCHAR},
                                                     {"TABLE_SCHEMA", query::VARBINARY},
                                                     {"TABLE_NAME", query::VARBINARY},
                                                     {"COLUMN_NAME", query::VARCHAR},
                                                     {"ORDINAL_POSITION", query::UINT32}});
    visitTables(engine, [&](const std::string& database, LiveTable& live) {
        const Table& table = *live.definition;
        for (const Index& index : table.indexes) {
            for (size_t i = 0; index.isUnique && i < index.parts.size(); ++i)
                result.rows.push_back({database, index.name, database, table.name,
                                       table.columns[index.parts[i].column].name, std::to_string(i + 1)});
        }
    });
    return result;
}

VirtualTable schemata(Engine& engine)
{
    VirtualTable result;
    result.definition = tableOf("SCHEMATA", {{"CATALOG_NAME", query::VARBINARY}, {"SCHEMA_NAME", query::VARBINARY}});
    for (const auto& keyspace : engine.keyspaces())
        result.rows.push_back({"def", keyspace->shard(0).database});
    return result;
}

} // namespace

VirtualTable informationSchemaTable(Engine& engine, const std::string& name)
{
    const std::string word = lowered(name);
    if (word == "tables")
        return tables(engine);
    if (word == "columns")
        return columns(engine);
    if (word == "statistics")
        return statistics(engine);
    if (word == "key_column_usage")
        return keyColumnUsage(engine);
    if (word == "schemata")
        return schemata(engine);
    throw SqlError(vtrpc::UNIMPLEMENTED, "VT12001: unsupported: the local branch has no information_schema." + name);
}

void rewriteSchemaNames(Engine& engine, Expression& condition, const std::string& database)
{
    for (Expression& part : condition.parts)
        rewriteSchemaNames(engine, part, database);
    if (condition.kind != Expression::Kind::Compare || condition.name != "=" ||
        condition.parts[0].kind != Expression::Kind::Column || !lowered(condition.parts[0].name).ends_with("_schema"))
        return;
    Expression& side = condition.parts[1];
    std::string name;
    if (side.kind == Expression::Kind::Literal)
        name = side.value.text;
    else if (side.kind == Expression::Kind::Function && (side.name == "database" || side.name == "schema"))
        name = database;
    Keyspace* keyspace = engine.findKeyspace(name);
    if (keyspace == nullptr)
        return;
    side = Expression();
    side.value = Value::textOf(keyspace->shard(0).database);
}

} // namespace localbranch
