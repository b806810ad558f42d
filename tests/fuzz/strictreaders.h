// CSV and NDJSON read to the letter of RFC 4180 and RFC 8259: what is not allowed there is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vtscope::test {

struct CsvField
{
    std::string text;
    bool isQuoted = false;
};

std::optional<std::vector<std::vector<CsvField>>> readCsv(std::string_view text);

struct Json
{
    enum class Kind { Null, Boolean, Number, String, Array, Object };

    Kind kind = Kind::Null;
    std::string text;               // of a string, without its escapes; of a number, as it stands
    std::vector<Json> parts;        // of an object or an array, in order
    std::vector<std::string> names; // of an object's parts

    // The first part of that name. There must be one.
    const Json& at(std::string_view name) const;
};

// One object a line. All text must be UTF-8.
std::optional<std::vector<Json>> readNdjson(std::string_view text);

} // namespace vtscope::test
