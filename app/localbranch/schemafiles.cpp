#include "app/localbranch/schemafiles.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "app/localbranch/sqlerror.h"

namespace localbranch {

namespace {

namespace fs = std::filesystem;

std::string contentOf(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " + path.string());
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

struct Vschema
{
    bool isSharded = false;
    std::map<std::string, std::string> shardingColumns;
};

Vschema vschemaOf(const fs::path& path)
{
    Vschema vschema;
    if (!fs::exists(path))
        return vschema;
    google::protobuf::Struct root;
    if (!google::protobuf::util::JsonStringToMessage(contentOf(path), &root).ok())
        throw std::runtime_error(path.string() + " is no JSON object");
    const auto& fields = root.fields();
    vschema.isSharded = fields.contains("sharded") && fields.at("sharded").bool_value();
    if (fields.contains("vindexes")) {
        for (const auto& [name, vindex] : fields.at("vindexes").struct_value().fields()) {
            const auto& settings = vindex.struct_value().fields();
            const std::string type = settings.contains("type") ? settings.at("type").string_value() : "";
            if (type != "hash")
                throw std::runtime_error(path.string() + ": the local branch knows the vindex type hash, not " + type);
        }
    }
    if (fields.contains("tables")) {
        for (const auto& [table, definition] : fields.at("tables").struct_value().fields()) {
            const auto& settings = definition.struct_value().fields();
            if (!settings.contains("column_vindexes") || settings.at("column_vindexes").list_value().values_size() == 0)
                continue;
            const auto& vindex = settings.at("column_vindexes").list_value().values(0).struct_value().fields();
            if (vindex.contains("column"))
                vschema.shardingColumns[table] = vindex.at("column").string_value();
            else if (vindex.contains("columns") && vindex.at("columns").list_value().values_size() > 0)
                vschema.shardingColumns[table] = vindex.at("columns").list_value().values(0).string_value();
        }
    }
    return vschema;
}

/// Statements of a schema run on every shard of a real server: INSERTs of a sharded keyspace are routed here.
void runScript(Executor& executor, const std::string& keyspace, const fs::path& path)
{
    const std::string script = contentOf(path);
    for (const std::string& statement : statementsOf(script)) {
        vtgate::Session session;
        session.set_autocommit(true);
        session.set_target_string(keyspace);
        try {
            executor.execute(Caller{}, session, statement, {});
        } catch (const SqlError& error) {
            throw std::runtime_error(path.string() + ": " + error.what() + ": " + statement.substr(0, 120));
        }
    }
}

} // namespace

void loadSchema(Engine& engine, Executor& executor, const std::string& directory,
                const std::map<std::string, size_t>& shards)
{
    if (!fs::is_directory(directory))
        throw std::runtime_error(directory + " is no folder");
    std::vector<fs::path> keyspaces;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.is_directory())
            keyspaces.push_back(entry.path());
    }
    std::sort(keyspaces.begin(), keyspaces.end());
    if (keyspaces.empty())
        throw std::runtime_error(directory + " has no folder for a keyspace");
    for (const auto& [name, count] : shards) {
        const bool isThere = std::any_of(keyspaces.begin(), keyspaces.end(),
                                         [&name](const fs::path& path) { return path.filename() == name; });
        if (!isThere)
            throw std::runtime_error("--shards names the keyspace " + name + ", but there is no folder " + directory +
                                     "/" + name);
    }
    for (const fs::path& path : keyspaces) {
        const std::string name = path.filename();
        const Vschema vschema = vschemaOf(path / "vschema.json");
        const auto wanted = shards.find(name);
        const size_t count = wanted == shards.end() ? 1 : wanted->second;
        if (count > 1 && !vschema.isSharded)
            throw std::runtime_error("keyspace " + name + " is not sharded by its vschema.json, so it cannot have " +
                                     std::to_string(count) + " shards");
        auto ranges = KeyRange::equalRanges(count);
        if (!ranges)
            throw std::runtime_error("keyspace " + name + " cannot have " + std::to_string(count) +
                                     " shards: 1, 2, 4 … 256 it may be");
        if (count == 1)
            ranges->front().name = vschema.isSharded ? "-" : "0";
        if (engine.addKeyspace(name, vschema.isSharded, *ranges, vschema.shardingColumns))
            continue;
        std::vector<fs::path> scripts;
        for (const auto& entry : fs::directory_iterator(path)) {
            if (entry.path().extension() == ".sql")
                scripts.push_back(entry.path());
        }
        std::sort(scripts.begin(), scripts.end());
        for (const fs::path& script : scripts)
            runScript(executor, name, script);
    }
}

} // namespace localbranch
