#pragma once

#include <string>
#include <thread>

#include "tests/support/loopback.h"

namespace vtscope::test {

/// A TCP server on loopback that speaks no gRPC: what a client finds behind a wrong port. It sends fixed bytes at once
/// to everybody who connects, others when it has received something, and then closes or stays silent. One thread of its
/// own, one connection at a time.
class RawServer
{
public:
    struct Bytes
    {
        std::string greeting;    ///< sent when somebody connects
        std::string answer;      ///< sent once a request is there
        std::string answerAfter; ///< the request is there when it contains this; empty: with its first byte
        bool closes = true;      ///< after the answer; else silent until the client leaves
        /// Where the last byte of the stream's number stands in the answer, as it ends answerAfter: each stream is then
        /// answered in turn. 0: one answer a connection.
        std::size_t streamAt = 0;
    };

    explicit RawServer(Bytes bytes);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    int port() const { return m_listener.port(); }
    std::string hostPort() const { return "127.0.0.1:" + std::to_string(m_listener.port()); }

    /// A web server of the old kind: HTTP/1.1 400.
    static Bytes http1();
    /// A web server that speaks HTTP/2 and answers every request with 404.
    static Bytes http2NotFound();
    /// A gRPC server that answers its first call with a head, then these frames of HTTP/2, and closes.
    static Bytes http2(const std::string& frames);
    /// A MySQL server, which speaks first.
    static Bytes mysqlGreeting();
    /// Accepts, and says nothing at all.
    static Bytes silence();

private:
    void run();
    void serve(int fd);

    Bytes m_bytes;
    LoopbackListener m_listener;
    std::thread m_thread;
};

} // namespace vtscope::test
