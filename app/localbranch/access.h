// Who may call: Basic (as PlanetScale takes it) or static metadata (as vtgate takes it), one user with one role. Any
// thread.
#pragma once

#include <string>

#include <grpcpp/grpcpp.h>

#include "app/localbranch/executor.h"

namespace localbranch {

struct AccessSettings
{
    std::string user; ///< empty: nobody is asked
    std::string password;
    psdb::data::v1::Role role = psdb::data::v1::admin;
};

class Access
{
public:
    explicit Access(AccessSettings settings) : m_settings(std::move(settings)) {}

    /// OK, or the refusal in the words of that kind of service.
    grpc::Status checkGate(const grpc::ServerContext& context) const;
    grpc::Status checkEdge(const grpc::ServerContext& context) const;

    Caller caller() const { return {m_settings.user.empty() ? "local" : m_settings.user, m_settings.role}; }

private:
    enum class Login { NotAsked, Missing, WrongBasic, WrongStatic, Right };
    Login loginOf(const grpc::ServerContext& context) const;

    AccessSettings m_settings;
};

} // namespace localbranch
