// One stream on a thread of its own: reads messages, appends them to the capture, says that there is news. Ends once,
// for one reason.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "streamcore/capture/capture.h"
#include "streamcore/connection/connection.h"
#include "streamcore/position/safeposition.h"
#include "streamcore/position/stopposition.h"
#include "streamcore/wire/channel.h"

namespace vtscope {

// Everything that a reader needs to open its stream.
struct ReaderPlan
{
    std::string method;
    std::string request; // serialised
    ReaderDescription description;
    StopPosition stop{}; // where the reader ends by itself, with error kind Ended
};

class StreamReader
{
public:
    struct Listener
    {
        // Called on the reader's thread; must not block.
        std::function<void()> news;
        // Once, at the end, on the reader's thread. asked: stop() was called. Else error says why.
        std::function<void(bool asked, const Error& error)> ended;
    };

    // The connection outlives the reader.
    StreamReader(const Connection& connection, std::shared_ptr<Capture> capture, ReaderPlan plan, Listener listener);
    // Stops and joins.
    ~StreamReader();

    void requestStop();
    // Waits until nothing more is appended: what resumePosition() tells from then on belongs to all that was.
    void join();

    // Any thread.
    std::int64_t lastReceived() const
    {
        return m_lastReceived.load(std::memory_order_relaxed);
    } // ns since 1970; 0: nothing yet
    std::uint64_t received() const { return m_received.load(std::memory_order_relaxed); } // bytes
    std::string resumePosition() const;
    const ReaderDescription& description() const { return m_plan.description; }

private:
    void run(const std::stop_token& stop);
    Error readAll(const std::stop_token& stop, ReaderId reader, Channel::Stream& stream);
    void notePositions(const Appended& appended);

    const Connection& m_connection;
    std::shared_ptr<Capture> m_capture;
    ReaderPlan m_plan;
    Listener m_listener;
    std::atomic<std::int64_t> m_lastReceived{0};
    std::atomic<std::uint64_t> m_received{0};
    mutable std::mutex m_mutex; // guards m_position
    SafePosition m_position;
    std::jthread m_thread;
};

} // namespace vtscope
