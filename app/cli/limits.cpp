#include "app/cli/limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace vtscope::cli {

namespace {

struct Unit
{
    char name;
    std::uint64_t factor;
};
constexpr std::array kBytes{Unit{'K', 1ull << 10}, Unit{'M', 1ull << 20}, Unit{'G', 1ull << 30}, Unit{'T', 1ull << 40}};
constexpr std::array kSeconds{Unit{'s', 1}, Unit{'m', 60}, Unit{'h', 3600}, Unit{'d', 86'400}};

// A whole number from 1 on, with at most one unit behind it.
std::optional<std::uint64_t> amountOf(std::string_view text, std::span<const Unit> units, std::uint64_t most)
{
    std::uint64_t number = 0, factor = 1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    bool isKnown = rest.empty();
    for (const Unit& unit : units) {
        if (rest.size() == 1 && rest.front() == unit.name) {
            factor = unit.factor;
            isKnown = true;
        }
    }
    if (error != std::errc() || !isKnown || number == 0 || number > most / factor)
        return std::nullopt;
    return number * factor;
}

} // namespace

std::optional<std::uint64_t> sizeFrom(std::string_view text)
{
    return amountOf(text, std::span(kBytes).first(3), std::uint64_t{1} << 62);
}

std::optional<std::chrono::milliseconds> durationFrom(const std::string& text)
{
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !std::isfinite(number) || number <= 0)
        return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const double factor = unit == "ms"                  ? 1
                          : unit == "s" || unit.empty() ? 1000
                          : unit == "m"                 ? 60'000
                          : unit == "h"                 ? 3'600'000
                                                        : 0;
    // What a timer can wait for.
    const double whole = number * factor;
    if (factor == 0 || whole < 1 || whole > std::numeric_limits<int>::max())
        return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(whole));
}

Result<RingLimits> limitsFrom(const std::string& option, const std::string& text)
{
    constexpr std::uint64_t kMostSeconds = 100ull * 365 * 86'400;
    RingLimits limits;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const std::string_view name = part.substr(0, part.find(':'));
        const std::string_view amount = part.substr(std::min(part.size(), name.size() + 1));
        std::optional<std::uint64_t> number;
        if (name == "size" && limits.bytes == 0) {
            number = amountOf(amount, kBytes, ~std::uint64_t{0});
            limits.bytes = number.value_or(0);
        } else if (name == "changes" && limits.changes == 0) {
            number = amountOf(amount, {}, ~std::uint64_t{0});
            limits.changes = number.value_or(0);
        } else if (name == "time" && limits.age.count() == 0) {
            number = amountOf(amount, kSeconds, kMostSeconds);
            limits.age = std::chrono::seconds(number.value_or(0));
        }
        if (!number)
            return failure(ErrorKind::Usage,
                           "--" + option + " does not understand " + std::string(part) +
                               ". Give size:2G, time:24h or changes:1000000, or several with commas.");
    }
    if (!limits.isSet())
        return failure(ErrorKind::Usage, "--" + option + " needs a limit, such as size:2G or time:24h.");
    return limits;
}

} // namespace vtscope::cli
