// A capture as a file: sealing, saving and opening.
#include <fcntl.h>
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
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr std::uint64_t nextSegment(std::uint64_t at)
{
    return (at / kSegmentSize + 1) * kSegmentSize;
}

constexpr std::uint64_t kSavePiece = std::uint64_t{64} << 20; // between two looks at whether to stop

} // namespace

Result<void> Capture::seal()
{
    const std::lock_guard lock(m_mutex);
    if (m_isSealed)
        return {};
    if (auto written = writeFoot(m_data->descriptor(), m_data->end(), m_published.load(), describeReaders()); !written)
        return written;
    m_isSealed = true;
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
    const std::string partial = path + ".part";
    const int target = openPrivate(partial, O_RDWR | O_CREAT | O_TRUNC);
    if (target < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be written", errno));
    const auto abandon = [&](Error error) -> Result<void> {
        ::close(target);
        ::unlink(partial.c_str());
        return tl::unexpected(std::move(error));
    };
    const auto giveUp = [&](const std::string& what, int number) { return abandon(systemError(what, number)); };
    std::uint64_t at = 0;
    while (at < now.m_end) {
        if (stop.stop_requested())
            return abandon({ErrorKind::Canceled, "Saving was canceled.", {}});
        auto from = static_cast<off64_t>(at);
        auto to = from;
        ssize_t copied =
            ::copy_file_range(m_data->descriptor(), &from, target, &to, std::min(now.m_end - at, kSavePiece), 0);
        if (copied <= 0) {
            const std::uint64_t piece = std::min<std::uint64_t>(now.m_end - at, 1 << 20);
            if (!writeFully(target, at, now.m_base + at, piece))
                return giveUp("The capture " + path + " cannot be written", errno);
            copied = static_cast<ssize_t>(piece);
        }
        at += static_cast<std::uint64_t>(copied);
        if (told)
            told(at);
    }
    if (auto foot = writeFoot(target, now.m_end, now.m_count, readers()); !foot)
        return abandon(std::move(foot.error()));
    if (::fsync(target) != 0 || ::rename(partial.c_str(), path.c_str()) != 0)
        return giveUp("The capture " + path + " cannot be written", errno);
    ::close(target);
    return {};
}

Result<void> Capture::writeFoot(int descriptor, std::uint64_t at, std::uint64_t entries,
                                const std::vector<ReaderDescription>& readers) const
{
    const char* const index = reinterpret_cast<const char*>(m_sealedEntries ? m_sealedEntries : m_index->entries());
    const std::string contents = encodeContents(readers, *m_layouts);

    FileFoot foot{};
    foot.dataEnd = at;
    foot.indexAt = alignRecord(at);
    foot.entries = entries;
    foot.contentsAt = foot.indexAt + entries * sizeof(Entry);
    foot.contentsSize = contents.size();
    foot.hash = hashOf(contents, hashOf({index, entries * sizeof(Entry)}));
    std::memcpy(foot.magic, kFootMagic, sizeof foot.magic);
    if (!writeFully(descriptor, foot.indexAt, index, entries * sizeof(Entry)) ||
        !writeFully(descriptor, foot.contentsAt, contents.data(), contents.size()) ||
        !writeFully(descriptor, foot.contentsAt + contents.size(), &foot, sizeof foot) ||
        ::ftruncate(descriptor, static_cast<off_t>(foot.contentsAt + contents.size() + sizeof foot)) != 0) {
        const int number = errno;
        [[maybe_unused]] const int ignored = ::ftruncate(descriptor, static_cast<off_t>(at));
        return tl::unexpected(systemError("The index of the capture cannot be written", number));
    }
    return {};
}

Result<std::shared_ptr<Capture>> Capture::open(const std::string& path, const std::function<void(double)>& progress,
                                               const std::stop_token& stop)
{
    const int descriptor = openPrivate(path, O_RDONLY);
    if (descriptor < 0)
        return failure(ErrorKind::Damaged, "The capture " + path + " cannot be opened: " + std::strerror(errno) + ".");
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
    const bool fits = foot.dataEnd <= foot.indexAt && foot.indexAt % 8 == 0 && foot.indexAt <= foot.contentsAt &&
                      foot.contentsAt <= bodyEnd && foot.entries == (foot.contentsAt - foot.indexAt) / sizeof(Entry) &&
                      foot.contentsSize == bodyEnd - foot.contentsAt;
    if (!fits)
        return false;
    const std::string_view contents(base + foot.contentsAt, foot.contentsSize);
    if (foot.hash != hashOf(contents, hashOf({base + foot.indexAt, foot.entries * sizeof(Entry)})))
        return false;
    const auto readers = decodeContents(contents, *m_layouts);
    if (!readers)
        return false;
    for (const ReaderDescription& reader : *readers)
        addReader(reader);
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

Result<void> Capture::walkFile(std::uint64_t fileSize, const std::function<void(double)>& progress,
                               const std::stop_token& stop)
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
        const std::uint64_t after = at + sizeof head + head.length;
        if (isIntact(at, fileSize)) {
            end = after;
            m_dataEnd = end;
            if (auto replayed = replay(at); !replayed)
                return replayed;
        } else if (isIntact(alignRecord(after), fileSize) || isIntact(nextSegment(after), fileSize)) {
            ++m_damagedMessages;
        } else {
            break;
        }
        at = alignRecord(after);
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

} // namespace vtscope
