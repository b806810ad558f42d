#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// Whether what a row costs stays the same: appended to a capture of 10 k to 10 M changes (VTSCOPE_BENCH_ROWS: up to as
/// many), and in the index, the row set and the grid at a hundred million made-up rows. Needs a QApplication.
void addScale(Suite& suite);

} // namespace vtscope::bench
