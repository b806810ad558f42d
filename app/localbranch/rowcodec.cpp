#include "app/localbranch/rowcodec.h"

namespace localbranch {

namespace {

constexpr char kLengthsTag = 0x0A;
constexpr char kValuesTag = 0x12;

void appendVarint(std::string& bytes, uint64_t value)
{
    while (value >= 0x80) {
        bytes += static_cast<char>((value & 0x7FU) | 0x80U);
        value >>= 7U;
    }
    bytes += static_cast<char>(value);
}

uint64_t takeVarint(std::string_view bytes, size_t& at)
{
    uint64_t value = 0;
    for (unsigned shift = 0; at < bytes.size() && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        value |= static_cast<uint64_t>(byte & 0x7FU) << shift;
        if (byte < 0x80)
            break;
    }
    return value;
}

template <typename Cells> std::string packed(const Cells& cells)
{
    std::string lengths;
    lengths.reserve(cells.size() * 2);
    size_t total = 0;
    for (const auto& cell : cells) {
        // Zigzag: -1, which means NULL, becomes 1.
        appendVarint(lengths, cell ? static_cast<uint64_t>(cell->size()) << 1U : 1);
        total += cell ? cell->size() : 0;
    }
    std::string bytes;
    bytes.reserve(lengths.size() + total + 12);
    if (!lengths.empty()) {
        bytes += kLengthsTag;
        appendVarint(bytes, lengths.size());
        bytes += lengths;
    }
    if (total > 0) {
        bytes += kValuesTag;
        appendVarint(bytes, total);
        for (const auto& cell : cells) {
            if (cell)
                bytes.append(*cell);
        }
    }
    return bytes;
}

} // namespace

std::string packedRow(const Row& cells)
{
    return packed(cells);
}

std::string packedRow(const RowView& cells)
{
    return packed(cells);
}

void readRow(std::string_view bytes, RowView& cells)
{
    cells.clear();
    size_t at = 0;
    if (at >= bytes.size() || bytes[at] != kLengthsTag)
        return;
    ++at;
    const size_t lengthsEnd = static_cast<size_t>(takeVarint(bytes, at)) + at;
    size_t valuesAt = lengthsEnd;
    if (valuesAt < bytes.size()) {
        ++valuesAt;
        takeVarint(bytes, valuesAt);
    }
    while (at < lengthsEnd) {
        const uint64_t zigzag = takeVarint(bytes, at);
        if ((zigzag & 1U) != 0) {
            cells.emplace_back(std::nullopt);
        } else {
            const auto length = static_cast<size_t>(zigzag >> 1U);
            cells.emplace_back(bytes.substr(valuesAt, length));
            valuesAt += length;
        }
    }
}

Row ownedRow(const RowView& cells)
{
    Row row;
    row.reserve(cells.size());
    for (const CellView& cell : cells)
        row.push_back(cell ? Cell(std::string(*cell)) : std::nullopt);
    return row;
}

} // namespace localbranch
