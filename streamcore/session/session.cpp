#include "streamcore/session/session.h"

#include <QThreadPool>

#include <algorithm>
#include <map>

#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/session/sourceprobe.h"
#include "streamcore/wire/reader.h"

namespace vtscope {

namespace {

constexpr std::chrono::milliseconds kRhythm{33};
constexpr std::chrono::minutes kJournalEvery{1};
// A stream that is alive brings a heartbeat each second.
constexpr std::chrono::seconds kSilenceAfterWake{5};
// In the time after which a stream that stands still is given up.
constexpr int kLooksForStuck = 3;
// A shard's patience, in those of a whole stream: vtgate keeps a transaction back until it has all of it.
constexpr int kShardPatience = 4;

} // namespace

// What the opener found; handed from its thread to ours.
struct Session::Opened
{
    std::size_t generation = 0;
    Result<std::vector<ReaderPlan>> plans;
};

struct Session::Stream
{
    Stream(const Connection& connection, TabletType type, const RetryPace& pace, std::function<void()> changed)
        : recovery(connection, type, pace, std::move(changed)), patience(pace.stuck)
    {
    }

    Recovery recovery;
    std::chrono::milliseconds patience;                                                // with standing still
    std::chrono::steady_clock::time_point openedAt = std::chrono::steady_clock::now(); // last
    std::int64_t progressBefore = 0;                                                   // of the reader, that opening
    std::map<std::string, std::string> stuckAt; // by shard: where it stood when the stream was given up for it
    std::unique_ptr<StreamReader> reader;       // uses it

    // Servers may search long for the next row of a copy.
    bool mayStandStill() const
    {
        const bool isSync = reader->description().api == ReaderDescription::Api::Sync;
        return recovery.trouble() || reader->throttled() ||
               std::ranges::any_of(shardsIn(reader->resumePosition(), isSync), isInsideCopy);
    }
};

Session::Session(std::shared_ptr<Connection> connection, std::shared_ptr<Capture> capture, QObject* parent)
    : QObject(parent), m_connection(std::move(connection)), m_capture(std::move(capture)), m_taken(m_capture->count()),
      m_probe(std::make_unique<SourceProbe>(*this)), m_journal(std::make_shared<Journal>(m_connection->settings()))
{
    connect(m_probe.get(), &SourceProbe::changed, this, &Session::breakStuck);
    connect(&m_stuckTime, &QTimer::timeout, m_probe.get(), &SourceProbe::askWhereStill);
    m_journalTime.setInterval(kJournalEvery);
    connect(&m_journalTime, &QTimer::timeout, this, &Session::noteJournal);
    m_rhythm.setSingleShot(true);
    m_rhythm.setInterval(kRhythm);
    m_rhythm.setTimerType(Qt::PreciseTimer);
    m_endTime.setSingleShot(true);
    connect(&m_endTime, &QTimer::timeout, this, [this] {
        endAsAsked(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(m_request.endAfterTime).count()) +
                   " s");
    });
    m_silence.setSingleShot(true);
    connect(&m_silence, &QTimer::timeout, this, &Session::breakSilent);
    connect(&m_rhythm, &QTimer::timeout, this, [this] {
        if (m_hasNews)
            takeNews();
    });
}

Session::~Session()
{
    ++m_generation;
    joinReaders();
}

void Session::start(const WatchRequest& request)
{
    m_request = request;
    m_isSubscription = false;
    open(request);
}

void Session::start(const SubscribeRequest& request)
{
    m_request = {};
    m_request.keyspace = request.keyspace;
    m_request.shards = request.shard.empty() ? std::vector<std::string>() : std::vector{request.shard};
    m_request.tables = {request.table};
    m_isSubscription = true;
    open(request);
}

void Session::open(Request request)
{
    joinReaders();
    ++m_generation;
    m_ended = 0;
    m_error.reset();
    m_endAtChanges = m_request.endAfterChanges > 0 ? m_capture->changes() + m_request.endAfterChanges : 0;
    m_endAtBytes = m_request.endAfterBytes;
    setState(State::Opening);
    m_opener = std::jthread([this, generation = m_generation, connection = m_connection,
                             request = std::move(request)](const std::stop_token& stop) {
        auto opened = std::make_shared<Opened>();
        opened->generation = generation;
        opened->plans = std::visit([&](const auto& one) { return prepare(*connection, one, stop); }, request);
        if (!stop.stop_requested())
            QMetaObject::invokeMethod(
                this, [this, opened] { takePlans(opened); }, Qt::QueuedConnection);
    });
}

void Session::takePlans(const std::shared_ptr<Opened>& opened)
{
    if (opened->generation != m_generation)
        return;
    if (!opened->plans) {
        m_error = opened->plans.error();
        setState(State::Ended);
        return;
    }
    const std::size_t generation = m_generation;
    m_tables.clear();
    for (ReaderPlan& plan : *opened->plans) {
        m_tables.push_back(m_request.source == Source::Sync ? plan.description.tables.front() : std::string());
        const auto& stream = m_streams.emplace_back(
            std::make_unique<Stream>(*m_connection, m_request.tabletType, m_pace, [this, generation] {
                QMetaObject::invokeMethod(
                    this, [this, generation] { noteTrouble(generation); }, Qt::QueuedConnection);
            }));
        StreamReader::Listener listener;
        listener.news = [this] { noteNews(); };
        listener.ended = [this, generation](bool asked, const Error& error) {
            QMetaObject::invokeMethod(
                this, [this, generation, asked, error] { noteEnd(generation, asked, error); }, Qt::QueuedConnection);
        };
        if (m_request.recovers && !m_isSubscription) {
            listener.recover = [&recovery = stream->recovery](const ReaderPlan& broken, const StreamReader::Break& why,
                                                              const std::stop_token& stop) {
                return recovery.next(broken, why, stop);
            };
            listener.resumed = [this, generation, i = m_streams.size() - 1, &recovery = stream->recovery] {
                recovery.noteOpen();
                QMetaObject::invokeMethod(
                    this, [this, generation, i] { noteReopened(generation, i); }, Qt::QueuedConnection);
            };
        }
        stream->reader = std::make_unique<StreamReader>(*m_connection, m_capture, std::move(plan), std::move(listener));
    }
    if (m_request.endAfterTime.count() > 0)
        m_endTime.start(m_request.endAfterTime);
    m_journalTime.start();
    if (m_request.recovers && !m_isSubscription)
        m_stuckTime.start(m_pace.stuck / kLooksForStuck);
    setState(State::Live);
}

void Session::stop()
{
    if (!isRunning())
        return;
    ++m_generation;
    joinReaders();
    takeNews();
    setState(State::Stopped);
}

void Session::joinReaders()
{
    m_opener.request_stop();
    m_silence.stop();
    m_stuckTime.stop();
    m_probe->forget();
    for (const auto& stream : m_streams)
        stream->reader->requestStop();
    if (m_opener.joinable())
        m_opener.join();
    for (const auto& stream : m_streams)
        stream->reader->join();
    // Not before: a reader that was only asked to stop may still append, and would be asked for the same again.
    if (!m_streams.empty()) {
        m_positions = collectPositions();
        m_pasts.clear();
        noteJournal();
    }
    m_journalTime.stop();
    for (const auto& stream : m_streams) {
        m_pasts.push_back(stream->reader->past());
        m_lastReceived = std::max(m_lastReceived, stream->reader->lastReceived());
        m_repeated += stream->reader->repeated();
        m_hadProgress = m_hadProgress || stream->reader->lastProgress() != 0;
    }
    m_streams.clear();
}

void Session::noteTrouble(std::size_t generation)
{
    if (generation != m_generation || (m_state != State::Live && m_state != State::Recovering))
        return;
    const State state = trouble() ? State::Recovering : State::Live;
    if (state == State::Live && m_state == State::Live)
        return;
    if (state == State::Recovering)
        takeNews();
    m_state = state;
    Q_EMIT stateChanged();
}

std::optional<Trouble> Session::trouble() const
{
    std::optional<Trouble> next;
    for (const auto& stream : m_streams) {
        const auto trouble = stream->recovery.trouble();
        if (trouble && (!next || trouble->nextTry < next->nextTry))
            next = trouble;
    }
    return next;
}

void Session::tryNow()
{
    for (const auto& stream : m_streams)
        stream->recovery.tryNow();
}

void Session::noteWake()
{
    tryNow();
    m_wokeAt = nowNs();
    if (!m_streams.empty() && m_request.recovers && !m_isSubscription)
        m_silence.start(kSilenceAfterWake);
}

// Those that were open when the computer fell asleep and have not been heard of since.
void Session::breakSilent()
{
    for (const auto& stream : m_streams) {
        if (!stream->recovery.trouble() && stream->reader->lastReceived() < m_wokeAt)
            stream->reader->breakOff(
                {ErrorKind::Unavailable, "The connection had been silent for too long and was given up.", {}, 0});
    }
}

void Session::noteReopened(std::size_t generation, std::size_t stream)
{
    if (generation != m_generation)
        return;
    ++m_reopenings;
    m_streams[stream]->openedAt = std::chrono::steady_clock::now();
    m_streams[stream]->progressBefore = m_streams[stream]->reader->lastProgress();
}

// Heartbeats prove that a vtgate lives, not that its tablets send what they have.
void Session::breakStuck()
{
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < m_streams.size() && m_stuckTime.isActive(); ++i) {
        Stream& stream = *m_streams[i];
        if (stream.mayStandStill())
            continue;
        const std::chrono::nanoseconds still(nowNs() - stream.reader->lastProgress());
        const bool isWhole = still >= stream.patience;
        if (stream.reader->lastProgress() == stream.progressBefore && now - stream.openedAt < m_pace.search)
            continue;
        const auto patience = isWhole ? m_pace.stuck / kLooksForStuck : stream.patience * kShardPatience;
        const SourceProbe::Stuck* worst = nullptr;
        for (const SourceProbe::Stuck& stuck : m_probe->stuck()) {
            const bool isDue = stuck.stream == i && stuck.throttled.empty() &&
                               now - std::max(stuck.since, stream.openedAt) >= patience;
            if (isDue && (!worst || stuck.behind > worst->behind))
                worst = &stuck;
        }
        if (!worst || (isWhole && now - stream.openedAt < stream.patience) || (!isWhole && m_request.minimizesSkew))
            continue;
        const bool isAgain = std::exchange(stream.stuckAt[worst->shard], worst->gtid) == worst->gtid;
        stream.patience = isAgain ? std::min(stream.patience * 2, m_pace.stuckLongest) : m_pace.stuck;
        stream.openedAt = now;
        const std::string transactions =
            std::to_string(worst->behind) + (worst->behind == 1 ? " transaction" : " transactions") + " more";
        stream.reader->breakOff(
            {ErrorKind::Unavailable,
             (isWhole ? "The stream was open and brought nothing, though " + worst->shard + " has " + transactions
                      : "The stream brought nothing from " + worst->shard +
                            " while other shards went on, though it has " + transactions) +
                 "; it was given up." +
                 (isAgain ? " That did not help before: the tablet may be held back, which SHOW VITESS_THROTTLED_APPS "
                            "tells, and one of another type may send more."
                          : ""),
             {},
             0});
    }
}

void Session::noteJournal()
{
    if (m_isSubscription)
        return;
    // A journal that cannot be written takes nothing from the stream.
    QThreadPool::globalInstance()->start([journal = m_journal, positions = shardPositions()] {
        (void)journal->note(std::chrono::system_clock::now(), positions);
    });
}

std::uint64_t Session::repeated() const
{
    std::uint64_t repeated = m_repeated;
    for (const auto& stream : m_streams)
        repeated += stream->reader->repeated();
    return repeated;
}

std::vector<std::string> Session::collectPositions() const
{
    if (m_streams.empty())
        return m_positions;
    std::vector<std::string> positions;
    for (const auto& stream : m_streams)
        positions.push_back(stream->reader->resumePosition());
    return positions;
}

std::vector<ShardPosition> Session::shardPositions() const
{
    std::vector<ShardPosition> shards;
    const std::vector<std::string> positions = resumePositions();
    for (std::size_t i = 0; i < positions.size(); ++i) {
        for (ShardPosition& shard : shardsIn(positions[i], m_request.source == Source::Sync, m_tables[i]))
            shards.push_back(std::move(shard));
    }
    return shards;
}

bool Session::canContinue() const
{
    return !m_isSubscription && !isRunning() && !m_positions.empty();
}

WatchRequest Session::requestToContinue() const
{
    WatchRequest request = m_request;
    request.start = WatchRequest::Start::Continue;
    request.resume = m_positions;
    request.pasts.clear();
    request.endAfterChanges = 0;
    request.endAfterBytes = 0;
    request.endAfterTime = {};
    request.stopPosition.clear();
    return request;
}

void Session::continueFromHere()
{
    if (!canContinue())
        return;
    m_request = requestToContinue();
    m_request.pasts = m_pasts;
    open(m_request);
}

std::optional<std::chrono::milliseconds> Session::silence() const
{
    std::int64_t last = 0;
    for (const auto& stream : m_streams) {
        const std::int64_t received = stream->reader->lastReceived();
        if (received != 0 && !stream->recovery.trouble())
            last = last == 0 ? received : std::min(last, received);
    }
    if (last == 0)
        last = m_lastReceived;
    if (last == 0)
        return std::nullopt;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - std::chrono::nanoseconds(last));
}

bool Session::hasProgress() const
{
    return m_hadProgress ||
           std::ranges::any_of(m_streams, [](const auto& stream) { return stream->reader->lastProgress() != 0; });
}

std::string Session::doubt() const
{
    for (const auto& stream : m_streams) {
        if (std::string doubt = stream->reader->doubt(); !doubt.empty())
            return doubt;
    }
    return {};
}

std::optional<std::chrono::nanoseconds> Session::lag() const
{
    const Snapshot snapshot = m_capture->snapshot();
    if (snapshot.isEmpty())
        return std::nullopt;
    const Entry& last = snapshot.entry(snapshot.count() - 1);
    if (last.isReceiptTime())
        return std::nullopt;
    return std::chrono::nanoseconds(snapshot.receivedAt(last.record()) - last.time) +
           clockDifference().value_or(std::chrono::nanoseconds(0));
}

std::optional<std::chrono::nanoseconds> Session::clockDifference() const
{
    constexpr std::chrono::seconds kTold{1};
    std::optional<std::chrono::nanoseconds> difference;
    for (const auto& stream : m_streams) {
        const auto one = stream->reader->clockDifference();
        if (one && (!difference || *one > *difference))
            difference = one;
    }
    return difference && std::chrono::abs(*difference) >= kTold ? difference : std::nullopt;
}

std::optional<std::uint64_t> Session::copied() const
{
    std::optional<std::uint64_t> copied;
    for (const auto& stream : m_streams) {
        if (const auto one = stream->reader->copied())
            copied = copied.value_or(0) + *one;
    }
    return copied;
}

std::optional<std::string> Session::throttled() const
{
    for (const auto& stream : m_streams) {
        if (auto reason = stream->reader->throttled())
            return reason;
    }
    for (const SourceProbe::Stuck& stuck : m_probe->stuck()) {
        if (!stuck.throttled.empty())
            return "the throttler of " + stuck.shard + " denies " + stuck.throttled;
    }
    return std::nullopt;
}

// On a reader's thread.
void Session::noteNews()
{
    if (m_isNewsPosted.exchange(true, std::memory_order_acq_rel))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (m_rhythm.isActive())
                m_hasNews = true;
            else
                takeNews();
        },
        Qt::QueuedConnection);
}

void Session::takeNews()
{
    m_hasNews = false;
    m_isNewsPosted.store(false, std::memory_order_release);
    const std::uint64_t count = m_capture->count();
    if (count > m_taken) {
        const std::uint64_t first = std::exchange(m_taken, count);
        m_rhythm.start();
        Q_EMIT rowsAppended(first, count - first);
    }
    if (m_endAtChanges > 0 && m_capture->changes() >= m_endAtChanges)
        endAsAsked(std::to_string(m_request.endAfterChanges) + " changes");
    const auto received = [this] {
        std::uint64_t bytes = 0;
        for (const auto& stream : m_streams)
            bytes += stream->reader->received();
        return bytes;
    };
    if (m_endAtBytes > 0 && received() >= m_endAtBytes)
        endAsAsked(std::to_string(m_request.endAfterBytes) + " bytes");
}

void Session::endAsAsked(const std::string& limit)
{
    if (!isRunning())
        return;
    m_endAtChanges = m_endAtBytes = 0;
    ++m_generation;
    joinReaders();
    takeNews();
    m_error = Error{ErrorKind::Ended, "Ended after " + limit + ", as asked.", {}, 0};
    setState(State::Ended);
}

void Session::noteEnd(std::size_t generation, bool asked, const Error& error)
{
    if (generation != m_generation || asked)
        return;
    ++m_ended;
    // The first problem decides; a stream that simply ends waits for its siblings.
    const bool isProblem = error.kind != ErrorKind::Ended;
    if (!isProblem && m_ended < m_streams.size())
        return;
    ++m_generation;
    joinReaders();
    takeNews();
    m_error = error;
    setState(State::Ended);
}

void Session::setState(State state)
{
    if (state != State::Live)
        m_endTime.stop();
    m_state = state;
    Q_EMIT stateChanged();
}

} // namespace vtscope
