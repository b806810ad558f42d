#pragma once

#include <chrono>
#include <cstdint>

#include "tests/support/chance.h"
#include "tests/support/relay.h"

namespace vtscope::test {

/// Faults and the times between them, by chance: the same for the same seed. All are over within a tenth of a second.
class FaultPlan
{
public:
    explicit FaultPlan(std::uint64_t seed) : m_chance(seed) {}

    struct Strike
    {
        std::chrono::milliseconds after; ///< the one before
        Fault fault;
    };
    Strike next();

private:
    Chance m_chance;
};

} // namespace vtscope::test
