// query.Row: the lengths of the cells and their bytes. Checked once when a message is walked, taken apart when a row is
// looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "streamcore/decode/scanner.h"

namespace vtscope {

// Why a row cannot be taken at its word. Kept in the change index.
enum class RowFault : std::uint8_t {
    None,
    NoFields,       // no column names were ever sent for it
    TooFewCells,    // fewer lengths than columns
    TooManyCells,   // more lengths than columns
    Truncated,      // the lengths add up to more bytes than there are
    TrailingBytes,  // … to fewer
    NegativeLength, // a length below -1
    Malformed,      // not a Row message
};

// Whether a row is written as servers write nearly all: the lengths of its cells in a byte each, as many as there are
// columns, then the values, and nothing else. No such row has a fault; any other needs a closer look.
inline bool isPlainRow(Bytes row, std::size_t columns)
{
    constexpr std::uint64_t kEach = 0x0101010101010101u, kPairs = 0x00FF00FF00FF00FFu;
    const char* at = row.data();
    const char* const end = at + row.size();
    // The lengths are read by eights, so there must be some bytes behind them.
    if (columns == 0 || columns >= 0x80 || row.size() < columns + 10 || at[0] != 0x0A ||
        at[1] != static_cast<char>(columns))
        return false;
    at += 2;
    // Zigzag: twice the length, or 1 for no value. What is odd otherwise is a mistake.
    std::uint64_t all = 0, odd = 0, sums = 0;
    const auto add = [&](std::uint64_t bytes) {
        all |= bytes;
        odd |= (bytes & kEach) * 0x7E & bytes;
        const std::uint64_t lengths = bytes & kEach * 0xFE;
        sums += (lengths & kPairs) + (lengths >> 8 & kPairs);
    };
    std::uint64_t bytes = 0;
    std::size_t left = columns;
    for (; left > 8; left -= 8, at += 8) {
        std::memcpy(&bytes, at, 8);
        add(bytes);
    }
    std::memcpy(&bytes, at, 8);
    add(bytes & ~std::uint64_t{0} >> (8 - left) * 8);
    at += left;
    odd |= all & kEach << 7;
    const std::uint64_t size = (sums * 0x0001000100010001u >> 48) / 2;
    if (odd != 0 || end - at < 3 || at[0] != 0x12)
        return false;
    const auto low = static_cast<unsigned char>(at[1]), high = static_cast<unsigned char>(at[2]);
    if (low < 0x80)
        return size == low && end - at == 2 + static_cast<std::ptrdiff_t>(size);
    return size == ((low & 0x7Fu) | static_cast<std::uint64_t>(high) << 7) && high < 0x80 &&
           end - at == 3 + static_cast<std::ptrdiff_t>(size);
}

// checkRow for a row that is not plain.
RowFault findFault(Bytes row, std::size_t columns);

// Compares a Row message with the number of columns it should have. Allocates nothing.
inline RowFault checkRow(Bytes row, std::size_t columns)
{
    return isPlainRow(row, columns) ? RowFault::None : findFault(row, columns);
}

// A cell of a taken-apart row; offset is into Row.values.
struct CellSpan
{
    std::uint32_t offset = 0;
    std::int32_t length = -1; // -1: NULL, or not sent
};

// Takes a row apart as far as its lengths and bytes agree. Returns Row.values; spans has one entry per readable length.
Bytes splitRow(Bytes row, std::vector<CellSpan>& spans);

} // namespace vtscope
