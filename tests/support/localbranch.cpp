#include "tests/support/localbranch.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonDocument>

#include <sys/prctl.h>

#include <csignal>

using namespace Qt::StringLiterals;

namespace vtscope::test {
namespace {

constexpr int kStopMilliseconds = 10'000;
constexpr int kBranchSeconds = 20;
// A cold cluster needs some 8 s on two idle cores.
constexpr int kClusterSeconds = 120;

QString bundleDir()
{
    return qEnvironmentVariable("VTSCOPE_VITESS");
}

} // namespace

ServerProcess::ServerProcess()
{
    m_process.setStandardInputFile(QProcess::nullDevice());
    if (m_log.open())
        m_process.setStandardErrorFile(m_log.fileName(), QIODevice::Append);
    // A test that is killed must not leave servers behind.
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
}

ServerProcess::~ServerProcess()
{
    stop();
}

void ServerProcess::start(const QString& program, const QStringList& arguments, int secondsUntilReady)
{
    m_process.start(program, arguments);
    if (!m_process.waitForStarted()) {
        m_why = program + u": "_s + m_process.errorString();
        return;
    }
    QElapsedTimer timer;
    timer.start();
    while (!m_process.canReadLine()) {
        const qint64 left = secondsUntilReady * 1000LL - timer.elapsed();
        if (left <= 0 || !m_process.waitForReadyRead(static_cast<int>(left)))
            break;
    }
    m_ready = QJsonDocument::fromJson(m_process.readLine()).object();
    m_isReady = !m_ready.isEmpty();
    if (!m_isReady)
        m_why = program + u" did not get ready: "_s + log();
}

QString ServerProcess::log()
{
    m_log.seek(0);
    return QString::fromUtf8(m_log.readAll());
}

int ServerProcess::stop()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.terminate();
        if (!m_process.waitForFinished(kStopMilliseconds)) {
            m_process.kill();
            m_process.waitForFinished();
            return -1;
        }
    }
    return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

LocalBranch::LocalBranch(QStringList arguments)
{
    if (!arguments.contains(u"--listen"_s))
        arguments += {u"--listen"_s, u"127.0.0.1:0"_s};
    const QString folder = qEnvironmentVariable("VTSCOPE_BIN", QStringLiteral(VTSCOPE_BIN_DIR));
    start(folder + u"/localbranch"_s, arguments, kBranchSeconds);
}

QString LocalBranch::hostPort() const
{
    return ready().value("listen"_L1).toString();
}

bool Cluster::isAvailable()
{
    return !bundleDir().isEmpty() && QFileInfo(bundleDir() + u"/bin/vttestserver"_s).isExecutable();
}

Cluster::Cluster(const QString& schemaDirs, const QString& keyspaces, const QString& shards,
                 const QStringList& moreOptions)
{
    start(QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/vitess/cluster"),
          QStringList{bundleDir(), schemaDirs, keyspaces, shards} + moreOptions, kClusterSeconds);
}

QString Cluster::hostPort() const
{
    return u"127.0.0.1:%1"_s.arg(ready().value("grpc"_L1).toInt());
}

QString Cluster::mysql(const QString& database, const QString& sql, QString* error, bool atMysqld)
{
    const QString bundle = bundleDir();
    const QString port = QString::number(ready().value(atMysqld ? "mysqld"_L1 : "mysql"_L1).toInt());
    QProcess client;
    client.setStandardInputFile(QProcess::nullDevice());
    client.start(bundle + u"/bin/mysql"_s,
                 {u"--no-defaults"_s, u"--plugin-dir="_s + bundle + u"/mysql/root/usr/lib/mysql/plugin"_s,
                  u"-h127.0.0.1"_s, u"-P"_s + port, atMysqld ? u"-uvt_dba_tcp"_s : u"-uroot"_s,
                  u"--default-character-set=utf8mb4"_s, u"--batch"_s, u"--skip-column-names"_s, u"-e"_s, sql,
                  database});
    const bool ended = client.waitForFinished(60'000);
    const bool works = ended && client.exitStatus() == QProcess::NormalExit && client.exitCode() == 0;
    if (!works && error != nullptr)
        *error = QString::fromUtf8(client.readAllStandardError());
    return works ? QString::fromUtf8(client.readAllStandardOutput()) : QString();
}

} // namespace vtscope::test
