#include "streamcore/capture/entryfile.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/record.h"

namespace vtscope {

namespace {

// Small captures stay small; large ones are not held up by many small steps.
constexpr std::uint64_t kFirstStep = std::uint64_t{1} << 16, kLargestStep = std::uint64_t{1} << 24;

// So many bytes are written sooner by a call than by touching pages of the mapping for the first time.
constexpr std::size_t kWorthACall = 1024;

} // namespace

EntryFile::EntryFile() : m_mapping(PROT_READ | PROT_WRITE) {}

EntryFile::~EntryFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<void> EntryFile::append(std::span<const Entry> entries)
{
    if (auto reserved = reserve(m_count + entries.size()); !reserved)
        return reserved;
    if (entries.size_bytes() >= kWorthACall) {
        if (!writeFully(m_descriptor, m_count * sizeof(Entry), entries.data(), entries.size_bytes()))
            return tl::unexpected(systemError("The change index of the capture cannot be written", errno));
    } else if (!entries.empty()) {
        std::memcpy(m_entries.load(std::memory_order_relaxed) + m_count, entries.data(), entries.size_bytes());
    }
    m_count += entries.size();
    return {};
}

void EntryFile::free(std::uint64_t count)
{
    const std::uint64_t end = count * sizeof(Entry) / kPageSize * kPageSize;
    if (end > m_freedTo)
        ::fallocate(m_descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(m_freedTo),
                    static_cast<off_t>(end - m_freedTo));
    m_freedTo = std::max(m_freedTo, end);
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
    const auto address = m_mapping.cover(m_descriptor, need);
    if (!address)
        return tl::unexpected(address.error());
    m_entries.store(static_cast<Entry*>(*address), std::memory_order_release);
    return {};
}

} // namespace vtscope
