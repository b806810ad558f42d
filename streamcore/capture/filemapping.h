// A file that grows, mapped: one place in memory for all of it, and those that were handed out before stay.
#pragma once

#include <cstdint>
#include <vector>

#include "streamcore/result.h"

namespace vtscope {

class FileMapping
{
public:
    // protection: PROT_READ, or with PROT_WRITE. Whoever writes reserves the room in the file first.
    explicit FileMapping(int protection) : m_protection(protection) {}
    ~FileMapping();
    FileMapping(const FileMapping&) = delete;
    FileMapping& operator=(const FileMapping&) = delete;

    // The beginning of a mapping that reaches to `end` at least; the same as before when it did already. Error kind
    // Output.
    Result<void*> cover(int descriptor, std::uint64_t end);

private:
    struct Window
    {
        void* address;
        std::uint64_t size;
    };

    int m_protection;
    std::vector<Window> m_windows;
};

} // namespace vtscope
