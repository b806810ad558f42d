#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vtscope::test {

/// A pump of bytes between TCP clients on loopback and a server on another port of loopback.
///
/// gRPC's server cannot cut or silence its own connections; a relay in front of it can, for TLS as well. One thread of
/// its own; all functions may be called from any thread.
class Relay
{
public:
    explicit Relay(int serverPort);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// Where clients connect to, on 127.0.0.1.
    int port() const { return m_port; }

    /// Resets one connection, named by the port that the server sees as its peer, once all that the server has written
    /// so far was handed to the client's socket. Returns before it has happened.
    void cut(int peerPort);

    /// Resets all connections, like cut().
    void cutAll();

    /// While frozen, nothing is passed on in either direction and nothing is closed: a dead network path.
    void setFrozen(bool frozen);

private:
    struct Pipe;
    void run();
    void wake();
    void acceptOne();
    void resetNow(Pipe& pipe);

    int m_serverPort;
    int m_port = 0;
    int m_listener = -1;
    int m_wakeup = -1;
    std::atomic<bool> m_stopping = false;
    std::atomic<bool> m_frozen = false;
    std::mutex m_mutex;
    std::vector<int> m_cuts; // guarded by m_mutex; 0 stands for all
    std::list<Pipe> m_pipes; // only the thread's
    std::thread m_thread;
};

} // namespace vtscope::test
