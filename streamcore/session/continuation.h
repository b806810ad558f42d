// How a session goes on in a capture that another one has left. Any thread; takes as long as it takes to go through
// what was received during a copy, else no time.
#pragma once

#include "streamcore/capture/capture.h"
#include "streamcore/result.h"
#include "streamcore/session/watch.h"

namespace vtscope {

// The request that goes on with the streams which were open last in this capture, from their last whole transactions;
// what it says besides stays as asked, and all of it where nothing was opened yet. Error kind Usage when the capture is
// of something else.
Result<WatchRequest> continueIn(const Capture& capture, WatchRequest asked);

} // namespace vtscope
