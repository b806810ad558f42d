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
#include <future>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/loopback.h"

namespace vtscope::test {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
// A cut waits this long for a client that has stopped reading.
constexpr std::chrono::seconds kLongestDrain{2};

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

// Several of these can hold one port; only a listening one is called.
int socketAt(int port)
{
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    const sockaddr_in address = loopback(port);
    if (::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        ::bind(fd, general(address), sizeof address) != 0)
        throw std::runtime_error("relay: no port on loopback");
    return fd;
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
    bool isOver() const { return ended && waiting.empty(); }

    // Reads what can be had now, up to so many bytes, which are counted down. False when the source is broken.
    bool take(int from, std::size_t& most)
    {
        char buffer[65536];
        while (wantsInput() && most > 0) {
            const ssize_t got = ::recv(from, buffer, std::min(most, sizeof buffer), 0);
            if (got > 0) {
                waiting.append(buffer, static_cast<std::size_t>(got));
                most -= static_cast<std::size_t>(got);
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

    bool pass(int from, int to, std::size_t most) { return take(from, most) && give(to); }
    bool pass(int from, int to) { return pass(from, to, kBufferBytes); }

    bool lose(int from)
    {
        waiting.clear();
        std::size_t most = kBufferBytes;
        const bool works = take(from, most);
        waiting.clear();
        return works;
    }
};

// Lingering for zero seconds makes close() send RST instead of FIN.
void close(int& fd, bool isAbrupt)
{
    if (fd < 0)
        return;
    const linger abrupt{isAbrupt ? 1 : 0, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
    ::close(std::exchange(fd, -1));
}

} // namespace

const char* nameOf(Fault::Kind kind)
{
    switch (kind) {
    case Fault::Kind::Reset:
        return "reset";
    case Fault::Kind::Close:
        return "close";
    case Fault::Kind::Delay:
        return "delay";
    case Fault::Kind::HalfOpen:
        return "half-open";
    case Fault::Kind::OneWay:
        return "one-way";
    case Fault::Kind::Drip:
        return "drip";
    case Fault::Kind::Refuse:
        return "refuse";
    }
    return "";
}

struct Relay::Pipe
{
    int client = -1;
    int server = -1;
    int peerPort = 0;
    Flow toClient;
    Flow toServer;
    bool cutting = false;
    Clock::time_point cutUntil;
    std::optional<Fault> fault;
    Clock::time_point faultUntil;

    bool isClosed() const { return client < 0; }
    bool has(Fault::Kind kind) const { return fault && fault->kind == kind; }
    // Waits for bytes; all others but Refuse wait for a time.
    bool isCountedDown() const { return has(Fault::Kind::Reset) || has(Fault::Kind::Close); }
    bool isTimed() const { return fault && !isCountedDown(); }
    // Words were lost that cannot come again.
    bool isLost() const { return has(Fault::Kind::HalfOpen) || has(Fault::Kind::OneWay); }
    // Whether the clock moves it, and not its sockets.
    bool isDeaf() const { return has(Fault::Kind::Delay) || has(Fault::Kind::HalfOpen) || has(Fault::Kind::Drip); }

    void end(bool isAbrupt)
    {
        close(client, isAbrupt);
        close(server, isAbrupt);
    }

    // False when a side is broken.
    bool pass()
    {
        if (!fault)
            return toServer.pass(client, server) && toClient.pass(server, client);
        switch (fault->kind) {
        case Fault::Kind::Reset:
        case Fault::Kind::Close:
            return toServer.pass(client, server) && toClient.take(server, fault->bytes) && toClient.give(client);
        case Fault::Kind::OneWay:
            return fault->isFromClient ? toServer.lose(client) && toClient.pass(server, client)
                                       : toClient.lose(server) && toServer.pass(client, server);
        case Fault::Kind::Drip:
            return toServer.pass(client, server, fault->bytes) && toClient.pass(server, client, fault->bytes);
        case Fault::Kind::Delay:
        case Fault::Kind::HalfOpen:
        case Fault::Kind::Refuse:
            break;
        }
        return true;
    }
};

Relay::Relay(int serverPort)
    : m_serverPort(serverPort), m_holder(socketAt(0)), m_wakeup(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    m_port = localPort(m_holder);
    listen();
    m_thread = std::thread([this] { run(); });
}

Relay::~Relay()
{
    m_stopping = true;
    wake();
    m_thread.join();
    for (Pipe& pipe : m_pipes)
        pipe.end(true);
    close(m_listener, false);
    close(m_holder, false);
    ::close(m_wakeup);
}

void Relay::cut(int peerPort)
{
    post([this, peerPort] {
        for (Pipe& pipe : m_pipes) {
            if (pipe.cutting || (peerPort != 0 && pipe.peerPort != peerPort))
                continue;
            pipe.cutting = true;
            pipe.cutUntil = Clock::now() + kLongestDrain;
        }
    });
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

void Relay::strike(const Fault& fault)
{
    postAndWait([this, fault] {
        const Clock::time_point until = Clock::now() + fault.time;
        if (fault.kind == Fault::Kind::Refuse) {
            close(m_listener, false);
            m_refusesUntil = until;
            note(fault.kind);
        }
        for (Pipe& pipe : m_pipes) {
            if (pipe.isLost())
                continue;
            pipe.fault = fault;
            pipe.faultUntil = until;
            if (fault.kind == Fault::Kind::HalfOpen)
                close(pipe.server, true);
            if (fault.kind == Fault::Kind::Refuse)
                pipe.end(true);
            else if (!pipe.isCountedDown())
                note(fault.kind);
        }
    });
}

void Relay::heal()
{
    postAndWait([this] {
        if (m_listener < 0)
            listen();
        for (Pipe& pipe : m_pipes) {
            if (pipe.isLost())
                pipe.end(true);
            pipe.fault.reset();
        }
    });
}

std::array<std::uint64_t, Fault::kKinds> Relay::met() const
{
    std::array<std::uint64_t, Fault::kKinds> counts{};
    std::copy(m_met.begin(), m_met.end(), counts.begin());
    return counts;
}

void Relay::post(std::function<void()> act)
{
    {
        const std::lock_guard lock(m_mutex);
        m_acts.push_back(std::move(act));
    }
    wake();
}

void Relay::postAndWait(const std::function<void()>& act)
{
    std::promise<void> done;
    post([&] {
        act();
        done.set_value();
    });
    done.get_future().wait();
}

void Relay::wake()
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
}

void Relay::listen()
{
    m_listener = socketAt(m_port);
    if (::listen(m_listener, 64) != 0)
        throw std::runtime_error("relay: cannot listen on loopback");
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
        pipe.end(true);
        return;
    }
    pipe.peerPort = localPort(pipe.server);
    prepare(pipe.client);
    prepare(pipe.server);
    m_pipes.push_back(std::move(pipe));
}

void Relay::serve(Pipe& pipe)
{
    const Clock::time_point now = Clock::now();
    if (!pipe.pass()) {
        pipe.end(true);
    } else if (pipe.isCountedDown() && pipe.fault->bytes == 0 && pipe.toClient.waiting.empty()) {
        note(pipe.fault->kind);
        pipe.end(pipe.has(Fault::Kind::Reset));
    } else if (pipe.isTimed() && now >= pipe.faultUntil) {
        if (pipe.isLost())
            pipe.end(true);
        pipe.fault.reset();
    } else if (pipe.cutting && (pipe.toClient.waiting.empty() || now > pipe.cutUntil)) {
        pipe.end(true);
    } else if (pipe.toClient.isOver() || pipe.toServer.isOver()) {
        pipe.end(false);
    }
}

int Relay::restMilliseconds() const
{
    constexpr int kNever = -1;
    constexpr int kTick = 1;
    const bool waitsForClock = m_listener < 0 || std::any_of(m_pipes.begin(), m_pipes.end(), [](const Pipe& pipe) {
                                   return pipe.cutting || pipe.isTimed();
                               });
    return waitsForClock ? kTick : kNever;
}

void Relay::run()
{
    std::vector<pollfd> waits;
    while (!m_stopping) {
        waits.clear();
        waits.push_back({m_wakeup, POLLIN, 0});
        waits.push_back({m_listener, POLLIN, 0});
        for (const Pipe& pipe : m_pipes) {
            if ((m_frozen && !pipe.cutting) || pipe.isDeaf())
                continue;
            const auto events = [](const Flow& in, const Flow& out) {
                return static_cast<short>((in.wantsInput() ? POLLIN : 0) | (out.waiting.empty() ? 0 : POLLOUT));
            };
            waits.push_back({pipe.client, events(pipe.toServer, pipe.toClient), 0});
            waits.push_back({pipe.server, events(pipe.toClient, pipe.toServer), 0});
        }
        ::poll(waits.data(), waits.size(), restMilliseconds());

        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t drained = ::read(m_wakeup, &count, sizeof count);
        if ((waits[1].revents & POLLIN) != 0)
            acceptOne();
        std::vector<std::function<void()>> acts;
        {
            const std::lock_guard lock(m_mutex);
            acts.swap(m_acts);
        }
        for (const auto& act : acts)
            act();
        if (m_listener < 0 && Clock::now() >= m_refusesUntil)
            listen();
        for (Pipe& pipe : m_pipes) {
            if (!pipe.isClosed() && (!m_frozen || pipe.cutting))
                serve(pipe);
        }
        m_pipes.remove_if([](const Pipe& pipe) { return pipe.isClosed(); });
    }
}

} // namespace vtscope::test
