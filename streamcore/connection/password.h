// A password that is read where the user keeps it, at each connection, and kept nowhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "streamcore/connection/secret.h"
#include "streamcore/result.h"

namespace vtscope {

enum class PasswordFrom : std::uint8_t {
    Typed,    // typed by the user, or in the system's keyring
    File,     // the path of a file
    Variable, // the name of an environment variable of this process
    Command,  // a command for /bin/sh, such as "op read op://vault/branch/password"
};
const char* nameOf(PasswordFrom from); // "typed", "file", "variable", "command"
std::optional<PasswordFrom> passwordFromNamed(std::string_view name);

struct PasswordSource
{
    PasswordFrom from = PasswordFrom::Typed;
    std::string place; // path, name or command; not secret. Empty when typed.

    bool isTyped() const { return from == PasswordFrom::Typed; }
    bool operator==(const PasswordSource&) const = default;
};

// The first line of what is there. Blocks, for a command up to 60 s; a stop ends the command, which also ends with this
// process. What a command says on stderr is the detail of the error. Error kind
// Usage: nothing can be read there; Login: the command fails, or the line is empty; Canceled.
Result<Secret> readPassword(const PasswordSource& source, const std::stop_token& stop);

} // namespace vtscope
