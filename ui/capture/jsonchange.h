// What changed inside a JSON document, as the grid shows it: the first changed path with its values, and how many more.
#pragma once

#include "streamcore/value/cell.h"
#include "ui/grid/gridmodel.h"

namespace vtscope {

// Fills path, oldText, text and more. False when the documents are too large to compare while painting (8 KiB), are not
// JSON, or do not differ in a value. Values are shown as sent; nothing is parsed into numbers.
bool fillJsonChange(const Cell& before, const Cell& after, GridCell& out);

} // namespace vtscope
