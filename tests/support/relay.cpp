#include "tests/support/relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace vtscope::test {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
// A cut waits this long for a client that has stopped reading.
constexpr std::chrono::seconds kLongestDrain{2};

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

// The socket interface wants the general address type.
const sockaddr* general(const sockaddr_in& address)
{
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

sockaddr* general(sockaddr_in& address)
{
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

int localPort(int fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, general(address), &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

void prepare(int fd)
{
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool isTransient(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

// One direction of a connection.
struct Flow
{
    std::string waiting;
    bool ended = false;

    bool wantsInput() const { return !ended && waiting.size() < kBufferBytes; }

    // Reads all that can be had now. False when the source is broken.
    bool take(int from)
    {
        char buffer[65536];
        while (wantsInput()) {
            const ssize_t got = ::recv(from, buffer, sizeof buffer, 0);
            if (got > 0) {
                waiting.append(buffer, static_cast<std::size_t>(got));
            } else if (got == 0) {
                ended = true;
            } else {
                return isTransient(got);
            }
        }
        return true;
    }

    bool give(int to)
    {
        while (!waiting.empty()) {
            const ssize_t put = ::send(to, waiting.data(), waiting.size(), MSG_NOSIGNAL);
            if (put < 0)
                return isTransient(put);
            waiting.erase(0, static_cast<std::size_t>(put));
        }
        return true;
    }
};

} // namespace

struct Relay::Pipe
{
    int client = -1;
    int server = -1;
    int peerPort = 0;
    Flow toClient;
    Flow toServer;
    bool closed = false;
    bool cutting = false;
    std::chrono::steady_clock::time_point cutUntil;

    bool pump()
    {
        return toServer.take(client) && toServer.give(server) && toClient.take(server) && toClient.give(client);
    }
};

Relay::Relay(int serverPort) : m_serverPort(serverPort)
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(0);
    if (m_listener < 0 || ::bind(m_listener, general(address), sizeof address) != 0 || ::listen(m_listener, 64) != 0)
        throw std::runtime_error("relay: cannot listen on loopback");
    m_port = localPort(m_listener);
    m_wakeup = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m_thread = std::thread([this] { run(); });
}

Relay::~Relay()
{
    m_stopping = true;
    wake();
    m_thread.join();
    for (Pipe& pipe : m_pipes)
        resetNow(pipe);
    ::close(m_listener);
    ::close(m_wakeup);
}

void Relay::cut(int peerPort)
{
    {
        const std::lock_guard lock(m_mutex);
        m_cuts.push_back(peerPort);
    }
    wake();
}

void Relay::cutAll()
{
    cut(0);
}

void Relay::setFrozen(bool frozen)
{
    m_frozen = frozen;
    wake();
}

void Relay::wake()
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
}

void Relay::acceptOne()
{
    Pipe pipe;
    pipe.client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (pipe.client < 0)
        return;
    pipe.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(m_serverPort);
    if (::connect(pipe.server, general(address), sizeof address) != 0) {
        resetNow(pipe);
        return;
    }
    pipe.peerPort = localPort(pipe.server);
    prepare(pipe.client);
    prepare(pipe.server);
    m_pipes.push_back(std::move(pipe));
}

void Relay::resetNow(Pipe& pipe)
{
    // Lingering for zero seconds makes close() send RST instead of FIN.
    const linger abrupt{1, 0};
    for (const int fd : {pipe.client, pipe.server}) {
        if (fd < 0)
            continue;
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
        ::close(fd);
    }
    pipe.closed = true;
}

void Relay::run()
{
    std::vector<pollfd> waits;
    while (!m_stopping) {
        const bool frozen = m_frozen;
        waits.clear();
        waits.push_back({m_wakeup, POLLIN, 0});
        waits.push_back({m_listener, POLLIN, 0});
        bool anyCutting = false;
        for (const Pipe& pipe : m_pipes) {
            anyCutting = anyCutting || pipe.cutting;
            if (frozen && !pipe.cutting)
                continue;
            const auto events = [](const Flow& in, const Flow& out) {
                return static_cast<short>((in.wantsInput() ? POLLIN : 0) | (out.waiting.empty() ? 0 : POLLOUT));
            };
            waits.push_back({pipe.client, events(pipe.toServer, pipe.toClient), 0});
            waits.push_back({pipe.server, events(pipe.toClient, pipe.toServer), 0});
        }
        ::poll(waits.data(), waits.size(), anyCutting ? 20 : -1);

        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t drained = ::read(m_wakeup, &count, sizeof count);
        if ((waits[1].revents & POLLIN) != 0)
            acceptOne();
        const auto now = std::chrono::steady_clock::now();
        {
            const std::lock_guard lock(m_mutex);
            for (const int peerPort : m_cuts) {
                for (Pipe& pipe : m_pipes) {
                    if (pipe.cutting || (peerPort != 0 && pipe.peerPort != peerPort))
                        continue;
                    pipe.cutting = true;
                    pipe.cutUntil = now + kLongestDrain;
                }
            }
            m_cuts.clear();
        }
        for (Pipe& pipe : m_pipes) {
            if (m_frozen && !pipe.cutting)
                continue;
            const bool works = pipe.pump();
            const bool isOver = (pipe.toClient.ended && pipe.toClient.waiting.empty()) ||
                                (pipe.toServer.ended && pipe.toServer.waiting.empty());
            const bool isCut = pipe.cutting && (pipe.toClient.waiting.empty() || now > pipe.cutUntil);
            if (!works || isCut) {
                resetNow(pipe);
            } else if (isOver) {
                ::close(pipe.client);
                ::close(pipe.server);
                pipe.closed = true;
            }
        }
        m_pipes.remove_if([](const Pipe& pipe) { return pipe.closed; });
    }
}

} // namespace vtscope::test
