// The text of a value as filters and searches look at it. Any thread.
#pragma once

#include <string>
#include <string_view>

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

} // namespace vtscope
