#include "tests/support/tlsserver.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace vtscope::test {
namespace {

BIO* memoryOf(const std::string& pem)
{
    return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
}

// Chooses what the server offers, or ends the handshake when the client does not know it.
int choose(SSL*, const unsigned char** out, unsigned char* outSize, const unsigned char* in, unsigned int inSize,
           void* offered)
{
    const auto& protocol = *static_cast<const std::string*>(offered);
    for (unsigned int at = 0; at < inSize; at += 1U + in[at]) {
        if (protocol == std::string(in + at + 1, in + at + 1 + in[at])) {
            *out = in + at + 1;
            *outSize = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

} // namespace

TlsServer::TlsServer(const Certificates& certificates, Offer offer)
    : m_offer(std::move(offer)), m_context(SSL_CTX_new(TLS_server_method())), m_listener("the TLS server")
{
    BIO* const certificate = memoryOf(certificates.server);
    BIO* const key = memoryOf(certificates.serverKey);
    X509* const x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    EVP_PKEY* const privateKey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    const bool works =
        SSL_CTX_use_certificate(m_context, x509) == 1 && SSL_CTX_use_PrivateKey(m_context, privateKey) == 1;
    X509_free(x509);
    EVP_PKEY_free(privateKey);
    BIO_free(certificate);
    BIO_free(key);
    if (m_offer.isOld) {
        SSL_CTX_set_cipher_list(m_context, "ALL:@SECLEVEL=0");
        SSL_CTX_set_max_proto_version(m_context, TLS1_1_VERSION);
    }
    if (!m_offer.protocol.empty())
        SSL_CTX_set_alpn_select_cb(m_context, choose, &m_offer.protocol);

    if (!works)
        throw std::runtime_error("the TLS server cannot be made");
    m_thread = std::thread([this] { run(); });
}

TlsServer::~TlsServer()
{
    m_listener.stop();
    m_thread.join();
    SSL_CTX_free(m_context);
}

void TlsServer::run()
{
    for (int fd; (fd = m_listener.accept()) >= 0; ::close(fd)) {
        // A client that stops in the middle of the handshake must not hold the server.
        const timeval patience{5, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        shakeHands(fd);
    }
}

void TlsServer::shakeHands(int fd) const
{
    SSL* const connection = SSL_new(m_context);
    SSL_set_fd(connection, fd);
    if (SSL_accept(connection) == 1) {
        std::array<char, 1024> ignored{};
        while (m_listener.waitFor(fd) && SSL_read(connection, ignored.data(), static_cast<int>(ignored.size())) > 0) {
        }
    }
    SSL_free(connection);
}

} // namespace vtscope::test
