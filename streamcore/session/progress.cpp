#include "streamcore/session/progress.h"

#include <algorithm>

#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "streamcore/position/safeposition.h"
#include "streamcore/position/stopposition.h"
#include "streamcore/session/watch.h"

namespace vtscope {

namespace {

using Api = ReaderDescription::Api;

SafePosition::Form formOf(const ReaderDescription& description)
{
    return description.api == Api::Sync ? SafePosition::Form::Cursor : SafePosition::Form::Vgtid;
}

StopPosition stopOf(const ReaderDescription& description, const std::string& text)
{
    if (text.empty())
        return {};
    const auto positions = stopPositions(text, description.keyspace, description.shards);
    return positions ? StopPosition(formOf(description), *positions) : StopPosition();
}

} // namespace

struct StreamProgress::Reader
{
    struct Shard
    {
        std::string keyspace;
        std::string shard;
        std::uint64_t changed = 0; // behind its last change
        std::uint64_t newest = 0;  // behind the position that came last
        std::uint64_t safe = 0;    // behind the one that can be resumed from
    };

    Reader(ReaderDescription described, const std::string& stopText)
        : description(std::move(described)), position(formOf(description), description.position, description.tables),
          stop(stopOf(description, stopText))
    {
        stop.note(description.position, position);
        for (const std::string& shard : description.shards)
            holdIfReached(shardOf(description.keyspace, shard));
    }

    Shard& shardOf(std::string_view keyspace, std::string_view shard)
    {
        for (Shard& one : shards) {
            if (one.shard == shard && one.keyspace == keyspace)
                return one;
        }
        shards.push_back({std::string(keyspace), std::string(shard)});
        return shards.back();
    }

    // What comes of it later is left to the next run.
    void holdIfReached(const Shard& shard)
    {
        if (stop.isReached(shard.keyspace, shard.shard))
            position.hold(shard.keyspace, shard.shard);
    }

    // moved: the shard that the position is told for; empty: any.
    void note(Bytes message, std::string_view movedKeyspace, std::string_view movedShard, std::uint64_t line)
    {
        position.note(message);
        stop.note(message, position);
        for (Shard& shard : shards) {
            if (!movedShard.empty() && (shard.shard != movedShard || shard.keyspace != movedKeyspace))
                continue;
            shard.newest = line;
            if (position.isNewest(shard.keyspace, shard.shard))
                shard.safe = line;
            holdIfReached(shard);
        }
    }

    void completeCopy(const Layout& layout)
    {
        position.completeCopy(layout.keyspace, layout.shard);
        Shard& shard = shardOf(layout.keyspace, layout.shard);
        shard.safe = shard.newest;
        if (stop.isSet())
            stop.note(position.resume(), position);
        holdIfReached(shard);
    }

    bool isSafe() const
    {
        return std::all_of(shards.begin(), shards.end(), [](const Shard& one) { return one.changed <= one.safe; }) &&
               position.isKnown() &&
               (!position.isCopying() || description.tables.size() == 1 ||
                tablesToCopy(positionsIn(position.resume()), description.tables).isExact);
    }

    ReaderDescription description;
    SafePosition position;
    StopPosition stop;
    std::vector<Shard> shards;
};

StreamProgress::StreamProgress(std::shared_ptr<const Capture> capture, std::size_t streams, std::string stop,
                               ReaderId from)
    : m_capture(std::move(capture)), m_expected(streams), m_stop(std::move(stop)), m_from(from)
{
    openReaders();
}

StreamProgress::~StreamProgress() = default;

void StreamProgress::openReaders()
{
    const std::vector<ReaderDescription> descriptions = m_capture->readers();
    while (m_readers.size() < descriptions.size()) {
        const ReaderDescription& description = descriptions[m_readers.size()];
        if (description.continues && *description.continues < m_readers.size()) {
            m_readers.push_back(m_readers[*description.continues]);
            continue;
        }
        if (m_readers.size() < m_from) {
            m_readers.push_back(nullptr);
            continue;
        }
        m_streams.push_back(std::make_unique<Reader>(description, m_stop));
        m_readers.push_back(m_streams.back().get());
    }
}

StreamProgress::Reader* StreamProgress::readerOf(std::uint16_t id)
{
    if (id >= m_readers.size())
        openReaders();
    return id < m_readers.size() ? m_readers[id] : nullptr;
}

bool StreamProgress::find(const Snapshot& snapshot)
{
    // A ring may have dropped what was found.
    if (m_record < snapshot.firstRecord()) {
        m_record = m_found = 0;
        m_offset = 0;
    }
    if (m_found != 0)
        return true;
    for (std::uint64_t record = m_record == 0 ? snapshot.firstRecord() : m_record; record != 0;) {
        m_record = record;
        const Reader* reader = readerOf(snapshot.readerOf(record));
        if (reader && snapshot.typeOf(record) == RecordType::Message) {
            const Bytes message = snapshot.payload(record);
            Scanner scanner(message);
            if (m_offset > 0)
                scanner.jump(message.data() + m_offset);
            const bool isSync = reader->description.api == Api::Sync;
            while (scanner.next()) {
                if (!scanner.isBytes(isSync ? field::sync::kCursor : field::vstream::kEvents))
                    continue;
                bool isPosition = isSync;
                for (Scanner event(scanner.bytes()); !isPosition && event.next();)
                    isPosition = event.isBytes(field::vevent::kVgtid);
                if (!isPosition)
                    continue;
                const auto at = static_cast<std::uint32_t>(scanner.lengthStart() - message.data());
                m_line = std::max(m_taken, snapshot.first());
                while (m_line < snapshot.count() &&
                       (snapshot.entry(m_line).record() < record ||
                        (snapshot.entry(m_line).record() == record && (isSync || snapshot.entry(m_line).place() < at))))
                    ++m_line;
                m_offset = static_cast<std::uint32_t>(scanner.fieldStart() - message.data());
                m_found = record;
                return true;
            }
            m_offset = static_cast<std::uint32_t>(message.size());
        }
        record = snapshot.nextRecord(record);
        if (record != 0)
            m_offset = 0;
    }
    return false;
}

void StreamProgress::take(const Snapshot& snapshot)
{
    for (std::uint64_t line = std::max(m_taken, snapshot.first()); line < m_line; ++line)
        takeLine(snapshot, line);
    m_taken = m_line;
    Reader& reader = *readerOf(snapshot.readerOf(m_found));
    const Bytes message = snapshot.payload(m_found);
    Scanner scanner(message);
    scanner.jump(message.data() + m_offset);
    scanner.next();
    if (reader.description.api == Api::Sync) {
        reader.note(scanner.bytes(), {}, {}, m_line);
    } else {
        Bytes position, keyspace, shard;
        for (Scanner event(scanner.bytes()); event.next();) {
            if (event.isBytes(field::vevent::kVgtid))
                position = event.bytes();
            else if (event.isBytes(field::vevent::kKeyspace))
                keyspace = event.bytes();
            else if (event.isBytes(field::vevent::kShard))
                shard = event.bytes();
        }
        reader.note(position, keyspace, shard, m_line);
    }
    m_offset = static_cast<std::uint32_t>(scanner.bytes().data() + scanner.bytes().size() - message.data());
    m_found = 0;
}

void StreamProgress::takeLine(const Snapshot& snapshot, std::uint64_t line)
{
    const Entry& entry = snapshot.entry(line);
    Reader* reader = readerOf(snapshot.readerOf(entry.record()));
    if (!reader)
        return;
    const Layout& layout = snapshot.layoutOf(entry);
    if (entry.op() == Op::CopyCompleted)
        reader->completeCopy(layout);
    else if (isChange(entry.op()) && !reader->stop.isReached(layout.keyspace, layout.shard))
        reader->shardOf(layout.keyspace, layout.shard).changed = line + 1;
}

bool StreamProgress::isSafe() const
{
    return m_streams.size() >= m_expected &&
           std::all_of(m_streams.begin(), m_streams.end(), [](const auto& stream) { return stream->isSafe(); });
}

std::vector<ShardPosition> StreamProgress::positions() const
{
    std::vector<ShardPosition> positions;
    for (const auto& reader : m_streams) {
        const bool isSync = reader->description.api == Api::Sync;
        for (ShardPosition& shard :
             shardsIn(reader->position.resume(), isSync, isSync ? reader->description.tables.front() : std::string()))
            positions.push_back(std::move(shard));
    }
    return positions;
}

bool StreamProgress::isBehindStop(const Snapshot& snapshot, std::uint64_t line) const
{
    const Entry& entry = snapshot.entry(line);
    const ReaderId id = snapshot.readerOf(entry.record());
    const Reader* reader = id < m_readers.size() ? m_readers[id] : nullptr;
    if (!reader || !reader->stop.isSet())
        return false;
    const Layout& layout = snapshot.layoutOf(entry);
    return reader->stop.isReached(layout.keyspace, layout.shard);
}

} // namespace vtscope
