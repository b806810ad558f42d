// What makes a table a message table: the words of its comment and its columns. Any thread.
#pragma once

#include <chrono>
#include <vector>

#include "app/localbranch/table.h"

namespace localbranch {

struct MessageTable
{
    enum class State { NoMessages, Broken, Good };

    State state = State::NoMessages;
    std::chrono::nanoseconds ackWait{};
    std::chrono::nanoseconds purgeAfter{};
    std::chrono::nanoseconds pollerInterval{};
    std::chrono::nanoseconds minBackoff{};
    std::chrono::nanoseconds maxBackoff{}; ///< zero: none
    size_t batchSize = 0;
    size_t cacheSize = 0;
    std::vector<size_t> streamed; ///< columns, in the order of the packets
    size_t id = 0;
    size_t priority = 0;
    size_t timeNext = 0;
    size_t epoch = 0;
    size_t timeAcked = 0;

    static MessageTable of(const Table& table);
};

} // namespace localbranch
