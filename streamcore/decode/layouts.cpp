#include "streamcore/decode/layouts.h"

namespace vtscope {

Layouts::~Layouts()
{
    for (auto& chunk : m_chunks)
        delete chunk.load(std::memory_order_relaxed);
}

std::uint32_t Layouts::add(Layout layout)
{
    const std::lock_guard lock(m_mutex);
    const std::uint32_t number = m_count.load(std::memory_order_relaxed);
    auto& slot = m_chunks.at(number / kChunk);
    Chunk* chunk = slot.load(std::memory_order_relaxed);
    if (!chunk) {
        chunk = new Chunk;
        slot.store(chunk, std::memory_order_release);
    }
    (*chunk)[number % kChunk] = std::move(layout);
    m_count.store(number + 1, std::memory_order_release);
    return number;
}

const Layout& Layouts::at(std::uint32_t number) const
{
    return (*m_chunks.at(number / kChunk).load(std::memory_order_acquire))[number % kChunk];
}

} // namespace vtscope
