#pragma once

#include "streamcore/capture/capture.h"
#include "streamcore/select/rowset.h"

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

/// A capture that grows by a VStream and two readers of Sync.
class GrowingCapture
{
public:
    explicit GrowingCapture(Random& random);
    ~GrowingCapture();

    /// By about so many lines.
    void grow(std::size_t lines);
    const std::shared_ptr<Capture>& capture() const { return m_capture; }

private:
    struct Sources;
    Random& m_random;
    std::shared_ptr<Capture> m_capture;
    std::unique_ptr<Sources> m_sources;
};

/// About this many lines of one.
std::shared_ptr<Capture> randomCapture(Random& random, std::size_t lines);

/// The numbers in it, in its order.
std::vector<std::uint64_t> listOf(const RowSet& rows);

} // namespace vtscope::test
