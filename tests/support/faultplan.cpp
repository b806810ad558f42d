#include "tests/support/faultplan.h"

namespace vtscope::test {

FaultPlan::Strike FaultPlan::next()
{
    const auto upTo = [this](std::uint64_t most) { return std::chrono::milliseconds(m_chance.below(most + 1)); };
    Strike strike;
    strike.after = upTo(60);
    strike.fault.kind = static_cast<Fault::Kind>(m_chance.below(Fault::kKinds));
    strike.fault.time = upTo(50);
    strike.fault.isFromClient = m_chance.oneIn(2);
    switch (strike.fault.kind) {
    case Fault::Kind::Reset:
    case Fault::Kind::Close:
        // Some within the first frames, some far inside a large transaction.
        strike.fault.bytes = m_chance.below(std::uint64_t{1} << m_chance.within(0, 19));
        break;
    case Fault::Kind::Drip:
        strike.fault.bytes = m_chance.within(1, 200);
        break;
    default:
        break;
    }
    return strike;
}

} // namespace vtscope::test
