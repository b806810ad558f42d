#include "app/localbranch/access.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace localbranch {

namespace {

std::string metadataValue(const grpc::ServerContext& context, const char* key)
{
    const auto found = context.client_metadata().find(key);
    return found == context.client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
}

bool hasMetadata(const grpc::ServerContext& context, const char* key)
{
    return context.client_metadata().find(key) != context.client_metadata().end();
}

std::string base64(const std::string& bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return text;
}

bool isSame(const std::string& left, const std::string& right)
{
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace

Access::Login Access::loginOf(const grpc::ServerContext& context) const
{
    if (m_settings.user.empty())
        return Login::NotAsked;
    if (hasMetadata(context, "authorization")) {
        const std::string wanted = "Basic " + base64(m_settings.user + ":" + m_settings.password);
        return isSame(metadataValue(context, "authorization"), wanted) ? Login::Right : Login::WrongBasic;
    }
    if (!hasMetadata(context, "username") || !hasMetadata(context, "password"))
        return Login::Missing;
    const bool isRight = isSame(metadataValue(context, "username"), m_settings.user) &&
                         isSame(metadataValue(context, "password"), m_settings.password);
    return isRight ? Login::Right : Login::WrongStatic;
}

grpc::Status Access::checkGate(const grpc::ServerContext& context) const
{
    switch (loginOf(context)) {
    case Login::NotAsked:
    case Login::Right:
        return grpc::Status::OK;
    case Login::Missing:
        return {grpc::StatusCode::UNAUTHENTICATED, "username and password must be provided"};
    case Login::WrongBasic:
        return {grpc::StatusCode::UNAUTHENTICATED, "unauthenticated: invalid username or password"};
    case Login::WrongStatic:
        break;
    }
    return {grpc::StatusCode::PERMISSION_DENIED,
            "auth failure: caller '" + metadataValue(context, "username") + "' provided invalid credentials"};
}

grpc::Status Access::checkEdge(const grpc::ServerContext& context) const
{
    const Login login = loginOf(context);
    if (login == Login::NotAsked || login == Login::Right)
        return grpc::Status::OK;
    return {grpc::StatusCode::UNAUTHENTICATED, login == Login::Missing
                                                   ? "unauthenticated: missing authorization header"
                                                   : "unauthenticated: invalid username or password"};
}

} // namespace localbranch
