// How far the servers are ahead of what a session has received, in transactions: their own words for it, asked for from
// time to time. Lives on the session's thread and never blocks it, but for joining a question at its end.
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
    // More shards than this are too many to ask.
    static constexpr std::size_t kMostShards = 16;
    static constexpr std::chrono::seconds kPeriod{10};

    // The session outlives this.
    explicit SourceProbe(Session& session, QObject* parent = nullptr);
    ~SourceProbe() override;

    // Asks once; nothing happens while an answer is awaited, and while the session is not live.
    void ask();
    // Asks every kPeriod, as long as it is on.
    void setOn(bool on);

    // Transactions that the servers have and the session has not, over all its shards, when it was asked last; they may
    // be of other tables. Nothing before the first answer, and where it is denied.
    std::optional<std::uint64_t> behind() const { return m_behind; }
    // Shards whose position has stood still from one answer to the next, though their server went on by more.
    const std::vector<std::string>& stuck() const { return m_stuck; }

Q_SIGNALS:
    void changed();

private:
    struct Answer;
    void take(const Answer& answer);

    Session& m_session;
    QTimer m_timer;
    std::jthread m_asking;
    bool m_isAsking = false;
    std::optional<std::uint64_t> m_behind;
    std::vector<std::string> m_stuck;
    std::map<std::string, std::pair<std::string, std::string>> m_last; // shard → where the session and its server were
};

} // namespace vtscope
