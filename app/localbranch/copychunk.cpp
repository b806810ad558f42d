#include "app/localbranch/copychunk.h"

#include "app/localbranch/sqlerror.h"
#include "app/localbranch/sqllexer.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

/// What a row costs in an event beside its own bytes.
constexpr size_t kEventOverhead = 40;
constexpr size_t kRowNumberBytes = 8;

} // namespace

CopyChunk readChunk(Engine& engine, LiveTable& table, Shard& shard, const std::string& afterKey, size_t mostBytes)
{
    CopyChunk chunk;
    chunk.isLast = true;
    const Engine::Guard guard = engine.guard();
    chunk.position = shard.log.last();
    chunk.definition = table.definition;
    chunk.shardingColumn = table.shardingColumn;
    size_t bytes = 0;
    std::string from = afterKey;
    if (!from.empty())
        from += '\0';
    engine.scan(nullptr, table, shard.ordinal, from, [&](std::string_view key, std::string_view row) {
        if (bytes >= mostBytes) {
            chunk.isLast = false;
            return false;
        }
        chunk.rows.emplace_back(row);
        chunk.lastKey = key;
        bytes += row.size() + kEventOverhead;
        return true;
    });
    return chunk;
}

std::string keyOfLastKnown(const Table& table, const query::QueryResult& lastKnown)
{
    RowView cells;
    std::string bytes;
    if (lastKnown.rows_size() > 0)
        bytes = lastKnown.rows(0).SerializeAsString();
    readRow(bytes, cells);
    std::string key;
    for (const size_t column : table.key) {
        std::optional<size_t> at;
        for (int i = 0; i < lastKnown.fields_size(); ++i) {
            if (equalsIgnoringCase(lastKnown.fields(i).name(), table.columns[column].name))
                at = static_cast<size_t>(i);
        }
        if (!at || *at >= cells.size())
            throw SqlError(vtrpc::UNKNOWN, "primary key column " + table.columns[column].name +
                                               " is missing in the lastpk of table " + table.name);
        appendKeyPart(key, table.columns[column].type, cells[*at]);
    }
    // Equal rows of a table without key count as read.
    if (!table.isKeyUnique)
        key.append(kRowNumberBytes, '\xFF');
    return key;
}

query::QueryResult lastKnownKey(const Table& table, const std::string& packed)
{
    RowView cells;
    readRow(packed, cells);
    query::QueryResult result;
    query::Row& row = *result.add_rows();
    for (const size_t column : table.key) {
        *result.add_fields() = fieldOf(table, column, FieldStyle::Key, "");
        row.add_lengths(cells[column] ? static_cast<int64_t>(cells[column]->size()) : -1);
        if (cells[column])
            row.mutable_values()->append(*cells[column]);
    }
    return result;
}

} // namespace localbranch
