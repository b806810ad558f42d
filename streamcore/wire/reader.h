// One stream on a thread of its own: reads messages, appends them to the capture, says that there is news. When it
// breaks it is opened again, as far as it is told to; it ends once, for one reason.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/capture/recordbatch.h"
#include "streamcore/connection/connection.h"
#include "streamcore/position/safeposition.h"
#include "streamcore/position/stopposition.h"
#include "streamcore/wire/channel.h"

namespace vtscope {

class Repeats;

// Everything that a reader needs to open its stream.
struct ReaderPlan
{
    std::string method;
    std::string request; // serialised
    ReaderDescription description;
    StopPosition stop{}; // where the reader ends by itself, with error kind Ended
    StreamPast past{};   // of the stream that it goes on with
    Channel::Limit limit = Channel::Limit::Usual;
    std::string doubt{}; // why it is not known whether the server can go on from there; empty: it is
};

class StreamReader
{
public:
    // What became of a stream that has broken.
    struct Break
    {
        Error error;
        std::string position;     // to go on from: a VGtid or TableCursor
        bool hasProgress = false; // since it was opened last
    };

    struct Listener
    {
        // Called on the reader's thread; must not block.
        std::function<void()> news;
        // On the reader's thread, and may block until the token is asked to stop: what to open the stream with again;
        // or why it ends. Absent: with the error that broke it.
        std::function<Result<ReaderPlan>(const ReaderPlan&, const Break&, const std::stop_token&)> recover;
        // A stream that was opened again has brought its first message.
        std::function<void()> resumed;
        // Once, at the end, on the reader's thread. asked: stop() was called. Else error says why.
        std::function<void(bool asked, const Error& error)> ended;
    };

    // The connection outlives the reader.
    StreamReader(const Connection& connection, std::shared_ptr<Capture> capture, ReaderPlan plan, Listener listener);
    // Stops and joins.
    ~StreamReader();

    void requestStop();
    // Waits until nothing more is appended: what past() and resumePosition() tell from then on belongs to all that was.
    void join();
    // Ends the connection at hand as if it had broken, for this reason.
    void breakOff(const Error& why);

    // Any thread.
    std::int64_t lastReceived() const
    {
        return m_lastReceived.load(std::memory_order_relaxed);
    } // ns since 1970; 0: nothing yet
    // When there was a line or a position last, which a heartbeat is not.
    std::int64_t lastProgress() const
    {
        return m_lastProgress.load(std::memory_order_relaxed);
    }                                                                                     // ns since 1970; 0: not yet
    std::uint64_t received() const { return m_received.load(std::memory_order_relaxed); } // bytes
    // Changes that came again after the stream was opened again, and are not counted among the capture's.
    std::uint64_t repeated() const { return m_repeated.load(std::memory_order_relaxed); }
    // Rows of a copy that have come; nothing when none is under way.
    std::optional<std::uint64_t> copied() const;
    // How far the server's clock is ahead of ours, less the time that messages take; nothing before it told its time.
    std::optional<std::chrono::nanoseconds> clockDifference() const;
    // Why the server holds the stream back, in its own words, if it says that it does.
    std::optional<std::string> throttled() const;
    // That of the plan, until something comes.
    std::string doubt() const;
    std::string resumePosition() const;
    StreamPast past() const;
    const ReaderDescription& description() const { return m_description; } // as it was opened first

private:
    static constexpr std::int64_t kNoClock = std::numeric_limits<std::int64_t>::min();

    void run(const std::stop_token& stop);
    Error runOnce(const std::stop_token& stop);
    void noteGivenUp(const Error& error);
    Error readAll(const std::stop_token& stop, Channel::Stream& stream);
    Result<void> open();
    Result<void> noteUnknown();
    Result<void> appendSifted();
    void notePositions(const Appended& appended);
    void noteCopied(const Appended& appended);
    void checkStart();
    void noteServer(const Appended& appended, std::int64_t received);

    const Connection& m_connection;
    std::shared_ptr<Capture> m_capture;
    const ReaderDescription m_description;
    Listener m_listener;
    std::atomic<std::int64_t> m_lastReceived{0};
    std::atomic<std::int64_t> m_lastProgress{0};
    std::atomic<std::uint64_t> m_received{0};
    std::atomic<std::uint64_t> m_repeated{0};
    std::atomic<std::uint64_t> m_copied{0};
    std::atomic<bool> m_isCopying{false};
    std::atomic<std::int64_t> m_clockDifference{kNoClock};

    // The thread's alone.
    ReaderPlan m_plan;
    std::optional<ReaderId> m_reader; // once this opening has brought something
    std::unique_ptr<Repeats> m_repeats;
    RecordBatch m_batch;
    std::vector<Appended> m_appended;
    Error m_lastEnd;
    bool m_hasProgress = false;
    bool m_isStartChecked = false; // a gap before this opening has its line, if there is one
    bool m_isThrottled = false;
    std::int64_t m_clockSince = 0; // of the span in which clocks are compared at the moment
    std::int64_t m_clockBest = 0;

    mutable std::mutex m_mutex; // guards these
    SafePosition m_position;
    StreamPast m_past;
    std::optional<std::string> m_throttled;
    std::string m_doubt;
    Channel::Stream* m_stream = nullptr;
    std::optional<Error> m_brokenOff;
    std::jthread m_thread;
};

} // namespace vtscope
