#include "streamcore/wire/status.h"

#include <grpcpp/support/status_code_enum.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace vtscope {

namespace {

constexpr std::string_view kThrough = " (through the proxy ";
constexpr std::string_view kBecause = ". That is: ";
constexpr const char* kRestarts =
    "The server restarts and closed the connection. It can be continued from the last position.";

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

// Vitess wraps messages in one another; the innermost part is the news.
std::string innermost(const std::string& message)
{
    std::string_view rest = message;
    for (const std::string_view marker : {"desc = ", "giving up: ", "remote host: "}) {
        if (const std::size_t at = rest.rfind(marker); at != std::string_view::npos)
            rest = rest.substr(at + marker.size());
    }
    constexpr std::size_t kHeadline = 300;
    return rest.size() > kHeadline ? std::string(rest.substr(0, kHeadline)) + " …" : std::string(rest);
}

// What stands behind a mark, up to the next one; empty without it.
std::string behind(const std::string& message, std::string_view mark, std::string_view end)
{
    const std::size_t at = message.find(mark);
    if (at == std::string::npos)
        return {};
    const std::size_t from = at + mark.size();
    return message.substr(from, message.find(end, from) - from);
}

// "Received message larger than max (N vs. M)"
std::string overLimit(const std::string& message)
{
    constexpr unsigned long long kMib = 1ULL << 20;
    unsigned long long size = 0, limit = 0;
    const std::size_t at = message.find('(');
    if (at == std::string::npos || std::sscanf(message.c_str() + at, "(%llu vs. %llu)", &size, &limit) != 2)
        return "A message is larger than vtscope's limit.";
    return "A message of " + std::to_string((size + kMib - 1) / kMib) + " MiB is larger than vtscope's limit of " +
           std::to_string(limit / kMib) + " MiB.";
}

// The words of gRPC and of OpenSSL for a connection that could not be made.
Error noConnection(const std::string& message)
{
    const auto error = [&](ErrorKind kind, std::string sentence) {
        return Error{kind, std::move(sentence), message, grpc::StatusCode::UNAVAILABLE};
    };
    const std::string proxy = behind(message, kThrough, ")");
    if (std::string reason = behind(message, kBecause, "\n"); !reason.empty())
        return error(ErrorKind::Tls, std::move(reason));
    if (const std::string status = behind(message, "HTTP proxy returned response code ", " "); !status.empty()) {
        Error refused = refusedByProxy(proxy, std::atoi(status.c_str()), message);
        refused.code = grpc::StatusCode::UNAVAILABLE;
        return refused;
    }
    if (isRefusedHandshake(message))
        return error(ErrorKind::Tls, "The server and vtscope did not agree on an encryption that proves who the server "
                                     "is. Test the connection to see why.");
    const bool isNobodyThere = contains(message, "remote host") || contains(message, "DNS resolution");
    if (!proxy.empty())
        return error(ErrorKind::NotReachable, isNobodyThere
                                                  ? "The proxy " + proxy + " cannot be reached."
                                                  : "The proxy " + proxy + " takes the connection, and the way ends.");
    if (contains(message, "Socket closed") || contains(message, "onnection reset"))
        return error(ErrorKind::NotReachable, "The server takes the connection and closes it at once: it wants "
                                              "encryption, or speaks something else on this port.");
    return error(ErrorKind::NotReachable, "The server cannot be reached: " + innermost(message));
}

// The same for one that was made and did not last.
Error brokenConnection(const std::string& message)
{
    const auto error = [&](std::string sentence) {
        return Error{ErrorKind::Unavailable, std::move(sentence), message, grpc::StatusCode::UNAVAILABLE};
    };
    if (contains(message, "keepalive watchdog timeout"))
        return error("The server stopped answering, and the connection was given up. It can be continued from the last "
                     "position.");
    if (contains(message, "GOAWAY"))
        return error(kRestarts);
    if (contains(message, "Socket closed") || contains(message, "onnection reset") || contains(message, "Broken pipe"))
        return error("The connection to the server broke. It can be continued from the last position.");
    if (contains(message, "Cancelling all calls"))
        return error("The server shuts down. It can be continued from the last position.");
    if (contains(message, "fully throttled") || contains(message, "liveness checks"))
        return error("The tablet has sent nothing for minutes: it hangs, or its throttler holds everything back, which "
                     "SHOW VITESS_THROTTLED_APPS tells. A tablet of another type may send more.");
    return error(innermost(message));
}

} // namespace

bool isMysqlAway(const std::string& message)
{
    for (const std::string_view number : {"(errno 2002)", "(errno 2003)", "(errno 2006)", "(errno 2013)"}) {
        if (contains(message, number))
            return true;
    }
    return false;
}

Error refusedByProxy(const std::string& proxy, int httpStatus, std::string detail)
{
    constexpr int kLoginMissing = 407, kForbidden = 403, kBadGateway = 502;
    const std::string name = "The proxy " + proxy;
    const std::string answer = " (HTTP " + std::to_string(httpStatus) + ").";
    if (httpStatus == kLoginMissing)
        return {ErrorKind::Login,
                name + " asks for a login, or refuses the one in its address: http://user:password@proxy:port.",
                std::move(detail), 0};
    if (httpStatus == kForbidden)
        return {ErrorKind::NotReachable, name + " does not allow connections to this host" + answer, std::move(detail),
                0};
    if (httpStatus >= kBadGateway)
        return {ErrorKind::NotReachable, name + " cannot reach the server" + answer, std::move(detail), 0};
    return {ErrorKind::NotReachable, name + " refuses to connect to the server" + answer, std::move(detail), 0};
}

bool isFailedConnection(const std::string& message)
{
    return contains(message, "failed to connect") || contains(message, "DNS resolution") ||
           contains(message, "onnection refused");
}

bool isRefusedHandshake(const std::string& message)
{
    return contains(message, "failed to connect") &&
           (contains(message, "handshake failed") || contains(message, "WRONG_VERSION_NUMBER") ||
            contains(message, "peer certificate") || contains(message, "check peer"));
}

std::string withWay(const std::string& message, const std::string& proxy, const std::string& reason)
{
    std::string words = message;
    if (!proxy.empty())
        words.append(kThrough).append(proxy).append(")");
    if (!reason.empty())
        words.append(kBecause).append(reason);
    return words;
}

Error errorOf(int code, const std::string& message)
{
    const auto error = [&](ErrorKind kind, std::string sentence) {
        return Error{kind, std::move(sentence), message, code};
    };
    const auto server = [&](ErrorKind kind) { return error(kind, innermost(message)); };
    if (contains(message, "GOAWAY") && contains(message, "NO_ERROR"))
        return error(ErrorKind::Unavailable, kRestarts);
    // With the codes of INTERNAL, CANCELLED and others, as HTTP/2 says it.
    if (contains(message, "RST_STREAM"))
        return error(ErrorKind::Unavailable, "The server, or something on the way to it, cut the stream. It can be "
                                             "continued from the last position.");
    // In UNKNOWN, whatever the tablet was doing.
    if (isMysqlAway(message))
        return error(ErrorKind::Unavailable, "The tablet has lost its MySQL, which restarts or fails over.");
    switch (code) {
    case grpc::StatusCode::UNAUTHENTICATED:
        return error(ErrorKind::Login, "The branch refused this login.");
    case grpc::StatusCode::PERMISSION_DENIED:
        if (contains(message, "auth failure"))
            return error(ErrorKind::Login, "The server refused this login.");
        return error(ErrorKind::Role, "This login may not do that: " + innermost(message));
    case grpc::StatusCode::UNIMPLEMENTED:
        if (contains(message, "VT12001"))
            return server(ErrorKind::Server);
        return error(ErrorKind::NoService, "This server does not offer the API that was asked for.");
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
        if (contains(message, "larger than max"))
            return error(ErrorKind::MessageTooLarge,
                         contains(message, "trying to send")
                             ? "A row is larger than the server's own limit for one message; the server cannot send it."
                             : overLimit(message));
        return server(ErrorKind::Unavailable);
    case grpc::StatusCode::CANCELLED:
        if (contains(message, "failed to find a"))
            return error(ErrorKind::PositionInvalid, "The server found no tablet that can serve this stream within 90 "
                                                     "s. Either there is no tablet of that type, or the position "
                                                     "was purged, lies in the future, or belongs to another branch.");
        if (contains(message, "skew to reduce"))
            return error(ErrorKind::Canceled, "The shards waited for one that does not go on, and the server gave up. "
                                              "Without the skew kept small, the others would go on.");
        return error(ErrorKind::Canceled, "The stream was canceled.");
    case grpc::StatusCode::UNAVAILABLE:
        return isFailedConnection(message) ? noConnection(message) : brokenConnection(message);
    case grpc::StatusCode::DEADLINE_EXCEEDED:
        if (contains(message, "repeatedly failed"))
            return server(ErrorKind::Unavailable);
        return error(ErrorKind::NotReachable, "The server did not answer in time.");
    case grpc::StatusCode::ABORTED:
    case 17:
        return server(ErrorKind::Unavailable);
    default:
        break;
    }
    if (contains(message, "not all journaling participants"))
        return error(ErrorKind::Server,
                     "The shards of this stream were resharded together with others that it does not "
                     "have. Watch all shards of the keyspace.");
    // The words of gRPC in Go and in C++ for a host that speaks HTTP/2, but no gRPC.
    if ((contains(message, "HTTP") || contains(message, "http2 header with status")) &&
        (contains(message, "404") || contains(message, "415")))
        return error(ErrorKind::NoService, "This host does not offer the API that was asked for.");
    if (contains(message, "purged"))
        return error(ErrorKind::PositionPurged,
                     "The server no longer has the changes from this position on: they were purged.");
    if (contains(message, "GTIDSet Mismatch") || contains(message, "could not decode position"))
        return error(ErrorKind::PositionInvalid, "The server does not accept this position: " + innermost(message));
    if (contains(message, "VT05003") || contains(message, "VT05004") || contains(message, "VT05005") ||
        contains(message, "not found in the") || contains(message, "is not present in the database") ||
        contains(message, "node doesn't exist"))
        return server(ErrorKind::UnknownName);
    return server(ErrorKind::Server);
}

} // namespace vtscope
