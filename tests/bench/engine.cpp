#include "tests/bench/engine.h"

#include <QDir>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <future>
#include <stdexcept>

#include "streamcore/decode/entry.h"
#include "streamcore/decode/walker.h"
#include "streamcore/wire/reader.h"

namespace vtscope::bench {

namespace {

ReaderDescription describe(const Shape& shape)
{
    ReaderDescription description;
    description.api = shape.api == Shape::Api::Sync ? ReaderDescription::Api::Sync : ReaderDescription::Api::VStream;
    description.keyspace = "bench";
    description.shards = {"-"};
    description.tables = {"orders"};
    return description;
}

// Two files without a name that are written over in every run: their pages are in memory from the first one on, as
// those of a log are that goes round.
class RecycledFiles
{
public:
    RecycledFiles()
    {
        for (int& file : m_files) {
            QByteArray pattern = (QDir::tempPath() + u"/vtscope-bench-XXXXXX"_qs).toLocal8Bit();
            file = ::mkostemp(pattern.data(), O_CLOEXEC);
            if (file < 0)
                throw std::runtime_error("no file can be made in " + QDir::tempPath().toStdString());
            ::unlink(pattern.constData());
        }
    }
    ~RecycledFiles()
    {
        for (const int file : m_files)
            ::close(file);
    }
    std::shared_ptr<Capture> capture() const
    {
        return Capture::createOver(::dup(m_files[0]), ::dup(m_files[1])).value();
    }

private:
    std::array<int, 2> m_files{};
};

void ingest(const std::shared_ptr<Capture>& capture, const std::string& hostPort, const Shape& shape,
            std::uint64_t rows)
{
    const auto host = parseHost(hostPort).value();
    ConnectionSettings settings;
    settings.host = host.first;
    settings.port = host.second;
    settings.isPlaintext = true;
    const Connection connection(settings, {}, Channel::open(settings, Secret()).value());
    std::promise<Error> ended;
    StreamReader::Listener listener;
    listener.news = [] {};
    listener.ended = [&ended](bool, const Error& error) { ended.set_value(error); };
    {
        const StreamReader reader(connection, capture, ReaderPlan{shape.methodPath(), std::string(), describe(shape)},
                                  std::move(listener));
        ended.get_future().wait();
    }
    if (capture->changes() != rows || capture->faults() != 0)
        throw std::runtime_error("the engine took " + std::to_string(capture->changes()) + " rows of " +
                                 std::to_string(rows));
}

void walk(const Dataset& dataset)
{
    // As large as a piece of the log that stays in cache; used again and again.
    static std::vector<char> store(1 << 20);
    Layouts layouts;
    const auto walker = Walker::make(
        {dataset.shape.api == Shape::Api::Sync ? Api::Sync : Api::VStream, "bench", "-", "orders"}, layouts);
    std::vector<Entry> entries;
    std::uint32_t transaction = 0;
    std::uint64_t rows = 0;
    std::size_t at = 0;
    for (const std::string& message : dataset.messages) {
        if (at + message.size() > store.size())
            at = 0;
        std::memcpy(store.data() + at, message.data(), message.size());
        entries.clear();
        walker->walk({store.data() + at, message.size()}, 1, transaction, entries);
        rows += entries.size();
        at += message.size();
    }
    if (rows != Dataset::kRows)
        throw std::runtime_error("the walker found " + std::to_string(rows) + " rows");
}

} // namespace

IngestClient engineClient()
{
    const auto files = std::make_shared<RecycledFiles>();
    const auto run = [files](const std::string& hostPort, const Shape& shape, std::uint64_t rows) {
        ingest(files->capture(), hostPort, shape, rows);
    };
    return {"engine", run, [](const Shape& shape) -> std::optional<double> {
                if (shape.rowsPerMessage == 10 || shape.rowsPerMessage == 100)
                    return 0.3;
                return std::nullopt;
            }};
}

ColdClient engineIntoFreshFiles()
{
    const auto run = [](const std::string& hostPort, const Shape& shape, std::uint64_t rows,
                        const std::function<void()>& written) {
        const auto capture = Capture::createUnnamed().value();
        ingest(capture, hostPort, shape, rows);
        written();
        return capture->size() + capture->count() * sizeof(Entry);
    };
    return {"engine", run, 0.8};
}

std::shared_ptr<Capture> sampleCapture()
{
    const char* const rows = std::getenv("VTSCOPE_BENCH_ROWS");
    const std::uint64_t wanted =
        rows == nullptr ? 1'000'000 : std::max<std::uint64_t>(1, std::strtoull(rows, nullptr, 10));
    Shape shape;
    shape.api = Shape::Api::VStream;
    const Dataset dataset = makeDataset(shape);
    auto capture = Capture::createUnnamed().value();
    const ReaderId reader = capture->openReader(describe(shape)).value();
    while (capture->changes() < wanted) {
        for (const std::string& message : dataset.messages)
            (void)capture->append(reader, message, 1).value();
    }
    return capture;
}

MessageWork engineWalk()
{
    return {"walk", walk, [](const Shape&) -> std::optional<double> { return 0.4; }};
}

} // namespace vtscope::bench
