#include "ui/start/recent.h"

#include <QCoreApplication>
#include <QLocale>

namespace vtscope {

namespace {

QString tr(const char* text, int count = -1)
{
    return QCoreApplication::translate("Recent", text, nullptr, count);
}

QString wordOf(Tag tag)
{
    switch (tag) {
    case Tag::Production:
        return tr("production");
    case Tag::Staging:
        return tr("staging");
    case Tag::Development:
        return tr("development");
    default:
        return {};
    }
}

} // namespace

RecentConnection recentConnectionOf(const SavedConnection& saved, bool isInKeyring)
{
    const ConnectionSettings& settings = saved.settings;
    RecentConnection recent;
    recent.id = QString::fromStdString(settings.id);
    recent.title = QString::fromStdString(settings.displayName());
    const QString host = QString::fromStdString(settings.port == 443 ? settings.host : settings.endpoint());
    const QString branch = QString::fromStdString(saved.branch.empty() ? settings.database : saved.branch);
    recent.detail = branch.isEmpty() ? host : branch + QStringLiteral(" @ ") + host;
    recent.tag = settings.tag;
    recent.tagWord = wordOf(settings.tag);
    if (saved.lastUsed > 0)
        recent.lastUsed = QDateTime::fromSecsSinceEpoch(saved.lastUsed);
    if (settings.isPlaintext)
        recent.note = tr("not encrypted");
    else if (isInKeyring)
        recent.note = tr("keyring");
    return recent;
}

QString relativeTime(const QDateTime& time, const QDateTime& now)
{
    if (!time.isValid())
        return {};
    constexpr qint64 kMinute = 60;
    constexpr qint64 kHour = 60 * kMinute;
    const qint64 ago = time.secsTo(now);
    if (ago < kMinute)
        return tr("just now");
    if (ago < kHour)
        return tr("%n min ago", static_cast<int>(ago / kMinute));
    const QLocale locale;
    const QString clock = time.toLocalTime().toString(QStringLiteral("HH:mm"));
    const QDate day = time.toLocalTime().date();
    const qint64 days = day.daysTo(now.toLocalTime().date());
    if (days == 0)
        return tr("today, %1").arg(clock);
    if (days == 1)
        return tr("yesterday, %1").arg(clock);
    if (day.year() == now.toLocalTime().date().year())
        return locale.toString(day, QStringLiteral("MMM d"));
    return day.toString(Qt::ISODate);
}

} // namespace vtscope
