#include "streamcore/session/sourceprobe.h"

#include <algorithm>
#include <utility>

#include "streamcore/names.h"
#include "streamcore/position/gtidset.h"
#include "streamcore/position/position.h"
#include "streamcore/session/session.h"
#include "streamcore/wire/sql.h"

namespace vtscope {

struct SourceProbe::Shard
{
    std::size_t stream = 0;
    ShardPosition position;
    std::uint64_t behind = 0;
    bool isStill = false;    // at the last answer it was here, and behind
    std::string throttled{}; // asked for if it still is

    std::string name() const
    {
        return position.keyspace + "/" + position.shard + (position.table.empty() ? "" : "/") + position.table;
    }
    // In Sync a shard has a stream for each table.
    std::string key() const { return std::to_string(stream) + ' ' + name(); }
};

namespace {

// The tablet's heartbeats would tell, but vtgate keeps them for itself. Of the primary, which alone knows what is
// denied by name.
std::string throttledIn(const Connection& connection, const ShardPosition& position, const std::stop_token& stop)
{
    SqlSession sql(connection, targetOf(position.keyspace, position.shard));
    const auto apps = sql.execute(Statement::read("show vitess_throttled_apps"), stop);
    std::string names;
    for (std::size_t row = 0; apps && row < apps->rows.size(); ++row) {
        const std::string app = apps->text(row, "app");
        if (app == "all" || app.starts_with("vstream") || app.starts_with("rowstream"))
            names += (names.empty() ? "" : ", ") + app;
    }
    return names;
}

} // namespace

struct SourceProbe::Answer
{
    std::vector<Shard> shards;
    bool isAll = false;     // of the session
    bool isComplete = true; // all that were asked have answered
};

SourceProbe::SourceProbe(Session& session, QObject* parent) : QObject(parent), m_session(session)
{
    m_timer.setInterval(kPeriod);
    connect(&m_timer, &QTimer::timeout, this, &SourceProbe::ask);
}

SourceProbe::~SourceProbe()
{
    m_asking.request_stop();
}

void SourceProbe::setOn(bool on)
{
    if (on == m_timer.isActive())
        return;
    if (!on) {
        m_timer.stop();
        return;
    }
    m_timer.start();
    ask();
}

void SourceProbe::forget()
{
    m_asking.request_stop();
    ++m_questions;
    m_isAsking = m_hasTooMany = false;
    m_behind.reset();
    m_stuck.clear();
    m_seen.clear();
    m_ahead.clear();
}

std::vector<SourceProbe::Shard> SourceProbe::shards() const
{
    const std::vector<std::string> positions = m_session.resumePositions();
    std::vector<Shard> shards;
    for (std::size_t i = 0; i < positions.size(); ++i) {
        for (ShardPosition& shard : shardsIn(positions[i], m_session.request().source == Source::Sync)) {
            if (GtidSet::parse(shard.gtid) && !shard.gtid.empty())
                shards.push_back({i, std::move(shard)});
        }
    }
    return shards;
}

void SourceProbe::keepStill(std::vector<Shard>& shards)
{
    std::erase_if(shards, [this](const Shard& shard) {
        std::string& seen = m_seen[shard.key()];
        return std::exchange(seen, shard.position.gtid) != shard.position.gtid;
    });
    if (shards.size() <= kMostShards)
        return;
    m_turn %= shards.size();
    std::rotate(shards.begin(), shards.begin() + static_cast<std::ptrdiff_t>(m_turn), shards.end());
    shards.resize(kMostShards);
    m_turn += kMostShards;
}

void SourceProbe::ask()
{
    if (!canAsk())
        return;
    std::vector<Shard> all = shards();
    m_hasTooMany = all.size() > kMostShards;
    if (m_hasTooMany)
        askWhereStill();
    else
        askThese(std::move(all), true);
}

void SourceProbe::askWhereStill()
{
    if (!canAsk())
        return;
    std::vector<Shard> still = shards();
    keepStill(still);
    askThese(std::move(still), false);
}

bool SourceProbe::canAsk() const
{
    return !m_isAsking && m_session.isRunning() && m_session.state() != Session::State::Opening;
}

void SourceProbe::askThese(std::vector<Shard> shards, bool isAll)
{
    if (shards.empty())
        return;
    for (Shard& shard : shards) {
        const auto ahead = m_ahead.find(shard.key());
        shard.isStill = ahead != m_ahead.end() && ahead->second.first == shard.position.gtid;
    }
    Answer question{std::move(shards), isAll};
    m_isAsking = true;
    m_asking =
        std::jthread([this, number = ++m_questions, answer = std::move(question), connection = m_session.connection(),
                      type = m_session.request().tabletType](const std::stop_token& stop) mutable {
            for (Shard& shard : answer.shards) {
                SqlSession sql(*connection, targetOf(shard.position.keyspace, shard.position.shard, nameOf(type)));
                const auto rows = sql.execute(Statement::read("select @@global.gtid_executed"), stop);
                const bool isTold =
                    rows && !rows->rows.empty() && !rows->rows.front().empty() && rows->rows.front().front();
                auto executed = isTold ? GtidSet::parse(*rows->rows.front().front()) : Result<GtidSet>(GtidSet());
                if (!isTold || !executed) {
                    answer.isComplete = false;
                    break;
                }
                executed->subtract(*GtidSet::parse(shard.position.gtid));
                shard.behind = executed->count().value_or(0);
                if (shard.behind > 0 && shard.isStill)
                    shard.throttled = throttledIn(*connection, shard.position, stop);
            }
            if (stop.stop_requested())
                return;
            QMetaObject::invokeMethod(
                this,
                [this, number, answer = std::move(answer)] {
                    if (number == m_questions)
                        take(answer);
                },
                Qt::QueuedConnection);
        });
}

void SourceProbe::take(const Answer& answer)
{
    const auto now = std::chrono::steady_clock::now();
    m_isAsking = false;
    m_stuck.clear();
    std::uint64_t behind = 0;
    for (const Shard& shard : answer.shards) {
        if (!answer.isComplete)
            break;
        behind += shard.behind;
        if (shard.behind == 0)
            m_ahead.erase(shard.key());
        else if (shard.isStill)
            m_stuck.push_back({shard.stream, shard.name(), shard.position.gtid, shard.behind,
                               m_ahead[shard.key()].second, shard.throttled});
        else
            m_ahead[shard.key()] = {shard.position.gtid, now};
    }
    if (answer.isAll)
        m_behind = answer.isComplete ? std::optional(behind) : std::nullopt;
    Q_EMIT changed();
}

} // namespace vtscope
