// The pieces of a capture that can be read on their own, and how the oldest of them go.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/capture.h"
#include "streamcore/capture/entryfile.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/pin.h"
#include "streamcore/capture/record.h"
#include "streamcore/capture/recordbatch.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kPieces = 8; // of what a ring keeps

// Less is not worth its checkpoint.
constexpr std::uint64_t kLeastBytes = std::uint64_t{1} << 20, kLeastAge = 1'000'000'000;

bool isReached(std::uint64_t amount, std::uint64_t limit, std::uint64_t least)
{
    return limit != 0 && amount >= std::max(limit / kPieces, least);
}

} // namespace

Result<std::uint64_t> Capture::makeRoom(std::uint64_t payload, std::int64_t now)
{
    if (isPieceOld(now)) {
        if (auto started = startPiece(placePage(m_data->end()), now); !started)
            return tl::unexpected(started.error());
    }
    const std::uint64_t at = placeRecord(m_data->end(), payload);
    if (at % kSegmentSize != 0)
        return at;
    if (auto started = startPiece(at, now); !started)
        return tl::unexpected(started.error());
    return alignRecord(m_data->end());
}

bool Capture::isPieceOld(std::int64_t now) const
{
    const PieceStart& current = m_pieces.back();
    const std::uint64_t bytes = m_writtenBytes - current.bytes;
    const std::uint64_t changes = m_changes.load(std::memory_order_relaxed) - current.changes;
    const std::uint64_t age = now > current.time ? static_cast<std::uint64_t>(now - current.time) : 0;
    return isReached(bytes, m_ring.bytes, kLeastBytes) ||
           (bytes >= kLeastBytes && isReached(changes, m_ring.changes, 1)) ||
           isReached(age, static_cast<std::uint64_t>(m_ring.age.count()), kLeastAge);
}

std::string Capture::describeState() const
{
    CheckpointFacts facts{
        m_published.load(std::memory_order_relaxed), m_changes.load(std::memory_order_relaxed), m_transactions, {}};
    for (const Reader& reader : m_readers)
        facts.readers.push_back(
            {stateOf(reader), reader.end ? std::string() : reader.walker->context(), reader.walker->transaction()});
    return encode(facts);
}

Result<void> Capture::startPiece(std::uint64_t at, std::int64_t now)
{
    const std::string state = describeState();
    // Where it has room: like any record it does not cross into a segment.
    at = placeRecord(at, state.size());
    PieceStart start{at, m_published.load(std::memory_order_relaxed), m_changes.load(std::memory_order_relaxed),
                     m_writtenBytes, now};
    RecordBatch batch;
    batch.add(RecordType::Checkpoint, state, now);
    if (auto written = writeRecords(0, batch, 0, 1, at); !written)
        return written;
    show(); // it has no lines, so nothing takes it back
    start.bytes = m_writtenBytes;
    if (m_pieces.back().at == at)
        m_pieces.pop_back();
    m_pieces.push_back(start);
    dropOld(now);
    return {};
}

void Capture::dropOld(std::int64_t now)
{
    if (!m_ring.isSet())
        return;
    const std::uint64_t written = m_writtenBytes;
    const std::uint64_t changes = m_changes.load(std::memory_order_relaxed);
    const std::uint64_t first = m_pieces.front().line;
    // As long as what remains is enough.
    while (m_pieces.size() > 1) {
        const PieceStart& next = m_pieces[1];
        const bool isOver = (m_ring.bytes != 0 && written - next.bytes >= m_ring.bytes) ||
                            (m_ring.changes != 0 && changes - next.changes >= m_ring.changes) ||
                            (m_ring.age.count() != 0 && now - next.time > m_ring.age.count());
        if (!isOver)
            break;
        m_pieces.pop_front();
    }
    const PieceStart& kept = m_pieces.front();
    if (kept.line != first || kept.at != m_firstRecord) {
        const std::lock_guard lock(m_pinMutex);
        m_first.store(kept.line, std::memory_order_release);
        m_droppedChanges.store(kept.changes, std::memory_order_release);
        m_droppedBytes.store(kept.bytes, std::memory_order_relaxed);
        m_firstRecord = kept.at;
        if (!m_pin.expired())
            m_oldPins.push_back(m_pin);
        m_pin.reset();
    }
    m_marks.removeBefore(kept.line);
    keepPositionsBefore(m_firstRecord);
    freeDropped();
}

// Gives the bytes back that nobody can read any more.
void Capture::freeDropped()
{
    std::uint64_t from = m_firstRecord;
    {
        const std::lock_guard lock(m_pinMutex);
        std::erase_if(m_oldPins, [](const auto& pin) { return pin.expired(); });
        for (const auto& old : m_oldPins) {
            if (const auto pin = old.lock())
                from = std::min(from, pin->firstRecord);
        }
    }
    if (from <= m_freedTo)
        return;
    const auto start =
        std::find_if(m_pieces.begin(), m_pieces.end(), [from](const PieceStart& piece) { return piece.at == from; });
    m_data->free(std::max(m_freedTo, std::uint64_t{sizeof(FileHead)}), from);
    if (start != m_pieces.end())
        m_index->free(start->line - m_firstEntry);
    m_freedTo = from;
}

Result<void> Capture::setRing(const RingLimits& limits)
{
    const std::lock_guard lock(m_mutex);
    if (limits.isSet()) {
        if (auto can = m_data->canFree(); !can)
            return can;
    }
    m_ring = limits;
    return {};
}

RingLimits Capture::ring() const
{
    const std::lock_guard lock(m_mutex);
    return m_ring;
}

Result<ReaderId> Capture::takeOver(std::string_view checkpoint, bool keepsNumbers)
{
    const std::lock_guard lock(m_mutex);
    auto facts = decodeCheckpoint(checkpoint);
    if (!facts)
        return failure(ErrorKind::Damaged, "A checkpoint of the capture cannot be read.");
    const auto first = static_cast<ReaderId>(m_readers.size());
    restore(*facts, keepsNumbers);
    if (auto written = writeOwn(RecordType::Checkpoint, 0, nowNs(), describeState()); !written)
        return tl::unexpected(written.error());
    show();
    return first;
}

// Puts its readers behind those that are there, each as far as it had come.
void Capture::restore(const CheckpointFacts& checkpoint, bool keepsNumbers)
{
    const std::uint32_t transactions = m_transactions;
    const std::size_t readers = m_readers.size();
    for (const CheckpointFacts::Reader& reader : checkpoint.readers) {
        ReaderDescription description = reader.state.description;
        if (description.continues)
            *description.continues += static_cast<ReaderId>(readers);
        addReader(description);
        takeState(m_readers.back(), reader.state);
        m_readers.back().walker->goOn(reader.context, reader.transaction);
    }
    m_transactions = std::max(transactions, checkpoint.transactions);
    if (!keepsNumbers)
        return;
    m_firstEntry = checkpoint.lines;
    m_first = m_published = checkpoint.lines;
    m_changes = m_droppedChanges = checkpoint.changes;
    if (!m_pieces.empty())
        m_pieces.front() = {0, checkpoint.lines, checkpoint.changes, 0, m_pieces.front().time};
}

} // namespace vtscope
