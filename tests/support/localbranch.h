#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>
#include <QTemporaryFile>

namespace vtscope::test {

/// A child process that prints one line of JSON when it is ready and ends on TERM. Starting blocks; no event loop is
/// needed. Belongs to one thread. The destructor ends the child, by force after ten seconds.
///
/// Started by fork, not by QProcess: under ThreadSanitizer the locks of a thread go unseen once it has been in Qt's
/// vfork.
class ServerProcess
{
public:
    virtual ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    /// False when it never got ready; why() then says so in the child's own words.
    bool isReady() const { return m_isReady; }
    QString why() const { return m_why; }
    /// What the line of JSON said.
    QJsonObject ready() const { return m_ready; }

    /// Sends TERM and waits for the end; the exit code, or -1 when it had to be killed or crashed.
    int stop();

    /// What the child has written to its error stream so far.
    QString log();

    /// Without a chance to end by itself.
    void kill();

    /// SIGUSR1, SIGSTOP and the like.
    void send(int signal);

protected:
    ServerProcess();
    void start(const QString& program, const QStringList& arguments, int secondsUntilReady);

private:
    QTemporaryFile m_log; // a file, because a pipe that nobody reads would stop the child when it is full
    int m_process = -1;   // its id, -1 once it was waited for
    int m_output = -1;    // its standard output
    int m_exitCode = -1;
    QJsonObject m_ready;
    QString m_why;
    bool m_isReady = false;
};

/// A running localbranch of this build (or of the folder in the environment variable VTSCOPE_BIN).
class LocalBranch : public ServerProcess
{
public:
    /// The arguments are those of localbranch; "--listen 127.0.0.1:0" is added unless they name an address.
    explicit LocalBranch(QStringList arguments = {});
    /// "127.0.0.1:port"
    QString hostPort() const;
};

/// A real Vitess cluster, started by tests/vitess/cluster from the bundle in the environment variable VTSCOPE_VITESS.
class Cluster : public ServerProcess
{
public:
    /// Whether there is a bundle to start it from. Without one, tests skip.
    static bool isAvailable();

    /// Keyspaces and shard counts are comma separated, in the same order: "commerce,solo" and "2,1".
    /// A schema folder (or several, with colons between them) has one folder a keyspace with *.sql and vschema.json.
    /// More options go to vttestserver as they are.
    Cluster(const QString& schemaDirs, const QString& keyspaces, const QString& shards,
            const QStringList& moreOptions = {});
    /// The gRPC port of vtgate on loopback: "127.0.0.1:port"
    QString hostPort() const;
    /// Runs SQL through the cluster's own mysql client: at vtgate, or at mysqld itself (then name a database such as
    /// vt_commerce_-80). Returns tab separated rows without a header; a failure is an empty string and sets *error.
    QString mysql(const QString& database, const QString& sql, QString* error = nullptr, bool atMysqld = false);
};

} // namespace vtscope::test
