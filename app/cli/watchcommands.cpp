// watch and export.
#include <unistd.h>

#include <QCoreApplication>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/cli/captures.h"
#include "app/cli/command.h"
#include "app/cli/cursor.h"
#include "app/cli/exitcode.h"
#include "app/cli/formatoptions.h"
#include "app/cli/gaps.h"
#include "app/cli/limits.h"
#include "app/cli/printer.h"
#include "streamcore/branch/branch.h"
#include "streamcore/capture/ledger.h"
#include "streamcore/names.h"
#include "streamcore/output/exporter.h"
#include "streamcore/position/positiontext.h"
#include "streamcore/select/filterlines.h"
#include "streamcore/session/continuation.h"

namespace vtscope::cli {

namespace {

// A position as it was given, or the contents of @FILE.
Result<std::string> positionFrom(const std::string& text)
{
    if (!text.starts_with("@"))
        return text;
    std::ifstream file(text.substr(1));
    std::ostringstream content;
    content << file.rdbuf();
    if (!file)
        return failure(ErrorKind::Usage, "The position file " + text.substr(1) + " cannot be read.");
    return content.str();
}

Result<WatchRequest> watchRequestFrom(const Options& options, const Connection& connection)
{
    WatchRequest request;
    request.keyspace = options.has("keyspace") ? options.value("keyspace") : connection.settings().database;
    if (request.keyspace.empty())
        return failure(ErrorKind::Usage, "Name the keyspace with --keyspace.");
    request.shards = options.values("shard");
    request.tables = options.values("table");
    if (request.tables.empty())
        return failure(ErrorKind::Usage, "Name at least one table with --table.");
    request.source = defaultSource(connection);
    if (options.has("source")) {
        if (options.value("source") != "sync" && options.value("source") != "vstream")
            return failure(ErrorKind::Usage, "--source is sync or vstream.");
        request.source = options.value("source") == "sync" ? Source::Sync : Source::VStream;
    }
    request.tabletType = connection.settings().tabletType;
    if (options.has("tablet-type")) {
        const auto type = tabletTypeFrom(options.value("tablet-type"));
        if (!type)
            return failure(ErrorKind::Usage, "--tablet-type is primary, replica or rdonly.");
        request.tabletType = *type;
    }
    request.cells = options.has("cells") ? options.value("cells") : connection.settings().cells;
    const std::string position = options.value("position");
    if (position == "current") {
        request.start = WatchRequest::Start::Now;
    } else if (position == "copy") {
        request.start = WatchRequest::Start::Copy;
    } else if (position.starts_with("near ")) {
        const auto time = momentFrom(position.substr(position.find(' ')), std::chrono::system_clock::now());
        if (!time)
            return tl::unexpected(time.error());
        request.start = WatchRequest::Start::Time;
        request.time = *time;
    } else {
        request.start = WatchRequest::Start::Position;
        const auto text = positionFrom(position);
        if (!text)
            return tl::unexpected(text.error());
        request.position = *text;
    }
    if (options.has("stop-position")) {
        const auto text = positionFrom(options.value("stop-position"));
        if (!text)
            return tl::unexpected(text.error());
        if (const auto valid = parsePosition(*text); !valid)
            return failure(valid.error().kind, "--stop-position: " + valid.error().message);
        request.stopPosition = *text;
    }
    if (options.has("size")) {
        const auto size = sizeFrom(options.value("size"));
        if (!size)
            return failure(ErrorKind::Usage, "--size takes a number of bytes such as 100M (K, M or G), not " +
                                                 options.value("size") + ".");
        request.endAfterBytes = *size;
    }
    const auto others = byKeyspace(options.values("also"));
    if (!others)
        return failure(ErrorKind::Usage, "--also takes KEYSPACE.TABLE, not " + listed(options.values("also")) + ".");
    request.others = *others;
    request.minimizesSkew = options.has("minimize-skew");
    if (options.has("chunk")) {
        const auto size = sizeFrom(options.value("chunk"));
        if (!size || *size == 0)
            return failure(ErrorKind::Usage, "--chunk takes a number of bytes such as 8M (K, M or G), not " +
                                                 options.value("chunk") + ".");
        request.chunkBytes = *size;
    }
    request.rule.columns = namesFrom(options.value("server-columns"));
    request.rule.where = options.value("server-where");
    if (options.has("server-ops")) {
        const std::vector<std::string> ops = namesFrom(options.value("server-ops"));
        request.rule.inserts = isAmong(ops, "i");
        request.rule.updates = isAmong(ops, "u");
        request.rule.deletes = isAmong(ops, "d");
        if (ops.empty() || std::any_of(ops.begin(), ops.end(),
                                       [](const std::string& op) { return op != "i" && op != "u" && op != "d"; }))
            return failure(ErrorKind::Usage, "--server-ops takes i, u and d, not " + options.value("server-ops") + ".");
    }
    return request;
}

// What is known of the tables before anything comes from them.
struct KnownTables
{
    std::vector<Layout> layouts;
    std::uint64_t rows = 0; // about
};

KnownTables knownTables(const Connection& connection, const WatchRequest& request)
{
    std::vector<KeyspaceTables> asked{{request.keyspace, request.tables}};
    asked.insert(asked.end(), request.others.begin(), request.others.end());
    KnownTables known;
    for (const KeyspaceTables& one : asked) {
        const Keyspace keyspace = discoverKeyspace(connection, one.keyspace);
        for (const std::string& name : one.tables) {
            const Table* table = keyspace.find(name);
            if (!table)
                continue;
            known.rows += table->rowEstimate;
            if (table->columns.empty())
                continue;
            auto schema = std::make_shared<Schema>();
            for (const TableColumn& told : table->columns) {
                Column& column = schema->columns.emplace_back();
                column.name = told.name;
                column.isKey = isAmong(table->key, told.name);
            }
            known.layouts.push_back({keyspace.name, {}, name, nullptr, std::move(schema), {}});
        }
    }
    return known;
}

} // namespace

int runWatch(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli watch"),
                    QStringLiteral("Prints the row changes of tables as they happen."));
    options.addConnection();
    options.addValue("keyspace", "NAME", "The keyspace.");
    options.addValue("shard", "NAME", "A shard, repeatable; all unless given.");
    options.addValue("table", "NAME", "A table, repeatable.");
    options.addValue("also", "KEYSPACE.TABLE", "A table of another keyspace, on all its shards, repeatable.");
    options.addValue("source", "vstream|sync", "Which API; VStream where it exists unless given.");
    options.addValue("tablet-type", "TYPE", "primary, replica or rdonly.");
    options.addValue("cells", "CELLS", "Cells to take tablets from, comma-separated.");
    options.addValue(
        "position", "current|copy|GTID|VGTID|@FILE|near TIME",
        "Where to start: now, with a copy of the whole table, at a position, or where streams of this saved "
        "connection were at a time: \"near 14:05\", UTC unless a zone is given.",
        "current");
    options.addValue("stop-position", "GTID|VGTID|@FILE",
                     "Stop once every shard has come so far; changes after it are not printed.");
    options.addValue("size", "BYTES", "Stop after so much was received: 100M (K, M or G).");
    options.addValue(
        "cursor-file", "FILE",
        "Keep in FILE how far the output got. Where it exists, go on from there, whatever --position says, "
        "and cut --out to what it stands for. With --count the transaction is finished.");
    options.addValue("capture", "FILE",
                     "Keep what is received in this capture file; it must not exist, unless with --continue.");
    options.addFlag("continue", "With --capture: where FILE exists, go on with it from its last whole transaction, "
                                "whatever --position says.");
    options.addValue("server-columns", "A,B", "Ask the server for these columns only (VStream).");
    options.addValue(
        "server-where", "CONDITION",
        "Ask the server for rows that meet this only, such as \"status = 'open' and total > 5\" (VStream).");
    options.addValue("server-ops", "i,u,d", "Ask the server for inserts, updates or deletes only (Sync).");
    options.addFlag("minimize-skew", "Let shards that are ahead wait for those that are behind (VStream).");
    options.addValue("chunk", "BYTES",
                     "Have larger transactions sent in parts of this size: 8M (VStream, from Vitess 24 on).");
    options.addValue("if-lost", "end|now|copy",
                     "When the server no longer has what to go on from, because it was purged or its shard replaced: "
                     "end, or start anew in the same output and capture, whose gap is marked. \"now\" also passes over "
                     "a message that is too large.",
                     "end");
    options.addFlag("no-retry", "End when the stream breaks, instead of opening it again.");
    options.addValue(
        "ring", "LIMITS",
        "With --capture: keep only the newest, by size, time or changes: size:2G,time:24h,changes:1000000.");
    options.addValue("disk-floor", "BYTES",
                     "Stop capturing when less than this is free; 0 never. The smaller of 1 GiB and 5 % unless given.");
    addPrintOptions(options);
    if (const auto code = options.parse(arguments))
        return *code;
    auto print = printRequestFrom(options);
    if (!print)
        return report(print.error());
    const auto connection = connectWith(options);
    if (!connection)
        return report(connection.error());
    auto request = watchRequestFrom(options, **connection);
    if (!request)
        return report(request.error());
    print->stopPosition = request->stopPosition;
    request->recovers = !options.has("no-retry");
    if (const std::string ifLost = options.value("if-lost"); ifLost == "now" || ifLost == "copy")
        print->ifLost = ifLost == "now" ? WatchRequest::Start::Now : WatchRequest::Start::Copy;
    else if (ifLost != "end")
        return report({ErrorKind::Usage, "--if-lost is end, now or copy, not " + ifLost + ".", {}, 0});
    if (options.has("continue") && !options.has("capture"))
        return report({ErrorKind::Usage, "--continue needs a capture: name it with --capture.", {}, 0});
    if (options.has("continue") && options.has("cursor-file"))
        return report(
            {ErrorKind::Usage, "--continue and --cursor-file both say where to go on; give one of them.", {}, 0});
    if (options.has("cursor-file")) {
        if (options.has("ring"))
            return report({ErrorKind::Usage,
                           "--cursor-file and --ring do not go together: what a ring drops would be missing in the "
                           "output.",
                           {},
                           0});
        if (const auto used = useCursorFile(options.value("cursor-file"), *request, *print); !used)
            return report(used.error());
    }

    const bool isCsv = print->format == PrintRequest::Format::Csv;
    const bool isCopy = request->start == WatchRequest::Start::Copy || print->ifLost == WatchRequest::Start::Copy;
    std::vector<std::string> columns;
    if (isCsv || isCopy || !print->filter.columns().empty() || !print->options.columns.empty() ||
        !print->options.masked.isEmpty()) {
        const auto& [tables, rows] = knownTables(**connection, *request);
        print->rowsToCopy = rows;
        // Without any the tables are not there, or not to be seen: the stream says which.
        if (const auto known = checkColumns(print->filter, print->options, tables); !known && !tables.empty())
            return report(known.error());
        for (const Layout& table : tables) {
            for (const Column& column : table.after->columns)
                columns.push_back(column.name);
        }
        keepFirstOfEach(columns);
    }
    if (request->start == WatchRequest::Start::Copy && print->rowsToCopy > 0 && !print->isQuiet)
        std::fprintf(stderr, "vtscope-cli: about %llu rows are copied, then their changes follow\n",
                     static_cast<unsigned long long>(print->rowsToCopy));

    std::uint64_t floor = Capture::kDefaultDiskFloor;
    if (options.has("disk-floor")) {
        const auto bytes = options.number("disk-floor");
        if (!bytes)
            return report({ErrorKind::Usage,
                           "--disk-floor takes a number of bytes, not " + options.value("disk-floor") + ".",
                           {},
                           0});
        floor = *bytes;
    }
    RingLimits ring;
    if (options.has("ring")) {
        const auto limits = limitsFrom("ring", options.value("ring"));
        if (!limits)
            return report(limits.error());
        ring = *limits;
    }
    const bool isContinued = options.has("continue") && ::access(options.value("capture").c_str(), F_OK) == 0;
    if (isContinued) {
        // Nothing of it is touched before it is known to be the right one.
        const auto looked = Capture::open(options.value("capture"));
        if (!looked)
            return report(looked.error());
        auto continued = continueIn(**looked, std::move(*request));
        if (!continued)
            return report(continued.error());
        request = std::move(*continued);
    }
    auto capture = isContinued              ? Capture::openToAppend(options.value("capture"), floor)
                   : options.has("capture") ? Capture::create(options.value("capture"), floor)
                                            : Capture::createUnnamed(floor);
    if (!capture)
        return report(capture.error());
    if (auto set = (*capture)->setRing(ring); !set) {
        if (options.has("capture") && !isContinued) {
            ::unlink(options.value("capture").c_str());
            ::unlink((options.value("capture") + ".idx").c_str());
        }
        return report(set.error());
    }
    print->options.isOneTable = request->others.empty() &&
                                std::all_of(request->tables.begin(), request->tables.end(),
                                            [&](const std::string& name) { return name == request->tables.front(); });
    if (isCsv && print->cursor && print->cursor->state.length > 0)
        print->columns = print->cursor->state.columns;
    else if (isCsv)
        print->columns = print->options.columns.empty() ? std::move(columns) : print->options.columns;
    Session session(*connection, *capture);
    Printer printer(session, *print);
    const auto begun = printer.begin();
    if (begun)
        session.start(*request);
    int code = begun ? printer.run() : report(begun.error());
    if (options.has("capture") && !isContinued && !printer.hasBegun()) {
        // Nothing is in it, and the next try wants the name.
        ::unlink(options.value("capture").c_str());
        ::unlink((options.value("capture") + ".idx").c_str());
    } else if (options.has("capture")) {
        if (auto sealed = (*capture)->seal(); !sealed)
            code = report(sealed.error());
    }
    return code;
}

int runExport(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli export"), QStringLiteral("Writes the changes of a capture as text."));
    options.addValue("format", "csv|ndjson|redo|undo",
                     "The format: text, or SQL that does the changes again or takes them back.", "csv");
    addFilter(options);
    addFormatOptions(options);
    options.addValue("generated", "A,B", "SQL: columns that the table computes by itself, which are not written.");
    options.addValue("out", "FILE|-", "Where to; - is standard output. A name in .gz or .zst is compressed.", "-");
    if (const auto code = options.parse(arguments, 1))
        return *code;
    const auto format = outputFormatFrom(options.value("format"));
    if (!format)
        return report(
            {ErrorKind::Usage, "--format is csv, ndjson, redo or undo, not " + options.value("format") + ".", {}, 0});
    const auto filter = filterFrom(options);
    if (!filter)
        return report(filter.error());
    auto how = formatOptionsFrom(options);
    if (!how)
        return report(how.error());
    how->generated = namesFrom(options.value("generated"));
    const auto opened = openCapture(options.positional().front(), options.has("quiet"));
    if (!opened)
        return report(opened.error());
    const auto& [capture, snapshot, lines] = *opened;
    std::vector<Layout> tables;
    for (std::uint32_t i = 0; i < snapshot.layoutCount(); ++i)
        tables.push_back(snapshot.layout(i));
    if (const auto known = checkColumns(*filter, *how, tables); !known)
        return report(known.error());
    const RowSet rows = filterLines(snapshot, *filter, {}).value();
    how->remarks = gapLines(ledgerOf(*capture));
    const std::string out = options.value("out");
    std::stop_source stop;
    if (out != "-")
        catchInterrupts();
    const auto result = out == "-" ? exportChanges(snapshot, rows, *format, *how, 1)
                                   : exportChanges(
                                         snapshot, rows, *format, *how, out,
                                         [&](const ExportProgress&) {
                                             if (interruptedBy() != 0)
                                                 stop.request_stop();
                                         },
                                         stop.get_token());
    if (!result && result.error().kind == ErrorKind::Canceled)
        return interruptExitCode();
    // Whoever read the pipe has had enough.
    if (!result && out == "-" && result.error().code == EPIPE)
        return kDone;
    if (!result)
        return report(result.error());
    if (result->faults > 0 && !isSql(*format))
        std::fprintf(stderr, "vtscope-cli: %llu rows could not be decoded; they were written raw.\n",
                     static_cast<unsigned long long>(result->faults));
    if (result->lost > 0)
        std::fprintf(stderr,
                     "vtscope-cli: %llu messages could not be decoded: what they hold is missing here, and kept in the "
                     "capture.\n",
                     static_cast<unsigned long long>(result->lost));
    if (result->refused > 0)
        std::fprintf(
            stderr,
            "vtscope-cli: there is no exact SQL for %llu of the changes; a comment in place of each says why.\n",
            static_cast<unsigned long long>(result->refused));
    tellGaps(*capture);
    if (out != "-" && !options.has("quiet"))
        std::fprintf(stderr, "vtscope-cli: %llu changes, %llu bytes in %s\n",
                     static_cast<unsigned long long>(result->changes), static_cast<unsigned long long>(result->bytes),
                     out.c_str());
    const std::uint64_t left = capture->damagedMessages();
    if (result->damaged == 0 && left == 0)
        return kDone;
    std::fprintf(
        stderr,
        "vtscope-cli: the capture is damaged: %llu of the changes written come from messages whose bytes are not "
        "those that were captured, and %llu messages were left out.\n",
        static_cast<unsigned long long>(result->damaged), static_cast<unsigned long long>(left));
    return kDamagedCapture;
}

} // namespace vtscope::cli
