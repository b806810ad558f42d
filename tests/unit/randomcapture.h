#pragma once

#include "streamcore/capture/capture.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

/// Captures of everything that a stream can hold: several tables whose columns change, all kinds of values, updates of
/// keys, partial images, rows and messages that do not add up, events.
namespace vtscope::test {

using Random = std::mt19937_64;

/// A number below `count`.
std::size_t below(Random& random, std::size_t count);

/// What the columns of these captures are called. Some tables have them in another type than others.
const std::vector<std::string>& columnNames();

/// A value that such a column may have, out of few; not always fitting its type.
std::string someValue(Random& random);

/// About this many lines, from a VStream and two readers of Sync.
std::shared_ptr<Capture> randomCapture(Random& random, std::size_t lines);

} // namespace vtscope::test
