#pragma once

#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/loopback.h"

namespace vtscope::test {

/// An HTTP proxy on loopback that knows CONNECT alone, and where each name leads: to a port of loopback. A thread for
/// itself and one for each tunnel; all functions may be called from any thread.
class ConnectProxy
{
public:
    struct Request
    {
        std::string target; ///< "db.example.test:443"
        std::string login;  ///< the value of Proxy-Authorization
    };

    ConnectProxy();
    ~ConnectProxy();
    ConnectProxy(const ConnectProxy&) = delete;
    ConnectProxy& operator=(const ConnectProxy&) = delete;

    std::string hostPort() const { return "127.0.0.1:" + std::to_string(m_listener.port()); }

    /// From now on this target ("host:port") leads to a port of 127.0.0.1. A target without a way is answered with 502.
    void route(const std::string& target, int port);
    /// Answers everything with this status and these bytes behind its line; 0: with the bytes alone.
    void refuse(int status, const std::string& rest = "\r\nContent-Length: 0\r\n\r\n");
    /// Refuses nothing any more.
    void allow();
    /// Asks for this value of Proxy-Authorization, and answers 407 to everything else.
    void require(const std::string& login);

    std::vector<Request> requests() const;

private:
    void run();
    void serve(int client);
    std::string answerTo(const Request& request, int& port) const;
    void pump(int client, int server) const;

    LoopbackListener m_listener;
    mutable std::mutex m_mutex; // guards what follows
    std::map<std::string, int> m_routes;
    std::optional<std::string> m_refusal;
    std::string m_login;
    std::vector<Request> m_requests;
    std::list<std::thread> m_tunnels; // only the thread's
    std::thread m_thread;
};

} // namespace vtscope::test
