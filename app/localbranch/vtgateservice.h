// The service of a vtgate over the local engine. Called by gRPC's threads.
#pragma once

#include "app/localbranch/access.h"
#include "app/localbranch/executor.h"
#include "app/localbranch/messaging.h"
#include "app/localbranch/vstream.h"
#include "vtgateservice.grpc.pb.h"

namespace localbranch {

class VtgateService final : public vtgateservice::Vitess::Service
{
public:
    VtgateService(Engine& engine, Executor& executor, Messaging& messaging, const Access& access,
                  VStreamSettings settings)
        : m_engine(engine), m_executor(executor), m_messaging(messaging), m_access(access), m_settings(settings)
    {
    }

    grpc::Status Execute(grpc::ServerContext* context, const vtgate::ExecuteRequest* request,
                         vtgate::ExecuteResponse* response) override;
    grpc::Status StreamExecute(grpc::ServerContext* context, const vtgate::StreamExecuteRequest* request,
                               grpc::ServerWriter<vtgate::StreamExecuteResponse>* writer) override;
    grpc::Status VStream(grpc::ServerContext* context, const vtgate::VStreamRequest* request,
                         grpc::ServerWriter<vtgate::VStreamResponse>* writer) override;
    grpc::Status CloseSession(grpc::ServerContext* context, const vtgate::CloseSessionRequest* request,
                              vtgate::CloseSessionResponse* response) override;

private:
    Engine& m_engine;
    Executor& m_executor;
    Messaging& m_messaging;
    const Access& m_access;
    VStreamSettings m_settings;
};

} // namespace localbranch
