#pragma once

#include "streamcore/capture/capture.h"
#include "tests/bench/ingest.h"

#include <array>
#include <memory>

namespace vtscope::bench {

/// streamcore as it runs in the program: a stream reader that appends to a capture on disk and publishes the index.
IngestClient engineClient();

/// The same into fresh files each time, as a capture that begins.
ColdClient engineIntoFreshFiles();

/// What a reader of messages of this shape was asked to do.
ReaderDescription describe(const Shape& shape);

/// VStream messages of a hundred rows, as sampleCapture() holds them.
Dataset sampleDataset();

/// Appends its messages, again and again, until there are so many changes more.
void appendChanges(Capture& capture, const Dataset& dataset, std::uint64_t changes);

/// A capture of a million VStream changes (VTSCOPE_BENCH_ROWS: of as many), for what reads one.
std::shared_ptr<Capture> sampleCapture();

/// A capture in files that are written over from run to run: their pages are in memory from the first run on, as those
/// of a log are that goes round.
class RecycledFiles
{
public:
    RecycledFiles();
    ~RecycledFiles();
    RecycledFiles(const RecycledFiles&) = delete;
    RecycledFiles& operator=(const RecycledFiles&) = delete;

    /// An empty one; that of the run before is lost.
    std::shared_ptr<Capture> capture() const;

private:
    std::array<int, 2> m_files{};
};

/// The decode path alone: messages copied into a store that is used again, walked, and one index entry kept per row.
MessageWork engineWalk();

} // namespace vtscope::bench
