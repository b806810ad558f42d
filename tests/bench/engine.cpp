#include "tests/bench/engine.h"

#include <QDir>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <future>
#include <stdexcept>

#include "streamcore/capture/recordbatch.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/walker.h"
#include "streamcore/wire/reader.h"

namespace vtscope::bench {

namespace {

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

ReaderDescription describe(const Shape& shape)
{
    ReaderDescription description;
    description.api = shape.api == Shape::Api::Sync ? ReaderDescription::Api::Sync : ReaderDescription::Api::VStream;
    description.keyspace = "bench";
    description.shards = {"-"};
    description.tables = {"orders"};
    return description;
}

IngestClient engineClient()
{
    const auto files = std::make_shared<RecycledFiles>();
    const auto run = [files](const std::string& hostPort, const Shape& shape, std::uint64_t rows) {
        const auto capture = files->capture();
        ingest(capture, hostPort, shape, rows);
        return capture->size();
    };
    return {"engine", run, [](const Shape&) -> std::optional<double> { return 0.5; }};
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

RecycledFiles::RecycledFiles()
{
    for (int& file : m_files) {
        QByteArray pattern = (QDir::tempPath() + u"/vtscope-bench-XXXXXX"_qs).toLocal8Bit();
        file = ::mkostemp(pattern.data(), O_CLOEXEC);
        if (file < 0)
            throw std::runtime_error("no file can be made in " + QDir::tempPath().toStdString());
        ::unlink(pattern.constData());
    }
}

RecycledFiles::~RecycledFiles()
{
    for (const int file : m_files)
        ::close(file);
}

std::shared_ptr<Capture> RecycledFiles::capture() const
{
    return Capture::createOver(::dup(m_files[0]), ::dup(m_files[1])).value();
}

Dataset sampleDataset()
{
    Shape shape;
    shape.api = Shape::Api::VStream;
    return makeDataset(shape);
}

void appendChanges(Capture& capture, const Dataset& dataset, std::uint64_t changes)
{
    const ReaderId reader = capture.openReader(describe(dataset.shape)).value();
    const std::uint64_t wanted = capture.changes() + changes;
    RecordBatch batch;
    std::vector<Appended> appended;
    for (std::size_t next = 0; capture.changes() < wanted;) {
        batch.clear();
        // Whole batches, as a reader that is never idle appends them, but for the last one.
        const auto perMessage = static_cast<std::uint64_t>(dataset.shape.rowsPerMessage);
        for (std::uint64_t left = wanted - capture.changes(); left > 0 && !batch.isFull();
             left -= std::min(left, perMessage))
            batch.add(RecordType::Message, dataset.messages[next++ % dataset.messages.size()], 1);
        if (const auto done = capture.append(reader, batch, appended); !done)
            throw std::runtime_error(done.error().message);
    }
}

std::shared_ptr<Capture> sampleCapture()
{
    auto capture = Capture::createUnnamed().value();
    appendChanges(*capture, sampleDataset(), rowCountAsked().value_or(1'000'000));
    return capture;
}

MessageWork engineWalk()
{
    return {"walk", walk, [](const Shape&) -> std::optional<double> { return 0.4; }};
}

} // namespace vtscope::bench
