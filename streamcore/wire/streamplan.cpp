#include "streamcore/wire/streamplan.h"

#include "psdbconnect.pb.h"
#include "streamcore/position/position.h"
#include "vtgate.pb.h"

namespace vtscope {

namespace {

constexpr std::uint32_t kHeartbeatSeconds = 1;

topodata::TabletType toProto(TabletType type)
{
    constexpr topodata::TabletType kTypes[] = {topodata::PRIMARY, topodata::REPLICA, topodata::RDONLY};
    return kTypes[static_cast<std::size_t>(type)];
}

psdbconnect::v1alpha1::TabletType toSyncProto(TabletType type)
{
    constexpr psdbconnect::v1alpha1::TabletType kTypes[] = {
        psdbconnect::v1alpha1::primary, psdbconnect::v1alpha1::replica, psdbconnect::v1alpha1::batch};
    return kTypes[static_cast<std::size_t>(type)];
}

} // namespace

ReaderPlan vstreamPlan(ReaderDescription description, const StreamOptions& options,
                       const std::vector<std::string>& selects, const std::string& vgtid,
                       const std::vector<std::string>& tablesToCopy)
{
    vtgate::VStreamRequest message;
    message.mutable_caller_id()->set_principal("vtscope");
    message.mutable_caller_id()->set_component("vtscope " VTSCOPE_VERSION);
    message.set_tablet_type(toProto(options.tabletType));
    message.mutable_vgtid()->ParseFromString(vgtid);
    for (std::size_t i = 0; i < selects.size(); ++i) {
        auto* rule = message.mutable_filter()->add_rules();
        rule->set_match(description.tables[i]);
        // A bare name would let the copy work and then fail at the first change.
        rule->set_filter(selects[i]);
    }
    message.mutable_flags()->set_heartbeat_interval(kHeartbeatSeconds);
    message.mutable_flags()->set_include_reshard_journal_events(true);
    message.mutable_flags()->set_cells(options.cells);
    message.mutable_flags()->set_minimize_skew(options.minimizesSkew);
    message.mutable_flags()->set_transaction_chunk_size(static_cast<std::int64_t>(options.chunkBytes));
    for (const std::string& table : tablesToCopy)
        message.mutable_flags()->add_tables_to_copy(table);
    description.api = ReaderDescription::Api::VStream;
    description.position = vgtid;
    return {"/vtgateservice.Vitess/VStream", message.SerializeAsString(), std::move(description)};
}

ReaderPlan syncPlan(ReaderDescription description, const StreamOptions& options, const ServerRule& rule,
                    const std::string& cursor)
{
    psdbconnect::v1alpha1::SyncRequest message;
    message.set_table_name(description.tables.front());
    message.mutable_cursor()->ParseFromString(cursor);
    message.set_tablet_type(toSyncProto(options.tabletType));
    message.set_include_inserts(rule.inserts);
    message.set_include_updates(rule.updates);
    message.set_include_deletes(rule.deletes);
    if (!options.cells.empty())
        message.add_cells(options.cells);
    description.api = ReaderDescription::Api::Sync;
    description.shards = {message.cursor().shard()};
    description.position = cursor;
    return {"/psdbconnect.v1alpha1.Connect/Sync", message.SerializeAsString(), std::move(description)};
}

ReaderPlan planFrom(const ReaderPlan& plan, const std::string& position)
{
    ReaderPlan next{plan.method, {}, plan.description};
    next.limit = plan.limit;
    next.description.position = position;
    next.description.start = "continued";
    if (plan.description.api == ReaderDescription::Api::Sync) {
        psdbconnect::v1alpha1::SyncRequest message;
        message.ParseFromString(plan.request);
        message.mutable_cursor()->ParseFromString(position);
        next.request = message.SerializeAsString();
        return next;
    }
    vtgate::VStreamRequest message;
    message.ParseFromString(plan.request);
    message.mutable_vgtid()->ParseFromString(position);
    message.mutable_flags()->clear_tables_to_copy();
    for (const std::string& table : tablesToCopy(positionsIn(position), plan.description.tables).tables)
        message.mutable_flags()->add_tables_to_copy(table);
    next.request = message.SerializeAsString();
    return next;
}

} // namespace vtscope
