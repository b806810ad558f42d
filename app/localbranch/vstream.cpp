#include "app/localbranch/vstream.h"

#include <algorithm>

#include "app/localbranch/pattern.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/target.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

/// How soon a stream notices that its client has gone.
constexpr auto kCancelPoll = std::chrono::milliseconds(50);
constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

std::string printed(const binlogdata::ShardGtid& gtid)
{
    std::string text;
    const auto add = [&text](const char* name, const std::string& value) {
        if (!value.empty())
            text += std::string(text.empty() ? "" : " ") + name + ":\"" + value + "\"";
    };
    add("keyspace", gtid.keyspace());
    add("shard", gtid.shard());
    add("gtid", gtid.gtid());
    return text;
}

} // namespace

VStream::VStream(Engine& engine, const vtgate::VStreamRequest& request, VStreamSettings settings, StreamSink sink,
                 std::function<bool()> isCancelled)
    : m_engine(engine), m_request(request), m_settings(settings), m_sink(std::move(sink)),
      m_isCancelled(std::move(isCancelled))
{
}

VStream::~VStream()
{
    for (const auto& stream : m_streams)
        stream->shard().log.removeReader(&m_notifier);
}

void VStream::addShard(Keyspace& keyspace, Shard& shard, const binlogdata::ShardGtid& wanted)
{
    const auto isSame = [&](const auto& stream) { return &stream->shard() == &shard; };
    if (std::any_of(m_streams.begin(), m_streams.end(), isSame))
        return;
    m_streams.push_back(std::make_unique<ShardStream>(m_engine, keyspace, shard, wanted, m_shared));
    shard.log.addReader(&m_notifier);
}

void VStream::resolveKeyspace(const binlogdata::ShardGtid& wanted)
{
    Keyspace* keyspace = m_engine.findKeyspace(wanted.keyspace());
    if (wanted.shard().empty()) {
        if (!wanted.gtid().empty() && wanted.gtid() != "current")
            throw StreamError(vtrpc::INVALID_ARGUMENT,
                              "failed to resolve vstream parameters: if shards are unspecified, the Gtid value must be "
                              "'current' or empty; got: shard_gtids:{" +
                                  printed(wanted) + "}");
        if (keyspace == nullptr)
            throw StreamError(vtrpc::UNKNOWN,
                              "failed to resolve vstream parameters: failed to get shards in keyspace " +
                                  wanted.keyspace() + ": keyspace " + wanted.keyspace() +
                                  " fetch error: node doesn't exist: keyspaces/" + wanted.keyspace() + "/SrvKeyspace");
        for (size_t i = 0; i < keyspace->shardCount(); ++i)
            addShard(*keyspace, keyspace->shard(i), wanted);
        return;
    }
    if (keyspace == nullptr)
        throw StreamError(vtrpc::UNKNOWN, "error starting stream from shard GTID " + printed(wanted) +
                                              ": failed to determine if keyspace " + wanted.keyspace() +
                                              " has been resharded: FindAllShardsInKeyspace(" + wanted.keyspace() +
                                              "): List: node doesn't exist: keyspaces/" + wanted.keyspace() +
                                              "/shards");
    Shard* shard = keyspace->findShard(wanted.shard());
    if (shard == nullptr)
        throw StreamError(vtrpc::FAILED_PRECONDITION, "error starting stream from shard GTID " + printed(wanted) +
                                                          ": failed to determine if keyspace " + wanted.keyspace() +
                                                          " has been resharded: shard provided in VGTID, " +
                                                          wanted.shard() + ", not found in the " + wanted.keyspace() +
                                                          " keyspace");
    addShard(*keyspace, *shard, wanted);
}

void VStream::resolve()
{
    const binlogdata::VGtid& vgtid = m_request.vgtid();
    if (vgtid.shard_gtids_size() == 0)
        throw StreamError(vtrpc::INVALID_ARGUMENT, "failed to resolve vstream parameters: vgtid must have at least one "
                                                   "value with a starting position in ShardGtids");
    const binlogdata::ShardGtid& first = vgtid.shard_gtids(0);
    const bool isExpression = first.keyspace().starts_with("/");
    if (vgtid.shard_gtids_size() == 1 && (first.keyspace().empty() || isExpression)) {
        if (first.keyspace().empty() && first.gtid() != "current")
            throw StreamError(vtrpc::INVALID_ARGUMENT, "failed to resolve vstream parameters: for an empty keyspace, "
                                                       "the Gtid value must be 'current': shard_gtids:{" +
                                                           printed(first) + "}");
        std::regex expression(".*");
        try {
            if (isExpression)
                expression = compiledPattern(first.keyspace().substr(1));
        } catch (const std::regex_error& error) {
            throw StreamError(vtrpc::UNKNOWN,
                              std::string("failed to resolve vstream parameters: error parsing regexp: ") +
                                  error.what());
        }
        for (const auto& keyspace : m_engine.keyspaces()) {
            if (!std::regex_search(keyspace->name(), expression))
                continue;
            binlogdata::ShardGtid wanted = first;
            wanted.set_keyspace(keyspace->name());
            resolveKeyspace(wanted);
        }
    } else {
        for (const binlogdata::ShardGtid& wanted : vgtid.shard_gtids())
            resolveKeyspace(wanted);
    }
    if (m_streams.empty())
        throw StreamError(vtrpc::UNKNOWN,
                          "failed to resolve vstream parameters: no keyspace matches " + first.keyspace());
    const std::string& preference = m_request.flags().cell_preference();
    const std::string& order = m_request.flags().tablet_order();
    const bool isKnownPreference =
        preference.empty() || preference == "preferlocalwithalias" || preference == "onlyspecified";
    const bool isKnownOrder = order.empty() || order == "any" || order == "inorder";
    if (!isKnownPreference || !isKnownOrder)
        throw StreamError(
            vtrpc::INVALID_ARGUMENT,
            "error starting stream from shard GTID " + printed(m_streams.front()->position()) + ": failed to find a " +
                m_shared.tabletType + " tablet for VStream in " + m_streams.front()->shard().keyspace + "/" +
                m_streams.front()->shard().name + " within the local cell(s): " +
                (isKnownPreference ? "invalid tablet order type: " + order : "invalid cell preference: " + preference));
}

bool VStream::sendHeartbeat()
{
    vtgate::VStreamResponse response;
    binlogdata::VEvent& event = *response.add_events();
    event.set_type(binlogdata::HEARTBEAT);
    event.set_current_time(nowNanoseconds());
    event.set_timestamp(event.current_time() / kNanosecondsPerSecond);
    return m_sink(response);
}

grpc::Status VStream::run()
{
    using Clock = std::chrono::steady_clock;
    const StreamFilter filter(m_request.filter());
    const vtgate::VStreamFlags& flags = m_request.flags();
    auto lastSent = Clock::now();
    size_t completed = 0;
    topodata::TabletType type = m_request.tablet_type();
    if (type == topodata::UNKNOWN)
        type = topodata::PRIMARY;
    m_shared.filter = &filter;
    m_shared.tabletType = topodata::TabletType_Name(type);
    m_shared.hasTablets = type == topodata::PRIMARY || type == topodata::REPLICA || type == topodata::RDONLY;
    m_shared.tabletSearch = m_settings.tabletSearch;
    m_shared.tableRest = m_settings.tableRest;
    m_shared.namesKeyspace = !flags.exclude_keyspace_from_table_name();
    m_shared.tablesToCopy = {flags.tables_to_copy().begin(), flags.tables_to_copy().end()};
    m_shared.vgtid = [this] {
        binlogdata::VGtid vgtid;
        for (const auto& stream : m_streams)
            *vgtid.add_shard_gtids() = stream->position();
        return vgtid;
    };
    m_shared.completeCopy = [&] { return ++completed == m_streams.size(); };
    m_shared.send = [&](const vtgate::VStreamResponse& response) {
        lastSent = Clock::now();
        return m_sink(response);
    };
    try {
        resolve();
        while (!m_isCancelled()) {
            bool didSomething = false;
            std::chrono::nanoseconds rest = kCancelPoll;
            for (const auto& stream : m_streams) {
                didSomething = stream->step() || didSomething;
                if (stream->isGone())
                    return grpc::Status::CANCELLED;
                rest = std::min(rest, stream->restTime());
            }
            if (didSomething)
                continue;
            m_notifier.waitFor(std::max(rest, std::chrono::nanoseconds(std::chrono::milliseconds(1))));
            if (flags.heartbeat_interval() > 0 &&
                Clock::now() - lastSent >= std::chrono::seconds(flags.heartbeat_interval())) {
                lastSent = Clock::now();
                if (!sendHeartbeat())
                    return grpc::Status::CANCELLED;
            }
        }
        return grpc::Status::CANCELLED;
    } catch (const StreamError& error) {
        return {static_cast<grpc::StatusCode>(error.code()), shortened(error.what())};
    }
}

} // namespace localbranch
