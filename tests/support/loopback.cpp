#include "tests/support/loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace vtscope::test {

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

const sockaddr* general(const sockaddr_in& address)
{
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
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

LoopbackListener::LoopbackListener(const std::string& whose)
{
    m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (m_socket < 0 || ::bind(m_socket, general(address), size) != 0 || ::listen(m_socket, 16) != 0 ||
        ::getsockname(m_socket, general(address), &size) != 0)
        throw std::runtime_error(whose + " cannot listen on loopback");
    m_port = ntohs(address.sin_port);
    m_wakeup = ::eventfd(0, EFD_CLOEXEC);
}

LoopbackListener::~LoopbackListener()
{
    ::close(m_socket);
    ::close(m_wakeup);
}

int LoopbackListener::accept() const
{
    while (waitFor(m_socket)) {
        if (const int client = ::accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC); client >= 0)
            return client;
    }
    return -1;
}

bool LoopbackListener::waitFor(int fd, int other) const
{
    std::array<pollfd, 3> waits{{{m_wakeup, POLLIN, 0}, {fd, POLLIN, 0}, {other, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), -1);
    return !m_isStopped;
}

void LoopbackListener::stop()
{
    m_isStopped = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_wakeup, &one, sizeof one);
}

} // namespace vtscope::test
