#pragma once

#include "streamcore/connection/connection.h"

#include <QFrame>

class QLabel;

namespace vtscope {

class Banner;
class TickRail;

/// The right side of the connection dialog: five ticks, what they found, and what to do about the one that failed.
/// GUI thread.
class TestPanel : public QFrame
{
    Q_OBJECT

public:
    explicit TestPanel(QWidget* parent = nullptr);

    /// A test begins: all ticks back.
    void begin();
    void setTick(const Tick& tick);
    void pass(const Connection& connection);
    void fail(const CheckFailure& failure, const ConnectionSettings& settings);
    /// The fields were changed since: nothing shown is true any more.
    void invalidate();
    /// The user stopped it.
    void stop();

Q_SIGNALS:
    void fixRequested(vtscope::Fix fix);

private:
    void setFoot(const QString& words);
    void finish();
    void addFixButton(Fix fix);

    TickRail* m_rail;
    Banner* m_card;
    QLabel* m_foot;
    std::chrono::milliseconds m_total{0};
    std::chrono::milliseconds m_last{0};
};

} // namespace vtscope
