#pragma once

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace vtscope::test {

/// What the scripted server does with one call, step by step. After the last step the call ends with OK.
class Script
{
public:
    /// Sends these bytes as one message, whatever they are.
    Script& send(std::string message);
    /// Sends several messages.
    Script& sendAll(const std::vector<std::string>& messages);
    /// Sends the messages of a .bin file of tests/samples.
    Script& sendFile(const std::string& nameOrPath);
    /// Sends the response headers alone; without it they go out with the first message.
    Script& sendHeaders();
    /// Goes on when the test calls ScriptedServer::release() with this name; at once if it has already.
    Script& waitFor(std::string gate);
    /// Goes on after this time.
    Script& delay(std::chrono::milliseconds time);
    /// Does nothing more, without ending the call.
    Script& staySilent();
    /// Ends the call with this status.
    Script& finish(grpc::StatusCode code = grpc::StatusCode::OK, std::string text = {});
    /// Resets the TCP connection of the call, after all that was sent before has gone out. A gRPC client drops what it
    /// has received and not yet read when its connection breaks: for a message that must be seen, wait at a gate first.
    Script& cut();

    struct Send
    {
        std::string message;
    };
    struct SendHeaders
    {
    };
    struct WaitFor
    {
        std::string gate;
    };
    struct Delay
    {
        std::chrono::milliseconds time;
    };
    struct StaySilent
    {
    };
    struct Finish
    {
        grpc::Status status;
    };
    struct Cut
    {
    };
    using Step = std::variant<Send, SendHeaders, WaitFor, Delay, StaySilent, Finish, Cut>;
    const std::vector<Step>& steps() const { return m_steps; }

private:
    std::vector<Step> m_steps;
};

/// A gRPC call that the scripted server received.
struct RecordedCall
{
    std::string method;  ///< the path, such as /vtgateservice.Vitess/VStream
    std::string request; ///< the first message, as it came
    std::multimap<std::string, std::string> metadata;
    std::string peer; ///< the other end of its TCP connection
    bool isOver = false;
    bool isCancelled = false; ///< over because the client gave up or its connection was lost
};

/// A gRPC server on loopback that answers every method with bytes from a script: all that an honest server does not
/// send.
///
/// It reads the first message of a call, picks a script by path and request, and follows it. A call without a script is
/// answered with UNIMPLEMENTED. All functions may be called from any thread; the server runs on one thread of its own
/// and ends within milliseconds, silent calls included. Throws std::runtime_error when it cannot listen.
class ScriptedServer
{
public:
    /// Without credentials it speaks plaintext. Like Vitess it closes the connection of a client that pings more often
    /// than this, or without a call.
    explicit ScriptedServer(std::shared_ptr<grpc::ServerCredentials> credentials = nullptr,
                            std::chrono::milliseconds leastPing = std::chrono::seconds(10));
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    int port() const;
    /// "127.0.0.1:port"
    std::string hostPort() const;

    /// Every call whose path begins with pathPrefix and whose request contains these bytes (an SQL text, say) gets this
    /// script. What was added last is looked at first.
    void on(const std::string& pathPrefix, const Script& script, const std::string& requestContains = {});
    /// The same for one call only. These are looked at first, the oldest before the newer.
    void once(const std::string& pathPrefix, const Script& script, const std::string& requestContains = {});

    /// Opens a gate for all calls that wait at it and all that will come to it.
    void release(const std::string& gate);

    /// Resets all TCP connections.
    void cutAll();
    /// While frozen, the network is dead: nothing passes, pings included, and nothing is closed.
    void setFrozen(bool frozen);

    /// The calls received so far, in order.
    std::vector<RecordedCall> calls(const std::string& pathPrefix = {}) const;
    /// Waits until so many calls have been received. False when the time has passed before.
    bool waitForCalls(std::size_t count, const std::string& pathPrefix = {},
                      std::chrono::milliseconds limit = std::chrono::seconds(5)) const;
    /// Waits until so many calls were given up by their clients.
    bool waitForCancelled(std::size_t count, const std::string& pathPrefix = {},
                          std::chrono::milliseconds limit = std::chrono::seconds(5)) const;

private:
    class Engine;
    std::unique_ptr<Engine> m_engine;
};

} // namespace vtscope::test
