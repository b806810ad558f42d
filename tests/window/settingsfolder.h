#pragma once

#include <QCoreApplication>
#include <QSettings>

#include "ui/style/theme.h"

namespace vtscope::test {

/// The program's settings lie in this folder from now on, and the window looks as it does by daylight.
inline void useSettingsIn(const QString& folder)
{
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, folder);
    QCoreApplication::setOrganizationName(QStringLiteral("vtscope-test"));
    QCoreApplication::setApplicationName(QStringLiteral("vtscope-test"));
    Theme::instance().install(Theme::Choice::Light);
}

} // namespace vtscope::test
