#include "streamcore/session/recovery.h"

#include <algorithm>
#include <limits>

#include "streamcore/session/reachable.h"
#include "streamcore/wire/streamplan.h"

namespace vtscope {

namespace {

constexpr std::uint32_t kAlways = std::numeric_limits<std::uint32_t>::max();
// Of errors that may pass, and may as well come again for ever.
constexpr std::uint32_t kSome = 5, kFew = 3;

constexpr double kJitter = 0.2;

enum Code { kOk = 0, kCancelled = 1, kUnknown = 2, kFailedPrecondition = 9, kInternal = 13 };

bool tells(const Error& error, std::string_view words)
{
    return error.detail.find(words) != std::string::npos;
}

} // namespace

std::uint32_t mostTries(const Error& error, bool hasEverComeFar)
{
    switch (error.kind) {
    case ErrorKind::Unavailable:
    case ErrorKind::NotReachable:
    case ErrorKind::NameNotFound:
    case ErrorKind::Ended:
        return kAlways;
    case ErrorKind::Canceled: // by the server
        return kAlways;
    case ErrorKind::Tls:
        return kFew; // a network that asks for a login of its own looks like that
    case ErrorKind::PositionInvalid:
        // There was a tablet, and there is none now.
        if (error.code == kCancelled)
            return hasEverComeFar ? kAlways : 0;
        // A tablet that lags behind the one before it may get there.
        return hasEverComeFar ? kSome : 0;
    case ErrorKind::Server:
        break;
    default:
        return 0;
    }
    if (error.code == kInternal)
        return tells(error, "RST_STREAM") ? kAlways : 0;
    if (error.code == kFailedPrecondition)
        return kFew;
    if (error.code != kUnknown)
        return 0;
    // A retry meets the same row again.
    for (const char* const words : {"no string value found for ENUM", "cannot determine table columns",
                                    "failed to build table replication plan", "partial row image"}) {
        if (tells(error, words))
            return 0;
    }
    return kSome;
}

Recovery::Recovery(const Connection& connection, TabletType type, RetryPace pace, std::function<void()> changed)
    : m_connection(connection), m_type(type), m_pace(pace), m_changed(std::move(changed))
{
}

Result<ReaderPlan> Recovery::next(const ReaderPlan& plan, const StreamReader::Break& broken,
                                  const std::stop_token& stop)
{
    const std::vector<ShardPosition> positions =
        shardsIn(broken.position, plan.description.api == ReaderDescription::Api::Sync);
    Error error = broken.error;
    // Our own limit is raised once; what a server does not send no client can take.
    if (error.kind == ErrorKind::MessageTooLarge && plan.limit == Channel::Limit::Usual &&
        !tells(error, "trying to send")) {
        ReaderPlan raised = planFrom(plan, broken.position);
        raised.limit = Channel::Limit::Raised;
        return raised;
    }
    if (broken.hasProgress)
        m_tries = 0;
    m_hasComeFar = m_hasComeFar || broken.hasProgress;
    for (;; ++m_tries) {
        if (m_tries >= mostTries(error, m_hasComeFar)) {
            const std::lock_guard lock(m_mutex);
            m_trouble.reset();
            return tl::unexpected(error);
        }
        auto time = m_pace.first;
        for (std::uint32_t i = 0; i < m_tries && time < m_pace.longest; ++i)
            time *= 2;
        std::uniform_real_distribution<double> jitter(1 - kJitter, 1 + kJitter);
        time = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(time, m_pace.longest) * jitter(m_random));
        {
            const std::lock_guard lock(m_mutex);
            if (!m_trouble)
                m_trouble = Trouble{{}, 0, {}, std::chrono::system_clock::now()};
            m_trouble->cause = error;
            m_trouble->tries = m_tries;
            m_trouble->nextTry = std::chrono::steady_clock::now() + time;
        }
        m_changed();
        if (!wait(time, stop))
            return failure(ErrorKind::Canceled, "Stopped while the stream was broken.");
        std::optional<Error> lost;
        ReaderPlan next = planFrom(plan, broken.position);
        for (const ShardPosition& position : positions) {
            const auto reachable = checkReachable(m_connection, position, m_type, stop);
            if (!reachable) {
                lost = reachable.error();
                break;
            }
            if (next.doubt.empty())
                next.doubt = *reachable;
        }
        if (!lost) {
            ++m_tries;
            return next;
        }
        error = *lost;
    }
}

// False when asked to stop.
bool Recovery::wait(std::chrono::milliseconds time, const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    m_woken.wait_for(lock, stop, time, [this] { return m_isHurried; });
    m_isHurried = false;
    return !stop.stop_requested();
}

void Recovery::noteOpen()
{
    {
        const std::lock_guard lock(m_mutex);
        m_trouble.reset();
        m_isHurried = false;
    }
    m_changed();
}

void Recovery::tryNow()
{
    const std::lock_guard lock(m_mutex);
    if (!m_trouble)
        return;
    m_isHurried = true;
    m_woken.notify_all();
}

std::optional<Trouble> Recovery::trouble() const
{
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

} // namespace vtscope
