#include "streamcore/output/exporter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
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

// Those that the rows are really of; all, when there is no row.
std::vector<bool> layoutsOf(const Snapshot& snapshot, const RowSet& rows)
{
    std::vector<bool> isMet(snapshot.layoutCount());
    for (std::uint64_t i = 0; i < rows.count(); ++i) {
        const Entry& entry = snapshot.entry(rows.at(i));
        if (isChange(entry.op()))
            isMet[entry.layout] = true;
    }
    if (std::find(isMet.begin(), isMet.end(), true) == isMet.end())
        isMet.assign(isMet.size(), true);
    return isMet;
}

tl::unexpected<Error> outputFailure(const std::string& path, int number)
{
    return failure(ErrorKind::Output, path + " cannot be written: " + std::strerror(number) + ".", {}, number);
}

Result<ExportResult> writeChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                  const FormatOptions& options, int descriptor, Compression compression,
                                  const std::function<void(const ExportProgress&)>& told, const std::stop_token& stop)
{
    CsvHeader header = format == OutputFormat::Csv ? headerOf(snapshot, layoutsOf(snapshot, rows)) : CsvHeader();
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
    std::uint64_t record = 0; // the one that was looked at last
    bool isIntact = true;
    const OutputOrder order(format, rows);
    for (std::uint64_t i = 0; i < order.count(); ++i) {
        const std::uint64_t number = order.at(i);
        const Entry& entry = snapshot.entry(number);
        if (isChange(entry.op())) {
            change.read(snapshot, number);
            formatter->append(change, formatter->wantsPosition(change) ? positions.find(snapshot, number) : kNoPosition,
                              buffer);
            if (entry.record() != record) {
                record = entry.record();
                isIntact = snapshot.isIntact(record);
            }
            ++result.changes;
            result.damaged += !isIntact;
            result.faults += change.fault() != RowFault::None;
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
