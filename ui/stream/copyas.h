// Lines of a capture as text for the clipboard. Any thread.
#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>
#include <stop_token>

#include "streamcore/capture/capture.h"
#include "streamcore/select/masks.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

enum class CopyForm : std::uint8_t { Csv, Tsv, Ndjson, Markdown, Redo, Undo };

// At most so many lines are copied.
inline constexpr std::uint64_t kMostCopiedLines = 100'000;

// Exactly as an export would write them, with these columns masked; Markdown is a table of the operation and these
// columns, all when there are none. Blocks.
QString linesAs(CopyForm form, const Snapshot& snapshot, const RowSet& lines, const QStringList& columns,
                const Masks& masks, const std::stop_token& stop);

// A word of a command line for a POSIX shell, quoted where it must be.
QString shellWord(const QString& word);

} // namespace vtscope
