#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "app/localbranch/value.h"

namespace localbranch {

namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr int64_t kMicrosecondsPerSecond = 1'000'000;

struct Moment
{
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t microsecond = 0;
    int carry = 0; ///< 1 if the rounded fraction reached a whole second
};

class Reader
{
public:
    explicit Reader(std::string_view text) : m_text(text) {}

    std::optional<int> number(size_t mostDigits)
    {
        size_t end = m_at;
        while (end < m_text.size() && end - m_at < mostDigits && m_text[end] >= '0' && m_text[end] <= '9')
            ++end;
        if (end == m_at)
            return std::nullopt;
        int value = 0;
        std::from_chars(m_text.data() + m_at, m_text.data() + end, value);
        m_at = end;
        return value;
    }
    bool take(std::string_view anyOf)
    {
        if (m_at >= m_text.size() || anyOf.find(m_text[m_at]) == std::string_view::npos)
            return false;
        ++m_at;
        return true;
    }
    bool isDone() const { return m_at == m_text.size(); }
    std::string_view rest() const { return m_text.substr(m_at); }

    /// Microseconds, rounded to the digits kept.
    std::optional<int64_t> fraction(uint32_t kept)
    {
        std::string digits;
        while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9')
            digits += m_text[m_at++];
        digits.resize(std::max<size_t>(digits.size(), 7), '0');
        int64_t unit = kMicrosecondsPerSecond;
        int64_t value = 0;
        for (uint32_t i = 0; i < kept; ++i) {
            unit /= 10;
            value += (digits[i] - '0') * unit;
        }
        if (digits[kept] >= '5')
            value += unit;
        return value;
    }

private:
    std::string_view m_text;
    size_t m_at = 0;
};

bool isLeap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool isDate(const Moment& moment)
{
    static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (moment.month < 1 || moment.month > 12 || moment.day < 1)
        return false;
    const int days = kDays[static_cast<size_t>(moment.month - 1)] + (moment.month == 2 && isLeap(moment.year) ? 1 : 0);
    return moment.day <= days;
}

int64_t secondsOf(const Moment& moment)
{
    std::tm parts{};
    parts.tm_year = moment.year - 1900;
    parts.tm_mon = moment.month - 1;
    parts.tm_mday = moment.day;
    parts.tm_hour = moment.hour;
    parts.tm_min = moment.minute;
    parts.tm_sec = moment.second;
    return static_cast<int64_t>(timegm(&parts));
}

std::optional<Moment> momentOf(std::string_view text, uint32_t kept)
{
    Moment moment;
    const bool isPacked = text.size() >= 8 && text.find_first_not_of("0123456789") == std::string_view::npos;
    Reader reader(text);
    const std::string_view dashes = isPacked ? "" : "-/.";
    const auto part = [&reader](int& into, size_t digits, std::string_view before, bool isPackedPart) {
        if (!before.empty() && !isPackedPart && !reader.take(before))
            return false;
        const auto value = reader.number(digits);
        into = value.value_or(0);
        return value.has_value();
    };
    if (!part(moment.year, 4, "", isPacked) || !part(moment.month, 2, dashes, isPacked) ||
        !part(moment.day, 2, dashes, isPacked))
        return std::nullopt;
    if (!reader.isDone()) {
        if (!isPacked && !reader.take("T "))
            return std::nullopt;
        if (!part(moment.hour, 2, "", isPacked) || !part(moment.minute, 2, ":", isPacked))
            return std::nullopt;
        if (!reader.isDone() && !part(moment.second, 2, ":", isPacked))
            return std::nullopt;
        if (reader.take("."))
            moment.microsecond = reader.fraction(kept).value_or(0);
    }
    if (!reader.isDone() || !isDate(moment) || moment.hour > 23 || moment.minute > 59 || moment.second > 59)
        return std::nullopt;
    return moment;
}

std::string fractionText(int64_t microseconds, uint32_t digits)
{
    if (digits == 0)
        return {};
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(microseconds));
    return std::string(text.data(), digits + 1);
}

std::optional<std::string> timeText(std::string_view text, uint32_t kept)
{
    const bool isNegative = !text.empty() && text.front() == '-';
    Reader reader(isNegative ? text.substr(1) : text);
    const auto hours = reader.number(3);
    int minutes = 0;
    int seconds = 0;
    int64_t micro = 0;
    if (!hours || !reader.take(":"))
        return std::nullopt;
    minutes = reader.number(2).value_or(60);
    if (reader.take(":"))
        seconds = reader.number(2).value_or(60);
    if (reader.take("."))
        micro = reader.fraction(kept).value_or(0);
    if (!reader.isDone() || minutes > 59 || seconds > 59 || *hours > 838)
        return std::nullopt;
    int64_t all = *hours * 3600LL + minutes * 60LL + seconds + micro / kMicrosecondsPerSecond;
    micro %= kMicrosecondsPerSecond;
    std::array<char, 32> result{};
    std::snprintf(result.data(), result.size(), "%s%02d:%02d:%02d", isNegative && all + micro > 0 ? "-" : "",
                  static_cast<int>(all / 3600), static_cast<int>(all / 60 % 60), static_cast<int>(all % 60));
    return result.data() + fractionText(micro, kept);
}

// Nanoseconds would end in 2262: dates go to 9999.
std::string momentText(int64_t seconds, int64_t microseconds, uint32_t fractionDigits)
{
    const auto time = static_cast<std::time_t>(seconds + microseconds / kMicrosecondsPerSecond);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text.data() + fractionText(microseconds % kMicrosecondsPerSecond, fractionDigits);
}

} // namespace

int64_t nowNanoseconds()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string dateTimeText(int64_t nanoseconds, uint32_t fractionDigits)
{
    int64_t seconds = nanoseconds / kNanosecondsPerSecond;
    int64_t rest = nanoseconds % kNanosecondsPerSecond;
    if (rest < 0) {
        rest += kNanosecondsPerSecond;
        --seconds;
    }
    return momentText(seconds, rest / 1000, fractionDigits);
}

std::string nowText(uint32_t fractionDigits)
{
    return dateTimeText(nowNanoseconds(), fractionDigits);
}

std::optional<std::string> unixTimeText(std::string_view dateTime)
{
    const auto moment = momentOf(dateTime, 6);
    if (!moment)
        return std::nullopt;
    std::string text = std::to_string(secondsOf(*moment));
    const size_t point = dateTime.find('.');
    if (point != std::string_view::npos)
        text += dateTime.substr(point);
    return text;
}

std::optional<std::string> temporalText(const ColumnType& type, std::string_view text)
{
    if (type.type == query::TIME)
        return timeText(text, type.decimals);
    const uint32_t kept = type.type == query::DATE ? 6 : type.decimals;
    const auto moment = momentOf(text, kept);
    if (!moment)
        return std::nullopt;
    const std::string full = momentText(secondsOf(*moment), moment->microsecond, kept);
    return type.type == query::DATE ? full.substr(0, 10) : full;
}

} // namespace localbranch
