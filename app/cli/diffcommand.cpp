// diff: the changes that only one of two captures has.
#include <QFileInfo>

#include <cstdio>

#include "app/cli/captures.h"
#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "app/cli/formatoptions.h"
#include "app/cli/tablerow.h"
#include "streamcore/names.h"
#include "streamcore/output/format.h"
#include "streamcore/output/save.h"
#include "streamcore/select/difference.h"
#include "streamcore/select/filterlines.h"

namespace vtscope::cli {

namespace {

using Sources = std::array<CaptureLines, 2>;

constexpr std::array<const char*, 2> kSides{"first", "second"};
constexpr std::size_t kByteOrderMark = 3;
constexpr std::array<char, 2> kSigns{'<', '>'};

// What one capture has alone, in its order.
class SidePrinter
{
public:
    // columns: the header of a CSV. format: nothing for a table.
    SidePrinter(std::size_t side, const CaptureLines& source, const RowSet& lines, std::optional<OutputFormat> format,
                const std::vector<std::string>& columns, const FormatOptions& options)
        : m_side(side), m_source(source), m_lines(lines), m_options(options),
          m_formatter(format ? ChangeFormatter::make(*format, columns, options) : nullptr),
          m_before(format == OutputFormat::Csv ? std::string(kSides[side]) + options.delimiter
                                               : "{\"only_in\":\"" + std::string(kSides[side]) + "\",")
    {
    }

    bool isAtEnd() const { return m_next == m_lines.count(); }
    std::int64_t time() const { return m_source.snapshot.entry(m_lines.at(m_next)).time; }

    void appendNext(std::string& out)
    {
        const std::uint64_t line = m_lines.at(m_next++);
        m_change.read(m_source.snapshot, line);
        if (!m_formatter) {
            out.append({kSigns[m_side], ' '});
            appendTableRow(m_change, m_options, out);
            return;
        }
        static const std::string kNoPosition;
        const std::size_t from = out.size();
        m_formatter->append(
            m_change, m_formatter->wantsPosition(m_change) ? m_positions.find(m_source.snapshot, line) : kNoPosition,
            out);
        out.replace(from, m_before.front() == '{' ? 1 : 0, m_before);
    }

    void appendHeader(std::string& out) const
    {
        const std::size_t from = out.size() + (m_options.hasByteOrderMark ? kByteOrderMark : 0);
        m_formatter->appendHeader(out);
        out.insert(from, std::string("only_in") + m_options.delimiter);
    }

private:
    std::size_t m_side;
    const CaptureLines& m_source;
    const RowSet& m_lines;
    const FormatOptions& m_options;
    std::unique_ptr<ChangeFormatter> m_formatter; // null: a table
    std::uint64_t m_next = 0;
    ChangeView m_change;
    PositionFinder m_positions;
    std::string m_before; // what a line begins with
};

// In the order of their times. False when nobody takes it any more.
bool print(const Sources& sources, const Difference& difference, std::optional<OutputFormat> format,
           const FormatOptions& options)
{
    constexpr std::size_t kFlushAt = 1 << 20;
    std::vector<std::string> columns = options.columns;
    for (std::size_t i = 0; i < 2 && options.columns.empty(); ++i) {
        const Snapshot& snapshot = sources[i].snapshot;
        for (std::string& name : headerOf(snapshot, layoutsOf(snapshot, difference.sides[i].lines)).columns)
            columns.push_back(std::move(name));
    }
    keepFirstOfEach(columns);
    SidePrinter first(0, sources[0], difference.sides[0].lines, format, columns, options);
    SidePrinter second(1, sources[1], difference.sides[1].lines, format, columns, options);
    std::string buffer;
    if (format == OutputFormat::Csv)
        first.appendHeader(buffer);
    while (!first.isAtEnd() || !second.isAtEnd()) {
        const bool isFirst = second.isAtEnd() || (!first.isAtEnd() && first.time() <= second.time());
        (isFirst ? first : second).appendNext(buffer);
        if (buffer.size() < kFlushAt)
            continue;
        if (interruptedBy() != 0 || std::fwrite(buffer.data(), 1, buffer.size(), stdout) != buffer.size())
            return false;
        buffer.clear();
    }
    return std::fwrite(buffer.data(), 1, buffer.size(), stdout) == buffer.size();
}

const char* isOrAre(std::uint64_t count)
{
    return count == 1 ? "is" : "are";
}

void tell(const Difference& difference, const std::array<std::string, 2>& names)
{
    std::fprintf(stderr, "vtscope-cli: %llu changes are in both, %llu only in %s, %llu only in %s.\n",
                 static_cast<unsigned long long>(difference.shared),
                 static_cast<unsigned long long>(difference.sides[0].lines.count()), names[0].c_str(),
                 static_cast<unsigned long long>(difference.sides[1].lines.count()), names[1].c_str());
    for (std::size_t i = 0; i < 2; ++i) {
        const Difference::Side& side = difference.sides[i];
        const char* const other = names[1 - i].c_str();
        if (side.missed > 0)
            std::fprintf(stderr,
                         "vtscope-cli: %llu of those only in %s %s of transactions that %s has received: it lacks "
                         "them, or tells them otherwise.\n",
                         static_cast<unsigned long long>(side.missed), names[i].c_str(), isOrAre(side.missed), other);
        if (side.outside > 0)
            std::fprintf(stderr, "vtscope-cli: %llu of those only in %s %s outside of what %s recorded.\n",
                         static_cast<unsigned long long>(side.outside), names[i].c_str(), isOrAre(side.outside), other);
        if (side.damaged > 0)
            std::fprintf(stderr, "vtscope-cli: %llu changes of %s are damaged and were not compared.\n",
                         static_cast<unsigned long long>(side.damaged), names[i].c_str());
    }
}

} // namespace

int runDiff(const QStringList& arguments)
{
    Options options(QStringLiteral("vtscope-cli diff"),
                    QStringLiteral("Prints the changes that only one of two captures has: < those of the first one, "
                                   "> those of the second one. Ends with 7 when there are any."));
    options.addValue("by", "transaction|values",
                     "What makes a change the same: transaction, shard, table and values, or table and values alone, "
                     "whenever and wherever it was made.",
                     "transaction");
    options.addValue("format", "table|csv|ndjson", "How to print.", "table");
    addFilter(options);
    addFormatOptions(options);
    options.addValue("first", "FILE", "A new capture of what only the first one has.");
    options.addValue("second", "FILE", "A new capture of what only the second one has.");
    if (const auto code = options.parse(arguments, 2, 2))
        return *code;
    const std::string by = options.value("by"), format = options.value("format");
    if (by != "transaction" && by != "values")
        return report({ErrorKind::Usage, "--by is transaction or values, not " + by + ".", {}, 0});
    const auto text = format == "csv" || format == "ndjson" ? outputFormatFrom(format) : std::nullopt;
    if (!text && format != "table")
        return report({ErrorKind::Usage, "--format is table, csv or ndjson, not " + format + ".", {}, 0});
    const auto filter = filterFrom(options);
    if (!filter)
        return report(filter.error());
    const auto how = formatOptionsFrom(options);
    if (!how)
        return report(how.error());
    if (options.has("mask") && (options.has("first") || options.has("second")))
        return report({ErrorKind::Usage,
                       "A capture holds the bytes as they were sent, masked columns too: leave out --mask, or --first "
                       "and --second.",
                       {},
                       0});
    for (const char* side : kSides) {
        const auto isNew = options.has(side) ? checkIsNew(options.value(side)) : Result<void>();
        if (!isNew)
            return report(isNew.error());
    }

    Sources sources;
    std::array<std::string, 2> names;
    std::vector<Layout> tables;
    std::uint64_t damaged = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const QString path = options.positional()[static_cast<qsizetype>(i)];
        auto opened = openCapture(path, options.has("quiet"));
        if (!opened)
            return report(opened.error());
        sources[i] = std::move(*opened);
        names[i] = QFileInfo(path).fileName().toStdString();
        damaged += sources[i].capture->damagedMessages();
        for (std::uint32_t layout = 0; layout < sources[i].snapshot.layoutCount(); ++layout)
            tables.push_back(sources[i].snapshot.layout(layout));
    }
    if (names[0] == names[1]) {
        for (std::size_t i = 0; i < 2; ++i)
            names[i] = options.positional()[static_cast<qsizetype>(i)].toStdString();
    }
    if (const auto known = checkColumns(*filter, *how, tables); !known)
        return report(known.error());
    if (!filter->isEmpty()) {
        for (CaptureLines& source : sources)
            source.lines = filterLines(source.snapshot, *filter, {}).value();
    }

    catchInterrupts();
    std::stop_source stop;
    const auto stopIfInterrupted = [&](std::uint64_t) {
        if (interruptedBy() != 0)
            stop.request_stop();
    };
    const auto difference = differenceOf(sources[0], sources[1], by == "values" ? KeyOf::Values : KeyOf::Transaction,
                                         stop.get_token(), stopIfInterrupted);
    if (!difference)
        return difference.error().kind == ErrorKind::Canceled ? interruptExitCode() : report(difference.error());
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string path = options.value(kSides[i]);
        if (path.empty())
            continue;
        const auto saved = saveLines({{sources[i].capture, sources[i].snapshot, difference->sides[i].lines}}, path,
                                     stop.get_token(), stopIfInterrupted);
        if (!saved)
            return saved.error().kind == ErrorKind::Canceled ? interruptExitCode() : report(saved.error());
    }
    if (!print(sources, *difference, text, *how) && interruptedBy() != 0)
        return interruptExitCode();
    if (!options.has("quiet"))
        tell(*difference, names);
    if (damaged > 0)
        std::fprintf(stderr, "vtscope-cli: %llu messages are damaged and were left out.\n",
                     static_cast<unsigned long long>(damaged));
    if (damaged > 0 || difference->sides[0].damaged > 0 || difference->sides[1].damaged > 0)
        return kDamagedCapture;
    return difference->sides[0].lines.count() + difference->sides[1].lines.count() > 0 ? kNotMet : kDone;
}

} // namespace vtscope::cli
