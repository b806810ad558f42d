// The server as a whole: engine, services and gRPC. Started and stopped by main's thread.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/localbranch/options.h"

namespace localbranch {

class Server
{
public:
    /// Throws std::runtime_error for schema, data or certificates that do not work.
    Server(const Options& options, const std::string& password);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// False if the address cannot be listened on.
    bool start();
    /// The line for stdout.
    std::string readyLine() const;
    /// As an edge that is replaced: GOAWAY on every connection, a moment for the calls that run, then a new listener on
    /// the same address. What is stored stays. False if the address cannot be listened on again.
    bool drain();
    void stop();

private:
    bool listen(const std::string& address);

    struct Parts;
    Options m_options;
    std::unique_ptr<Parts> m_parts;
};

} // namespace localbranch
