#include "app/localbranch/vtgateservice.h"

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

vtgate::Session sessionOf(bool isGiven, const vtgate::Session& given)
{
    vtgate::Session session = given;
    if (!isGiven)
        session.set_autocommit(true);
    return session;
}

grpc::Status panic()
{
    return {grpc::StatusCode::UNKNOWN,
            "uncaught panic: runtime error: invalid memory address or nil pointer dereference"};
}

grpc::Status statusOf(const SqlError& error)
{
    return {static_cast<grpc::StatusCode>(error.code()), shortened(error.what())};
}

} // namespace

grpc::Status VtgateService::Execute(grpc::ServerContext* context, const vtgate::ExecuteRequest* request,
                                    vtgate::ExecuteResponse* response)
{
    if (const grpc::Status refusal = m_access.checkGate(*context); !refusal.ok())
        return refusal;
    if (!request->has_query())
        return panic();
    vtgate::Session session = sessionOf(request->has_session(), request->session());
    try {
        *response->mutable_result() =
            m_executor.execute(m_access.caller(), session, request->query().sql(), request->query().bind_variables());
    } catch (const SqlError& error) {
        response->mutable_error()->set_code(error.code());
        response->mutable_error()->set_message(error.what());
    } catch (const std::exception& error) {
        return {grpc::StatusCode::INTERNAL, error.what()};
    }
    *response->mutable_session() = std::move(session);
    return grpc::Status::OK;
}

grpc::Status VtgateService::StreamExecute(grpc::ServerContext* context, const vtgate::StreamExecuteRequest* request,
                                          grpc::ServerWriter<vtgate::StreamExecuteResponse>* writer)
{
    if (const grpc::Status refusal = m_access.checkGate(*context); !refusal.ok())
        return refusal;
    if (!request->has_query())
        return panic();
    vtgate::Session session = sessionOf(request->has_session(), request->session());
    grpc::Status status = grpc::Status::OK;
    const auto send = [writer](const query::QueryResult& result) {
        vtgate::StreamExecuteResponse response;
        *response.mutable_result() = result;
        return writer->Write(response);
    };
    try {
        const std::string& sql = request->query().sql();
        if (const auto table = m_executor.streamedTable(sql))
            m_messaging.stream(m_access.caller(), *table, session.target_string(), send,
                               [context] { return context->IsCancelled(); });
        else
            m_executor.stream(m_access.caller(), session, sql, request->query().bind_variables(), send);
    } catch (const SqlError& error) {
        // A table that is missing has a code of its own here.
        const bool isMissing = std::string_view(error.what()).starts_with("table ") && error.code() == vtrpc::UNKNOWN;
        status = isMissing ? grpc::Status(grpc::StatusCode::NOT_FOUND, shortened(error.what())) : statusOf(error);
    } catch (const std::exception& error) {
        status = {grpc::StatusCode::INTERNAL, error.what()};
    }
    // The session comes last, before an error too.
    vtgate::StreamExecuteResponse last;
    *last.mutable_session() = std::move(session);
    writer->Write(last);
    return status;
}

grpc::Status VtgateService::VStream(grpc::ServerContext* context, const vtgate::VStreamRequest* request,
                                    grpc::ServerWriter<vtgate::VStreamResponse>* writer)
{
    if (const grpc::Status refusal = m_access.checkGate(*context); !refusal.ok())
        return refusal;
    try {
        return localbranch::VStream(
                   m_engine, *request, m_settings,
                   [writer](const vtgate::VStreamResponse& response) { return writer->Write(response); },
                   [context] { return context->IsCancelled(); })
            .run();
    } catch (const std::exception& error) {
        return {grpc::StatusCode::INTERNAL, error.what()};
    }
}

grpc::Status VtgateService::CloseSession(grpc::ServerContext* context, const vtgate::CloseSessionRequest* request,
                                         vtgate::CloseSessionResponse* response)
{
    if (const grpc::Status refusal = m_access.checkGate(*context); !refusal.ok())
        return refusal;
    try {
        vtgate::Session session = request->session();
        m_executor.closeSession(session);
    } catch (const SqlError& error) {
        response->mutable_error()->set_code(error.code());
        response->mutable_error()->set_message(error.what());
    }
    return grpc::Status::OK;
}

} // namespace localbranch
