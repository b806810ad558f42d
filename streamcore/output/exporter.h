// Writes changes to a file that is complete or absent, never half: it grows under another name beside its target and is
// renamed at the end. Blocks; belongs on a worker thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "streamcore/output/format.h"
#include "streamcore/result.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

struct ExportProgress
{
    std::uint64_t done = 0; // lines of the row set gone through
    std::uint64_t whole = 0;
    std::uint64_t bytes = 0; // written
};

struct ExportResult
{
    std::uint64_t changes = 0;
    std::uint64_t bytes = 0;
    std::uint64_t faults = 0;  // undecodable rows among them, written raw
    std::uint64_t lost = 0;    // undecodable messages in the row set, whose changes nobody can tell
    std::uint64_t refused = 0; // among them for which there is no exact SQL: a comment stands in their place
    std::uint64_t damaged = 0; // changes from messages whose bytes are not those that were captured
};

// Compressed if the path ends in .gz or .zst. Events in the row set are passed over. `told` is called now and then on
// the calling thread. A link is followed to its file; a pipe or a device is written as it is. Errors: Output, Canceled;
// Usage when the path is that of the capture.
Result<ExportResult> exportChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                   const FormatOptions& options, const std::string& path,
                                   const std::function<void(const ExportProgress&)>& told = {},
                                   const std::stop_token& stop = {});

// The same into an open descriptor (a pipe), which stays open.
Result<ExportResult> exportChanges(const Snapshot& snapshot, const RowSet& rows, OutputFormat format,
                                   const FormatOptions& options, int descriptor,
                                   const std::function<void(const ExportProgress&)>& told = {},
                                   const std::stop_token& stop = {});

} // namespace vtscope
