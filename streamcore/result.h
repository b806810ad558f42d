// Errors that a user can mend, as values. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace vtscope {

// What went wrong, as far as the program acts differently on it: the exit code, the field that is framed, the next step
// offered.
enum class ErrorKind : std::uint8_t {
    Usage,           // the request itself makes no sense: a field, an option, a name in it
    UnknownName,     // a keyspace, shard, table or column that the branch does not have
    NameNotFound,    // DNS does not know the host
    NotReachable,    // refused, timed out, cut
    Tls,             // no TLS there, or a certificate that does not prove the host
    Login,           // user or password refused, or missing
    Role,            // the login may not do this
    NoService,       // the host speaks none of the APIs, or not the one needed
    ReadOnly,        // refused by vtscope itself: the connection is locked
    PositionInvalid, // not a position, or of another branch or shard
    PositionPurged,  // the server no longer has the changes from there, or not even the shard
    MessageTooLarge, // a message over the limit of either side
    Unavailable,     // passing trouble of the server: failover, restart, overload
    Ended,           // the server ended the stream, without an error
    Server,          // any other error in the server's own words
    Output,          // disk full, target not writable
    Damaged,         // a capture that cannot be read
    Canceled,        // the user or the program stopped it
};

// message: a sentence of ours that a person can act on. detail: the server's or system's own words, complete, or empty.
struct Error
{
    ErrorKind kind = ErrorKind::Server;
    std::string message;
    std::string detail;
    int code = 0; // gRPC or vtrpc code where there is one

    bool operator==(const Error&) const = default;
};

template <typename T> using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(ErrorKind kind, std::string message, std::string detail = {}, int code = 0)
{
    return tl::unexpected<Error>(Error{kind, std::move(message), std::move(detail), code});
}

} // namespace vtscope
