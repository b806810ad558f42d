#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// Filters and searches over a million changes in warm memory, against looking at every byte of them once.
void addSelect(Suite& suite);

} // namespace vtscope::bench
