// The text of a value as filters and searches look at it and compare it. Any thread.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streamcore/select/needle.h"
#include "streamcore/value/cell.h"
#include "streamcore/value/compare.h"

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

// The text that a value is compared by: as above, and BIT as a number.
inline std::string_view comparedText(const Cell& cell, std::string& scratch)
{
    if (cell.column->kind != ValueKind::Bit)
        return textOf(cell, scratch);
    std::uint64_t bits = 0;
    for (const char c : cell.bytes)
        bits = bits << 8 | static_cast<unsigned char>(c);
    scratch = std::to_string(bits);
    return scratch;
}

// How two texts are compared: what the column is decides, not what is in it.
enum class Comparison : std::uint8_t { Number, Time, Text };

inline Comparison comparisonOf(const Column& column)
{
    switch (column.kind) {
    case ValueKind::Integer:
    case ValueKind::Decimal:
    case ValueKind::Float:
    case ValueKind::Year:
    case ValueKind::Bit:
        return Comparison::Number;
    case ValueKind::Date:
    case ValueKind::Time:
    case ValueKind::DateTime:
    case ValueKind::Timestamp:
        return Comparison::Time;
    default:
        return Comparison::Text;
    }
}

// Nothing when one of them is no such value.
inline std::optional<std::partial_ordering> compareAs(Comparison how, std::string_view a, std::string_view b)
{
    switch (how) {
    case Comparison::Number:
        return compareNumbers(a, b);
    case Comparison::Time:
        return compareTimes(a, b);
    case Comparison::Text:
        break;
    }
    return std::partial_ordering(a <=> b);
}

// Whether each value of this column that has the needle in its text has it in its bytes too.
inline bool isToldByBytes(const Column& column, const Needle& needle)
{
    const std::string& text = needle.text();
    if (isSentAsText(column))
        return true;
    const bool mayBeHex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
    // Hex digits, or for BIT a number.
    if (column.isBytes())
        return !mayBeHex;
    // Labels, or what came where it has none: as text if it is one.
    if (column.hasNumericMembers)
        return !mayBeHex && text.find(',') == std::string::npos &&
               std::none_of(column.members.begin(), column.members.end(),
                            [&needle](const std::string& member) { return needle.isIn(member); });
    const bool isAscii = std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
    return column.charset == Charset::Latin1 && isAscii;
}

} // namespace vtscope
