// Finds text in changes. Blocks; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "streamcore/capture/capture.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

// The place in `rows` of the nearest line at or after `from` (or at or before it, when backward) that shows the text:
// in a table name, a value of either image or an event. Without case for ASCII letters. Looks through all of them once,
// past the end from the other side.
std::optional<std::uint64_t> findText(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                      std::uint64_t from, bool isBackward, const std::stop_token& stop);

} // namespace vtscope
