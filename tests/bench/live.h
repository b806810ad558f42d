#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// The GUI thread while a hundred thousand changes a second arrive in a shown stream with a filter and a ring, once
/// following the end and once scrolled up. Needs a QApplication.
void addLive(Suite& suite);

} // namespace vtscope::bench
