// How watch and export write text: --columns, --mask, the dialect of CSV, times, numbers.
#pragma once

#include <string>
#include <vector>

#include "app/cli/command.h"
#include "streamcore/output/format.h"

namespace vtscope::cli {

void addFormatOptions(Options& options);
// Error kind Usage.
Result<FormatOptions> formatOptionsFrom(const Options& options);
// Columns that they name and none of these tables has: error kind UnknownName, with near names. A filter that asks for
// a masked column: Usage.
Result<void> checkColumns(const Filter& filter, const FormatOptions& format, const std::vector<Layout>& tables);

} // namespace vtscope::cli
