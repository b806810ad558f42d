#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// A million changes of a capture on disk as CSV and NDJSON, against a QTextStream that gets the same cells, and
/// against write() of as many bytes.
void addOutput(Suite& suite);

} // namespace vtscope::bench
