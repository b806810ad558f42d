// How far the servers are ahead of what a session has received, in transactions: their own words for it, asked for from
// time to time. Part of the session: lives on its thread and never blocks it, but for joining a question at its end.
#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace vtscope {

class Session;

class SourceProbe : public QObject
{
    Q_OBJECT

public:
    // More shards than this are too many to ask at once: then some of those that stand still are asked each time.
    static constexpr std::size_t kMostShards = 16;
    static constexpr std::chrono::seconds kPeriod{10};

    // The session outlives this.
    explicit SourceProbe(Session& session, QObject* parent = nullptr);
    ~SourceProbe() override;

    // A shard whose position has stood still from one answer to the next, though its server was ahead both times.
    struct Stuck
    {
        std::size_t stream = 0;   // in the order of Session::resumePositions()
        std::string shard;        // with its keyspace, and its table where it has a stream of its own
        std::string gtid;         // where
        std::uint64_t behind = 0; // transactions
        std::chrono::steady_clock::time_point since; // its server was found ahead of this position first
        std::string throttled{}; // what of a stream its throttler denies, such as "vstreamer"; mostly empty
    };

    // Asks once, all shards or those whose position has not moved since that was asked last. Nothing happens while an
    // answer is awaited, and while the session does not run.
    void ask();
    void askWhereStill();
    // Asks every kPeriod, as long as it is on.
    void setOn(bool on);

    // Transactions that the servers have and the session has not, over all its shards, when all were asked last; they
    // may be of other tables. Nothing before the first answer, and where it is denied.
    std::optional<std::uint64_t> behind() const { return m_behind; }
    // There are more shards than are asked at once, so behind() is never told.
    bool hasTooMany() const { return m_hasTooMany; }
    const std::vector<Stuck>& stuck() const { return m_stuck; }
    // What was found belongs to streams that are gone.
    void forget();

Q_SIGNALS:
    void changed();

private:
    struct Shard;
    struct Answer;
    bool canAsk() const;
    std::vector<Shard> shards() const;
    void keepStill(std::vector<Shard>& shards);
    void askThese(std::vector<Shard> shards, bool isAll);
    void take(const Answer& answer);

    Session& m_session;
    QTimer m_timer;
    std::jthread m_asking;
    std::size_t m_questions = 0;
    bool m_isAsking = false;
    bool m_hasTooMany = false;
    std::optional<std::uint64_t> m_behind;
    std::vector<Stuck> m_stuck;
    // By stream and shard.
    std::map<std::string, std::string> m_seen; // where it was when what stands still was asked for last
    std::map<std::string, std::pair<std::string, std::chrono::steady_clock::time_point>>
        m_ahead;            // of what, and since when
    std::size_t m_turn = 0; // of the shards that stand still, where asking goes on
};

} // namespace vtscope
