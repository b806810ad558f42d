#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/capture.h"
#include "streamcore/capture/entryfile.h"
#include "streamcore/capture/pin.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"

namespace vtscope {

Snapshot Capture::snapshot() const
{
    Snapshot snapshot;
    const std::lock_guard lock(m_pinMutex);
    snapshot.m_pin = m_pin.lock();
    if (!snapshot.m_pin) {
        snapshot.m_pin = std::make_shared<const CapturePin>(
            CapturePin{shared_from_this(), m_firstRecord, m_droppedChanges.load(std::memory_order_relaxed)});
        m_pin = snapshot.m_pin;
    }
    snapshot.m_first = m_first.load(std::memory_order_acquire);
    snapshot.m_firstEntry = m_firstEntry;
    // Count first: whatever is read after it covers at least as much.
    snapshot.m_count = m_published.load(std::memory_order_acquire);
    snapshot.m_end = m_dataEnd.load(std::memory_order_acquire);
    snapshot.m_base = m_data->base();
    snapshot.m_entries = m_sealedEntries ? m_sealedEntries : m_index->entries();
    snapshot.m_layouts = m_layouts.get();
    snapshot.m_layoutCount = m_layouts->count();
    return snapshot;
}

const Entry& Snapshot::entry(std::uint64_t number) const
{
    return m_entries[number - m_firstEntry];
}

std::uint64_t Snapshot::lineFrom(std::uint64_t record) const
{
    const Entry* const end = m_entries + (m_count - m_firstEntry);
    const Entry* const found =
        std::lower_bound(m_entries + (m_first - m_firstEntry), end, record,
                         [](const Entry& entry, std::uint64_t wanted) { return entry.record() < wanted; });
    return m_firstEntry + static_cast<std::uint64_t>(found - m_entries);
}

std::optional<std::uint64_t> Snapshot::lineOf(std::uint64_t record, std::uint32_t ordinal) const
{
    const std::uint64_t line = lineFrom(record) + ordinal;
    if (line >= m_count || entry(line).record() != record)
        return std::nullopt;
    return line;
}

std::string_view Snapshot::payload(std::uint64_t record) const
{
    if (record + sizeof(RecordHead) > m_end)
        return {};
    RecordHead head;
    std::memcpy(&head, m_base + record, sizeof head);
    const std::uint64_t room = m_end - record - sizeof head;
    return {m_base + record + sizeof head, std::min<std::uint64_t>(head.length, room)};
}

ReaderId Snapshot::readerOf(std::uint64_t record) const
{
    RecordHead head;
    std::memcpy(&head, m_base + record, sizeof head);
    return head.reader;
}

std::int64_t Snapshot::receivedAt(std::uint64_t record) const
{
    RecordHead head;
    std::memcpy(&head, m_base + record, sizeof head);
    return head.received;
}

bool Snapshot::isIntact(std::uint64_t record) const
{
    return m_pin->owner->isIntact(record, m_end);
}

bool Snapshot::liesIn(const std::string& path) const
{
    struct stat own
    {
    }, other{};
    return m_pin && ::stat(path.c_str(), &other) == 0 && ::fstat(m_pin->owner->m_data->descriptor(), &own) == 0 &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

RecordType Snapshot::typeOf(std::uint64_t record) const
{
    RecordHead head;
    std::memcpy(&head, m_base + record, sizeof head);
    return static_cast<RecordType>(head.type);
}

std::uint64_t Snapshot::firstRecord() const
{
    return recordFrom(std::max(m_pin->firstRecord, std::uint64_t{sizeof(FileHead)}));
}

std::uint64_t Snapshot::nextRecord(std::uint64_t record) const
{
    return recordFrom(alignRecord(record + sizeof(RecordHead) + payload(record).size()));
}

// The first record at this place or behind it; what is left of a page without one is empty.
std::uint64_t Snapshot::recordFrom(std::uint64_t at) const
{
    while (at + sizeof(RecordHead) <= m_end) {
        const std::uint64_t room = kSegmentSize - at % kSegmentSize;
        RecordHead head;
        if (room >= sizeof head) {
            std::memcpy(&head, m_base + at, sizeof head);
            if (!isUnwritten(head))
                return at;
        }
        at = nextPage(at);
    }
    return 0;
}

const Layout& Snapshot::layoutOf(const Entry& entry) const
{
    return m_layouts->at(entry.layout);
}

const Layout& Snapshot::layout(std::uint32_t number) const
{
    return m_layouts->at(number);
}

} // namespace vtscope
