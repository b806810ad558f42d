// The requests that open streams of changes. Any thread.
#pragma once

#include "streamcore/connection/settings.h"
#include "streamcore/wire/reader.h"
#include "streamcore/wire/serverrule.h"

namespace vtscope {

// Where a server reads, and how it sends.
struct StreamOptions
{
    TabletType tabletType = TabletType::Primary;
    std::string cells;            // empty: the server's choice
    bool minimizesSkew = false;   // VStream
    std::uint64_t chunkBytes = 0; // VStream: 0 is the server's default
};

// All tables and shards of the description in one VStream, from a binlogdata.VGtid. selects: what of each table.
// tablesToCopy: of those, when not all of them.
ReaderPlan vstreamPlan(ReaderDescription description, const StreamOptions& options,
                       const std::vector<std::string>& selects, const std::string& vgtid,
                       const std::vector<std::string>& tablesToCopy);
// The one table of the description on the one shard of a TableCursor, with the operations of the rule.
ReaderPlan syncPlan(ReaderDescription description, const StreamOptions& options, const ServerRule& rule,
                    const std::string& cursor);
// The same stream from another position: a VGtid or TableCursor, as the plan has one.
ReaderPlan planFrom(const ReaderPlan& plan, const std::string& position);

} // namespace vtscope
