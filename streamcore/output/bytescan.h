// Looks through text eight bytes at a time. Any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vtscope {

// Eight bytes are looked at as one number: in what these give, nothing is set exactly when none of the bytes is meant.
inline constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

constexpr std::uint64_t zeroIn(std::uint64_t bytes)
{
    return (bytes - kOnes) & ~bytes & kTops;
}

constexpr std::uint64_t equalTo(std::uint64_t bytes, char wanted)
{
    return zeroIn(bytes ^ kOnes * static_cast<unsigned char>(wanted));
}

constexpr std::uint64_t lessThan(std::uint64_t bytes, unsigned char limit)
{
    return (bytes - kOnes * limit) & ~bytes & kTops;
}

template <typename Number> Number loaded(const char* at)
{
    Number number;
    std::memcpy(&number, at, sizeof number);
    return number;
}

// True when no byte is special: when isIn(eight of them) is false for all. The ends of what is looked at overlap, so
// that there is no rest.
template <typename Special> bool isPlain(std::string_view text, const Special& special)
{
    const char* const at = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
        for (std::size_t i = 0; i < size - 8; i += 8) {
            if (special.isIn(loaded<std::uint64_t>(at + i)))
                return false;
        }
        return !special.isIn(loaded<std::uint64_t>(at + size - 8));
    }
    if (size >= 4)
        return !special.isIn(loaded<std::uint32_t>(at) | std::uint64_t{loaded<std::uint32_t>(at + size - 4)} << 32);
    const auto byte = [at](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
    return size == 0 ||
           !special.isIn((byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16 | byte(0) << 24) * 0x100000001);
}

} // namespace vtscope
