// The local log of every write: when, which connection, what exactly, what became of it. One JSON object a line in
// $XDG_STATE_HOME/vtscope/actions.ndjson (0600). Thread-safe across processes (one appending write a line).
#pragma once

#include <string>
#include <vector>

#include "streamcore/result.h"

namespace vtscope {

struct Action
{
    std::string time; // ISO 8601 UTC
    std::string connection;
    std::string verb;   // "ack", "subscribe"
    std::string object; // "shop.mail_queue"
    std::vector<std::string> sql;
    std::vector<std::string> keys;
    std::string result; // "11 of 12"
    std::string detail; // "9007 was already acknowledged"
    bool isOk = true;
};

// Appends it; the time is set here. False when it cannot be written.
bool logAction(const Action& action);
// An error of kind Output, in words, when it could not be: nothing is written to a branch without a record of it.
Result<void> checkActionLog();
// The newest last; at most `limit` of them.
std::vector<Action> readActions(std::size_t limit);
std::string actionLogPath();

} // namespace vtscope
