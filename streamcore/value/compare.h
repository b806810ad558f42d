// Compares values by their text as MySQL sends it, without rounding. Any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
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

// Writes a number in the one way that all equal ones share: "-12.5" of "-012.50"; with an exponent, as the shortest
// text of its double. What is no number stays.
void normalizeNumber(std::string& text);

// A number as one whose order is that of the numbers: where keys differ, numbers differ so too. Of two numbers with the
// same key that are exact both are equal. Nothing for what is no number.
struct NumberKey
{
    std::uint64_t bits = 0;
    bool isExact = false; // at most 15 digits
};
std::optional<NumberKey> numberKey(std::string_view text);

// A date, a date with a time, or a time as one whose order is that of compareTimes(), for those with or those without a
// date. Nothing for what is none, and beyond what MySQL has: years to 9999, hours to 838, microseconds.
struct TimeKey
{
    bool hasDate = false;
    std::uint64_t bits = 0;
};
std::optional<TimeKey> timeKey(std::string_view text);

} // namespace vtscope
