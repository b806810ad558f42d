#include "app/localbranch/target.h"

#include <array>

namespace localbranch {

namespace {

const std::array<std::pair<const char*, topodata::TabletType>, 7>& tabletTypes()
{
    static const std::array<std::pair<const char*, topodata::TabletType>, 7> kTypes = {
        {{"primary", topodata::PRIMARY},
         {"master", topodata::PRIMARY},
         {"replica", topodata::REPLICA},
         {"rdonly", topodata::RDONLY},
         {"batch", topodata::RDONLY},
         {"spare", topodata::SPARE},
         {"unknown", topodata::UNKNOWN}}};
    return kTypes;
}

std::string codeName(vtrpc::Code code)
{
    switch (code) {
    case vtrpc::INVALID_ARGUMENT:
        return "InvalidArgument";
    case vtrpc::NOT_FOUND:
        return "NotFound";
    case vtrpc::ALREADY_EXISTS:
        return "AlreadyExists";
    case vtrpc::PERMISSION_DENIED:
        return "PermissionDenied";
    case vtrpc::FAILED_PRECONDITION:
        return "FailedPrecondition";
    case vtrpc::ABORTED:
        return "Aborted";
    case vtrpc::DEADLINE_EXCEEDED:
        return "DeadlineExceeded";
    case vtrpc::UNIMPLEMENTED:
        return "Unimplemented";
    case vtrpc::INTERNAL:
        return "Internal";
    default:
        return "Unknown";
    }
}

} // namespace

Target Target::parse(const std::string& text)
{
    Target target;
    std::string rest = text;
    if (const size_t at = rest.find('@'); at != std::string::npos) {
        const std::string word = lowered(rest.substr(at + 1));
        rest.resize(at);
        bool isKnown = false;
        for (const auto& [name, type] : tabletTypes()) {
            if (word == name) {
                target.type = type;
                isKnown = true;
            }
        }
        if (!isKnown || target.type == topodata::SPARE || target.type == topodata::UNKNOWN)
            throw SqlError(vtrpc::INVALID_ARGUMENT, "No partition found for tabletType " +
                                                        (isKnown ? word : "unknown") + " in keyspace " +
                                                        rest.substr(0, rest.find_first_of(":/")));
    }
    const size_t divider = rest.find_first_of(":/");
    target.keyspace = rest.substr(0, divider);
    if (divider != std::string::npos)
        target.shard = rest.substr(divider + 1);
    return target;
}

Keyspace& resolvedKeyspace(Engine& engine, const std::string& name)
{
    Keyspace* keyspace = engine.findKeyspace(name);
    if (keyspace == nullptr)
        throw SqlError(vtrpc::NOT_FOUND, "VT05003: unknown database '" + name + "' in vschema");
    return *keyspace;
}

Keyspace& sessionKeyspace(Engine& engine, const std::string& sessionTarget)
{
    const Target target = Target::parse(sessionTarget);
    // An only keyspace needs no name.
    if (target.keyspace.empty() && engine.keyspaces().size() == 1)
        return *engine.keyspaces().front();
    if (target.keyspace.empty())
        throw SqlError(
            vtrpc::FAILED_PRECONDITION,
            "VT09005: no database selected: use keyspace<:shard><@type> or keyspace<[range]><@type> (<> are optional)");
    return resolvedKeyspace(engine, target.keyspace);
}

std::vector<Shard*> resolvedShards(Keyspace& keyspace, const Target& target)
{
    std::vector<Shard*> shards;
    if (!target.shard.empty()) {
        Shard* shard = keyspace.findShard(target.shard);
        if (shard == nullptr)
            throw SqlError(vtrpc::UNAVAILABLE,
                           "target: " + keyspace.name() + "." + target.shard + "." + lowerName(target.type) +
                               ": no healthy tablet available for 'keyspace:\"" + keyspace.name() + "\" shard:\"" +
                               target.shard + "\" tablet_type:" + upperName(target.type) + "'");
        return {shard};
    }
    for (size_t i = 0; i < keyspace.shardCount(); ++i)
        shards.push_back(&keyspace.shard(i));
    return shards;
}

TableTarget resolvedTable(Engine& engine, const TableName& name, const std::string& sessionTarget)
{
    const Target session = Target::parse(sessionTarget);
    TableTarget result;
    result.type = session.type;
    Target place = session;
    if (!name.keyspace.empty()) {
        place = Target::parse(name.keyspace);
        place.type = session.type;
    }
    if (place.keyspace.empty()) {
        for (const auto& keyspace : engine.keyspaces()) {
            if (LiveTable* table = keyspace->findTable(name.table)) {
                if (result.table != nullptr)
                    throw SqlError(vtrpc::FAILED_PRECONDITION, "ambiguous table reference: " + name.table);
                result.table = table;
            }
        }
        if (result.table != nullptr)
            result.shards = resolvedShards(result.table->keyspace, place);
    } else {
        Keyspace& keyspace = resolvedKeyspace(engine, place.keyspace);
        result.shards = resolvedShards(keyspace, place);
        result.isShardNamed = !place.shard.empty();
        result.table = keyspace.findTable(name.table);
    }
    if (result.table == nullptr)
        throw SqlError(vtrpc::UNKNOWN, "table " + name.table + " not found");
    return result;
}

const char* lowerName(topodata::TabletType type)
{
    for (const auto& [name, known] : tabletTypes()) {
        if (known == type)
            return name;
    }
    return "unknown";
}

std::string upperName(topodata::TabletType type)
{
    std::string name = lowerName(type);
    for (char& c : name)
        c = static_cast<char>(c & ~0x20);
    return name;
}

SqlError tabletError(const Shard& shard, topodata::TabletType type, const SqlError& error)
{
    return {error.code(), "target: " + shard.keyspace + "." + shard.name + "." + lowerName(type) +
                              ": vttablet: rpc error: code = " + codeName(error.code()) + " desc = " + error.what() +
                              " (CallerID: unsecure_grpc_client)"};
}

} // namespace localbranch
