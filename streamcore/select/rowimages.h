// The images of a change, and single values in them, without taking whole rows apart. Any thread; the views live as
// long as the snapshot.
#pragma once

#include <cstdint>
#include <optional>

#include "streamcore/capture/capture.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/scanner.h"

namespace vtscope {

struct RowImages
{
    Bytes before, after; // query.Row
    bool hasBefore = false, hasAfter = false;
    bool isPlain = false; // the rows add up, and what has bytes is a whole value
};

inline RowImages imagesOf(const Snapshot& snapshot, const Entry& entry)
{
    RowImages images;
    const Bytes payload = snapshot.payload(entry.record());
    const auto fieldAt = [payload](std::uint32_t offset) {
        return offset < payload.size() ? delimitedAt(payload.data() + offset, payload.data() + payload.size())
                                       : Bytes();
    };
    if (entry.images() == Images::Rows) {
        images.hasBefore = entry.first != 0;
        images.hasAfter = entry.second != 0;
        if (images.hasBefore)
            images.before = fieldAt(entry.first);
        if (images.hasAfter)
            images.after = fieldAt(entry.second);
        images.isPlain = entry.fault() == RowFault::None;
    } else if (entry.images() == Images::RowChange) {
        images.isPlain = entry.fault() == RowFault::None;
        Scanner scanner(fieldAt(entry.first));
        while (scanner.next()) {
            if (scanner.isBytes(1)) {
                images.before = scanner.bytes();
                images.hasBefore = true;
            } else if (scanner.isBytes(2)) {
                images.after = scanner.bytes();
                images.hasAfter = true;
            } else if (scanner.isBytes(4)) {
                images.isPlain = false; // its after image may hold parts of JSON documents
            }
        }
    }
    return images;
}

// The bytes of a value. Nothing when it has none, and when the row is written in a way that servers do not use: a
// ChangeView tells what it is then.
inline std::optional<Bytes> valueIn(Bytes row, std::size_t column)
{
    constexpr char kPackedLengths = 0x0A, kValues = 0x12;
    const char* at = row.data();
    const char* const end = at + row.size();
    if (row.empty() || *at++ != kPackedLengths)
        return std::nullopt;
    const Bytes lengths = delimitedAt(at, end);
    at = lengths.data() + lengths.size();
    if (lengths.empty() || at == end || *at++ != kValues)
        return std::nullopt;
    const Bytes values = delimitedAt(at, end);
    if (values.empty() || values.data() + values.size() != end)
        return std::nullopt;
    std::uint64_t offset = 0, zigzag = 0;
    at = lengths.data();
    const char* const lengthsEnd = at + lengths.size();
    for (std::size_t i = 0;; ++i) {
        if (at == lengthsEnd || !Scanner::readVarint(at, lengthsEnd, zigzag))
            return std::nullopt;
        if (i == column)
            break;
        if ((zigzag & 1) == 0)
            offset += zigzag >> 1;
    }
    const std::uint64_t length = zigzag >> 1;
    if ((zigzag & 1) != 0 || offset > values.size() || length > values.size() - offset)
        return std::nullopt;
    return values.substr(offset, length);
}

} // namespace vtscope
