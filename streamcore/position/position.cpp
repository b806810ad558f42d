#include "streamcore/position/position.h"

#include <algorithm>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"

namespace vtscope {

namespace {

bool hasEnum(const query::QueryResult& lastKey)
{
    return std::any_of(lastKey.fields().begin(), lastKey.fields().end(), [](const query::Field& field) {
        return field.type() == query::ENUM || field.type() == query::SET ||
               (field.flags() & (query::ENUM_FLAG | query::SET_FLAG)) != 0;
    });
}

binlogdata::ShardGtid keysOf(const ShardPosition& position)
{
    binlogdata::ShardGtid keys;
    keys.ParseFromString(position.lastKeys);
    return keys;
}

} // namespace

std::string vgtidOf(const std::vector<ShardPosition>& positions)
{
    binlogdata::VGtid vgtid;
    for (const ShardPosition& position : positions) {
        binlogdata::ShardGtid* shard = vgtid.add_shard_gtids();
        shard->ParseFromString(position.lastKeys);
        shard->set_keyspace(position.keyspace);
        shard->set_shard(position.shard);
        shard->set_gtid(position.gtid);
    }
    return vgtid.SerializeAsString();
}

std::vector<ShardPosition> positionsIn(const std::string& vgtid)
{
    binlogdata::VGtid parsed;
    parsed.ParseFromString(vgtid);
    std::vector<ShardPosition> positions;
    for (const binlogdata::ShardGtid& shard : parsed.shard_gtids()) {
        binlogdata::ShardGtid keys;
        *keys.mutable_table_p_ks() = shard.table_p_ks();
        positions.push_back({shard.keyspace(), shard.shard(), shard.gtid(), keys.SerializeAsString()});
    }
    return positions;
}

std::string cursorOf(const ShardPosition& position)
{
    if (!position.cursor.empty())
        return position.cursor;
    psdbconnect::v1alpha1::TableCursor cursor;
    cursor.set_keyspace(position.keyspace);
    cursor.set_shard(position.shard);
    cursor.set_position(position.gtid);
    return cursor.SerializeAsString();
}

ShardPosition positionIn(const std::string& cursor)
{
    psdbconnect::v1alpha1::TableCursor parsed;
    parsed.ParseFromString(cursor);
    ShardPosition position{parsed.keyspace(), parsed.shard(), parsed.position()};
    position.cursor = cursor;
    return position;
}

std::vector<ShardPosition> shardsIn(const std::string& position, bool isCursor, const std::string& table)
{
    if (!isCursor)
        return positionsIn(position);
    ShardPosition shard = positionIn(position);
    shard.table = table;
    return {shard};
}

bool overlaps(const std::string& shard, const std::string& other)
{
    const auto startOf = [](const std::string& range) {
        const std::size_t dash = range.find('-');
        return dash == std::string::npos ? std::string() : range.substr(0, dash);
    };
    // Behind every start where it is open.
    const auto endOf = [](const std::string& range) {
        const std::size_t dash = range.find('-');
        const std::string end = dash == std::string::npos ? std::string() : range.substr(dash + 1);
        return end.empty() ? std::string("~") : end;
    };
    return startOf(shard) < endOf(other) && startOf(other) < endOf(shard);
}

bool completeStart(std::string& start, std::string_view position, bool isCursor)
{
    const auto isOpen = [](const std::string& gtid) { return gtid.empty() || gtid == "current"; };
    if (isCursor) {
        psdbconnect::v1alpha1::TableCursor asked, told;
        asked.ParseFromString(start);
        if (!isOpen(asked.position()))
            return true;
        told.ParseFromArray(position.data(), static_cast<int>(position.size()));
        if (isOpen(told.position()))
            return false;
        asked.set_position(told.position());
        start = asked.SerializeAsString();
        return true;
    }
    binlogdata::VGtid asked, told;
    asked.ParseFromString(start);
    told.ParseFromArray(position.data(), static_cast<int>(position.size()));
    bool isComplete = true;
    for (auto& shard : *asked.mutable_shard_gtids()) {
        if (!isOpen(shard.gtid()))
            continue;
        for (const auto& one : told.shard_gtids()) {
            if (one.shard() == shard.shard() && one.keyspace() == shard.keyspace() && !isOpen(one.gtid()))
                shard.set_gtid(one.gtid());
        }
        isComplete = isComplete && !isOpen(shard.gtid());
    }
    start = asked.SerializeAsString();
    return isComplete;
}

bool isInsideCopy(const ShardPosition& position)
{
    psdbconnect::v1alpha1::TableCursor cursor;
    return !position.lastKeys.empty() || (cursor.ParseFromString(position.cursor) && cursor.has_last_known_pk());
}

std::string tableWithEnumKey(const ShardPosition& position)
{
    const binlogdata::ShardGtid keys = keysOf(position);
    for (const binlogdata::TableLastPK& table : keys.table_p_ks()) {
        if (hasEnum(table.lastpk()))
            return table.table_name();
    }
    psdbconnect::v1alpha1::TableCursor cursor;
    if (!cursor.ParseFromString(position.cursor) || !hasEnum(cursor.last_known_pk()))
        return {};
    return position.table.empty() ? "that it is of" : position.table;
}

Result<std::vector<ShardPosition>> forShards(const std::vector<ShardPosition>& positions, const std::string& keyspace,
                                             const std::vector<std::string>& shards)
{
    if (positions.size() == 1 && positions.front().shard.empty()) {
        if (shards.size() != 1)
            return failure(ErrorKind::PositionInvalid,
                           "A single GTID belongs to one shard, and " + keyspace + " has " +
                               std::to_string(shards.size()) +
                               ". Choose one shard, or give a VGTID (JSON) that names them all.");
        ShardPosition position = positions.front();
        position.keyspace = keyspace;
        position.shard = shards.front();
        return std::vector{position};
    }
    std::vector<ShardPosition> result;
    for (const std::string& shard : shards) {
        const auto isMeant = [&](const ShardPosition& one) {
            return one.shard == shard && (one.keyspace.empty() || one.keyspace == keyspace);
        };
        const auto found = std::find_if(positions.begin(), positions.end(), isMeant);
        if (found == positions.end())
            return failure(ErrorKind::PositionInvalid,
                           "The position says nothing about shard " + shard + " of " + keyspace + ".");
        if (std::any_of(found + 1, positions.end(), isMeant))
            return failure(ErrorKind::PositionInvalid,
                           "The position says several things about shard " + shard + " of " + keyspace + ".");
        result.push_back(*found);
        result.back().keyspace = keyspace;
    }
    return result;
}

TablesToCopy tablesToCopy(const std::vector<ShardPosition>& positions, const std::vector<std::string>& tables)
{
    TablesToCopy result;
    std::vector<std::string> sorted = tables;
    std::sort(sorted.begin(), sorted.end());
    bool isFirst = true;
    for (const ShardPosition& position : positions) {
        std::vector<std::string> left;
        if (position.gtid.empty() && position.lastKeys.empty()) {
            left = sorted;
        } else if (!position.lastKeys.empty()) {
            std::vector<std::string> begun;
            const binlogdata::ShardGtid keys = keysOf(position);
            for (const binlogdata::TableLastPK& table : keys.table_p_ks())
                begun.push_back(table.table_name());
            // What comes later than the last one that was begun was not begun.
            const auto last = std::max_element(begun.begin(), begun.end());
            std::copy_if(sorted.begin(), sorted.end(), std::back_inserter(left), [&](const std::string& table) {
                return last == begun.end() || table > *last ||
                       std::find(begun.begin(), begun.end(), table) != begun.end();
            });
        } else {
            continue;
        }
        result.isExact = result.isExact && (isFirst || left == result.tables);
        isFirst = false;
        std::vector<std::string> all;
        std::set_union(left.begin(), left.end(), result.tables.begin(), result.tables.end(), std::back_inserter(all));
        result.tables = std::move(all);
    }
    if (result.tables == sorted)
        result.tables.clear();
    return result;
}

} // namespace vtscope
