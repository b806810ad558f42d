// Limits of size, time and number as they are typed: "size:2G,time:24h,changes:1000000".
#pragma once

#include <string>

#include "streamcore/capture/capture.h"
#include "streamcore/result.h"

namespace vtscope::cli {

// Any of the three, each once. option: its name, for the error of kind Usage.
Result<RingLimits> limitsFrom(const std::string& option, const std::string& text);

} // namespace vtscope::cli
