#include "streamcore/capture/capture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "capture.pb.h"
#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/fields.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr char kHeadMagic[17] = "vtscope capture\n";
constexpr char kFootMagic[17] = "vtscope sealed\n\0";
constexpr std::uint64_t kDiskCheckEvery = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxPayload = 0xF0000000u;

std::int64_t nowNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint64_t hashOf(const RecordHead& head, std::string_view payload)
{
    return XXH3_64bits_withSeed(payload.data(), payload.size(), XXH3_64bits(&head, offsetof(RecordHead, hash)));
}

capture::ReaderOpened toProto(const ReaderDescription& description)
{
    capture::ReaderOpened opened;
    opened.set_api(static_cast<capture::Api>(description.api));
    opened.set_kind(static_cast<capture::StreamKind>(description.kind));
    opened.set_connection(description.connection);
    opened.set_keyspace(description.keyspace);
    for (const std::string& shard : description.shards)
        opened.add_shards(shard);
    for (const std::string& table : description.tables)
        opened.add_tables(table);
    opened.set_tablet_type(description.tabletType);
    opened.set_start(description.start);
    opened.set_position(description.position);
    opened.set_sql(description.sql);
    return opened;
}

ReaderDescription fromProto(const capture::ReaderOpened& opened)
{
    ReaderDescription description;
    if (opened.api() >= 0 && opened.api() <= static_cast<int>(ReaderDescription::Api::VtgateQuery))
        description.api = static_cast<ReaderDescription::Api>(opened.api());
    description.kind = static_cast<ReaderDescription::Kind>(opened.kind());
    description.connection = opened.connection();
    description.keyspace = opened.keyspace();
    description.shards.assign(opened.shards().begin(), opened.shards().end());
    description.tables.assign(opened.tables().begin(), opened.tables().end());
    description.tabletType = opened.tablet_type();
    description.start = opened.start();
    description.position = opened.position();
    description.sql = opened.sql();
    return description;
}

void toProto(const Schema& schema, google::protobuf::RepeatedPtrField<query::Field>& out)
{
    for (const Column& column : schema.columns) {
        query::Field* field = out.Add();
        field->set_name(column.name);
        field->set_type(static_cast<query::Type>(column.type));
        field->set_charset(column.collation);
        field->set_flags(column.flags);
        field->set_column_length(column.length);
        field->set_column_type(column.columnType);
    }
}

std::shared_ptr<const Schema> fromProto(const google::protobuf::RepeatedPtrField<query::Field>& fields, bool hasNumericMembers);

int openPrivate(const std::string& path, int flags)
{
    return ::open(path.c_str(), flags | O_CLOEXEC, 0600);
}

int unnamedIn(const std::string& directory)
{
    std::string pattern = directory + "/vtscope-XXXXXX";
    const int descriptor = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (descriptor >= 0)
        ::unlink(pattern.c_str());
    return descriptor;
}

bool writeAll(int descriptor, std::uint64_t at, const void* data, std::uint64_t size)
{
    const char* from = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = ::pwrite(descriptor, from, size, static_cast<off_t>(at));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        at += static_cast<std::uint64_t>(written);
        size -= static_cast<std::uint64_t>(written);
    }
    return true;
}

} // namespace

struct Capture::ReaderState
{
    ReaderDescription description;
    std::unique_ptr<Walker> walker;
};

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
    const int descriptor = openPrivate(path, O_RDWR | O_CREAT | O_EXCL);
    if (descriptor < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be created", errno));
    ::flock(descriptor, LOCK_EX | LOCK_NB);
    return createOn(descriptor, path, diskFloor);
}

Result<std::shared_ptr<Capture>> Capture::createUnnamed(const std::string& directory, std::uint64_t diskFloor)
{
    const int descriptor = unnamedIn(directory);
    if (descriptor < 0)
        return tl::unexpected(systemError("No capture can be created in " + directory, errno));
    return createOn(descriptor, {}, diskFloor);
}

Result<std::shared_ptr<Capture>> Capture::createOn(int descriptor, std::string path, std::uint64_t diskFloor)
{
    std::shared_ptr<Capture> capture(new Capture);
    capture->m_path = std::move(path);
    capture->m_diskFloor = diskFloor;
    capture->m_data = std::make_unique<AppendFile>();
    if (auto adopted = capture->m_data->adopt(descriptor, 0); !adopted)
        return tl::unexpected(adopted.error());

    const std::string directory = capture->m_path.empty() ? "/tmp" : capture->m_path.substr(0, capture->m_path.find_last_of('/') + 1);
    const int index = capture->m_path.empty() ? unnamedIn(directory) : openPrivate(capture->m_path + ".idx", O_RDWR | O_CREAT | O_TRUNC);
    if (index < 0)
        return tl::unexpected(systemError("The change index beside the capture cannot be created", errno));
    capture->m_index = std::make_unique<AppendFile>();
    if (auto adopted = capture->m_index->adopt(index, 0); !adopted)
        return tl::unexpected(adopted.error());

    FileHead head{};
    std::memcpy(head.magic, kHeadMagic, sizeof head.magic);
    head.version = kCaptureVersion;
    head.headSize = sizeof head;
    head.segmentSize = kSegmentSize;
    head.created = nowNs();
    std::array parts{iovec{&head, sizeof head}};
    if (auto written = capture->m_data->writeAt(0, parts); !written)
        return tl::unexpected(written.error());
    capture->m_dataEnd = sizeof head;
    return capture;
}

Result<void> Capture::checkDisk(std::uint64_t size)
{
    if (m_diskFloor == 0 || (m_isDiskChecked && m_data->end() + size < m_diskCheckedAt + kDiskCheckEvery))
        return {};
    struct statvfs disk{};
    if (::fstatvfs(m_data->descriptor(), &disk) != 0)
        return {};
    const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    const std::uint64_t whole = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    const std::uint64_t floor = m_diskFloor == kDefaultDiskFloor ? std::min(std::uint64_t{1} << 30, whole / 20) : m_diskFloor;
    if (free < floor + size) {
        return failure(ErrorKind::Output, "Capturing stopped: only " + std::to_string(free >> 20) + " MiB are free on the disk of the capture, and " +
                                              std::to_string(floor >> 20) + " MiB are kept free. The position is kept.");
    }
    m_diskCheckedAt = m_data->end();
    m_isDiskChecked = true;
    return {};
}

Result<std::uint64_t> Capture::writeRecord(std::uint16_t type, ReaderId reader, std::int64_t received, std::string_view payload)
{
    if (m_isSealed || !m_index)
        return failure(ErrorKind::Output, "This capture is sealed; nothing can be added to it.");
    if (payload.size() > kMaxPayload)
        return failure(ErrorKind::MessageTooLarge, "A message of more than 3.7 GiB does not fit into a capture.");
    if (auto room = checkDisk(payload.size()); !room)
        return tl::unexpected(room.error());

    const std::uint64_t at = placeRecord(m_data->end(), payload.size());
    RecordHead head{static_cast<std::uint32_t>(payload.size()), type, reader, received, 0};
    head.hash = hashOf(head, payload);
    std::array parts{iovec{&head, sizeof head}, iovec{const_cast<char*>(payload.data()), payload.size()}};
    if (auto written = m_data->writeAt(at, parts); !written)
        return tl::unexpected(written.error());
    return at;
}

void Capture::addReader(const ReaderDescription& description)
{
    auto state = std::make_unique<ReaderState>();
    state->description = description;
    WalkerSource source{static_cast<Api>(description.api), description.keyspace,
                        description.shards.empty() ? std::string() : description.shards.front(),
                        description.tables.empty() ? std::string() : description.tables.front()};
    state->walker = std::make_unique<Walker>(std::move(source), *m_layouts);
    m_readers.push_back(std::move(state));
}

Result<ReaderId> Capture::openReader(const ReaderDescription& description)
{
    const std::lock_guard lock(m_mutex);
    const auto reader = static_cast<ReaderId>(m_readers.size());
    const std::string payload = toProto(description).SerializeAsString();
    const auto record = writeRecord(static_cast<std::uint16_t>(RecordType::ReaderOpened), reader, nowNs(), payload);
    if (!record)
        return tl::unexpected(record.error());
    addReader(description);
    m_dataEnd.store(m_data->end(), std::memory_order_release);
    return reader;
}

Result<void> Capture::publish(std::uint64_t record, std::vector<Entry>& entries, Appended& appended, std::uint32_t faults)
{
    std::uint64_t changes = 0;
    for (Entry& entry : entries) {
        entry.setRecord(record);
        changes += isChange(entry.op());
    }
    if (!entries.empty()) {
        std::array parts{iovec{entries.data(), entries.size() * sizeof(Entry)}};
        if (auto written = m_index->writeAt(m_index->end(), parts); !written)
            return written;
    }
    appended.firstChange = m_published.load(std::memory_order_relaxed);
    appended.entries = static_cast<std::uint32_t>(entries.size());
    appended.changes = static_cast<std::uint32_t>(changes);
    appended.faults = faults;
    m_changes.fetch_add(changes, std::memory_order_relaxed);
    m_faults.fetch_add(faults, std::memory_order_relaxed);
    m_dataEnd.store(m_data->end(), std::memory_order_release);
    // The entries and the bytes they point to are written: now they may be seen.
    m_published.store(appended.firstChange + entries.size(), std::memory_order_release);
    return {};
}

Result<Appended> Capture::append(ReaderId reader, std::string_view message, std::int64_t received)
{
    const std::lock_guard lock(m_mutex);
    const auto record = writeRecord(static_cast<std::uint16_t>(RecordType::Message), reader, received, message);
    if (!record)
        return tl::unexpected(record.error());
    m_scratch.clear();
    const WalkResult walked = m_readers.at(reader)->walker->walk(message, received, m_transactions, m_scratch);
    Appended appended;
    appended.isCopying = walked.isCopying;
    appended.hasCopyCompleted = walked.hasCopyCompleted;
    const char* const payload = m_data->base() + *record + sizeof(RecordHead);
    if (walked.position)
        appended.position = delimitedAt(payload + walked.position, payload + message.size());
    if (walked.error)
        appended.error = delimitedAt(payload + walked.error, payload + message.size());
    if (auto published = publish(*record, m_scratch, appended, walked.faults); !published)
        return tl::unexpected(published.error());
    return appended;
}

Result<void> Capture::endReader(ReaderId reader, int code, const std::string& message, bool asked, std::int64_t now)
{
    const std::lock_guard lock(m_mutex);
    capture::ReaderEnded ended;
    ended.set_code(code);
    ended.set_message(message);
    ended.set_asked(asked);
    const auto record = writeRecord(static_cast<std::uint16_t>(RecordType::ReaderEnded), reader, now, ended.SerializeAsString());
    if (!record)
        return tl::unexpected(record.error());
    return replay(*record);
}

// Turns one of our own records into what it means for the index; the same when it is written and when a capture is walked.
Result<void> Capture::replay(std::uint64_t record)
{
    RecordHead head;
    std::memcpy(&head, m_data->base() + record, sizeof head);
    const Bytes payload(m_data->base() + record + sizeof head, head.length);
    m_scratch.clear();
    Appended appended;
    std::uint32_t faults = 0;
    switch (static_cast<RecordType>(head.type)) {
    case RecordType::Message:
        if (head.reader < m_readers.size())
            faults = m_readers[head.reader]->walker->walk(payload, head.received, m_transactions, m_scratch).faults;
        break;
    case RecordType::ReaderOpened: {
        capture::ReaderOpened opened;
        if (opened.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
            addReader(fromProto(opened));
        break;
    }
    case RecordType::ReaderEnded: {
        capture::ReaderEnded ended;
        if (!ended.ParseFromArray(payload.data(), static_cast<int>(payload.size())) || ended.asked() || head.reader >= m_readers.size())
            break;
        const ReaderDescription& description = m_readers[head.reader]->description;
        Layout layout;
        layout.keyspace = description.keyspace;
        layout.shard = description.shards.size() == 1 ? description.shards.front() : std::string();
        Entry entry = Entry::make(ended.code() == 0 ? Op::Ended : Op::Failed, Images::Event);
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
    return publish(record, m_scratch, appended, faults);
}

Snapshot Capture::snapshot() const
{
    Snapshot snapshot;
    // Count first: whatever is read after it covers at least as much.
    snapshot.m_count = m_published.load(std::memory_order_acquire);
    snapshot.m_end = m_dataEnd.load(std::memory_order_acquire);
    snapshot.m_base = m_data->base();
    snapshot.m_entries = m_sealedEntries ? m_sealedEntries : reinterpret_cast<const Entry*>(m_index->base());
    snapshot.m_layouts = m_layouts.get();
    snapshot.m_layoutCount = m_layouts->count();
    snapshot.m_owner = shared_from_this();
    return snapshot;
}

std::uint64_t Capture::size() const
{
    return m_dataEnd.load(std::memory_order_acquire);
}

std::vector<ReaderDescription> Capture::readers() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<ReaderDescription> descriptions;
    for (const auto& reader : m_readers)
        descriptions.push_back(reader->description);
    return descriptions;
}

Result<void> Capture::seal()
{
    const std::lock_guard lock(m_mutex);
    if (m_isSealed)
        return {};
    if (auto written = writeFoot(m_data->descriptor(), m_data->end(), m_published.load()); !written)
        return written;
    m_isSealed = true;
    if (!m_path.empty())
        ::unlink((m_path + ".idx").c_str());
    return {};
}

Result<void> Capture::saveTo(const std::string& path) const
{
    const Snapshot now = snapshot();
    const std::string partial = path + ".part";
    const int target = openPrivate(partial, O_RDWR | O_CREAT | O_TRUNC);
    if (target < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be written", errno));
    const auto giveUp = [&](const std::string& what, int number) -> Result<void> {
        ::close(target);
        ::unlink(partial.c_str());
        return tl::unexpected(systemError(what, number));
    };
    std::uint64_t at = 0;
    while (at < now.m_end) {
        auto from = static_cast<off64_t>(at);
        auto to = from;
        ssize_t copied = ::copy_file_range(m_data->descriptor(), &from, target, &to, now.m_end - at, 0);
        if (copied <= 0) {
            const std::uint64_t piece = std::min<std::uint64_t>(now.m_end - at, 1 << 20);
            if (!writeAll(target, at, now.m_base + at, piece))
                return giveUp("The capture " + path + " cannot be written", errno);
            copied = static_cast<ssize_t>(piece);
        }
        at += static_cast<std::uint64_t>(copied);
    }
    if (auto foot = writeFoot(target, now.m_end, now.m_count); !foot) {
        ::close(target);
        ::unlink(partial.c_str());
        return foot;
    }
    if (::fsync(target) != 0 || ::rename(partial.c_str(), path.c_str()) != 0)
        return giveUp("The capture " + path + " cannot be written", errno);
    ::close(target);
    return {};
}

Result<void> Capture::writeFoot(int descriptor, std::uint64_t at, std::uint64_t entries) const
{
    const char* const index = m_sealedEntries ? reinterpret_cast<const char*>(m_sealedEntries) : m_index->base();
    capture::Contents contents;
    for (const auto& reader : m_readers)
        *contents.add_readers() = toProto(reader->description);
    for (std::uint32_t i = 0; i < m_layouts->count(); ++i) {
        const Layout& layout = m_layouts->at(i);
        capture::Layout* out = contents.add_layouts();
        out->set_keyspace(layout.keyspace);
        out->set_shard(layout.shard);
        out->set_table(layout.table);
        out->set_same(layout.before == layout.after);
        out->set_has_before(layout.before != nullptr);
        out->set_has_after(layout.after != nullptr);
        if (layout.after) {
            toProto(*layout.after, *out->mutable_after());
            out->set_numeric_members(std::any_of(layout.after->columns.begin(), layout.after->columns.end(),
                                                 [](const Column& column) { return column.hasNumericMembers; }));
        }
        if (layout.before && layout.before != layout.after)
            toProto(*layout.before, *out->mutable_before());
    }
    const std::string contentBytes = contents.SerializeAsString();

    FileFoot foot{};
    foot.dataEnd = at;
    foot.indexAt = alignRecord(at);
    foot.entries = entries;
    foot.contentsAt = foot.indexAt + entries * sizeof(Entry);
    foot.contentsSize = contentBytes.size();
    foot.hash = XXH3_64bits_withSeed(contentBytes.data(), contentBytes.size(), XXH3_64bits(index, entries * sizeof(Entry)));
    std::memcpy(foot.magic, kFootMagic, sizeof foot.magic);
    if (!writeAll(descriptor, foot.indexAt, index, entries * sizeof(Entry)) ||
        !writeAll(descriptor, foot.contentsAt, contentBytes.data(), contentBytes.size()) ||
        !writeAll(descriptor, foot.contentsAt + contentBytes.size(), &foot, sizeof foot)) {
        const int number = errno;
        [[maybe_unused]] const int ignored = ::ftruncate(descriptor, static_cast<off_t>(at));
        return tl::unexpected(systemError("The index of the capture cannot be written", number));
    }
    return {};
}

Result<std::shared_ptr<Capture>> Capture::open(const std::string& path, const std::function<void(double)>& progress, std::stop_token stop)
{
    const int descriptor = openPrivate(path, O_RDONLY);
    if (descriptor < 0)
        return failure(ErrorKind::Damaged, "The capture " + path + " cannot be opened: " + std::strerror(errno) + ".");
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        ::close(descriptor);
        return failure(ErrorKind::Damaged, path + " is not a file.");
    }
    const auto fileSize = static_cast<std::uint64_t>(facts.st_size);
    std::shared_ptr<Capture> capture(new Capture);
    capture->m_path = path;
    capture->m_data = std::make_unique<AppendFile>();
    if (auto adopted = capture->m_data->adopt(descriptor, fileSize); !adopted)
        return tl::unexpected(adopted.error());

    FileHead head{};
    if (fileSize >= sizeof head)
        std::memcpy(&head, capture->m_data->base(), sizeof head);
    if (std::memcmp(head.magic, kHeadMagic, sizeof head.magic) != 0)
        return failure(ErrorKind::Damaged, path + " is not a capture of vtscope.");
    if (head.version != kCaptureVersion || head.segmentSize != kSegmentSize)
        return failure(ErrorKind::Damaged, path + " has capture version " + std::to_string(head.version) + "; this vtscope reads version " +
                                               std::to_string(kCaptureVersion) + ".");

    const auto isSealed = capture->readFoot(fileSize);
    if (!isSealed)
        return tl::unexpected(isSealed.error());
    if (!*isSealed) {
        const int index = unnamedIn("/tmp");
        if (index < 0)
            return tl::unexpected(systemError("No room for the change index in /tmp", errno));
        capture->m_index = std::make_unique<AppendFile>();
        if (auto adopted = capture->m_index->adopt(index, 0); !adopted)
            return tl::unexpected(adopted.error());
        if (auto walked = capture->walkRecords(fileSize, progress, stop); !walked)
            return tl::unexpected(walked.error());
    }
    capture->m_isSealed = true;
    return capture;
}

Result<bool> Capture::readFoot(std::uint64_t fileSize)
{
    FileFoot foot{};
    if (fileSize < sizeof(FileHead) + sizeof foot)
        return false;
    const char* const base = m_data->base();
    std::memcpy(&foot, base + fileSize - sizeof foot, sizeof foot);
    if (std::memcmp(foot.magic, kFootMagic, sizeof foot.magic) != 0)
        return false;
    const std::uint64_t bodyEnd = fileSize - sizeof foot;
    const bool fits = foot.dataEnd <= foot.indexAt && foot.indexAt % 8 == 0 && foot.indexAt <= foot.contentsAt && foot.contentsAt <= bodyEnd &&
                      foot.entries == (foot.contentsAt - foot.indexAt) / sizeof(Entry) && foot.contentsSize == bodyEnd - foot.contentsAt;
    if (!fits)
        return false;
    const char* const contentsAt = base + foot.contentsAt;
    if (foot.hash != XXH3_64bits_withSeed(contentsAt, foot.contentsSize, XXH3_64bits(base + foot.indexAt, foot.entries * sizeof(Entry))))
        return false;
    capture::Contents contents;
    if (!contents.ParseFromArray(contentsAt, static_cast<int>(foot.contentsSize)))
        return false;
    for (const capture::ReaderOpened& reader : contents.readers())
        addReader(fromProto(reader));
    for (const capture::Layout& stored : contents.layouts()) {
        Layout layout{stored.keyspace(), stored.shard(), stored.table(), {}, {}, {}};
        if (stored.has_after())
            layout.after = fromProto(stored.after(), stored.numeric_members());
        if (stored.has_before())
            layout.before = stored.same() ? layout.after : fromProto(stored.before(), stored.numeric_members());
        if (layout.before && layout.after && layout.before != layout.after) {
            for (const Column& column : layout.after->columns)
                layout.beforeOfAfter.push_back(layout.before->indexOf(column.name));
        }
        m_layouts->add(std::move(layout));
    }
    m_sealedEntries = reinterpret_cast<const Entry*>(base + foot.indexAt);
    std::uint64_t changes = 0, faults = 0;
    for (std::uint64_t i = 0; i < foot.entries; ++i) {
        changes += isChange(m_sealedEntries[i].op());
        faults += m_sealedEntries[i].fault() != RowFault::None || m_sealedEntries[i].op() == Op::Undecodable;
    }
    m_changes = changes;
    m_faults = faults;
    m_dataEnd = foot.dataEnd;
    m_published = foot.entries;
    return true;
}

Result<void> Capture::walkRecords(std::uint64_t fileSize, const std::function<void(double)>& progress, std::stop_token stop)
{
    const char* const base = m_data->base();
    std::uint64_t at = sizeof(FileHead), end = at, told = 0;
    while (at + sizeof(RecordHead) <= fileSize) {
        const std::uint64_t room = kSegmentSize - at % kSegmentSize;
        RecordHead head{};
        if (room >= sizeof head)
            std::memcpy(&head, base + at, sizeof head);
        if (head.type == static_cast<std::uint16_t>(RecordType::None)) {
            at += room;
            continue;
        }
        if (head.length > fileSize - at - sizeof head || head.hash != hashOf(head, {base + at + sizeof head, head.length}))
            break;
        end = at + sizeof head + head.length;
        m_dataEnd = end;
        if (auto replayed = replay(at); !replayed)
            return replayed;
        at = alignRecord(end);
        if (at - told > kSegmentSize / 4) {
            told = at;
            if (stop.stop_requested())
                return failure(ErrorKind::Canceled, "Opening the capture was canceled.");
            if (progress)
                progress(static_cast<double>(at) / static_cast<double>(fileSize));
        }
    }
    m_dataEnd = end;
    m_tornBytes = fileSize > alignRecord(end) ? fileSize - end : 0;
    return {};
}

namespace {

std::shared_ptr<const Schema> fromProto(const google::protobuf::RepeatedPtrField<query::Field>& fields, bool hasNumericMembers)
{
    auto schema = std::make_shared<Schema>();
    for (const query::Field& field : fields)
        schema->columns.push_back(columnOf(field, hasNumericMembers));
    return schema;
}

} // namespace

} // namespace vtscope
