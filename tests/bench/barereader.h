#pragma once

#include "tests/bench/shape.h"

#include <cstdint>
#include <string>

namespace vtscope::bench {

/// The limit that gRPC sets: reads one stream with the blocking reader, as raw bytes, and throws every message away.
/// Connects, reads rows/rowsPerMessage messages of this shape and returns at the end of the call. Throws
/// std::runtime_error when the call fails or the number of messages is another.
void readBare(const std::string& hostPort, const Shape& shape, std::uint64_t rows);

} // namespace vtscope::bench
