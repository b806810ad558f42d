// Finds text in changes: in the table's name, a value of either image, or an event, without case for ASCII letters, and
// not in what is masked.
// Blocks, and works on all cores; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "streamcore/capture/capture.h"
#include "streamcore/select/lineblocks.h"
#include "streamcore/select/masks.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

// The places in `rows`, ascending, of all lines that show the text; `told` gets them from the first block on. So the
// hit after a row is the first one above it, and its number among them is its own place. Nothing when it was stopped.
std::optional<RowSet> findLines(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                const std::stop_token& stop, const LinesTold& told = {}, const Masks& masks = {});

// The place in `rows` of the nearest line at or after `from` (or at or before it, when backward) that shows the text.
// Looks through all of them once, past the end from the other side.
std::optional<std::uint64_t> findText(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                      std::uint64_t from, bool isBackward, const std::stop_token& stop,
                                      const Masks& masks = {});

} // namespace vtscope
