// Applies a filter to lines of captures. Keeps its memory from line to line; not shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "streamcore/capture/capture.h"
#include "streamcore/select/filter.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

class FilterMatcher
{
public:
    explicit FilterMatcher(Filter filter);
    ~FilterMatcher();
    FilterMatcher(FilterMatcher&&) noexcept;
    FilterMatcher& operator=(FilterMatcher&&) noexcept;

    // Whether this line passes. An event, such as a gap, has no columns: what is asked of them is false. Lines that
    // cannot be decoded are asked what can be read of them.
    bool matches(const Snapshot& snapshot, std::uint64_t number);

private:
    class Run;
    std::unique_ptr<Run> m_run;
};

// The lines of the snapshot that pass, in order. Blocks: belongs on a worker thread. Nothing when it was stopped.
std::optional<RowSet> filterLines(const Snapshot& snapshot, const Filter& filter, const std::stop_token& stop);

} // namespace vtscope
