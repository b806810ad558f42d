#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// GTID sets as servers have them: parsed, compared, united, and grown by one transaction after the other.
void addPosition(Suite& suite);

} // namespace vtscope::bench
