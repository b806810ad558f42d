// JSON documents as MySQL prints them: separators ", " and ": ", keys in a fixed order, numbers in MySQL's spelling.
// Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace localbranch {

enum class JsonKeyOrder {
    LengthThenBytes, ///< MySQL's own: SQL results and the copy phase
    Bytes            ///< changes read from the binary log
};

/// The document in that order, or nothing if the text is no JSON (or nested deeper than MySQL allows).
std::optional<std::string> normalisedJson(std::string_view text, JsonKeyOrder order);

} // namespace localbranch
