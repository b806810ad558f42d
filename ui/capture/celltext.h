// What the engine's cells look like in the grid and to people: the one place where a Cell becomes a GridCell. GUI
// thread.
#pragma once

#include <QString>

#include "streamcore/capture/change.h"
#include "ui/grid/gridmodel.h"

namespace vtscope {

// Fills a grid cell from a value: text cut at GridCell::kTextLimit, NULL, empty, not sent, binary and absent as their
// own kinds.
void fillCell(const Cell& cell, GridCell& out);
// The same for a changed cell, with the old value beside it.
void fillChangedCell(const Cell& before, const Cell& after, GridCell& out);
// The column of a schema as a grid column: title, type, alignment, key, first width.
GridColumn gridColumnOf(const Column& column);

// For tool tips, the inspector and accessibility: the text of a cell, or "NULL", "empty", "not sent".
QString plainText(const Cell& cell, int limit = 256);
// The exact text that a file gets, for the clipboard; empty for NULL and not sent.
QString exactText(const Cell& cell);

// "12:03:04.512", UTC.
QString clockText(std::int64_t ns);
// "2026-03-04 12:03:04.512 UTC"
QString timeText(std::int64_t ns);
// "1,200", as people write it here.
QString numberText(std::uint64_t number);
// "12.1 KiB"
QString sizeText(std::uint64_t bytes);

inline QString text(const std::string& utf8)
{
    return QString::fromStdString(utf8);
}

} // namespace vtscope
