// One value inside a JSON document, found in the text as it was sent: numbers keep every digit. Any thread; the views
// live as long as the document's bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vtscope {

// A member of an object, or an element of an array.
struct JsonStep
{
    std::string member;
    std::optional<std::uint64_t> index;

    bool operator==(const JsonStep&) const = default;
};
using JsonPath = std::vector<JsonStep>;

// Reads "$", "$.user.id", "$.items[0]", "$.\"a b\"" in MySQL's notation, without wildcards. Nothing when it is no path.
std::optional<JsonPath> parseJsonPath(std::string_view text);
// The same path as text.
std::string textOf(const JsonPath& path);

struct JsonValue
{
    enum class Kind : std::uint8_t { Missing, Null, Boolean, Number, String, Object, Array };

    Kind kind = Kind::Missing;
    std::string_view raw; // as it stands in the document; a string with its quotes
};

// Missing where the path leads nowhere, and where the text is no JSON up to there.
JsonValue findInJson(std::string_view document, const JsonPath& path);

// Appends what a string means: without its quotes, escapes resolved. Of any other value, its raw text.
void appendJsonText(const JsonValue& value, std::string& out);

} // namespace vtscope
