// Vitess Messaging: finds due messages by log and poller, hands them to subscribers in batches, postpones what was
// handed out and purges what is old. One thread of its own works all queues; stream() runs on the thread of its call.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "app/localbranch/executor.h"
#include "app/localbranch/messagetable.h"

namespace localbranch {

class Messaging
{
public:
    Messaging(Engine& engine, bool hasJitter);
    ~Messaging();

    using Packet = std::function<bool(const query::QueryResult&)>;
    /// `stream * from t`: sends packets until the client has gone. Throws SqlError.
    void stream(const Caller& caller, const TableName& name, const std::string& sessionTarget, const Packet& packet,
                const std::function<bool()>& isCancelled);

private:
    struct Message
    {
        std::string id;
        std::string row; ///< packed
        int64_t epoch = 0;
    };
    struct Queue;

    struct Batch
    {
        Queue* queue = nullptr;
        std::vector<size_t> columns; ///< to send
        std::vector<Message> messages;
    };

    /// One `stream` call. Guarded by the lock of Messaging, but for its notifier.
    struct Subscriber
    {
        Notifier notifier;
        std::vector<Batch> batches; ///< at most one of each queue at a time
        std::set<Queue*> busyWith;
        bool isClosed = false;
    };

    /// The messages of one table on one shard that wait in memory.
    struct Queue
    {
        LiveTable* table = nullptr;
        Shard* shard = nullptr;
        TablePtr definition;
        MessageTable settings;
        std::vector<Subscriber*> subscribers;
        std::set<std::tuple<int64_t, int64_t, std::string>> order; ///< priority, minus time_next, id
        std::map<std::string, Message> waiting;                    ///< by id
        std::set<std::string> inFlight;
        uint64_t seen = 0; ///< number of the last transaction looked at
        std::chrono::steady_clock::time_point nextPoll;
        bool isPollDue = false;
    };
    using Lock = std::unique_lock<std::mutex>;

    void work();
    void refreshQueues(Lock& lock);
    void readLog(Queue& queue);
    void poll(Queue& queue);
    void purge(Queue& queue);
    bool add(Queue& queue, std::string_view packed);
    void deliver(Queue& queue);
    void postpone(Queue& queue, const std::vector<Message>& messages);
    int64_t backoff(const MessageTable& settings, int64_t epoch);
    void detach(Subscriber& subscriber);

    Engine& m_engine;
    bool m_hasJitter;
    std::mutex m_mutex;
    std::map<std::pair<const LiveTable*, size_t>, std::unique_ptr<Queue>> m_queues;
    std::vector<std::unique_ptr<Queue>> m_retired; ///< of dropped tables; batches may still name them
    std::mt19937_64 m_random{std::random_device{}()};
    Notifier m_notifier;
    std::atomic<bool> m_isStopping = false;
    std::thread m_thread;
};

} // namespace localbranch
