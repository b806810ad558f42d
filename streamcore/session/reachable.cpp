#include "streamcore/session/reachable.h"

#include "streamcore/names.h"
#include "streamcore/wire/sql.h"
#include "streamcore/wire/status.h"

namespace vtscope {

Result<void> checkReachable(const Connection& connection, const ShardPosition& position, TabletType type,
                            const std::stop_token& stop)
{
    if (!position.gtid.starts_with("MySQL56/"))
        return {};
    SqlSession session(connection, targetOf(position.keyspace, position.shard, nameOf(type)));
    const std::string set = quotedText(position.gtid.substr(position.gtid.find('/') + 1));
    const auto purged = session.execute(Statement::read("select gtid_subset(@@global.gtid_purged, " + set + ")"), stop);
    const auto isNo = [](const Result<QueryRows>& answer) {
        return answer && !answer->rows.empty() && !answer->rows.front().empty() && answer->rows.front().front() == "0";
    };
    // Servers would search for a tablet in silence, with long pauses, though one may be back in a second.
    if (!purged && purged.error().kind == ErrorKind::Unavailable &&
        (isMysqlAway(purged.error().detail) || purged.error().detail.find("no healthy tablet") != std::string::npos))
        return tl::unexpected(purged.error());
    const std::string where = position.keyspace + "/" + position.shard;
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
    return {};
}

} // namespace vtscope
