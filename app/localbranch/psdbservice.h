// PlanetScale's Database service over the local engine: sessions with signatures, errors in the answer. Called by
// gRPC's threads.
#pragma once

#include <map>
#include <mutex>

#include "app/localbranch/access.h"
#include "app/localbranch/executor.h"
#include "app/localbranch/messaging.h"
#include "psdb.grpc.pb.h"

namespace localbranch {

class PsdbService final : public psdb::v1alpha1::Database::Service
{
public:
    PsdbService(Executor& executor, Messaging& messaging, const Access& access);

    grpc::Status CreateSession(grpc::ServerContext* context, const psdb::v1alpha1::CreateSessionRequest* request,
                               psdb::v1alpha1::CreateSessionResponse* response) override;
    grpc::Status Execute(grpc::ServerContext* context, const psdb::v1alpha1::ExecuteRequest* request,
                         psdb::v1alpha1::ExecuteResponse* response) override;
    grpc::Status StreamExecute(grpc::ServerContext* context, const psdb::v1alpha1::ExecuteRequest* request,
                               grpc::ServerWriter<psdb::v1alpha1::ExecuteResponse>* writer) override;
    grpc::Status Prepare(grpc::ServerContext* context, const psdb::v1alpha1::PrepareRequest* request,
                         psdb::v1alpha1::PrepareResponse* response) override;
    grpc::Status CloseSession(grpc::ServerContext* context, const psdb::v1alpha1::CloseSessionRequest* request,
                              psdb::v1alpha1::CloseSessionResponse* response) override;

private:
    vtgate::Session newSession() const;
    /// The session of a request, or a refusal if its signature does not belong to it.
    grpc::Status takeSession(bool isGiven, const psdb::v1alpha1::Session& given, vtgate::Session& session) const;
    void giveSession(vtgate::Session session, psdb::v1alpha1::Session& into) const;
    std::string signatureOf(const vtgate::Session& session) const;

    Executor& m_executor;
    Messaging& m_messaging;
    const Access& m_access;
    std::string m_secret;
};

} // namespace localbranch
