// The HTTP proxy between vtscope and a host, as the environment names it. Any thread.
#pragma once

#include <optional>
#include <string>

#include "streamcore/connection/secret.h"
#include "streamcore/result.h"

namespace vtscope {

struct Proxy
{
    std::string host;
    int port = 0;
    std::string variable; // where it stands, such as "https_proxy"
    Secret login;         // "user:password"; empty: none

    std::string endpoint() const;      // "host:port", without the login
    std::string authorization() const; // the value of Proxy-Authorization; empty: none
};

// The way to a host: nothing when it is reached directly. The first of grpc_proxy, https_proxy, HTTPS_PROXY and
// http_proxy that is set holds http://[user:password@]proxy[:port], or is empty for no proxy. Hosts on this machine are
// reached directly, and so are those that no_grpc_proxy, no_proxy or NO_PROXY lists, separated by commas: by the end of
// the name, as a network such as 10.0.0.0/8, or * for all. Error kind Usage when the variable holds something else,
// which is not repeated: it may be a login.
Result<std::optional<Proxy>> proxyFor(const std::string& host);

} // namespace vtscope
