// A change as people read it in a terminal: one line, values cut short.
#pragma once

#include <string>

#include "streamcore/capture/change.h"
#include "streamcore/output/format.h"

namespace vtscope::cli {

// Ends with a line end. Of the options, columns and masked count.
void appendTableRow(const ChangeView& change, const FormatOptions& options, std::string& out);

} // namespace vtscope::cli
