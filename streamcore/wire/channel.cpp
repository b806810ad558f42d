#include "streamcore/wire/channel.h"

#include <grpcpp/create_channel.h>

#include <QByteArray>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>

namespace vtscope {

namespace {

grpc::ByteBuffer bufferOf(const std::string& bytes)
{
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

// Vitess wraps messages in one another; the innermost part is the news.
std::string innermost(const std::string& message)
{
    std::string_view rest = message;
    for (const std::string_view marker : {"desc = ", "giving up: "}) {
        if (const std::size_t at = rest.rfind(marker); at != std::string_view::npos)
            rest = rest.substr(at + marker.size());
    }
    constexpr std::size_t kHeadline = 300;
    return rest.size() > kHeadline ? std::string(rest.substr(0, kHeadline)) + " …" : std::string(rest);
}

} // namespace

Error errorOf(int code, const std::string& message)
{
    const auto error = [&](ErrorKind kind, std::string sentence) {
        return Error{kind, std::move(sentence), message, code};
    };
    const auto server = [&](ErrorKind kind) { return error(kind, innermost(message)); };
    if (contains(message, "GOAWAY") && contains(message, "NO_ERROR"))
        return error(ErrorKind::Unavailable,
                     "The server restarts and closed the connection. It can be continued from the last position.");
    switch (code) {
    case grpc::StatusCode::UNAUTHENTICATED:
        return error(ErrorKind::Login, "The branch refused this login.");
    case grpc::StatusCode::PERMISSION_DENIED:
        if (contains(message, "auth failure"))
            return error(ErrorKind::Login, "The server refused this login.");
        return error(ErrorKind::Role, "This login may not do that: " + innermost(message));
    case grpc::StatusCode::UNIMPLEMENTED:
        if (contains(message, "VT12001"))
            return server(ErrorKind::Server);
        return error(ErrorKind::NoService, "This server does not offer the API that was asked for.");
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
        if (contains(message, "larger than max"))
            return error(ErrorKind::MessageTooLarge,
                         contains(message, "trying to send")
                             ? "A row is larger than the server's own limit for one message; the server cannot send it."
                             : "A message is larger than the limit of 128 MiB.");
        return server(ErrorKind::Unavailable);
    case grpc::StatusCode::CANCELLED:
        if (contains(message, "failed to find a"))
            return error(ErrorKind::PositionInvalid, "The server found no tablet that can serve this stream within 90 "
                                                     "s. Either there is no tablet of that type, or the position "
                                                     "was purged, lies in the future, or belongs to another branch.");
        return error(ErrorKind::Canceled, "The stream was canceled.");
    case grpc::StatusCode::UNAVAILABLE:
        if (contains(message, "failed to connect") && contains(message, "Socket closed"))
            return error(ErrorKind::NotReachable, "The server takes the connection and closes it at once: it wants "
                                                  "encryption, or speaks something else on this port.");
        if (contains(message, "WRONG_VERSION_NUMBER"))
            return error(ErrorKind::Tls, "The server speaks something else on this port: one side of the connection is "
                                         "encrypted and the other is not.");
        if (contains(message, "failed to connect") || contains(message, "DNS resolution") ||
            contains(message, "onnection refused"))
            return error(ErrorKind::NotReachable, "The server cannot be reached: " + innermost(message));
        if (contains(message, "keepalive watchdog timeout"))
            return error(ErrorKind::Unavailable,
                         "The server stopped answering, and the connection was given up. It can "
                         "be continued from the last position.");
        if (contains(message, "Socket closed") || contains(message, "onnection reset") ||
            contains(message, "Broken pipe"))
            return error(ErrorKind::Unavailable,
                         "The connection to the server broke. It can be continued from the last position.");
        if (contains(message, "Cancelling all calls"))
            return error(ErrorKind::Unavailable, "The server shuts down. It can be continued from the last position.");
        return server(ErrorKind::Unavailable);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
        if (contains(message, "repeatedly failed"))
            return server(ErrorKind::Unavailable);
        return error(ErrorKind::NotReachable, "The server did not answer in time.");
    case grpc::StatusCode::ABORTED:
    case 17:
        return server(ErrorKind::Unavailable);
    default:
        break;
    }
    // The words of gRPC in Go and in C++ for a host that speaks HTTP/2, but no gRPC.
    if ((contains(message, "HTTP") || contains(message, "http2 header with status")) &&
        (contains(message, "404") || contains(message, "415")))
        return error(ErrorKind::NoService, "This host does not offer the API that was asked for.");
    if (contains(message, "purged"))
        return error(ErrorKind::PositionPurged,
                     "The server no longer has the changes from this position on: they were purged.");
    if (contains(message, "GTIDSet Mismatch") || contains(message, "could not decode position"))
        return error(ErrorKind::PositionInvalid, "The server does not accept this position: " + innermost(message));
    if (contains(message, "VT05003") || contains(message, "VT05004") || contains(message, "VT05005") ||
        contains(message, "not found in the") || contains(message, "is not present in the database") ||
        contains(message, "node doesn't exist"))
        return server(ErrorKind::UnknownName);
    return server(ErrorKind::Server);
}

void copyBytes(const grpc::ByteBuffer& message, char* to)
{
    const auto copy = [&to](const grpc::Slice& slice) {
        if (slice.size() > 0)
            std::memcpy(to, slice.begin(), slice.size());
        to += slice.size();
    };
    grpc::Slice single;
    if (message.TrySingleSlice(&single).ok())
        return copy(single);
    // Fails for a message without bytes only.
    std::vector<grpc::Slice> slices;
    if (message.Dump(&slices).ok())
        std::for_each(slices.begin(), slices.end(), copy);
}

Result<std::string> rootCertificates(const ConnectionSettings& settings)
{
    const auto contentOf = [](const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream content;
        content << file.rdbuf();
        return file ? content.str() : std::string();
    };
    if (!settings.caFile.empty()) {
        std::string content = contentOf(settings.caFile);
        if (!contains(content, "BEGIN CERTIFICATE"))
            return failure(ErrorKind::Tls,
                           "The CA file " + settings.caFile + " cannot be read or holds no certificate.");
        return content;
    }
    for (const char* path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/usr/share/grpc/roots.pem"}) {
        if (std::string content = contentOf(path); !content.empty())
            return content;
    }
    return std::string();
}

Result<std::shared_ptr<Channel>> Channel::open(const ConnectionSettings& settings, const Secret& password)
{
    auto channel = std::make_shared<Channel>();
    if (settings.isPlaintext) {
        channel->m_credentials = grpc::InsecureChannelCredentials();
    } else {
        auto roots = rootCertificates(settings);
        if (!roots)
            return tl::unexpected(roots.error());
        grpc::SslCredentialsOptions options;
        options.pem_root_certs = std::move(*roots);
        channel->m_credentials = grpc::SslCredentials(options);
    }
    grpc::ChannelArguments& arguments = channel->m_arguments;
    arguments.SetMaxReceiveMessageSize(kMaxMessage);
    arguments.SetMaxSendMessageSize(kMaxMessage);
    // Vitess punishes pings more often than each 10 s, and any without a call.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetUserAgentPrefix("vtscope/" VTSCOPE_VERSION);
    channel->m_endpoint = settings.endpoint();
    channel->m_username = settings.username;
    channel->m_password = password;
    return channel;
}

std::shared_ptr<grpc::GenericStub> Channel::stub()
{
    const std::lock_guard lock(m_mutex);
    if (!m_channel || m_channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
        m_channel = grpc::CreateCustomChannel(m_endpoint, m_credentials, m_arguments);
        m_stub = std::make_shared<grpc::GenericStub>(m_channel);
    }
    return m_stub;
}

void Channel::addLogin(grpc::ClientContext& context) const
{
    if (m_username.empty())
        return;
    switch (m_style) {
    case LoginStyle::None:
        break;
    case LoginStyle::Basic: {
        QByteArray login = QByteArray::fromStdString(m_username) + ':';
        login.append(m_password.reveal().data(), static_cast<qsizetype>(m_password.reveal().size()));
        context.AddMetadata("authorization", "Basic " + login.toBase64().toStdString());
        login.fill('\0');
        break;
    }
    case LoginStyle::Static:
        context.AddMetadata("username", m_username);
        context.AddMetadata("password", std::string(m_password.reveal()));
        break;
    }
}

Result<std::string> Channel::call(const std::string& method, const std::string& request,
                                  std::chrono::milliseconds deadline, const std::stop_token& stop)
{
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    addLogin(context);
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    grpc::CompletionQueue queue;
    const auto reader = stub()->PrepareUnaryCall(&context, method, bufferOf(request), &queue);
    reader->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool isOk = false;
    queue.Next(&tag, &isOk);
    queue.Shutdown();
    if (!status.ok())
        return tl::unexpected(errorOf(status.error_code(), status.error_message()));
    std::string bytes(response.Length(), '\0');
    copyBytes(response, bytes.data());
    return bytes;
}

Channel::Stream::Stream(Channel& channel, const std::string& method, const std::string& request)
{
    channel.addLogin(m_context);
    m_call = channel.stub()->PrepareCall(&m_context, method, &m_queue);
    m_call->StartCall(nullptr);
    m_isOpen = next();
    if (!m_isOpen)
        return;
    m_call->WriteLast(bufferOf(request), {}, nullptr);
    m_isOpen = next();
}

Channel::Stream::~Stream()
{
    if (!m_isFinished) {
        m_context.TryCancel();
        finish();
    }
    m_queue.Shutdown();
    void* tag = nullptr;
    bool isOk = false;
    while (m_queue.Next(&tag, &isOk)) {
    }
}

bool Channel::Stream::next()
{
    void* tag = nullptr;
    bool isOk = false;
    return m_queue.Next(&tag, &isOk) && isOk;
}

void Channel::Stream::startRead()
{
    if (!m_isReading)
        m_call->Read(&m_incoming, nullptr);
    m_isReading = true;
}

bool Channel::Stream::endRead(bool isOk, grpc::ByteBuffer& message)
{
    m_isReading = false;
    m_isOpen = isOk;
    message.Swap(&m_incoming);
    return isOk;
}

bool Channel::Stream::read(grpc::ByteBuffer& message)
{
    if (!m_isOpen)
        return false;
    startRead();
    return endRead(next(), message);
}

bool Channel::Stream::readReady(grpc::ByteBuffer& message)
{
    if (!m_isOpen)
        return false;
    startRead();
    void* tag = nullptr;
    bool isOk = false;
    if (m_queue.AsyncNext(&tag, &isOk, gpr_inf_past(GPR_CLOCK_MONOTONIC)) == grpc::CompletionQueue::TIMEOUT)
        return false;
    return endRead(isOk, message);
}

grpc::Status Channel::Stream::finish()
{
    m_isFinished = true;
    if (m_isReading)
        m_isOpen = next();
    grpc::Status status;
    m_call->Finish(&status, nullptr);
    next();
    return status;
}

} // namespace vtscope
