#include "ui/window/windowstate.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSettings>

#include "streamcore/connection/store.h"

namespace vtscope {

namespace {

constexpr int kMostRecent = 10;
const QString kRecentKey = QStringLiteral("recentCaptures");

QSettings settings()
{
    return QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("vtscope"), QStringLiteral("vtscope"));
}

// A capture that a running vtscope writes is locked by it.
bool isInUse(const QString& path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool isFree = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
    ::close(descriptor);
    return !isFree;
}

RecentCapture recentOf(const QFileInfo& file, bool isUnsaved)
{
    return {file.absoluteFilePath(), {}, file.size(), file.lastModified(), file.exists(), isUnsaved};
}

} // namespace

QList<RecentCapture> recentCaptures()
{
    QList<RecentCapture> captures;
    QStringList known = settings().value(kRecentKey).toStringList();
    const QString folder = QString::fromStdString(captureFolder());
    const auto unsaved = QDir(folder).entryInfoList({QStringLiteral("*.vtcap")}, QDir::Files, QDir::Time);
    for (const QFileInfo& file : unsaved) {
        if (!isInUse(file.absoluteFilePath())) {
            captures << recentOf(file, true);
            known.removeAll(file.absoluteFilePath());
        }
    }
    for (const QString& path : known)
        captures << recentOf(QFileInfo(path), false);
    return captures;
}

void noteRecentCapture(const QString& path)
{
    QSettings store = settings();
    QStringList paths = store.value(kRecentKey).toStringList();
    paths.removeAll(path);
    paths.prepend(path);
    store.setValue(kRecentKey, paths.mid(0, kMostRecent));
}

void forgetRecentCapture(const QString& path)
{
    QSettings store = settings();
    QStringList paths = store.value(kRecentKey).toStringList();
    paths.removeAll(path);
    store.setValue(kRecentKey, paths);
}

void forgetRecentCaptures()
{
    settings().remove(kRecentKey);
}

QString newCapturePath(const QString& name, const QString& chosenFolder)
{
    const QString folder = chosenFolder.isEmpty() ? QString::fromStdString(captureFolder()) : chosenFolder;
    if (folder.isEmpty())
        return {};
    QString safe = name;
    for (QChar& c : safe) {
        if (!c.isLetterOrNumber() && c != u'.' && c != u'-' && c != u'_')
            c = u'_';
    }
    const QString stem =
        folder + u'/' + safe + QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyyMMdd-HHmmss"));
    QString path = stem + QStringLiteral(".vtcap");
    for (int i = 2; QFileInfo::exists(path); ++i)
        path = stem + u'-' + QString::number(i) + QStringLiteral(".vtcap");
    return path;
}

void removeCapture(const QString& path)
{
    QFile::remove(path);
    QFile::remove(path + QStringLiteral(".idx"));
}

} // namespace vtscope
