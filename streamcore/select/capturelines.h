// Lines of one capture, as they are given to what goes through several. A plain value.
#pragma once

#include <memory>
#include <utility>

#include "streamcore/capture/capture.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

struct CaptureLines
{
    std::shared_ptr<const Capture> capture;
    Snapshot snapshot; // of it
    RowSet lines;      // of that
};

// All lines that it has now.
inline CaptureLines wholeOf(std::shared_ptr<const Capture> capture)
{
    const Snapshot snapshot = capture->snapshot();
    return {std::move(capture), snapshot, RowSet::range(snapshot.first(), snapshot.count() - snapshot.first())};
}

} // namespace vtscope
