#include "streamcore/wire/probe.h"

#include <netdb.h>
#include <sys/socket.h>

#include <QDateTime>
#include <QNetworkProxy>
#include <QSslConfiguration>

#include <fstream>
#include <sstream>

#include "streamcore/wire/status.h"

namespace vtscope {

namespace {

constexpr const char* kNoHttp2 =
    "The server speaks TLS but no HTTP/2, which gRPC needs: another service listens on this port, or something on the "
    "way opens the encryption.";
constexpr const char* kOldTls =
    "The server offers old versions of TLS alone; 1.2 is the least. Whoever runs it has to update it.";

tl::unexpected<CheckFailure> failure(Tick::Step step, ErrorKind kind, std::string message, std::string detail, Fix fix)
{
    return tl::unexpected(CheckFailure{Error{kind, std::move(message), std::move(detail), 0}, step, fix});
}

std::string dayOf(const QDateTime& time)
{
    return time.toUTC().toString(QStringLiteral("yyyy-MM-dd")).toStdString();
}

std::string clockText()
{
    return "this computer's clock says " +
           QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyy-MM-dd HH:mm")).toStdString() + " UTC";
}

// The names that a certificate was made for, a few of them.
std::string namesOf(const QSslCertificate& certificate)
{
    constexpr qsizetype kMost = 3;
    QStringList names = certificate.subjectAlternativeNames().values();
    if (names.isEmpty())
        names = certificate.subjectInfo(QSslCertificate::CommonName);
    const bool isCut = names.size() > kMost;
    return (names.mid(0, kMost).join(QStringLiteral(", ")) + (isCut ? QStringLiteral(" and others") : QString()))
        .toStdString();
}

std::string contentOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return file ? content.str() : std::string();
}

} // namespace

Result<std::string> rootCertificates(const ConnectionSettings& settings)
{
    if (!settings.caFile.empty()) {
        std::string content = contentOf(settings.caFile);
        if (content.empty())
            return vtscope::failure(ErrorKind::Tls, "The CA file " + settings.caFile + " cannot be read or is empty.");
        if (QSslCertificate::fromData(QByteArray::fromStdString(content), QSsl::Pem).isEmpty())
            return vtscope::failure(ErrorKind::Tls, "The CA file " + settings.caFile +
                                                        " holds no certificate in PEM form. Such a file has lines "
                                                        "that read BEGIN CERTIFICATE.");
        return content;
    }
    for (const char* path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/usr/share/grpc/roots.pem"}) {
        if (std::string content = contentOf(path); !content.empty())
            return content;
    }
    return vtscope::failure(ErrorKind::Tls, "This computer has no certificates of authorities to trust. Install the "
                                            "package ca-certificates, or name a CA file.");
}

Probe::Probe(const ConnectionSettings& settings, std::chrono::milliseconds patience)
    : m_settings(settings), m_patience(patience)
{
    m_socket.setProxy(QNetworkProxy::NoProxy);
    m_socket.setPeerVerifyName(QString::fromStdString(settings.host));
}

std::string Probe::patienceText() const
{
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(m_patience).count()) + " s";
}

Probe::Finding Probe::resolve()
{
    auto proxy = proxyFor(m_settings.host);
    if (!proxy)
        return tl::unexpected(CheckFailure{proxy.error(), Tick::Step::Name, Fix::Proxy});
    m_proxy = std::move(*proxy);
    const std::string& host = m_proxy ? m_proxy->host : m_settings.host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0 && m_proxy)
        return failure(Tick::Step::Name, ErrorKind::NameNotFound,
                       "The name of the proxy in " + m_proxy->variable + ", " + host + ", is not known here.",
                       ::gai_strerror(code), Fix::Proxy);
    if (code != 0)
        return failure(Tick::Step::Name, ErrorKind::NameNotFound, "The host name " + host + " is not known here.",
                       ::gai_strerror(code), Fix::Host);
    char text[NI_MAXHOST] = {};
    ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    ::freeaddrinfo(found);
    if (m_proxy)
        return "looked up by the proxy " + m_proxy->endpoint();
    return "resolved to " + std::string(text) + ", port " + std::to_string(m_settings.port);
}

Probe::Finding Probe::connect()
{
    const std::string& host = m_proxy ? m_proxy->host : m_settings.host;
    m_socket.connectToHost(QString::fromStdString(host),
                           static_cast<quint16>(m_proxy ? m_proxy->port : m_settings.port));
    if (!m_socket.waitForConnected(static_cast<int>(m_patience.count())))
        return tl::unexpected(connectFailure());
    if (m_proxy)
        return enterProxy();
    return "connected to " + m_socket.peerAddress().toString().toStdString();
}

CheckFailure Probe::connectFailure() const
{
    const std::string detail = m_socket.errorString().toStdString();
    const bool isRefused = m_socket.error() == QAbstractSocket::ConnectionRefusedError;
    if (m_proxy) {
        return {Error{ErrorKind::NotReachable,
                      "The proxy " + m_proxy->endpoint() + " (in " + m_proxy->variable + ")" +
                          (isRefused ? " cannot be reached: the connection was refused."
                                     : " does not answer within " + patienceText() + "."),
                      detail, 0},
                Tick::Step::Connection, Fix::Proxy};
    }
    const std::string where = m_settings.endpoint();
    return {Error{ErrorKind::NotReachable,
                  isRefused
                      ? "Nothing listens on " + where + ": the connection was refused."
                      : where + " does not answer within " + patienceText() + ". A firewall or a wrong port does that.",
                  detail, 0},
            Tick::Step::Connection, Fix::Host};
}

// What gRPC asks of a proxy too.
Probe::Finding Probe::enterProxy()
{
    const std::string login = m_proxy->authorization();
    const std::string target = m_settings.endpoint();
    m_socket.write(QByteArray::fromStdString("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" +
                                             (login.empty() ? "" : "Proxy-Authorization: " + login + "\r\n") + "\r\n"));
    constexpr qsizetype kMostBytes = qsizetype{64} * 1024;
    QByteArray answer;
    while (!answer.contains("\r\n\r\n") && answer.size() < kMostBytes &&
           m_socket.waitForReadyRead(static_cast<int>(m_patience.count())))
        answer += m_socket.readAll();
    const QByteArray line = answer.left(answer.indexOf("\r\n"));
    const int status = line.startsWith("HTTP/1.") ? line.mid(9, 3).toInt() : 0;
    const std::string name = m_proxy->endpoint();
    if (status == 0)
        return failure(Tick::Step::Connection, ErrorKind::NotReachable,
                       "The proxy " + name + " does not answer as an HTTP proxy does.",
                       answer.isEmpty() ? m_socket.errorString().toStdString() : std::string(), Fix::Proxy);
    if (status / 100 != 2)
        return tl::unexpected(
            CheckFailure{refusedByProxy(name, status, line.toStdString()), Tick::Step::Connection, Fix::Proxy});
    return "connected through the proxy " + name;
}

Probe::Finding Probe::encrypt()
{
    const auto roots = rootCertificates(m_settings);
    if (!roots)
        return tl::unexpected(CheckFailure{roots.error(), Tick::Step::Tls, Fix::CaFile});
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setAllowedNextProtocols({QByteArrayLiteral("h2")});
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setCaCertificates(QSslCertificate::fromData(QByteArray::fromStdString(*roots), QSsl::Pem));
    m_socket.setSslConfiguration(configuration);
    m_socket.startClientEncryption();
    if (!m_socket.waitForEncrypted(static_cast<int>(m_patience.count())))
        return tl::unexpected(tlsFailure());
    if (m_socket.sslConfiguration().nextNegotiatedProtocol() != "h2")
        return failure(Tick::Step::Tls, ErrorKind::Tls, kNoHttp2, {}, Fix::Host);
    return std::string(m_socket.sessionProtocol() == QSsl::TlsV1_2 ? "TLS 1.2" : "TLS 1.3") +
           ", certificate valid until " + dayOf(m_socket.peerCertificate().expiryDate());
}

CheckFailure Probe::tlsFailure() const
{
    const std::string detail = m_socket.errorString().toStdString();
    const auto tls = [&detail](std::string message, Fix fix) {
        return CheckFailure{Error{ErrorKind::Tls, std::move(message), detail, 0}, Tick::Step::Tls, fix};
    };
    for (const QSslError& error : m_socket.sslHandshakeErrors()) {
        const QSslCertificate certificate = error.certificate();
        switch (error.error()) {
        case QSslError::HostNameMismatch:
            return tls("The certificate belongs to another name than " + m_settings.host + ": it was made for " +
                           namesOf(certificate) + ".",
                       Fix::Host);
        case QSslError::CertificateExpired:
            return tls("The certificate of the server expired on " + dayOf(certificate.expiryDate()) +
                           ". Whoever runs the server has to renew it; " + clockText() + ".",
                       Fix::None);
        case QSslError::CertificateNotYetValid:
            return tls("The certificate of the server is not valid before " + dayOf(certificate.effectiveDate()) +
                           "; " + clockText() + ".",
                       Fix::None);
        case QSslError::NoError:
            break;
        default:
            return tls(m_settings.caFile.empty()
                           ? "The certificate of the server is not signed by anybody trusted here. If it is your own, "
                             "name its CA file."
                           : "The certificate of the server is not signed by the authority in " + m_settings.caFile +
                                 ".",
                       Fix::CaFile);
        }
    }
    const QString words = m_socket.errorString();
    if (m_socket.error() == QAbstractSocket::SocketTimeoutError) {
        CheckFailure silent = tls("The server took the connection and then said nothing for " + patienceText() +
                                      ": it is stuck, or speaks another protocol on this port.",
                                  Fix::Host);
        silent.error.kind = ErrorKind::NotReachable;
        return silent;
    }
    if (words.contains(u"no application protocol"))
        return tls(kNoHttp2, Fix::Host);
    if (words.contains(u"protocol version") || words.contains(u"unsupported protocol"))
        return tls(kOldTls, Fix::None);
    return tls("The server does not speak TLS on this port. A vtgate on its own often does not.",
               Fix::WithoutEncryption);
}

} // namespace vtscope
