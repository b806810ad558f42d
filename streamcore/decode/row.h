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

// Compares a Row message with the number of columns it should have. Allocates nothing.
RowFault checkRow(Bytes row, std::size_t columns);

// A cell of a taken-apart row; offset is into Row.values.
struct CellSpan
{
    std::uint32_t offset = 0;
    std::int32_t length = -1; // -1: NULL, or not sent
};

// Takes a row apart as far as its lengths and bytes agree. Returns Row.values; spans has one entry per readable length.
Bytes splitRow(Bytes row, std::vector<CellSpan>& spans);

} // namespace vtscope
