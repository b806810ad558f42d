#include "streamcore/value/compare.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>

namespace vtscope {

namespace {

// "-0012.50" taken apart: negative, "12", "5".
struct Number
{
    bool isNegative = false;
    std::string_view whole;    // without leading zeros
    std::string_view fraction; // without trailing zeros
    bool hasExponent = false;
};

std::size_t digitsAt(std::string_view text, std::size_t at)
{
    std::size_t end = at;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
        ++end;
    return end - at;
}

std::optional<Number> numberFrom(std::string_view text)
{
    Number number;
    std::size_t at = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        number.isNegative = text[0] == '-';
        at = 1;
    }
    number.whole = text.substr(at, digitsAt(text, at));
    at += number.whole.size();
    if (at < text.size() && text[at] == '.') {
        number.fraction = text.substr(at + 1, digitsAt(text, at + 1));
        at += 1 + number.fraction.size();
    }
    if (number.whole.empty() && number.fraction.empty())
        return std::nullopt;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        number.hasExponent = true;
        ++at;
        at += at < text.size() && (text[at] == '-' || text[at] == '+');
        const std::size_t digits = digitsAt(text, at);
        if (digits == 0)
            return std::nullopt;
        at += digits;
    }
    if (at != text.size())
        return std::nullopt;
    while (!number.whole.empty() && number.whole.front() == '0')
        number.whole.remove_prefix(1);
    while (!number.fraction.empty() && number.fraction.back() == '0')
        number.fraction.remove_suffix(1);
    if (number.whole.empty() && number.fraction.empty())
        number.isNegative = false;
    return number;
}

std::strong_ordering compareSizes(const Number& a, const Number& b)
{
    if (const auto order = a.whole.size() <=> b.whole.size(); order != 0)
        return order;
    if (const auto order = a.whole <=> b.whole; order != 0)
        return order;
    return a.fraction <=> b.fraction;
}

double doubleFrom(std::string_view text)
{
    if (!text.empty() && text.front() == '+')
        text.remove_prefix(1);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

struct Moment
{
    std::int64_t days = 0; // year, month and day as one number that grows; 0 for a time without a date
    std::int64_t seconds = 0;
    std::string_view fraction; // without trailing zeros
    bool hasDate = false;
    bool isNegative = false;
};

// Numbers between these separators, as many as there are.
std::optional<Moment> momentFrom(std::string_view text)
{
    Moment moment;
    if (!text.empty() && text.front() == '-') {
        moment.isNegative = true;
        text.remove_prefix(1);
    }
    const auto take = [&text](std::int64_t& number) {
        const std::size_t digits = digitsAt(text, 0);
        if (digits == 0 || digits > 6)
            return false;
        std::from_chars(text.data(), text.data() + digits, number);
        text.remove_prefix(digits);
        return true;
    };
    const auto takeSign = [&text](char sign) {
        if (text.empty() || text.front() != sign)
            return false;
        text.remove_prefix(1);
        return true;
    };
    std::int64_t first = 0;
    if (!take(first))
        return std::nullopt;
    std::array<std::int64_t, 3> clock{};
    std::size_t parts = 0;
    if (takeSign('-')) {
        std::int64_t month = 0, day = 0;
        if (!take(month) || !takeSign('-') || !take(day) || moment.isNegative)
            return std::nullopt;
        moment.hasDate = true;
        moment.days = (first * 100 + month) * 100 + day;
        if (text.empty())
            return moment;
        if (!takeSign(' ') && !takeSign('T'))
            return std::nullopt;
        if (!take(clock[0]))
            return std::nullopt;
    } else {
        clock[0] = first;
    }
    for (parts = 1; parts < clock.size() && takeSign(':'); ++parts) {
        if (!take(clock.at(parts)))
            return std::nullopt;
    }
    if (parts < 2)
        return std::nullopt;
    moment.seconds = (clock[0] * 60 + clock[1]) * 60 + clock[2];
    if (takeSign('.')) {
        moment.fraction = text.substr(0, digitsAt(text, 0));
        text.remove_prefix(moment.fraction.size());
        while (!moment.fraction.empty() && moment.fraction.back() == '0')
            moment.fraction.remove_suffix(1);
    }
    takeSign('Z');
    if (!text.empty())
        return std::nullopt;
    if (moment.seconds == 0 && moment.fraction.empty())
        moment.isNegative = false;
    return moment;
}

} // namespace

std::optional<std::partial_ordering> compareNumbers(std::string_view a, std::string_view b)
{
    const auto left = numberFrom(a), right = numberFrom(b);
    if (!left || !right)
        return std::nullopt;
    if (left->hasExponent || right->hasExponent)
        return doubleFrom(a) <=> doubleFrom(b);
    if (left->isNegative != right->isNegative)
        return left->isNegative ? std::partial_ordering::less : std::partial_ordering::greater;
    return left->isNegative ? compareSizes(*right, *left) : compareSizes(*left, *right);
}

std::optional<std::partial_ordering> compareTimes(std::string_view a, std::string_view b)
{
    const auto left = momentFrom(a), right = momentFrom(b);
    if (!left || !right || left->hasDate != right->hasDate)
        return std::nullopt;
    if (left->isNegative != right->isNegative)
        return left->isNegative ? std::partial_ordering::less : std::partial_ordering::greater;
    const Moment& low = left->isNegative ? *right : *left;
    const Moment& high = left->isNegative ? *left : *right;
    if (const auto order = low.days <=> high.days; order != 0)
        return order;
    if (const auto order = low.seconds <=> high.seconds; order != 0)
        return order;
    return low.fraction <=> high.fraction;
}

bool isNumber(std::string_view text)
{
    return numberFrom(text).has_value();
}

void normalizeNumber(std::string& text)
{
    // As nearly all keys are.
    if (!text.empty() && text.front() != '0' && digitsAt(text, 0) == text.size())
        return;
    const auto number = numberFrom(text);
    if (!number)
        return;
    std::string normal;
    if (number->hasExponent) {
        std::array<char, 512> digits{};
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), doubleFrom(text) + 0.0,
                                                std::chars_format::fixed);
        normal.assign(digits.data(), end);
    } else {
        normal.append(number->isNegative ? "-" : "").append(number->whole.empty() ? "0" : number->whole);
        if (!number->fraction.empty())
            normal.append(".").append(number->fraction);
    }
    text = std::move(normal);
}

std::optional<NumberKey> numberKey(std::string_view text)
{
    constexpr std::size_t kDoubleDigits = 15;
    constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
    const auto number = numberFrom(text);
    if (!number)
        return std::nullopt;
    // The nearest double keeps the order; without its sign, 0 and -0 are one.
    const bool isZero = number->whole.empty() && number->fraction.empty();
    const auto bits = std::bit_cast<std::uint64_t>(isZero ? 0.0 : doubleFrom(text));
    return NumberKey{(bits & kSign) != 0 ? ~bits : bits | kSign,
                     !number->hasExponent && number->whole.size() + number->fraction.size() <= kDoubleDigits};
}

std::optional<TimeKey> timeKey(std::string_view text)
{
    constexpr std::int64_t kLastDay = 99'991'231, kMostSeconds = 839 * 3600, kMicroseconds = 1'000'000;
    constexpr std::size_t kMostPlaces = 6;
    const auto moment = momentFrom(text);
    if (!moment || moment->days > kLastDay || moment->fraction.size() > kMostPlaces ||
        moment->seconds >= (moment->hasDate ? 24 * 3600 : kMostSeconds))
        return std::nullopt;
    std::int64_t microseconds = 0;
    for (std::size_t i = 0; i < kMostPlaces; ++i)
        microseconds = microseconds * 10 + (i < moment->fraction.size() ? moment->fraction[i] - '0' : 0);
    microseconds += moment->seconds * kMicroseconds;
    if (moment->hasDate)
        return TimeKey{true, static_cast<std::uint64_t>(moment->days) << 37 | static_cast<std::uint64_t>(microseconds)};
    constexpr std::int64_t kMiddle = kMostSeconds * kMicroseconds;
    return TimeKey{false, static_cast<std::uint64_t>(kMiddle + (moment->isNegative ? -microseconds : microseconds))};
}

} // namespace vtscope
