// What a server is asked to leave out of a stream. Checked beforehand, because servers tell of most mistakes only when
// the first row comes, and pass over some in silence. Any thread.
#pragma once

#include <string>
#include <vector>

#include "streamcore/branch/branch.h"
#include "streamcore/result.h"
#include "streamcore/session/watch.h"
#include "streamcore/wire/serverrule.h"

namespace vtscope {

// The rule as SQL: select `a`, `b` from `t` where … Error kinds Usage: the condition is none that VStream knows, with
// the place at fault; UnknownName: a column that the table does not have, with near names. A table whose columns are
// not known is left to the server.
Result<std::string> selectOf(const ServerRule& rule, const Table& table);

// Whether the source can do it: VStream knows no operations, Sync no columns and conditions. Error kind Usage.
Result<void> checkSource(const ServerRule& rule, Source source);

} // namespace vtscope
