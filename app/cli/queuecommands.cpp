// queue list, ack and subscribe.
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "app/cli/printer.h"
#include "streamcore/clock.h"
#include "streamcore/names.h"
#include "streamcore/output/exporter.h"
#include "streamcore/queue/actionlog.h"
#include "streamcore/queue/queue.h"

namespace vtscope::cli {

namespace {

// The message table that --keyspace and --table name, with its shards. Errors carry near names.
Result<QueueTable> queueFrom(const Options& options, const Connection& connection)
{
    QueueTable queue{options.has("keyspace") ? options.value("keyspace") : connection.settings().database,
                     options.value("table"),
                     {}};
    if (queue.keyspace.empty() || queue.table.empty())
        return failure(ErrorKind::Usage, "Name the message table with --keyspace and --table.");
    const Keyspace keyspace = discoverKeyspace(connection, queue.keyspace);
    if (keyspace.shards.empty()) {
        const auto branch = discover(connection);
        if (!branch)
            return tl::unexpected(branch.error());
        std::vector<std::string> names;
        for (const Keyspace& one : branch->keyspaces)
            names.push_back(one.name);
        return tl::unexpected(unknownName("keyspace", queue.keyspace, {}, names));
    }
    if (!keyspace.problem) {
        const Table* table = keyspace.find(queue.table);
        std::vector<std::string> queues;
        for (const Table& one : keyspace.tables) {
            if (one.queue)
                queues.push_back(one.name);
        }
        if (!table)
            return tl::unexpected(unknownName("table", queue.table, queue.keyspace, queues));
        if (!table->queue)
            return failure(ErrorKind::UnknownName,
                           queue.table + " is not a message table: its comment does not say vitess_message.");
    }
    queue.shards = keyspace.shards;
    return queue;
}

void addQueueOptions(Options& options)
{
    options.addConnection();
    options.addValue("keyspace", "NAME", "The keyspace.");
    options.addValue("table", "NAME", "The message table.");
}

Result<QueueSnapshot> read(const Connection& connection, const QueueTable& queue)
{
    auto capture = Capture::createUnnamed();
    if (!capture)
        return tl::unexpected(capture.error());
    return readQueue(connection, queue, *capture);
}

int list(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli queue list"),
                    QStringLiteral("Lists the messages of a queue without taking any."));
    addQueueOptions(options);
    options.addValue("format", "table|csv|ndjson", "How to print.", "table");
    options.addValue("out", "FILE|-", "Where to, for csv and ndjson; - is standard output.", "-");
    options.addFlag("no-notes", "CSV: without the columns _not_sent and _raw.");
    if (const auto code = options.parse(arguments))
        return *code;
    const std::string format = options.value("format"), out = options.value("out");
    if (format != "table" && format != "csv" && format != "ndjson")
        return report({ErrorKind::Usage, "--format is table, csv or ndjson.", {}, 0});
    if (format == "table" && out != "-")
        return report(
            {ErrorKind::Usage, "A table goes to standard output. --out takes --format csv or ndjson.", {}, 0});
    const auto connection = connectWith(options);
    if (!connection)
        return report(connection.error());
    const auto queue = queueFrom(options, **connection);
    if (!queue)
        return report(queue.error());
    const auto snapshot = read(**connection, *queue);
    if (!snapshot)
        return report(snapshot.error());
    const Snapshot rows = snapshot->capture->snapshot();
    if (format != "table") {
        const OutputFormat how = format == "csv" ? OutputFormat::Csv : OutputFormat::Ndjson;
        const RowSet all = RowSet::range(0, rows.count());
        const FormatOptions notes{false, !options.has("no-notes")};
        const auto result =
            out == "-" ? exportChanges(rows, all, how, notes, 1) : exportChanges(rows, all, how, notes, out);
        if (result || (out == "-" && result.error().code == EPIPE))
            return kDone;
        return report(result.error());
    }
    std::printf("%-22s %-8s %-10s %5s %8s  %s\n", "id", "shard", "state", "tries", "priority", "next send");
    ChangeView row;
    for (std::uint64_t i = 0; i < rows.count(); ++i) {
        if (rows.entry(i).op() != Op::Row)
            continue;
        row.read(rows, i);
        const auto message = messageOf(row, snapshot->serverNow);
        if (!message)
            return report(
                {ErrorKind::Server, "This table has no column id; it is no message table that Vitess serves.", {}, 0});
        std::string id, next = "never";
        if (message->id.hasValue())
            appendExact(message->id, id);
        if (message->timeAcked) {
            next = "-";
        } else if (message->timeNext) {
            next.clear();
            appendTime(*message->timeNext, next);
        }
        std::printf("%-22s %-8s %-10s %5lld %8lld  %s\n", id.c_str(), message->shard.c_str(), nameOf(message->state),
                    static_cast<long long>(message->tries), static_cast<long long>(message->priority), next.c_str());
    }
    return kDone;
}

Result<std::vector<std::string>> idsFrom(const Options& options)
{
    std::vector<std::string> ids = options.values("id");
    if (options.has("ids-from")) {
        const std::string path = options.value("ids-from");
        std::ifstream file;
        if (path != "-") {
            file.open(path);
            if (!file)
                return failure(ErrorKind::Usage, "The file " + path + " cannot be read.");
        }
        std::istream& in = path == "-" ? std::cin : file;
        for (std::string line; std::getline(in, line);) {
            if (!line.empty() && line.back() == '\r')
                line.pop_back();
            if (!line.empty())
                ids.push_back(line);
        }
    }
    keepFirstOfEach(ids);
    if (ids.empty())
        return failure(ErrorKind::Usage,
                       "Name the messages with --id (repeatable) or --ids-from FILE (one id a line).");
    return ids;
}

int ack(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli queue ack"),
                    QStringLiteral("Acknowledges messages: shows the plan, and with --yes carries it out."));
    addQueueOptions(options);
    options.addValue("id", "ID", "A message, repeatable.");
    options.addValue("ids-from", "FILE|-", "Messages, one id a line.");
    options.addFlag("dry-run", "Show the plan and end with 0.");
    options.addFlag("yes", "Unlock the connection for this one call and do it.");
    if (const auto code = options.parse(arguments))
        return *code;
    const auto ids = idsFrom(options);
    if (!ids)
        return report(ids.error());
    const auto connection = connectWith(options);
    if (!connection)
        return report(connection.error());
    if (!(*connection)->canWrite() && options.has("yes"))
        return report({ErrorKind::Role, "Role reader cannot change messages.", {}, 0});
    const auto queue = queueFrom(options, **connection);
    if (!queue)
        return report(queue.error());
    // Which shard a message is on, only its row tells; an id may stand on several.
    const auto keys = findMessages(**connection, *queue, *ids);
    if (!keys)
        return report(keys.error());
    std::vector<std::string> missing = *ids;
    for (const MessageKey& key : *keys)
        std::erase(missing, key.id);
    for (const std::string& id : missing)
        std::printf("%-22s not in %s.%s\n", id.c_str(), queue->keyspace.c_str(), queue->table.c_str());
    if (keys->empty() && options.has("yes"))
        return kNotMet;
    const auto plan = planAck(**connection, *queue, *keys);
    if (!plan)
        return report(plan.error());
    std::printf("Plan: acknowledge %zu of %zu messages of %s.%s; no worker gets them again.\n", plan->openCount(),
                plan->items.size() + missing.size(), queue->keyspace.c_str(), queue->table.c_str());
    for (const AckPlan::Item& item : plan->items)
        std::printf("%-22s %-8s %s%s\n", item.key.id.c_str(), item.key.shard.c_str(), item.state.c_str(),
                    item.isOpen ? "" : " (left alone)");
    for (const AckPlan::Step& step : plan->steps)
        std::printf("%s: %s\n", step.shard.c_str(), step.sql.c_str());
    if (options.has("dry-run"))
        return kDone;
    if (!options.has("yes")) {
        std::fprintf(stderr,
                     "vtscope-cli: nothing was changed. Add --yes to do it, or --dry-run if the plan was all.\n");
        return kUsage;
    }
    (*connection)->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(**connection, *plan);
    (*connection)->lock();
    if (!result)
        return report(result.error());
    for (const AckResult::Item& item : result->items)
        std::printf("%-22s %-8s %s%s%s\n", item.key.id.c_str(), item.key.shard.c_str(), nameOf(item.outcome),
                    item.detail.empty() ? "" : " ", item.detail.c_str());
    std::printf("%zu of %zu acknowledged\n", result->ackedCount(), result->items.size() + missing.size());
    if (result->problem && report(*result->problem) == kNotAllowed)
        return kNotAllowed;
    return result->ackedCount() == result->items.size() + missing.size() ? kDone : kNotMet;
}

int subscribe(const QStringList& arguments)
{
    Options options(
        QStringLiteral("vtscope-cli queue subscribe"),
        QStringLiteral(
            "Receives messages as a consumer does. This takes them away from other consumers for a while: each one "
            "received is postponed and counted as a try."));
    addQueueOptions(options);
    options.addValue("shard", "NAME", "Only this shard.");
    options.addFlag("yes", "Yes, take messages from the other consumers.");
    addPrintOptions(options);
    if (const auto code = options.parse(arguments))
        return *code;
    const auto print = printRequestFrom(options);
    if (!print)
        return report(print.error());
    if (!options.has("yes")) {
        std::fprintf(stderr, "vtscope-cli: subscribing takes messages away from other consumers: each one is postponed "
                             "and its tries are counted up. "
                             "Add --yes to do it; queue list looks without taking.\n");
        return kUsage;
    }
    const auto connection = connectWith(options);
    if (!connection)
        return report(connection.error());
    const auto queue = queueFrom(options, **connection);
    if (!queue)
        return report(queue.error());
    auto capture = Capture::createUnnamed();
    if (!capture)
        return report(capture.error());
    Session session(*connection, *capture);
    Printer printer(session, *print);
    if (auto begun = printer.begin(); !begun)
        return report(begun.error());
    if (auto log = checkActionLog(); !log)
        return report(log.error());
    // The lock is passed when the stream is opened; a minute is enough for that.
    (*connection)->unlock(std::chrono::seconds(60));
    logAction({{},
               (*connection)->settings().displayName(),
               "subscribe",
               queue->keyspace + "." + queue->table,
               {},
               {},
               "started",
               {},
               true});
    session.start(SubscribeRequest{queue->keyspace, options.value("shard"), queue->table});
    return printer.run();
}

} // namespace

int runQueue(const QStringList& arguments)
{
    const QString command = arguments.isEmpty() ? QString() : arguments.front();
    if (command == u"list")
        return list(arguments.mid(1));
    if (command == u"ack")
        return ack(arguments.mid(1));
    if (command == u"subscribe")
        return subscribe(arguments.mid(1));
    std::fprintf(stderr, "vtscope-cli: queue is followed by list, ack or subscribe.\n");
    return kUsage;
}

} // namespace vtscope::cli
