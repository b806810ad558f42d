// Notices what connections do not: that the computer has slept, or is on another network. On the thread of the
// application; never blocks.
#pragma once

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <chrono>
#include <functional>

namespace vtscope {

class Wake : public QObject
{
    Q_OBJECT

public:
    // How long the computer has slept since it was started, and under which addresses it can be reached.
    using Slept = std::function<std::chrono::nanoseconds()>;
    using Addresses = std::function<QStringList()>;

    // Looks each second.
    explicit Wake(Slept slept = sleptSoFar, Addresses addresses = addressesNow, QObject* parent = nullptr);

    // Looks now.
    void look();

    static std::chrono::nanoseconds sleptSoFar();
    static QStringList addressesNow();

Q_SIGNALS:
    void woken();

private:
    Slept m_slept;
    Addresses m_addresses;
    std::chrono::nanoseconds m_lastSlept;
    QStringList m_lastAddresses;
    QTimer m_timer;
};

} // namespace vtscope
