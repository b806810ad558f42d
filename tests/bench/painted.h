#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// What a user waits for who opens the sample capture, or filters it: until the grid is painted with all that was asked
/// for. Needs a QApplication.
void addPainted(Suite& suite);

} // namespace vtscope::bench
