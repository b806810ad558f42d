// Where a stream is asked to end: once every shard has come so far. Compared as sets. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "streamcore/position/gtidset.h"
#include "streamcore/position/position.h"
#include "streamcore/position/safeposition.h"

namespace vtscope {

class StopPosition
{
public:
    // Nowhere.
    StopPosition() = default;
    // A position with keyspace, shard and a valid set for each shard of the stream. form: of what note() gets.
    StopPosition(SafePosition::Form form, const std::vector<ShardPosition>& positions);

    // A VGTID or cursor that came, or that the stream began with. A shard whose copy is not complete in `safe` goes on.
    void note(Bytes position, const SafePosition& safe);

    bool isSet() const { return !m_shards.empty(); }
    // Everywhere; never when it is not set.
    bool isReached() const { return isSet() && m_left == 0; }
    bool isReached(std::string_view keyspace, std::string_view shard) const;

private:
    struct Shard
    {
        std::string keyspace;
        std::string shard;
        GtidSet set;
        std::string newest; // the position that came last, not to look at it twice
        bool isReached = false;
    };

    SafePosition::Form m_form = SafePosition::Form::Vgtid;
    std::vector<Shard> m_shards;
    std::size_t m_left = 0;
};

} // namespace vtscope
