#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// How long the program takes from its start to its first frame on a screen in memory, for a user without a past. Needs
/// vtscope beside this program, and a QCoreApplication.
void addFirstFrame(Suite& suite);

} // namespace vtscope::bench
