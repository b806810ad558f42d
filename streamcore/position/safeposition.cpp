#include "streamcore/position/safeposition.h"

#include <algorithm>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"

namespace vtscope {

namespace {

// A last key that a copy can be resumed from.
bool hasLastKeys(const binlogdata::ShardGtid& shard)
{
    if (shard.table_p_ks_size() == 0)
        return false;
    ShardPosition position;
    position.lastKeys = shard.SerializeAsString();
    return tableWithEnumKey(position).empty();
}

std::string furthestTable(const binlogdata::ShardGtid& shard)
{
    std::string furthest;
    for (const binlogdata::TableLastPK& table : shard.table_p_ks())
        furthest = std::max(furthest, table.table_name());
    return furthest;
}

bool hasLastKey(const psdbconnect::v1alpha1::TableCursor& cursor)
{
    ShardPosition position;
    position.cursor = cursor.SerializeAsString();
    return cursor.has_last_known_pk() && tableWithEnumKey(position).empty();
}

} // namespace

SafePosition::SafePosition(Form form, std::string start, std::vector<std::string> tables, std::uint64_t from)
    : m_form(form), m_tables(std::move(tables)), m_start(std::move(start)), m_newestRecord(from), m_copyRecord(from)
{
    std::sort(m_tables.begin(), m_tables.end());
    if (form == Form::Cursor) {
        psdbconnect::v1alpha1::TableCursor cursor;
        cursor.ParseFromString(m_start);
        m_isCursorCopying = cursor.position().empty() || cursor.has_last_known_pk();
        m_copyCursor = m_start;
        return;
    }
    binlogdata::VGtid vgtid;
    vgtid.ParseFromString(m_start);
    for (const auto& shard : vgtid.shard_gtids()) {
        if (!shard.gtid().empty() && shard.table_p_ks_size() == 0)
            continue;
        const bool hasKey = std::any_of(shard.table_p_ks().begin(), shard.table_p_ks().end(),
                                        [](const auto& table) { return table.has_lastpk(); });
        m_copying.push_back({shard.keyspace(), shard.shard(), shard.SerializeAsString(), true, from,
                             furthestTable(shard), shard.table_p_ks_size() > 0 && !hasKey});
    }
}

const SafePosition::Shard* SafePosition::find(const std::vector<Shard>& shards, std::string_view keyspace,
                                              std::string_view shard)
{
    const auto found = std::find_if(shards.begin(), shards.end(),
                                    [&](const Shard& one) { return one.shard == shard && one.keyspace == keyspace; });
    return found == shards.end() ? nullptr : &*found;
}

void SafePosition::note(Bytes position, std::uint64_t record)
{
    if (m_isCursorHeld)
        return;
    if (m_form == Form::Vgtid || m_newest != position)
        m_newestRecord = record;
    m_newest.assign(position);
    if (m_form == Form::Cursor) {
        if (!m_isCursorCopying)
            return;
        psdbconnect::v1alpha1::TableCursor cursor;
        m_isCursorNewest =
            cursor.ParseFromArray(position.data(), static_cast<int>(position.size())) && hasLastKey(cursor);
        if (m_isCursorNewest) {
            m_copyCursor.assign(position);
            m_copyRecord = record;
        }
        return;
    }
    if (m_copying.empty())
        return;
    binlogdata::VGtid vgtid;
    if (!vgtid.ParseFromArray(position.data(), static_cast<int>(position.size())))
        return;
    for (Shard& copying : m_copying) {
        for (const auto& shard : vgtid.shard_gtids()) {
            if (shard.shard() != copying.shard || shard.keyspace() != copying.keyspace)
                continue;
            noteCopying(copying, shard, record);
        }
    }
}

void SafePosition::noteCopying(Shard& copying, const binlogdata::ShardGtid& told, std::uint64_t record) const
{
    binlogdata::ShardGtid entry = told;
    copying.isNewest = hasLastKeys(told);
    if (told.table_p_ks_size() > 0) {
        copying.table = furthestTable(told);
        copying.isBetweenTables = copying.isBetweenTables && copying.isNewest && !told.table_p_ks(0).has_lastpk();
    } else if (!copying.table.empty()) {
        // That table is finished. Behind the last one the copy is.
        const auto next = std::upper_bound(m_tables.begin(), m_tables.end(), copying.table);
        copying.isBetweenTables = next != m_tables.end();
        if (copying.isBetweenTables)
            entry.add_table_p_ks()->set_table_name(*next);
        copying.isNewest = true;
    }
    // Others tell it again as it was, while more rows of this shard are under way.
    if (std::string bytes = entry.SerializeAsString(); copying.isNewest && bytes != copying.entry) {
        copying.entry = std::move(bytes);
        copying.record = record;
    }
}

void SafePosition::completeCopy(const std::string& keyspace, const std::string& shard)
{
    m_isCursorCopying = false;
    std::erase_if(m_copying,
                  [&](const Shard& copying) { return copying.keyspace == keyspace && copying.shard == shard; });
}

void SafePosition::hold(const std::string& keyspace, const std::string& shard)
{
    if (m_form == Form::Cursor) {
        m_isCursorHeld = true;
        return;
    }
    binlogdata::VGtid vgtid;
    vgtid.ParseFromString(resume());
    for (const auto& one : vgtid.shard_gtids()) {
        if (one.shard() == shard && one.keyspace() == keyspace && !find(m_held, keyspace, shard))
            m_held.push_back({keyspace, shard, one.SerializeAsString()});
    }
}

bool SafePosition::isCopying(std::string_view keyspace, std::string_view shard) const
{
    return m_isCursorCopying || find(m_copying, keyspace, shard);
}

bool SafePosition::isNewest(std::string_view keyspace, std::string_view shard) const
{
    if (m_form == Form::Cursor)
        return !m_isCursorCopying || m_isCursorNewest;
    const Shard* copying = find(m_copying, keyspace, shard);
    return !copying || copying->isNewest;
}

bool SafePosition::isKnown() const
{
    if (!m_isKnown)
        m_isKnown = unknown().empty();
    return m_isKnown;
}

std::vector<ShardPosition> SafePosition::unknown() const
{
    std::vector<ShardPosition> shards = shardsIn(resume(), isCursor());
    std::erase_if(shards, [](const ShardPosition& shard) { return shard.gtid != "current"; });
    return shards;
}

std::vector<ShardPosition> SafePosition::beginning() const
{
    std::vector<ShardPosition> shards = shardsIn(resume(), isCursor());
    std::erase_if(shards, [](const ShardPosition& shard) { return !shard.gtid.empty() || isInsideCopy(shard); });
    return shards;
}

std::vector<ShardPosition> SafePosition::betweenTables() const
{
    std::vector<ShardPosition> shards;
    for (const Shard& copying : m_copying) {
        binlogdata::ShardGtid entry;
        entry.ParseFromString(copying.entry);
        if (copying.isBetweenTables)
            shards.push_back({copying.keyspace, copying.shard, entry.gtid(), {}, entry.table_p_ks(0).table_name()});
    }
    return shards;
}

std::uint64_t SafePosition::from() const
{
    if (m_form == Form::Cursor)
        return m_isCursorCopying ? m_copyRecord : m_newestRecord;
    std::uint64_t record = m_newestRecord;
    for (const Shard& copying : m_copying)
        record = std::min(record, copying.record);
    return record;
}

std::string SafePosition::resume() const
{
    if (m_form == Form::Cursor) {
        if (m_isCursorCopying)
            return m_copyCursor;
        return m_newest.empty() ? m_start : m_newest;
    }
    if (m_newest.empty())
        return m_start;
    binlogdata::VGtid start, vgtid;
    start.ParseFromString(m_start);
    vgtid.ParseFromArray(m_newest.data(), static_cast<int>(m_newest.size()));
    for (auto& shard : *vgtid.mutable_shard_gtids()) {
        const Shard* kept = find(m_held, shard.keyspace(), shard.shard());
        if (!kept)
            kept = find(m_copying, shard.keyspace(), shard.shard());
        if (kept) {
            shard.ParseFromString(kept->entry);
        } else if (shard.gtid() == "current" || shard.gtid().empty()) {
            // The shard has not answered yet: what it was asked for still stands.
            for (const auto& asked : start.shard_gtids()) {
                if (asked.shard() == shard.shard() && asked.keyspace() == shard.keyspace())
                    shard = asked;
            }
        }
    }
    return vgtid.SerializeAsString();
}

} // namespace vtscope
