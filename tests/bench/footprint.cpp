#include "tests/bench/footprint.h"

#include "streamcore/decode/entry.h"
#include "tests/bench/desk.h"
#include "tests/bench/engine.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/style/theme.h"

#include <QApplication>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr std::array kParts = {"engine", "shown", "filtered", "sorted", "index"};
constexpr double kMiB = 1 << 20;
constexpr double kBase = 64, kEachRow = 4, kEachEntry = 32;
constexpr const char* kFilter = "status = 'shipped'"; // about half of them
constexpr int kSortedColumn = 8;                      // of the grid: total, a decimal

std::vector<std::uint64_t> sizes()
{
    if (const auto rows = rowCountAsked())
        return {*rows};
    return {1'000'000, 10'000'000};
}

std::string nameOf(const char* part, std::uint64_t changes)
{
    return std::string("footprint.") + part + '.' + shortCount(changes);
}

// Memory beyond the idle window.
class Growth
{
public:
    Growth()
    {
        // What others left to the allocator would hide what is taken next.
        ::malloc_trim(0);
        m_idle = ownMemory();
    }

    double now() const { return std::max(0.0, ownMemory() - m_idle); }

    // Runs the event loop until it is so; the most there was meanwhile.
    double mostUntil(const char* what, const std::function<bool()>& isSo) const
    {
        double most = now();
        waitUntil(what, [&] {
            most = std::max(most, now());
            return isSo();
        });
        QApplication::processEvents();
        return most;
    }

private:
    double m_idle = 0;
};

// rows: those that a filter or an order holds.
Figure figureOf(const char* part, std::uint64_t changes, double growth, double rows, double most)
{
    const auto count = static_cast<double>(changes);
    Figure figure = wantedFigure(nameOf(part, changes), growth, "MiB", kBase + (count + kEachRow * rows) / kMiB);
    char note[96];
    std::snprintf(note, sizeof note, "%.2f B a change beyond the idle window, at most %.1f MiB on the way",
                  growth * kMiB / count, most);
    figure.note = note;
    return figure;
}

std::vector<Figure> measureOne(const Dataset& dataset, std::uint64_t changes)
{
    Desk desk;
    const Growth growth;
    const QString path = desk.home().filePath(QStringLiteral("footprint.vtcap"));
    std::vector<Figure> figures;
    double indexed = 0;
    {
        const auto capture = Capture::create(path.toStdString()).value();
        appendChanges(*capture, dataset, changes);
        const double now = growth.now();
        figures.push_back(figureOf("engine", changes, now, 0, now));
        indexed = static_cast<double>(capture->count() * sizeof(Entry)) / static_cast<double>(capture->changes());
        if (const auto sealed = capture->seal(); !sealed)
            throw std::runtime_error(sealed.error().message);
    }
    CaptureView& view = desk.open(path);
    const CaptureModel& model = view.model();
    QApplication::processEvents();
    figures.push_back(figureOf("shown", changes, growth.now(), 0, growth.now()));

    view.useFilter(QLatin1String(kFilter));
    double most = growth.mostUntil("a filtered list",
                                   [&] { return model.isFiltered() && model.asked() == model.snapshot().count(); });
    figures.push_back(figureOf("filtered", changes, growth.now(), model.rowCount(), most));

    view.useFilter({});
    waitUntil("a list without a filter", [&] { return !model.isFiltered(); });
    Q_EMIT view.grid().header()->sectionClicked(kSortedColumn);
    most = growth.mostUntil("a sorted list", [&] { return model.isSorted(); });
    figures.push_back(figureOf("sorted", changes, growth.now(), model.rowCount(), most));
    figures.push_back(wantedFigure(nameOf("index", changes), indexed, "B/change", kEachEntry));
    return figures;
}

std::vector<Figure> measureFootprint()
{
    Theme::instance().install(Theme::Choice::Light);
    const Dataset dataset = sampleDataset();
    std::vector<Figure> figures;
    for (const std::uint64_t changes : sizes()) {
        const std::vector<Figure> some = measureOne(dataset, changes);
        figures.insert(figures.end(), some.begin(), some.end());
    }
    return figures;
}

} // namespace

void addFootprint(Suite& suite)
{
    std::vector<std::string> names;
    for (const std::uint64_t changes : sizes()) {
        for (const char* part : kParts)
            names.push_back(nameOf(part, changes));
    }
    suite.add({std::move(names), measureFootprint});
}

} // namespace vtscope::bench
