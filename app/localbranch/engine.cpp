#include "app/localbranch/engine.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <set>

#include "app/localbranch/ddlparser.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

constexpr uint32_t kTabletsPerShard = 3;

std::string uniqueKeyOf(const Table& table, const Index& index, const Row& row)
{
    std::string key;
    for (const KeyPart& part : index.parts) {
        const Cell& cell = row[part.column];
        // A NULL in a unique key equals nothing.
        if (!cell)
            return {};
        appendKeyPart(key, table.columns[part.column].type, CellView(*cell));
    }
    return key;
}

std::string liveRow(const Table& table, std::string_view bytes)
{
    if (!table.differsInStreams)
        return std::string(bytes);
    RowView view;
    readRow(bytes, view);
    Row row = ownedRow(view);
    for (size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
        if (row[i])
            row[i] = liveText(table.columns[i].type, *row[i]);
    }
    return packedRow(row);
}

[[noreturn]] void failDuplicate(const Table& table, const Index& index, const Row& row)
{
    std::string entry;
    for (const KeyPart& part : index.parts)
        entry += (entry.empty() ? "" : "-") + row[part.column].value_or("NULL");
    throw MysqlError(vtrpc::ALREADY_EXISTS,
                     "Duplicate entry '" + entry + "' for key '" + table.name + "." + index.name + "'", 1062, "23000");
}

} // namespace

Shard::Shard(std::string keyspaceName, KeyRange keyRange, size_t at, uint32_t tabletUid, std::string uuid,
             uint64_t last, size_t mostLogBytes)
    : keyspace(std::move(keyspaceName)), name(keyRange.name), database("vt_" + keyspace + "_" + name),
      range(std::move(keyRange)), ordinal(at), primaryUid(tabletUid), log(std::move(uuid), last, mostLogBytes)
{
}

LiveTable::LiveTable(uint32_t number, Keyspace& owner, TablePtr table, Store& rows)
    : id(number), keyspace(owner), definition(std::move(table)), store(rows, definition->name)
{
}

Keyspace::Keyspace(std::string name, bool isSharded, const std::string& storePath)
    : m_name(std::move(name)), m_isSharded(isSharded), m_store(storePath)
{
}

Shard* Keyspace::findShard(std::string_view shardName)
{
    for (const auto& shard : m_shards) {
        if (shard->name == shardName)
            return shard.get();
    }
    return nullptr;
}

LiveTable* Keyspace::findTable(std::string_view table)
{
    const auto found = m_tables.find(std::string(table));
    return found == m_tables.end() ? nullptr : found->second.get();
}

std::vector<LiveTable*> Keyspace::tables()
{
    std::vector<LiveTable*> found;
    for (const auto& [name, table] : m_tables)
        found.push_back(table.get());
    return found;
}

bool Transaction::touches(const Shard& shard) const
{
    return std::any_of(m_slots.begin(), m_slots.end(), [&shard](const auto& entry) {
        return entry.second.shard == shard.ordinal && entry.second.table->keyspace.name() == shard.keyspace;
    });
}

std::string Engine::newUuid()
{
    std::random_device device;
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-a%03x-%08x%04x", device(), device() & 0xFFFFU,
                  device() & 0xFFFU, device() & 0xFFFU, device(), device() & 0xFFFFU);
    return text.data();
}

bool Engine::addKeyspace(const std::string& name, bool isSharded, const std::vector<KeyRange>& ranges,
                         const std::map<std::string, std::string>& shardingColumns)
{
    const std::string path = m_settings.dataFile.empty() ? "" : m_settings.dataFile + "." + name;
    auto keyspace = std::make_unique<Keyspace>(name, isSharded, path);
    keyspace->m_shardingColumns = shardingColumns;
    for (const KeyRange& range : ranges) {
        const auto position = keyspace->m_store.position(range.name);
        const std::string uuid = position ? position->uuid : newUuid();
        keyspace->m_shards.push_back(std::make_unique<Shard>(name, range, keyspace->m_shards.size(), m_nextTablet, uuid,
                                                             position ? position->number : 0,
                                                             m_settings.keptLogBytes / ranges.size()));
        m_nextTablet += kTabletsPerShard;
    }
    const auto stored = keyspace->m_store.tables();
    for (const auto& [table, definition] : stored) {
        TokenCursor tokens(definition);
        tokens.rewind(3);
        adopt(*keyspace, parsedTableBody(tokens, table));
    }
    if (stored.empty())
        appendSchemaChange(*keyspace, "create database if not exists `vt_" + name + "`", "");
    m_keyspaces.push_back(std::move(keyspace));
    return !stored.empty();
}

Keyspace* Engine::findKeyspace(std::string_view name)
{
    for (const auto& keyspace : m_keyspaces) {
        if (keyspace->name() == name)
            return keyspace.get();
    }
    return nullptr;
}

void Engine::adopt(Keyspace& keyspace, const TablePtr& table)
{
    auto live = std::make_unique<LiveTable>(m_nextTable++, keyspace, table, keyspace.m_store);
    if (keyspace.isSharded()) {
        const auto sharding = keyspace.m_shardingColumns.find(table->name);
        if (sharding != keyspace.m_shardingColumns.end())
            live->shardingColumn = table->columnIndex(sharding->second);
    }
    rebuildUniques(*live);
    keyspace.m_tables[table->name] = std::move(live);
}

void Engine::rebuildUniques(LiveTable& table)
{
    table.uniques.clear();
    const Table& definition = *table.definition;
    std::vector<size_t> keyColumns;
    for (size_t i = 0; i < definition.indexes.size(); ++i) {
        if (definition.indexes[i].isUnique) {
            UniqueKeys unique;
            unique.index = i;
            unique.rowOfKey.resize(table.keyspace.shardCount());
            table.uniques.push_back(std::move(unique));
        }
    }
    // The first unique key is the row key itself, if there is one.
    if (definition.isKeyUnique && !table.uniques.empty())
        table.uniques.erase(table.uniques.begin());
    const auto automatic = std::find_if(definition.columns.begin(), definition.columns.end(),
                                        [](const Column& column) { return column.isAutoIncrement; });
    if (table.uniques.empty() && definition.isKeyUnique && automatic == definition.columns.end())
        return;
    for (size_t shard = 0; shard < table.keyspace.shardCount(); ++shard) {
        table.store.scan(shard, {}, [&](std::string_view key, std::string_view bytes) {
            RowView view;
            readRow(bytes, view);
            const Row row = ownedRow(view);
            for (UniqueKeys& unique : table.uniques) {
                const std::string uniqueKey = uniqueKeyOf(definition, definition.indexes[unique.index], row);
                if (!uniqueKey.empty())
                    unique.rowOfKey[shard][uniqueKey] = key;
            }
            if (automatic != definition.columns.end()) {
                const Cell& cell = row[static_cast<size_t>(automatic - definition.columns.begin())];
                table.nextAutoIncrement = std::max<uint64_t>(
                    table.nextAutoIncrement, std::strtoull(cell.value_or("0").c_str(), nullptr, 10) + 1);
            }
            ++table.nextRow;
            return true;
        });
    }
}

void Engine::appendSchemaChange(Keyspace& keyspace, const std::string& statement, const std::string& table)
{
    for (const auto& shard : keyspace.m_shards) {
        LogTransaction transaction;
        transaction.begunAt = nowNanoseconds();
        transaction.committedAt = transaction.begunAt;
        transaction.schemaChange = SchemaChange{statement, table};
        shard->log.append(std::move(transaction));
        keyspace.m_store.setPosition(shard->name, {shard->log.uuid(), shard->log.last()});
    }
}

void Engine::waitForNoWriters(const LiveTable& table) const
{
    const std::string prefix = addressOf(table, 0, {}).substr(0, 4);
    for (const auto& [address, owner] : m_locks) {
        if (address.starts_with(prefix))
            throw RowIsLocked{};
    }
}

void Engine::createTable(Keyspace& keyspace, const TablePtr& table, const std::string& statement)
{
    if (keyspace.findTable(table->name) != nullptr)
        throw MysqlError(vtrpc::UNKNOWN, "Table '" + table->name + "' already exists", 1050, "42S01");
    keyspace.m_store.createTable(table->name, table->createStatement());
    adopt(keyspace, table);
    appendSchemaChange(keyspace, statement, table->name);
}

void Engine::dropTable(LiveTable& table, const std::string& statement)
{
    waitForNoWriters(table);
    Keyspace& keyspace = table.keyspace;
    const std::string name = table.definition->name;
    keyspace.m_store.dropTable(name);
    keyspace.m_dropped.push_back(std::move(keyspace.m_tables[name]));
    keyspace.m_tables.erase(name);
    appendSchemaChange(keyspace, statement, name);
}

void Engine::alterTable(LiveTable& table, const TablePtr& definition, const std::string& statement,
                        const std::function<Row(const RowView&)>& changed)
{
    waitForNoWriters(table);
    Keyspace& keyspace = table.keyspace;
    std::vector<std::pair<size_t, Row>> rows;
    for (size_t shard = 0; shard < keyspace.shardCount(); ++shard) {
        table.store.scan(shard, {}, [&](std::string_view, std::string_view bytes) {
            RowView view;
            readRow(bytes, view);
            rows.emplace_back(shard, changed(view));
            return true;
        });
    }
    keyspace.m_store.begin();
    table.store.clear();
    table.definition = definition;
    for (const auto& [shard, row] : rows)
        table.store.put(shard, rowKey(table, row), packedRow(row));
    keyspace.m_store.alterTable(definition->name, definition->createStatement());
    keyspace.m_store.commit();
    const auto sharding = keyspace.m_shardingColumns.find(definition->name);
    if (table.shardingColumn && sharding != keyspace.m_shardingColumns.end())
        table.shardingColumn = definition->columnIndex(sharding->second);
    rebuildUniques(table);
    appendSchemaChange(keyspace, statement, definition->name);
}

std::string Engine::addressOf(const LiveTable& table, size_t shard, std::string_view key) const
{
    std::string address;
    address.reserve(6 + key.size());
    for (int shift = 24; shift >= 0; shift -= 8)
        address += static_cast<char>(table.id >> static_cast<unsigned>(shift) & 0xFFU);
    address += static_cast<char>(shard >> 8U & 0xFFU);
    address += static_cast<char>(shard & 0xFFU);
    address += key;
    return address;
}

std::string Engine::rowKey(LiveTable& table, const Row& row)
{
    std::string key = keyOf(*table.definition, row);
    if (!table.definition->isKeyUnique) {
        const uint64_t number = table.nextRow++;
        for (int shift = 56; shift >= 0; shift -= 8)
            key += static_cast<char>(number >> static_cast<unsigned>(shift) & 0xFFU);
    }
    return key;
}

size_t Engine::shardOf(const LiveTable& table, const Row& row) const
{
    Keyspace& keyspace = table.keyspace;
    if (!keyspace.isSharded())
        return 0;
    if (!table.shardingColumn)
        throw SqlError(vtrpc::FAILED_PRECONDITION,
                       "VT09001: table '" + table.definition->name + "' does not have a primary vindex");
    const Cell& cell = row[*table.shardingColumn];
    const auto keyspaceId = cell ? keyspaceIdOf(*cell) : std::nullopt;
    if (!keyspaceId)
        throw SqlError(vtrpc::INVALID_ARGUMENT,
                       "could not map the value of the sharding column to a unique keyspace id");
    for (size_t i = 0; i < keyspace.shardCount(); ++i) {
        if (keyspace.shard(i).range.contains(*keyspaceId))
            return i;
    }
    throw SqlError(vtrpc::INTERNAL, "no shard has this keyspace id");
}

std::optional<std::string> Engine::row(const Transaction* transaction, LiveTable& table, size_t shard,
                                       const std::string& key)
{
    if (transaction != nullptr) {
        const auto slot = transaction->m_slots.find(addressOf(table, shard, key));
        if (slot != transaction->m_slots.end())
            return slot->second.row;
    }
    return table.store.get(shard, key);
}

void Engine::scan(const Transaction* transaction, LiveTable& table, size_t shard, std::string_view from,
                  const Visit& visit)
{
    if (transaction == nullptr || transaction->m_slots.empty()) {
        table.store.scan(shard, from, visit);
        return;
    }
    // Stored rows and the transaction's own, merged by key; the own ones win.
    const std::string prefix = addressOf(table, shard, {});
    auto own = transaction->m_slots.lower_bound(addressOf(table, shard, from));
    const auto isOwn = [&] { return own != transaction->m_slots.end() && own->first.starts_with(prefix); };
    bool goesOn = true;
    const auto visitOwnBelow = [&](const std::string_view* limit) {
        while (goesOn && isOwn() && (limit == nullptr || std::string_view(own->second.key) < *limit)) {
            if (own->second.row)
                goesOn = visit(own->second.key, *own->second.row);
            ++own;
        }
    };
    table.store.scan(shard, from, [&](std::string_view key, std::string_view bytes) {
        visitOwnBelow(&key);
        if (!goesOn)
            return false;
        if (isOwn() && own->second.key == key) {
            if (own->second.row)
                goesOn = visit(key, *own->second.row);
            ++own;
        } else {
            goesOn = visit(key, bytes);
        }
        return goesOn;
    });
    visitOwnBelow(nullptr);
}

void Engine::checkUnique(const Transaction& transaction, LiveTable& table, size_t shard, const Row& row,
                         const std::string& ownKey)
{
    const Table& definition = *table.definition;
    for (const UniqueKeys& unique : table.uniques) {
        const Index& index = definition.indexes[unique.index];
        const std::string uniqueKey = uniqueKeyOf(definition, index, row);
        if (uniqueKey.empty())
            continue;
        const auto stored = unique.rowOfKey[shard].find(uniqueKey);
        if (stored != unique.rowOfKey[shard].end() && stored->second != ownKey) {
            const auto slot = transaction.m_slots.find(addressOf(table, shard, stored->second));
            if (slot == transaction.m_slots.end())
                failDuplicate(definition, index, row);
        }
        for (const auto& [address, slot] : transaction.m_slots) {
            if (slot.table != &table || slot.shard != shard || !slot.row || slot.key == ownKey)
                continue;
            RowView view;
            readRow(*slot.row, view);
            if (uniqueKeyOf(definition, index, ownedRow(view)) == uniqueKey)
                failDuplicate(definition, index, row);
        }
    }
}

void Engine::insert(Transaction& transaction, LiveTable& table, size_t shard, const Row& row)
{
    const std::string key = rowKey(table, row);
    if (table.definition->isKeyUnique && this->row(&transaction, table, shard, key))
        failDuplicate(*table.definition,
                      *std::find_if(table.definition->indexes.begin(), table.definition->indexes.end(),
                                    [](const Index& index) { return index.isUnique; }),
                      row);
    if (!table.uniques.empty())
        checkUnique(transaction, table, shard, row, key);
    put(transaction, table, shard, key, std::nullopt, packedRow(row));
}

void Engine::update(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
                    std::string_view before, const Row& after)
{
    const std::string afterBytes = packedRow(after);
    if (afterBytes == before)
        return;
    const std::string plainKey = keyOf(*table.definition, after);
    const bool keepsKey = table.definition->isKeyUnique ? plainKey == key : std::string_view(key).starts_with(plainKey);
    if (!table.uniques.empty())
        checkUnique(transaction, table, shard, after, key);
    if (keepsKey) {
        put(transaction, table, shard, key, std::string(before), afterBytes);
        return;
    }
    const std::string newKey = rowKey(table, after);
    if (table.definition->isKeyUnique && this->row(&transaction, table, shard, newKey))
        failDuplicate(*table.definition, table.definition->indexes.front(), after);
    put(transaction, table, shard, key, std::string(before), std::nullopt);
    put(transaction, table, shard, newKey, std::nullopt, afterBytes);
    // The log tells it as the one update that it is.
    auto& changes = transaction.m_changes;
    changes[changes.size() - 2].after = afterBytes;
    changes.back().before = std::nullopt;
    changes.back().definition.reset();
}

void Engine::checkLock(const Transaction& transaction, const LiveTable& table, size_t shard, std::string_view key) const
{
    if (m_locks.empty())
        return;
    const auto lock = m_locks.find(addressOf(table, shard, key));
    if (lock != m_locks.end() && lock->second != &transaction)
        throw RowIsLocked{};
}

void Engine::remove(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
                    std::string_view before)
{
    put(transaction, table, shard, key, std::string(before), std::nullopt);
}

void Engine::put(Transaction& transaction, LiveTable& table, size_t shard, const std::string& key,
                 std::optional<std::string> before, std::optional<std::string> after)
{
    std::string address = addressOf(table, shard, key);
    if (!m_locks.empty() || !transaction.m_isAutocommit) {
        const auto lock = m_locks.find(address);
        if (lock != m_locks.end() && lock->second != &transaction)
            throw RowIsLocked{};
        if (!transaction.m_isAutocommit)
            m_locks[address] = &transaction;
    }
    const auto [slot, isNew] = transaction.m_slots.try_emplace(address);
    if (isNew)
        slot->second = {&table, shard, key, before, std::nullopt};
    slot->second.row = after;
    transaction.m_changes.push_back({std::move(address), table.definition, transaction.m_statement, nowNanoseconds(),
                                     std::move(before), std::move(after)});
}

void Engine::undoTo(Transaction& transaction, size_t changeCount)
{
    while (transaction.m_changes.size() > changeCount) {
        Transaction::Change& change = transaction.m_changes.back();
        Transaction::Slot& slot = transaction.m_slots.at(change.address);
        slot.row = change.before;
        transaction.m_changes.pop_back();
    }
}

void Engine::writeSlots(Transaction& transaction)
{
    std::set<Keyspace*> keyspaces;
    for (const auto& [address, slot] : transaction.m_slots)
        keyspaces.insert(&slot.table->keyspace);
    for (Keyspace* keyspace : keyspaces)
        keyspace->m_store.begin();
    const auto forUniques = [](const Transaction::Slot& slot, const std::optional<std::string>& bytes,
                               const auto& act) {
        if (!bytes || slot.table->uniques.empty())
            return;
        RowView view;
        readRow(*bytes, view);
        const Row row = ownedRow(view);
        for (UniqueKeys& unique : slot.table->uniques) {
            const std::string key =
                uniqueKeyOf(*slot.table->definition, slot.table->definition->indexes[unique.index], row);
            if (!key.empty())
                act(unique.rowOfKey[slot.shard], key);
        }
    };
    for (auto& [address, slot] : transaction.m_slots)
        forUniques(slot, slot.stored, [](auto& keys, const std::string& key) { keys.erase(key); });
    for (auto& [address, slot] : transaction.m_slots) {
        forUniques(slot, slot.row, [&slot](auto& keys, const std::string& key) { keys[key] = slot.key; });
        if (slot.row)
            slot.table->store.put(slot.shard, slot.key, *slot.row);
        else if (slot.stored)
            slot.table->store.remove(slot.shard, slot.key);
    }
    for (Keyspace* keyspace : keyspaces) {
        if (!keyspace->m_store.isInMemory()) {
            for (const auto& shard : keyspace->m_shards) {
                if (transaction.touches(*shard))
                    keyspace->m_store.setPosition(shard->name, {shard->log.uuid(), shard->log.last() + 1});
            }
        }
        keyspace->m_store.commit();
    }
}

void Engine::writeLogs(Transaction& transaction)
{
    std::map<Shard*, LogTransaction> entries;
    const int64_t now = nowNanoseconds();
    for (Transaction::Change& change : transaction.m_changes) {
        // The second half of a changed key has no definition: its first half says it all.
        if (!change.definition)
            continue;
        const Transaction::Slot& slot = transaction.m_slots.at(change.address);
        LogTransaction& entry = entries[&slot.table->keyspace.shard(slot.shard)];
        if (entry.begunAt == 0)
            entry.begunAt = change.at;
        entry.committedAt = now;
        RowChange logged;
        logged.statement = change.statement;
        if (change.before)
            logged.before = liveRow(*change.definition, *change.before);
        if (change.after)
            logged.after = liveRow(*change.definition, *change.after);
        logged.table = std::move(change.definition);
        entry.changes.push_back(std::move(logged));
    }
    for (auto& [shard, entry] : entries)
        shard->log.append(std::move(entry));
}

void Engine::commit(Transaction& transaction)
{
    if (!transaction.m_changes.empty()) {
        try {
            writeSlots(transaction);
        } catch (...) {
            for (const auto& keyspace : m_keyspaces)
                keyspace->m_store.rollBack();
            rollBack(transaction);
            throw;
        }
        writeLogs(transaction);
    }
    rollBack(transaction);
}

void Engine::rollBack(Transaction& transaction)
{
    if (!transaction.m_isAutocommit) {
        for (const auto& [address, slot] : transaction.m_slots)
            m_locks.erase(address);
        m_unlocked.notify_all();
    }
    transaction.m_slots.clear();
    transaction.m_changes.clear();
}

void Engine::writeHeartbeat(Shard& shard)
{
    const Guard lock = guard();
    LogTransaction transaction;
    transaction.begunAt = nowNanoseconds();
    transaction.committedAt = transaction.begunAt;
    shard.log.append(std::move(transaction));
    Store& store = findKeyspace(shard.keyspace)->m_store;
    if (!store.isInMemory())
        store.setPosition(shard.name, {shard.log.uuid(), shard.log.last()});
}

bool Engine::waitForUnlock(Guard& guard, std::chrono::steady_clock::time_point deadline)
{
    return m_unlocked.wait_until(guard, deadline) == std::cv_status::no_timeout;
}

} // namespace localbranch
