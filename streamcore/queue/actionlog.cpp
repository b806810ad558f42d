#include "streamcore/queue/actionlog.h"

#include <fcntl.h>
#include <unistd.h>

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>
#include <cstring>

#include "streamcore/connection/store.h"

namespace vtscope {

namespace {

QJsonArray toJson(const std::vector<std::string>& texts)
{
    QJsonArray array;
    for (const std::string& text : texts)
        array.append(QString::fromStdString(text));
    return array;
}

std::vector<std::string> fromJson(const QJsonArray& array)
{
    std::vector<std::string> texts;
    for (const auto& value : array)
        texts.push_back(value.toString().toStdString());
    return texts;
}

} // namespace

std::string actionLogPath()
{
    return stateFolder() + "/actions.ndjson";
}

namespace {

// For appending; -1 and errno.
int openLog()
{
    const QString path = QString::fromStdString(actionLogPath());
    QDir().mkpath(path.section(u'/', 0, -2));
    return ::open(path.toLocal8Bit().constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

} // namespace

Result<void> checkActionLog()
{
    const int descriptor = openLog();
    if (descriptor < 0) {
        return failure(ErrorKind::Output, "The action log " + actionLogPath() +
                                              " cannot be written: " + std::strerror(errno) +
                                              ". Nothing was changed, because every write is "
                                              "recorded there.");
    }
    ::close(descriptor);
    return {};
}

bool logAction(const Action& action)
{
    QJsonObject object;
    object[u"time"] = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs);
    object[u"connection"] = QString::fromStdString(action.connection);
    object[u"verb"] = QString::fromStdString(action.verb);
    object[u"object"] = QString::fromStdString(action.object);
    object[u"sql"] = toJson(action.sql);
    object[u"keys"] = toJson(action.keys);
    object[u"result"] = QString::fromStdString(action.result);
    object[u"detail"] = QString::fromStdString(action.detail);
    object[u"ok"] = action.isOk;
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    const int descriptor = openLog();
    if (descriptor < 0)
        return false;
    const bool isWritten = ::write(descriptor, line.constData(), static_cast<std::size_t>(line.size())) == line.size();
    ::close(descriptor);
    return isWritten;
}

std::vector<Action> readActions(std::size_t limit)
{
    QFile file(QString::fromStdString(actionLogPath()));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    std::vector<Action> actions;
    while (!file.atEnd()) {
        const QJsonObject object = QJsonDocument::fromJson(file.readLine()).object();
        if (object.isEmpty())
            continue;
        Action action;
        action.time = object[u"time"].toString().toStdString();
        action.connection = object[u"connection"].toString().toStdString();
        action.verb = object[u"verb"].toString().toStdString();
        action.object = object[u"object"].toString().toStdString();
        action.sql = fromJson(object[u"sql"].toArray());
        action.keys = fromJson(object[u"keys"].toArray());
        action.result = object[u"result"].toString().toStdString();
        action.detail = object[u"detail"].toString().toStdString();
        action.isOk = object[u"ok"].toBool();
        actions.push_back(std::move(action));
    }
    if (actions.size() > limit)
        actions.erase(actions.begin(), actions.end() - static_cast<std::ptrdiff_t>(limit));
    return actions;
}

} // namespace vtscope
