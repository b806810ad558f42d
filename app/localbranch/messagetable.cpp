#include "app/localbranch/messagetable.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "app/localbranch/sqllexer.h"

namespace localbranch {

namespace {

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    size_t at = 0;
    for (;;) {
        const size_t next = text.find(separator, at);
        parts.push_back(text.substr(at, next == std::string::npos ? next : next - at));
        if (next == std::string::npos)
            return parts;
        at = next + 1;
    }
}

/// Blanks are part of keys, as in Vitess: a space after a comma makes an attribute unknown.
std::map<std::string, std::string> attributesOf(const std::string& comment)
{
    std::map<std::string, std::string> attributes;
    for (const std::string& entry : split(comment, ',')) {
        const std::vector<std::string> sides = split(entry, '=');
        if (sides.size() == 2)
            attributes[sides[0]] = sides[1];
    }
    return attributes;
}

bool readNumber(const std::map<std::string, std::string>& attributes, const char* name, double& value)
{
    const auto found = attributes.find(name);
    if (found == attributes.end())
        return false;
    char* end = nullptr;
    value = std::strtod(found->second.c_str(), &end);
    return !found->second.empty() && *end == '\0';
}

std::chrono::nanoseconds secondsOf(double value)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

} // namespace

MessageTable MessageTable::of(const Table& table)
{
    MessageTable message;
    if (table.comment.find("vitess_message") == std::string::npos)
        return message;
    message.state = State::Broken;
    const auto attributes = attributesOf(table.comment);
    double ackWait = 0;
    double purgeAfter = 0;
    double batchSize = 0;
    double cacheSize = 0;
    double pollerInterval = 0;
    const bool isComplete =
        readNumber(attributes, "vt_ack_wait", ackWait) && readNumber(attributes, "vt_purge_after", purgeAfter) &&
        readNumber(attributes, "vt_batch_size", batchSize) && readNumber(attributes, "vt_cache_size", cacheSize) &&
        readNumber(attributes, "vt_poller_interval", pollerInterval);
    const std::pair<const char*, size_t*> columns[] = {{"id", &message.id},
                                                       {"priority", &message.priority},
                                                       {"time_next", &message.timeNext},
                                                       {"epoch", &message.epoch},
                                                       {"time_acked", &message.timeAcked}};
    for (const auto& [name, index] : columns) {
        const auto column = table.columnIndex(name);
        if (!column)
            return message;
        *index = *column;
    }
    if (!isComplete)
        return message;
    double minBackoff = ackWait;
    double maxBackoff = 0;
    readNumber(attributes, "vt_min_backoff", minBackoff);
    readNumber(attributes, "vt_max_backoff", maxBackoff);
    message.ackWait = secondsOf(ackWait);
    message.purgeAfter = secondsOf(purgeAfter);
    message.pollerInterval = secondsOf(std::max(pollerInterval, 0.05));
    message.minBackoff = secondsOf(minBackoff);
    message.maxBackoff = secondsOf(maxBackoff);
    message.batchSize = static_cast<size_t>(std::max(batchSize, 1.0));
    message.cacheSize = static_cast<size_t>(std::max(cacheSize, 1.0));
    if (const auto named = attributes.find("vt_message_cols"); named != attributes.end()) {
        for (const std::string& name : split(named->second, '|')) {
            const auto column = table.columnIndex(name);
            if (!column)
                return message;
            message.streamed.push_back(*column);
        }
        if (message.streamed.front() != message.id)
            return message;
    } else {
        for (size_t i = 0; i < table.columns.size(); ++i) {
            if (i != message.priority && i != message.timeNext && i != message.epoch && i != message.timeAcked)
                message.streamed.push_back(i);
        }
    }
    message.state = State::Good;
    return message;
}

} // namespace localbranch
