#include "streamcore/session/reachable.h"

#include "streamcore/branch/branch.h"
#include "streamcore/names.h"
#include "streamcore/wire/sql.h"
#include "streamcore/wire/status.h"

namespace vtscope {

Result<std::string> checkReachable(const Connection& connection, const ShardPosition& position, TabletType type,
                                   const std::stop_token& stop)
{
    const std::string where = position.keyspace + "/" + position.shard;
    const std::string otherwise = " If it has not, the stream stays silent for 90 s and ends.";
    if (position.gtid.empty() || position.gtid == "current")
        return std::string();
    if (!position.gtid.starts_with("MySQL56/"))
        return "Nobody can be asked whether " + where + " still has this position." + otherwise;
    SqlSession session(connection, targetOf(position.keyspace, position.shard, nameOf(type)));
    const std::string set = quotedText(position.gtid.substr(position.gtid.find('/') + 1));
    const auto purged = session.execute(Statement::read("select gtid_subset(@@global.gtid_purged, " + set + ")"), stop);
    const auto isNo = [](const Result<QueryRows>& answer) {
        return answer && !answer->rows.empty() && !answer->rows.front().empty() && answer->rows.front().front() == "0";
    };
    // Servers would search for a tablet in silence, with long pauses, though one may be back in a second.
    if (!purged && purged.error().kind == ErrorKind::Unavailable &&
        (isMysqlAway(purged.error().detail) || purged.error().detail.find("no healthy tablet") != std::string::npos)) {
        // Or none will ever be.
        const std::vector<std::string> shards = discoverShards(connection, position.keyspace, stop);
        if (shards.empty() || isAmong(shards, position.shard))
            return tl::unexpected(purged.error());
        return failure(ErrorKind::PositionPurged,
                       "The shard " + where + " is there no more; those of " + position.keyspace + " are now " +
                           listed(shards) + ". Start now and live with the gap, or copy the table again.",
                       purged.error().detail);
    }
    if (isNo(purged)) {
        return failure(ErrorKind::PositionPurged,
                       "The server no longer has the changes of " + where +
                           " from this position on: they were purged. "
                           "Start now and live with the gap, or copy the table again.",
                       position.gtid);
    }
    const auto executed =
        session.execute(Statement::read("select gtid_subset(" + set + ", @@global.gtid_executed)"), stop);
    if (isNo(executed)) {
        return failure(ErrorKind::PositionInvalid,
                       "This position is not one of " + where +
                           ": it lies in the future there, or belongs to another shard or branch.",
                       position.gtid);
    }
    if (purged && executed)
        return std::string();
    const Error& why = purged ? executed.error() : purged.error();
    return where + " does not tell whether it still has this position (" + why.message + ")." + otherwise;
}

} // namespace vtscope
