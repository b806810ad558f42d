// Finds text in changes. Blocks; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "streamcore/capture/capture.h"

namespace vtscope {

// The nearest line at or after `from` (or at or before it, when backward) that shows the text: in a table name, a value
// of either image or an event. Without case for ASCII letters. Looks through the whole capture once, past the end from
// its other side.
std::optional<std::uint64_t> findText(const Snapshot& snapshot, const std::string& text, std::uint64_t from,
                                      bool isBackward, const std::stop_token& stop);

} // namespace vtscope
