#include "streamcore/capture/capture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/entryfile.h"
#include "streamcore/capture/hash.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/record.h"
#include "streamcore/capture/recordbatch.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kDiskCheckEvery = std::uint64_t{16} << 20;
constexpr const char* kSealedWords = "This capture is sealed; nothing can be added to it.";

} // namespace

std::uint64_t recordHash(const RecordHead& head, std::string_view payload, std::uint64_t salt)
{
    const std::string_view facts(reinterpret_cast<const char*>(&head), offsetof(RecordHead, hash));
    return hashOf(payload, hashOf(facts, salt));
}

const Entry& Snapshot::entry(std::uint64_t number) const
{
    return m_entries[number];
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
    return m_owner->isIntact(record, m_end);
}

bool Snapshot::liesIn(const std::string& path) const
{
    struct stat own
    {
    }, other{};
    return m_owner && ::stat(path.c_str(), &other) == 0 && ::fstat(m_owner->m_data->descriptor(), &own) == 0 &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

std::uint64_t Snapshot::nextRecord(std::uint64_t record) const
{
    std::uint64_t at = alignRecord(record + sizeof(RecordHead) + payload(record).size());
    while (at + sizeof(RecordHead) <= m_end) {
        const std::uint64_t room = kSegmentSize - at % kSegmentSize;
        RecordHead head;
        if (room >= sizeof head) {
            std::memcpy(&head, m_base + at, sizeof head);
            if (head.type != static_cast<std::uint16_t>(RecordType::None))
                return at;
        }
        at += room;
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

Capture::Capture() : m_layouts(std::make_unique<Layouts>()) {}

Capture::~Capture() = default;

Result<std::shared_ptr<Capture>> Capture::create(const std::string& path, std::uint64_t diskFloor)
{
    const int data = openPrivate(path, O_RDWR | O_CREAT | O_EXCL);
    if (data < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be created", errno));
    ::flock(data, LOCK_EX | LOCK_NB);
    return createOn(data, openPrivate(path + ".idx", O_RDWR | O_CREAT | O_TRUNC), path, diskFloor);
}

Result<std::shared_ptr<Capture>> Capture::createUnnamed(std::uint64_t diskFloor)
{
    const std::string directory = temporaryFolder();
    const int data = openUnnamed(directory);
    if (data < 0)
        return tl::unexpected(systemError("No capture can be created in " + directory, errno));
    return createOn(data, openUnnamed(directory), {}, diskFloor);
}

Result<std::shared_ptr<Capture>> Capture::createOver(int data, int index, std::uint64_t diskFloor)
{
    return createOn(data, index, {}, diskFloor);
}

// Takes over both descriptors; an index of -1 comes with its errno.
Result<std::shared_ptr<Capture>> Capture::createOn(int data, int index, std::string path, std::uint64_t diskFloor)
{
    if (index < 0) {
        const int number = errno;
        ::close(data);
        return tl::unexpected(systemError("The change index beside the capture cannot be created", number));
    }
    std::shared_ptr<Capture> capture(new Capture);
    capture->m_path = std::move(path);
    capture->m_diskFloor = diskFloor;
    capture->m_data = std::make_unique<AppendFile>();
    capture->m_index = std::make_unique<EntryFile>();
    capture->m_index->adopt(index);
    if (auto adopted = capture->m_data->adopt(data, 0); !adopted)
        return tl::unexpected(adopted.error());

    std::random_device random;
    FileHead head{};
    std::memcpy(head.magic, kHeadMagic, sizeof head.magic);
    head.version = kCaptureVersion;
    head.headSize = sizeof head;
    head.segmentSize = kSegmentSize;
    head.created = nowNs();
    head.salt = static_cast<std::uint64_t>(random()) << 32 | random();
    const std::string_view bytes(reinterpret_cast<const char*>(&head), sizeof head);
    if (auto written = capture->m_data->writeAt(0, bytes); !written)
        return tl::unexpected(written.error());
    capture->m_salt = head.salt;
    capture->m_dataEnd = sizeof head;
    return capture;
}

Result<void> Capture::checkDisk(std::uint64_t size)
{
    if (m_diskFloor == 0 || (m_isDiskChecked && m_data->end() + size < m_diskCheckedAt + kDiskCheckEvery))
        return {};
    struct statvfs disk
    {
    };
    if (::fstatvfs(m_data->descriptor(), &disk) != 0)
        return {};
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const std::uint64_t whole = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    const std::uint64_t floor =
        m_diskFloor == kDefaultDiskFloor ? std::min(std::uint64_t{1} << 30, whole / 20) : m_diskFloor;
    if (free < floor + size) {
        return failure(ErrorKind::Output, "Capturing stopped: only " + std::to_string(free >> 20) +
                                              " MiB are free on the disk of the capture, and " +
                                              std::to_string(floor >> 20) +
                                              " MiB are kept free. The position is kept.");
    }
    m_diskCheckedAt = m_data->end();
    m_isDiskChecked = true;
    return {};
}

Result<void> Capture::writeRecords(ReaderId reader, RecordBatch& batch, std::size_t first, std::size_t end,
                                   std::uint64_t at)
{
    for (std::size_t i = first; i < end; ++i) {
        RecordHead head = batch.head(i);
        head.reader = reader;
        head.hash = recordHash(head, batch.payload(i), m_salt);
        batch.setHead(i, head);
    }
    const std::string_view bytes = batch.bytes(first, end);
    if (auto room = checkDisk(bytes.size()); !room)
        return room;
    return m_data->writeAt(at, bytes);
}

Result<std::uint64_t> Capture::writeOwn(RecordType type, ReaderId reader, std::int64_t received,
                                        std::string_view payload)
{
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, kSealedWords);
    RecordBatch batch;
    batch.add(type, payload, received);
    const std::uint64_t at = placeRecord(m_data->end(), payload.size());
    if (auto written = writeRecords(reader, batch, 0, 1, at); !written)
        return tl::unexpected(written.error());
    return at;
}

void Capture::addReader(const ReaderDescription& description)
{
    WalkerSource source{static_cast<Api>(description.api), description.keyspace,
                        description.shards.empty() ? std::string() : description.shards.front(),
                        description.tables.empty() ? std::string() : description.tables.front()};
    m_readers.push_back({description, Walker::make(std::move(source), *m_layouts)});
}

Result<ReaderId> Capture::openReader(const ReaderDescription& description)
{
    const std::lock_guard lock(m_mutex);
    const auto reader = static_cast<ReaderId>(m_readers.size());
    if (auto written = writeOwn(RecordType::ReaderOpened, reader, nowNs(), encode(description)); !written)
        return tl::unexpected(written.error());
    addReader(description);
    m_dataEnd.store(m_data->end(), std::memory_order_release);
    return reader;
}

Result<void> Capture::publish(std::uint32_t faults)
{
    std::uint64_t changes = 0;
    for (const Entry& entry : m_scratch)
        changes += isChange(entry.op());
    if (auto written = m_index->append(m_scratch); !written) {
        m_data->cut(m_dataEnd.load(std::memory_order_relaxed));
        return written;
    }
    m_changes.fetch_add(changes, std::memory_order_relaxed);
    m_faults.fetch_add(faults, std::memory_order_relaxed);
    m_dataEnd.store(m_data->end(), std::memory_order_release);
    // The entries and the bytes they point to are written: now they may be seen.
    m_published.fetch_add(m_scratch.size(), std::memory_order_release);
    return {};
}

Result<Appended> Capture::append(ReaderId reader, std::string_view message, std::int64_t received)
{
    RecordBatch batch;
    batch.add(RecordType::Message, message, received);
    std::vector<Appended> appended;
    if (auto done = append(reader, batch, appended); !done)
        return tl::unexpected(done.error());
    return appended.front();
}

Result<void> Capture::append(ReaderId reader, RecordBatch& batch, std::vector<Appended>& appended)
{
    const std::lock_guard lock(m_mutex);
    appended.clear();
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, kSealedWords);
    for (std::size_t first = 0; first < batch.count();) {
        // As many as stand side by side in the log.
        const std::uint64_t at = placeRecord(m_data->end(), batch.payload(first).size());
        std::size_t end = first;
        std::uint64_t next = at;
        while (end < batch.count() && placeRecord(next, batch.payload(end).size()) == next) {
            next = alignRecord(next + sizeof(RecordHead) + batch.payload(end).size());
            ++end;
        }
        if (auto written = writeRecords(reader, batch, first, end, at); !written)
            return written;
        if (auto walked = walkRecords(reader, batch, first, end, at, appended); !walked)
            return walked;
        first = end;
    }
    return {};
}

Result<void> Capture::walkRecords(ReaderId reader, const RecordBatch& batch, std::size_t first, std::size_t end,
                                  std::uint64_t at, std::vector<Appended>& appended)
{
    Walker& walker = *m_readers.at(reader).walker;
    const std::size_t before = appended.size();
    const std::uint64_t published = m_published.load(std::memory_order_relaxed);
    std::uint32_t faults = 0;
    m_scratch.clear();
    for (std::size_t i = first; i < end; ++i) {
        // Walked in the batch, which is in the processor's cache; told as places in the capture, which is not touched.
        const std::string_view message = batch.payload(i);
        const std::uint64_t record = at + batch.offset(i) - batch.offset(first);
        const char* const inCapture = m_data->base() + record + sizeof(RecordHead);
        const auto fieldAt = [&](std::uint32_t offset) {
            const Bytes field = delimitedAt(message.data() + offset, message.data() + message.size());
            return Bytes(inCapture + (field.data() - message.data()), field.size());
        };
        const std::size_t from = m_scratch.size();
        const WalkResult walked = walker.walk(message, batch.head(i).received, m_transactions, m_scratch);
        Appended& told = appended.emplace_back();
        told.firstEntry = published + from;
        told.entries = static_cast<std::uint32_t>(m_scratch.size() - from);
        for (std::size_t entry = from; entry < m_scratch.size(); ++entry)
            m_scratch[entry].setRecord(record);
        told.faults = walked.faults;
        faults += walked.faults;
        told.isCopying = walked.isCopying;
        told.hasCopyCompleted = walked.hasCopyCompleted;
        if (walked.position)
            told.position = fieldAt(walked.position);
        if (walked.error)
            told.error = fieldAt(walked.error);
    }
    auto done = publish(faults);
    if (!done)
        appended.resize(before);
    return done;
}

Result<void> Capture::endReader(ReaderId reader, int code, const std::string& message, bool asked, std::int64_t now)
{
    const std::lock_guard lock(m_mutex);
    const auto record = writeOwn(RecordType::ReaderEnded, reader, now, encode(ReaderEnd{code, message, asked}));
    if (!record)
        return tl::unexpected(record.error());
    return replay(*record);
}

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
    m_scratch.clear();
    std::uint32_t faults = 0;
    switch (static_cast<RecordType>(head.type)) {
    case RecordType::Message:
        if (head.reader < m_readers.size())
            faults = m_readers[head.reader].walker->walk(payload, head.received, m_transactions, m_scratch).faults;
        break;
    case RecordType::ReaderOpened:
        // Those whose own record is damaged keep their number.
        while (m_readers.size() < head.reader)
            addReader({});
        if (const auto description = decodeReader(payload))
            addReader(*description);
        break;
    case RecordType::ReaderEnded: {
        const auto end = decodeReaderEnd(payload);
        if (!end || end->isAsked || head.reader >= m_readers.size())
            break;
        const ReaderDescription& description = m_readers[head.reader].description;
        Layout layout;
        layout.keyspace = description.keyspace;
        layout.shard = description.shards.size() == 1 ? description.shards.front() : std::string();
        Entry entry = Entry::make(end->code == 0 ? Op::Ended : Op::Failed, Images::Event);
        entry.layout = m_layouts->add(std::move(layout));
        entry.time = head.received;
        entry.setReceiptTime();
        m_scratch.push_back(entry);
        break;
    }
    case RecordType::None:
    case RecordType::GapFound:
    case RecordType::TableFound:
        break;
    }
    for (Entry& entry : m_scratch)
        entry.setRecord(record);
    return publish(faults);
}

Snapshot Capture::snapshot() const
{
    Snapshot snapshot;
    // Count first: whatever is read after it covers at least as much.
    snapshot.m_count = m_published.load(std::memory_order_acquire);
    snapshot.m_end = m_dataEnd.load(std::memory_order_acquire);
    snapshot.m_base = m_data->base();
    snapshot.m_entries = m_sealedEntries ? m_sealedEntries : m_index->entries();
    snapshot.m_layouts = m_layouts.get();
    snapshot.m_layoutCount = m_layouts->count();
    snapshot.m_owner = shared_from_this();
    return snapshot;
}

std::uint64_t Capture::size() const
{
    return m_dataEnd.load(std::memory_order_acquire);
}

std::string Capture::folder() const
{
    if (m_path.empty())
        return temporaryFolder();
    return std::filesystem::absolute(m_path).parent_path().string();
}

std::vector<ReaderDescription> Capture::readers() const
{
    const std::lock_guard lock(m_mutex);
    return describeReaders();
}

std::vector<ReaderDescription> Capture::describeReaders() const
{
    std::vector<ReaderDescription> descriptions;
    for (const Reader& reader : m_readers)
        descriptions.push_back(reader.description);
    return descriptions;
}

} // namespace vtscope
