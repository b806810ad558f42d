// How the programs take and give back memory.
#pragma once

#include <malloc.h>

namespace vtscope {

// Before the first thread: what a filter or an order of millions of lines took goes back to the system as soon as it is
// let go, while the buffers of messages are used again and again.
inline void tuneAllocator()
{
    constexpr int kMappedFrom = 1 << 20, kKeptAtMost = 16 << 20;
    ::mallopt(M_MMAP_THRESHOLD, kMappedFrom);
    ::mallopt(M_TRIM_THRESHOLD, kKeptAtMost);
}

} // namespace vtscope
