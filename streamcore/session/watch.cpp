#include "streamcore/session/watch.h"

#include <algorithm>

#include "streamcore/branch/branch.h"
#include "streamcore/names.h"
#include "streamcore/position/gtidset.h"
#include "streamcore/position/positiontext.h"
#include "streamcore/session/reachable.h"
#include "streamcore/session/selects.h"
#include "streamcore/wire/sql.h"
#include "streamcore/wire/streamplan.h"

namespace vtscope {

namespace {

constexpr const char* kPlanetScaleCells = "planetscale_operator_default";

struct Names
{
    std::vector<std::string> shards; // that are meant: all where none is named
    Keyspace keyspace;
};

Result<Names> checkNames(const Connection& connection, const std::string& keyspaceName,
                         const std::vector<std::string>& shards, const std::vector<std::string>& tables,
                         const std::stop_token& stop)
{
    const Keyspace keyspace = discoverKeyspace(connection, keyspaceName, stop);
    if (stop.stop_requested())
        return failure(ErrorKind::Canceled, "Stopped before the stream was open.");
    if (keyspace.shards.empty() || (keyspace.problem && keyspace.problem->kind == ErrorKind::UnknownName)) {
        SqlSession session(connection, {});
        const auto listed = session.execute(Statement::read("show keyspaces"), stop);
        if (!listed)
            return tl::unexpected(listed.error());
        std::vector<std::string> names;
        for (const auto& row : listed->rows)
            names.push_back(row.empty() ? std::string() : row.front().value_or(std::string()));
        if (std::find(names.begin(), names.end(), keyspaceName) == names.end())
            return tl::unexpected(unknownName("keyspace", keyspaceName, {}, names));
    }
    for (const std::string& shard : shards) {
        if (std::find(keyspace.shards.begin(), keyspace.shards.end(), shard) == keyspace.shards.end())
            return tl::unexpected(unknownName("shard", shard, keyspaceName, keyspace.shards));
    }
    // Where the tables cannot be listed the server has the last word.
    if (!keyspace.problem) {
        std::vector<std::string> names;
        for (const Table& table : keyspace.tables)
            names.push_back(table.name);
        for (const std::string& table : tables) {
            if (!keyspace.find(table))
                return tl::unexpected(unknownName("table", table, keyspaceName, names));
        }
    }
    std::vector<std::string> meant = !shards.empty()           ? shards
                                     : keyspace.shards.empty() ? std::vector<std::string>{"-"}
                                                               : keyspace.shards;
    return Names{std::move(meant), keyspace};
}

Result<std::vector<ShardPosition>> givenPositions(const Connection& connection, const WatchRequest& request,
                                                  const std::vector<std::string>& shards)
{
    if (request.start == WatchRequest::Start::Time)
        return Journal(connection.settings()).positionsAt(request.time, request.keyspace, shards);
    return parsePosition(request.position);
}

// What is sent: for a VStream of each shard, in Sync of each table and shard.
Result<std::vector<ShardPosition>> positionsFor(const Connection& connection, const WatchRequest& request,
                                                const std::vector<std::string>& shards)
{
    std::vector<ShardPosition> positions;
    if (request.start == WatchRequest::Start::Now || request.start == WatchRequest::Start::Copy) {
        const std::size_t tables = request.source == Source::Sync ? request.tables.size() : 1;
        for (std::size_t i = 0; i < tables * shards.size(); ++i)
            positions.push_back({request.keyspace, shards[i % shards.size()],
                                 request.start == WatchRequest::Start::Now ? "current" : ""});
        return positions;
    }
    const auto given = givenPositions(connection, request, shards);
    if (!given)
        return tl::unexpected(given.error());
    if (request.source == Source::VStream) {
        auto found = forShards(*given, request.keyspace, shards);
        for (std::size_t i = 0; found && i < found->size(); ++i) {
            if ((*found)[i].lastKeys.empty() && isInsideCopy((*found)[i]))
                return failure(ErrorKind::PositionInvalid,
                               "This cursor lies inside a copy, and only Sync can go on from there. Choose the source "
                               "Sync.");
        }
        return found;
    }
    // By table, then by shard.
    for (const std::string& table : request.tables) {
        std::vector<ShardPosition> ofTable;
        std::copy_if(given->begin(), given->end(), std::back_inserter(ofTable),
                     [&](const ShardPosition& one) { return one.table.empty() || one.table == table; });
        auto found = forShards(ofTable, request.keyspace, shards);
        if (!found)
            return found;
        for (ShardPosition& position : *found) {
            if (!position.lastKeys.empty())
                return failure(ErrorKind::PositionInvalid,
                               "This VGTID lies inside a copy, and only a VStream can go on from there. Choose the "
                               "source VStream.");
            if (isInsideCopy(position) && position.table.empty() && request.tables.size() > 1)
                return failure(ErrorKind::PositionInvalid,
                               "This cursor lies inside the copy of one table. Watch that table alone.");
            positions.push_back(std::move(position));
        }
    }
    return positions;
}

// Nothing that a server would copy wrongly.
Result<void> checkKeys(const std::vector<ShardPosition>& positions)
{
    for (const ShardPosition& position : positions) {
        if (const std::string table = tableWithEnumKey(position); !table.empty())
            return failure(ErrorKind::PositionInvalid,
                           "This position lies inside the copy of table " + table +
                               ", whose key has an ENUM or SET: servers lose rows when they go on there. Copy it again "
                               "from the start.");
    }
    return {};
}

std::string startText(const WatchRequest& request)
{
    switch (request.start) {
    case WatchRequest::Start::Now:
        return "current";
    case WatchRequest::Start::Copy:
        return "copy";
    case WatchRequest::Start::Position:
        return request.position;
    case WatchRequest::Start::Time:
        return "near " + momentText(request.time);
    case WatchRequest::Start::Continue:
        return "continued";
    }
    return {};
}

std::string cellsFor(const Connection& connection, const WatchRequest& request)
{
    if (!request.cells.empty())
        return request.cells;
    return connection.settings().isPlanetScaleHost() ? kPlanetScaleCells : std::string();
}

ReaderDescription describe(const Connection& connection, const WatchRequest& request)
{
    ReaderDescription description;
    description.connection = connection.settings().displayName() + " @ " + connection.settings().endpoint();
    description.keyspace = request.keyspace;
    description.tabletType = nameOf(request.tabletType);
    description.start = startText(request);
    return description;
}

bool isCopying(const ShardPosition& position)
{
    return position.gtid.empty() || !position.lastKeys.empty();
}

// One stream for all shards; but one for each while it copies several tables: a stream is told once for all its shards
// which tables are left, and shards are at different ones when it breaks.
std::vector<std::vector<ShardPosition>> streamsFor(const std::vector<ShardPosition>& positions, std::size_t tables)
{
    if (tables < 2 || std::none_of(positions.begin(), positions.end(), isCopying))
        return {positions};
    std::vector<std::vector<ShardPosition>> streams;
    for (const ShardPosition& position : positions)
        streams.push_back({position});
    return streams;
}

// Of each table what the server is asked for, in their order.
Result<std::vector<std::string>> selectsFor(const WatchRequest& request, const Keyspace& keyspace)
{
    if (auto can = checkSource(request.rule, request.source); !can)
        return tl::unexpected(can.error());
    std::vector<std::string> selects;
    for (const std::string& name : request.tables) {
        Table table;
        if (const Table* known = keyspace.find(name))
            table = *known;
        table.name = name;
        auto select = selectOf(request.rule, table);
        if (!select)
            return tl::unexpected(select.error());
        selects.push_back(std::move(*select));
    }
    return selects;
}

// For the capture, and for people.
std::string ruleText(const ServerRule& rule, const std::vector<std::string>& selects)
{
    std::string words;
    if (!rule.hasAllOps()) {
        for (const auto& [isAsked, name] : {std::pair(rule.inserts, "inserts"), std::pair(rule.updates, "updates"),
                                            std::pair(rule.deletes, "deletes")})
            words += isAsked ? (words.empty() ? "" : ", ") + std::string(name) : std::string();
        return words + " only";
    }
    for (const std::string& select : selects)
        words += (words.empty() ? "" : "; ") + select;
    return words;
}

void takePasts(std::vector<ReaderPlan>& plans, const WatchRequest& request)
{
    if (plans.size() == request.pasts.size()) {
        for (std::size_t i = 0; i < plans.size(); ++i)
            plans[i].past = request.pasts[i];
        return;
    }
    // They are opened in another number: each has brought a part of what any of them goes on with.
    StreamPast all;
    for (const StreamPast& past : request.pasts) {
        all.from = all.isEmpty() ? past.from : std::min(all.from, past.from);
        all.readers.insert(all.readers.end(), past.readers.begin(), past.readers.end());
    }
    for (ReaderPlan& plan : plans)
        plan.past = all;
}

// One for each keyspace. What it goes on with is handed to that which it is of.
std::vector<WatchRequest> partsOf(const WatchRequest& asked)
{
    std::vector<WatchRequest> parts{asked};
    for (const KeyspaceTables& other : asked.others) {
        WatchRequest& part = parts.emplace_back(asked);
        part.keyspace = other.keyspace;
        part.tables = other.tables;
        part.shards.clear();
    }
    for (WatchRequest& part : parts) {
        part.others.clear();
        if (parts.size() == 1)
            continue;
        part.resume.clear();
        part.pasts.clear();
        for (std::size_t i = 0; i < asked.resume.size(); ++i) {
            const std::vector<ShardPosition> positions = shardsIn(asked.resume[i], asked.source == Source::Sync);
            if (positions.empty() || positions.front().keyspace != part.keyspace)
                continue;
            part.resume.push_back(asked.resume[i]);
            if (i < asked.pasts.size())
                part.pasts.push_back(asked.pasts[i]);
        }
    }
    return parts;
}

} // namespace

const char* nameOf(Source source)
{
    return source == Source::VStream ? "VStream" : "Sync";
}

WatchRequest startedAnew(WatchRequest request, WatchRequest::Start start)
{
    request.start = start;
    request.position.clear();
    request.resume.clear();
    request.pasts.clear();
    return request;
}

Source defaultSource(const Connection& connection)
{
    return connection.facts().vstream == Availability::No && connection.hasSync() ? Source::Sync : Source::VStream;
}

Result<std::vector<ShardPosition>> stopPositions(const std::string& text, const std::string& keyspace,
                                                 const std::vector<std::string>& shards)
{
    const auto given = parsePosition(text);
    if (!given)
        return tl::unexpected(given.error());
    auto found = forShards(*given, keyspace, shards);
    for (std::size_t i = 0; found && i < found->size(); ++i) {
        if (const auto set = GtidSet::parse((*found)[i].gtid); !set || set->isEmpty())
            return failure(ErrorKind::PositionInvalid,
                           "A position to stop at needs a GTID set for each shard; that of " + (*found)[i].shard +
                               " has none.");
    }
    return found;
}

namespace {

// The streams of one keyspace.
Result<std::vector<ReaderPlan>> prepareKeyspace(const Connection& connection, const WatchRequest& asked,
                                                const std::stop_token& stop)
{
    // Named twice is watched once.
    WatchRequest request = asked;
    keepFirstOfEach(request.shards);
    keepFirstOfEach(request.tables);
    if (request.tables.empty())
        return failure(ErrorKind::Usage, "Name at least one table.");
    if (request.source == Source::Sync && !connection.hasSync())
        return failure(ErrorKind::NoService,
                       "Only PlanetScale offers Sync; this is a vtgate. Choose the source VStream.");
    if (request.source == Source::VStream && connection.facts().vstream == Availability::No)
        return failure(ErrorKind::NoService, "This host does not offer VStream. Choose the source Sync.");
    if (request.chunkBytes > 0 && request.source == Source::Sync)
        return failure(ErrorKind::Usage, "Sync sends no transactions, so they cannot be sent in parts.");
    if (request.minimizesSkew && request.source == Source::Sync)
        return failure(ErrorKind::Usage, "Sync opens a stream for each shard, so none waits for another.");
    if (request.start == WatchRequest::Start::Position) {
        if (const auto valid = parsePosition(request.position); !valid)
            return tl::unexpected(valid.error());
    }
    const auto names = checkNames(connection, request.keyspace, request.shards, request.tables, stop);
    if (!names)
        return tl::unexpected(names.error());
    const std::vector<std::string>& shards = names->shards;
    const auto selects = selectsFor(request, names->keyspace);
    if (!selects)
        return tl::unexpected(selects.error());
    // What is sent: one VGTID for a VStream, one cursor for each table and shard in Sync. To go on, what was received
    // is sent back as it came.
    std::vector<std::string> starts = request.resume;
    std::vector<ShardPosition> positions;
    if (request.start != WatchRequest::Start::Continue) {
        auto found = positionsFor(connection, request, shards);
        if (!found)
            return tl::unexpected(found.error());
        positions = std::move(*found);
        starts.clear();
        if (request.source == Source::Sync)
            std::transform(positions.begin(), positions.end(), std::back_inserter(starts), cursorOf);
    } else if (request.source == Source::VStream) {
        for (const std::string& start : starts) {
            for (ShardPosition& position : positionsIn(start))
                positions.push_back(std::move(position));
        }
    } else {
        std::transform(starts.begin(), starts.end(), std::back_inserter(positions), positionIn);
    }
    if (const auto valid = checkKeys(positions); !valid)
        return tl::unexpected(valid.error());
    std::vector<ShardPosition> stops;
    if (!request.stopPosition.empty()) {
        auto found = stopPositions(request.stopPosition, request.keyspace, shards);
        if (!found)
            return tl::unexpected(found.error());
        stops = std::move(*found);
    }
    std::string doubt;
    for (const ShardPosition& position : positions) {
        auto reachable = checkReachable(connection, position, request.tabletType, stop);
        if (!reachable)
            return tl::unexpected(reachable.error());
        if (doubt.empty())
            doubt = std::move(*reachable);
    }
    if (stop.stop_requested())
        return failure(ErrorKind::Canceled, "Stopped before the stream was open.");

    ReaderDescription description = describe(connection, request);
    description.tables = request.tables;
    if (!request.rule.isAll())
        description.sql = ruleText(request.rule, *selects);
    const StreamOptions options{request.tabletType, cellsFor(connection, request), request.minimizesSkew,
                                request.chunkBytes};
    std::vector<ReaderPlan> plans;
    if (request.source == Source::VStream) {
        for (const std::vector<ShardPosition>& stream : streamsFor(positions, request.tables.size())) {
            description.shards.clear();
            std::vector<ShardPosition> ends;
            for (const ShardPosition& position : stream) {
                description.shards.push_back(position.shard);
                std::copy_if(stops.begin(), stops.end(), std::back_inserter(ends),
                             [&](const ShardPosition& wanted) { return wanted.shard == position.shard; });
            }
            plans.push_back(vstreamPlan(description, options, *selects, vgtidOf(stream),
                                        tablesToCopy(stream, request.tables).tables));
            plans.back().stop = StopPosition(SafePosition::Form::Vgtid, ends);
            plans.back().doubt = doubt;
        }
        takePasts(plans, request);
        return plans;
    }
    // By table, then by shard; Session::resumePositions keeps this order.
    for (std::size_t i = 0; i < starts.size(); ++i) {
        description.tables = {request.tables[i * request.tables.size() / starts.size()]};
        plans.push_back(syncPlan(description, options, request.rule, starts[i]));
        plans.back().doubt = doubt;
        for (const ShardPosition& wanted : stops) {
            if (wanted.shard == plans.back().description.shards.front())
                plans.back().stop = StopPosition(SafePosition::Form::Cursor, {wanted});
        }
    }
    takePasts(plans, request);
    return plans;
}

} // namespace

Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const WatchRequest& request,
                                        const std::stop_token& stop)
{
    std::vector<std::string> keyspaces{request.keyspace};
    for (const KeyspaceTables& other : request.others) {
        if (isAmong(keyspaces, other.keyspace))
            return failure(ErrorKind::Usage, "The keyspace " + other.keyspace + " is named twice.");
        keyspaces.push_back(other.keyspace);
    }
    if (const auto given = parsePosition(request.position);
        request.start == WatchRequest::Start::Position && !request.others.empty() && given &&
        std::any_of(given->begin(), given->end(), [](const ShardPosition& one) { return one.keyspace.empty(); }))
        return failure(ErrorKind::PositionInvalid,
                       "With tables of several keyspaces a position has to name the keyspace of each shard: a VGTID "
                       "(JSON) does.");
    std::vector<ReaderPlan> plans;
    for (const WatchRequest& part : partsOf(request)) {
        auto prepared = prepareKeyspace(connection, part, stop);
        if (!prepared)
            return prepared;
        std::move(prepared->begin(), prepared->end(), std::back_inserter(plans));
    }
    return plans;
}

Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const SubscribeRequest& request,
                                        const std::stop_token& stop)
{
    const auto names = checkNames(connection, request.keyspace,
                                  request.shard.empty() ? std::vector<std::string>() : std::vector{request.shard},
                                  {request.table}, stop);
    if (!names)
        return tl::unexpected(names.error());
    const std::string qualifier = targetOf(request.keyspace, request.shard);
    SqlSession session(connection, request.keyspace);
    const Statement statement =
        Statement::write("stream * from " + quotedName(qualifier) + "." + quotedName(request.table));
    auto call = session.streamCall(statement, stop);
    if (!call)
        return tl::unexpected(call.error());
    ReaderPlan plan;
    plan.method = call->method;
    plan.request = call->request;
    plan.description.api = connection.facts().family == Family::PlanetScale ? ReaderDescription::Api::PsdbQuery
                                                                            : ReaderDescription::Api::VtgateQuery;
    plan.description.kind = ReaderDescription::Kind::Messages;
    plan.description.connection = connection.settings().displayName() + " @ " + connection.settings().endpoint();
    plan.description.keyspace = request.keyspace;
    plan.description.shards = {request.shard};
    plan.description.tables = {request.table};
    plan.description.tabletType = nameOf(TabletType::Primary);
    plan.description.sql = statement.text();
    return std::vector{plan};
}

} // namespace vtscope
