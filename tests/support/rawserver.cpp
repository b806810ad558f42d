#include "tests/support/rawserver.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace vtscope::test {
namespace {

using namespace std::string_view_literals;

} // namespace

RawServer::RawServer(Bytes bytes) : m_bytes(std::move(bytes)), m_listener("the raw server")
{
    m_thread = std::thread([this] { run(); });
}

RawServer::~RawServer()
{
    m_listener.stop();
    m_thread.join();
}

void RawServer::run()
{
    for (int fd; (fd = m_listener.accept()) >= 0; ::close(fd))
        serve(fd);
}

void RawServer::serve(int fd)
{
    sendAll(fd, m_bytes.greeting);
    std::string request;
    Bytes next = m_bytes;
    bool isAnswered = false;
    while (m_listener.waitFor(fd)) {
        std::array<char, 4096> buffer{};
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return;
        request.append(buffer.data(), static_cast<std::size_t>(got));
        while (!isAnswered && request.find(next.answerAfter) != std::string::npos) {
            sendAll(fd, next.answer);
            if (next.closes)
                return;
            isAnswered = next.streamAt == 0;
            if (!isAnswered) {
                // A client's streams have odd numbers.
                next.answerAfter.back() = static_cast<char>(next.answerAfter.back() + 2);
                next.answer[next.streamAt] = next.answerAfter.back();
            }
        }
    }
}

RawServer::Bytes RawServer::http1()
{
    return {{}, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", {}, true};
}

RawServer::Bytes RawServer::http2NotFound()
{
    Bytes bytes;
    // SETTINGS, empty, from our side.
    bytes.greeting = std::string("\0\0\0\x04\0\0\0\0\0"sv);
    // The head of a HEADERS frame with END_HEADERS for stream 1, a client's first: a call has begun.
    bytes.answerAfter = std::string("\x01\x04\0\0\0\x01"sv);
    // SETTINGS acknowledged; HEADERS for stream 1 with END_STREAM and END_HEADERS: ":status: 404" is entry 13 of
    // HPACK's table.
    bytes.answer = std::string("\0\0\0\x04\x01\0\0\0\0\0\0\x01\x01\x05\0\0\0\x01\x8d"sv);
    bytes.streamAt = bytes.answer.size() - 2;
    bytes.closes = false;
    return bytes;
}

RawServer::Bytes RawServer::http2(const std::string& frames)
{
    Bytes bytes = http2NotFound();
    // SETTINGS acknowledged; HEADERS for stream 1 with END_HEADERS: status 200 and, as a literal, the content type.
    bytes.answer = std::string("\0\0\0\x04\x01\0\0\0\0\0\0\x14\x01\x04\0\0\0\x01\x88\x0f\x10\x10"
                               "application/grpc"sv) +
                   frames;
    bytes.streamAt = 0;
    bytes.closes = true;
    return bytes;
}

RawServer::Bytes RawServer::mysqlGreeting()
{
    // The start of a handshake packet of protocol 10.
    return {std::string("\x4a\0\0\0\x0a"
                        "8.0.36\0\x08\0\0\0"sv),
            {},
            {},
            true};
}

RawServer::Bytes RawServer::silence()
{
    return {{}, {}, {}, false};
}

} // namespace vtscope::test
