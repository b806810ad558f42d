// The requests that open streams of changes. Any thread.
#pragma once

#include "streamcore/connection/settings.h"
#include "streamcore/wire/reader.h"
#include "streamcore/wire/serverrule.h"

namespace vtscope {

// All tables and shards of the description in one VStream, from a binlogdata.VGtid. selects: what of each table.
// tablesToCopy: of those, when not all of them.
ReaderPlan vstreamPlan(ReaderDescription description, TabletType type, const std::string& cells,
                       const std::vector<std::string>& selects, const std::string& vgtid,
                       const std::vector<std::string>& tablesToCopy);
// The one table of the description on the one shard of a TableCursor, with the operations of the rule.
ReaderPlan syncPlan(ReaderDescription description, TabletType type, const std::string& cells, const ServerRule& rule,
                    const std::string& cursor);
// The same stream from another position: a VGtid or TableCursor, as the plan has one.
ReaderPlan planFrom(const ReaderPlan& plan, const std::string& position);

} // namespace vtscope
