#include "app/cli/gaps.h"

#include <cstdio>

#include "streamcore/capture/ledger.h"

namespace vtscope::cli {

void tellGaps(const Capture& capture)
{
    for (const std::string& line : gapLines(ledgerOf(capture)))
        std::fprintf(stderr, "vtscope-cli: %s\n", line.c_str());
}

} // namespace vtscope::cli
