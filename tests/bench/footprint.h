#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// Memory of our own over captures of 1 M and 10 M changes (VTSCOPE_BENCH_ROWS: one of as many), beyond what the idle
/// window has: while it was captured, then shown, filtered and sorted in the window. Needs a QApplication.
void addFootprint(Suite& suite);

} // namespace vtscope::bench
