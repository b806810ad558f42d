// The time as all of vtscope keeps it. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vtscope {

// ns since 1970, UTC.
inline std::int64_t nowNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// "2026-03-04T12:03:04.512000Z"
void appendTime(std::int64_t ns, std::string& out);

} // namespace vtscope
