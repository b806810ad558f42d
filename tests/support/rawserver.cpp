#include "tests/support/rawserver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace vtscope::test {
namespace {

using namespace std::string_view_literals;

void sendAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

} // namespace

RawServer::RawServer(Bytes bytes) : m_bytes(std::move(bytes))
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = static_cast<sockaddr*>(static_cast<void*>(&address));
    socklen_t size = sizeof address;
    if (m_listener < 0 || ::bind(m_listener, general, size) != 0 || ::listen(m_listener, 16) != 0 ||
        ::getsockname(m_listener, general, &size) != 0)
        throw std::runtime_error("the raw server cannot listen on loopback");
    m_port = ntohs(address.sin_port);
    m_wakeup = ::eventfd(0, EFD_CLOEXEC);
    m_thread = std::thread([this] { run(); });
}

RawServer::~RawServer()
{
    m_stopping = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
    m_thread.join();
    ::close(m_listener);
    ::close(m_wakeup);
}

// True when there is something to read; false when the server is to stop.
bool RawServer::waitFor(int fd) const
{
    std::array<pollfd, 2> waits{{{fd, POLLIN, 0}, {m_wakeup, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), -1);
    return !m_stopping;
}

void RawServer::run()
{
    while (waitFor(m_listener)) {
        const int fd = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve(fd);
        ::close(fd);
    }
}

void RawServer::serve(int fd)
{
    sendAll(fd, m_bytes.greeting);
    std::string request;
    Bytes next = m_bytes;
    bool isAnswered = false;
    while (waitFor(fd)) {
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
