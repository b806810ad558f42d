// What a capture is known to lack, as words on standard error.
#pragma once

#include "streamcore/capture/capture.h"

namespace vtscope::cli {

// A line for each gap; nothing when there is none.
void tellGaps(const Capture& capture);

} // namespace vtscope::cli
