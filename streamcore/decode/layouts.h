// The layouts of one capture, numbered from 0 in the order in which they appeared. Added to by readers, read by
// everybody.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "streamcore/value/column.h"

namespace vtscope {

class Layouts
{
public:
    Layouts() = default;
    ~Layouts();
    Layouts(const Layouts&) = delete;
    Layouts& operator=(const Layouts&) = delete;

    // Any thread, one at a time inside. Returns the number of the new layout; nothing when the room is used up (4 M
    // layouts).
    std::uint32_t add(Layout layout);

    // Any thread, without a lock, for numbers below count(). The reference stays valid for the life of this object.
    const Layout& at(std::uint32_t number) const;
    std::uint32_t count() const { return m_count.load(std::memory_order_acquire); }

private:
    static constexpr std::uint32_t kChunk = 1024;
    using Chunk = std::array<Layout, kChunk>;

    std::mutex m_mutex;
    std::atomic<std::uint32_t> m_count{0};
    std::array<std::atomic<Chunk*>, 4096> m_chunks{};
};

} // namespace vtscope
