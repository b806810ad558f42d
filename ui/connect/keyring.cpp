#include "ui/connect/keyring.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusReply>

#include <optional>

namespace vtscope {

namespace {

// Of the program: there is one keyring, however many dialogs ask.
std::optional<bool> s_keeps;

bool canReachKeyring()
{
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return false;
    const QStringList running = bus.interface()->registeredServiceNames().value();
    const QStringList startable = bus.interface()->activatableServiceNames().value();
    for (const QLatin1StringView name :
         {QLatin1StringView("org.freedesktop.secrets"), QLatin1StringView("org.kde.kwalletd6"),
          QLatin1StringView("org.kde.kwalletd5")}) {
        if (running.contains(name) || startable.contains(name))
            return true;
    }
    return false;
}

} // namespace

QString keyringHint()
{
    if (!s_keeps.has_value())
        s_keeps = canReachKeyring();
    return *s_keeps ? QString()
                    : QCoreApplication::translate("Keyring", "For this session only: no keyring answers here.");
}

void rememberKeyring(bool isKept)
{
    s_keeps = isKept;
}

} // namespace vtscope
