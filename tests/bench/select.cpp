#include "tests/bench/select.h"

#include "streamcore/decode/entry.h"
#include "streamcore/select/difference.h"
#include "streamcore/select/filterlines.h"
#include "streamcore/select/find.h"
#include "streamcore/select/keyindex.h"
#include "streamcore/select/sort.h"
#include "tests/bench/engine.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace vtscope::bench {
namespace {

struct Asked
{
    const char* name;
    const char* filter;
};
constexpr std::array kAsked = {
    Asked{"select.op", "op = delete"},
    Asked{"select.number", "id = 4711"},
    Asked{"select.text", "status = 'nowhere'"},
    Asked{"select.contains", "note contains 'nowhere'"},
    Asked{"select.regex", "note ~ '^no.*where$'"},
    Asked{"select.json", "doc:$.lines = 1"},
    Asked{"select.compare", "total > 2000000"},
    Asked{"select.changed", "changed(status)"},
};
struct Sorted
{
    const char* name;
    const char* column;
};
constexpr std::array kSorted = {
    Sorted{"select.sort.number", "id"},    Sorted{"select.sort.decimal", "total"},
    Sorted{"select.sort.time", "created"}, Sorted{"select.sort.label", "status"},
    Sorted{"select.sort.text", "doc"},
};
constexpr const char* kFind = "select.find";
constexpr const char* kFirst = "select.first";
constexpr const char* kIndex = "select.history.index";
constexpr const char* kHistory = "select.history";
constexpr const char* kDiff = "select.diff"; // with itself: both are gone through
constexpr const char* kBytes = "select.bytes";

void filterAll(const Snapshot& snapshot, const char* text)
{
    const auto filter = Filter::parse(text);
    if (!filter || !filterLines(snapshot, *filter, {}))
        throw std::runtime_error(text);
}

// Until the first lines are told, of which there are many.
void filterFirst(const Snapshot& snapshot)
{
    std::stop_source stop;
    std::size_t passed = 0;
    const auto tell = [&](std::span<const std::uint64_t> lines, std::uint64_t) {
        passed += lines.size();
        if (passed > 0)
            stop.request_stop();
    };
    if (filterLines(snapshot, Filter::parse("op = update and note contains 'a'").value(), stop.get_token(), tell))
        throw std::runtime_error(kFirst);
}

void indexKeys(const Snapshot& snapshot)
{
    if (!KeyIndex().extend(snapshot, {}))
        throw std::runtime_error(kIndex);
}

// A byte that stands nowhere in it.
void lookAtEveryByte(const Snapshot& snapshot)
{
    const std::uint64_t first = snapshot.entry(0).record();
    for (std::uint64_t record = first; record != 0; record = snapshot.nextRecord(record)) {
        const std::string_view payload = snapshot.payload(record);
        static volatile std::size_t found = 0;
        const void* at = std::memchr(payload.data(), 0xFB, payload.size());
        found = found + (at != nullptr);
    }
}

std::vector<std::string> namesOfWorks()
{
    std::vector<std::string> names;
    for (const Asked& asked : kAsked)
        names.emplace_back(asked.name);
    names.emplace_back(kFind);
    for (const Sorted& sorted : kSorted)
        names.emplace_back(sorted.name);
    names.insert(names.end(), {kFirst, kIndex, kHistory, kDiff});
    return names;
}

std::vector<Figure> measureSelect()
{
    const auto capture = sampleCapture();
    const Snapshot snapshot = capture->snapshot();
    std::vector<std::function<void()>> works{[&] { lookAtEveryByte(snapshot); }};
    for (const Asked& asked : kAsked)
        works.emplace_back([&snapshot, &asked] { filterAll(snapshot, asked.filter); });
    works.emplace_back([&] {
        if (findText(snapshot, RowSet::range(0, snapshot.count()), "stands nowhere", 0, false, {}))
            throw std::runtime_error("found what is not there");
    });
    for (const Sorted& sorted : kSorted)
        works.emplace_back([&snapshot, &sorted] {
            const SortKey key{SortKey::Kind::Column, sorted.column, false};
            if (!sortLines(snapshot, RowSet::range(0, snapshot.count()), key, {}))
                throw std::runtime_error(sorted.name);
        });
    KeyIndex index;
    (void)index.extend(snapshot, {});
    works.emplace_back([&] { filterFirst(snapshot); });
    works.emplace_back([&] { indexKeys(snapshot); });
    works.emplace_back([&] {
        if (linesOfKey(snapshot, index, snapshot.count() / 2, {}).value().count() == 0)
            throw std::runtime_error(kHistory);
    });
    works.emplace_back([&] {
        if (differenceOf(wholeOf(capture), wholeOf(capture), KeyOf::Transaction).value().shared != capture->changes())
            throw std::runtime_error(kDiff);
    });
    const auto costs = measureInTurn(works, roundCount());
    const auto perRow = [&](std::size_t i) {
        return costs[i].cpuSeconds * 1e9 / static_cast<double>(capture->changes());
    };
    std::vector<Figure> figures{timeFigure(kBytes, perRow(0), "CPU ns/row")};
    const std::vector<std::string> names = namesOfWorks();
    for (std::size_t i = 0; i < names.size(); ++i) {
        figures.push_back(timeFigure(names[i], perRow(i + 1), "CPU ns/row", perRow(0), "memchr"));
        char note[64];
        std::snprintf(note, sizeof note, "%.1f ms for %llu changes", costs[i + 1].wallSeconds * 1e3,
                      static_cast<unsigned long long>(capture->changes()));
        figures.back().note = note;
    }
    return figures;
}

} // namespace

void addSelect(Suite& suite)
{
    std::vector<std::string> names = namesOfWorks();
    names.insert(names.begin(), kBytes);
    suite.add({std::move(names), measureSelect});
}

} // namespace vtscope::bench
