#include "streamcore/wire/reader.h"

#include <exception>

#include "streamcore/capture/recordbatch.h"
#include "streamcore/clock.h"
#include "streamcore/decode/entry.h"
#include "vtrpc.pb.h"

namespace vtscope {

StreamReader::StreamReader(const Connection& connection, std::shared_ptr<Capture> capture, ReaderPlan plan,
                           Listener listener)
    : m_connection(connection), m_capture(std::move(capture)), m_plan(std::move(plan)), m_listener(std::move(listener)),
      m_position(m_plan.description.api == ReaderDescription::Api::Sync ? SafePosition::Form::Cursor
                                                                        : SafePosition::Form::Vgtid,
                 m_plan.description.position)
{
    m_plan.stop.note(m_plan.description.position, m_position);
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

StreamReader::~StreamReader()
{
    requestStop();
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

std::string StreamReader::resumePosition() const
{
    const std::lock_guard lock(m_mutex);
    return m_position.resume();
}

void StreamReader::run(const std::stop_token& stop)
{
    Error end;
    try {
        const auto reader = m_capture->openReader(m_plan.description);
        if (!reader) {
            m_listener.ended(false, reader.error());
            return;
        }
        Channel::Stream stream(m_connection.channel(), m_plan.method, m_plan.request);
        const std::stop_callback cancel(stop, [&stream] { stream.cancel(); });
        end = readAll(stop, *reader, stream);
        const bool isAsked = stop.stop_requested() || m_plan.stop.isReached();
        // A capture that cannot take the last word has already said so.
        (void)m_capture->endReader(*reader, end.code, end.detail.empty() ? end.message : end.detail, isAsked, nowNs());
    } catch (const std::exception& problem) {
        end = Error{ErrorKind::Server, "The stream ended because of a problem in vtscope.", problem.what(), -1};
    }
    m_listener.news();
    m_listener.ended(stop.stop_requested(), end);
}

Error StreamReader::readAll(const std::stop_token& stop, ReaderId reader, Channel::Stream& stream)
{
    grpc::ByteBuffer message;
    RecordBatch batch;
    std::vector<Appended> appended;
    Error problem;
    bool hasProblem = false;
    while (!hasProblem && !m_plan.stop.isReached() && stream.read(message)) {
        // What else has arrived by now goes with it.
        batch.clear();
        std::int64_t received = 0;
        do {
            received = nowNs();
            copyBytes(message, batch.add(RecordType::Message, message.Length(), received));
            m_received.fetch_add(message.Length(), std::memory_order_relaxed);
        } while (!batch.isFull() && stream.readReady(message));

        // Lines that the answers name are not dropped while they are read.
        const Snapshot held = m_capture->snapshot();
        if (const auto done = m_capture->append(reader, batch, appended); !done) {
            problem = done.error();
            hasProblem = true;
        }
        m_lastReceived.store(received, std::memory_order_relaxed);
        bool hasNews = false;
        for (const Appended& one : appended) {
            notePositions(one);
            hasNews = hasNews || one.entries > 0;
            if (!one.error.empty() && !hasProblem) {
                vtrpc::RPCError error;
                error.ParseFromArray(one.error.data(), static_cast<int>(one.error.size()));
                problem = errorOf(error.code(), error.message());
                hasProblem = true;
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

void StreamReader::notePositions(const Appended& appended)
{
    if (appended.position.empty() && !appended.hasCopyCompleted)
        return;
    const std::lock_guard lock(m_mutex);
    if (!appended.position.empty())
        m_position.note(appended.position);
    if (!appended.hasCopyCompleted) {
        m_plan.stop.note(appended.position, m_position);
        return;
    }
    const Snapshot snapshot = m_capture->snapshot();
    for (std::uint64_t i = appended.firstEntry; i < appended.firstEntry + appended.entries; ++i) {
        if (snapshot.entry(i).op() == Op::CopyCompleted) {
            const Layout& layout = snapshot.layoutOf(snapshot.entry(i));
            m_position.completeCopy(layout.keyspace, layout.shard);
        }
    }
    if (m_plan.stop.isSet())
        m_plan.stop.note(m_position.resume(), m_position);
}

} // namespace vtscope
