#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace vtscope::test {

/// A certificate authority that exists for one test, and a server certificate that it has signed, all as PEM text.
struct Certificates
{
    std::string authority; ///< what a client must trust
    std::string server;
    std::string serverKey;
};

/// Makes both; the server's is good for these DNS names or IP addresses, until this time from now (in the past for a
/// certificate that has expired) and from a day before now or that, or from a later time. Throws std::runtime_error
/// when OpenSSL refuses.
Certificates makeCertificates(const std::vector<std::string>& names = {"localhost", "127.0.0.1"},
                              std::chrono::seconds validFor = std::chrono::hours(24),
                              std::chrono::seconds validFrom = std::chrono::hours(-24));

} // namespace vtscope::test
