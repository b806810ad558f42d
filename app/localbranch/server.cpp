#include "app/localbranch/server.h"

#include <atomic>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include "app/localbranch/certificates.h"
#include "app/localbranch/connectservice.h"
#include "app/localbranch/psdbservice.h"
#include "app/localbranch/sample.h"
#include "app/localbranch/schemafiles.h"
#include "app/localbranch/vtgateservice.h"
#include "app/localbranch/workload.h"

namespace localbranch {

namespace {

constexpr int kMostMessageBytes = 16 << 20;
constexpr int kLeastPingMilliseconds = 10'000;
constexpr int kPingMilliseconds = 10'000;
constexpr double kDefaultRate = 20;
constexpr auto kSweep = std::chrono::seconds(1);
constexpr auto kGrace = std::chrono::milliseconds(100);

} // namespace

struct Server::Parts
{
    Parts(const Options& options, const std::string& password)
        : engine({options.dataFile, options.keptBytes}), executor(engine),
          access({options.user, password, options.role})
    {
        const bool isSample = options.schemaDirectory.empty();
        if (isSample)
            makeSample(engine, executor, options.rows, options.seed);
        else
            loadSchema(engine, executor, options.schemaDirectory, options.shards);
        if (!options.tlsDirectory.empty())
            certificate = serverCertificate(options.tlsDirectory);
        messaging = std::make_unique<Messaging>(engine, options.hasJitter);
        const VStreamSettings settings{std::chrono::seconds(options.tabletSearchSeconds),
                                       std::chrono::milliseconds(options.tableRestMs)};
        vtgate = std::make_unique<VtgateService>(engine, executor, *messaging, access, settings);
        psdb = std::make_unique<PsdbService>(executor, *messaging, access);
        connect = std::make_unique<ConnectService>(engine, access);
        const double rate = options.rate.value_or(isSample ? kDefaultRate : 0);
        if (isSample && rate > 0)
            workload = std::make_unique<Workload>(engine, rate, options.seed, options.keptBytes);
    }

    Engine engine;
    Executor executor;
    Access access;
    std::optional<ServerCertificate> certificate;
    std::unique_ptr<Messaging> messaging;
    std::unique_ptr<VtgateService> vtgate;
    std::unique_ptr<PsdbService> psdb;
    std::unique_ptr<ConnectService> connect;
    std::unique_ptr<Workload> workload;
    std::unique_ptr<grpc::CallbackGenericService> nothing;
    std::unique_ptr<grpc::Server> server;
    std::string address;
    Notifier sweepEnd;
    std::thread sweeper;
};

Server::Server(const Options& options, const std::string& password)
    : m_options(options), m_parts(std::make_unique<Parts>(options, password))
{
}

Server::~Server()
{
    stop();
}

bool Server::listen(const std::string& address)
{
    grpc::ServerBuilder builder;
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (m_parts->certificate) {
        grpc::SslServerCredentialsOptions tls;
        tls.pem_key_cert_pairs.push_back({m_parts->certificate->keyPem, m_parts->certificate->chainPem});
        credentials = grpc::SslServerCredentials(tls);
    }
    int port = 0;
    builder.AddListeningPort(address, credentials, &port);
    builder.SetMaxReceiveMessageSize(kMostMessageBytes);
    builder.SetMaxSendMessageSize(kMostMessageBytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMilliseconds);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kLeastPingMilliseconds - 500);
    if (m_options.services.contains("vtgate"))
        builder.RegisterService(m_parts->vtgate.get());
    if (m_options.services.contains("psdb"))
        builder.RegisterService(m_parts->psdb.get());
    if (m_options.services.contains("connect"))
        builder.RegisterService(m_parts->connect.get());
    // Without any service gRPC would not even shake hands: this one answers UNIMPLEMENTED to everything.
    if (m_options.services.empty()) {
        m_parts->nothing = std::make_unique<grpc::CallbackGenericService>();
        builder.RegisterCallbackGenericService(m_parts->nothing.get());
    }
    m_parts->server = builder.BuildAndStart();
    if (!m_parts->server || port == 0)
        return false;
    m_parts->address = address.substr(0, address.rfind(':') + 1) + std::to_string(port);
    return true;
}

bool Server::start()
{
    if (!listen(m_options.listen))
        return false;
    if (m_parts->workload)
        m_parts->workload->start();
    m_parts->sweeper = std::thread([this] {
        while (!m_parts->sweepEnd.waitFor(kSweep))
            m_parts->executor.endOldTransactions();
    });
    return true;
}

std::string Server::readyLine() const
{
    std::string keyspaces;
    for (const auto& keyspace : m_parts->engine.keyspaces())
        keyspaces += (keyspaces.empty() ? "\"" : ",\"") + keyspace->name() + "\"";
    return "{\"listen\":\"" + m_parts->address + "\",\"tls\":" + (m_parts->certificate ? "true" : "false") +
           ",\"keyspaces\":[" + keyspaces + "]}";
}

bool Server::drain()
{
    m_parts->server->Shutdown(std::chrono::system_clock::now() + kGrace);
    m_parts->server.reset();
    return listen(m_parts->address);
}

void Server::stop()
{
    if (m_parts->workload)
        m_parts->workload->stop();
    if (m_parts->server)
        m_parts->server->Shutdown(std::chrono::system_clock::now());
    m_parts->server.reset();
    if (m_parts->sweeper.joinable()) {
        m_parts->sweepEnd.notify();
        m_parts->sweeper.join();
    }
}

} // namespace localbranch
