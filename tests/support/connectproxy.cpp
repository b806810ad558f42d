#include "tests/support/connectproxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace vtscope::test {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

sockaddr* general(sockaddr_in& address)
{
    return static_cast<sockaddr*>(static_cast<void*>(&address));
}

bool sendAll(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

std::string headerOf(const std::string& request, const std::string& name)
{
    const std::string mark = "\r\n" + name + ":";
    const std::size_t at = request.find(mark);
    if (at == std::string::npos)
        return {};
    const std::size_t from = request.find_first_not_of(' ', at + mark.size());
    return request.substr(from, request.find("\r\n", from) - from);
}

} // namespace

ConnectProxy::ConnectProxy()
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (m_listener < 0 || ::bind(m_listener, general(address), size) != 0 || ::listen(m_listener, 16) != 0 ||
        ::getsockname(m_listener, general(address), &size) != 0)
        throw std::runtime_error("the proxy cannot listen on loopback");
    m_port = ntohs(address.sin_port);
    m_wakeup = ::eventfd(0, EFD_CLOEXEC);
    m_thread = std::thread([this] { run(); });
}

ConnectProxy::~ConnectProxy()
{
    m_stopping = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
    m_thread.join();
    ::close(m_listener);
    ::close(m_wakeup);
}

void ConnectProxy::route(const std::string& target, int port)
{
    const std::lock_guard lock(m_mutex);
    m_routes[target] = port;
}

void ConnectProxy::refuse(int status, const std::string& rest)
{
    const std::lock_guard lock(m_mutex);
    m_refusal = (status == 0 ? std::string() : "HTTP/1.1 " + std::to_string(status) + " As told") + rest;
}

void ConnectProxy::allow()
{
    const std::lock_guard lock(m_mutex);
    m_refusal.reset();
}

void ConnectProxy::require(const std::string& login)
{
    const std::lock_guard lock(m_mutex);
    m_login = login;
}

std::vector<ConnectProxy::Request> ConnectProxy::requests() const
{
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

// True when there is something to read on either; false when the proxy is to stop.
bool ConnectProxy::waitFor(int fd, int other) const
{
    std::array<pollfd, 3> waits{{{m_wakeup, POLLIN, 0}, {fd, POLLIN, 0}, {other, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), -1);
    return !m_stopping;
}

void ConnectProxy::run()
{
    while (waitFor(m_listener, -1)) {
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0)
            m_tunnels.emplace_back([this, client] {
                serve(client);
                ::close(client);
            });
    }
    for (std::thread& tunnel : m_tunnels)
        tunnel.join();
}

void ConnectProxy::serve(int client)
{
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        std::array<char, 1024> buffer{};
        if (!waitFor(client, -1))
            return;
        const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
        if (got <= 0)
            return;
        head.append(buffer.data(), static_cast<std::size_t>(got));
    }
    const std::size_t from = head.find(' ') + 1;
    const Request request{head.substr(from, head.find(' ', from) - from), headerOf(head, "Proxy-Authorization")};
    int port = 0;
    std::string answer;
    {
        const std::lock_guard lock(m_mutex);
        m_requests.push_back(request);
        answer = answerTo(request, port);
    }
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(port);
    if (port != 0 && ::connect(server, general(address), sizeof address) != 0)
        answer = "HTTP/1.1 502 Nobody there\r\n\r\n";
    if (sendAll(client, answer) && answer.starts_with("HTTP/1.1 200"))
        pump(client, server);
    ::close(server);
}

// Called with the lock held.
std::string ConnectProxy::answerTo(const Request& request, int& port) const
{
    if (m_refusal)
        return *m_refusal;
    if (request.login != m_login)
        return "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n\r\n";
    const auto found = m_routes.find(request.target);
    if (found == m_routes.end())
        return "HTTP/1.1 502 No such name\r\n\r\n";
    port = found->second;
    return "HTTP/1.1 200 Connection established\r\n\r\n";
}

void ConnectProxy::pump(int client, int server) const
{
    std::string buffer(kBufferBytes, '\0');
    while (waitFor(client, server)) {
        for (const auto& [from, to] : {std::pair{client, server}, {server, client}}) {
            const ssize_t got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                return;
            if (got > 0 && !sendAll(to, std::string_view(buffer).substr(0, static_cast<std::size_t>(got))))
                return;
        }
    }
}

} // namespace vtscope::test
