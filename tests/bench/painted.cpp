#include "tests/bench/painted.h"

#include "streamcore/output/save.h"
#include "tests/bench/desk.h"
#include "tests/bench/engine.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/style/theme.h"

#include <QElapsedTimer>

#include <algorithm>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr const char* kContains = "select.painted.contains";
constexpr const char* kFirst = "select.painted.first";
constexpr const char* kOpen = "saved.painted";
// One in twenty or so; and what most have.
constexpr const char* kContainsFilter = "note contains 'ab'";
constexpr const char* kFirstFilter = "note contains 'a'";
constexpr double kOpenWanted = 300, kFirstWanted = 50;

// 50 ms for a million, 300 ms for ten.
double filterWanted(std::uint64_t changes)
{
    constexpr double kLeast = 50, kEachMillion = 30;
    return std::max(kLeast, kEachMillion * static_cast<double>(changes) / 1e6);
}

std::vector<Figure> measurePainted()
{
    Theme::instance().install(Theme::Choice::Light);
    const auto capture = sampleCapture();
    CaptureView view(capture);
    view.resize(kWindowSize);
    view.show();
    const CaptureModel& model = view.model();
    const auto isFiltered = [&model] { return model.isFiltered() && model.asked() == model.snapshot().count(); };
    const auto isUnfiltered = [&model] { return !model.isFiltered(); };
    std::vector<double> all, first, open;
    int passing = 0;
    for (int round = 0; round <= roundCount(); ++round) {
        const auto timeOf = [&](const char* filter, const std::function<bool()>& isSo) {
            const double time = timeUntilPainted(
                filter, view.grid(), [&] { view.useFilter(QLatin1String(filter)); }, isSo);
            passing = model.rowCount();
            (void)timeUntilPainted(
                "no filter", view.grid(), [&] { view.useFilter({}); }, isUnfiltered);
            return time;
        };
        const double untilFirst = timeOf(kFirstFilter, [&] { return model.isFiltered() && model.rowCount() > 0; });
        const double untilAll = timeOf(kContainsFilter, isFiltered);
        if (round == 0)
            continue;
        first.push_back(untilFirst);
        all.push_back(untilAll);
    }

    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("sample.vtcap"));
    if (!saveCapture(capture, path.toStdString()))
        throw std::runtime_error("the capture cannot be saved");
    for (int round = 0; round <= roundCount(); ++round) {
        Desk desk;
        QElapsedTimer timer;
        timer.start();
        desk.open(path);
        if (round > 0)
            open.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    std::vector<Figure> figures{wantedFigure(kContains, median(all), "ms", filterWanted(capture->changes())),
                                wantedFigure(kFirst, median(first), "ms", kFirstWanted),
                                wantedFigure(kOpen, median(open), "ms", kOpenWanted)};
    char note[64];
    std::snprintf(note, sizeof note, "%d of %llu changes shown", passing,
                  static_cast<unsigned long long>(capture->changes()));
    figures[0].note = note;
    return figures;
}

} // namespace

void addPainted(Suite& suite)
{
    suite.add({{kContains, kFirst, kOpen}, measurePainted});
}

} // namespace vtscope::bench
