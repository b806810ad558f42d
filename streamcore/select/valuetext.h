// The text of a value as filters and searches look at it. Any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "streamcore/select/needle.h"
#include "streamcore/value/cell.h"

namespace vtscope {

// Whether the bytes of this column's values are their text.
inline bool isSentAsText(const Column& column)
{
    return !column.isBytes() && !column.hasNumericMembers && column.charset == Charset::Utf8;
}

// The bytes where they lie, or the exact text in `scratch`. The cell must have a value.
inline std::string_view textOf(const Cell& cell, std::string& scratch)
{
    if (isSentAsText(*cell.column))
        return cell.bytes;
    scratch.clear();
    appendExact(cell, scratch);
    return scratch;
}

// Whether each value of this column that has the needle in its text has it in its bytes too.
inline bool isToldByBytes(const Column& column, const Needle& needle)
{
    const std::string& text = needle.text();
    if (isSentAsText(column))
        return true;
    // Hex digits, or for BIT a number.
    if (column.isBytes())
        return text.find_first_not_of("0123456789abcdef") != std::string::npos;
    // Labels, or the number as it came where it has none.
    if (column.hasNumericMembers)
        return text.find(',') == std::string::npos &&
               std::none_of(column.members.begin(), column.members.end(),
                            [&needle](const std::string& member) { return needle.isIn(member); });
    const bool isAscii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
    return column.charset == Charset::Latin1 && isAscii;
}

} // namespace vtscope
