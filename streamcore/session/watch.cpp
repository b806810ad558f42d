#include "streamcore/session/watch.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <regex>

#include "psdbconnect.pb.h"
#include "streamcore/branch/branch.h"
#include "streamcore/wire/reader.h"
#include "streamcore/wire/sql.h"
#include "vtgate.pb.h"

namespace vtscope {

namespace {

constexpr const char* kVStream = "/vtgateservice.Vitess/VStream";
constexpr const char* kSync = "/psdbconnect.v1alpha1.Connect/Sync";
constexpr const char* kPlanetScaleCells = "planetscale_operator_default";
constexpr std::uint32_t kHeartbeatSeconds = 1;

topodata::TabletType toProto(TabletType type)
{
    constexpr topodata::TabletType kTypes[] = {topodata::PRIMARY, topodata::REPLICA, topodata::RDONLY};
    return kTypes[static_cast<std::size_t>(type)];
}

psdbconnect::v1alpha1::TabletType toSyncProto(TabletType type)
{
    constexpr psdbconnect::v1alpha1::TabletType kTypes[] = {psdbconnect::v1alpha1::primary, psdbconnect::v1alpha1::replica, psdbconnect::v1alpha1::batch};
    return kTypes[static_cast<std::size_t>(type)];
}

std::string stripped(const std::string& text)
{
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](unsigned char c) { return std::isspace(c) == 0; });
    return out;
}

// A GTID with its flavor, or nothing when it is none.
std::string withFlavor(const std::string& text)
{
    static const std::regex kMySql("(MySQL56/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(:[0-9]+(-[0-9]+)?)+"
                                   "(,[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(:[0-9]+(-[0-9]+)?)+)*");
    static const std::regex kOther("(MariaDB/[0-9]+-[0-9]+-[0-9]+(,[0-9]+-[0-9]+-[0-9]+)*|FilePos/[^:]+:[0-9]+)");
    if (text == "current" || std::regex_match(text, kOther))
        return text;
    if (!std::regex_match(text, kMySql))
        return {};
    return text.starts_with("MySQL56/") ? text : "MySQL56/" + text;
}

std::string withoutFlavor(const std::string& gtid)
{
    return gtid.substr(gtid.find('/') + 1);
}

struct Names
{
    std::vector<std::string> shards;
};

Result<Names> checkNames(const Connection& connection, const std::string& keyspaceName, const std::vector<std::string>& shards,
                         const std::vector<std::string>& tables, std::stop_token stop)
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
    if (!shards.empty())
        return Names{shards};
    return Names{keyspace.shards.empty() ? std::vector<std::string>{"-"} : keyspace.shards};
}

// A position that was purged, lies in the future or belongs to another branch is 90 s of silence on newer servers, so ask first.
Result<void> checkReachable(const Connection& connection, const ShardPosition& position, TabletType type, std::stop_token stop)
{
    if (!position.gtid.starts_with("MySQL56/"))
        return {};
    SqlSession session(connection, targetOf(position.keyspace, position.shard, nameOf(type)));
    const std::string set = quotedText(withoutFlavor(position.gtid));
    const auto purged = session.execute(Statement::read("select gtid_subset(@@global.gtid_purged, " + set + ")"), stop);
    const auto isNo = [](const Result<QueryRows>& answer) {
        return answer && !answer->rows.empty() && !answer->rows.front().empty() && answer->rows.front().front() == "0";
    };
    const std::string where = position.keyspace + "/" + position.shard;
    if (isNo(purged)) {
        return failure(ErrorKind::PositionPurged, "The server no longer has the changes of " + where + " from this position on: they were purged. "
                                                  "Start now and live with the gap, or copy the table again.",
                       position.gtid);
    }
    const auto executed = session.execute(Statement::read("select gtid_subset(" + set + ", @@global.gtid_executed)"), stop);
    if (isNo(executed)) {
        return failure(ErrorKind::PositionInvalid, "This position is not one of " + where + ": it lies in the future there, or belongs to another shard or branch.",
                       position.gtid);
    }
    return {};
}

// What stands in a VGTID for each of these shards.
Result<std::vector<ShardPosition>> positionsFor(const WatchRequest& request, const std::vector<std::string>& shards)
{
    std::vector<ShardPosition> positions;
    if (request.start != WatchRequest::Start::Position) {
        for (const std::string& shard : shards)
            positions.push_back({request.keyspace, shard, request.start == WatchRequest::Start::Now ? "current" : ""});
        return positions;
    }
    auto given = parsePosition(request.position);
    if (!given)
        return given;
    if (given->size() == 1 && given->front().shard.empty()) {
        if (shards.size() != 1) {
            return failure(ErrorKind::PositionInvalid, "A single GTID belongs to one shard, and " + request.keyspace + " has " + std::to_string(shards.size()) +
                                                           ". Choose one shard, or give a VGTID (JSON) that names them all.");
        }
        return std::vector<ShardPosition>{{request.keyspace, shards.front(), given->front().gtid}};
    }
    for (const std::string& shard : shards) {
        const auto found = std::find_if(given->begin(), given->end(), [&](const ShardPosition& one) {
            return one.shard == shard && (one.keyspace.empty() || one.keyspace == request.keyspace);
        });
        if (found == given->end())
            return failure(ErrorKind::PositionInvalid, "The position says nothing about shard " + shard + " of " + request.keyspace + ".");
        positions.push_back({request.keyspace, shard, found->gtid});
    }
    return positions;
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

std::vector<ReaderPlan> planVStream(const Connection& connection, const WatchRequest& request, const std::vector<std::string>& shards,
                                    const std::vector<ShardPosition>& positions)
{
    vtgate::VStreamRequest message;
    message.mutable_caller_id()->set_principal("vtscope");
    message.mutable_caller_id()->set_component("vtscope " VTSCOPE_VERSION);
    message.set_tablet_type(toProto(request.tabletType));
    if (request.start == WatchRequest::Start::Continue) {
        message.mutable_vgtid()->ParseFromString(request.resume.front());
    } else {
        for (const ShardPosition& position : positions) {
            auto* shard = message.mutable_vgtid()->add_shard_gtids();
            shard->set_keyspace(position.keyspace);
            shard->set_shard(position.shard);
            shard->set_gtid(position.gtid);
        }
    }
    for (const std::string& table : request.tables) {
        auto* rule = message.mutable_filter()->add_rules();
        rule->set_match(table);
        // A bare name would let the copy work and then fail at the first change.
        rule->set_filter("select * from " + quotedName(table));
    }
    message.mutable_flags()->set_heartbeat_interval(kHeartbeatSeconds);
    message.mutable_flags()->set_cells(cellsFor(connection, request));

    ReaderPlan plan;
    plan.method = kVStream;
    plan.request = message.SerializeAsString();
    plan.description = describe(connection, request);
    plan.description.api = ReaderDescription::Api::VStream;
    plan.description.shards = shards;
    plan.description.tables = request.tables;
    plan.description.position = message.vgtid().SerializeAsString();
    return {plan};
}

std::vector<ReaderPlan> planSync(const Connection& connection, const WatchRequest& request, const std::vector<ShardPosition>& positions)
{
    std::vector<ReaderPlan> plans;
    const auto add = [&](const psdbconnect::v1alpha1::TableCursor& cursor, const std::string& table) {
        psdbconnect::v1alpha1::SyncRequest message;
        message.set_table_name(table);
        *message.mutable_cursor() = cursor;
        message.set_tablet_type(toSyncProto(request.tabletType));
        message.set_include_inserts(true);
        message.set_include_updates(true);
        message.set_include_deletes(true);
        if (const std::string cells = cellsFor(connection, request); !cells.empty())
            message.add_cells(cells);
        ReaderPlan plan;
        plan.method = kSync;
        plan.request = message.SerializeAsString();
        plan.description = describe(connection, request);
        plan.description.api = ReaderDescription::Api::Sync;
        plan.description.shards = {cursor.shard()};
        plan.description.tables = {table};
        plan.description.position = cursor.SerializeAsString();
        plans.push_back(std::move(plan));
    };
    if (request.start == WatchRequest::Start::Continue) {
        // Session::resumePositions keeps the order in which the readers were planned: by table, then by shard.
        const std::size_t shards = request.resume.size() / std::max<std::size_t>(1, request.tables.size());
        for (std::size_t i = 0; i < request.resume.size(); ++i) {
            psdbconnect::v1alpha1::TableCursor cursor;
            cursor.ParseFromString(request.resume[i]);
            add(cursor, request.tables[i / std::max<std::size_t>(1, shards)]);
        }
        return plans;
    }
    for (const std::string& table : request.tables) {
        for (const ShardPosition& position : positions) {
            psdbconnect::v1alpha1::TableCursor cursor;
            cursor.set_keyspace(position.keyspace);
            cursor.set_shard(position.shard);
            cursor.set_position(position.gtid);
            add(cursor, table);
        }
    }
    return plans;
}

} // namespace

const char* nameOf(Source source)
{
    return source == Source::VStream ? "VStream" : "Sync";
}

Source defaultSource(const Connection& connection)
{
    return connection.facts().vstream == Availability::No && connection.hasSync() ? Source::Sync : Source::VStream;
}

Result<std::vector<ShardPosition>> parsePosition(const std::string& text)
{
    const std::string whole = stripped(text);
    const auto invalid = [](const std::string& what) { return failure(ErrorKind::PositionInvalid, what); };
    if (whole.empty())
        return invalid("Type or paste a position: a GTID set such as MySQL56/3e11fa47-…:1-5, or a VGTID as JSON.");
    if (whole.front() != '{' && whole.front() != '[') {
        const std::string gtid = withFlavor(whole);
        if (gtid.empty())
            return invalid("This is not a position. A GTID set looks like MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5.");
        return std::vector<ShardPosition>{{{}, {}, gtid}};
    }
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &problem);
    if (document.isNull())
        return invalid("This JSON does not end or is not valid at character " + std::to_string(problem.offset) + ".");
    QJsonArray shards = document.isArray() ? document.array() : document.object().value(u"shardGtids").toArray();
    if (shards.isEmpty())
        shards = document.object().value(u"shard_gtids").toArray();
    std::vector<ShardPosition> positions;
    for (const QJsonValue& value : shards) {
        const QJsonObject object = value.toObject();
        ShardPosition position{object.value(u"keyspace").toString().toStdString(), object.value(u"shard").toString().toStdString(), {}};
        const std::string gtid = stripped(object.value(u"gtid").toString().toStdString());
        position.gtid = gtid.empty() ? std::string() : withFlavor(gtid);
        if (position.shard.empty() || (position.gtid.empty() && !gtid.empty()))
            return invalid("A shard of this VGTID has no name or no valid GTID: " + gtid);
        positions.push_back(std::move(position));
    }
    if (positions.empty())
        return invalid("This JSON holds no shards: a VGTID looks like {\"shardGtids\":[{\"keyspace\":…,\"shard\":…,\"gtid\":…}]}.");
    return positions;
}

Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const WatchRequest& request, std::stop_token stop)
{
    if (request.tables.empty())
        return failure(ErrorKind::Usage, "Name at least one table.");
    if (request.source == Source::Sync && !connection.hasSync())
        return failure(ErrorKind::NoService, "Only PlanetScale offers Sync; this is a vtgate. Choose the source VStream.");
    if (request.source == Source::VStream && connection.facts().vstream == Availability::No)
        return failure(ErrorKind::NoService, "This host does not offer VStream. Choose the source Sync.");
    if (request.start == WatchRequest::Start::Position) {
        if (const auto valid = parsePosition(request.position); !valid)
            return tl::unexpected(valid.error());
    }
    const auto names = checkNames(connection, request.keyspace, request.shards, request.tables, stop);
    if (!names)
        return tl::unexpected(names.error());
    std::vector<ShardPosition> positions;
    if (request.start != WatchRequest::Start::Continue) {
        auto found = positionsFor(request, names->shards);
        if (!found)
            return tl::unexpected(found.error());
        positions = std::move(*found);
    } else if (request.source == Source::VStream) {
        binlogdata::VGtid vgtid;
        vgtid.ParseFromString(request.resume.front());
        for (const auto& shard : vgtid.shard_gtids())
            positions.push_back({shard.keyspace(), shard.shard(), shard.gtid()});
    } else {
        for (const std::string& bytes : request.resume) {
            psdbconnect::v1alpha1::TableCursor cursor;
            cursor.ParseFromString(bytes);
            positions.push_back({cursor.keyspace(), cursor.shard(), cursor.position()});
        }
    }
    for (const ShardPosition& position : positions) {
        if (auto reachable = checkReachable(connection, position, request.tabletType, stop); !reachable)
            return tl::unexpected(reachable.error());
    }
    if (stop.stop_requested())
        return failure(ErrorKind::Canceled, "Stopped before the stream was open.");
    return request.source == Source::VStream ? planVStream(connection, request, names->shards, positions) : planSync(connection, request, positions);
}

Result<std::vector<ReaderPlan>> prepare(const Connection& connection, const SubscribeRequest& request, std::stop_token stop)
{
    const auto names = checkNames(connection, request.keyspace, request.shard.empty() ? std::vector<std::string>() : std::vector{request.shard},
                                  {request.table}, stop);
    if (!names)
        return tl::unexpected(names.error());
    const std::string qualifier = targetOf(request.keyspace, request.shard);
    SqlSession session(connection, request.keyspace);
    const Statement statement = Statement::write("stream * from " + quotedName(qualifier) + "." + quotedName(request.table));
    auto call = session.streamCall(statement, stop);
    if (!call)
        return tl::unexpected(call.error());
    ReaderPlan plan;
    plan.method = call->method;
    plan.request = call->request;
    plan.description.api = connection.facts().family == Family::PlanetScale ? ReaderDescription::Api::PsdbQuery : ReaderDescription::Api::VtgateQuery;
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
