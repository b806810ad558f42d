// What the wire says, in our words. Any thread.
#pragma once

#include <string>

#include "streamcore/result.h"

namespace vtscope {

// The one place where a gRPC status becomes our error: kind, a sentence, the server's own words.
Error errorOf(int code, const std::string& message);

// A proxy (host:port) answered CONNECT with this HTTP status. Error kind Login for 407, else NotReachable.
Error refusedByProxy(const std::string& proxy, int httpStatus, std::string detail);

// Whether these words tell that a tablet cannot reach its MySQL: down, restarting, or failing over.
bool isMysqlAway(const std::string& message);

// Whether these words of gRPC tell of a connection that could not be made, and of a TLS handshake that was refused by
// either side.
bool isFailedConnection(const std::string& message);
bool isRefusedHandshake(const std::string& message);

// gRPC says neither which proxy it went through nor why a handshake was refused: its words with both, as far as they
// are known, for errorOf().
std::string withWay(const std::string& message, const std::string& proxy, const std::string& reason);

} // namespace vtscope
