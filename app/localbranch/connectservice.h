// PlanetScale Connect over the local engine. Called by gRPC's threads.
#pragma once

#include "app/localbranch/access.h"
#include "app/localbranch/syncstream.h"
#include "psdbconnect.grpc.pb.h"

namespace localbranch {

class ConnectService final : public psdbconnect::v1alpha1::Connect::Service
{
public:
    ConnectService(Engine& engine, const Access& access) : m_engine(engine), m_access(access) {}

    grpc::Status Sync(grpc::ServerContext* context, const psdbconnect::v1alpha1::SyncRequest* request,
                      grpc::ServerWriter<psdbconnect::v1alpha1::SyncResponse>* writer) override
    {
        if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
            return refusal;
        try {
            return SyncStream(
                       m_engine, *request,
                       [writer](const psdbconnect::v1alpha1::SyncResponse& response) {
                           return writer->Write(response);
                       },
                       [context] { return context->IsCancelled(); })
                .run();
        } catch (const std::exception& error) {
            return {grpc::StatusCode::INTERNAL, error.what()};
        }
    }

private:
    Engine& m_engine;
    const Access& m_access;
};

} // namespace localbranch
