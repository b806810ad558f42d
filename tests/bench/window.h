#pragma once

#include "tests/bench/bench.h"

namespace vtscope::bench {

/// What the user waits for: from the click on the start page to the first live row of the local branch, and from the
/// click on Stop until the reader's thread is joined. Needs a QApplication and the localbranch beside the program.
void addWindow(Suite& suite);

} // namespace vtscope::bench
