// gRPC, and nothing above it: calls by method name with bytes in and bytes out. Thread-safe; calls block.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

#include "streamcore/connection/settings.h"
#include "streamcore/result.h"

namespace vtscope {

// How the login travels.
enum class LoginStyle : std::uint8_t { None, Basic, Static };

class Channel
{
public:
    static constexpr int kMaxMessage = 128 << 20;

    // Connects lazily. Error kind Tls when the CA file cannot be read.
    static Result<std::shared_ptr<Channel>> open(const ConnectionSettings& settings, const Secret& password);

    void setLoginStyle(LoginStyle style) { m_style = style; }

    // A unary call. Errors are those of errorOf().
    Result<std::string> call(const std::string& method, const std::string& request, std::chrono::milliseconds deadline,
                             const std::stop_token& stop = {});

    // One server stream. Made, read and finished by one thread; cancel() from any.
    class Stream
    {
    public:
        Stream(Channel& channel, const std::string& method, const std::string& request);
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

        grpc::ByteBuffer m_incoming; // where the read that is under way puts its message
        grpc::ClientContext m_context;
        grpc::CompletionQueue m_queue;
        std::unique_ptr<grpc::GenericClientAsyncReaderWriter> m_call;
        bool m_isOpen = false;
        bool m_isReading = false;
        bool m_isFinished = false;
    };

private:
    // gRPC rests up to two minutes after it could not connect, and meanwhile fails each call with the words of back
    // then. How long to wait is ours to say: a call after a failure connects anew.
    std::shared_ptr<grpc::GenericStub> stub();
    void addLogin(grpc::ClientContext& context) const;

    std::string m_endpoint;
    std::shared_ptr<grpc::ChannelCredentials> m_credentials;
    grpc::ChannelArguments m_arguments;
    std::mutex m_mutex; // guards the next two
    std::shared_ptr<grpc::Channel> m_channel;
    std::shared_ptr<grpc::GenericStub> m_stub;
    std::string m_username;
    Secret m_password;
    LoginStyle m_style = LoginStyle::None;
};

// The one place where a gRPC status becomes our error: kind, a sentence, the server's own words.
Error errorOf(int code, const std::string& message);

// Copies the bytes of a message to where room is for its Length().
void copyBytes(const grpc::ByteBuffer& message, char* to);

// The roots that both gRPC and the connection test trust: the CA file of the settings, else the system's. Empty if none
// are installed.
Result<std::string> rootCertificates(const ConnectionSettings& settings);

} // namespace vtscope
