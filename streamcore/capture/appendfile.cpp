#include "streamcore/capture/appendfile.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace vtscope {

Error systemError(const std::string& what, int number)
{
    return Error{ErrorKind::Output, what + ": " + std::generic_category().message(number) + ".", {}, number};
}

int openPrivate(const std::string& path, int flags)
{
    return ::open(path.c_str(), flags | O_CLOEXEC, 0600);
}

int openUnnamed(const std::string& directory)
{
    std::string pattern = directory + "/vtscope-XXXXXX";
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor >= 0)
        ::unlink(pattern.c_str());
    return descriptor;
}

bool writeFully(int descriptor, std::uint64_t offset, const void* data, std::uint64_t size)
{
    const char* from = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::pwrite(descriptor, from, size, static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        offset += static_cast<std::uint64_t>(written);
        size -= static_cast<std::uint64_t>(written);
    }
    return true;
}

AppendFile::AppendFile() : m_mapping(PROT_READ) {}

AppendFile::~AppendFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<void> AppendFile::adopt(int descriptor, std::uint64_t end)
{
    m_descriptor = descriptor;
    const auto address = m_mapping.cover(descriptor, end);
    if (!address)
        return tl::unexpected(address.error());
    m_base.store(static_cast<const char*>(*address), std::memory_order_release);
    m_end.store(end, std::memory_order_release);
    return {};
}

Result<void> AppendFile::writeAt(std::uint64_t offset, std::span<iovec> parts)
{
    const std::uint64_t before = end();
    std::uint64_t at = offset;
    while (!parts.empty()) {
        const ssize_t written =
            ::pwritev(m_descriptor, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(at));
        if (written < 0) {
            if (errno == EINTR)
                continue;
            const int number = errno;
            [[maybe_unused]] const int ignored = ::ftruncate(m_descriptor, static_cast<off_t>(before));
            return tl::unexpected(systemError("The capture cannot be written", number));
        }
        at += static_cast<std::uint64_t>(written);
        auto rest = static_cast<std::size_t>(written);
        while (!parts.empty() && rest >= parts.front().iov_len) {
            rest -= parts.front().iov_len;
            parts = parts.subspan(1);
        }
        if (!parts.empty()) {
            parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + rest;
            parts.front().iov_len -= rest;
        }
    }
    const auto address = m_mapping.cover(m_descriptor, at);
    if (!address)
        return tl::unexpected(address.error());
    m_base.store(static_cast<const char*>(*address), std::memory_order_release);
    m_end.store(at, std::memory_order_release);
    return {};
}

} // namespace vtscope
