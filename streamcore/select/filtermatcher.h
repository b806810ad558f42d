// Applies a filter to lines of captures. Keeps its memory from line to line; not shared between threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/select/filter.h"
#include "streamcore/select/masks.h"

namespace vtscope {

// What made a line pass: a value of a column in one of the images, or a fact.
struct MatchedCell
{
    FilterOperand::Kind kind = FilterOperand::Kind::Column;
    FilterOperand::Image image = FilterOperand::Image::Either; // of a column, Before or After
    std::string name;                                          // of a column
    std::string text; // what "contains" found in its value, lowered; empty: the whole value is meant

    bool operator==(const MatchedCell&) const = default;
};

class FilterMatcher
{
public:
    // What is asked of a masked column is false.
    explicit FilterMatcher(Filter filter, Masks masks = {});
    ~FilterMatcher();
    FilterMatcher(FilterMatcher&&) noexcept;
    FilterMatcher& operator=(FilterMatcher&&) noexcept;

    // Whether this line passes. An event, such as a gap, has no columns: what is asked of them is false. Lines that
    // cannot be decoded are asked what can be read of them.
    bool matches(const Snapshot& snapshot, std::uint64_t number);

    // Why it passes, each value once for each text in it: of "or" every part that is true, of "not" nothing; a key by
    // its columns, what changed in both images. Empty when it does not pass.
    std::vector<MatchedCell> reasons(const Snapshot& snapshot, std::uint64_t number);

private:
    class Run;
    std::unique_ptr<Run> m_run;
};

} // namespace vtscope
