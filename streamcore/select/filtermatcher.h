// Applies a filter to lines of captures. Keeps its memory from line to line; not shared between threads.
#pragma once

#include <cstdint>
#include <memory>

#include "streamcore/capture/capture.h"
#include "streamcore/select/filter.h"

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

} // namespace vtscope
