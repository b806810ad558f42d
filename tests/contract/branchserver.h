// The branch that the suite runs against, chosen by name: the same behaviours are asked of every one of them.
#pragma once

#include <QString>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "streamcore/session/watch.h"
#include "streamcore/wire/sql.h"
#include "tests/support/localbranch.h"

namespace vtscope::test {

// localbranch  the local branch as a plain vtgate, watched by VStream
// planetscale  the local branch with all services: SQL by psdb, watched by VStream
// sync         the local branch without vtgate: SQL by psdb, watched by Sync
// vitess       a real Vitess cluster, watched by VStream
class BranchServer
{
public:
    explicit BranchServer(const QString& name);
    ~BranchServer();

    // Empty when it runs; else why it does not.
    QString problem() const { return m_problem; }

    bool isVitess() const { return m_cluster != nullptr; }
    bool isSync() const { return m_isSync; }
    Family family() const { return m_family; }
    Source source() const { return m_isSync ? Source::Sync : Source::VStream; }
    QString hostPort() const;
    ConnectionSettings settings() const;
    Cluster& cluster() { return *m_cluster; }

    // A new connection, locked. Throws when it cannot be made.
    std::shared_ptr<Connection> connect() const;
    // A request for all shards of commerce, from now on, by the server's source.
    WatchRequest watch(std::vector<std::string> tables) const;

    // Runs statements in one SQL session on an unlocked connection, as another program would. Throws with the server's
    // words.
    QueryRows sql(const std::string& text) { return sqlAt("commerce", {text}); }
    QueryRows sqlAt(const std::string& target, const std::vector<std::string>& texts);
    // Again and again until the server takes it: it learns late of columns that were added. False: never.
    [[nodiscard]] bool sqlAtLast(const std::string& text);

private:
    bool m_isSync = false;
    Family m_family = Family::Vtgate;
    QString m_problem;
    std::unique_ptr<LocalBranch> m_local;
    std::unique_ptr<Cluster> m_cluster;
    std::shared_ptr<Connection> m_writer;
};

// The settings for a server on loopback without encryption.
ConnectionSettings plaintextSettings(const QString& hostPort);

// The one of this run; set by main().
BranchServer& server();
void setServer(BranchServer* server);

} // namespace vtscope::test
