#include "app/localbranch/floattext.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace localbranch {

namespace {

constexpr int kFirstExponentWritten = 15;

/// Sign, digits without point, and the exponent of the first digit, out of a `d.ddde±xx` spelling.
struct Scientific
{
    bool negative = false;
    std::string digits;
    int exponent = 0;
};

Scientific takenApart(std::string_view text)
{
    Scientific parts;
    if (!text.empty() && text.front() == '-') {
        parts.negative = true;
        text.remove_prefix(1);
    }
    const size_t mark = text.find('e');
    for (const char c : text.substr(0, mark)) {
        if (c != '.')
            parts.digits += c;
    }
    std::string_view exponent = text.substr(mark + 1);
    if (exponent.front() == '+')
        exponent.remove_prefix(1);
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), parts.exponent);
    while (parts.digits.size() > 1 && parts.digits.back() == '0')
        parts.digits.pop_back();
    return parts;
}

std::string mysqlText(const Scientific& parts)
{
    std::string text = parts.negative ? "-" : "";
    const int count = static_cast<int>(parts.digits.size());
    if (parts.exponent >= kFirstExponentWritten || parts.exponent < -kFirstExponentWritten) {
        text += parts.digits.substr(0, 1);
        if (count > 1)
            text += "." + parts.digits.substr(1);
        return text + "e" + std::to_string(parts.exponent);
    }
    if (parts.exponent < 0)
        return text + "0." + std::string(static_cast<size_t>(-parts.exponent - 1), '0') + parts.digits;
    if (count <= parts.exponent + 1)
        return text + parts.digits + std::string(static_cast<size_t>(parts.exponent + 1 - count), '0');
    return text + parts.digits.substr(0, static_cast<size_t>(parts.exponent + 1)) + "." +
           parts.digits.substr(static_cast<size_t>(parts.exponent + 1));
}

std::string liveText(const Scientific& parts)
{
    std::string text = parts.negative ? "-" : "";
    text += parts.digits.substr(0, 1);
    if (parts.digits.size() > 1)
        text += "." + parts.digits.substr(1);
    std::array<char, 16> exponent{};
    std::snprintf(exponent.data(), exponent.size(), "E%+03d", parts.exponent);
    return text + exponent.data();
}

template <typename Number> Scientific shortest(Number value)
{
    std::array<char, 64> buffer{};
    const auto result =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    return takenApart(std::string_view(buffer.data(), static_cast<size_t>(result.ptr - buffer.data())));
}

} // namespace

std::string doubleText(double value)
{
    return mysqlText(shortest(value));
}

std::string floatText(float value)
{
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.5e", static_cast<double>(value));
    return mysqlText(takenApart(buffer.data()));
}

std::string liveDoubleText(double value)
{
    return liveText(shortest(value));
}

std::string liveFloatText(float value)
{
    return liveText(shortest(value));
}

} // namespace localbranch
