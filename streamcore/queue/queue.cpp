#include "streamcore/queue/queue.h"
#include "streamcore/clock.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>

#include "streamcore/output/format.h"
#include "streamcore/queue/actionlog.h"
#include "streamcore/wire/reader.h"
#include "streamcore/wire/sql.h"

namespace vtscope {

namespace {

constexpr const char* kNowQuery = "select cast(unix_timestamp(now(6)) * 1000000000 as signed)";

std::optional<std::int64_t> numberOf(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{})
        return std::nullopt;
    return number;
}

std::optional<std::int64_t> numberOf(const Cell& cell)
{
    return cell.hasValue() ? numberOf(cell.bytes) : std::nullopt;
}

Result<std::int64_t> serverNow(SqlSession& session, const std::stop_token& stop)
{
    const auto answer = session.execute(Statement::read(kNowQuery), stop);
    if (!answer)
        return tl::unexpected(answer.error());
    const auto now = answer->rows.empty() || answer->rows.front().empty()
                         ? std::nullopt
                         : numberOf(answer->rows.front().front().value_or(""));
    if (!now)
        return failure(ErrorKind::Server, "The server did not tell its time.");
    return *now;
}

MessageState stateOf(std::optional<std::int64_t> timeNext, std::optional<std::int64_t> timeAcked, std::int64_t tries,
                     std::int64_t now)
{
    if (timeAcked)
        return MessageState::Acked;
    if (!timeNext)
        return MessageState::Broken;
    if (*timeNext <= now)
        return MessageState::Due;
    return tries > 0 ? MessageState::Sent : MessageState::Scheduled;
}

bool isIntegral(std::int32_t type)
{
    constexpr std::int32_t kIntegral = 256;
    return (type & kIntegral) != 0;
}

bool isInteger(std::string_view text)
{
    const auto reads = [&](auto number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size();
    };
    return reads(std::int64_t{}) || reads(std::uint64_t{});
}

// An id as it stands in the plan's SQL: numbers bare, everything else quoted.
std::string literalOf(const MessageKey& key)
{
    return isIntegral(key.type) ? key.id : quotedText(key.id);
}

std::string clockText(std::int64_t ns)
{
    std::string text;
    appendTime(ns, text);
    return text.substr(11, 8) + " UTC";
}

SqlBind idsBind(const std::vector<MessageKey>& keys)
{
    SqlBind bind{"ids", {}, true};
    for (const MessageKey& key : keys)
        bind.values.push_back({key.type, key.id});
    return bind;
}

struct RowNow
{
    std::optional<std::int64_t> timeNext;
    std::optional<std::int64_t> timeAcked;
    std::int64_t tries = 0;
};

// The rows of these keys as they are on the primary; a key without a row is not in the map.
Result<std::map<std::string, RowNow>> readRows(const Connection& connection, const QueueTable& table,
                                               const std::string& shard, const std::vector<MessageKey>& keys,
                                               const std::stop_token& stop)
{
    std::map<std::string, RowNow> rows;
    SqlSession session(connection, targetOf(table.keyspace, shard));
    constexpr std::size_t kAtOnce = 1000;
    for (std::size_t first = 0; first < keys.size(); first += kAtOnce) {
        const std::vector<MessageKey> some(keys.begin() + static_cast<std::ptrdiff_t>(first),
                                           keys.begin() +
                                               static_cast<std::ptrdiff_t>(std::min(keys.size(), first + kAtOnce)));
        const auto answer = session.execute(Statement::read("select id, time_next, time_acked, epoch from " +
                                                                quotedName(table.table) + " where id in ::ids",
                                                            {idsBind(some)}),
                                            stop);
        if (!answer)
            return tl::unexpected(answer.error());
        for (const auto& row : answer->rows) {
            if (row.size() < 4 || !row[0])
                continue;
            const auto number = [](const std::optional<std::string>& text) {
                return text ? numberOf(*text) : std::nullopt;
            };
            rows[*row[0]] = RowNow{number(row[1]), number(row[2]), number(row[3]).value_or(0)};
        }
    }
    return rows;
}

std::map<std::string, std::vector<MessageKey>> byShard(const std::vector<MessageKey>& keys)
{
    std::map<std::string, std::vector<MessageKey>> shards;
    for (const MessageKey& key : keys)
        shards[key.shard].push_back(key);
    return shards;
}

} // namespace

const char* nameOf(MessageState state)
{
    constexpr const char* kNames[] = {"due", "scheduled", "sent", "acked", "broken"};
    return kNames[static_cast<std::size_t>(state)];
}

const char* nameOf(AckOutcome outcome)
{
    constexpr const char* kNames[] = {"acknowledged", "acknowledged by somebody else", "still open", "gone", "unknown"};
    return kNames[static_cast<std::size_t>(outcome)];
}

Result<QueueSnapshot> readQueue(const Connection& connection, const QueueTable& table, std::shared_ptr<Capture> capture,
                                const std::stop_token& stop)
{
    QueueSnapshot snapshot;
    {
        SqlSession session(connection, table.keyspace);
        const auto now = serverNow(session, stop);
        if (!now)
            return tl::unexpected(now.error());
        snapshot.serverNow = *now;
        if (const auto zone = session.execute(Statement::read("select @@session.time_zone"), stop);
            zone && !zone->rows.empty() && !zone->rows.front().empty())
            snapshot.timeZone = zone->rows.front().front().value_or(std::string());
    }
    for (const std::string& shard : table.shards) {
        SqlSession session(connection, targetOf(table.keyspace, shard));
        const Statement statement = Statement::read("select * from " + quotedName(table.table) + " order by id");
        const auto call = session.streamCall(statement, stop);
        if (!call)
            return tl::unexpected(call.error());
        ReaderDescription description;
        description.api = connection.facts().family == Family::PlanetScale ? ReaderDescription::Api::PsdbQuery
                                                                           : ReaderDescription::Api::VtgateQuery;
        description.kind = ReaderDescription::Kind::Rows;
        description.connection = connection.settings().displayName() + " @ " + connection.settings().endpoint();
        description.keyspace = table.keyspace;
        description.shards = {shard};
        description.tables = {table.table};
        description.sql = statement.text();

        // The same reader as for streams; here it is simply waited for.
        Error end;
        {
            std::mutex mutex;
            std::condition_variable_any done;
            bool isDone = false;
            StreamReader::Listener listener;
            listener.news = [] {};
            listener.ended = [&](bool, const Error& error) {
                const std::lock_guard lock(mutex);
                end = error;
                isDone = true;
                done.notify_all();
            };
            StreamReader reader(connection, capture, ReaderPlan{call->method, call->request, description},
                                std::move(listener));
            std::unique_lock lock(mutex);
            done.wait(lock, stop, [&] { return isDone; });
            if (!isDone)
                return failure(ErrorKind::Canceled, "Reading the queue was canceled.");
        }
        if (end.kind != ErrorKind::Ended)
            return tl::unexpected(end);
    }
    snapshot.capture = std::move(capture);
    return snapshot;
}

std::optional<Message> messageOf(const ChangeView& row, std::int64_t now)
{
    const Schema* schema = row.schema();
    const int id = schema ? schema->indexOf("id") : -1;
    if (id < 0)
        return std::nullopt;
    const auto number = [&](const char* name) {
        const int column = schema->indexOf(name);
        return column < 0 ? std::nullopt : numberOf(row.current(static_cast<std::size_t>(column)));
    };
    Message message;
    message.shard = row.layout().shard;
    message.id = row.current(static_cast<std::size_t>(id));
    message.timeNext = number("time_next");
    message.timeAcked = number("time_acked");
    message.tries = number("epoch").value_or(0);
    message.priority = number("priority").value_or(0);
    message.state = stateOf(message.timeNext, message.timeAcked, message.tries, now);
    return message;
}

Result<std::vector<MessageKey>> findMessages(const Connection& connection, const QueueTable& table,
                                             const std::vector<std::string>& ids, const std::stop_token& stop)
{
    std::vector<MessageKey> found;
    std::vector<MessageKey> asked;
    std::optional<std::int32_t> type;
    for (const std::string& shard : table.shards) {
        if (!type) {
            // An id is compared by its own type: as text, numbers beyond 2^53 would be compared as doubles.
            SqlSession session(connection, targetOf(table.keyspace, shard));
            const auto one =
                session.execute(Statement::read("select id from " + quotedName(table.table) + " limit 1"), stop);
            if (!one)
                return tl::unexpected(one.error());
            type = one->columns.empty() ? 0 : one->columns.front().type;
            for (const std::string& id : ids) {
                if (!isIntegral(*type) || isInteger(id))
                    asked.push_back({{}, *type, id});
            }
        }
        const auto rows = readRows(connection, table, shard, asked, stop);
        if (!rows)
            return tl::unexpected(rows.error());
        for (const MessageKey& key : asked) {
            if (rows->count(key.id) > 0)
                found.push_back({shard, key.type, key.id});
        }
    }
    return found;
}

std::size_t AckPlan::openCount() const
{
    return static_cast<std::size_t>(
        std::count_if(items.begin(), items.end(), [](const Item& item) { return item.isOpen; }));
}

std::size_t AckResult::ackedCount() const
{
    return static_cast<std::size_t>(
        std::count_if(items.begin(), items.end(), [](const Item& item) { return item.outcome == AckOutcome::Acked; }));
}

Result<AckPlan> planAck(const Connection& connection, const QueueTable& table, const std::vector<MessageKey>& keys,
                        const std::stop_token& stop)
{
    if (keys.empty())
        return failure(ErrorKind::Usage, "No message is chosen.");
    AckPlan plan;
    plan.table = table;
    std::int64_t now = 0;
    {
        SqlSession session(connection, table.keyspace);
        const auto told = serverNow(session, stop);
        if (!told)
            return tl::unexpected(told.error());
        now = *told;
    }
    // Random low digits make the value ours: whoever reads it back knows who wrote it.
    constexpr std::int64_t kOwnDigits = 100'000;
    std::random_device entropy;
    plan.timeAcked = std::to_string(now / kOwnDigits * kOwnDigits +
                                    std::uniform_int_distribution<std::int64_t>(1, kOwnDigits - 1)(entropy));

    std::map<MessageKey, AckPlan::Item> items;
    for (const auto& [shard, ids] : byShard(keys)) {
        const auto rows = readRows(connection, table, shard, ids, stop);
        if (!rows)
            return tl::unexpected(rows.error());
        AckPlan::Step step{shard, {}, {}};
        std::string list;
        for (const MessageKey& key : ids) {
            AckPlan::Item item{key, {}, true};
            const auto row = rows->find(key.id);
            if (row == rows->end()) {
                item.state = "gone";
                item.isOpen = false;
            } else if (row->second.timeAcked) {
                item.state = "acknowledged at " + clockText(*row->second.timeAcked);
                item.isOpen = false;
            } else {
                item.state = nameOf(stateOf(row->second.timeNext, std::nullopt, row->second.tries, now));
                if (row->second.tries > 0)
                    item.state +=
                        ", " + std::to_string(row->second.tries) + (row->second.tries == 1 ? " try" : " tries");
            }
            if (item.isOpen && std::find(step.keys.begin(), step.keys.end(), key) == step.keys.end()) {
                step.keys.push_back(key);
                list += (list.empty() ? "" : ", ") + literalOf(key);
            }
            items[key] = std::move(item);
        }
        if (step.keys.empty())
            continue;
        step.sql = "update " + quotedName(table.table) + " set time_acked = " + plan.timeAcked +
                   ", time_next = null where id in (" + list + ") and time_acked is null";
        plan.steps.push_back(std::move(step));
    }
    for (const MessageKey& key : keys)
        plan.items.push_back(items[key]);
    plan.made = std::chrono::steady_clock::now();
    return plan;
}

Result<AckResult> acknowledge(const Connection& connection, const AckPlan& plan, const std::stop_token& stop)
{
    if (!connection.isUnlocked() || !connection.canWrite())
        return tl::unexpected(lockedError(connection));
    if (auto log = checkActionLog(); !log)
        return tl::unexpected(log.error());
    AckResult result;
    Action action;
    action.connection = connection.settings().displayName() + " @ " + connection.settings().endpoint();
    action.verb = "ack";
    action.object = plan.table.keyspace + "." + plan.table.table;
    std::map<std::string, std::map<std::string, RowNow>> rows;
    for (const AckPlan::Step& step : plan.steps) {
        SqlSession session(connection, targetOf(plan.table.keyspace, step.shard));
        const Statement update =
            Statement::write("update " + quotedName(plan.table.table) + " set time_acked = " + plan.timeAcked +
                                 ", time_next = null where id in ::ids and time_acked is null",
                             {idsBind(step.keys)});
        const auto answer = session.execute(update, stop);
        action.sql.push_back((step.shard.empty() ? std::string() : step.shard + ": ") + step.sql);
        if (answer)
            result.changed += answer->affected;
        else if (!result.problem)
            result.problem = answer.error();
    }
    // Whatever the statements said, the rows tell what became of each message.
    std::vector<MessageKey> keys;
    for (const AckPlan::Item& item : plan.items)
        keys.push_back(item.key);
    for (const auto& [shard, ids] : byShard(keys)) {
        if (auto read = readRows(connection, plan.table, shard, ids, stop))
            rows[shard] = std::move(*read);
        else if (!result.problem)
            result.problem = read.error();
    }
    for (const AckPlan::Item& item : plan.items) {
        AckResult::Item outcome{item.key, AckOutcome::Unknown, {}};
        if (const auto shard = rows.find(item.key.shard); shard != rows.end()) {
            const auto row = shard->second.find(item.key.id);
            if (row == shard->second.end()) {
                outcome.outcome = AckOutcome::Gone;
            } else if (!row->second.timeAcked) {
                outcome.outcome = AckOutcome::StillOpen;
            } else if (std::to_string(*row->second.timeAcked) == plan.timeAcked) {
                outcome.outcome = AckOutcome::Acked;
            } else {
                outcome.outcome = AckOutcome::AckedByOther;
                outcome.detail = "at " + clockText(*row->second.timeAcked);
            }
        }
        action.keys.push_back(item.key.id + " " + nameOf(outcome.outcome));
        result.items.push_back(std::move(outcome));
    }
    action.result = std::to_string(result.ackedCount()) + " of " + std::to_string(plan.items.size());
    action.isOk = result.ackedCount() == plan.items.size();
    if (result.problem)
        action.detail = result.problem->message;
    logAction(action);
    return result;
}

} // namespace vtscope
