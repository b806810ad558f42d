// The sample branch: keyspaces `shop` (two shards) and `jobs` (unsharded), with rows to look at. Called before serving.
#pragma once

#include <cstdint>

#include "app/localbranch/executor.h"

namespace localbranch {

void makeSample(Engine& engine, Executor& executor, uint64_t orders, uint64_t seed);

} // namespace localbranch
