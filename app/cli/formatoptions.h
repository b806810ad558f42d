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
// Columns that it names and none of these tables has. Error kind UnknownName, with near names.
Result<void> checkColumns(const FormatOptions& format, const std::vector<std::string>& names);

} // namespace vtscope::cli
