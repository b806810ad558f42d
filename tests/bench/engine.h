#pragma once

#include "tests/bench/ingest.h"

namespace vtscope::bench {

/// streamcore as it runs in the program: a stream reader that appends to a capture on disk and publishes the index.
IngestClient engineClient();

/// The same into fresh files each time, as a capture that begins.
ColdClient engineIntoFreshFiles();

/// The decode path alone: messages copied into a store that is used again, walked, and one index entry kept per row.
MessageWork engineWalk();

} // namespace vtscope::bench
