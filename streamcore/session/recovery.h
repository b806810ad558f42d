// What becomes of a stream that has broken: whether it is opened again, when, and from where. One a stream; next() runs
// on its reader's thread, the rest on any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>

#include "streamcore/connection/connection.h"
#include "streamcore/result.h"
#include "streamcore/wire/reader.h"

namespace vtscope {

// How long is waited before each try: the first time, then twice as long, up to the longest, each somewhat shorter or
// longer by chance, so that many clients do not come back at once. A stream that stands still while its servers go on
// is given up after some time, and after twice as long each time that this did not help; a single shard that does,
// after four times as long.
struct RetryPace
{
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{30'000};
    std::chrono::milliseconds stuck{30'000};
    std::chrono::milliseconds stuckLongest{15 * 60'000};
    // Servers look so long for a tablet that has a position, in silence, and then say that there is none.
    std::chrono::milliseconds search{100'000};
};

// A stream that is broken at the moment.
struct Trouble
{
    Error cause;
    std::uint32_t tries = 0; // that failed; 0: none was made yet
    std::chrono::steady_clock::time_point nextTry;
    std::chrono::system_clock::time_point since;
};

class Recovery
{
public:
    // changed: whenever trouble() did, on whichever thread; must not block. The connection outlives this.
    Recovery(const Connection& connection, TabletType type, RetryPace pace, std::function<void()> changed);

    // Waits as long as is due, asks the servers whether they can go on from there, and says how. The error that ends
    // the stream: it is not one that passes, it has come too often, or the position is lost. Canceled when asked to
    // stop.
    Result<ReaderPlan> next(const ReaderPlan& plan, const StreamReader::Break& broken, const std::stop_token& stop);
    // The stream is open again.
    void noteOpen();
    // Does not wait any longer.
    void tryNow();

    std::optional<Trouble> trouble() const;

private:
    bool wait(std::chrono::milliseconds time, const std::stop_token& stop);

    const Connection& m_connection;
    const TabletType m_type;
    const RetryPace m_pace;
    const std::function<void()> m_changed;
    // next()'s alone.
    std::mt19937 m_random{std::random_device{}()};
    std::uint32_t m_tries = 0; // without progress
    bool m_hasComeFar = false;

    mutable std::mutex m_mutex;
    std::condition_variable_any m_woken;
    std::optional<Trouble> m_trouble;
    bool m_isHurried = false;
};

// How often a stream is opened again that breaks with this error before it has brought anything.
std::uint32_t mostTries(const Error& error, bool hasEverComeFar);

} // namespace vtscope
