// What the export dialog finds out and does off the GUI thread. Blocking calls over plain data; any thread.
#pragma once

#include "streamcore/capture/capture.h"
#include "streamcore/output/exporter.h"
#include "streamcore/output/format.h"
#include "streamcore/select/rowset.h"

#include <QStringList>

#include <functional>
#include <memory>
#include <stop_token>

namespace vtscope {

/// What lies in a row set: how much would be written, and what is worth a word before.
struct ScopeFacts
{
    std::uint64_t changes = 0;
    std::uint64_t gaps = 0;
    std::uint64_t faults = 0; ///< rows that cannot be decoded and go out raw
    std::uint64_t lost = 0;   ///< messages that cannot be decoded and do not go out
};
ScopeFacts factsOf(const Snapshot& snapshot, const RowSet& rows, std::stop_token stop = {});

/// What became of the changes.
struct Written
{
    ExportResult result;
    std::uint64_t lost = 0; ///< of a capture: lines that were wanted and lay in damaged messages
};

/// These lines as a capture; isWhole: all that it has. Error kinds Output, Canceled.
Result<Written> writeCapture(const std::shared_ptr<const Capture>& capture, const Snapshot& snapshot,
                             const RowSet& rows, bool isWhole, const std::string& file, const std::stop_token& stop,
                             const std::function<void(std::uint64_t bytes)>& told);

/// The beginning of what a file would hold, made by the formatter that writes it.
struct ExportPreview
{
    QString header; ///< first line of a CSV
    QStringList lines;
    double bytesPerLine = 0; ///< mean over a sample spread over all rows
    double headerBytes = 0;
};
ExportPreview previewOf(const Snapshot& snapshot, const RowSet& rows, OutputFormat format, const FormatOptions& options,
                        std::stop_token stop = {});

} // namespace vtscope
