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

int openBeside(const std::string& path, std::string& partial)
{
    partial = path + ".XXXXXX";
    return ::mkostemp(partial.data(), O_CLOEXEC);
}

int openUnnamed(const std::string& directory)
{
    std::string pattern = directory + "/vtscope-XXXXXX";
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor >= 0)
        ::unlink(pattern.c_str());
    return descriptor;
}

std::string temporaryFolder()
{
    const char* const chosen = std::getenv("TMPDIR");
    return chosen && *chosen ? chosen : "/tmp";
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

Result<void> AppendFile::writeAt(std::uint64_t offset, std::string_view bytes)
{
    const std::uint64_t before = end();
    if (!writeFully(m_descriptor, offset, bytes.data(), bytes.size())) {
        const int number = errno;
        cut(before);
        return tl::unexpected(systemError("The capture cannot be written", number));
    }
    const std::uint64_t after = offset + bytes.size();
    const auto address = m_mapping.cover(m_descriptor, after);
    if (!address) {
        cut(before);
        return tl::unexpected(address.error());
    }
    m_base.store(static_cast<const char*>(*address), std::memory_order_release);
    m_end.store(after, std::memory_order_release);
    return {};
}

Result<void> AppendFile::canFree() const
{
    constexpr off_t kFarBehind = off_t{1} << 40;
    if (::fallocate(m_descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, kFarBehind, 4096) == 0)
        return {};
    return tl::unexpected(systemError("This folder's file system cannot free the oldest part of a capture", errno));
}

void AppendFile::free(std::uint64_t from, std::uint64_t to)
{
    [[maybe_unused]] const int ignored = ::fallocate(m_descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                                     static_cast<off_t>(from), static_cast<off_t>(to - from));
}

std::uint64_t AppendFile::dataFrom(std::uint64_t from) const
{
    const off_t found = ::lseek(m_descriptor, static_cast<off_t>(from), SEEK_DATA);
    if (found >= 0)
        return static_cast<std::uint64_t>(found);
    return errno == ENXIO ? end() : from;
}

void AppendFile::cut(std::uint64_t end)
{
    // A tail that stays is found out by its hashes when the capture is opened.
    [[maybe_unused]] const int ignored = ::ftruncate(m_descriptor, static_cast<off_t>(end));
    m_end.store(end, std::memory_order_release);
}

} // namespace vtscope
