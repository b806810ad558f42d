#include "streamcore/session/wake.h"

#include <time.h>

#include <QNetworkInformation>

namespace vtscope {

namespace {

constexpr std::chrono::seconds kPeriod{1};
// The two clocks are not read at the same moment.
constexpr std::chrono::seconds kSleep{2};

std::chrono::nanoseconds timeOf(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

// One clock stands still meanwhile, the other does not.
std::chrono::nanoseconds Wake::sleptSoFar()
{
    return timeOf(CLOCK_BOOTTIME) - timeOf(CLOCK_MONOTONIC);
}

Wake::Wake(Slept slept, QObject* parent) : QObject(parent), m_slept(std::move(slept)), m_last(m_slept())
{
    m_timer.setInterval(kPeriod);
    connect(&m_timer, &QTimer::timeout, this, &Wake::look);
    m_timer.start();
    watchNetwork();
}

void Wake::look()
{
    const auto slept = m_slept();
    if (slept - std::exchange(m_last, slept) >= kSleep)
        Q_EMIT woken();
}

void Wake::watchNetwork()
{
    using Reachability = QNetworkInformation::Reachability;
    if (!QNetworkInformation::loadBackendByFeatures(QNetworkInformation::Feature::Reachability))
        return;
    const auto isOnline = [](Reachability reachability) { return reachability != Reachability::Disconnected; };
    const QNetworkInformation* network = QNetworkInformation::instance();
    m_isOnline = isOnline(network->reachability());
    connect(network, &QNetworkInformation::reachabilityChanged, this, [this, isOnline](Reachability reachability) {
        if (isOnline(reachability) && !std::exchange(m_isOnline, isOnline(reachability)))
            Q_EMIT woken();
        m_isOnline = isOnline(reachability);
    });
}

} // namespace vtscope
