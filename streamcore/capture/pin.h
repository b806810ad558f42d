// What a snapshot holds on to: the capture, and its bytes from this record on.
#pragma once

#include <cstdint>
#include <memory>

namespace vtscope {

class Capture;

struct CapturePin
{
    std::shared_ptr<const Capture> owner;
    std::uint64_t firstRecord = 0; // where a piece begins; 0: the beginning of the file
    std::uint64_t droppedChanges = 0;
};

} // namespace vtscope
