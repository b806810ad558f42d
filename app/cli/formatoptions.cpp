#include "app/cli/formatoptions.h"

#include "streamcore/branch/branch.h"
#include "streamcore/names.h"

namespace vtscope::cli {

void addFormatOptions(Options& options)
{
    options.addValue("columns", "A,B", "Only these columns, in this order.");
    options.addValue(
        "mask", "A,B",
        "Write *** for every value of these columns, or KEYSPACE.TABLE.COLUMN; no filter may ask for them.");
    options.addValue("time", "iso|ms|ns", "Times of changes: ISO 8601, or since 1970.", "iso");
    options.addValue("zone", "ZONE", "The zone of ISO times, such as Europe/Berlin; UTC unless given.");
    options.addValue("binary", "hex|base64", "How binary values are written.", "hex");
    options.addValue("numbers", "safe|exact",
                     "NDJSON: numbers of 64 bits and decimals as strings, which every reader keeps, or as numbers.",
                     "safe");
    options.addFlag("events",
                    "NDJSON: also an object for each line that is no change: gaps, breaks, schema changes, DDL.");
    options.addFlag("before", "CSV: also the columns before.<name>.");
    options.addFlag("no-notes", "CSV: without the columns _not_sent and _raw.");
    options.addValue("delimiter", "C", "CSV: between fields; a character, or tab.", ",");
    options.addValue("quote", "minimal|all", "CSV: quote what must be, or every value.", "minimal");
    options.addValue("null", "TEXT", "CSV: what stands for NULL, such as \\N; nothing unless given.");
    options.addFlag("bom", "CSV: begin with a byte order mark, for spreadsheets.");
    options.addFlag("formula-guard", "CSV: a ' before what a spreadsheet would take for a formula.");
}

Result<FormatOptions> formatOptionsFrom(const Options& options)
{
    FormatOptions format;
    format.columns = namesFrom(options.value("columns"));
    format.masked = Masks(namesFrom(options.value("mask")));
    format.hasEvents = options.has("events");
    format.hasBefore = options.has("before");
    format.hasNotes = !options.has("no-notes");
    format.hasByteOrderMark = options.has("bom");
    format.hasFormulaGuard = options.has("formula-guard");
    // Which of the two words an option has.
    const auto choice = [&](const char* name, const char* first, const char* second) -> Result<bool> {
        const std::string word = options.value(name);
        if (word != first && word != second)
            return failure(ErrorKind::Usage,
                           std::string("--") + name + " is " + first + " or " + second + ", not " + word + ".");
        return word == second;
    };
    const auto isBase64 = choice("binary", "hex", "base64"), isExact = choice("numbers", "safe", "exact"),
               quotesAll = choice("quote", "minimal", "all");
    for (const auto* one : {&isBase64, &isExact, &quotesAll}) {
        if (!*one)
            return tl::unexpected(one->error());
    }
    format.binary = *isBase64 ? FormatOptions::Binary::Base64 : FormatOptions::Binary::Hex;
    format.hasExactNumbers = *isExact;
    format.quotesAll = *quotesAll;
    const std::string time = options.value("time");
    if (time != "iso" && time != "ms" && time != "ns")
        return failure(ErrorKind::Usage, "--time is iso, ms or ns, not " + time + ".");
    format.time = time == "iso"  ? FormatOptions::Time::Iso
                  : time == "ms" ? FormatOptions::Time::UnixMs
                                 : FormatOptions::Time::UnixNs;
    format.zone = options.value("zone");
    if (!format.zone.empty() && format.time != FormatOptions::Time::Iso)
        return failure(ErrorKind::Usage, "--zone is for --time iso; a number since 1970 has none.");
    if (!format.zone.empty() && !isZone(format.zone))
        return failure(ErrorKind::Usage, "--zone takes a name such as Europe/Berlin, not " + format.zone + ".");
    const auto delimiter = delimiterFrom(options.value("delimiter"));
    if (!delimiter)
        return failure(ErrorKind::Usage,
                       "--delimiter is one character that is no letter, digit or quote, or tab, not " +
                           options.value("delimiter") + ".");
    format.delimiter = *delimiter;
    format.null = options.value("null");
    if (!isNullText(format.null, format.delimiter))
        return failure(ErrorKind::Usage, "--null takes a text without delimiters, quotes and line ends.");
    return format;
}

Result<void> checkColumns(const Filter& filter, const FormatOptions& format, const std::vector<Layout>& tables)
{
    std::vector<std::string> names, maskNames;
    MaskedNames masked;
    for (const Layout& table : tables) {
        for (const auto& schema : {table.after, table.before}) {
            for (std::size_t i = 0; schema && i < schema->columns.size(); ++i)
                names.push_back(schema->columns[i].name);
        }
        for (std::string& name : maskNamesOf(table))
            maskNames.push_back(std::move(name));
        masked.add(format.masked, table);
    }
    keepFirstOfEach(names);
    if (const auto known = checkColumns(filter, names); !known)
        return known;
    for (const auto* asked : {&format.columns, &format.generated}) {
        for (const std::string& name : *asked) {
            if (!isAmong(names, name))
                return tl::unexpected(unknownName("column", name, {}, names));
        }
    }
    for (const std::string& name : format.masked.names()) {
        if (!isAmong(maskNames, name))
            return tl::unexpected(unknownName("column", name, {}, names));
    }
    if (const auto column = masked.askedBy(filter))
        return failure(ErrorKind::Usage,
                       *column + " is masked. Leave it out of --mask to filter by it, or out of the filter.");
    return {};
}

} // namespace vtscope::cli
