#include "streamcore/wire/reader.h"

#include <exception>

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
        const bool isAsked = stop.stop_requested();
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
    grpc::ByteBuffer buffer;
    std::string scratch;
    Error problem;
    bool hasProblem = false;
    while (stream.read(buffer)) {
        const std::int64_t received = nowNs();
        const auto appended = m_capture->append(reader, contiguous(buffer, scratch), received);
        if (!appended) {
            stream.cancel();
            problem = appended.error();
            hasProblem = true;
            break;
        }
        m_lastReceived.store(received, std::memory_order_relaxed);
        notePositions(*appended);
        if (appended->entries > 0)
            m_listener.news();
        if (!appended->error.empty()) {
            vtrpc::RPCError error;
            error.ParseFromArray(appended->error.data(), static_cast<int>(appended->error.size()));
            problem = errorOf(error.code(), error.message());
            hasProblem = true;
            stream.cancel();
            break;
        }
    }
    const grpc::Status status = stream.finish();
    if (hasProblem)
        return problem;
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
    if (!appended.hasCopyCompleted)
        return;
    const Snapshot snapshot = m_capture->snapshot();
    for (std::uint64_t i = appended.firstChange; i < appended.firstChange + appended.entries; ++i) {
        if (snapshot.entry(i).op() == Op::CopyCompleted) {
            const Layout& layout = snapshot.layoutOf(snapshot.entry(i));
            m_position.completeCopy(layout.keyspace, layout.shard);
        }
    }
}

} // namespace vtscope
