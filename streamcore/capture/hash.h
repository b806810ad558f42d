// XXH3, 64 bits: what guards the records of a capture. The same value on every processor, several times faster on those
// with AVX2. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace vtscope {

std::uint64_t hashOf(std::string_view bytes, std::uint64_t seed = 0);

} // namespace vtscope
