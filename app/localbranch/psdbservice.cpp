#include "app/localbranch/psdbservice.h"

#include <array>
#include <chrono>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

constexpr size_t kSecretBytes = 32;

std::string randomBytes(size_t count)
{
    std::string bytes(count, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
    return bytes;
}

std::string hexOf(const std::string& bytes)
{
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4U];
        text += kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    return text;
}

/// Maps have no order of their own on the wire.
std::string deterministicBytes(const google::protobuf::MessageLite& message)
{
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return bytes;
}

void setError(vtrpc::RPCError& into, const SqlError& error)
{
    into.set_code(error.code());
    into.set_message(error.what());
}

} // namespace

PsdbService::PsdbService(Executor& executor, Messaging& messaging, const Access& access)
    : m_executor(executor), m_messaging(messaging), m_access(access), m_secret(randomBytes(kSecretBytes))
{
}

vtgate::Session PsdbService::newSession() const
{
    vtgate::Session session;
    session.set_autocommit(true);
    session.set_target_string("@primary");
    session.mutable_options()->set_included_fields(query::ExecuteOptions::ALL);
    session.mutable_options()->set_client_found_rows(true);
    session.set_ddlstrategy("direct");
    std::string uuid = hexOf(randomBytes(16));
    for (const size_t at : {20U, 16U, 12U, 8U})
        uuid.insert(at, 1, '-');
    session.set_sessionuuid(uuid);
    session.set_enable_system_settings(true);
    return session;
}

std::string PsdbService::signatureOf(const vtgate::Session& session) const
{
    const std::string bytes = deterministicBytes(session);
    std::string signature(kSecretBytes, '\0');
    unsigned length = 0;
    HMAC(EVP_sha256(), m_secret.data(), static_cast<int>(m_secret.size()),
         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(signature.data()), &length);
    return signature;
}

grpc::Status PsdbService::takeSession(bool isGiven, const psdb::v1alpha1::Session& given,
                                      vtgate::Session& session) const
{
    if (!isGiven) {
        session = newSession();
        return grpc::Status::OK;
    }
    session = given.vitess_session();
    if (given.signature() != signatureOf(session))
        return {grpc::StatusCode::PERMISSION_DENIED, "permission_denied: the session's signature does not match"};
    return grpc::Status::OK;
}

void PsdbService::giveSession(vtgate::Session session, psdb::v1alpha1::Session& into) const
{
    into.set_signature(signatureOf(session));
    *into.mutable_vitess_session() = std::move(session);
}

grpc::Status PsdbService::CreateSession(grpc::ServerContext* context, const psdb::v1alpha1::CreateSessionRequest*,
                                        psdb::v1alpha1::CreateSessionResponse* response)
{
    if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
        return refusal;
    const Caller caller = m_access.caller();
    response->set_branch("local");
    response->mutable_user()->set_username(caller.user);
    response->mutable_user()->set_psid("local-" + caller.user);
    response->mutable_user()->set_role(caller.role);
    giveSession(newSession(), *response->mutable_session());
    return grpc::Status::OK;
}

grpc::Status PsdbService::Execute(grpc::ServerContext* context, const psdb::v1alpha1::ExecuteRequest* request,
                                  psdb::v1alpha1::ExecuteResponse* response)
{
    if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
        return refusal;
    vtgate::Session session;
    if (const grpc::Status refusal = takeSession(request->has_session(), request->session(), session); !refusal.ok())
        return refusal;
    const auto begun = std::chrono::steady_clock::now();
    try {
        *response->mutable_result() =
            m_executor.execute(m_access.caller(), session, request->query(), request->bind_variables());
    } catch (const SqlError& error) {
        setError(*response->mutable_error(), error);
    } catch (const std::exception& error) {
        return {grpc::StatusCode::INTERNAL, error.what()};
    }
    response->set_timing(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    giveSession(std::move(session), *response->mutable_session());
    return grpc::Status::OK;
}

grpc::Status PsdbService::StreamExecute(grpc::ServerContext* context, const psdb::v1alpha1::ExecuteRequest* request,
                                        grpc::ServerWriter<psdb::v1alpha1::ExecuteResponse>* writer)
{
    if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
        return refusal;
    vtgate::Session session;
    if (const grpc::Status refusal = takeSession(request->has_session(), request->session(), session); !refusal.ok())
        return refusal;
    const auto send = [writer](const query::QueryResult& result) {
        psdb::v1alpha1::ExecuteResponse response;
        *response.mutable_result() = result;
        return writer->Write(response);
    };
    psdb::v1alpha1::ExecuteResponse last;
    try {
        if (const auto table = m_executor.streamedTable(request->query()))
            m_messaging.stream(m_access.caller(), *table, session.target_string(), send,
                               [context] { return context->IsCancelled(); });
        else
            m_executor.stream(m_access.caller(), session, request->query(), request->bind_variables(), send);
    } catch (const SqlError& error) {
        setError(*last.mutable_error(), error);
    } catch (const std::exception& error) {
        return {grpc::StatusCode::INTERNAL, error.what()};
    }
    giveSession(std::move(session), *last.mutable_session());
    writer->Write(last);
    return grpc::Status::OK;
}

grpc::Status PsdbService::Prepare(grpc::ServerContext* context, const psdb::v1alpha1::PrepareRequest* request,
                                  psdb::v1alpha1::PrepareResponse* response)
{
    if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
        return refusal;
    vtgate::Session session;
    if (const grpc::Status refusal = takeSession(request->has_session(), request->session(), session); !refusal.ok())
        return refusal;
    try {
        const auto tokens = tokensOf(request->query());
        uint32_t parameters = 0;
        for (const Token& token : tokens) {
            const bool isMark = token.kind == TokenKind::Symbol && token.text == "?";
            if (isMark || token.kind == TokenKind::Bind || token.kind == TokenKind::ListBind)
                ++parameters;
        }
        response->set_params_count(parameters);
        const bool isSelect =
            tokens.front().kind == TokenKind::Word && equalsIgnoringCase(tokens.front().text, "select");
        if (isSelect && parameters == 0) {
            vtgate::Session probe = session;
            m_executor.stream(m_access.caller(), probe, request->query(), {},
                              [response](const query::QueryResult& result) {
                                  *response->mutable_fields() = result.fields();
                                  return false;
                              });
        }
    } catch (const SqlError& error) {
        setError(*response->mutable_error(), error);
    } catch (const std::exception& error) {
        return {grpc::StatusCode::INTERNAL, error.what()};
    }
    giveSession(std::move(session), *response->mutable_session());
    return grpc::Status::OK;
}

grpc::Status PsdbService::CloseSession(grpc::ServerContext* context, const psdb::v1alpha1::CloseSessionRequest* request,
                                       psdb::v1alpha1::CloseSessionResponse* response)
{
    if (const grpc::Status refusal = m_access.checkEdge(*context); !refusal.ok())
        return refusal;
    vtgate::Session session;
    if (const grpc::Status refusal = takeSession(request->has_session(), request->session(), session); !refusal.ok())
        return refusal;
    vtgate::Session fresh = newSession();
    fresh.set_sessionuuid(session.sessionuuid());
    try {
        m_executor.closeSession(session);
    } catch (const SqlError& error) {
        setError(*response->mutable_error(), error);
    }
    giveSession(std::move(fresh), *response->mutable_session());
    return grpc::Status::OK;
}

} // namespace localbranch
