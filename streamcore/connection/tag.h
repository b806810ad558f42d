// The colour that a user gives to a connection. Production, staging and development are also words.
#pragma once

#include <cstdint>

namespace vtscope {

enum class Tag : std::uint8_t { None, Production, Staging, Development, Blue, Violet, Grey };

} // namespace vtscope
