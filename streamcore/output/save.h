// Captures to a capture: all of one, chosen lines, or several in one file. The target is complete or absent: it grows
// under another name beside it. Blocks; belongs on a worker thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/result.h"
#include "streamcore/select/capturelines.h"

namespace vtscope {

struct SaveResult
{
    std::uint64_t lines = 0;   // changes and events in the new capture
    std::uint64_t damaged = 0; // messages left out, because their bytes are not those that were captured
    std::uint64_t lost = 0;    // lines that were wanted and lay in them, or could not be read from there on
    std::uint64_t shared = 0;  // changes that several of the captures had, which are there once
};

// All of it, also while it is written. A capture without ring limits is copied byte for byte, its index with it.
// `told` is called now and then on the calling thread with the bytes gone through. Error kinds Output, Canceled.
Result<SaveResult> saveCapture(const std::shared_ptr<const Capture>& capture, const std::string& path,
                               const std::stop_token& stop = {},
                               const std::function<void(std::uint64_t bytes)>& told = {});

// These lines, numbered anew, with their marks. The messages that brought them are kept whole and as they were sent, so
// rows that came in the same message lie in the file too, hidden; so are the messages that say how to read them.
// Several captures are put together by time of receipt; a change that more than one of them has is there once, where
// servers name its transaction (VStream of Vitess 24 and newer).
Result<SaveResult> saveLines(const std::vector<CaptureLines>& sources, const std::string& path,
                             const std::stop_token& stop = {},
                             const std::function<void(std::uint64_t bytes)>& told = {});

// The same in a capture without a name, which is gone when nobody holds it any more.
struct Collected
{
    std::shared_ptr<Capture> capture;
    SaveResult result;
};
Result<Collected> collectLines(const std::vector<CaptureLines>& sources, const std::stop_token& stop = {},
                               const std::function<void(std::uint64_t bytes)>& told = {});

} // namespace vtscope
