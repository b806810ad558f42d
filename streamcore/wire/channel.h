// gRPC, and nothing above it: calls by method name with bytes in and bytes out. Thread-safe; calls block.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "streamcore/connection/proxy.h"
#include "streamcore/connection/settings.h"
#include "streamcore/result.h"
#include "streamcore/wire/status.h"

namespace vtscope {

// How the login travels.
enum class LoginStyle : std::uint8_t { None, Basic, Static };

// What the wire is set to; tests set it otherwise.
struct ChannelLimits
{
    int message = 128 << 20;
    int raisedMessage = 1000 << 20;
    // Vitess punishes pings more often than each 10 s, and any without a call. A connection that has died is given up
    // after the sum of both, however silent its streams are.
    std::chrono::milliseconds pingAfter{30'000};
    std::chrono::milliseconds answerWithin{20'000};
};

class Channel
{
public:
    // How large a message may be that a stream takes.
    enum class Limit : std::uint8_t { Usual, Raised };

    // Connects lazily, through the proxy of the environment. Error kind Tls when the CA file cannot be read, Usage when
    // the environment names no proxy that can be used.
    static Result<std::shared_ptr<Channel>> open(const ConnectionSettings& settings, const Secret& password,
                                                 const ChannelLimits& limits = {});

    void setLoginStyle(LoginStyle style) { m_style = style; }

    // A unary call. Errors are those of errorOf().
    Result<std::string> call(const std::string& method, const std::string& request, std::chrono::milliseconds deadline,
                             const std::stop_token& stop = {});

    // One server stream. Made, read and finished by one thread; cancel() from any.
    class Stream
    {
    public:
        // Limit::Raised, for a message that was over the usual limit, takes a TCP connection of its own.
        Stream(Channel& channel, const std::string& method, const std::string& request, Limit limit = Limit::Usual);
        ~Stream();
        // Blocks until the next message; false when the stream is over.
        bool read(grpc::ByteBuffer& message);
        // The next message if it is here already; false when it is not, or the stream is over.
        bool readReady(grpc::ByteBuffer& message);
        // After read() returned false.
        grpc::Status finish();
        void cancel() { m_context.TryCancel(); }

    private:
        bool next();
        void startRead();
        bool endRead(bool isOk, grpc::ByteBuffer& message);

        Channel& m_channel;
        std::shared_ptr<grpc::Channel> m_under;
        grpc::ByteBuffer m_incoming; // where the read that is under way puts its message
        grpc::ClientContext m_context;
        grpc::CompletionQueue m_queue;
        std::unique_ptr<grpc::GenericClientAsyncReaderWriter> m_call;
        bool m_isOpen = false;
        bool m_isReading = false;
        bool m_isFinished = false;
    };

private:
    std::shared_ptr<grpc::Channel> make(int maxMessage) const;
    std::shared_ptr<grpc::Channel> under(Limit limit);
    void drop(const std::shared_ptr<grpc::Channel>& failed);
    void addLogin(grpc::ClientContext& context) const;
    grpc::Status ended(const grpc::Status& status, const std::shared_ptr<grpc::Channel>& under);

    ConnectionSettings m_settings;
    ChannelLimits m_limits;
    std::optional<Proxy> m_proxy;
    std::shared_ptr<grpc::ChannelCredentials> m_credentials;
    std::mutex m_mutex;                                    // guards m_under
    std::array<std::shared_ptr<grpc::Channel>, 2> m_under; // by limit; made when it is needed
    Secret m_password;
    LoginStyle m_style = LoginStyle::None;
};

// Copies the bytes of a message to where room is for its Length().
void copyBytes(const grpc::ByteBuffer& message, char* to);

} // namespace vtscope
