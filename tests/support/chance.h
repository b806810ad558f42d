#pragma once

#include <cstdint>
#include <random>

namespace vtscope::test {

/// Numbers by chance: the same for the same seed, on every library.
class Chance
{
public:
    explicit Chance(std::uint64_t seed) : m_random(seed) {}

    std::uint64_t below(std::uint64_t end) { return m_random() % end; }
    std::uint64_t within(std::uint64_t first, std::uint64_t last) { return first + below(last - first + 1); }
    bool oneIn(std::uint64_t times) { return below(times) == 0; }

private:
    std::mt19937_64 m_random;
};

} // namespace vtscope::test
