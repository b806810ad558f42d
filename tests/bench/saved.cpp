#include "tests/bench/saved.h"

#include "streamcore/capture/change.h"
#include "streamcore/capture/record.h"
#include "streamcore/output/save.h"
#include "tests/bench/engine.h"

#include <QTemporaryDir>

#include <filesystem>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr const char* kOpen = "saved.open";
constexpr const char* kWalk = "saved.walk";
constexpr const char* kRate = "saved.walk.rate";
constexpr const char* kRead = "saved.read";
constexpr const char* kPart = "saved.part";

std::shared_ptr<Capture> opened(const std::string& path)
{
    auto capture = Capture::open(path);
    if (!capture)
        throw std::runtime_error(capture.error().message);
    // The first rows, as a window paints them.
    const Snapshot snapshot = (*capture)->snapshot();
    ChangeView change;
    for (std::uint64_t i = 0; i < 50 && i < snapshot.count(); ++i)
        change.read(snapshot, i);
    return *capture;
}

// Every byte of it, as far as a processor can.
void lookAtEveryByte(const Capture& capture)
{
    const Snapshot snapshot = capture.snapshot();
    for (std::uint64_t record = snapshot.firstRecord(); record != 0; record = snapshot.nextRecord(record)) {
        static volatile std::size_t found = 0;
        const std::string_view payload = snapshot.payload(record);
        found = found + (std::memchr(payload.data(), 0xFB, payload.size()) != nullptr);
    }
}

std::vector<Figure> measureSaved()
{
    const QTemporaryDir folder;
    const std::string whole = folder.filePath(QStringLiteral("whole.vtcap")).toStdString();
    const std::string cut = folder.filePath(QStringLiteral("cut.vtcap")).toStdString();
    const std::string part = folder.filePath(QStringLiteral("part.vtcap")).toStdString();
    std::uint64_t changes = 0;
    {
        const auto capture = sampleCapture();
        changes = capture->changes();
        if (!saveCapture(capture, whole))
            throw std::runtime_error("the capture cannot be saved");
    }
    std::filesystem::copy(whole, cut);
    std::filesystem::resize_file(cut, std::filesystem::file_size(cut) - sizeof(FileFoot));
    const auto capture = opened(whole);
    const Snapshot snapshot = capture->snapshot();
    const auto costs =
        measureInTurn({[&] { lookAtEveryByte(*capture); }, [&] { opened(whole); }, [&] { opened(cut); },
                       [&] {
                           if (!saveLines({{capture, snapshot, RowSet::range(0, snapshot.count() / 2)}}, part))
                               throw std::runtime_error("the lines cannot be saved");
                       }},
                      roundCount());
    const auto noteOf = [changes](const Cost& cost) {
        char note[80];
        std::snprintf(note, sizeof note, "%.0f ms for %llu changes, %.1f M/s", cost.wallSeconds * 1e3,
                      static_cast<unsigned long long>(changes), static_cast<double>(changes) / cost.wallSeconds / 1e6);
        return std::string(note);
    };
    const auto perRow = [&](std::size_t i) { return costs[i].cpuSeconds * 1e9 / static_cast<double>(changes); };
    std::vector<Figure> figures{timeFigure(kRead, perRow(0), "CPU ns/row"),
                                timeFigure(kOpen, perRow(1), "CPU ns/row", perRow(0), "memchr"),
                                timeFigure(kWalk, perRow(2), "CPU ns/row", perRow(0), "memchr"),
                                timeFigure(kPart, perRow(3), "CPU ns/row", perRow(0), "memchr")};
    for (std::size_t i = 0; i < figures.size(); ++i)
        figures[i].note = noteOf(costs[i]);
    constexpr double kRateWanted = 5;
    figures.push_back(rateFigure(kRate, static_cast<double>(changes) / costs[2].wallSeconds / 1e6, "M/s", kRateWanted,
                                 "wanted", 1.0));
    return figures;
}

} // namespace

void addSaved(Suite& suite)
{
    suite.add({{kRead, kOpen, kWalk, kPart, kRate}, measureSaved});
}

} // namespace vtscope::bench
