// How a capture without an index is read: record by record, past what is damaged.
#include <algorithm>
#include <cstring>
#include <utility>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/capture.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

bool Capture::isIntact(std::uint64_t record, std::uint64_t end) const
{
    RecordHead head;
    if (record + sizeof head > end)
        return false;
    std::memcpy(&head, m_data->base() + record, sizeof head);
    return head.type != static_cast<std::uint16_t>(RecordType::None) && head.length <= end - record - sizeof head &&
           head.hash == recordHash(head, {m_data->base() + record + sizeof head, head.length}, m_salt);
}

// Turns one of our own records into what it means for the index; the same when it is written and when a capture is
// walked.
Result<void> Capture::replay(std::uint64_t record)
{
    RecordHead head;
    std::memcpy(&head, m_data->base() + record, sizeof head);
    const Bytes payload(m_data->base() + record + sizeof head, head.length);
    // Readers whose own record is damaged keep their number.
    const auto haveReaders = [this](std::size_t count) {
        while (m_readers.size() < count)
            addReader({});
    };
    const auto shardOf = [](const ReaderDescription& description) {
        return description.shards.size() == 1 ? description.shards.front() : std::string();
    };
    const auto addLine = [&](Op op, const std::string& keyspace, const std::string& shard) {
        Entry entry = Entry::make(op, Images::Event);
        entry.layout = m_layouts->add({keyspace, shard, {}, {}, {}, {}});
        entry.time = head.received;
        entry.setReceiptTime();
        m_scratch.push_back(entry);
    };
    m_scratch.clear();
    std::uint32_t faults = 0;
    switch (static_cast<RecordType>(head.type)) {
    case RecordType::Message: {
        haveReaders(std::size_t{head.reader} + 1);
        Reader& reader = m_readers[head.reader];
        const WalkResult walked = reader.walker->walk(payload, head.received, m_transactions, m_scratch);
        faults = walked.faults;
        showChosen(reader, 0);
        if (walked.position) {
            const Bytes position = delimitedAt(payload.data() + walked.position, payload.data() + payload.size());
            notePosition(reader, position, record, static_cast<std::uint64_t>(position.data() - m_data->base()));
        }
        break;
    }
    case RecordType::ReaderOpened:
        haveReaders(head.reader);
        if (const auto description = decodeReader(payload)) {
            addReader(*description);
            if (description->continues)
                addLine(Op::Resumed, description->keyspace, shardOf(*description));
        }
        break;
    case RecordType::ReaderEnded: {
        const auto end = decodeReaderEnd(payload);
        if (!end || head.reader >= m_readers.size())
            break;
        m_readers[head.reader].end = end;
        const ReaderDescription& description = m_readers[head.reader].description;
        if (!end->isAsked)
            addLine(end->code == 0 ? Op::Ended : Op::Failed, description.keyspace, shardOf(description));
        break;
    }
    case RecordType::GapFound:
        if (const auto gap = decodeGap(payload)) {
            addLine(Op::Gap, gap->keyspace, gap->shard);
            m_gaps.push_back(*gap);
        }
        break;
    case RecordType::Checkpoint:
        // What it tells is known, unless something before it is gone.
        if (const auto checkpoint = decodeCheckpoint(payload);
            checkpoint && (m_hasHole ? checkpoint->readers.size() >= m_readers.size()
                                     : checkpoint->readers.size() > m_readers.size())) {
            const std::vector<Reader> before = std::exchange(m_readers, {});
            restore(*checkpoint, before.empty());
            if (before.empty())
                m_firstRecord = record;
            for (std::size_t i = 0; i < before.size(); ++i)
                m_readers[i].chosen = before[i].chosen;
            m_hasHole = false;
        }
        break;
    case RecordType::Marked:
        if (const auto mark = decodeMark(payload)) {
            if (const auto line = snapshot().lineOf(mark->record, mark->ordinal))
                mark->isRemoved ? m_marks.remove(*line) : m_marks.set(*line, mark->note);
        }
        break;
    case RecordType::Chosen:
        if (head.reader < m_readers.size())
            m_readers[head.reader].chosen = decodeChosen(payload);
        break;
    case RecordType::None:
    case RecordType::TableFound:
        break;
    }
    for (Entry& entry : m_scratch)
        entry.setRecord(record);
    return publish(faults);
}

// The first page behind this place that holds anything.
std::uint64_t Capture::dataAfter(std::uint64_t at) const
{
    at = nextPage(at);
    return std::max(at, m_data->dataFrom(at) / kPageSize * kPageSize);
}

// The next place from which the file can be read without what stands before it; 0: none.
std::uint64_t Capture::checkpointAfter(std::uint64_t at, std::uint64_t end) const
{
    while ((at = dataAfter(at)) + sizeof(RecordHead) <= end) {
        RecordHead head{};
        std::memcpy(&head, m_data->base() + at, sizeof head);
        if (static_cast<RecordType>(head.type) == RecordType::Checkpoint && isIntact(at, end))
            return at;
    }
    return 0;
}

// A record of this reader was left out, and perhaps more.
void Capture::noteHole(ReaderId reader)
{
    ++m_damagedMessages;
    m_hasHole = true;
    if (reader < m_readers.size())
        m_readers[reader].chosen.reset();
}

Result<void> Capture::walkFile(std::uint64_t fileSize, const std::function<void(double)>& progress,
                               const std::stop_token& stop)
{
    const char* const base = m_data->base();
    std::uint64_t at = sizeof(FileHead), end = at, told = 0;
    while (at + sizeof(RecordHead) <= fileSize) {
        if (at - told > kSegmentSize / 4) {
            told = at;
            if (stop.stop_requested())
                return failure(ErrorKind::Canceled, "Opening the capture was canceled.");
            if (progress)
                progress(static_cast<double>(at) / static_cast<double>(fileSize));
        }
        const std::uint64_t room = kSegmentSize - at % kSegmentSize;
        RecordHead head{};
        if (room >= sizeof head)
            std::memcpy(&head, base + at, sizeof head);
        if (isUnwritten(head)) {
            at = dataAfter(at);
            continue;
        }
        const std::uint64_t after = at + sizeof head + head.length;
        if (isIntact(at, fileSize)) {
            end = after;
            m_dataEnd = end;
            if (auto replayed = replay(at); !replayed)
                return replayed;
        } else if (isIntact(alignRecord(after), fileSize) || isIntact(placePage(after), fileSize) ||
                   isIntact(nextSegment(after), fileSize)) {
            noteHole(head.reader);
        } else if (const std::uint64_t next = checkpointAfter(at, fileSize); next != 0) {
            for (Reader& reader : m_readers)
                reader.chosen.reset();
            noteHole(head.reader);
            at = next;
            continue;
        } else {
            break;
        }
        at = alignRecord(after);
    }
    m_dataEnd = m_shownBytes = end;
    m_tornBytes = fileSize > alignRecord(end) ? fileSize - end : 0;
    return {};
}

} // namespace vtscope
