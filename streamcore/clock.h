// The time as all of vtscope keeps it. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace vtscope {

// ns since 1970, UTC.
inline std::int64_t nowNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace vtscope
