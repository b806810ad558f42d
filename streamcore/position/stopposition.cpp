#include "streamcore/position/stopposition.h"

#include <algorithm>

#include "streamcore/decode/fieldnumbers.h"

namespace vtscope {

namespace {

struct Place
{
    Bytes keyspace, shard, gtid;
};

// Of a ShardGtid or TableCursor, without its last keys.
Place placeIn(Bytes message, SafePosition::Form form)
{
    const bool isCursor = form == SafePosition::Form::Cursor;
    Place place;
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(isCursor ? field::cursor::kKeyspace : field::shardgtid::kKeyspace))
            place.keyspace = scanner.bytes();
        else if (scanner.isBytes(isCursor ? field::cursor::kShard : field::shardgtid::kShard))
            place.shard = scanner.bytes();
        else if (scanner.isBytes(isCursor ? field::cursor::kPosition : field::shardgtid::kGtid))
            place.gtid = scanner.bytes();
    }
    return place;
}

} // namespace

StopPosition::StopPosition(SafePosition::Form form, const std::vector<ShardPosition>& positions)
    : m_form(form), m_left(positions.size())
{
    for (const ShardPosition& position : positions)
        m_shards.push_back({position.keyspace, position.shard, GtidSet::parse(position.gtid).value_or(GtidSet()), {}});
}

void StopPosition::note(Bytes position, const SafePosition& safe)
{
    const auto look = [&](Bytes message) {
        const Place place = placeIn(message, m_form);
        for (Shard& shard : m_shards) {
            if (shard.isReached || shard.shard != place.shard || shard.keyspace != place.keyspace ||
                safe.isCopying(place.keyspace, place.shard) || shard.newest == place.gtid)
                continue;
            shard.newest = place.gtid;
            const auto set = GtidSet::parse(place.gtid);
            shard.isReached = set && set->contains(shard.set);
            m_left -= shard.isReached;
        }
    };
    if (m_left == 0)
        return;
    if (m_form == SafePosition::Form::Cursor) {
        look(position);
        return;
    }
    Scanner scanner(position);
    while (scanner.next()) {
        if (scanner.isBytes(field::vgtid::kShards))
            look(scanner.bytes());
    }
}

bool StopPosition::isReached(std::string_view keyspace, std::string_view shard) const
{
    return std::any_of(m_shards.begin(), m_shards.end(), [&](const Shard& one) {
        return one.isReached && one.shard == shard && one.keyspace == keyspace;
    });
}

} // namespace vtscope
