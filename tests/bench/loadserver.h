#pragma once

#include "tests/bench/shape.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vtscope::bench {

/// A server that is faster than any gRPC client: it answers every call with the same rows in messages built before.
///
/// Plain HTTP/2 with prior knowledge, without TLS and without gRPC's library, which cannot keep up with its own
/// clients. DATA frames of 16 KiB are built before the first byte is sent and go out in large writes, as far as flow
/// control allows. It runs in a child process, so that its CPU time is not the client's; the child ends with this
/// object or with its parent. Whatever is asked for, the answer is one stream of the dataset's messages, repeated, then
/// grpc-status 0.
///
/// Throws std::runtime_error when it cannot listen or fork.
class LoadServer
{
public:
    /// Each call gets the dataset this many times: repeats * Dataset::kRows rows.
    LoadServer(const Dataset& dataset, std::uint64_t repeats);
    ~LoadServer();
    LoadServer(const LoadServer&) = delete;
    LoadServer& operator=(const LoadServer&) = delete;

    /// "127.0.0.1:port"
    std::string hostPort() const;
    /// Rows in the answer to one call.
    std::uint64_t rows() const { return m_rows; }

private:
    std::uint64_t m_rows;
    int m_port = 0;
    pid_t m_child = -1;
};

} // namespace vtscope::bench
