#include "streamcore/wire/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <QByteArray>

#include <algorithm>
#include <cstring>

#include "streamcore/wire/probe.h"

namespace vtscope {

namespace {

constexpr std::chrono::seconds kProbePatience{2};

grpc::ByteBuffer bufferOf(const std::string& bytes)
{
    const grpc::Slice slice(bytes);
    return grpc::ByteBuffer(&slice, 1);
}

} // namespace

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

Result<std::shared_ptr<Channel>> Channel::open(const ConnectionSettings& settings, const Secret& password,
                                               const ChannelLimits& limits)
{
    auto proxy = proxyFor(settings.host);
    if (!proxy)
        return tl::unexpected(proxy.error());
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
    channel->m_settings = settings;
    channel->m_limits = limits;
    channel->m_proxy = std::move(*proxy);
    channel->m_password = password;
    return channel;
}

std::shared_ptr<grpc::Channel> Channel::make(int maxMessage) const
{
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(maxMessage);
    arguments.SetMaxSendMessageSize(maxMessage);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(m_limits.pingAfter.count()));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(m_limits.answerWithin.count()));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
    // A stream is asked for once and then sends nothing: without this, pings end after the second one.
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetUserAgentPrefix("vtscope/" VTSCOPE_VERSION);
    // gRPC would read the environment by rules of its own.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, m_proxy ? 1 : 0);
    if (m_proxy) {
        arguments.SetString(GRPC_ARG_HTTP_PROXY, "http://" + m_proxy->endpoint());
        if (const std::string login = m_proxy->authorization(); !login.empty())
            arguments.SetString("grpc.http_connect_headers", "Proxy-Authorization:" + login);
    }
    return grpc::CreateCustomChannel(m_settings.endpoint(), m_credentials, arguments);
}

std::shared_ptr<grpc::Channel> Channel::under(Limit limit)
{
    const std::lock_guard lock(m_mutex);
    std::shared_ptr<grpc::Channel>& under = m_under.at(static_cast<std::size_t>(limit));
    if (!under)
        under = make(limit == Limit::Usual ? m_limits.message : m_limits.raisedMessage);
    return under;
}

// One that could not connect answers for up to two minutes out of what it remembers; who calls decides when to try
// again.
void Channel::drop(const std::shared_ptr<grpc::Channel>& failed)
{
    const std::lock_guard lock(m_mutex);
    std::replace(m_under.begin(), m_under.end(), failed, std::shared_ptr<grpc::Channel>());
}

// How a call ended; when there was no connection, with what gRPC does not say of that.
grpc::Status Channel::ended(const grpc::Status& status, const std::shared_ptr<grpc::Channel>& under)
{
    const std::string words = status.error_message();
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE || !isFailedConnection(words))
        return status;
    drop(under);
    std::string reason;
    if (isRefusedHandshake(words)) {
        Probe probe(m_settings, kProbePatience);
        if (probe.resolve() && probe.connect()) {
            if (const auto encrypted = probe.encrypt(); !encrypted && encrypted.error().error.kind == ErrorKind::Tls)
                reason = encrypted.error().error.message;
        }
    }
    return {status.error_code(), withWay(words, m_proxy ? m_proxy->endpoint() : std::string(), reason)};
}

void Channel::addLogin(grpc::ClientContext& context) const
{
    if (m_settings.username.empty())
        return;
    switch (m_style) {
    case LoginStyle::None:
        break;
    case LoginStyle::Basic: {
        QByteArray login = QByteArray::fromStdString(m_settings.username) + ':';
        login.append(m_password.reveal().data(), static_cast<qsizetype>(m_password.reveal().size()));
        context.AddMetadata("authorization", "Basic " + login.toBase64().toStdString());
        login.fill('\0');
        break;
    }
    case LoginStyle::Static:
        context.AddMetadata("username", m_settings.username);
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
    const auto under = this->under(Limit::Usual);
    const auto reader = grpc::GenericStub(under).PrepareUnaryCall(&context, method, bufferOf(request), &queue);
    reader->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool isOk = false;
    queue.Next(&tag, &isOk);
    queue.Shutdown();
    if (!status.ok()) {
        status = ended(status, under);
        return tl::unexpected(errorOf(status.error_code(), status.error_message()));
    }
    std::string bytes(response.Length(), '\0');
    copyBytes(response, bytes.data());
    return bytes;
}

Channel::Stream::Stream(Channel& channel, const std::string& method, const std::string& request, Limit limit)
    : m_channel(channel), m_under(channel.under(limit))
{
    channel.addLogin(m_context);
    m_call = grpc::GenericStub(m_under).PrepareCall(&m_context, method, &m_queue);
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
    return m_channel.ended(status, m_under);
}

} // namespace vtscope
