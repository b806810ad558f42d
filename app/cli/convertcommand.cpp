// convert: captures to a capture.
#include <cstdio>

#include "app/cli/captures.h"
#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "streamcore/output/format.h"
#include "streamcore/output/save.h"
#include "streamcore/select/filterlines.h"

namespace vtscope::cli {

namespace {

// What a filter lets through, and the marked lines alone if that was asked.
RowSet linesOf(const Capture& capture, const Snapshot& snapshot, const Filter& filter, bool isMarkedOnly)
{
    RowSet lines = filterLines(snapshot, filter, {}).value();
    if (!isMarkedOnly)
        return lines;
    std::vector<std::uint64_t> marked;
    for (std::uint64_t i = 0; i < lines.count(); ++i) {
        if (capture.marks().at(lines.at(i)))
            marked.push_back(lines.at(i));
    }
    return RowSet::of(marked);
}

} // namespace

int runConvert(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli convert"),
                    QStringLiteral("Puts captures, or some of their lines, into a new capture. Several come in the "
                                   "order in which they were received."));
    options.addValue("out", "FILE", "The new capture; it must not exist.");
    addFilter(options);
    options.addFlag("marked", "Only lines that are marked.");
    if (const auto code = options.parse(arguments, 1, Options::kAnyNumber))
        return *code;
    const std::string out = options.value("out");
    if (out.empty())
        return report({ErrorKind::Usage, "Name the new capture with --out.", {}, 0});
    if (const auto isNew = checkIsNew(out); !isNew)
        return report(isNew.error());
    const auto filter = filterFrom(options);
    if (!filter)
        return report(filter.error());
    const bool isMarkedOnly = options.has("marked");

    std::vector<CaptureLines> sources;
    std::vector<std::string> columns;
    std::uint64_t damaged = 0;
    for (const QString& path : options.positional()) {
        auto opened = openCapture(path, options.has("quiet"));
        if (!opened)
            return report(opened.error());
        damaged += opened->capture->damagedMessages();
        for (std::string& name : columnsOf(opened->snapshot, 0, opened->snapshot.layoutCount()))
            columns.push_back(std::move(name));
        sources.push_back(std::move(*opened));
    }
    if (const auto known = checkColumns(*filter, columns); !known)
        return report(known.error());
    for (CaptureLines& source : sources)
        source.lines = linesOf(*source.capture, source.snapshot, *filter, isMarkedOnly);

    catchInterrupts();
    std::stop_source stop;
    const auto stopIfInterrupted = [&](std::uint64_t) {
        if (interruptedBy() != 0)
            stop.request_stop();
    };
    const bool isWhole = sources.size() == 1 && filter->isEmpty() && !isMarkedOnly;
    const auto saved = isWhole ? saveCapture(sources.front().capture, out, stop.get_token(), stopIfInterrupted)
                               : saveLines(sources, out, stop.get_token(), stopIfInterrupted);
    if (!saved && saved.error().kind == ErrorKind::Canceled)
        return interruptExitCode();
    if (!saved)
        return report(saved.error());
    damaged += saved->damaged;
    if (!options.has("quiet"))
        std::fprintf(stderr, "vtscope-cli: %llu lines in %s\n", static_cast<unsigned long long>(saved->lines),
                     out.c_str());
    if (saved->shared > 0 && !options.has("quiet"))
        std::fprintf(stderr, "vtscope-cli: %llu changes were in several of the captures, and are there once.\n",
                     static_cast<unsigned long long>(saved->shared));
    if (damaged == 0 && saved->lost == 0)
        return kDone;
    std::fprintf(stderr, "vtscope-cli: %llu messages are damaged and were left out; %llu lines are lost with them.\n",
                 static_cast<unsigned long long>(damaged), static_cast<unsigned long long>(saved->lost));
    return kDamagedCapture;
}

} // namespace vtscope::cli
