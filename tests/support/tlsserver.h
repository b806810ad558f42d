#pragma once

#include <string>
#include <thread>

#include "tests/support/certificates.h"
#include "tests/support/loopback.h"

struct ssl_ctx_st;

namespace vtscope::test {

/// A server on loopback that shakes hands as TLS servers do and then says nothing: what a client finds that speaks TLS
/// for something else. One thread of its own, one connection at a time.
class TlsServer
{
public:
    struct Offer
    {
        std::string protocol; ///< chosen by ALPN; empty: the server knows no ALPN
        bool isOld = false;   ///< TLS 1.1 at most
    };

    TlsServer(const Certificates& certificates, Offer offer);
    ~TlsServer();
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    int port() const { return m_listener.port(); }

private:
    void run();
    void shakeHands(int fd) const;

    Offer m_offer;
    ssl_ctx_st* m_context; // of OpenSSL
    LoopbackListener m_listener;
    std::thread m_thread;
};

} // namespace vtscope::test
