// Compiled for processors with AVX2 (see CMakeLists.txt); called by hashOf() on those alone. Includes nothing whose
// functions the linker could choose for the rest of the program.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace vtscope {

std::uint64_t hashWithAvx2(const char* bytes, std::size_t size, std::uint64_t seed);

std::uint64_t hashWithAvx2(const char* bytes, std::size_t size, std::uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, size, seed);
}

} // namespace vtscope
