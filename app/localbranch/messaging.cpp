#include "app/localbranch/messaging.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLongestWait = std::chrono::milliseconds(200);
constexpr auto kCancelPoll = std::chrono::milliseconds(50);
constexpr size_t kPurgedAtOnce = 500;
constexpr size_t kTransactionsAtOnce = 256;
constexpr unsigned kLargestShift = 62;

int64_t numberOf(const CellView& cell, int64_t ifNull)
{
    int64_t number = ifNull;
    if (cell)
        std::from_chars(cell->data(), cell->data() + cell->size(), number);
    return number;
}

Expression idCondition(size_t idColumn, const std::vector<std::string>& ids, const ColumnType& type)
{
    Expression condition;
    condition.kind = Expression::Kind::In;
    Expression column;
    column.kind = Expression::Kind::Column;
    column.column = idColumn;
    condition.parts.push_back(column);
    for (const std::string& id : ids) {
        Expression literal;
        literal.value = valueOf(type, CellView(id));
        condition.parts.push_back(literal);
    }
    return condition;
}

} // namespace

Messaging::Messaging(Engine& engine, bool hasJitter) : m_engine(engine), m_hasJitter(hasJitter)
{
    m_thread = std::thread([this] { work(); });
}

Messaging::~Messaging()
{
    m_isStopping = true;
    m_notifier.notify();
    m_thread.join();
}

void Messaging::refreshQueues(Lock& lock)
{
    const Engine::Guard guard = m_engine.guard();
    std::set<std::pair<const LiveTable*, size_t>> found;
    for (const auto& keyspace : m_engine.keyspaces()) {
        for (LiveTable* table : keyspace->tables()) {
            const MessageTable settings = MessageTable::of(*table->definition);
            if (settings.state != MessageTable::State::Good)
                continue;
            for (size_t i = 0; i < keyspace->shardCount(); ++i) {
                found.insert({table, i});
                auto& queue = m_queues[{table, i}];
                if (!queue) {
                    queue = std::make_unique<Queue>();
                    queue->table = table;
                    queue->shard = &keyspace->shard(i);
                    queue->nextPoll = Clock::now();
                }
                if (queue->definition != table->definition) {
                    queue->definition = table->definition;
                    queue->settings = settings;
                    // Rows in memory have the old columns; the poller finds them again.
                    queue->order.clear();
                    queue->waiting.clear();
                }
            }
        }
    }
    for (auto entry = m_queues.begin(); entry != m_queues.end();) {
        if (found.contains(entry->first)) {
            ++entry;
            continue;
        }
        if (!entry->second->subscribers.empty())
            entry->second->shard->log.removeReader(&m_notifier);
        for (Subscriber* subscriber : entry->second->subscribers) {
            subscriber->isClosed = true;
            subscriber->notifier.notify();
        }
        m_retired.push_back(std::move(entry->second));
        entry = m_queues.erase(entry);
    }
    static_cast<void>(lock);
}

bool Messaging::add(Queue& queue, std::string_view packed)
{
    RowView row;
    readRow(packed, row);
    const MessageTable& settings = queue.settings;
    const int64_t timeNext = numberOf(row[settings.timeNext], 0);
    if (numberOf(row[settings.timeAcked], 0) != 0 || timeNext > nowNanoseconds() || !row[settings.id])
        return false;
    Message message;
    message.id = *row[settings.id];
    message.epoch = numberOf(row[settings.epoch], 0);
    if (queue.waiting.size() >= settings.cacheSize || queue.waiting.contains(message.id) ||
        queue.inFlight.contains(message.id))
        return false;
    message.row = packed;
    queue.order.insert({numberOf(row[settings.priority], 0), -timeNext, message.id});
    queue.waiting[message.id] = std::move(message);
    return true;
}

void Messaging::readLog(Queue& queue)
{
    for (;;) {
        const auto transactions = queue.shard->log.after(queue.seen, kTransactionsAtOnce);
        if (!transactions) {
            // Too much was written at once: what was missed, the poller finds.
            queue.seen = queue.shard->log.last();
            return;
        }
        if (transactions->empty())
            return;
        for (const LogTransactionPtr& transaction : *transactions) {
            queue.seen = transaction->number;
            for (const RowChange& change : transaction->changes) {
                if (change.table == queue.definition && change.after)
                    add(queue, *change.after);
            }
        }
    }
}

void Messaging::poll(Queue& queue)
{
    struct Due
    {
        int64_t priority;
        int64_t timeNext;
        std::string row;
    };
    std::vector<Due> due;
    const int64_t now = nowNanoseconds();
    {
        const Engine::Guard guard = m_engine.guard();
        if (queue.table->definition != queue.definition)
            return;
        RowView row;
        const MessageTable& settings = queue.settings;
        m_engine.scan(nullptr, *queue.table, queue.shard->ordinal, {}, [&](std::string_view, std::string_view bytes) {
            readRow(bytes, row);
            if (!row[settings.timeAcked] && row[settings.timeNext] && numberOf(row[settings.timeNext], 0) < now)
                due.push_back(
                    {numberOf(row[settings.priority], 0), numberOf(row[settings.timeNext], 0), std::string(bytes)});
            return true;
        });
    }
    std::sort(due.begin(), due.end(), [](const Due& left, const Due& right) {
        return std::tuple(left.priority, -left.timeNext) < std::tuple(right.priority, -right.timeNext);
    });
    for (size_t i = 0; i < due.size() && i < queue.settings.cacheSize; ++i)
        add(queue, due[i].row);
}

void Messaging::purge(Queue& queue)
{
    const int64_t before = nowNanoseconds() - queue.settings.purgeAfter.count();
    size_t purged = kPurgedAtOnce;
    while (purged == kPurgedAtOnce) {
        Engine::Guard guard = m_engine.guard();
        if (queue.table->definition != queue.definition)
            return;
        std::vector<std::pair<std::string, std::string>> old;
        RowView row;
        m_engine.scan(nullptr, *queue.table, queue.shard->ordinal, {},
                      [&](std::string_view key, std::string_view bytes) {
                          readRow(bytes, row);
                          if (row[queue.settings.timeAcked] && numberOf(row[queue.settings.timeAcked], 0) < before)
                              old.emplace_back(key, bytes);
                          return old.size() < kPurgedAtOnce;
                      });
        purged = old.size();
        Transaction transaction(true);
        try {
            for (const auto& [key, bytes] : old)
                m_engine.remove(transaction, *queue.table, queue.shard->ordinal, key, bytes);
            m_engine.commit(transaction);
        } catch (const RowIsLocked&) {
            return;
        }
    }
}

void Messaging::deliver(Queue& queue)
{
    for (size_t tried = 0; tried < queue.subscribers.size() && !queue.order.empty(); ++tried) {
        Subscriber* subscriber = queue.subscribers.front();
        std::rotate(queue.subscribers.begin(), queue.subscribers.begin() + 1, queue.subscribers.end());
        if (subscriber->busyWith.contains(&queue))
            continue;
        Batch batch;
        batch.queue = &queue;
        batch.columns = queue.settings.streamed;
        while (batch.messages.size() < queue.settings.batchSize && !queue.order.empty()) {
            const std::string id = std::get<2>(*queue.order.begin());
            queue.order.erase(queue.order.begin());
            queue.inFlight.insert(id);
            batch.messages.push_back(std::move(queue.waiting.extract(id).mapped()));
        }
        subscriber->busyWith.insert(&queue);
        subscriber->batches.push_back(std::move(batch));
        subscriber->notifier.notify();
    }
}

void Messaging::work()
{
    auto nextRefresh = Clock::now();
    while (!m_isStopping) {
        auto next = Clock::now() + kLongestWait;
        {
            Lock lock(m_mutex);
            if (Clock::now() >= nextRefresh) {
                refreshQueues(lock);
                nextRefresh = Clock::now() + kLongestWait;
            }
            for (const auto& [key, queue] : m_queues) {
                if (Clock::now() >= queue->nextPoll || queue->isPollDue) {
                    if (!queue->isPollDue)
                        purge(*queue);
                    queue->isPollDue = false;
                    if (!queue->subscribers.empty())
                        poll(*queue);
                    queue->nextPoll = Clock::now() + queue->settings.pollerInterval;
                }
                next = std::min(next, queue->nextPoll);
                if (queue->subscribers.empty())
                    continue;
                readLog(*queue);
                deliver(*queue);
            }
        }
        m_notifier.waitFor(std::max<std::chrono::nanoseconds>(next - Clock::now(), std::chrono::milliseconds(1)));
    }
}

int64_t Messaging::backoff(const MessageTable& settings, int64_t epoch)
{
    const auto shift = static_cast<unsigned>(std::clamp<int64_t>(epoch, 0, kLargestShift));
    const double jitter = m_hasJitter ? std::uniform_real_distribution<double>(2.0 / 3.0, 4.0 / 3.0)(m_random) : 1.0;
    const double raw = std::ldexp(static_cast<double>(settings.minBackoff.count()), static_cast<int>(shift)) * jitter;
    auto wait = static_cast<int64_t>(std::min(raw, 9.0e18));
    wait = std::max<int64_t>(wait, settings.minBackoff.count());
    return settings.maxBackoff.count() > 0 ? std::min<int64_t>(wait, settings.maxBackoff.count()) : wait;
}

void Messaging::postpone(Queue& queue, const std::vector<Message>& messages)
{
    std::vector<std::string> ids;
    for (const Message& message : messages)
        ids.push_back(message.id);
    const MessageTable& settings = queue.settings;
    const EvaluationContext context{"", 0, [](const std::string&) { return Value::null(); }};
    Engine::Guard guard = m_engine.guard();
    const auto deadline = Clock::now() + std::chrono::seconds(5);
    for (;;) {
        const TablePtr definition = queue.table->definition;
        if (definition != queue.definition)
            return;
        const Expression condition = idCondition(settings.id, ids, definition->columns[settings.id].type);
        std::vector<std::pair<std::string, std::string>> rows;
        visitMatches(m_engine, nullptr, *queue.table, {queue.shard}, &condition, context,
                     [&rows](Shard&, std::string_view key, std::string_view bytes, const RowView&) {
                         rows.emplace_back(key, bytes);
                         return true;
                     });
        Transaction transaction(true);
        try {
            for (const auto& [key, bytes] : rows) {
                RowView view;
                readRow(bytes, view);
                if (view[settings.timeAcked])
                    continue;
                Row row = ownedRow(view);
                const int64_t epoch = numberOf(view[settings.epoch], 0);
                const int64_t soonest = nowNanoseconds() + settings.ackWait.count();
                const int64_t wait = std::min(backoff(settings, epoch), std::numeric_limits<int64_t>::max() - soonest);
                row[settings.timeNext] = std::to_string(soonest + wait);
                row[settings.epoch] = std::to_string(epoch + 1);
                m_engine.update(transaction, *queue.table, queue.shard->ordinal, key, bytes, row);
            }
            m_engine.commit(transaction);
            return;
        } catch (const RowIsLocked&) {
            m_engine.rollBack(transaction);
            if (!m_engine.waitForUnlock(guard, deadline))
                return;
        }
    }
}

void Messaging::detach(Subscriber& subscriber)
{
    const Lock lock(m_mutex);
    // Without subscribers a queue does not care what is written.
    for (const auto& [key, queue] : m_queues) {
        if (std::erase(queue->subscribers, &subscriber) > 0 && queue->subscribers.empty())
            queue->shard->log.removeReader(&m_notifier);
    }
    for (const auto& queue : m_retired)
        std::erase(queue->subscribers, &subscriber);
    for (const Batch& batch : subscriber.batches) {
        for (const Message& message : batch.messages)
            batch.queue->inFlight.erase(message.id);
    }
}

void Messaging::stream(const Caller& caller, const TableName& name, const std::string& sessionTarget,
                       const Packet& packet, const std::function<bool()>& isCancelled)
{
    const Target session = Target::parse(sessionTarget);
    std::vector<Shard*> shards;
    LiveTable* table = nullptr;
    query::QueryResult fields;
    {
        const Engine::Guard guard = m_engine.guard();
        // The shard of the session does not narrow it, only one in the table's own name does.
        const TableTarget target = resolvedTable(m_engine, name, session.keyspace);
        if (session.type != topodata::PRIMARY)
            throw SqlError(vtrpc::FAILED_PRECONDITION,
                           "VT09009: stream is supported only for primary tablet type, current type: " +
                               upperName(session.type));
        table = target.table;
        shards = target.shards;
        const MessageTable settings = MessageTable::of(*table->definition);
        std::string failures;
        for (const Shard* shard : shards) {
            const std::string text = settings.state == MessageTable::State::Broken
                                         ? "table " + name.table + " not found in schema"
                                         : "'" + name.table + "' is not a message table";
            const auto code =
                settings.state == MessageTable::State::Broken ? vtrpc::INVALID_ARGUMENT : vtrpc::FAILED_PRECONDITION;
            failures += std::string(failures.empty() ? "" : "\n") +
                        tabletError(*shard, topodata::PRIMARY, SqlError(code, text)).what();
        }
        if (settings.state != MessageTable::State::Good)
            throw SqlError(settings.state == MessageTable::State::Broken ? vtrpc::INVALID_ARGUMENT
                                                                         : vtrpc::FAILED_PRECONDITION,
                           failures);
        if (!caller.mayWrite())
            throw tabletError(
                *shards.front(), topodata::PRIMARY,
                MysqlError(vtrpc::PERMISSION_DENIED,
                           "STREAM command denied to user '" + caller.user + "' for table '" + name.table + "'", 1142,
                           "42000"));
        for (const size_t column : settings.streamed)
            *fields.add_fields() = fieldOf(*table->definition, column, FieldStyle::Messages, shards.front()->database);
    }
    if (!packet(fields))
        return;
    Subscriber subscriber;
    {
        Lock lock(m_mutex);
        refreshQueues(lock);
        for (Shard* shard : shards) {
            const auto queue = m_queues.find({table, shard->ordinal});
            if (queue == m_queues.end())
                continue;
            if (queue->second->subscribers.empty()) {
                queue->second->seen = shard->log.last();
                queue->second->order.clear();
                queue->second->waiting.clear();
                queue->second->isPollDue = true;
                shard->log.addReader(&m_notifier);
            }
            queue->second->subscribers.push_back(&subscriber);
        }
    }
    m_notifier.notify();
    bool isGone = false;
    while (!isGone && !isCancelled()) {
        subscriber.notifier.waitFor(kCancelPoll);
        std::vector<Batch> batches;
        {
            const Lock lock(m_mutex);
            batches.swap(subscriber.batches);
            if (subscriber.isClosed && batches.empty())
                break;
        }
        for (Batch& batch : batches) {
            query::QueryResult rows;
            for (const Message& message : batch.messages) {
                RowView view;
                readRow(message.row, view);
                RowView projected;
                for (const size_t column : batch.columns)
                    projected.push_back(column < view.size() ? view[column] : std::nullopt);
                rows.add_rows()->ParseFromString(packedRow(projected));
            }
            isGone = isGone || !packet(rows);
            // Postponed whether or not it arrived: somebody else gets it when it is due again.
            postpone(*batch.queue, batch.messages);
            const Lock lock(m_mutex);
            for (const Message& message : batch.messages)
                batch.queue->inFlight.erase(message.id);
            subscriber.busyWith.erase(batch.queue);
        }
        if (!batches.empty())
            m_notifier.notify();
    }
    const bool isClosed = subscriber.isClosed;
    detach(subscriber);
    if (isClosed)
        throw SqlError(vtrpc::UNAVAILABLE,
                       "messager engine is closed, probably because this is not a primary any more");
}

} // namespace localbranch
