// Where rows live: the vindex `hash` and key ranges. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localbranch {

/// Keyspace id of an integer, as Vitess' `hash` computes it: one DES block under a key of zeros.
uint64_t hashVindex(uint64_t id);
/// The same for the text of an integer, signed or not; nothing if it is none.
std::optional<uint64_t> keyspaceIdOf(std::string_view integerText);

/// Part of the keyspace ids, by its Vitess name: `-80`, `40-80`, `80-`.
struct KeyRange
{
    std::string name;
    uint64_t begin = 0;
    uint64_t end = 0; ///< 0: to the very end

    bool contains(uint64_t keyspaceId) const { return keyspaceId >= begin && (end == 0 || keyspaceId < end); }

    static std::optional<KeyRange> parse(std::string_view name);
    /// A power of two up to 256 equal ranges; nothing for other counts.
    static std::optional<std::vector<KeyRange>> equalRanges(size_t count);
};

} // namespace localbranch
