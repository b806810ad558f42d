// --cursor-file: a run that goes on where the one before it stopped.
#pragma once

#include <string>

#include "app/cli/printer.h"
#include "streamcore/result.h"
#include "streamcore/session/watch.h"

namespace vtscope::cli {

// Has the cursor file kept while it prints; where it exists already, makes the request and its output go on from there.
// Error kinds Usage (it is of something else) and those of CursorFile::read.
Result<void> useCursorFile(const std::string& path, WatchRequest& request, PrintRequest& print);

} // namespace vtscope::cli
