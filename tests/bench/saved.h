#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// Saved captures: opened with their index and without, and half of one saved as another.
void addSaved(Suite& suite);

} // namespace vtscope::bench
