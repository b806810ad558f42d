#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vtscope::test {

/// What a bad network does to a connection.
struct Fault
{
    enum class Kind : std::uint8_t {
        Reset,    ///< RST to both sides, once so many more bytes came from the server: mostly inside an HTTP/2 frame
        Close,    ///< the same with FIN
        Delay,    ///< nothing passes for a time, then all of it does
        HalfOpen, ///< the server's side is reset at once, the client hears nothing for a time and then RST
        OneWay,   ///< what one side sends is lost for a time, then both sides hear RST
        Drip,     ///< for a time, so many bytes a millisecond in each direction
        Refuse,   ///< RST, and for a time nobody listens
    };
    static constexpr std::size_t kKinds = 7;

    Kind kind = Kind::Reset;
    std::size_t bytes = 0; ///< Reset, Close: 0 is at once
    std::chrono::milliseconds time{0};
    bool isFromClient = false; ///< OneWay: whose words are lost
};
const char* nameOf(Fault::Kind kind);

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

    /// Befalls all connections that are open, in place of what befalls them already; those opened later are healthy.
    void strike(const Fault& fault);

    /// Ends what strike() began: who hears nothing is reset, and the port listens.
    void heal();

    /// How often each kind of fault has met a connection, or a client that was refused.
    std::array<std::uint64_t, Fault::kKinds> met() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Pipe;

    // Has it done by the thread.
    void post(std::function<void()> act);
    void postAndWait(const std::function<void()>& act);
    void wake();
    void run();
    void listen();
    void acceptOne();
    void serve(Pipe& pipe);
    int restMilliseconds() const;
    void note(Fault::Kind kind) { ++m_met[static_cast<std::size_t>(kind)]; }

    int m_serverPort;
    int m_port = 0;
    int m_holder = -1;   // keeps the port while nobody listens
    int m_listener = -1; // none while clients are refused
    int m_wakeup = -1;
    std::atomic<bool> m_stopping = false;
    std::atomic<bool> m_frozen = false;
    std::array<std::atomic<std::uint64_t>, Fault::kKinds> m_met{};
    std::mutex m_mutex;
    std::vector<std::function<void()>> m_acts; // guarded by m_mutex
    std::list<Pipe> m_pipes;                   // this and what follows: only the thread's
    Clock::time_point m_refusesUntil;
    std::thread m_thread;
};

} // namespace vtscope::test
