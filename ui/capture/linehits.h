// What was looked for in a line, and found.
#pragma once

#include <QString>

#include <vector>

#include "streamcore/select/filtermatcher.h"

namespace vtscope {

struct LineHits
{
    QString find;                     // empty: nothing is searched for
    std::vector<MatchedCell> reasons; // why it passes the filter
};

} // namespace vtscope
