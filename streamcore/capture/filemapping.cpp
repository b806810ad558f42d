#include "streamcore/capture/filemapping.h"

#include <sys/mman.h>

#include <cerrno>

#include "streamcore/capture/appendfile.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kFirstWindow = std::uint64_t{1} << 30;

} // namespace

FileMapping::~FileMapping()
{
    for (const Window& window : m_windows)
        ::munmap(window.address, window.size);
}

Result<void*> FileMapping::cover(int descriptor, std::uint64_t end)
{
    if (!m_windows.empty() && m_windows.back().size >= end)
        return m_windows.back().address;
    // Old windows stay mapped, because snapshots point into them; doubling keeps them to as much again.
    std::uint64_t size = m_windows.empty() ? kFirstWindow : m_windows.back().size * 2;
    while (size < end)
        size *= 2;
    void* const address = ::mmap(nullptr, size, m_protection, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
    if (address == MAP_FAILED)
        return tl::unexpected(systemError("The capture cannot be mapped", errno));
    m_windows.push_back({address, size});
    return address;
}

} // namespace vtscope
