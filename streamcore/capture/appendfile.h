// A file that grows at its end by write(2) and is read through read-only mappings. Reading never faults past what was
// written, so a full disk is an error of append(), never a signal.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "streamcore/capture/filemapping.h"
#include "streamcore/result.h"

namespace vtscope {

class AppendFile
{
public:
    AppendFile();
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    // Takes over the descriptor; bytes up to `end` count as written.
    Result<void> adopt(int descriptor, std::uint64_t end);

    // Writes at `offset`, which is at or past the end (a hole is left between). One writer at a time. On failure
    // nothing of it counts, and the file is as long as before.
    Result<void> writeAt(std::uint64_t offset, std::string_view bytes);
    // Whether the file system can give back the bytes in the middle of a file. Error kind Output.
    Result<void> canFree() const;
    // Gives back the bytes [from, to), which read as zeros then.
    void free(std::uint64_t from, std::uint64_t to);
    // Where the next bytes lie that are no hole, at or behind `from`; `from` where the system does not tell.
    std::uint64_t dataFrom(std::uint64_t from) const;
    // Takes back what was written from this offset on; nobody may have been told of it.
    void cut(std::uint64_t end);

    // The first byte of a mapping that covers everything written when it was asked for. Stays valid for the life of
    // this object.
    const char* base() const { return m_base.load(std::memory_order_acquire); }
    std::uint64_t end() const { return m_end.load(std::memory_order_acquire); }
    int descriptor() const { return m_descriptor; }

private:
    int m_descriptor = -1;
    std::atomic<std::uint64_t> m_end{0};
    std::atomic<const char*> m_base{nullptr};
    FileMapping m_mapping;
};

// A file that only its user may read; -1 and errno.
int openPrivate(const std::string& path, int flags);
// A new file beside this one, private too, whose name comes in `partial`; -1 and errno.
int openBeside(const std::string& path, std::string& partial);
// A new file in this directory that is gone when it is closed; -1 and errno.
int openUnnamed(const std::string& directory);
// Where temporary files lie: TMPDIR, else /tmp.
std::string temporaryFolder();
// Writes all of it at `offset`; false and errno.
bool writeFully(int descriptor, std::uint64_t offset, const void* data, std::uint64_t size);

// "No space left on device" and its like as an error of kind Output.
Error systemError(const std::string& what, int number);

} // namespace vtscope
