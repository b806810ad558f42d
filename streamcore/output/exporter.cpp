#include "streamcore/output/exporter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <unordered_map>
#include <vector>

#include "streamcore/output/compressor.h"

namespace vtscope {

namespace {

constexpr std::size_t kFlushAt = std::size_t{1} << 20;

bool writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// That of the tables that the rows are really of; of all, when there is no row.
CsvHeader headerOfRows(const Snapshot& snapshot, const RowSet& rows)
{
    std::vector<bool> isMet = layoutsOf(snapshot, rows);
    if (std::find(isMet.begin(), isMet.end(), true) == isMet.end())
        isMet.assign(isMet.size(), true);
    return headerOf(snapshot, isMet);
}

// Whether records still have the bytes that were captured. Each is looked at once: of lines that go up or down all from
// one to the next, of others those that are asked for.
class DamageFinder
{
public:
    DamageFinder(const Snapshot& snapshot, const OutputOrder& order) : m_snapshot(snapshot)
    {
        bool isUp = true, isDown = true;
        for (std::uint64_t i = 1; i < order.count() && (isUp || isDown); ++i) {
            isUp = isUp && order.at(i - 1) < order.at(i);
            isDown = isDown && order.at(i - 1) > order.at(i);
        }
        m_isOrdered = isUp || isDown;
    }

    // Any of those from `first` to `last`.
    bool isDamaged(std::uint64_t first, std::uint64_t last)
    {
        if (!m_isOrdered)
            return isBent(first) || (last != kToTheEnd && isBent(last));
        if (m_from == 0 || (m_damaged.empty() && m_next != 0 && first >= m_next))
            m_from = m_next = first;
        std::vector<std::uint64_t> before;
        look(first, m_from, before);
        m_damaged.insert(m_damaged.begin(), before.begin(), before.end());
        m_from = std::min(m_from, first);
        if (m_next != 0 && m_next <= last)
            m_next = look(m_next, last == kToTheEnd ? last : last + 1, m_damaged);
        const auto found = std::lower_bound(m_damaged.begin(), m_damaged.end(), first);
        return found != m_damaged.end() && *found <= last;
    }

    static constexpr std::uint64_t kToTheEnd = std::numeric_limits<std::uint64_t>::max();

private:
    // At the records of [from, end); the next one, or 0.
    std::uint64_t look(std::uint64_t from, std::uint64_t end, std::vector<std::uint64_t>& damaged) const
    {
        while (from != 0 && from < end) {
            if (!m_snapshot.isIntact(from))
                damaged.push_back(from);
            from = m_snapshot.nextRecord(from);
        }
        return from;
    }

    bool isBent(std::uint64_t record)
    {
        const auto [found, isNew] = m_bent.try_emplace(record);
        if (isNew)
            found->second = !m_snapshot.isIntact(record);
        return found->second;
    }

    const Snapshot& m_snapshot;
    bool m_isOrdered = true;
    std::unordered_map<std::uint64_t, bool> m_bent; // by record
    std::uint64_t m_from = 0, m_next = 0;           // looked at: from one up to, without, the other; 0 is the end
    std::vector<std::uint64_t> m_damaged;
};

tl::unexpected<Error> outputFailure(const std::string& path, int number)
{
    return failure(ErrorKind::Output, path + " cannot be written: " + std::strerror(number) + ".", {}, number);
}

Result<ExportResult> writeChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                  const FormatOptions& options, int descriptor, Compression compression,
                                  const std::function<void(const ExportProgress&)>& told, const std::stop_token& stop)
{
    CsvHeader header = format == OutputFormat::Csv ? headerOfRows(snapshot, rows) : CsvHeader();
    if (!options.columns.empty())
        header.columns = options.columns;
    FormatOptions how = options;
    how.isOneTable = header.isOneTable;
    const auto formatter = ChangeFormatter::make(format, std::move(header.columns), how);
    std::string buffer;
    buffer.reserve(kFlushAt + kFlushAt / 4);
    formatter->appendHeader(buffer);
    ExportResult result;
    const auto compressor = Compressor::make(compression);
    std::string packed;
    // Empties the buffer.
    const auto write = [&](Compressor::Until until) {
        packed.clear();
        if (compressor)
            compressor->append(buffer, until, packed);
        const std::string_view bytes = compressor ? packed : buffer;
        if (!writeAll(descriptor, bytes))
            return false;
        result.bytes += bytes.size();
        buffer.clear();
        return true;
    };
    ChangeView change;
    PositionFinder positions;
    static const std::string kNoPosition;
    const OutputOrder order(format, rows);
    DamageFinder damage(snapshot, order);
    for (std::uint64_t i = 0; i < order.count(); ++i) {
        const std::uint64_t number = order.at(i);
        const Entry& entry = snapshot.entry(number);
        result.lost += entry.op() == Op::Undecodable;
        if (isChange(entry.op())) {
            change.read(snapshot, number);
            const bool hasPosition = formatter->wantsPosition(change);
            formatter->append(change, hasPosition ? positions.find(snapshot, number) : kNoPosition, buffer);
            // The position may stand in a later message, and is missed where that one is damaged.
            std::uint64_t last = entry.record();
            if (hasPosition)
                last = positions.record() != 0 ? positions.record() : DamageFinder::kToTheEnd;
            ++result.changes;
            result.damaged += damage.isDamaged(entry.record(), last);
            result.faults += change.fault() != RowFault::None;
        } else {
            formatter->appendEvent(snapshot, number, buffer);
        }
        if (buffer.size() >= kFlushAt) {
            if (!write(Compressor::Until::Later))
                return outputFailure("The output", errno);
            if (told)
                told({i + 1, rows.count(), result.bytes});
            if (stop.stop_requested())
                return failure(ErrorKind::Canceled, "The export was canceled; nothing was left behind.");
        }
    }
    formatter->appendFooter(buffer);
    result.refused = formatter->refused();
    if (!write(Compressor::Until::End))
        return outputFailure("The output", errno);
    if (told)
        told({rows.count(), rows.count(), result.bytes});
    return result;
}

} // namespace

Result<ExportResult> exportChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                   const FormatOptions& options, int descriptor,
                                   const std::function<void(const ExportProgress&)>& told, const std::stop_token& stop)
{
    return writeChanges(snapshot, rows, format, options, descriptor, Compression::None, told, stop);
}

Result<ExportResult> exportChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                   const FormatOptions& options, const std::string& path,
                                   const std::function<void(const ExportProgress&)>& told, const std::stop_token& stop)
{
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status))
        return failure(ErrorKind::Output, path + " is a folder. Name a file.");
    if (snapshot.liesIn(path))
        return failure(ErrorKind::Usage, path + " is the capture itself. Choose another file.");
    // A pipe or a device stays what it is; a file is replaced when its successor is complete.
    const bool isReplaced = !std::filesystem::exists(status) || std::filesystem::is_regular_file(status);
    const std::string target =
        std::filesystem::exists(status) ? std::filesystem::canonical(path, ignored).string() : path;
    std::string partial = target + ".XXXXXX";
    const int descriptor =
        isReplaced ? ::mkostemp(partial.data(), O_CLOEXEC) : ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return outputFailure(path, errno);
    auto result = writeChanges(snapshot, rows, format, options, descriptor, compressionOf(path), told, stop);
    int number = 0;
    if (result && isReplaced && (::fsync(descriptor) != 0 || ::rename(partial.c_str(), target.c_str()) != 0))
        number = errno;
    ::close(descriptor);
    if (result && number == 0)
        return result;
    if (isReplaced)
        ::unlink(partial.c_str());
    if (result)
        return outputFailure(path, number);
    if (result.error().kind == ErrorKind::Output)
        return outputFailure(path, result.error().code);
    return result;
}

} // namespace vtscope
