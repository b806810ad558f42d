#pragma once

#include "streamcore/connection/store.h"

#include <QDateTime>
#include <QString>

namespace vtscope {

/// A saved connection as the start page shows it.
struct RecentConnection
{
    QString id;
    QString title;
    QString detail; ///< `main @ aws-eu-west-1.connect.psdb.cloud`
    Tag tag = Tag::None;
    QString tagWord; ///< "production"; empty where the colour is only a colour
    QDateTime lastUsed;
    QString note; ///< "not encrypted", "keyring"
};

/// `isInKeyring`: whether the password is known to be kept there; says nothing about it when false.
RecentConnection recentConnectionOf(const SavedConnection& saved, bool isInKeyring = false);

/// A capture file that was open, or one of an earlier run that was never saved.
struct RecentCapture
{
    QString path;
    QString detail; ///< its tables, or what else is known; the folder when empty
    qint64 size = 0;
    QDateTime time;
    bool exists = true;
    bool isUnsaved = false; ///< kept when vtscope ended without being asked to save it
};

/// "just now", "2 min ago", "today, 04:12", "yesterday, 17:40", "Feb 27", "2025-11-02". Empty for an invalid time.
QString relativeTime(const QDateTime& time, const QDateTime& now);

} // namespace vtscope
