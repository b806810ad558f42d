#include "tests/bench/scale.h"

#include "streamcore/capture/entryfile.h"
#include "tests/bench/desk.h"
#include "tests/bench/engine.h"
#include "tests/support/syntheticgridmodel.h"
#include "ui/capture/linelist.h"
#include "ui/grid/gridview.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QTemporaryFile>

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr const char* kPerRow = "CPU ns/row";
// A row may cost a fifth more than where few are.
constexpr double kFlat = 1 / 1.2;
constexpr std::uint64_t kReference = 100'000;
constexpr int kMany = 100'000'000, kFew = 1'000'000;
constexpr int kSteps = 200;
constexpr int kShards = 256, kShardRows = 300'000;

std::vector<std::uint64_t> sizes()
{
    const std::uint64_t most = rowCountAsked().value_or(10'000'000);
    std::vector<std::uint64_t> result;
    for (const std::uint64_t size : {10'000U, 100'000U, 1'000'000U, 10'000'000U}) {
        if (size <= std::max(most, kReference))
            result.push_back(size);
    }
    if (most > result.back())
        result.push_back(most);
    return result;
}

std::string nameOf(std::uint64_t changes)
{
    return "scale.ingest." + shortCount(changes);
}

std::vector<Figure> measureIngest()
{
    const Dataset dataset = sampleDataset();
    const RecycledFiles files;
    const std::vector<std::uint64_t> changes = sizes();
    // As many captures of the small sizes as make a million.
    const auto repeats = [](std::uint64_t size) { return std::max<std::uint64_t>(1, 1'000'000 / size); };
    std::vector<std::function<void()>> works;
    for (const std::uint64_t size : changes) {
        works.emplace_back([&, size] {
            for (std::uint64_t i = 0; i < repeats(size); ++i)
                appendChanges(*files.capture(), dataset, size);
        });
    }
    const auto costs = measureInTurn(works, roundCount());
    const auto perRow = [&](std::size_t i) {
        return costs[i].cpuSeconds * 1e9 / static_cast<double>(changes[i] * repeats(changes[i]));
    };
    const auto reference =
        static_cast<std::size_t>(std::find(changes.begin(), changes.end(), kReference) - changes.begin());
    std::vector<Figure> figures;
    for (std::size_t i = 0; i < changes.size(); ++i)
        figures.push_back(i == reference ? timeFigure(nameOf(changes[i]), perRow(i), kPerRow)
                                         : timeFigure(nameOf(changes[i]), perRow(i), kPerRow, perRow(reference),
                                                      "at 100,000", kFlat));
    return figures;
}

// One stream of many shards against one of a single one. The positions of all shards come with every transaction, so
// what has to be written grows too.
std::vector<Figure> measureShards()
{
    const Dataset one = sampleDataset();
    const Dataset many = makeDataset(one.shape, kShards);
    const RecycledFiles files;
    const auto costs = measureInTurn({[&] { appendChanges(*files.capture(), one, kShardRows); },
                                      [&] { appendChanges(*files.capture(), many, kShardRows); }},
                                     roundCount());
    const auto perRow = [&](std::size_t i) { return costs[i].cpuSeconds * 1e9 / double{kShardRows}; };
    Figure figure = timeFigure("scale.shards", perRow(1), kPerRow, perRow(0), "one shard");
    char note[64];
    std::snprintf(note, sizeof note, "%d shards, %.1f x the bytes", kShards,
                  static_cast<double>(many.bytes) / static_cast<double>(one.bytes));
    figure.note = note;
    return {figure};
}

// Made-up rows of which a filter shows every second one.
class FilteredRows : public SyntheticGridModel
{
public:
    explicit FilteredRows(int rows)
    {
        setPlain(true);
        std::vector<std::uint64_t> piece;
        for (std::uint64_t line = 0; static_cast<int>(m_lines.size()) < rows;) {
            piece.clear();
            for (; piece.size() < kPiece && static_cast<int>(m_lines.size() + piece.size()) < rows; line += 2)
                piece.push_back(line);
            m_lines.append(piece);
        }
        resetRows(rows);
    }

    void row(qint64 row, GridRow& out) const override { SyntheticGridModel::row(lineAt(row), out); }
    void cell(qint64 row, int column, GridCell& out) const override
    {
        SyntheticGridModel::cell(lineAt(row), column, out);
    }
    std::size_t rowFrom(std::uint64_t line) const { return m_lines.from(line); }

private:
    static constexpr std::size_t kPiece = 10'000;

    qint64 lineAt(qint64 row) const { return static_cast<qint64>(m_lines.at(static_cast<std::size_t>(row))); }

    LineList m_lines;
};

struct Sheet
{
    explicit Sheet(int rows) : model(rows)
    {
        view.setModel(&model);
        view.resize(kWindowSize);
        view.show();
        QApplication::processEvents();
    }

    // Steps of a few rows from the middle on, each painted.
    void scroll()
    {
        view.setTopRow(model.rowCount() / 2);
        for (int step = 0; step < kSteps; ++step) {
            view.setTopRow(view.topRow() + 3);
            view.viewport()->repaint();
        }
    }

    void jump()
    {
        for (int step = 0; step < kSteps; ++step) {
            view.setTopRow(static_cast<int>(static_cast<qint64>(model.rowCount()) * step / kSteps));
            view.viewport()->repaint();
        }
    }

    FilteredRows model;
    GridView view;
};

// So many entries on their way into an index of their own.
void index(std::uint64_t count)
{
    QTemporaryFile onDisk;
    if (!onDisk.open())
        throw std::runtime_error("there is no room for an index");
    EntryFile file;
    file.adopt(::dup(onDisk.handle()));
    const std::vector<Entry> piece(1000, Entry::make(Op::Update, Images::RowChange));
    for (std::uint64_t i = 0; i < count; i += piece.size()) {
        if (const auto done = file.append(piece); !done)
            throw std::runtime_error(done.error().message);
    }
}

std::vector<Figure> measureRows()
{
    Theme::instance().install(Theme::Choice::Light);
    const auto few = std::make_unique<Sheet>(kFew);
    const double before = ownMemory();
    std::unique_ptr<Sheet> many;
    const Cost making = measure([&] { many = std::make_unique<Sheet>(kMany); });
    const double memory = ownMemory() - before;
    constexpr int kIndexRepeats = 10;
    const auto costs = measureInTurn(
        {[&] { few->scroll(); }, [&] { many->scroll(); }, [&] { few->jump(); }, [&] { many->jump(); }}, roundCount());
    const auto indexed = measureInTurn({[&] {
                                            for (int i = 0; i < kIndexRepeats; ++i)
                                                index(kFew);
                                        },
                                        [&] { index(kMany); }},
                                       1);
    const auto each = [&costs](std::size_t i) { return costs[i].cpuSeconds / kSteps * 1e3; };
    const double fewIndexed = indexed[0].cpuSeconds * 1e9 / (double{kFew} * kIndexRepeats);
    std::vector<Figure> figures{
        timeFigure("scale.index", indexed[1].cpuSeconds * 1e9 / kMany, kPerRow, fewIndexed, "at 1,000,000", kFlat),
        timeFigure("scale.scroll", each(1), "CPU ms", each(0), "at 1,000,000", kFlat),
        timeFigure("scale.jump", each(3), "CPU ms", each(2), "at 1,000,000", kFlat),
        wantedFigure("scale.memory", memory, "MiB", 4.0 * kMany / (1 << 20) + 64),
    };
    figures[0].note = "entries written to the index file, 100,000,000 of them";
    figures[1].note = "a step and its paint, of 100,000,000 rows that a filter shows";
    char note[64];
    std::snprintf(note, sizeof note, "%.2f B a row shown, made in %.0f ms", memory * (1 << 20) / kMany,
                  making.wallSeconds * 1e3);
    figures[3].note = note;
    return figures;
}

} // namespace

void addScale(Suite& suite)
{
    std::vector<std::string> names;
    for (const std::uint64_t size : sizes())
        names.push_back(nameOf(size));
    suite.add({std::move(names), measureIngest});
    suite.add({{"scale.shards"}, measureShards});
    suite.add({{"scale.index", "scale.scroll", "scale.jump", "scale.memory"}, measureRows});
}

} // namespace vtscope::bench
