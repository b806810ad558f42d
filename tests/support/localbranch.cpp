#include "tests/support/localbranch.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

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
    if (!m_log.open())
        qFatal("no file for the words of a server");
}

ServerProcess::~ServerProcess()
{
    stop();
    if (m_output >= 0)
        ::close(m_output);
}

void ServerProcess::start(const QString& program, const QStringList& arguments, int secondsUntilReady)
{
    // All that needs memory comes before the fork.
    QList<QByteArray> words{program.toLocal8Bit()};
    for (const QString& argument : arguments)
        words.append(argument.toLocal8Bit());
    std::vector<char*> argv;
    for (QByteArray& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    int output[2];
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int log = ::open(m_log.fileName().toLocal8Bit().constData(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (input < 0 || log < 0 || ::pipe2(output, O_CLOEXEC) != 0) {
        m_why = program + u": no files for it"_s;
        return;
    }
    m_process = ::fork();
    if (m_process == 0) {
        // A test that is killed must not leave servers behind.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::dup2(input, 0);
        ::dup2(output[1], 1);
        ::dup2(log, 2);
        ::execv(argv.front(), argv.data());
        ::_exit(127);
    }
    for (const int file : {input, log, output[1]})
        ::close(file);
    m_output = output[0];

    QElapsedTimer timer;
    timer.start();
    QByteArray line;
    while (!line.contains('\n')) {
        pollfd waiting{m_output, POLLIN, 0};
        const qint64 left = secondsUntilReady * 1000LL - timer.elapsed();
        char bytes[4096];
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) <= 0)
            break;
        const ssize_t count = ::read(m_output, bytes, sizeof bytes);
        if (count <= 0)
            break;
        line.append(bytes, count);
    }
    m_ready = QJsonDocument::fromJson(line.left(line.indexOf('\n') + 1)).object();
    m_isReady = !m_ready.isEmpty();
    if (!m_isReady)
        m_why = program + u" did not get ready: "_s + this->log();
}

QString ServerProcess::log()
{
    m_log.seek(0);
    return QString::fromUtf8(m_log.readAll());
}

void ServerProcess::kill()
{
    send(SIGKILL);
}

void ServerProcess::send(int signal)
{
    if (m_process > 0)
        ::kill(m_process, signal);
}

int ServerProcess::stop()
{
    if (m_process <= 0)
        return m_exitCode;
    ::kill(m_process, SIGTERM);
    const int watched = int(::syscall(SYS_pidfd_open, m_process, 0));
    pollfd end{watched, POLLIN, 0};
    if (::poll(&end, 1, kStopMilliseconds) != 1)
        kill();
    ::close(watched);
    int status = 0;
    ::waitpid(m_process, &status, 0);
    m_process = -1;
    m_exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return m_exitCode;
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
    client.start(bundle + u"/bin/mysql"_s,
                 {u"--no-defaults"_s, u"--plugin-dir="_s + bundle + u"/mysql/root/usr/lib/mysql/plugin"_s,
                  u"-h127.0.0.1"_s, u"-P"_s + port, atMysqld ? u"-uvt_dba_tcp"_s : u"-uroot"_s,
                  u"--default-character-set=utf8mb4"_s, u"--batch"_s, u"--skip-column-names"_s, database});
    // Not as an argument, which has a limit.
    client.write(sql.toUtf8());
    client.closeWriteChannel();
    const bool ended = client.waitForFinished(60'000);
    const bool works = ended && client.exitStatus() == QProcess::NormalExit && client.exitCode() == 0;
    if (!works && error != nullptr)
        *error = QString::fromUtf8(client.readAllStandardError());
    return works ? QString::fromUtf8(client.readAllStandardOutput()) : QString();
}

} // namespace vtscope::test
