#include "app/vtscope/localbranchprocess.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

namespace vtscope {

namespace {

constexpr const char* kUser = "local";
constexpr int kChangesASecond = 20;

QString executable()
{
    const QString folder = QCoreApplication::applicationDirPath();
    for (const QString& path :
         {folder + QStringLiteral("/localbranch"), folder + QStringLiteral("/../libexec/vtscope/localbranch")}) {
        if (QFileInfo(path).isExecutable())
            return path;
    }
    return {};
}

} // namespace

LocalBranchProcess::LocalBranchProcess(QObject* parent) : QObject(parent)
{
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &LocalBranchProcess::readLine);
    connect(&m_process, &QProcess::finished, this, [this] {
        const bool wasReady = std::exchange(m_isReady, false);
        if (!wasReady)
            Q_EMIT failed(tr("The local branch ended before it was ready."),
                          QString::fromUtf8(m_process.readAllStandardError()));
    });
}

LocalBranchProcess::~LocalBranchProcess()
{
    stop();
}

void LocalBranchProcess::start()
{
    if (m_isReady) {
        Q_EMIT ready(m_settings, m_password);
        return;
    }
    if (m_process.state() != QProcess::NotRunning)
        return;
    const QString program = executable();
    if (program.isEmpty()) {
        Q_EMIT failed(tr("The local branch is not installed beside vtscope."), QCoreApplication::applicationDirPath());
        return;
    }
    QByteArray password(24, '\0');
    for (char& c : password)
        c = "abcdefghijkmnopqrstuvwxyz23456789"[QRandomGenerator::system()->bounded(33)];
    m_password = Secret({password.constData(), static_cast<std::size_t>(password.size())});
    m_process.start(program, {QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"), QStringLiteral("--rate"),
                              QString::number(kChangesASecond), QStringLiteral("--user"), QLatin1String(kUser),
                              QStringLiteral("--child")});
    m_process.write(password + '\n');
    password.fill('\0');
}

void LocalBranchProcess::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.disconnect(this);
    m_isReady = false;
    m_process.terminate();
    if (!m_process.waitForFinished(1000))
        m_process.kill();
    m_process.waitForFinished(1000);
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &LocalBranchProcess::readLine);
}

void LocalBranchProcess::readLine()
{
    if (m_isReady || !m_process.canReadLine())
        return;
    const QString listen = QJsonDocument::fromJson(m_process.readLine()).object().value(u"listen").toString();
    const auto host = parseHost(listen.toStdString());
    if (!host) {
        Q_EMIT failed(tr("The local branch did not say where it listens."), listen);
        return;
    }
    m_settings = {};
    m_settings.name = tr("local branch").toStdString();
    m_settings.host = host->first;
    m_settings.port = host->second;
    m_settings.database = "shop";
    m_settings.username = kUser;
    m_settings.isPlaintext = true;
    m_settings.isOnThisMachine = true;
    m_settings.tag = Tag::Development;
    m_isReady = true;
    Q_EMIT ready(m_settings, m_password);
}

} // namespace vtscope
