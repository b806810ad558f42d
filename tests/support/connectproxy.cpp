#include "tests/support/connectproxy.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace vtscope::test {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

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

ConnectProxy::ConnectProxy() : m_listener("the proxy")
{
    m_thread = std::thread([this] { run(); });
}

ConnectProxy::~ConnectProxy()
{
    m_listener.stop();
    m_thread.join();
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

void ConnectProxy::run()
{
    for (int client; (client = m_listener.accept()) >= 0;) {
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
        if (!m_listener.waitFor(client))
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
    while (m_listener.waitFor(client, server)) {
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
