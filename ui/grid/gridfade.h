#pragma once

#include <QElapsedTimer>

#include <deque>

namespace vtscope {

/// How strongly new rows are tinted: 900 ms in 6 steps, for all rows from one clock. GUI thread. Keeps one entry per
/// batch, a handful at most; quick streams (more than kMaxRate rows a second) get none.
class GridFade
{
public:
    static constexpr int kSteps = 6;
    static constexpr int kStepMs = 150;
    static constexpr int kMaxRate = 200;

    GridFade() { m_clock.start(); }

    /// Rows `first` to `first + count - 1` came now. False if they are not to fade.
    bool add(int first, int count);
    /// Strength for a row, 0 to 1.
    double strength(int row) const;
    /// Forgets what has faded out; false when nothing is left and the timer may stop.
    bool step();
    /// The smallest row that still fades; -1 for none.
    int firstRow() const { return m_batches.empty() ? -1 : m_batches.front().first; }
    void clear() { m_batches.clear(); }

private:
    struct Batch
    {
        int first;
        int count;
        qint64 at;
    };
    int stepOf(const Batch& batch) const;

    QElapsedTimer m_clock;
    std::deque<Batch> m_batches;
    qint64 m_windowStart = 0;
    int m_inWindow = 0;
};

} // namespace vtscope
