#include "tests/bench/position.h"

#include "streamcore/position/gtidset.h"

#include <array>
#include <cstdio>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr std::array kNames = {"position.parse", "position.text",     "position.contains", "position.containsone",
                               "position.unite", "position.subtract", "position.addnext",  "position.readaddnext"};
constexpr int kTimes = 200'000;
/// What an operation on a usual set may take.
constexpr double kTargetNs = 1000;

/// A shard after two failovers, with one transaction of its own on a replica.
constexpr const char* kText =
    "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-18446744073,"
    "90a3b0a4-3e14-11ef-8f01-0242ac120002:1-4711:4713,97257a80-3e14-11ef-b24b-2eaacc019d10:1-58";
constexpr const char* kLater =
    "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-18446744073,"
    "90a3b0a4-3e14-11ef-8f01-0242ac120002:1-4713,97257a80-3e14-11ef-b24b-2eaacc019d10:1-60777";

std::vector<Figure> measurePosition()
{
    const GtidSet set = GtidSet::parse(kText).value(), later = GtidSet::parse(kLater).value();
    const Gtid one = Gtid::parse("97257a80-3e14-11ef-b24b-2eaacc019d10:60777").value();
    static volatile std::size_t sum = 0;
    const auto repeat = [](auto work) {
        return [work] {
            std::size_t result = 0;
            for (int i = 0; i < kTimes; ++i)
                result += work(i);
            sum = sum + result;
        };
    };
    const auto unite = [&](int) {
        GtidSet both = set;
        return std::size_t{both.unite(later)};
    };
    const auto subtract = [&](int) {
        GtidSet rest = later;
        rest.subtract(set);
        return std::size_t{rest.isEmpty()};
    };
    const std::vector<std::function<void()>> works{
        repeat([](int) { return std::size_t{GtidSet::parse(kText)->isEmpty()}; }),
        repeat([&](int) { return set.text().size(); }),
        repeat([&](int) { return std::size_t{later.contains(set)}; }),
        repeat([&](int) { return std::size_t{later.contains(one)}; }),
        repeat(unite),
        repeat(subtract),
        [&] {
            GtidSet grown = later;
            Gtid next = one;
            for (int i = 0; i < kTimes; ++i) {
                ++next.number;
                grown.add(next);
            }
            if (grown.count() != *later.count() + kTimes)
                throw std::runtime_error("transactions are missing");
        },
        [&] {
            GtidSet grown = later;
            char text[64];
            for (int i = 0; i < kTimes; ++i) {
                const int size = std::snprintf(text, sizeof text, "97257a80-3e14-11ef-b24b-2eaacc019d10:%d", 60778 + i);
                grown.add(Gtid::parse({text, static_cast<std::size_t>(size)}).value());
            }
            sum = sum + *grown.count();
        }};
    const auto costs = measureInTurn(works, roundCount());
    std::vector<Figure> figures;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        const double nanoseconds = costs[i].cpuSeconds * 1e9 / kTimes;
        figures.push_back(timeFigure(kNames[i], nanoseconds, "CPU ns", kTargetNs, "target", 1));
    }
    return figures;
}

} // namespace

void addPosition(Suite& suite)
{
    suite.add({{kNames.begin(), kNames.end()}, measurePosition});
}

} // namespace vtscope::bench
