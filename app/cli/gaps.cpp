#include "app/cli/gaps.h"

#include <cstdio>

#include "streamcore/capture/ledger.h"

namespace vtscope::cli {

void tellGaps(const Capture& capture)
{
    for (const Ledger::Account& account : ledgerOf(capture).accounts) {
        for (const Gap& gap : account.gaps) {
            std::string where = account.keyspace + "/" + account.shard;
            if (!account.table.empty())
                where += " " + account.table;
            std::fprintf(stderr, "vtscope-cli: gap in %s: %s%s%s\n", where.c_str(),
                         gap.missing.empty() ? "" : "changes of ", gap.missing.c_str(),
                         (gap.missing.empty() ? gap.cause : " are missing. " + gap.cause).c_str());
        }
    }
}

} // namespace vtscope::cli
