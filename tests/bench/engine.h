#pragma once

#include "streamcore/capture/capture.h"
#include "tests/bench/ingest.h"

#include <memory>

namespace vtscope::bench {

/// streamcore as it runs in the program: a stream reader that appends to a capture on disk and publishes the index.
IngestClient engineClient();

/// The same into fresh files each time, as a capture that begins.
ColdClient engineIntoFreshFiles();

/// A capture of a million VStream changes (VTSCOPE_BENCH_ROWS: of as many), for what reads one.
std::shared_ptr<Capture> sampleCapture();

/// The decode path alone: messages copied into a store that is used again, walked, and one index entry kept per row.
MessageWork engineWalk();

} // namespace vtscope::bench
