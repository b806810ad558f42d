// What a user watches, with all that it needs: readers on threads of their own, one capture, positions, liveness. The
// only door to a stream for the window and the command line. Lives on one thread with an event loop and never blocks
// it, but for joining readers.
#pragma once

#include <QObject>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "streamcore/capture/capture.h"
#include "streamcore/connection/connection.h"
#include "streamcore/result.h"
#include "streamcore/session/recovery.h"
#include "streamcore/session/watch.h"

namespace vtscope {

class SourceProbe;
class StreamReader;

class Session : public QObject
{
    Q_OBJECT

public:
    enum class State : std::uint8_t {
        Idle,    // not started yet
        Opening, // names and positions are being checked, or the server has not answered yet
        Live,
        Recovering, // a stream has broken and is being opened again: trouble() says why and when
        Stopped,    // by the user
        Ended,      // by the server or a problem: error() says which
    };

    // The capture is appended to as long as this lives.
    Session(std::shared_ptr<Connection> connection, std::shared_ptr<Capture> capture, QObject* parent = nullptr);
    ~Session() override;

    // Returns at once; what becomes of it, stateChanged() and error() tell. Starting again appends to the same capture.
    void start(const WatchRequest& request);
    void start(const SubscribeRequest& request);
    // Stops reading and waits for the readers, which takes milliseconds. What was received stays.
    void stop();

    State state() const { return m_state; }
    bool isRunning() const
    {
        return m_state == State::Opening || m_state == State::Live || m_state == State::Recovering;
    }
    // Why it ended; nothing while it runs, and nothing when it was stopped.
    const std::optional<Error>& error() const { return m_error; }

    const std::shared_ptr<Connection>& connection() const { return m_connection; }
    const std::shared_ptr<Capture>& capture() const { return m_capture; }
    const WatchRequest& request() const { return m_request; }
    bool isSubscription() const { return m_isSubscription; }

    // While it recovers: of the stream that is tried next.
    std::optional<Trouble> trouble() const;
    // How far the servers are ahead. Streams and shards that stand still though they are, are found by it and opened
    // again.
    SourceProbe& probe() { return *m_probe; }
    const SourceProbe& probe() const { return *m_probe; }
    // Tries to open again at once what has broken.
    void tryNow();
    // The computer has slept, or is on another network: connections may be dead without knowing it. What is broken is
    // tried at once, and what stays silent is opened again.
    void noteWake();
    // How often a stream was opened again, and the changes that came a second time then, which have no lines.
    std::uint64_t reopenings() const { return m_reopenings; }
    std::uint64_t repeated() const;
    // For the streams that are opened from now on.
    void setRetryPace(const RetryPace& pace) { m_pace = pace; }

    // Whether a tablet has sent anything: a change, or where it stands. Heartbeats come without one.
    bool hasProgress() const;
    // Time since the last message (a heartbeat counts), of the stream that is silent longest among those that are open;
    // nothing before the first. Longer than kStall is no pause: servers send something each second.
    std::optional<std::chrono::milliseconds> silence() const;
    static constexpr std::chrono::seconds kStall{20};
    static constexpr std::chrono::seconds kFarClock{60}; // a difference between clocks that people are told of
    // How late the newest change came: from the moment the tablet read it to its receipt. Where the two clocks differ
    // by more than a second that is reckoned in. Nothing before the first change, and never in Sync, which tells no
    // time.
    std::optional<std::chrono::nanoseconds> lag() const;
    // How far the server's clock is ahead of ours, when that is more than messages take: a second or more either way.
    std::optional<std::chrono::nanoseconds> clockDifference() const;
    // Rows that the copies under way have brought; nothing when there are none.
    std::optional<std::uint64_t> copied() const;
    // Why the server holds a stream back, in its own words, perhaps empty; nothing while none says so.
    std::optional<std::string> throttled() const;
    // Of a stream that has not said anything since it was opened: why it may never. Empty: there is no such doubt.
    std::string doubt() const;
    // Whether continueFromHere() can go on without a hole: a change stream that is not running and has a position.
    bool canContinue() const;
    // What another session has to be asked for to go on from the last safe position. Only when canContinue().
    WatchRequest requestToContinue() const;
    // Opens the same streams again from the last safe position.
    void continueFromHere();
    // One serialised position per reader, in the order of the readers; what WatchRequest::resume takes.
    std::vector<std::string> resumePositions() const
    {
        return m_isSubscription ? std::vector<std::string>() : collectPositions();
    }

    // What these say of each shard; in Sync of each table in it, which has its name here.
    std::vector<ShardPosition> shardPositions() const;

Q_SIGNALS:
    // Lines [first, first + count) of the capture are new. At most every 33 ms.
    void rowsAppended(quint64 first, quint64 count);
    void stateChanged();

private:
    using Request = std::variant<WatchRequest, SubscribeRequest>;
    struct Opened;
    struct Stream;

    void open(Request request);
    void takePlans(const std::shared_ptr<Opened>& opened);
    void noteNews();
    void takeNews();
    void noteEnd(std::size_t generation, bool asked, const Error& error);
    void noteTrouble(std::size_t generation);
    void breakSilent();
    void noteReopened(std::size_t generation, std::size_t stream);
    void breakStuck();
    void noteJournal();
    void joinReaders();
    void setState(State state);
    void endAsAsked(const std::string& limit);
    std::vector<std::string> collectPositions() const;

    std::shared_ptr<Connection> m_connection;
    std::shared_ptr<Capture> m_capture;
    WatchRequest m_request;
    bool m_isSubscription = false;
    State m_state = State::Idle;
    std::optional<Error> m_error;
    std::jthread m_opener;
    std::vector<std::unique_ptr<Stream>> m_streams;
    std::vector<std::string> m_tables;    // Sync: of each stream
    std::vector<std::string> m_positions; // of streams that are gone
    std::vector<StreamPast> m_pasts;
    RetryPace m_pace;
    std::uint64_t m_reopenings = 0;
    std::uint64_t m_repeated = 0; // in streams that are gone
    std::size_t m_generation = 0; // tells late words of stopped readers from those that run
    std::size_t m_ended = 0;
    std::uint64_t m_taken = 0;
    std::int64_t m_lastReceived = 0;
    bool m_hadProgress = false; // of streams that are gone
    std::atomic<bool> m_isNewsPosted = false;
    std::uint64_t m_endAtChanges = 0; // of the capture; 0: no limit
    std::uint64_t m_endAtBytes = 0;   // of the readers; 0: no limit
    QTimer m_endTime;
    QTimer m_silence;          // after the computer has slept
    std::int64_t m_wokeAt = 0; // ns since 1970
    QTimer m_rhythm;
    bool m_hasNews = false;
    std::unique_ptr<SourceProbe> m_probe; // uses this
    QTimer m_stuckTime;
    std::shared_ptr<Journal> m_journal;
    QTimer m_journalTime;
};

} // namespace vtscope
