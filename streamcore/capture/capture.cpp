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
#include "streamcore/capture/pin.h"
#include "streamcore/capture/record.h"
#include "streamcore/capture/recordbatch.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"
#include "streamcore/position/position.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kDiskCheckEvery = std::uint64_t{16} << 20;
constexpr const char* kGoneWords = "This line is no longer in the capture.";
constexpr const char* kSealedWords = "This capture is sealed; nothing can be added to it.";

// What lies in a copy of a message, told as places in the message itself.
Appended movedTo(std::string_view message, Appended appended, std::string_view copy)
{
    for (std::string_view* const field : {&appended.position, &appended.error, &appended.throttledReason}) {
        if (!field->empty())
            *field = message.substr(static_cast<std::size_t>(field->data() - copy.data()), field->size());
    }
    return appended;
}

} // namespace

std::uint64_t recordHash(const RecordHead& head, std::string_view payload, std::uint64_t salt)
{
    const std::string_view facts(reinterpret_cast<const char*>(&head), offsetof(RecordHead, hash));
    return hashOf(payload, hashOf(facts, salt));
}

Capture::Capture() : m_layouts(std::make_unique<Layouts>()) {}

Capture::~Capture() = default;

Result<std::shared_ptr<Capture>> Capture::create(const std::string& path, std::uint64_t diskFloor)
{
    const int data = openPrivate(path, O_RDWR | O_CREAT | O_EXCL);
    if (data < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be created", errno));
    ::flock(data, LOCK_EX | LOCK_NB);
    auto capture = createOn(data, openPrivate(path + ".idx", O_RDWR | O_CREAT | O_TRUNC), path, diskFloor);
    if (!capture) {
        ::unlink(path.c_str());
        ::unlink((path + ".idx").c_str());
    }
    return capture;
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
    capture->m_writtenBytes = sizeof head;
    capture->show();
    capture->m_pieces.push_back({0, 0, 0, 0, head.created});
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
    const std::uint64_t before = m_data->end();
    auto written = m_data->writeAt(at, bytes);
    // What is left empty does not count.
    if (written)
        m_writtenBytes += bytes.size() + (at == alignRecord(before) ? at - before : 0);
    return written;
}

Result<std::uint64_t> Capture::writeOwn(RecordType type, ReaderId reader, std::int64_t received,
                                        std::string_view payload)
{
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, kSealedWords);
    RecordBatch batch;
    batch.add(type, payload, received);
    const auto at = makeRoom(payload.size(), received);
    if (!at)
        return at;
    if (auto written = writeRecords(reader, batch, 0, 1, *at); !written)
        return tl::unexpected(written.error());
    return at;
}

WalkerSource walkerSourceOf(const ReaderDescription& reader)
{
    const auto firstOf = [](const std::vector<std::string>& names) {
        return names.empty() ? std::string() : names.front();
    };
    return {static_cast<Api>(reader.api), reader.keyspace, firstOf(reader.shards), firstOf(reader.tables),
            reader.api == ReaderDescription::Api::Sync && positionIn(reader.position).gtid.empty()};
}

void Capture::addReader(const ReaderDescription& description)
{
    Reader& reader = m_readers.emplace_back();
    reader.description = description;
    reader.walker = Walker::make(walkerSourceOf(description), *m_layouts);
    reader.first = description.position;
}

void Capture::notePosition(Reader& reader, std::string_view position, std::uint64_t record, std::uint64_t at)
{
    reader.lastRecord = record;
    reader.lastAt = at;
    reader.lastSize = position.size();
    if (!reader.isFirstKnown)
        reader.isFirstKnown =
            completeStart(reader.first, position, reader.description.api == ReaderDescription::Api::Sync);
}

ReaderState Capture::stateOf(const Reader& reader) const
{
    return {reader.description, reader.first,
            reader.lastAt == 0 ? reader.last : std::string(m_data->base() + reader.lastAt, reader.lastSize), reader.end,
            reader.lastRecord};
}

void Capture::takeState(Reader& reader, const ReaderState& state)
{
    reader.first = state.first;
    reader.last = state.last;
    reader.end = state.end;
}

// What lies before this place is about to go.
void Capture::keepPositionsBefore(std::uint64_t at)
{
    for (Reader& reader : m_readers) {
        if (reader.lastAt == 0 || reader.lastAt >= at)
            continue;
        reader.last = stateOf(reader).last;
        reader.lastAt = reader.lastRecord = 0;
    }
}

Result<ReaderId> Capture::openReader(const ReaderDescription& description)
{
    const std::lock_guard lock(m_mutex);
    const auto reader = static_cast<ReaderId>(m_readers.size());
    if (auto added = addEvent(RecordType::ReaderOpened, reader, nowNs(), encode(description)); !added)
        return tl::unexpected(added.error());
    return reader;
}

void Capture::show()
{
    m_shownBytes.store(m_writtenBytes, std::memory_order_relaxed);
    m_dataEnd.store(m_data->end(), std::memory_order_release);
}

Result<void> Capture::publish(std::uint32_t faults)
{
    std::uint64_t changes = 0;
    for (const Entry& entry : m_scratch)
        changes += isChange(entry.op());
    if (auto written = m_scratch.empty() ? Result<void>() : m_index->append(m_scratch); !written) {
        m_data->cut(m_dataEnd.load(std::memory_order_relaxed));
        m_writtenBytes = m_shownBytes.load(std::memory_order_relaxed);
        return written;
    }
    m_changes.fetch_add(changes, std::memory_order_relaxed);
    m_faults.fetch_add(faults, std::memory_order_relaxed);
    show();
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
    return movedTo(message, appended.front(), batch.payload(0));
}

Result<void> Capture::append(ReaderId reader, RecordBatch& batch, std::vector<Appended>& appended)
{
    const std::lock_guard lock(m_mutex);
    appended.clear();
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, kSealedWords);
    for (std::size_t first = 0; first < batch.count();) {
        // As many as stand side by side in the log.
        const auto at = makeRoom(batch.payload(first).size(), batch.head(first).received);
        if (!at)
            return tl::unexpected(at.error());
        std::size_t end = first;
        std::uint64_t next = *at;
        do {
            next = alignRecord(next + sizeof(RecordHead) + batch.payload(end).size());
            ++end;
        } while (end < batch.count() && next % kSegmentSize != 0 &&
                 placeRecord(next, batch.payload(end).size()) == next);
        if (auto written = writeRecords(reader, batch, first, end, *at); !written)
            return written;
        if (auto walked = walkRecords(reader, batch, first, end, *at, appended); !walked)
            return walked;
        first = end;
    }
    return {};
}

Result<Appended> Capture::appendChosen(ReaderId reader, std::string_view message, std::int64_t received,
                                       const ChosenLines& chosen)
{
    const std::lock_guard lock(m_mutex);
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, kSealedWords);
    // Side by side: no piece begins between them.
    RecordBatch batch;
    batch.add(RecordType::Chosen, encode(chosen), received);
    batch.add(RecordType::Message, message, received);
    const auto at = makeRoom(batch.bytes(0, 2).size() - sizeof(RecordHead), received);
    if (!at)
        return tl::unexpected(at.error());
    if (auto written = writeRecords(reader, batch, 0, 2, *at); !written)
        return tl::unexpected(written.error());
    m_readers.at(reader).chosen = chosen;
    std::vector<Appended> appended;
    if (auto walked = walkRecords(reader, batch, 1, 2, *at + batch.offset(1), appended); !walked)
        return tl::unexpected(walked.error());
    return movedTo(message, appended.front(), batch.payload(1));
}

// Of the lines from this one on those that were chosen stay. A transaction that was cut keeps the number that it has.
void Capture::showChosen(Reader& reader, std::size_t from)
{
    if (reader.chosen) {
        std::size_t kept = from;
        std::uint32_t ordinal = 0;
        std::uint32_t hidden = 0;
        for (const std::uint32_t shown : reader.chosen->ordinals) {
            for (; ordinal < shown && from + ordinal < m_scratch.size(); ++ordinal)
                hidden = std::max(hidden, m_scratch[from + ordinal].transaction);
            if (from + shown >= m_scratch.size() || shown < ordinal)
                continue;
            m_scratch[kept++] = m_scratch[from + shown];
            ordinal = shown + 1;
        }
        for (; from + ordinal < m_scratch.size(); ++ordinal)
            hidden = std::max(hidden, m_scratch[from + ordinal].transaction);
        if (reader.chosen->transaction > 0 && hidden > 0) {
            reader.cutHere = hidden;
            reader.cut = reader.chosen->transaction;
        }
        m_scratch.resize(kept);
        reader.chosen.reset();
    }
    if (reader.cutHere == 0)
        return;
    for (std::size_t line = from; line < m_scratch.size(); ++line) {
        if (m_scratch[line].transaction == reader.cutHere)
            m_scratch[line].transaction = reader.cut;
    }
    if (reader.walker->transaction() != reader.cutHere)
        reader.cutHere = 0;
}

Result<void> Capture::walkRecords(ReaderId reader, const RecordBatch& batch, std::size_t first, std::size_t end,
                                  std::uint64_t at, std::vector<Appended>& appended)
{
    Reader& source = m_readers.at(reader);
    const std::size_t before = appended.size();
    std::uint32_t faults = 0;
    m_scratch.clear();
    for (std::size_t i = first; i < end; ++i) {
        // Walked in the batch, which is in the processor's cache; the capture is not touched.
        const std::string_view message = batch.payload(i);
        const std::uint64_t record = at + batch.offset(i) - batch.offset(first);
        const std::size_t from = m_scratch.size();
        const WalkResult walked = source.walker->walk(message, batch.head(i).received, m_transactions, m_scratch);
        showChosen(source, from);
        appended.push_back(told(source, message, walked, from, record));
        faults += walked.faults;
    }
    auto done = publish(faults);
    if (!done)
        appended.resize(before);
    return done;
}

Appended Capture::told(Reader& reader, std::string_view message, const WalkResult& walked, std::size_t from,
                       std::uint64_t record)
{
    const auto fieldAt = [&](std::uint32_t offset) {
        return delimitedAt(message.data() + offset, message.data() + message.size());
    };
    Appended appended;
    appended.record = record;
    appended.firstEntry = m_published.load(std::memory_order_relaxed) + from;
    appended.entries = static_cast<std::uint32_t>(m_scratch.size() - from);
    for (std::size_t entry = from; entry < m_scratch.size(); ++entry)
        m_scratch[entry].setRecord(record);
    appended.faults = walked.faults;
    appended.isCopying = walked.isCopying;
    appended.hasCopyCompleted = walked.hasCopyCompleted;
    if (walked.position) {
        appended.position = fieldAt(walked.position);
        notePosition(reader, appended.position, record,
                     record + sizeof(RecordHead) +
                         static_cast<std::uint64_t>(appended.position.data() - message.data()));
    }
    if (walked.error)
        appended.error = fieldAt(walked.error);
    appended.serverTime = walked.serverTime;
    appended.isThrottled = walked.isThrottled;
    if (walked.throttledReason)
        appended.throttledReason = fieldAt(walked.throttledReason);
    return appended;
}

Result<void> Capture::addEvent(RecordType type, ReaderId reader, std::int64_t now, std::string_view payload)
{
    const auto record = writeOwn(type, reader, now, payload);
    return record ? replay(*record) : tl::unexpected(record.error());
}

Result<void> Capture::endReader(ReaderId reader, int code, const std::string& message, bool asked, std::int64_t now)
{
    const std::lock_guard lock(m_mutex);
    return addEvent(RecordType::ReaderEnded, reader, now, encode(ReaderEnd{code, message, asked}));
}

Result<void> Capture::addGap(ReaderId reader, const Gap& gap, std::int64_t now)
{
    const std::lock_guard lock(m_mutex);
    return addEvent(RecordType::GapFound, reader, now, encode(gap));
}

Result<void> Capture::mark(std::uint64_t line, const std::string& text)
{
    return note(line, false, text);
}

Result<void> Capture::unmark(std::uint64_t line)
{
    return note(line, true, {});
}

Result<void> Capture::note(std::uint64_t line, bool isRemoved, const std::string& text)
{
    const std::lock_guard lock(m_mutex);
    const Snapshot lines = snapshot();
    if (line < lines.first() || line >= lines.count())
        return failure(ErrorKind::Output, kGoneWords);
    if (m_isSealed) {
        m_hasUnsavedMarks = true;
    } else {
        MarkFacts facts{lines.entry(line).record(), 0, isRemoved, text};
        while (line - facts.ordinal > lines.first() && lines.entry(line - facts.ordinal - 1).record() == facts.record)
            ++facts.ordinal;
        if (auto written = writeOwn(RecordType::Marked, 0, nowNs(), encode(facts)); !written)
            return tl::unexpected(written.error());
        show();
    }
    // Its own record may have begun a piece, and dropped the line with the oldest.
    if (line < m_first.load(std::memory_order_relaxed))
        return failure(ErrorKind::Output, kGoneWords);
    isRemoved ? m_marks.remove(line) : m_marks.set(line, text);
    return {};
}

void Capture::noteMarksSaved(std::uint64_t revision)
{
    if (m_marks.revision() == revision)
        m_hasUnsavedMarks = false;
}

std::uint64_t Capture::end() const
{
    return alignRecord(m_data->end());
}

std::uint64_t Capture::size() const
{
    return m_shownBytes.load(std::memory_order_relaxed) - m_droppedBytes.load(std::memory_order_relaxed);
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
    std::vector<ReaderDescription> descriptions;
    for (const Reader& reader : m_readers)
        descriptions.push_back(reader.description);
    return descriptions;
}

std::vector<Gap> Capture::gaps() const
{
    const std::lock_guard lock(m_mutex);
    return m_gaps;
}

std::vector<ReaderState> Capture::readerStates() const
{
    const std::lock_guard lock(m_mutex);
    return describeReaders();
}

std::vector<ReaderState> Capture::describeReaders() const
{
    std::vector<ReaderState> states;
    for (const Reader& reader : m_readers)
        states.push_back(stateOf(reader));
    return states;
}

} // namespace vtscope
