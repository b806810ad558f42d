#include "ui/grid/gridfade.h"

namespace vtscope {

bool GridFade::add(int first, int count)
{
    const qint64 now = m_clock.elapsed();
    if (now - m_windowStart > 1000) {
        m_windowStart = now;
        m_inWindow = 0;
    }
    m_inWindow = count > kMaxRate ? count : m_inWindow + count;
    if (m_inWindow > kMaxRate) {
        m_batches.clear();
        return false;
    }
    m_batches.push_back({first, count, now});
    return true;
}

int GridFade::stepOf(const Batch& batch) const
{
    return static_cast<int>((m_clock.elapsed() - batch.at) / kStepMs);
}

double GridFade::strength(int row) const
{
    for (const Batch& batch : m_batches)
        if (row >= batch.first && row < batch.first + batch.count)
            return std::max(0.0, 1.0 - static_cast<double>(stepOf(batch)) / kSteps);
    return 0;
}

bool GridFade::step()
{
    while (!m_batches.empty() && stepOf(m_batches.front()) >= kSteps)
        m_batches.pop_front();
    return !m_batches.empty();
}

} // namespace vtscope
