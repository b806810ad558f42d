// vtscope-bench [--list] [--json] [NAME…]: measures, and prints one line a figure.
#include "streamcore/memory.h"
#include "tests/bench/bench.h"
#include "tests/bench/engine.h"
#include "tests/bench/firstframe.h"
#include "tests/bench/footprint.h"
#include "tests/bench/grid.h"
#include "tests/bench/ingest.h"
#include "tests/bench/live.h"
#include "tests/bench/output.h"
#include "tests/bench/painted.h"
#include "tests/bench/position.h"
#include "tests/bench/saved.h"
#include "tests/bench/scale.h"
#include "tests/bench/select.h"
#include "tests/bench/window.h"

#include <QApplication>
#include <QLoggingCategory>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace vtscope::bench;

constexpr const char* kUsage =
    "usage: vtscope-bench [--list] [--json] [NAME...]\n"
    "A NAME is a figure of --list or the beginning of several, such as ingest or ingest.bare.\n";

struct Options
{
    bool isList = false;
    bool isJson = false;
    std::vector<std::string> names;
};

bool isAsked(const std::string& figure, const std::vector<std::string>& names)
{
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return figure == name ||
                      (figure.starts_with(name) && (name.ends_with('.') || figure[name.size()] == '.'));
           });
}

std::vector<std::string> allNames(const Suite& suite)
{
    std::vector<std::string> result;
    for (const Group& group : suite.groups())
        result.insert(result.end(), group.names.begin(), group.names.end());
    return result;
}

// How many letters have to be changed, added or dropped to make one name of the other.
std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row[b.size()];
}

// The same to a figure's name, or to the beginning of it that is nearest.
std::size_t distance(const std::string& name, const std::string& figure)
{
    std::size_t least = editDistance(name, figure);
    for (std::size_t dot = figure.find('.'); dot != std::string::npos; dot = figure.find('.', dot + 1))
        least = std::min(least, editDistance(name, std::string_view(figure).substr(0, dot)));
    return least;
}

std::vector<std::string> nearNames(const std::string& name, std::vector<std::string> names)
{
    constexpr std::size_t kMost = 3;
    std::stable_sort(names.begin(), names.end(),
                     [&](const auto& a, const auto& b) { return distance(name, a) < distance(name, b); });
    names.resize(std::min(names.size(), kMost));
    return names;
}

std::string number(double value)
{
    char text[64];
    std::snprintf(text, sizeof text, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    return text;
}

std::string orDash(const std::optional<double>& value)
{
    return value ? number(*value) : "-";
}

void printLine(const Figure& figure)
{
    std::string target = "-";
    if (figure.target)
        target = ">= " + number(*figure.target) + (figure.meetsTarget() ? "" : " MISSED");
    const std::string limit = figure.limit ? number(*figure.limit) + " (" + figure.limitName + ')' : "-";
    std::printf("%-30s %9s %-11s limit %-22s ratio %-6s target %-8s %s\n", figure.name.c_str(),
                number(figure.value).c_str(), figure.unit.c_str(), limit.c_str(), orDash(figure.ratio).c_str(),
                target.c_str(), figure.note.c_str());
    std::fflush(stdout);
}

// Names, units and notes are our own words: nothing in them needs more than this.
std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\')
            result += '\\';
        result += letter;
    }
    return result + '"';
}

std::string orNull(const std::optional<double>& value)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.6g", value.value_or(0));
    return value ? text : "null";
}

void printJson(const std::vector<Figure>& figures)
{
    std::printf("[");
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const Figure& figure = figures[i];
        std::printf("%s\n  {\"name\": %s, \"value\": %s, \"unit\": %s, \"limit\": %s, \"limitName\": %s, \"ratio\": "
                    "%s, \"target\": %s, "
                    "\"meetsTarget\": %s, \"note\": %s}",
                    i == 0 ? "" : ",", quoted(figure.name).c_str(), orNull(figure.value).c_str(),
                    quoted(figure.unit).c_str(), orNull(figure.limit).c_str(), quoted(figure.limitName).c_str(),
                    orNull(figure.ratio).c_str(), orNull(figure.target).c_str(),
                    figure.meetsTarget() ? "true" : "false", quoted(figure.note).c_str());
    }
    std::printf("\n]\n");
}

int run(const Suite& suite, const Options& options)
{
    const std::vector<std::string> known = allNames(suite);
    for (const std::string& name : options.names) {
        if (std::any_of(known.begin(), known.end(), [&](const std::string& figure) { return isAsked(figure, {name}); }))
            continue;
        std::string near;
        for (const std::string& candidate : nearNames(name, known))
            near += (near.empty() ? "" : ", ") + candidate;
        std::fprintf(stderr, "vtscope-bench: there is no figure \"%s\". Near it: %s. --list shows all.\n", name.c_str(),
                     near.c_str());
        return 2;
    }
    if (options.isList) {
        for (const std::string& name : known) {
            if (isAsked(name, options.names))
                std::printf("%s\n", name.c_str());
        }
        return 0;
    }
    std::vector<Figure> figures;
    for (const Group& group : suite.groups()) {
        if (std::none_of(group.names.begin(), group.names.end(),
                         [&](const auto& name) { return isAsked(name, options.names); }))
            continue;
        for (const Figure& figure : group.run()) {
            if (!isAsked(figure.name, options.names))
                continue;
            if (!options.isJson)
                printLine(figure);
            figures.push_back(figure);
        }
    }
    if (options.isJson)
        printJson(figures);
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    // As the window does.
    vtscope::tuneAllocator();
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--list") {
            options.isList = true;
        } else if (argument == "--json") {
            options.isJson = true;
        } else if (argument == "--help") {
            std::printf("%s", kUsage);
            return 0;
        } else if (argument.starts_with('-')) {
            std::fprintf(stderr, "vtscope-bench: unknown option %s\n%s", argument.c_str(), kUsage);
            return 2;
        } else {
            options.names.push_back(argument);
        }
    }
    // Windows are shown without a screen.
    qputenv("QT_QPA_PLATFORM", "offscreen");
    // The platform without a screen tells of each window what it cannot do.
    QLoggingCategory::setFilterRules(QStringLiteral("default.warning=false"));
    // Nothing is read from the user's own files or left in them.
    const QTemporaryDir home;
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
        qputenv(variable, home.path().toLocal8Bit());
    const QApplication application(argc, argv);
    Suite suite;
    addIngest(suite, engineClient(), {engineWalk()});
    addCold(suite, engineIntoFreshFiles());
    addGrid(suite); // before what leaves much memory to the allocator
    addFirstFrame(suite);
    addFootprint(suite);
    addLive(suite);
    addOutput(suite);
    addPainted(suite);
    addPosition(suite);
    addSaved(suite);
    addScale(suite);
    addSelect(suite);
    addWindow(suite);
    try {
        return run(suite, options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "vtscope-bench: %s\n", error.what());
        return 1;
    }
}
