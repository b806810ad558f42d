#include "tests/bench/ingest.h"

#include "tests/bench/barereader.h"
#include "tests/bench/loadserver.h"

#include "psdbconnect.pb.h"
#include "vtgate.pb.h"

#include <QTemporaryFile>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr double kNanoseconds = 1e9;
constexpr const char* kPerRow = "CPU ns/row";

// Long enough to be measured, short enough for a try: about half a second of the bare reader.
std::uint64_t repeatsFor(const Shape& shape)
{
    if (const auto rows = rowCountAsked())
        return std::max<std::uint64_t>(1, *rows / Dataset::kRows);
    if (shape.rowsPerMessage == 1)
        return 5;
    return shape.rowsPerMessage == 10 || shape.fields == Shape::Fields::PerRow ? 20 : 60;
}

std::string rate(const Cost& cost, std::uint64_t rows)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.0f thousand rows/s", static_cast<double>(rows) / cost.wallSeconds / 1000);
    return text;
}

double nanosecondsPerRow(const Cost& cost, std::uint64_t rows)
{
    return cost.cpuSeconds * kNanoseconds / static_cast<double>(rows);
}

template <typename Message> void parseAll(const Dataset& dataset)
{
    Message message;
    for (const std::string& bytes : dataset.messages) {
        if (!message.ParseFromString(bytes))
            throw std::runtime_error("a message of the dataset does not parse");
    }
}

void parse(const Dataset& dataset)
{
    if (dataset.shape.api == Shape::Api::Sync)
        parseAll<psdbconnect::v1alpha1::SyncResponse>(dataset);
    else
        parseAll<vtgate::VStreamResponse>(dataset);
}

// Copies into the same megabyte again and again: what copying costs when the target is warm, as recycled memory is.
class CopyTarget
{
public:
    void copy(const Dataset& dataset)
    {
        std::size_t at = 0;
        for (const std::string& bytes : dataset.messages) {
            if (m_memory.size() - at < bytes.size())
                at = 0;
            if (m_memory.size() < bytes.size())
                m_memory.resize(bytes.size());
            std::memcpy(&m_memory[at], bytes.data(), bytes.size());
            at += bytes.size();
        }
        // The compiler must not find out that nobody reads it.
        asm volatile("" : : "r"(m_memory.data()) : "memory");
    }

private:
    std::string m_memory = std::string(std::size_t{1} << 20, '\0');
};

// A file that is written over in every run: its pages are in memory from the first one on.
class RecycledFile
{
public:
    RecycledFile()
    {
        if (!m_file.open())
            throw std::runtime_error("there is no room for a file");
    }

    void write(std::uint64_t bytes)
    {
        // As the engine writes what has arrived at once. From the start of a page: a few bytes behind, processors copy
        // at a quarter of their speed, and where memory happens to lie would be measured.
        static constexpr std::size_t kPiece = std::size_t{256} << 10, kPage = 4096;
        alignas(kPage) static const std::array<char, kPiece> piece{'x'};
        for (std::uint64_t at = 0; at < bytes;) {
            const auto size = std::min<std::uint64_t>(bytes - at, piece.size());
            const ssize_t written = ::pwrite(m_file.handle(), piece.data(), size, static_cast<off_t>(at));
            if (written <= 0)
                throw std::runtime_error("there is no room for a file");
            at += static_cast<std::uint64_t>(written);
        }
    }

private:
    QTemporaryFile m_file;
};

std::vector<Figure> measureClient(const Shape& shape, const IngestClient& client)
{
    const Dataset dataset = makeDataset(shape);
    const LoadServer server(dataset, repeatsFor(shape));
    std::uint64_t bytes = 0;
    RecycledFile file;
    const std::vector<Cost> costs = measureInTurn({[&] { readBare(server.hostPort(), shape, server.rows()); },
                                                   [&] { bytes = client.run(server.hostPort(), shape, server.rows()); },
                                                   [&] { file.write(bytes); }},
                                                  roundCount());

    const double bare = nanosecondsPerRow(costs[0], server.rows());
    const double engine = nanosecondsPerRow(costs[1], server.rows());
    const double write = nanosecondsPerRow(costs[2], server.rows());
    std::vector<Figure> figures{
        timeFigure("ingest.bare." + shape.name(), bare, kPerRow),
        timeFigure("ingest.write." + shape.name(), write, kPerRow),
        timeFigure("ingest." + client.name + '.' + shape.name(), engine, kPerRow, bare, "bare reader",
                   client.target(shape)),
    };
    char note[96];
    std::snprintf(note, sizeof note, "%.1f MB, %.2f GB/CPU s", static_cast<double>(bytes) / 1e6,
                  static_cast<double>(bytes) / 1e9 / costs[2].cpuSeconds);
    figures[0].note = rate(costs[0], server.rows());
    figures[1].note = note;
    std::snprintf(note, sizeof note, ", %.2f of bare reader and write() together", (bare + write) / engine);
    figures[2].note = rate(costs[1], server.rows()) + note;
    return figures;
}

std::vector<Figure> measureWorks(const Shape& shape, const std::vector<MessageWork>& works)
{
    const Dataset dataset = makeDataset(shape);
    CopyTarget target;
    constexpr int kRepeats = 5;
    const auto repeated = [](const std::function<void()>& work) {
        return [work] {
            for (int i = 0; i < kRepeats; ++i)
                work();
        };
    };
    std::vector<std::function<void()>> runs;
    runs.emplace_back(repeated([&] { target.copy(dataset); }));
    runs.emplace_back(repeated([&] { parse(dataset); }));
    for (const MessageWork& work : works)
        runs.emplace_back(repeated([&] { work.run(dataset); }));
    const std::vector<Cost> costs = measureInTurn(runs, roundCount());

    constexpr std::uint64_t kRows = kRepeats * Dataset::kRows;
    const double copied = nanosecondsPerRow(costs[0], kRows);
    const double parsed = nanosecondsPerRow(costs[1], kRows);
    std::vector<Figure> figures;
    figures.push_back(timeFigure("memory.memcpy." + shape.name(), copied, kPerRow));
    figures.push_back(timeFigure("memory.parse." + shape.name(), parsed, kPerRow, copied, "memcpy"));
    for (std::size_t i = 0; i < works.size(); ++i) {
        const double value = nanosecondsPerRow(costs[i + 2], kRows);
        figures.push_back(timeFigure("memory." + works[i].name + '.' + shape.name(), value, kPerRow, copied, "memcpy",
                                     works[i].target(shape)));
        char note[64];
        std::snprintf(note, sizeof note, "%.1f x faster than protobuf parse, wanted %d", parsed / value,
                      shape.fields == Shape::Fields::PerRow ? 25 : 8);
        figures.back().note = note;
    }
    return figures;
}

// A disk is faster than it is for as long as its writes stay in memory: what is compared ends with all of it written.
void reachDisk(int anyFile)
{
    if (::syncfs(anyFile) != 0)
        throw std::runtime_error("the disk does not take what was written");
}

// What a fresh file takes when it is written in pieces of a megabyte.
void writeFresh(std::uint64_t bytes)
{
    const std::string piece(std::size_t{1} << 20, 'x');
    QTemporaryFile file;
    if (!file.open())
        throw std::runtime_error("there is no room for a file");
    while (bytes > 0) {
        const ssize_t written = ::write(file.handle(), piece.data(), std::min<std::uint64_t>(bytes, piece.size()));
        if (written <= 0)
            throw std::runtime_error("there is no room for a file");
        bytes -= static_cast<std::uint64_t>(written);
    }
    reachDisk(file.handle());
}

std::vector<Figure> measureCold(const Shape& shape, const ColdClient& client)
{
    const Dataset dataset = makeDataset(shape);
    const LoadServer server(dataset, repeatsFor(shape));
    QTemporaryFile onDisk;
    if (!onDisk.open())
        throw std::runtime_error("there is no room for a file");
    std::uint64_t bytes = 0;
    const auto run = [&] {
        bytes = client.run(server.hostPort(), shape, server.rows(), [&] { reachDisk(onDisk.handle()); });
    };
    run();
    const std::vector<Cost> costs = measureInTurn({[&] { writeFresh(bytes); }, run}, roundCount());
    const auto speed = [bytes](const Cost& cost) { return static_cast<double>(bytes) / cost.wallSeconds / 1e6; };
    constexpr const char* kUnit = "MB/s";
    return {rateFigure("cold.write." + shape.name(), speed(costs[0]), kUnit),
            rateFigure("cold." + client.name + '.' + shape.name(), speed(costs[1]), kUnit, speed(costs[0]), "write()",
                       client.target)};
}

} // namespace

void addCold(Suite& suite, const ColdClient& client)
{
    for (const Shape& shape : allShapes()) {
        if (shape.fields == Shape::Fields::PerRow || (shape.rowsPerMessage != 10 && shape.rowsPerMessage != 100))
            continue;
        suite.add({{"cold.write." + shape.name(), "cold." + client.name + '.' + shape.name()},
                   [shape, client] { return measureCold(shape, client); }});
    }
}

void addIngest(Suite& suite, const IngestClient& client, const std::vector<MessageWork>& works)
{
    for (const Shape& shape : allShapes()) {
        suite.add({{"ingest.bare." + shape.name(), "ingest.write." + shape.name(),
                    "ingest." + client.name + '.' + shape.name()},
                   [shape, client] { return measureClient(shape, client); }});
    }
    for (const Shape& shape : allShapes()) {
        std::vector<std::string> names{"memory.memcpy." + shape.name(), "memory.parse." + shape.name()};
        for (const MessageWork& work : works)
            names.push_back("memory." + work.name + '.' + shape.name());
        suite.add({names, [shape, works] { return measureWorks(shape, works); }});
    }
}

} // namespace vtscope::bench
