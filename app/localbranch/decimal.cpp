#include "app/localbranch/decimal.h"

#include <algorithm>
#include <charconv>

namespace localbranch {

namespace {

constexpr int kLongestExponent = 400;
/// Far beyond MySQL's 65 digits; keeps multiplication from being a weapon.
constexpr size_t kMostDigits = 1000;

void trimLeadingZeros(std::string& digits)
{
    digits.erase(0, digits.find_first_not_of('0') == std::string::npos ? digits.size() : digits.find_first_not_of('0'));
}

/// Digits of both with equal scale, most significant first and of equal length.
std::pair<std::string, std::string> aligned(const Decimal& left, const Decimal& right)
{
    const size_t scale = std::max(left.fraction.size(), right.fraction.size());
    std::string a = left.whole + left.fraction + std::string(scale - left.fraction.size(), '0');
    std::string b = right.whole + right.fraction + std::string(scale - right.fraction.size(), '0');
    const size_t length = std::max(a.size(), b.size());
    a.insert(0, length - a.size(), '0');
    b.insert(0, length - b.size(), '0');
    return {a, b};
}

Decimal fromDigits(std::string digits, size_t scale, bool negative)
{
    if (digits.size() < scale)
        digits.insert(0, scale - digits.size(), '0');
    Decimal result;
    result.fraction = digits.substr(digits.size() - scale);
    result.whole = digits.substr(0, digits.size() - scale);
    trimLeadingZeros(result.whole);
    result.negative = negative && !result.isZero();
    return result;
}

std::string addDigits(const std::string& a, const std::string& b)
{
    std::string sum(a.size() + 1, '0');
    int carry = 0;
    for (size_t i = a.size(); i-- > 0;) {
        const int digit = (a[i] - '0') + (b[i] - '0') + carry;
        sum[i + 1] = static_cast<char>('0' + digit % 10);
        carry = digit / 10;
    }
    sum[0] = static_cast<char>('0' + carry);
    return sum;
}

std::string subtractDigits(const std::string& larger, const std::string& smaller)
{
    std::string difference(larger.size(), '0');
    int borrow = 0;
    for (size_t i = larger.size(); i-- > 0;) {
        int digit = (larger[i] - '0') - (smaller[i] - '0') - borrow;
        borrow = digit < 0 ? 1 : 0;
        digit += borrow * 10;
        difference[i] = static_cast<char>('0' + digit);
    }
    return difference;
}

} // namespace

std::optional<Decimal> Decimal::parse(std::string_view text)
{
    Decimal result;
    size_t at = 0;
    if (at < text.size() && (text[at] == '-' || text[at] == '+'))
        result.negative = text[at++] == '-';
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9')
        result.whole += text[at++];
    size_t digits = at - start;
    if (at < text.size() && text[at] == '.') {
        const size_t point = ++at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9')
            result.fraction += text[at++];
        digits += at - point;
    }
    if (digits == 0)
        return std::nullopt;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && text[at] == '+')
            ++at;
        int exponent = 0;
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
        if (error != std::errc{} || exponent > kLongestExponent || exponent < -kLongestExponent)
            return std::nullopt;
        at = static_cast<size_t>(end - text.data());
        for (; exponent > 0; --exponent) {
            result.whole += result.fraction.empty() ? '0' : result.fraction.front();
            if (!result.fraction.empty())
                result.fraction.erase(0, 1);
        }
        for (; exponent < 0; ++exponent) {
            result.fraction.insert(0, 1, result.whole.empty() ? '0' : result.whole.back());
            if (!result.whole.empty())
                result.whole.pop_back();
        }
    }
    if (at != text.size() || result.whole.size() + result.fraction.size() > kMostDigits)
        return std::nullopt;
    trimLeadingZeros(result.whole);
    if (result.isZero())
        result.negative = false;
    return result;
}

std::string Decimal::toText() const
{
    std::string text = negative ? "-" : "";
    text += whole.empty() ? "0" : whole;
    if (!fraction.empty())
        text += "." + fraction;
    return text;
}

bool Decimal::isZero() const
{
    return whole.empty() && fraction.find_first_not_of('0') == std::string::npos;
}

Decimal Decimal::rounded(size_t scale) const
{
    if (fraction.size() <= scale) {
        Decimal padded = *this;
        padded.fraction.append(scale - fraction.size(), '0');
        return padded;
    }
    std::string digits = whole + fraction.substr(0, scale);
    if (fraction[scale] >= '5')
        digits =
            addDigits(digits, std::string(digits.empty() ? 0 : digits.size() - 1, '0') + (digits.empty() ? "" : "1"));
    if (whole.empty() && scale == 0)
        digits = fraction[0] >= '5' ? "1" : "0";
    return fromDigits(digits, scale, negative);
}

int Decimal::compare(const Decimal& left, const Decimal& right)
{
    if (left.negative != right.negative)
        return left.negative ? -1 : 1;
    const auto [a, b] = aligned(left, right);
    const int order = a.compare(b);
    const int sign = order < 0 ? -1 : (order > 0 ? 1 : 0);
    return left.negative ? -sign : sign;
}

Decimal Decimal::add(const Decimal& left, const Decimal& right)
{
    const auto [a, b] = aligned(left, right);
    const size_t scale = std::max(left.fraction.size(), right.fraction.size());
    if (left.negative == right.negative)
        return fromDigits(addDigits(a, b), scale, left.negative);
    return a >= b ? fromDigits(subtractDigits(a, b), scale, left.negative)
                  : fromDigits(subtractDigits(b, a), scale, right.negative);
}

Decimal Decimal::subtract(const Decimal& left, const Decimal& right)
{
    Decimal opposite = right;
    opposite.negative = !right.negative && !right.isZero();
    return add(left, opposite);
}

Decimal Decimal::multiply(const Decimal& left, const Decimal& right)
{
    const std::string a = left.whole + left.fraction;
    const std::string b = right.whole + right.fraction;
    std::string product(a.size() + b.size(), '0');
    for (size_t i = a.size(); i-- > 0;) {
        int carry = 0;
        for (size_t j = b.size(); j-- > 0;) {
            const int value = (a[i] - '0') * (b[j] - '0') + (product[i + j + 1] - '0') + carry;
            product[i + j + 1] = static_cast<char>('0' + value % 10);
            carry = value / 10;
        }
        product[i] = static_cast<char>(product[i] - '0' + carry + '0');
    }
    return fromDigits(product, left.fraction.size() + right.fraction.size(), left.negative != right.negative);
}

} // namespace localbranch
