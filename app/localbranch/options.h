// The command line. Parsed once, before any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "app/localbranch/access.h"

namespace localbranch {

struct Options
{
    std::string listen;
    std::string schemaDirectory;
    std::map<std::string, size_t> shards;
    std::string dataFile;
    uint64_t seed = 1;
    std::optional<double> rate; ///< changes a second
    uint64_t rows = 200;
    std::set<std::string> services = {"psdb", "connect", "vtgate"};
    std::string user;
    std::string passwordFile;
    psdb::data::v1::Role role = psdb::data::v1::admin;
    std::string tlsDirectory;
    uint64_t keptBytes = 256ULL << 20U;
    uint64_t tabletSearchSeconds = 90;
    uint64_t tableRestMs = 50;
    bool isChild = false;
    bool hasJitter = true;
    bool wantsHelp = false;
};

/// The options, or a sentence about what is wrong with them.
std::variant<Options, std::string> parsedOptions(const std::vector<std::string>& arguments);

const char* helpText();

} // namespace localbranch
