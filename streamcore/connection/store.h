// The saved connections, newest first, in $XDG_CONFIG_HOME/vtscope/connections.json (0600). Never holds a password:
// those are in the system's keyring, under the connection's id. Lives on one thread.
#pragma once

#include <QObject>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamcore/connection/settings.h"
#include "streamcore/result.h"

namespace vtscope {

struct SavedConnection
{
    ConnectionSettings settings;
    std::int64_t lastUsed = 0; // seconds since 1970
    std::string branch;        // as the server named it last
};

class ConnectionStore
{
public:
    // path: another file than the usual one, for tests.
    explicit ConnectionStore(std::string path = {});

    const std::vector<SavedConnection>& all() const { return m_connections; }
    // By name, else by id; nothing if there is none.
    const SavedConnection* find(const std::string& name) const;
    // Adds or replaces by id (made when empty) and moves it to the front. Error kind Output.
    Result<std::string> save(SavedConnection connection);
    Result<void> remove(const std::string& id);
    Result<void> clear();
    // What the file could not be read for; the list is empty then, and the file is left alone until something is saved.
    const std::string& problem() const { return m_problem; }

private:
    Result<void> write() const;

    std::string m_path;
    std::string m_problem;
    std::vector<SavedConnection> m_connections;
};

// Passwords. Answers come by callback on the calling thread's event loop, soon or after the user unlocked the keyring.
class SecretStore
{
public:
    virtual ~SecretStore() = default;

    using Read = std::function<void(std::optional<Secret>)>;
    // isKept false: no keyring; the password is for this session only.
    using Written = std::function<void(bool isKept)>;

    virtual void read(const std::string& id, Read done) = 0;
    virtual void write(const std::string& id, const Secret& secret, Written done) = 0;
    virtual void remove(const std::string& id) = 0;

    // The system's keyring. Where there is none, secrets live until the program ends.
    static std::unique_ptr<SecretStore> system();
    // In memory alone, for tests.
    static std::unique_ptr<SecretStore> inMemory();
};

// $XDG_DATA_HOME/vtscope/captures, made if needed (0700). Empty when that fails.
std::string captureFolder();
// $XDG_STATE_HOME/vtscope. Not made.
std::string stateFolder();

} // namespace vtscope
