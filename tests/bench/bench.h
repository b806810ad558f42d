#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vtscope::bench {

/// One measured value.
struct Figure
{
    std::string name;
    double value = 0;
    std::string unit;
    /// What is possible, measured in the same run in the same unit, and what it is.
    std::optional<double> limit;
    std::string limitName;
    /// The speed in parts of the limit's speed: 1 is as fast, 0.5 takes twice the time.
    std::optional<double> ratio;
    /// The smallest ratio that will do.
    std::optional<double> target;
    /// Whatever else is worth a look, such as rows a second.
    std::string note;

    bool meetsTarget() const { return !target || (ratio && *ratio >= *target); }
};

/// A figure of a value that is the better the smaller it is (a time), against a limit of the same kind.
Figure timeFigure(std::string name, double value, std::string unit, std::optional<double> limit = {},
                  std::string limitName = {}, std::optional<double> target = {});
/// A figure of a value that is the better the larger it is (a rate).
Figure rateFigure(std::string name, double value, std::string unit, std::optional<double> limit = {},
                  std::string limitName = {}, std::optional<double> target = {});

/// A value that is the better the smaller it is, against what is wanted of it: that is its limit, and to be met.
Figure wantedFigure(std::string name, double value, std::string unit, double wanted);

/// What a piece of work has cost.
struct Cost
{
    double wallSeconds = 0;
    double cpuSeconds = 0; ///< of all threads of this process
};

/// Runs it once.
Cost measure(const std::function<void()>& work);

/// Runs all of them in turn, so that what disturbs the machine disturbs all alike, and gives the medians in their
/// order. A round before the first is not counted.
std::vector<Cost> measureInTurn(const std::vector<std::function<void()>>& works, int rounds);

/// How many rounds are measured: the environment variable VTSCOPE_BENCH_ROUNDS, else 5.
int roundCount();

/// How many rows are asked for: the environment variable VTSCOPE_BENCH_ROWS, else nothing.
std::optional<std::uint64_t> rowCountAsked();

/// As it stands in the names of figures: "10k", "30M".
std::string shortCount(std::uint64_t count);

double median(std::vector<double> values);

/// Memory of this process's own at this moment, in MiB: RssAnon of /proc/self/status, so neither mapped files nor
/// shared libraries.
double ownMemory();

/// Some figures that are measured together. A name asks for the group, or for one figure of it.
struct Group
{
    std::vector<std::string> names; ///< of the figures that come out
    /// Measures, and gives figures of these names in this order.
    std::function<std::vector<Figure>()> run;
};

/// All that vtscope-bench can measure. The add functions of each file fill it; main() calls them.
class Suite
{
public:
    void add(Group group) { m_groups.push_back(std::move(group)); }
    const std::vector<Group>& groups() const { return m_groups; }

private:
    std::vector<Group> m_groups;
};

} // namespace vtscope::bench
