#include "streamcore/clock.h"

#include <array>

namespace vtscope {

namespace {

char* putTwo(std::int64_t number, char* at)
{
    *at++ = static_cast<char>('0' + number / 10 % 10);
    *at++ = static_cast<char>('0' + number % 10);
    return at;
}

} // namespace

void appendTime(std::int64_t ns, std::string& out)
{
    constexpr std::int64_t kDay = 86'400;
    std::int64_t seconds = ns / 1'000'000'000, micros = ns % 1'000'000'000 / 1000;
    if (micros < 0) {
        micros += 1'000'000;
        --seconds;
    }
    const std::int64_t days = (seconds >= 0 ? seconds : seconds - kDay + 1) / kDay, rest = seconds - days * kDay;
    // Civil date from days since 1970, in eras of 400 years.
    const std::int64_t shifted = days + 719'468, era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097,
                       inEra = shifted - era * 146'097;
    const std::int64_t year = (inEra - inEra / 1460 + inEra / 36'524 - inEra / 146'096) / 365,
                       inYear = inEra - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * inYear + 2) / 153, day = inYear - (153 * month + 2) / 5 + 1;
    const std::int64_t civilMonth = month < 10 ? month + 3 : month - 9,
                       civilYear = year + era * 400 + (civilMonth <= 2);
    std::array<char, 27> text{};
    char* at = putTwo(civilYear, putTwo(civilYear / 100, text.data()));
    *at++ = '-';
    at = putTwo(civilMonth, at);
    *at++ = '-';
    at = putTwo(day, at);
    *at++ = 'T';
    at = putTwo(rest / 3600, at);
    *at++ = ':';
    at = putTwo(rest / 60 % 60, at);
    *at++ = ':';
    at = putTwo(rest % 60, at);
    *at++ = '.';
    at = putTwo(micros, putTwo(micros / 100, putTwo(micros / 10'000, at)));
    *at = 'Z';
    out.append(text.data(), text.size());
}

} // namespace vtscope
