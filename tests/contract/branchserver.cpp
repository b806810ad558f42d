#include "tests/contract/branchserver.h"

#include <QTest>

#include "streamcore/connection/connection.h"

namespace vtscope::test {

namespace {

BranchServer* s_server = nullptr;

const QString kSchema = QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/contract/schema");

} // namespace

ConnectionSettings plaintextSettings(const QString& hostPort)
{
    ConnectionSettings settings;
    const auto host = parseHost(hostPort.toStdString());
    settings.host = host->first;
    settings.port = host->second;
    settings.isPlaintext = true;
    return settings;
}

BranchServer::BranchServer(const QString& name)
{
    m_isSync = name == u"sync";
    m_family = m_isSync || name == u"planetscale" ? Family::PlanetScale : Family::Vtgate;
    if (name == u"vitess") {
        m_cluster = std::make_unique<Cluster>(kSchema + QStringLiteral(":" VTSCOPE_SOURCE_DIR "/tests/vitess/schema"),
                                              QStringLiteral("commerce,solo"), QStringLiteral("2,1"));
        m_problem = m_cluster->isReady() ? QString() : m_cluster->why();
    } else {
        const QString services = m_isSync                          ? QStringLiteral("psdb,connect")
                                 : m_family == Family::PlanetScale ? QStringLiteral("psdb,connect,vtgate")
                                                                   : QStringLiteral("vtgate");
        m_local = std::make_unique<LocalBranch>(
            QStringList{QStringLiteral("--schema"), kSchema, QStringLiteral("--shards"), QStringLiteral("commerce=2"),
                        QStringLiteral("--rate"), QStringLiteral("0"), QStringLiteral("--services"), services,
                        QStringLiteral("--table-rest"), QStringLiteral("300")});
        m_problem = m_local->isReady() ? QString() : m_local->why();
    }
    if (!m_problem.isEmpty())
        return;
    try {
        m_writer = connect();
        m_writer->unlock(std::chrono::hours(1));
    } catch (const std::exception& error) {
        m_problem = QString::fromStdString(error.what());
    }
}

BranchServer::~BranchServer() = default;

QString BranchServer::hostPort() const
{
    return m_cluster ? m_cluster->hostPort() : m_local->hostPort();
}

ConnectionSettings BranchServer::settings() const
{
    return plaintextSettings(hostPort());
}

std::shared_ptr<Connection> BranchServer::connect() const
{
    auto connection = check(settings(), Secret());
    if (!connection)
        throw std::runtime_error(connection.error().error.message + " " + connection.error().error.detail);
    return *connection;
}

WatchRequest BranchServer::watch(std::vector<std::string> tables) const
{
    WatchRequest request;
    request.keyspace = "commerce";
    request.tables = std::move(tables);
    request.source = source();
    return request;
}

QueryRows BranchServer::sqlAt(const std::string& target, const std::vector<std::string>& texts)
{
    SqlSession session(*m_writer, target);
    QueryRows rows;
    for (const std::string& text : texts) {
        auto answer = session.execute(Statement::write(text));
        if (!answer)
            throw std::runtime_error(text + ": " + answer.error().message + " " + answer.error().detail);
        rows = std::move(*answer);
    }
    return rows;
}

bool BranchServer::sqlAtLast(const std::string& text)
{
    constexpr int kPatience = 20'000;
    return QTest::qWaitFor(
        [&] { return SqlSession(*m_writer, "commerce").execute(Statement::write(text)).has_value(); }, kPatience);
}

BranchServer& server()
{
    return *s_server;
}

void setServer(BranchServer* server)
{
    s_server = server;
}

} // namespace vtscope::test
