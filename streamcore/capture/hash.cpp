#include "streamcore/capture/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace vtscope {

#ifdef __x86_64__
// hashavx2.cpp
std::uint64_t hashWithAvx2(const char* bytes, std::size_t size, std::uint64_t seed);
#endif

std::uint64_t hashOf(std::string_view bytes, std::uint64_t seed)
{
#ifdef __x86_64__
    static const bool hasAvx2 = __builtin_cpu_supports("avx2");
    if (hasAvx2)
        return hashWithAvx2(bytes.data(), bytes.size(), seed);
#endif
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

} // namespace vtscope
