// The way to a server, step by step, for what gRPC does not tell of it: address, proxy, certificate. It goes where gRPC
// goes and trusts the same roots. One thread; calls block.
#pragma once

#include <QSslSocket>

#include <chrono>
#include <optional>
#include <string>

#include "streamcore/connection/connection.h"
#include "streamcore/connection/proxy.h"

namespace vtscope {

class Probe
{
public:
    // What was found, as a fact to be shown.
    using Finding = tl::expected<std::string, CheckFailure>;

    // Each wait of a step lasts so long at most. The settings outlive the probe.
    Probe(const ConnectionSettings& settings, std::chrono::milliseconds patience);

    // Each needs the one before.
    Finding resolve(); // of the host, or of the proxy, which is then the one that looks up the host
    Finding connect();
    Finding encrypt();

private:
    Finding enterProxy();
    CheckFailure connectFailure() const;
    CheckFailure tlsFailure() const;
    std::string patienceText() const;

    const ConnectionSettings& m_settings;
    std::chrono::milliseconds m_patience;
    std::optional<Proxy> m_proxy;
    QSslSocket m_socket;
};

// The roots that both gRPC and the probe trust, as PEM: the CA file of the settings, else the system's. Error kind Tls:
// there are none, or they cannot be read.
Result<std::string> rootCertificates(const ConnectionSettings& settings);

} // namespace vtscope
