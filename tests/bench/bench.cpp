#include "tests/bench/bench.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

namespace vtscope::bench {
namespace {

double processCpuSeconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median(std::vector<double> values)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
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

} // namespace vtscope::bench
