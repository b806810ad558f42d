#include "streamcore/wire/reader.h"

#include <algorithm>
#include <exception>

#include "streamcore/capture/ledger.h"
#include "streamcore/capture/repeats.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "streamcore/names.h"
#include "streamcore/position/position.h"
#include "vtrpc.pb.h"

namespace vtscope {

StreamReader::StreamReader(const Connection& connection, std::shared_ptr<Capture> capture, ReaderPlan plan,
                           Listener listener)
    : m_connection(connection), m_capture(std::move(capture)), m_description(plan.description),
      m_listener(std::move(listener)), m_plan(std::move(plan)),
      m_position(m_description.api == ReaderDescription::Api::Sync ? SafePosition::Form::Cursor
                                                                   : SafePosition::Form::Vgtid,
                 m_description.position, m_description.tables, m_plan.past.from),
      m_past(m_plan.past)
{
    m_plan.stop.note(m_description.position, m_position);
    m_isCopying.store(m_position.isCopying(), std::memory_order_relaxed);
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

StreamReader::~StreamReader()
{
    requestStop();
    join();
}

void StreamReader::requestStop()
{
    m_thread.request_stop();
}

void StreamReader::join()
{
    if (m_thread.joinable())
        m_thread.join();
}

void StreamReader::breakOff(const Error& why)
{
    const std::lock_guard lock(m_mutex);
    if (m_stream) {
        m_brokenOff = why;
        m_stream->cancel();
    }
}

std::string StreamReader::resumePosition() const
{
    const std::lock_guard lock(m_mutex);
    return m_position.resume();
}

std::optional<std::chrono::nanoseconds> StreamReader::clockDifference() const
{
    const std::int64_t difference = m_clockDifference.load(std::memory_order_relaxed);
    return difference == kNoClock ? std::nullopt : std::optional(std::chrono::nanoseconds(difference));
}

std::optional<std::uint64_t> StreamReader::copied() const
{
    return m_isCopying.load(std::memory_order_relaxed) ? std::optional(m_copied.load(std::memory_order_relaxed))
                                                       : std::nullopt;
}

std::optional<std::string> StreamReader::throttled() const
{
    const std::lock_guard lock(m_mutex);
    return m_throttled;
}

std::string StreamReader::doubt() const
{
    const std::lock_guard lock(m_mutex);
    return m_doubt;
}

StreamPast StreamReader::past() const
{
    const std::lock_guard lock(m_mutex);
    return m_past;
}

void StreamReader::run(const std::stop_token& stop)
{
    Error end;
    try {
        Result<void> opened = open();
        while (opened) {
            end = runOnce(stop);
            if (stop.stop_requested() || m_plan.stop.isReached() || !m_listener.recover)
                break;
            Break broken{end, resumePosition(), m_hasProgress};
            auto next = m_listener.recover(m_plan, broken, stop);
            if (!next) {
                end = next.error();
                noteGivenUp(end);
                break;
            }
            next->stop = std::move(m_plan.stop);
            next->past = past();
            m_plan = std::move(*next);
            m_reader.reset();
        }
        if (!opened)
            end = opened.error();
    } catch (const std::exception& problem) {
        end = Error{ErrorKind::Server, "The stream ended because of a problem in vtscope.", problem.what(), -1};
    }
    m_listener.news();
    m_listener.ended(stop.stop_requested(), end);
}

// Why it is not opened any more, unless it is what broke it.
void StreamReader::noteGivenUp(const Error& error)
{
    const std::string words = error.detail.empty() ? error.message : error.message + " " + error.detail;
    if (error.kind != ErrorKind::Canceled && error != m_lastEnd)
        (void)m_capture->endReader(past().readers.back(), error.code == 0 ? -1 : error.code, words, false, nowNs());
}

// From now on the capture has a reader for what comes.
Result<void> StreamReader::open()
{
    ReaderDescription& description = m_plan.description;
    if (!m_plan.past.isEmpty()) {
        description.continues = m_plan.past.readers.back();
        m_repeats = std::make_unique<Repeats>(m_capture->snapshot(), description, m_plan.past);
    }
    const auto reader = m_capture->openReader(description);
    if (!reader)
        return tl::unexpected(reader.error());
    m_reader = *reader;
    {
        const std::lock_guard lock(m_mutex);
        m_past.readers.push_back(*reader);
        m_doubt.clear();
    }
    return m_plan.past.isEmpty() ? Result<void>() : noteUnknown();
}

// What servers leave out: a shard that was to start now and broke before it told where that was starts now once more.
Result<void> StreamReader::noteUnknown()
{
    for (const ShardPosition& shard : m_position.unknown()) {
        const Gap gap{shard.keyspace,
                      shard.shard,
                      m_position.isCursor() ? m_description.tables.front() : std::string(),
                      {},
                      "The stream broke before the server had told a position, so what changed until it was open "
                      "again is missing."};
        if (auto added = m_capture->addGap(*m_reader, gap, nowNs()); !added)
            return added;
    }
    const Snapshot snapshot = m_capture->snapshot();
    const std::vector<ShardPosition> betweenTables = m_position.betweenTables(), beginning = m_position.beginning();
    if (betweenTables.empty() && beginning.empty())
        return {};
    std::vector<bool> isBrought(snapshot.layoutCount()); // by layout: whether changes of it have come
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i) {
        const Entry& entry = snapshot.entry(i);
        if (isChange(entry.op()) && !isBrought[entry.layout])
            isBrought[entry.layout] =
                std::ranges::find(m_plan.past.readers, snapshot.readerOf(entry.record())) != m_plan.past.readers.end();
    }
    // Of this table, or of any that is watched.
    const auto hasBrought = [&](const ShardPosition& shard, const std::string& table) {
        for (std::uint32_t i = 0; i < isBrought.size(); ++i) {
            const Layout& layout = snapshot.layout(i);
            if (isBrought[i] && layout.shard == shard.shard && layout.keyspace == shard.keyspace &&
                (table.empty() ? isAmong(m_description.tables, layout.table) : layout.table == table))
                return true;
        }
        return false;
    };
    const auto add = [&](const ShardPosition& shard, const std::string& cause) {
        const std::string table = m_position.isCursor() ? m_description.tables.front() : std::string();
        return m_capture->addGap(*m_reader, {shard.keyspace, shard.shard, table, {}, cause}, nowNs());
    };
    for (const ShardPosition& shard : betweenTables) {
        if (!hasBrought(shard, shard.table))
            continue;
        if (auto added = add(shard, "The copy broke behind table " + shard.table +
                                        ", which was empty, or before it, and copies it again: rows that came since "
                                        "and were deleted until it was open again may look as if they were still "
                                        "there.");
            !added)
            return added;
    }
    for (const ShardPosition& shard : beginning) {
        if (!hasBrought(shard, {}))
            continue;
        if (auto added =
                add(shard, "The copy broke where servers cannot go on with it (before its first key, or at one "
                           "with an ENUM or SET) and began anew: rows that had come and were deleted until "
                           "then may look as if they were still there.");
            !added)
            return added;
    }
    return {};
}

// One connection, to its end.
Error StreamReader::runOnce(const std::stop_token& stop)
{
    using Api = ReaderDescription::Api;
    m_hasProgress = false;
    m_isStartChecked = m_description.api != Api::VStream && m_description.api != Api::Sync;
    Channel::Stream stream(m_connection.channel(), m_plan.method, m_plan.request, m_plan.limit);
    {
        const std::lock_guard lock(m_mutex);
        m_stream = &stream;
        m_brokenOff.reset();
        m_doubt = m_plan.doubt;
    }
    const std::stop_callback cancel(stop, [&stream] { stream.cancel(); });
    Error end = readAll(stop, stream);
    {
        const std::lock_guard lock(m_mutex);
        m_stream = nullptr;
        if (m_brokenOff && !stop.stop_requested())
            end = *m_brokenOff;
    }
    m_repeats.reset();
    m_lastEnd = end;
    if (!m_reader)
        return end;
    const bool isAsked = stop.stop_requested() || m_plan.stop.isReached();
    // A capture that cannot take the last word has already said so.
    (void)m_capture->endReader(*m_reader, end.code, end.detail.empty() ? end.message : end.detail, isAsked, nowNs());
    m_listener.news();
    return end;
}

Error StreamReader::readAll(const std::stop_token& stop, Channel::Stream& stream)
{
    grpc::ByteBuffer message;
    Error problem;
    bool hasProblem = false;
    const auto fail = [&](const Error& error) {
        if (!hasProblem)
            problem = error;
        hasProblem = true;
    };
    while (!hasProblem && !m_plan.stop.isReached() && stream.read(message)) {
        // What else has arrived by now goes with it; but a gap before what comes has its line before it.
        m_batch.clear(m_capture->end());
        std::int64_t received = 0;
        do {
            received = nowNs();
            copyBytes(message, m_batch.add(RecordType::Message, message.Length(), received));
            m_received.fetch_add(message.Length(), std::memory_order_relaxed);
        } while (m_isStartChecked && !m_batch.isFull() && stream.readReady(message));

        if (!m_reader) {
            if (const auto opened = open(); !opened) {
                fail(opened.error());
                break;
            }
            if (m_listener.resumed)
                m_listener.resumed();
        }
        // Lines that the answers name are not dropped while they are read.
        const Snapshot held = m_capture->snapshot();
        if (const auto done = m_repeats ? appendSifted() : m_capture->append(*m_reader, m_batch, m_appended); !done)
            fail(done.error());
        m_lastReceived.store(received, std::memory_order_relaxed);
        bool hasNews = false;
        for (const Appended& one : m_appended) {
            noteServer(one, received);
            if (one.entries > 0 || !one.position.empty())
                m_lastProgress.store(received, std::memory_order_relaxed);
            if (m_isCopying.load(std::memory_order_relaxed))
                noteCopied(one);
            notePositions(one);
            hasNews = hasNews || one.entries > 0;
            if (!one.error.empty()) {
                vtrpc::RPCError error;
                error.ParseFromArray(one.error.data(), static_cast<int>(one.error.size()));
                fail(errorOf(error.code(), error.message()));
            }
        }
        if (hasNews)
            m_listener.news();
    }
    const bool isAtStop = m_plan.stop.isReached();
    if (hasProblem || isAtStop)
        stream.cancel();
    const grpc::Status status = stream.finish();
    if (hasProblem)
        return problem;
    if (isAtStop)
        return Error{ErrorKind::Ended, "Ended at the position asked for.", {}, 0};
    if (status.ok() || stop.stop_requested())
        return Error{ErrorKind::Ended, "The server ended the stream.", {}, 0};
    return errorOf(status.error_code(), status.error_message());
}

// The batch, without lines for what had come before.
Result<void> StreamReader::appendSifted()
{
    m_appended.clear();
    for (std::size_t i = 0; i < m_batch.count(); ++i) {
        const std::string_view message = m_batch.payload(i);
        const std::int64_t received = m_batch.head(i).received;
        const std::uint64_t before = m_repeats->count();
        const auto fresh = m_repeats->sift(message);
        const auto appended = fresh ? m_capture->appendChosen(*m_reader, message, received, *fresh)
                                    : m_capture->append(*m_reader, message, received);
        if (!appended)
            return tl::unexpected(appended.error());
        m_appended.push_back(*appended);
        m_repeated.fetch_add(m_repeats->count() - before, std::memory_order_relaxed);
    }
    if (m_repeats->isOver())
        m_repeats.reset();
    return {};
}

// A message shows the server's clock less the time that it was on its way: of many, the one that was fastest.
void StreamReader::noteServer(const Appended& appended, std::int64_t received)
{
    constexpr std::int64_t kSpan = 30'000'000'000;
    if (appended.serverTime != 0) {
        const std::int64_t difference = appended.serverTime - received;
        const bool isNew = received - m_clockSince > kSpan;
        if (isNew)
            m_clockSince = received;
        m_clockBest = isNew ? difference : std::max(m_clockBest, difference);
        const std::int64_t known = m_clockDifference.load(std::memory_order_relaxed);
        if (isNew || difference > known)
            m_clockDifference.store(m_clockBest, std::memory_order_relaxed);
    }
    if (appended.isThrottled || m_isThrottled) {
        const std::lock_guard lock(m_mutex);
        m_isThrottled = appended.isThrottled;
        m_throttled = m_isThrottled ? std::optional(std::string(appended.throttledReason)) : std::nullopt;
    }
}

// Once it is known where this opening began: whether that is where others had ended.
void StreamReader::checkStart()
{
    std::vector<ReaderState> readers = m_capture->readerStates();
    readers.resize(*m_reader + std::size_t{1});
    ReaderState& own = readers.back();
    m_isStartChecked = completeStart(own.first, own.last, m_position.isCursor());
    if (!m_isStartChecked)
        return;
    for (const Gap& gap : gapsBefore(readers))
        (void)m_capture->addGap(*m_reader, gap, nowNs());
}

void StreamReader::noteCopied(const Appended& appended)
{
    const Snapshot snapshot = m_capture->snapshot();
    std::uint64_t copied = 0;
    for (std::uint64_t i = appended.firstEntry; i < appended.firstEntry + appended.entries; ++i)
        copied += snapshot.entry(i).isCopied();
    m_copied.fetch_add(copied, std::memory_order_relaxed);
}

void StreamReader::notePositions(const Appended& appended)
{
    m_hasProgress = m_hasProgress || appended.entries > 0 || !appended.position.empty();
    if (appended.position.empty() && !appended.hasCopyCompleted)
        return;
    if (!m_isStartChecked)
        checkStart();
    const std::lock_guard lock(m_mutex);
    if (!appended.position.empty())
        m_position.note(appended.position, appended.record);
    if (!appended.hasCopyCompleted) {
        m_plan.stop.note(appended.position, m_position);
    } else {
        const Snapshot snapshot = m_capture->snapshot();
        for (std::uint64_t i = appended.firstEntry; i < appended.firstEntry + appended.entries; ++i) {
            if (snapshot.entry(i).op() == Op::CopyCompleted) {
                const Layout& layout = snapshot.layoutOf(snapshot.entry(i));
                m_position.completeCopy(layout.keyspace, layout.shard);
            }
        }
        if (m_plan.stop.isSet())
            m_plan.stop.note(m_position.resume(), m_position);
        m_isCopying.store(m_position.isCopying(), std::memory_order_relaxed);
    }
    m_past.from = m_position.from();
    if (m_repeats)
        m_past.from = std::min(m_past.from, m_repeats->since());
}

} // namespace vtscope
