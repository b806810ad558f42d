// The bytes of a capture file, as structures. Little-endian, as every system that Qt 6 runs vtscope on.
#pragma once

#include <cstdint>
#include <string_view>

namespace vtscope {

constexpr char kHeadMagic[17] = "vtscope capture\n";
constexpr char kFootMagic[17] = "vtscope sealed\n\0";
constexpr std::uint64_t kSegmentSize = std::uint64_t{64} << 20;
// What was left empty ends with a page; so do the parts of a file that can be given back.
constexpr std::uint64_t kPageSize = 4096;
constexpr std::uint32_t kCaptureVersion = 1;

enum class RecordType : std::uint16_t {
    None = 0,    // the rest of the page is empty
    Message = 1, // a server's message; what kind, its reader tells
    ReaderOpened = 2,
    ReaderEnded = 3,
    GapFound = 4,
    TableFound = 5,
    Checkpoint = 6,
    Marked = 7,
    Chosen = 8,
};

struct FileHead
{
    char magic[16]; // "vtscope capture\n"
    std::uint32_t version;
    std::uint32_t headSize;
    std::uint64_t segmentSize;
    std::int64_t created; // ns since 1970
    std::uint64_t
        salt; // a random number that goes into every hash: bytes left from an earlier use of the file are no records
    std::uint64_t reserved[2];
};
static_assert(sizeof(FileHead) == 64);

struct RecordHead
{
    std::uint32_t length; // of the payload
    std::uint16_t type;
    std::uint16_t reader;
    std::int64_t received; // ns since 1970
    std::uint64_t hash;    // recordHash()
};
static_assert(sizeof(RecordHead) == 24);

// Whether nothing was written here: the rest of the page is empty.
constexpr bool isUnwritten(const RecordHead& head)
{
    return head.length == 0 && head.type == 0 && head.reader == 0 && head.received == 0 && head.hash == 0;
}

// XXH3 of the payload, seeded with XXH3 of the head's 16 bytes before the hash, seeded with the file's salt.
std::uint64_t recordHash(const RecordHead& head, std::string_view payload, std::uint64_t salt);

struct FileFoot
{
    std::uint64_t dataEnd;
    std::uint64_t indexAt;
    std::uint64_t entries;
    std::uint64_t contentsAt; // capture.proto Contents: layouts and readers
    std::uint64_t contentsSize;
    std::uint64_t hash; // XXH3 of the contents, seeded with XXH3 of the index
    char magic[16];     // "vtscope sealed\n"
};
static_assert(sizeof(FileFoot) == 64);

constexpr std::uint64_t alignRecord(std::uint64_t offset)
{
    return (offset + 7) & ~std::uint64_t{7};
}

constexpr std::uint64_t nextSegment(std::uint64_t at)
{
    return (at / kSegmentSize + 1) * kSegmentSize;
}

// The page after this place.
constexpr std::uint64_t nextPage(std::uint64_t at)
{
    return (at / kPageSize + 1) * kPageSize;
}

// The first page before which an empty head has room, for a log that ends at `end`.
constexpr std::uint64_t placePage(std::uint64_t end)
{
    return nextPage(alignRecord(end) + sizeof(RecordHead) - 1);
}

// Where a record with this much payload goes when the log ends at `end`: there, or at the next segment if it would
// cross into it. One that is longer than a segment follows a segment's checkpoint.
constexpr std::uint64_t placeRecord(std::uint64_t end, std::uint64_t payload)
{
    const std::uint64_t at = alignRecord(end);
    const std::uint64_t room = kSegmentSize - at % kSegmentSize;
    const std::uint64_t need = sizeof(RecordHead) + payload;
    return need <= room || room == kSegmentSize ? at : at + room;
}

} // namespace vtscope
