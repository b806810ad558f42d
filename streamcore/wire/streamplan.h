// The requests that open streams of changes. Any thread.
#pragma once

#include "streamcore/connection/settings.h"
#include "streamcore/wire/reader.h"

namespace vtscope {

// All tables and shards of the description in one VStream, from a binlogdata.VGtid. tablesToCopy: of those, when not
// all of them.
ReaderPlan vstreamPlan(ReaderDescription description, TabletType type, const std::string& cells,
                       const std::string& vgtid, const std::vector<std::string>& tablesToCopy);
// The one table of the description on the one shard of a TableCursor.
ReaderPlan syncPlan(ReaderDescription description, TabletType type, const std::string& cells,
                    const std::string& cursor);
// The same stream from another position: a VGtid or TableCursor, as the plan has one.
ReaderPlan planFrom(const ReaderPlan& plan, const std::string& position);

} // namespace vtscope
