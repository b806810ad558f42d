#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <string_view>

namespace vtscope::test {

sockaddr_in loopback(int port);

/// The socket interface wants the general address type.
const sockaddr* general(const sockaddr_in& address);
sockaddr* general(sockaddr_in& address);

/// All of them; false when the other side is gone.
bool sendAll(int fd, std::string_view bytes);

/// A socket that listens on a free port of loopback, for a server whose threads wait for bytes and for its end. stop()
/// and waitFor() may be called from any thread.
class LoopbackListener
{
public:
    /// Throws when it cannot listen; whose: named then.
    explicit LoopbackListener(const std::string& whose);
    ~LoopbackListener();
    LoopbackListener(const LoopbackListener&) = delete;
    LoopbackListener& operator=(const LoopbackListener&) = delete;

    int port() const { return m_port; }
    /// Waits for a client: its socket, or -1 once stopped.
    int accept() const;
    /// True when there is something to read on one of them; false once stopped. other: -1 for none.
    bool waitFor(int fd, int other = -1) const;
    /// Ends all waiting, for good.
    void stop();

private:
    int m_socket = -1;
    int m_wakeup = -1;
    int m_port = 0;
    std::atomic<bool> m_isStopped = false;
};

} // namespace vtscope::test
