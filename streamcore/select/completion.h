// What may come next in a filter that is being typed. Any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "streamcore/select/masks.h"

namespace vtscope {

// What filters of a capture can name.
struct FilterNames
{
    std::vector<std::string> columns;
    std::vector<std::string> tables;
    std::vector<std::string> shards;
    std::vector<std::string> keyspaces;
    std::map<std::string, std::vector<std::string>> labels; // of ENUM and SET columns
    MaskedNames masked{};                                   // in none of the above
};

// Each candidate, as it is written in a filter, may stand in place of the bytes [at, at + length).
struct Completion
{
    std::size_t at = 0;
    std::size_t length = 0;
    std::vector<std::string> candidates; // in the order in which they are offered

    bool operator==(const Completion&) const = default;
};

// For the cursor at this byte of the text, right or wrong: what fits behind what stands before the word at the cursor,
// and begins like that word up to the cursor, without case for ASCII letters.
Completion completeFilter(std::string_view text, std::size_t cursor, const FilterNames& names);

} // namespace vtscope
