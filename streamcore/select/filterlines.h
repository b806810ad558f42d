// Applies a filter to the lines of a capture, on all cores. Blocks; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include "streamcore/capture/capture.h"
#include "streamcore/select/filter.h"
#include "streamcore/select/lineblocks.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

// The lines of the snapshot that pass, in order; `told` gets them from the first block on. Nothing when it was stopped.
std::optional<RowSet> filterLines(const Snapshot& snapshot, const Filter& filter, const std::stop_token& stop,
                                  const LinesTold& told = {});

// Those of the lines [from, to), at most 2^32.
std::optional<RowSet> filterLines(const Snapshot& snapshot, std::uint64_t from, std::uint64_t to, const Filter& filter,
                                  const std::stop_token& stop, const LinesTold& told = {});

} // namespace vtscope
