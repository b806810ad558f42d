#include "tests/bench/bench.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace vtscope::bench {
namespace {

double processCpuSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

} // namespace

Figure timeFigure(std::string name, double value, std::string unit, std::optional<double> limit, std::string limitName,
                  std::optional<double> target)
{
    Figure figure{std::move(name), value, std::move(unit), limit, std::move(limitName), {}, target, {}};
    if (limit && value > 0)
        figure.ratio = *limit / value;
    return figure;
}

Figure rateFigure(std::string name, double value, std::string unit, std::optional<double> limit, std::string limitName,
                  std::optional<double> target)
{
    Figure figure{std::move(name), value, std::move(unit), limit, std::move(limitName), {}, target, {}};
    if (limit && *limit > 0)
        figure.ratio = value / *limit;
    return figure;
}

Figure wantedFigure(std::string name, double value, std::string unit, double wanted)
{
    return timeFigure(std::move(name), value, std::move(unit), wanted, "wanted", 1.0);
}

Cost measure(const std::function<void()>& work)
{
    const double cpuBefore = processCpuSeconds();
    const auto before = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - before;
    return {wall.count(), processCpuSeconds() - cpuBefore};
}

std::vector<Cost> measureInTurn(const std::vector<std::function<void()>>& works, int rounds)
{
    std::vector<std::vector<double>> wall(works.size());
    std::vector<std::vector<double>> cpu(works.size());
    for (int round = 0; round <= rounds; ++round) {
        for (std::size_t i = 0; i < works.size(); ++i) {
            const Cost cost = measure(works[i]);
            if (round == 0)
                continue;
            wall[i].push_back(cost.wallSeconds);
            cpu[i].push_back(cost.cpuSeconds);
        }
    }
    std::vector<Cost> medians;
    for (std::size_t i = 0; i < works.size(); ++i)
        medians.push_back({median(wall[i]), median(cpu[i])});
    return medians;
}

int roundCount()
{
    const char* const text = std::getenv("VTSCOPE_BENCH_ROUNDS");
    return text == nullptr ? 5 : std::max(1, std::atoi(text));
}

std::optional<std::uint64_t> rowCountAsked()
{
    const char* const text = std::getenv("VTSCOPE_BENCH_ROWS");
    if (text == nullptr)
        return std::nullopt;
    return std::max<std::uint64_t>(1, std::strtoull(text, nullptr, 10));
}

std::string shortCount(std::uint64_t count)
{
    constexpr std::uint64_t kMillion = 1'000'000, kThousand = 1000;
    if (count >= kMillion && count % kMillion == 0)
        return std::to_string(count / kMillion) + 'M';
    return count >= kThousand && count % kThousand == 0 ? std::to_string(count / kThousand) + 'k'
                                                        : std::to_string(count);
}

double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double ownMemory()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("RssAnon:"))
            return std::stod(line.substr(8)) / 1024;
    }
    return 0;
}

} // namespace vtscope::bench
