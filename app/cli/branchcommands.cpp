// check and discover.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>

#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "streamcore/branch/branch.h"

namespace vtscope::cli {

namespace {

const char* markOf(Tick::State state)
{
    switch (state) {
    case Tick::State::Ok:
        return "ok  ";
    case Tick::State::Failed:
        return "FAIL";
    case Tick::State::NotNeeded:
        return "-   ";
    case Tick::State::NotTried:
    case Tick::State::Running:
        break;
    }
    return "    ";
}

const char* hintOf(Fix fix)
{
    switch (fix) {
    case Fix::None:
    case Fix::PasswordSource:
        return "";
    case Fix::Host:
        return "Check the host and its port.";
    case Fix::Proxy:
        return "The proxy stands in the environment, in https_proxy; hosts that no_proxy lists are reached without it.";
    case Fix::Password:
        return "Check the user and the password; a password belongs to one branch.";
    case Fix::CaFile:
        return "Name the certificate authority with --ca-file.";
    case Fix::WithoutEncryption:
        return "If the server really has no TLS, connect with --plaintext.";
    }
    return "";
}

std::string settingsText(const QueueSettings& queue)
{
    const auto number = [](double value) { return QString::number(value, 'g', 12).toStdString(); };
    std::string text = "wait for ack " + number(queue.ackWait) + " s, batch " + std::to_string(queue.batchSize) +
                       ", cache " + std::to_string(queue.cacheSize) + ", poll " + number(queue.pollerInterval) +
                       " s, back-off " + number(queue.minBackoff) + " s to " +
                       (queue.maxBackoff > 0 ? number(queue.maxBackoff) + " s" : std::string("no limit")) +
                       ", purge after " + number(queue.purgeAfter) + " s";
    if (!queue.problem.empty())
        text += "; NOT SERVED: " + queue.problem;
    return text;
}

void printTable(const Keyspace& keyspace)
{
    std::printf("%s\n", keyspace.name.c_str());
    if (keyspace.problem)
        std::printf("  not readable: %s\n", keyspace.problem->message.c_str());
    std::string shards;
    for (const std::string& shard : keyspace.shards)
        shards += " " + shard;
    std::printf("  shards:%s\n", shards.c_str());
    for (const Table& table : keyspace.tables) {
        std::string key;
        for (const std::string& column : table.key)
            key += (key.empty() ? "" : ", ") + column;
        std::printf("  %-6s %-30s key (%s), %zu columns, about %llu rows\n",
                    table.queue    ? "queue"
                    : table.isView ? "view"
                                   : "table",
                    table.name.c_str(), key.c_str(), table.columns.size(),
                    static_cast<unsigned long long>(table.rowEstimate));
        if (table.queue)
            std::printf("         %s\n", settingsText(*table.queue).c_str());
        for (const TableColumn& column : table.columns)
            std::printf("           %-28s %s%s%s%s\n", column.name.c_str(), column.type.c_str(),
                        column.isNullable ? "" : " not null", column.extra.empty() ? "" : " ", column.extra.c_str());
    }
}

void printNdjson(const Keyspace& keyspace)
{
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    QJsonArray shards;
    for (const std::string& shard : keyspace.shards)
        shards.append(text(shard));
    const auto print = [](const QJsonObject& object) {
        std::printf("%s\n", QJsonDocument(object).toJson(QJsonDocument::Compact).constData());
    };
    QJsonObject whole{{QStringLiteral("keyspace"), text(keyspace.name)}, {QStringLiteral("shards"), shards}};
    if (keyspace.problem)
        whole[u"problem"] = text(keyspace.problem->message);
    print(whole);
    for (const Table& table : keyspace.tables) {
        QJsonArray columns, key;
        for (const TableColumn& column : table.columns)
            columns.append(QJsonObject{{QStringLiteral("name"), text(column.name)},
                                       {QStringLiteral("type"), text(column.type)},
                                       {QStringLiteral("nullable"), column.isNullable},
                                       {QStringLiteral("extra"), text(column.extra)}});
        for (const std::string& column : table.key)
            key.append(text(column));
        QJsonObject object{{QStringLiteral("keyspace"), text(keyspace.name)},
                           {QStringLiteral("table"), text(table.name)},
                           {QStringLiteral("view"), table.isView},
                           {QStringLiteral("queue"), table.queue.has_value()},
                           {QStringLiteral("rows"), static_cast<qint64>(table.rowEstimate)},
                           {QStringLiteral("key"), key},
                           {QStringLiteral("columns"), columns}};
        if (table.queue) {
            object[u"settings"] =
                QJsonObject{{QStringLiteral("ack_wait"), table.queue->ackWait},
                            {QStringLiteral("purge_after"), table.queue->purgeAfter},
                            {QStringLiteral("batch_size"), static_cast<qint64>(table.queue->batchSize)},
                            {QStringLiteral("cache_size"), static_cast<qint64>(table.queue->cacheSize)},
                            {QStringLiteral("poller_interval"), table.queue->pollerInterval},
                            {QStringLiteral("min_backoff"), table.queue->minBackoff},
                            {QStringLiteral("max_backoff"), table.queue->maxBackoff},
                            {QStringLiteral("problem"), text(table.queue->problem)}};
        }
        print(object);
    }
}

} // namespace

int runCheck(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli check"),
                    QStringLiteral("Tests a connection in five steps and says what the branch offers."));
    options.addConnection();
    if (const auto code = options.parse(arguments))
        return *code;
    const auto login = loginFrom(options);
    if (!login)
        return report(login.error());
    const auto connection = check(login->settings, login->password, [](const Tick& tick) {
        if (tick.state == Tick::State::Running || tick.state == Tick::State::NotTried)
            return;
        std::printf("%s %-16s %s (%lld ms)\n", markOf(tick.state), nameOf(tick.step), tick.fact.c_str(),
                    static_cast<long long>(tick.took.count()));
        std::fflush(stdout);
    });
    if (!connection) {
        const int code = report(connection.error().error);
        if (const char* hint = hintOf(connection.error().fix); *hint)
            std::fprintf(stderr, "  %s\n", hint);
        return code;
    }
    const BranchFacts& facts = (*connection)->facts();
    const auto availability = [](Availability known) {
        return known == Availability::Yes ? "yes" : known == Availability::No ? "no" : "told when opened";
    };
    std::printf("%s%s%s\n", facts.family == Family::PlanetScale ? "PlanetScale API" : "vtgate",
                facts.version.empty() ? "" : ", ", facts.version.c_str());
    std::printf("VStream: %s; Sync: %s\n", availability(facts.vstream),
                facts.family == Family::PlanetScale ? "told when opened" : "no, only PlanetScale offers it");
    return kDone;
}

int runDiscover(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli discover"),
                    QStringLiteral("Lists keyspaces, shards, tables, columns, keys and queues."));
    options.addConnection();
    options.addValue("keyspace", "NAME", "Only this keyspace.");
    options.addValue("format", "table|ndjson", "How to print.", "table");
    options.addFlag("internal", "Also tables that Vitess made for itself.");
    if (const auto code = options.parse(arguments))
        return *code;
    if (options.value("format") != "table" && options.value("format") != "ndjson")
        return report({ErrorKind::Usage, "--format is table or ndjson.", {}, 0});
    const auto connection = connectWith(options);
    if (!connection)
        return report(connection.error());
    auto branch = discover(**connection);
    if (!branch)
        return report(branch.error());
    const std::string only = options.value("keyspace");
    if (!only.empty() && !branch->find(only)) {
        std::vector<std::string> names;
        for (const Keyspace& keyspace : branch->keyspaces)
            names.push_back(keyspace.name);
        return report(unknownName("keyspace", only, {}, names));
    }
    for (Keyspace& keyspace : branch->keyspaces) {
        if (!only.empty() && keyspace.name != only)
            continue;
        if (!options.has("internal"))
            std::erase_if(keyspace.tables, [](const Table& table) { return table.isInternal; });
        options.value("format") == "table" ? printTable(keyspace) : printNdjson(keyspace);
    }
    return kDone;
}

} // namespace vtscope::cli
