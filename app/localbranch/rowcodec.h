// Rows as stored and sent: the bytes of a query.Row message (lengths, then all values), read without copying. Any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace localbranch {

using Cell = std::optional<std::string>;          ///< MySQL text of a value; nothing is NULL
using CellView = std::optional<std::string_view>; ///< points into the row that was read
using Row = std::vector<Cell>;
using RowView = std::vector<CellView>;

std::string packedRow(const Row& cells);
std::string packedRow(const RowView& cells);

/// Fills `cells` with views into `bytes`, which must outlive them.
void readRow(std::string_view bytes, RowView& cells);

Row ownedRow(const RowView& cells);

} // namespace localbranch
