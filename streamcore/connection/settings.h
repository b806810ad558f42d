// How to reach a branch, as the user typed or pasted it. Holds no password. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/connection/password.h"
#include "streamcore/connection/secret.h"
#include "streamcore/connection/tag.h"
#include "streamcore/result.h"

namespace vtscope {

enum class TabletType : std::uint8_t { Primary, Replica, Rdonly };
const char* nameOf(TabletType type); // "primary", "replica", "rdonly"
std::optional<TabletType> tabletTypeFrom(std::string_view name);

const char* nameOf(Tag tag);
Tag tagFrom(std::string_view name);

struct ConnectionSettings
{
    std::string id;   // names the entry in the keyring and in the settings file; made when first saved
    std::string name; // what the user calls it; the host when empty
    std::string host;
    int port = 443;
    std::string database; // default keyspace; no part of the login
    std::string username;
    PasswordSource password;
    bool isPlaintext = false;
    bool allowsCleartextPassword = false; // the second yes for a login over an unencrypted connection
    bool isOnThisMachine = false;         // our own child process: nothing leaves the machine
    std::string caFile;
    TabletType tabletType = TabletType::Primary;
    std::string cells; // comma-separated; empty: the server's choice
    Tag tag = Tag::None;

    std::string endpoint() const;    // "host:port", IPv6 in brackets
    std::string displayName() const; // name, else endpoint
    bool isPlanetScaleHost() const;  // by its name: *.psdb.cloud
    bool operator==(const ConnectionSettings&) const = default;
};

// Splits "host", "host:port" or "[v6]:port". Without a port: 443, but a loopback host must name one. Error kind Usage,
// with the sentence to show beside the field.
Result<std::pair<std::string, int>> parseHost(std::string_view text);

// Checks what can be checked without the network. isPasswordTyped: one was typed or kept. Error kind Usage.
Result<void> validate(const ConnectionSettings& settings, bool isPasswordTyped);

// What was found in a pasted text; absent values were not in it.
struct ImportedSettings
{
    std::string source; // ".env with 4 values", "mysql:// URL", "pscale output": for the line above the form
    std::optional<std::string> host;
    std::optional<int> port;
    std::optional<std::string> database;
    std::optional<std::string> username;
    std::optional<Secret> password;
    std::string hint; // something to look at, such as a port that was left out
};

// Reads a `.env`, a mysql:// URL (also inside DATABASE_URL), or what pscale prints as JSON. Error kind Usage: nothing
// of the kind.
Result<ImportedSettings> importSettings(std::string_view text);

} // namespace vtscope
