#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// The grid at 100 million synthetic rows, against drawing the same texts bare and against itself at a thousand rows.
/// Needs a QApplication; no screen.
void addGrid(Suite& suite);

} // namespace vtscope::bench
