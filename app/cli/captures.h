// Captures as arguments.
#pragma once

#include <QString>

#include "streamcore/result.h"
#include "streamcore/select/capturelines.h"

namespace vtscope::cli {

// All of it. A torn end is told on standard error, unless quiet. Error kinds as those of Capture::open().
Result<CaptureLines> openCapture(const QString& path, bool isQuiet);
// Nothing stands where a capture is to be written. Error kind Usage.
Result<void> checkIsNew(const std::string& path);

} // namespace vtscope::cli
