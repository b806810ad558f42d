#include "streamcore/session/continuation.h"

#include <algorithm>

#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "streamcore/names.h"
#include "streamcore/position/safeposition.h"

namespace vtscope {

namespace {

// A stream with all readers that it was opened with.
struct Stream
{
    ReaderDescription description; // of the newest
    SafePosition position;
    StreamPast past;
};

bool isOfChanges(const ReaderDescription& description)
{
    return description.api == ReaderDescription::Api::VStream || description.api == ReaderDescription::Api::Sync;
}

// Every position of its copy, which only together say where it can be gone on from.
void walkCopy(const Snapshot& snapshot, Stream& stream)
{
    const std::vector<ReaderId>& readers = stream.past.readers;
    const bool isSync = stream.position.isCursor();
    for (std::uint64_t record = snapshot.firstRecord(); record != 0; record = snapshot.nextRecord(record)) {
        if (snapshot.typeOf(record) != RecordType::Message ||
            std::find(readers.begin(), readers.end(), snapshot.readerOf(record)) == readers.end())
            continue;
        Scanner scanner(snapshot.payload(record));
        while (scanner.next()) {
            if (!scanner.isBytes(isSync ? field::sync::kCursor : field::vstream::kEvents))
                continue;
            if (isSync)
                stream.position.note(scanner.bytes(), record);
            for (Scanner event(isSync ? Bytes() : scanner.bytes()); event.next();) {
                if (event.isBytes(field::vevent::kVgtid))
                    stream.position.note(event.bytes(), record);
            }
        }
        for (std::uint64_t line = snapshot.lineFrom(record);
             line < snapshot.count() && snapshot.entry(line).record() == record; ++line) {
            if (snapshot.entry(line).op() != Op::CopyCompleted)
                continue;
            const Layout& layout = snapshot.layoutOf(snapshot.entry(line));
            stream.position.completeCopy(layout.keyspace, layout.shard);
        }
    }
    stream.past.from = stream.position.from();
}

// Those that were opened together last: what each of them goes on with is one of them.
std::vector<Stream> streamsIn(const Capture& capture)
{
    const std::vector<ReaderState> readers = capture.readerStates();
    std::vector<Stream> streams;
    std::vector<std::size_t> streamOf(readers.size());
    for (std::size_t i = 0; i < readers.size(); ++i) {
        const ReaderDescription& description = readers[i].description;
        if (!isOfChanges(description))
            continue;
        const auto form =
            description.api == ReaderDescription::Api::Sync ? SafePosition::Form::Cursor : SafePosition::Form::Vgtid;
        if (description.continues && *description.continues < i) {
            streamOf[i] = streamOf[*description.continues];
        } else {
            streamOf[i] = streams.size();
            streams.push_back({description, SafePosition(form, description.position, description.tables), {}});
        }
        Stream& stream = streams[streamOf[i]];
        stream.description = description;
        stream.past.readers.push_back(static_cast<ReaderId>(i));
    }
    const Snapshot snapshot = capture.snapshot();
    for (Stream& stream : streams) {
        if (stream.position.isCopying()) {
            walkCopy(snapshot, stream);
            continue;
        }
        for (const ReaderId reader : stream.past.readers) {
            if (readers[reader].last.empty())
                continue;
            stream.position.note(readers[reader].last, readers[reader].lastRecord);
            stream.past.from = readers[reader].lastRecord;
        }
    }
    return streams;
}

// What was opened together last in one keyspace.
struct Part
{
    KeyspaceTables asked;
    std::vector<std::string> tables{}, shards{}; // that it is of
    std::vector<Stream> streams{};               // in the order in which they were opened

    // In Sync each is of one table and shard; in VStream of the same tables, each of other shards.
    bool goesWith(const Stream& stream) const
    {
        const ReaderDescription& description = stream.description;
        return streams.empty() || description.api == ReaderDescription::Api::Sync ||
               (isSameSet(description.tables, streams.front().description.tables) &&
                std::none_of(description.shards.begin(), description.shards.end(),
                             [this](const std::string& shard) { return isAmong(shards, shard); }));
    }

    // One that was opened before those.
    void add(Stream stream)
    {
        const ReaderDescription& description = stream.description;
        tables.insert(tables.begin(), description.tables.begin(), description.tables.end());
        shards.insert(shards.begin(), description.shards.begin(), description.shards.end());
        streams.insert(streams.begin(), std::move(stream));
    }
};

std::string keyspacesOf(const std::vector<Part>& parts)
{
    std::vector<std::string> names;
    for (const Part& part : parts)
        names.push_back(part.asked.keyspace);
    return listed(names);
}

} // namespace

Result<WatchRequest> continueIn(const Capture& capture, WatchRequest asked)
{
    // It was left before anything was opened.
    if (capture.readers().empty())
        return asked;
    std::vector<Stream> streams = streamsIn(capture);
    if (streams.empty())
        return failure(ErrorKind::Usage, "There is no stream of changes in this capture to go on with.");
    const auto other = [&](const std::string& what) {
        return failure(ErrorKind::Usage, "This capture is of " + what + ". Another stream needs another capture.");
    };
    const bool isSync = streams.back().description.api == ReaderDescription::Api::Sync;
    std::vector<Part> parts{Part{{asked.keyspace, asked.tables}}};
    for (const KeyspaceTables& one : asked.others)
        parts.push_back(Part{one});
    // Those that were opened with the last one.
    for (auto stream = streams.rbegin(); stream != streams.rend(); ++stream) {
        const ReaderDescription& description = stream->description;
        const auto part = std::find_if(parts.begin(), parts.end(),
                                       [&](const Part& one) { return one.asked.keyspace == description.keyspace; });
        const bool isOfLast = part != parts.end() && (description.api == ReaderDescription::Api::Sync) == isSync &&
                              part->goesWith(*stream);
        if (stream == streams.rbegin() && part == parts.end())
            return other("keyspace " + description.keyspace + ", not " + keyspacesOf(parts));
        if (!isOfLast)
            break;
        part->add(std::move(*stream));
    }
    asked.start = WatchRequest::Start::Continue;
    asked.others.clear();
    asked.resume.clear();
    asked.pasts.clear();
    for (Part& part : parts) {
        keepFirstOfEach(part.tables);
        keepFirstOfEach(part.shards);
        if (part.streams.empty())
            return other("other keyspaces than " + part.asked.keyspace);
        if (!isSameSet(part.tables, part.asked.tables))
            return other("table " + listed(part.tables) + ", not " + listed(part.asked.tables));
        if (isSync && part.streams.size() != part.tables.size() * part.shards.size())
            return failure(ErrorKind::Usage, "Several sessions of Sync stand in this capture, and it cannot be told "
                                             "which to go on with. Give a position and a new capture.");
        if (&part != &parts.front())
            asked.others.push_back({part.asked.keyspace, part.tables});
        for (const Stream& stream : part.streams) {
            asked.resume.push_back(stream.position.resume());
            asked.pasts.push_back(stream.past);
        }
    }
    Part& main = parts.front();
    if (!asked.shards.empty() && !isSameSet(main.shards, asked.shards))
        return other("shard " + listed(main.shards) + ", not " + listed(asked.shards));
    if (isSync != (asked.source == Source::Sync))
        return other(isSync ? "Sync, not VStream" : "VStream, not Sync");
    asked.tables = main.tables;
    asked.shards = main.shards;
    return asked;
}

} // namespace vtscope
