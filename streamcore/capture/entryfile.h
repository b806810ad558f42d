// The change index of a capture that grows: entries written through a mapping of a file, so that an entry costs no call
// into the system. The room is reserved before it is mapped, so a full disk is an error here, never a signal. One
// writer; any number of readers.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "streamcore/capture/filemapping.h"
#include "streamcore/decode/entry.h"
#include "streamcore/result.h"

namespace vtscope {

class EntryFile
{
public:
    EntryFile();
    ~EntryFile();
    EntryFile(const EntryFile&) = delete;
    EntryFile& operator=(const EntryFile&) = delete;

    // Takes over the descriptor, open for reading and writing; what it holds is written over.
    void adopt(int descriptor) { m_descriptor = descriptor; }

    // Puts the entries behind those that are there. Readers learn their number elsewhere, after this returned. Error
    // kind Output.
    Result<void> append(std::span<const Entry> entries);

    // Gives back the room of the first entries, as far as it fills pages. Nobody may read them any more.
    void free(std::uint64_t count);

    // Any thread. The first entry of a mapping that holds all appended ones; stays valid for the life of this object.
    const Entry* entries() const { return m_entries.load(std::memory_order_acquire); }

private:
    Result<void> reserve(std::uint64_t count);

    int m_descriptor = -1;
    std::uint64_t m_count = 0;
    std::uint64_t m_reserved = 0; // bytes of the file
    std::uint64_t m_freedTo = 0;
    std::atomic<Entry*> m_entries{nullptr};
    FileMapping m_mapping;
};

} // namespace vtscope
