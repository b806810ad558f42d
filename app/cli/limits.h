// Sizes and times as they are typed, and limits of them: "size:2G,time:24h,changes:1000000".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streamcore/capture/capture.h"
#include "streamcore/result.h"

namespace vtscope::cli {

// Any of the three, each once. option: its name, for the error of kind Usage.
Result<RingLimits> limitsFrom(const std::string& option, const std::string& text);

// "100M", with K, M, G or none, from 1 on; nothing for another text.
std::optional<std::uint64_t> sizeFrom(std::string_view text);
// "500ms", "5s", "2m", "1h"; nothing for another text, or for more than a timer can wait.
std::optional<std::chrono::milliseconds> durationFrom(const std::string& text);

} // namespace vtscope::cli
