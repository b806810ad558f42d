// A connection to one branch: found to work by check(), shared by everything that talks to that branch. Thread-safe.
// All calls that reach the network block and belong on a worker thread, never on the GUI thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "streamcore/connection/settings.h"
#include "streamcore/result.h"

namespace vtscope {

class Channel;

// Which APIs the host speaks; found out, never asked.
enum class Family : std::uint8_t {
    PlanetScale, // psdb SQL, psdbconnect Sync and vtgate VStream on one host
    Vtgate,      // Vitess' own API alone
};

enum class Availability : std::uint8_t { Yes, No, Unknown };

struct BranchFacts
{
    Family family = Family::Vtgate;
    Availability vstream = Availability::Unknown;
    std::string branch;  // empty: not told by this server
    std::string user;    // as the server names it
    std::string role;    // "reader", "writer", "readwriter", "admin"; empty: not told
    std::string version; // "Version: 24.0.2 (…)" or empty
};

class Connection
{
public:
    Connection(ConnectionSettings settings, BranchFacts facts, std::shared_ptr<Channel> channel);
    ~Connection();

    const ConnectionSettings& settings() const { return m_settings; }
    const BranchFacts& facts() const { return m_facts; }
    bool hasSync() const { return m_facts.family == Family::PlanetScale; }
    bool canWrite() const { return m_facts.role != "reader"; } // an unknown role never blocks: the server decides

    // The lock that every write has to pass in the transport. A connection starts locked and locks itself again.
    void unlock(std::chrono::seconds duration);
    void lock();
    // Time left, zero when locked.
    std::chrono::seconds unlockedFor() const;
    bool isUnlocked() const { return unlockedFor().count() > 0; }

    Channel& channel() const { return *m_channel; }

private:
    ConnectionSettings m_settings;
    BranchFacts m_facts;
    std::shared_ptr<Channel> m_channel;
    std::atomic<std::int64_t> m_unlockedUntil{0}; // steady clock, seconds
};

// One of the five steps of a connection test.
struct Tick
{
    enum class Step : std::uint8_t { Name, Connection, Tls, Login, Branch };
    enum class State : std::uint8_t { NotTried, Running, Ok, Failed, NotNeeded };

    Step step = Step::Name;
    State state = State::NotTried;
    std::string fact; // "resolved to 127.0.0.1, port 443"
    std::chrono::milliseconds took{0};
};
const char* nameOf(Tick::Step step); // "Name", "Connection", "TLS", "Login", "Branch and role"

// What the user can do about a failed tick, beside the error's own sentence.
enum class Fix : std::uint8_t { None, Host, Proxy, Password, PasswordSource, CaFile, WithoutEncryption };

struct CheckFailure
{
    Error error;
    Tick::Step step = Tick::Step::Name;
    Fix fix = Fix::None;
};

// Connects step by step and finds out what the host speaks. A password that is not typed is read first, from where the
// settings say. Blocks up to some 30 s, and while a password command runs; `told` is called on the calling
// thread at each change of a tick. Sends nothing that changes the branch.
tl::expected<std::shared_ptr<Connection>, CheckFailure> check(const ConnectionSettings& settings,
                                                              const Secret& password,
                                                              const std::function<void(const Tick&)>& told = {},
                                                              const std::stop_token& stop = {});

} // namespace vtscope
