// A capture as a file: sealing, saving and opening.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/capture.h"
#include "streamcore/capture/entryfile.h"
#include "streamcore/capture/hash.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/pin.h"
#include "streamcore/capture/record.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kSavePiece = std::uint64_t{64} << 20; // between two looks at whether to stop

constexpr const char* kForeignIndex = " has a change index that is not its own.";

// The contents and the foot behind the index, whose hash stands in the foot so far; the file ends there. False and
// errno.
bool finish(int descriptor, FileFoot& foot, const std::string& contents)
{
    foot.contentsSize = contents.size();
    foot.hash = hashOf(contents, foot.hash);
    std::memcpy(foot.magic, kFootMagic, sizeof foot.magic);
    const std::uint64_t end = foot.contentsAt + contents.size();
    return writeFully(descriptor, foot.contentsAt, contents.data(), contents.size()) &&
           writeFully(descriptor, end, &foot, sizeof foot) &&
           ::ftruncate(descriptor, static_cast<off_t>(end + sizeof foot)) == 0;
}

} // namespace

Result<void> Capture::seal()
{
    const std::lock_guard lock(m_mutex);
    if (m_isSealed)
        return {};
    if (auto written = writeFoot(m_data->descriptor(), snapshot(), describeReaders()); !written)
        return written;
    m_isSealed = true;
    freeDropped();
    if (!m_path.empty())
        ::unlink((m_path + ".idx").c_str());
    return {};
}

Result<void> Capture::saveTo(const std::string& path, const std::stop_token& stop,
                             const std::function<void(std::uint64_t)>& told) const
{
    const Snapshot now = snapshot();
    if (now.liesIn(path))
        return failure(ErrorKind::Output, path + " is this capture itself. Choose another name.");
    std::string partial;
    const int target = openBeside(path, partial);
    if (target < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be written", errno));
    const auto abandon = [&](Error error) -> Result<void> {
        ::close(target);
        ::unlink(partial.c_str());
        return tl::unexpected(std::move(error));
    };
    const auto giveUp = [&](const std::string& what, int number) { return abandon(systemError(what, number)); };
    // What was left empty stays empty.
    for (std::uint64_t at = m_data->dataFrom(0); at < now.m_end;) {
        if (stop.stop_requested())
            return abandon({ErrorKind::Canceled, "Saving was canceled.", {}});
        auto from = static_cast<off64_t>(at);
        auto to = from;
        const off_t hole = ::lseek(m_data->descriptor(), from, SEEK_HOLE);
        const std::uint64_t end = hole > from ? std::min(now.m_end, static_cast<std::uint64_t>(hole)) : now.m_end;
        ssize_t copied = ::copy_file_range(m_data->descriptor(), &from, target, &to, std::min(end - at, kSavePiece), 0);
        if (copied <= 0) {
            const std::uint64_t piece = std::min<std::uint64_t>(end - at, 1 << 20);
            if (!writeFully(target, at, now.m_base + at, piece))
                return giveUp("The capture " + path + " cannot be written", errno);
            copied = static_cast<ssize_t>(piece);
        }
        at += static_cast<std::uint64_t>(copied);
        if (told)
            told(at);
        if (at == end)
            at = m_data->dataFrom(at);
    }
    if (auto foot = writeFoot(target, now, readerStates()); !foot)
        return abandon(std::move(foot.error()));
    if (::fsync(target) != 0 || ::rename(partial.c_str(), path.c_str()) != 0)
        return giveUp("The capture " + path + " cannot be written", errno);
    ::close(target);
    return {};
}

std::string Capture::contentsOf(const Snapshot& lines, const std::vector<ReaderState>& readers) const
{
    ContentsFacts facts{readers, lines.m_first, lines.m_pin->droppedChanges, {}, m_isPart};
    for (auto& mark : m_marks.all()) {
        if (mark.first >= lines.m_first && mark.first < lines.m_count)
            facts.marks.push_back(std::move(mark));
    }
    return encode(facts, *m_layouts);
}

Result<void> Capture::writeFoot(int descriptor, const Snapshot& lines, const std::vector<ReaderState>& readers) const
{
    const std::string contents = contentsOf(lines, readers);
    const char* const index = reinterpret_cast<const char*>(lines.m_entries + (lines.m_first - lines.m_firstEntry));
    FileFoot foot{};
    foot.dataEnd = lines.m_end;
    foot.indexAt = alignRecord(lines.m_end);
    foot.entries = lines.m_count - lines.m_first;
    foot.contentsAt = foot.indexAt + foot.entries * sizeof(Entry);
    foot.hash = hashOf({index, foot.entries * sizeof(Entry)});
    if (writeFully(descriptor, foot.indexAt, index, foot.entries * sizeof(Entry)) && finish(descriptor, foot, contents))
        return {};
    const int number = errno;
    [[maybe_unused]] const int ignored = ::ftruncate(descriptor, static_cast<off_t>(lines.m_end));
    return tl::unexpected(systemError("The index of the capture cannot be written", number));
}

Result<void> Capture::saveMarks()
{
    const std::lock_guard lock(m_mutex);
    const auto giveUp = [this](int number) -> Result<void> {
        return tl::unexpected(systemError("The marks cannot be written into " + m_path, number));
    };
    if (!m_sealedEntries)
        return failure(ErrorKind::Output, m_path + " was not closed in order. Save it under a name first.");
    const int file = openPrivate(m_path, O_RDWR);
    if (file < 0)
        return giveUp(errno);
    const Snapshot lines = snapshot();
    const std::uint64_t revision = m_marks.revision();
    FileFoot foot = *m_foot;
    struct stat facts
    {
    };
    // What somebody else wrote there since is not written over.
    FileFoot there{};
    const auto footAt = static_cast<off_t>(foot.contentsAt + foot.contentsSize);
    const bool isSame = lines.liesIn(m_path) && ::fstat(file, &facts) == 0 &&
                        facts.st_size == footAt + static_cast<off_t>(sizeof foot) &&
                        ::pread(file, &there, sizeof there, footAt) == sizeof there &&
                        std::memcmp(&there, &foot, sizeof foot) == 0;
    foot.hash = hashOf({reinterpret_cast<const char*>(m_sealedEntries), foot.entries * sizeof(Entry)});
    const bool isWritten = isSame && finish(file, foot, contentsOf(lines, describeReaders())) && ::fsync(file) == 0;
    const int number = isSame ? errno : ESTALE;
    ::close(file);
    if (!isWritten)
        return giveUp(number);
    *m_foot = foot;
    noteMarksSaved(revision);
    return {};
}

// Takes over the descriptor, and checks that it is a capture.
Result<std::shared_ptr<Capture>> Capture::openOn(int descriptor, const std::string& path)
{
    struct stat facts
    {
    };
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
        return failure(ErrorKind::Damaged, path + " has capture version " + std::to_string(head.version) +
                                               "; this vtscope reads version " + std::to_string(kCaptureVersion) + ".");
    capture->m_salt = head.salt;
    return capture;
}

Result<std::shared_ptr<Capture>> Capture::open(const std::string& path, const std::function<void(double)>& progress,
                                               const std::stop_token& stop)
{
    const int descriptor = openPrivate(path, O_RDONLY);
    if (descriptor < 0)
        return failure(ErrorKind::Damaged, "The capture " + path + " cannot be opened: " + std::strerror(errno) + ".");
    auto opened = openOn(descriptor, path);
    if (!opened)
        return opened;
    const std::shared_ptr<Capture>& capture = *opened;
    const std::uint64_t fileSize = capture->m_data->end();
    const auto isSealed = capture->readFoot(fileSize);
    if (!isSealed)
        return tl::unexpected(isSealed.error());
    if (!*isSealed) {
        const std::string folder = temporaryFolder();
        const int index = openUnnamed(folder);
        if (index < 0)
            return tl::unexpected(systemError("No room for the change index in " + folder, errno));
        capture->m_index = std::make_unique<EntryFile>();
        capture->m_index->adopt(index);
        if (auto walked = capture->walkFile(fileSize, progress, stop); !walked)
            return tl::unexpected(walked.error());
    }
    capture->m_isSealed = true;
    return capture;
}

Result<std::shared_ptr<Capture>> Capture::openToAppend(const std::string& path, std::uint64_t diskFloor,
                                                       const std::function<void(double)>& progress,
                                                       const std::stop_token& stop)
{
    const std::string what = "The capture " + path + " cannot be gone on with";
    // A seal says where the records end; the marks that stand behind them have to stand in records again.
    std::vector<std::pair<std::uint64_t, std::string>> marks;
    std::optional<std::uint64_t> sealedEnd;
    {
        const int descriptor = openPrivate(path, O_RDONLY);
        auto before = descriptor < 0 ? tl::unexpected(systemError(what, errno)) : openOn(descriptor, path);
        if (!before)
            return before;
        const auto isSealed = (*before)->readFoot((*before)->m_data->end());
        if (!isSealed)
            return tl::unexpected(isSealed.error());
        if (*isSealed) {
            marks = (*before)->m_marks.all();
            sealedEnd = (*before)->m_dataEnd;
        }
    }
    const int descriptor = openPrivate(path, O_RDWR);
    if (descriptor < 0)
        return tl::unexpected(systemError(what, errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return failure(ErrorKind::Output, what + ": another program writes it.");
    }
    const int index = openPrivate(path + ".idx", O_RDWR | O_CREAT | O_TRUNC);
    if (index < 0 || (sealedEnd && ::ftruncate(descriptor, static_cast<off_t>(*sealedEnd)) != 0)) {
        const int number = errno;
        ::close(descriptor);
        return tl::unexpected(systemError(what, number));
    }
    auto opened = openOn(descriptor, path);
    if (!opened)
        return opened;
    const std::shared_ptr<Capture>& capture = *opened;
    capture->m_diskFloor = diskFloor;
    capture->m_index = std::make_unique<EntryFile>();
    capture->m_index->adopt(index);
    if (auto walked = capture->walkFile(capture->m_data->end(), progress, stop); !walked)
        return tl::unexpected(walked.error());
    const std::uint64_t begin = capture->m_firstRecord, end = capture->m_dataEnd;
    capture->m_data->cut(end);
    capture->m_tornBytes = 0;
    capture->m_freedTo = begin;
    capture->m_writtenBytes = end - begin;
    capture->show();
    capture->m_pieces.push_back({begin, capture->m_first, capture->m_droppedChanges, 0, nowNs()});
    for (const auto& [line, note] : marks) {
        if (auto marked = capture->mark(line, note); !marked)
            return tl::unexpected(marked.error());
    }
    return capture;
}

// Of a sealed capture.
void Capture::noteGap(std::uint64_t record, std::uint64_t end)
{
    RecordHead head{};
    std::memcpy(&head, m_data->base() + record, sizeof head);
    const std::uint64_t size = std::min<std::uint64_t>(head.length, end - record - sizeof head);
    if (const auto gap = decodeGap({m_data->base() + record + sizeof head, size}))
        m_gaps.push_back(*gap);
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
    const bool fits = foot.dataEnd >= sizeof(FileHead) && foot.indexAt == alignRecord(foot.dataEnd) &&
                      foot.indexAt <= foot.contentsAt && foot.contentsAt <= bodyEnd &&
                      foot.entries == (foot.contentsAt - foot.indexAt) / sizeof(Entry) &&
                      foot.contentsSize == bodyEnd - foot.contentsAt;
    if (!fits)
        return false;
    const std::string_view contents(base + foot.contentsAt, foot.contentsSize);
    if (foot.hash != hashOf(contents, hashOf({base + foot.indexAt, foot.entries * sizeof(Entry)})))
        return false;
    auto facts = decodeContents(contents, *m_layouts);
    if (!facts)
        return false;
    for (const ReaderState& reader : facts->readers) {
        addReader(reader.description);
        takeState(m_readers.back(), reader);
    }
    m_isPart = facts->isPart;
    if (facts->firstLine + foot.entries < facts->firstLine)
        return failure(ErrorKind::Damaged, m_path + kForeignIndex);
    for (auto& [line, note] : facts->marks) {
        if (line - facts->firstLine < foot.entries)
            m_marks.set(line, std::move(note));
    }
    m_sealedEntries = reinterpret_cast<const Entry*>(base + foot.indexAt);
    std::uint64_t changes = 0, faults = 0;
    for (std::uint64_t i = 0; i < foot.entries; ++i) {
        const Entry& entry = m_sealedEntries[i];
        if (entry.record() < sizeof(FileHead) || entry.record() + sizeof(RecordHead) > foot.dataEnd ||
            entry.layout >= m_layouts->count())
            return failure(ErrorKind::Damaged, m_path + kForeignIndex);
        changes += isChange(entry.op());
        if (entry.op() == Op::Gap)
            noteGap(entry.record(), foot.dataEnd);
        faults += entry.fault() != RowFault::None || entry.op() == Op::Undecodable;
    }
    m_foot = std::make_unique<FileFoot>(foot);
    if (facts->firstLine > 0)
        m_firstRecord = dataAfter(sizeof(FileHead));
    m_firstEntry = facts->firstLine;
    m_first = facts->firstLine;
    m_droppedChanges = facts->firstChanges;
    m_changes = facts->firstChanges + changes;
    m_faults = faults;
    m_dataEnd = m_shownBytes = foot.dataEnd;
    m_published = facts->firstLine + foot.entries;
    return true;
}

} // namespace vtscope
