#include "app/cli/cursor.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>

#include "streamcore/names.h"

namespace vtscope::cli {

namespace {

std::string absolute(const std::string& path)
{
    std::error_code problem;
    const auto whole = std::filesystem::absolute(path, problem);
    return problem ? path : whole.lexically_normal().string();
}

const char* formatName(PrintRequest::Format format)
{
    return format == PrintRequest::Format::Csv ? "csv" : format == PrintRequest::Format::Ndjson ? "ndjson" : "table";
}

// What the file is of, when that is not what is asked for; else nothing.
std::string difference(const CursorFile& file, const CursorFile& asked, bool hasFiles)
{
    if (file.keyspace != asked.keyspace)
        return "keyspace " + file.keyspace + ", not " + asked.keyspace;
    if (!isSameSet(file.tables, asked.tables))
        return "table " + listed(file.tables) + ", not " + listed(asked.tables);
    if (!isSameSet(namesOf(file.others), namesOf(asked.others)))
        return file.others.empty() ? "keyspace " + file.keyspace + " alone"
                                   : "also " + listed(namesOf(file.others)) + ": name it with --also";
    if (!isSameSet(file.shards, asked.shards))
        return file.shards.empty() ? "all shards, not " + listed(asked.shards)
                                   : "shard " + listed(file.shards) + ": name it with --shard";
    if (file.isSync != asked.isSync)
        return std::string(file.isSync ? "Sync, not VStream" : "VStream, not Sync") + ": choose it with --source";
    if (file.out != asked.out)
        return (file.out.empty() ? "standard output" : file.out) + ", not " +
               (asked.out.empty() ? "standard output" : asked.out) + ": name it with --out";
    if (!file.out.empty() && file.format != asked.format)
        return "format " + file.format + ", not " + asked.format;
    if (!file.out.empty() && (file.fileNumber > 0) != hasFiles)
        return hasFiles ? "one file, without --rotate" : "one file after the other: add --rotate";
    if (file.length > 0 && !asked.columns.empty() && asked.columns != file.columns)
        return "the columns " + listed(file.columns) + ", not " + listed(asked.columns);
    return {};
}

// One for the stream of each keyspace.
std::vector<std::string> vgtidsByKeyspace(const std::vector<ShardPosition>& positions)
{
    std::vector<std::string> keyspaces, vgtids;
    for (const ShardPosition& position : positions)
        keyspaces.push_back(position.keyspace);
    keepFirstOfEach(keyspaces);
    for (const std::string& keyspace : keyspaces) {
        std::vector<ShardPosition> own;
        std::copy_if(positions.begin(), positions.end(), std::back_inserter(own),
                     [&](const ShardPosition& position) { return position.keyspace == keyspace; });
        vgtids.push_back(vgtidOf(own));
    }
    return vgtids;
}

} // namespace

Result<void> useCursorFile(const std::string& path, WatchRequest& request, PrintRequest& print)
{
    CursorFile asked;
    asked.isSync = request.source == Source::Sync;
    asked.keyspace = request.keyspace;
    asked.shards = request.shards;
    asked.tables = request.tables;
    asked.others = request.others;
    keepFirstOfEach(asked.shards);
    keepFirstOfEach(asked.tables);
    asked.out = print.out == "-" ? std::string() : absolute(print.out);
    asked.format = formatName(print.format);
    asked.columns = print.options.columns;
    if (absolute(path) == asked.out)
        return failure(ErrorKind::Usage, path + " is the output itself. Choose another file for --cursor-file.");
    auto file = CursorFile::read(path);
    if (!file)
        return tl::unexpected(file.error());
    if (!print.isQuiet && (asked.isSync || asked.out.empty()))
        std::fprintf(stderr, "vtscope-cli: %s: after an interruption some changes may come again.\n",
                     asked.isSync ? "Sync tells no exact positions" : "nothing can be cut off standard output");
    if (!*file) {
        const std::string folder = std::filesystem::path(absolute(path)).parent_path().string();
        if (::access(folder.c_str(), W_OK | X_OK) != 0)
            return failure(ErrorKind::Output,
                           "The cursor file " + path + " cannot be written: " + std::strerror(errno) + ".");
        print.cursor = PrintRequest::Cursor{path, std::move(asked)};
        return {};
    }
    if (const std::string other = difference(**file, asked, print.rotation.has_value()); !other.empty())
        return failure(ErrorKind::Usage,
                       "The cursor file " + path + " is of " + other + ". Another run needs another cursor file.");
    // In its order, which is that of its cursors.
    request.tables = (*file)->tables;
    request.others = (*file)->others;
    request.start = WatchRequest::Start::Continue;
    request.resume.clear();
    if (asked.isSync)
        std::transform((*file)->positions.begin(), (*file)->positions.end(), std::back_inserter(request.resume),
                       cursorOf);
    else
        request.resume = vgtidsByKeyspace((*file)->positions);
    if (!print.isQuiet)
        std::fprintf(stderr, "vtscope-cli: going on from the cursor file %s\n", path.c_str());
    print.cursor = PrintRequest::Cursor{path, std::move(**file)};
    return {};
}

} // namespace vtscope::cli
