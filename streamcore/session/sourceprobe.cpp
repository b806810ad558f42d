#include "streamcore/session/sourceprobe.h"

#include "streamcore/names.h"
#include "streamcore/position/gtidset.h"
#include "streamcore/position/position.h"
#include "streamcore/session/session.h"
#include "streamcore/wire/sql.h"

namespace vtscope {

namespace {

// Of each shard, where the session is.
std::vector<ShardPosition> positionsOf(const Session& session)
{
    const bool isSync = session.request().source == Source::Sync;
    std::vector<ShardPosition> positions;
    for (const std::string& position : session.resumePositions()) {
        for (ShardPosition& shard : isSync ? std::vector{positionIn(position)} : positionsIn(position)) {
            if (GtidSet::parse(shard.gtid) && !shard.gtid.empty())
                positions.push_back(std::move(shard));
        }
    }
    return positions;
}

} // namespace

struct SourceProbe::Answer
{
    struct Shard
    {
        std::string name;
        std::string received;
        std::string executed;
        std::uint64_t behind = 0;
    };
    std::vector<Shard> shards;
    bool isComplete = true;
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

void SourceProbe::ask()
{
    if (m_isAsking || m_session.state() != Session::State::Live)
        return;
    const std::vector<ShardPosition> positions = positionsOf(m_session);
    if (positions.empty() || positions.size() > kMostShards)
        return;
    m_isAsking = true;
    m_asking = std::jthread([this, positions, connection = m_session.connection(),
                             type = m_session.request().tabletType](const std::stop_token& stop) {
        Answer answer;
        for (const ShardPosition& position : positions) {
            SqlSession sql(*connection, targetOf(position.keyspace, position.shard, nameOf(type)));
            const auto rows = sql.execute(Statement::read("select @@global.gtid_executed"), stop);
            const bool isTold =
                rows && !rows->rows.empty() && !rows->rows.front().empty() && rows->rows.front().front();
            auto executed = isTold ? GtidSet::parse(*rows->rows.front().front()) : Result<GtidSet>(GtidSet());
            if (!isTold || !executed) {
                answer.isComplete = false;
                break;
            }
            const std::string name = executed->text();
            executed->subtract(*GtidSet::parse(position.gtid));
            answer.shards.push_back(
                {position.keyspace + "/" + position.shard + (position.table.empty() ? "" : "/") + position.table,
                 position.gtid, name, executed->count().value_or(0)});
        }
        if (!stop.stop_requested())
            QMetaObject::invokeMethod(
                this, [this, answer] { take(answer); }, Qt::QueuedConnection);
    });
}

void SourceProbe::take(const Answer& answer)
{
    m_isAsking = false;
    m_behind.reset();
    m_stuck.clear();
    if (answer.isComplete) {
        m_behind = 0;
        for (const Answer::Shard& shard : answer.shards) {
            *m_behind += shard.behind;
            const auto last = m_last.find(shard.name);
            if (last != m_last.end() && shard.behind > 0 && last->second.first == shard.received &&
                last->second.second != shard.executed)
                m_stuck.push_back(shard.name);
            m_last[shard.name] = {shard.received, shard.executed};
        }
    }
    Q_EMIT changed();
}

} // namespace vtscope
