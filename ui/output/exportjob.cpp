#include "ui/output/exportjob.h"

#include <algorithm>
#include <filesystem>

#include "streamcore/output/save.h"

namespace vtscope {

namespace {

constexpr std::uint64_t kPreviewLines = 3;
constexpr std::uint64_t kSamples = 200;
// Among events (no changes) the first lines are looked for this far.
constexpr std::uint64_t kLookedThrough = 100'000;
constexpr std::uint64_t kLookAtStopEvery = 65'536;
// Nobody reads a preview beyond this, and a line may hold megabytes.
constexpr std::size_t kLineLimit = 2'000;

QString lineOf(std::string_view bytes)
{
    while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\r'))
        bytes.remove_suffix(1);
    const bool isCut = bytes.size() > kLineLimit;
    QString line = QString::fromUtf8(bytes.data(), static_cast<qsizetype>(std::min(bytes.size(), kLineLimit)));
    // A field may hold line breaks: here each change keeps to its line.
    line.replace(u'\n', QChar(0x21B5)).remove(u'\r');
    return isCut ? line + QChar(0x2026) : line;
}

// What a change became: a line; of SQL several, which have no line breaks inside.
void appendLines(std::string_view bytes, OutputFormat format, QStringList& lines)
{
    while (isSql(format) && !bytes.empty()) {
        const std::string_view line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(line.size() + 1);
        if (!line.empty())
            lines.append(lineOf(line));
    }
    if (!isSql(format))
        lines.append(lineOf(bytes));
}

} // namespace

Result<Written> writeCapture(const std::shared_ptr<const Capture>& capture, const Snapshot& snapshot,
                             const RowSet& rows, bool isWhole, const std::string& file, const std::stop_token& stop,
                             const std::function<void(std::uint64_t bytes)>& told)
{
    const auto saved =
        isWhole ? saveCapture(capture, file, stop, told) : saveLines({{capture, snapshot, rows}}, file, stop, told);
    if (!saved)
        return tl::unexpected(saved.error());
    Written written;
    written.result.changes = factsOf(snapshot, rows).changes;
    written.result.damaged = saved->damaged;
    written.lost = saved->lost;
    std::error_code ignored;
    written.result.bytes = std::filesystem::file_size(file, ignored);
    return written;
}

ScopeFacts factsOf(const Snapshot& snapshot, const RowSet& rows, std::stop_token stop)
{
    ScopeFacts facts;
    for (std::uint64_t i = 0; i < rows.count(); ++i) {
        if (i % kLookAtStopEvery == 0 && stop.stop_requested())
            break;
        const Entry& entry = snapshot.entry(rows.at(i));
        facts.changes += isChange(entry.op());
        facts.gaps += entry.op() == Op::Gap;
        facts.faults += isChange(entry.op()) && entry.fault() != RowFault::None;
        facts.lost += entry.op() == Op::Undecodable;
    }
    return facts;
}

ExportPreview previewOf(const Snapshot& snapshot, const RowSet& rows, OutputFormat format, const FormatOptions& options,
                        std::stop_token stop)
{
    ExportPreview preview;
    const OutputOrder order(format, rows);
    // Lines of the sample: the first few, then some from all over.
    std::vector<std::uint64_t> first, spread;
    for (std::uint64_t i = 0; i < std::min(order.count(), kLookedThrough) && first.size() < kPreviewLines; ++i) {
        if (isChange(snapshot.entry(order.at(i)).op()))
            first.push_back(order.at(i));
    }
    const std::uint64_t step = std::max<std::uint64_t>(1, order.count() / kSamples);
    for (std::uint64_t i = 0; i < order.count(); i += step) {
        if (isChange(snapshot.entry(order.at(i)).op()))
            spread.push_back(order.at(i));
    }

    // The header names the columns of every table inside; here those of the tables that the sample met.
    std::vector<bool> isMet(snapshot.layoutCount());
    for (const auto* numbers : {&first, &spread}) {
        for (const std::uint64_t number : *numbers)
            isMet[snapshot.entry(number).layout] = true;
    }
    CsvHeader header = format == OutputFormat::Csv ? headerOf(snapshot, isMet) : CsvHeader();
    if (!options.columns.empty())
        header.columns = options.columns;
    FormatOptions how = options;
    how.isOneTable = header.isOneTable;
    const auto formatter = ChangeFormatter::make(format, std::move(header.columns), how);
    std::string buffer;
    formatter->appendHeader(buffer);
    if (!isSql(format))
        preview.header = lineOf(buffer);
    preview.headerBytes = static_cast<double>(buffer.size());

    ChangeView change;
    PositionFinder positions;
    static const std::string kNoPosition;
    const auto append = [&](std::uint64_t number) {
        buffer.clear();
        change.read(snapshot, number);
        formatter->append(change, formatter->wantsPosition(change) ? positions.find(snapshot, number) : kNoPosition,
                          buffer);
    };
    for (const std::uint64_t number : first) {
        append(number);
        appendLines(buffer, format, preview.lines);
    }
    std::size_t bytes = 0, measured = 0;
    for (const std::uint64_t number : spread) {
        if (stop.stop_requested())
            break;
        append(number);
        bytes += buffer.size();
        ++measured;
    }
    if (measured > 0)
        preview.bytesPerLine = static_cast<double>(bytes) / static_cast<double>(measured);
    return preview;
}

} // namespace vtscope
