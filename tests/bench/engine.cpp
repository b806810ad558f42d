#include "tests/bench/engine.h"

#include <cstring>
#include <future>
#include <stdexcept>

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

void ingest(const std::string& hostPort, const Shape& shape, std::uint64_t rows)
{
    const auto host = parseHost(hostPort).value();
    ConnectionSettings settings;
    settings.host = host.first;
    settings.port = host.second;
    settings.isPlaintext = true;
    const Connection connection(settings, {}, Channel::open(settings, Secret()).value());
    const auto capture = Capture::createUnnamed("/tmp").value();
    std::promise<Error> ended;
    StreamReader::Listener listener;
    listener.news = [] {};
    listener.ended = [&ended](bool, const Error& error) { ended.set_value(error); };
    {
        const StreamReader reader(connection, capture, ReaderPlan{shape.methodPath(), std::string(), describe(shape)}, std::move(listener));
        ended.get_future().wait();
    }
    if (capture->changes() != rows || capture->faults() != 0)
        throw std::runtime_error("the engine took " + std::to_string(capture->changes()) + " rows of " + std::to_string(rows));
}

void walk(const Dataset& dataset)
{
    // As large as a piece of the log that stays in cache; used again and again.
    static std::vector<char> store(1 << 20);
    Layouts layouts;
    Walker walker({dataset.shape.api == Shape::Api::Sync ? Api::Sync : Api::VStream, "bench", "-", "orders"}, layouts);
    std::vector<Entry> entries;
    std::uint32_t transaction = 0;
    std::uint64_t rows = 0;
    std::size_t at = 0;
    for (const std::string& message : dataset.messages) {
        if (at + message.size() > store.size())
            at = 0;
        std::memcpy(store.data() + at, message.data(), message.size());
        entries.clear();
        walker.walk({store.data() + at, message.size()}, 1, transaction, entries);
        rows += entries.size();
        at += message.size();
    }
    if (rows != Dataset::kRows)
        throw std::runtime_error("the walker found " + std::to_string(rows) + " rows");
}

} // namespace

IngestClient engineClient()
{
    return {"engine", ingest, [](const Shape& shape) -> std::optional<double> {
                if (shape.rowsPerMessage == 10 || shape.rowsPerMessage == 100)
                    return 0.3;
                return std::nullopt;
            }};
}

MessageWork engineWalk()
{
    return {"walk", walk, [](const Shape&) -> std::optional<double> { return 0.4; }};
}

} // namespace vtscope::bench
