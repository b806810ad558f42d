#include "streamcore/capture/entryfile.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "streamcore/capture/appendfile.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kFirstWindow = std::uint64_t{1} << 30;
// Small captures stay small; large ones are not held up by many small steps.
constexpr std::uint64_t kFirstStep = std::uint64_t{1} << 16, kLargestStep = std::uint64_t{1} << 24;

} // namespace

EntryFile::~EntryFile()
{
    for (const Window& window : m_windows)
        ::munmap(window.address, window.size);
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<void> EntryFile::append(std::span<const Entry> entries)
{
    if (auto reserved = reserve(m_count + entries.size()); !reserved)
        return reserved;
    if (!entries.empty())
        std::memcpy(m_entries.load(std::memory_order_relaxed) + m_count, entries.data(), entries.size_bytes());
    m_count += entries.size();
    return {};
}

Result<void> EntryFile::reserve(std::uint64_t count)
{
    const std::uint64_t need = count * sizeof(Entry);
    if (need > m_reserved) {
        const std::uint64_t step = std::clamp(m_reserved, kFirstStep, kLargestStep);
        const std::uint64_t size = (need + step - 1) / step * step;
        int number = 0;
        do
            number =
                ::posix_fallocate(m_descriptor, static_cast<off_t>(m_reserved), static_cast<off_t>(size - m_reserved));
        while (number == EINTR);
        if (number != 0)
            return tl::unexpected(systemError("The change index of the capture cannot be written", number));
        m_reserved = size;
    }
    std::uint64_t size = m_windows.empty() ? kFirstWindow : m_windows.back().size;
    if (!m_windows.empty() && size >= need)
        return {};
    // Old windows stay mapped, because snapshots point into them; doubling keeps them to as much again.
    while (size < need)
        size *= 2;
    void* const address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, m_descriptor, 0);
    if (address == MAP_FAILED)
        return tl::unexpected(systemError("The change index of the capture cannot be mapped", errno));
    m_windows.push_back({address, size});
    m_entries.store(static_cast<Entry*>(address), std::memory_order_release);
    return {};
}

} // namespace vtscope
