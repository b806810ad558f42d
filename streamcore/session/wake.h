// Notices what connections do not: that the computer has slept, or that its network is back. On the thread of the
// application; never blocks.
#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>
#include <functional>

namespace vtscope {

class Wake : public QObject
{
    Q_OBJECT

public:
    // How long the computer has slept since it was started.
    using Slept = std::function<std::chrono::nanoseconds()>;

    // Looks each second at how long it has slept, and is told about the network where the system tells.
    explicit Wake(Slept slept = sleptSoFar, QObject* parent = nullptr);

    // Looks now.
    void look();

    static std::chrono::nanoseconds sleptSoFar();

Q_SIGNALS:
    void woken();

private:
    void watchNetwork();

    Slept m_slept;
    std::chrono::nanoseconds m_last;
    QTimer m_timer;
    bool m_isOnline = true;
};

} // namespace vtscope
