#include "streamcore/output/format.h"

#include <algorithm>
#include <array>

#include "streamcore/names.h"
#include "streamcore/output/csvformatter.h"
#include "streamcore/output/ndjsonformatter.h"
#include "streamcore/output/sqlformatter.h"

namespace vtscope {

namespace {

constexpr std::array<const char*, 4> kFormatNames{"csv", "ndjson", "redo", "undo"};

} // namespace

const char* nameOf(OutputFormat format)
{
    return kFormatNames.at(static_cast<std::size_t>(format));
}

std::optional<OutputFormat> outputFormatFrom(std::string_view name)
{
    const auto found = std::find(kFormatNames.begin(), kFormatNames.end(), name);
    if (found == kFormatNames.end())
        return std::nullopt;
    return static_cast<OutputFormat>(found - kFormatNames.begin());
}

std::optional<char> delimiterFrom(std::string_view text)
{
    if (text == "tab" || text == "\\t")
        return '\t';
    if (text.size() != 1)
        return std::nullopt;
    const char c = text.front();
    const bool isLetterOrDigit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == '\t' || (c >= ' ' && c <= '~' && c != '"' && !isLetterOrDigit))
        return c;
    return std::nullopt;
}

bool isNullText(std::string_view text, char delimiter)
{
    return text.find_first_of("\"\r\n") == std::string_view::npos && text.find(delimiter) == std::string_view::npos;
}

bool isZone(const std::string& name)
{
    return QTimeZone::isTimeZoneIdAvailable(QByteArray::fromStdString(name));
}

std::unique_ptr<ChangeFormatter> ChangeFormatter::make(OutputFormat format, std::vector<std::string> columns,
                                                       const FormatOptions& options)
{
    switch (format) {
    case OutputFormat::Csv:
        return std::make_unique<CsvFormatter>(std::move(columns), options);
    case OutputFormat::Ndjson:
        break;
    case OutputFormat::Redo:
    case OutputFormat::Undo:
        return std::make_unique<SqlFormatter>(format, options);
    }
    return std::make_unique<NdjsonFormatter>(options);
}

OutputOrder::OutputOrder(OutputFormat format, const RowSet& rows)
    : m_rows(rows), m_isBackwards(format == OutputFormat::Undo)
{
    if (!isSql(format))
        return;
    const auto isAfter = [&rows](std::uint64_t i) { return rows.at(i) > rows.at(i - 1); };
    std::uint64_t sorted = 1;
    while (sorted < rows.count() && isAfter(sorted))
        ++sorted;
    if (sorted >= rows.count())
        return;
    std::vector<std::uint64_t> numbers;
    numbers.reserve(rows.count());
    for (std::uint64_t i = 0; i < rows.count(); ++i)
        numbers.push_back(rows.at(i));
    std::sort(numbers.begin(), numbers.end());
    m_rows = RowSet::of(std::move(numbers));
}

std::vector<std::string> columnsOf(const Snapshot& snapshot, std::uint32_t firstLayout, std::uint32_t endLayout)
{
    std::vector<std::string> names;
    for (std::uint32_t i = firstLayout; i < endLayout; ++i) {
        for (const auto& schema : {snapshot.layout(i).after, snapshot.layout(i).before}) {
            for (std::size_t c = 0; schema && c < schema->columns.size(); ++c)
                names.push_back(schema->columns[c].name);
        }
    }
    keepFirstOfEach(names);
    return names;
}

std::vector<bool> layoutsOf(const Snapshot& snapshot, const RowSet& rows)
{
    std::vector<bool> isMet(snapshot.layoutCount());
    for (std::uint64_t i = 0; i < rows.count(); ++i) {
        const Entry& entry = snapshot.entry(rows.at(i));
        if (isChange(entry.op()))
            isMet[entry.layout] = true;
    }
    return isMet;
}

CsvHeader headerOf(const Snapshot& snapshot, const std::vector<bool>& isMet)
{
    CsvHeader header;
    const Layout* first = nullptr;
    for (std::uint32_t i = 0; i < isMet.size(); ++i) {
        if (!isMet[i])
            continue;
        const Layout& layout = snapshot.layout(i);
        first = first ? first : &layout;
        header.isOneTable &= layout.keyspace == first->keyspace && layout.table == first->table;
        for (std::string& name : columnsOf(snapshot, i, i + 1))
            header.columns.push_back(std::move(name));
    }
    keepFirstOfEach(header.columns);
    return header;
}

} // namespace vtscope
