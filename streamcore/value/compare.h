// Compares values by their text as MySQL sends it, without rounding. Any thread.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace vtscope {

// Digits with an optional sign, point and exponent. Exact unless one of them has an exponent; then as doubles. Nothing
// when one of them is no number.
std::optional<std::partial_ordering> compareNumbers(std::string_view a, std::string_view b);

// Dates and times: "2026-03-04", "2026-03-04 12:03:04.5", "2026-03-04T12:03", "-838:59:59.000000". What is left out is
// zero. Nothing when one of them has another form, or one is a time and the other has a date.
std::optional<std::partial_ordering> compareTimes(std::string_view a, std::string_view b);

// Whether the text is a number in this sense.
bool isNumber(std::string_view text);

} // namespace vtscope
