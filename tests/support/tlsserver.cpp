#include "tests/support/tlsserver.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
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
    : m_offer(std::move(offer)), m_context(SSL_CTX_new(TLS_server_method()))
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

    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof address;
    if (!works || m_listener < 0 || ::bind(m_listener, general, size) != 0 || ::listen(m_listener, 16) != 0 ||
        ::getsockname(m_listener, general, &size) != 0)
        throw std::runtime_error("the TLS server cannot be made");
    m_port = ntohs(address.sin_port);
    m_wakeup = ::eventfd(0, EFD_CLOEXEC);
    m_thread = std::thread([this] { run(); });
}

TlsServer::~TlsServer()
{
    m_stopping = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
    m_thread.join();
    ::close(m_listener);
    ::close(m_wakeup);
    SSL_CTX_free(m_context);
}

// True when there is something to read; false when the server is to stop.
bool TlsServer::waitFor(int fd) const
{
    std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {m_wakeup, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), -1);
    return !m_stopping;
}

void TlsServer::run()
{
    while (waitFor(m_listener)) {
        const int fd = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        // A client that stops in the middle of the handshake must not hold the server.
        const timeval patience{5, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        shakeHands(fd);
        ::close(fd);
    }
}

void TlsServer::shakeHands(int fd) const
{
    SSL* const connection = SSL_new(m_context);
    SSL_set_fd(connection, fd);
    if (SSL_accept(connection) == 1) {
        std::array<char, 1024> ignored{};
        while (waitFor(fd) && SSL_read(connection, ignored.data(), static_cast<int>(ignored.size())) > 0) {
        }
    }
    SSL_free(connection);
}

} // namespace vtscope::test
