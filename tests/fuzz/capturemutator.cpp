// Changes a capture inside its records, its index and its contents, and writes the lengths and hashes that fit: without
// that hardly any input would come past them.
#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "streamcore/capture/hash.h"
#include "streamcore/capture/record.h"

using namespace vtscope;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);

namespace {

struct Parts
{
    FileHead head;
    std::vector<std::pair<RecordHead, std::string>> records;
    bool isSealed = false;
    std::string index, contents;
};

Parts partsOf(std::string_view bytes)
{
    Parts parts;
    std::memcpy(&parts.head, bytes.data(), sizeof parts.head);
    std::uint64_t end = bytes.size();
    FileFoot foot;
    std::memcpy(&foot, bytes.data() + bytes.size() - sizeof foot, sizeof foot);
    const std::uint64_t bodyEnd = bytes.size() - sizeof foot;
    if (std::memcmp(foot.magic, kFootMagic, sizeof foot.magic) == 0 && foot.dataEnd <= foot.indexAt &&
        foot.indexAt <= foot.contentsAt && foot.contentsAt <= bodyEnd) {
        parts.isSealed = true;
        parts.index = bytes.substr(foot.indexAt, foot.contentsAt - foot.indexAt);
        parts.contents = bytes.substr(foot.contentsAt, bodyEnd - foot.contentsAt);
        end = foot.dataEnd;
    }
    for (std::uint64_t at = sizeof(FileHead); at + sizeof(RecordHead) <= end;) {
        RecordHead head;
        std::memcpy(&head, bytes.data() + at, sizeof head);
        const std::string_view payload = bytes.substr(at + sizeof head, head.length);
        parts.records.emplace_back(head, payload);
        at = alignRecord(at + sizeof head + payload.size());
    }
    return parts;
}

void append(const void* bytes, std::size_t size, std::string& out)
{
    out.append(static_cast<const char*>(bytes), size);
}

std::string bytesOf(const Parts& parts)
{
    std::string out;
    append(&parts.head, sizeof parts.head, out);
    for (auto [head, payload] : parts.records) {
        out.resize(alignRecord(out.size()));
        head.length = static_cast<std::uint32_t>(payload.size());
        head.hash = recordHash(head, payload, parts.head.salt);
        append(&head, sizeof head, out);
        out += payload;
    }
    if (!parts.isSealed)
        return out;
    FileFoot foot{};
    foot.dataEnd = out.size();
    out.resize(alignRecord(out.size()));
    foot.indexAt = out.size();
    foot.entries = parts.index.size() / 32;
    out += parts.index;
    foot.contentsAt = out.size();
    foot.contentsSize = parts.contents.size();
    out += parts.contents;
    foot.hash = hashOf(parts.contents, hashOf(std::string_view(parts.index).substr(0, foot.entries * 32)));
    std::memcpy(foot.magic, kFootMagic, sizeof foot.magic);
    append(&foot, sizeof foot, out);
    return out;
}

void mutate(std::string& bytes, std::size_t most)
{
    const std::size_t size = bytes.size();
    bytes.resize(std::max(size, most));
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t maxSize, unsigned seed)
{
    std::minstd_rand random(seed);
    const auto upTo = [&random](std::size_t most) { return random() % (most + 1); };
    if (size < sizeof(FileHead) + sizeof(FileFoot) || upTo(9) == 0)
        return LLVMFuzzerMutate(data, size, maxSize);
    Parts parts = partsOf({reinterpret_cast<const char*>(data), size});
    auto& records = parts.records;
    const std::size_t room = maxSize > size ? std::min<std::size_t>(maxSize - size, 64) : 0;
    const std::size_t place = upTo(records.size());
    switch (upTo(parts.isSealed ? 7 : 5)) {
    case 0:
        if (place < records.size())
            records.insert(records.begin() + static_cast<std::ptrdiff_t>(upTo(records.size())), records[place]);
        break;
    case 1:
        if (place < records.size())
            records.erase(records.begin() + static_cast<std::ptrdiff_t>(place));
        break;
    case 2:
        if (place < records.size()) {
            records[place].first.type = static_cast<std::uint16_t>(upTo(9));
            records[place].first.reader = static_cast<std::uint16_t>(upTo(3));
        }
        break;
    case 6:
        mutate(parts.index, parts.index.size() + 32);
        parts.index.resize(parts.index.size() / 32 * 32);
        break;
    case 7:
        mutate(parts.contents, parts.contents.size() + room);
        break;
    default:
        if (place < records.size())
            mutate(records[place].second, records[place].second.size() + room);
        break;
    }
    const std::string bytes = bytesOf(parts);
    if (bytes.size() > maxSize)
        return LLVMFuzzerMutate(data, size, maxSize);
    std::memcpy(data, bytes.data(), bytes.size());
    return bytes.size();
}
