#include "streamcore/session/wake.h"

#include <time.h>

#include <QHostAddress>
#include <QNetworkInterface>

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

// In an order that does not change by itself.
QStringList Wake::addressesNow()
{
    QStringList addresses;
    for (const QHostAddress& address : QNetworkInterface::allAddresses()) {
        if (!address.isLoopback() && !address.isLinkLocal())
            addresses << address.toString();
    }
    addresses.sort();
    return addresses;
}

Wake::Wake(Slept slept, Addresses addresses, QObject* parent)
    : QObject(parent), m_slept(std::move(slept)), m_addresses(std::move(addresses)), m_lastSlept(m_slept()),
      m_lastAddresses(m_addresses())
{
    m_timer.setInterval(kPeriod);
    connect(&m_timer, &QTimer::timeout, this, &Wake::look);
    m_timer.start();
}

// Without any address there is nothing to be tried.
void Wake::look()
{
    const auto slept = m_slept();
    QStringList addresses = m_addresses();
    const bool isElsewhere = !addresses.isEmpty() && addresses != m_lastAddresses;
    const bool hasSlept = slept - std::exchange(m_lastSlept, slept) >= kSleep;
    m_lastAddresses = std::move(addresses);
    if (hasSlept || isElsewhere)
        Q_EMIT woken();
}

} // namespace vtscope
