#include "tests/bench/barereader.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/sync_stream.h>

#include <stdexcept>

namespace vtscope::bench {

void readBare(const std::string& hostPort, const Shape& shape, std::uint64_t rows)
{
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    // Channels with equal arguments share a connection; each run shall have its own.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel = grpc::CreateCustomChannel(hostPort, grpc::InsecureChannelCredentials(), arguments);
    grpc::ClientContext context;
    const std::string path = shape.methodPath();
    const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING, channel);
    const grpc::Slice empty;
    const grpc::ByteBuffer request(&empty, 1);
    const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(channel.get(), method, &context, request));
    grpc::ByteBuffer message;
    std::uint64_t messages = 0;
    while (reader->Read(&message)) {
        ++messages;
        message.Clear();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok())
        throw std::runtime_error("the bare reader's call failed: " + status.error_message());
    if (messages * static_cast<std::uint64_t>(shape.rowsPerMessage) != rows)
        throw std::runtime_error("the bare reader got " + std::to_string(messages) + " messages");
}

} // namespace vtscope::bench
