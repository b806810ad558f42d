#include "streamcore/output/format.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "streamcore/clock.h"
#include "streamcore/names.h"
#include "streamcore/output/sqlformatter.h"

namespace vtscope {

namespace {

constexpr std::array<const char*, 4> kFormatNames{"csv", "ndjson", "redo", "undo"};
constexpr std::array<const char*, 6> kMetaColumns{"_time", "_keyspace", "_shard", "_table", "_op", "_position"};

// Eight bytes are looked at as one number: in what these give, nothing is set exactly when none of the bytes is meant.
constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

constexpr std::uint64_t equalTo(std::uint64_t bytes, char wanted)
{
    const std::uint64_t difference = bytes ^ kOnes * static_cast<unsigned char>(wanted);
    return (difference - kOnes) & ~difference & kTops;
}

constexpr std::uint64_t lessThan(std::uint64_t bytes, unsigned char limit)
{
    return (bytes - kOnes * limit) & ~bytes & kTops;
}

// What RFC 4180 quotes.
struct CsvSpecial
{
    static bool isIn(std::uint64_t bytes)
    {
        return (equalTo(bytes, '"') | equalTo(bytes, ',') | equalTo(bytes, '\n') | equalTo(bytes, '\r')) != 0;
    }
};

// The same, and what may be no valid text.
struct CsvSpecialOrNotAscii
{
    static bool isIn(std::uint64_t bytes) { return (bytes & kTops) != 0 || CsvSpecial::isIn(bytes); }
};

// What a JSON string escapes.
struct JsonSpecial
{
    static bool isIn(std::uint64_t bytes)
    {
        return (equalTo(bytes, '"') | equalTo(bytes, '\\') | lessThan(bytes, 0x20)) != 0;
    }
    static bool is(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
};

template <typename Number> Number loaded(const char* at)
{
    Number number;
    std::memcpy(&number, at, sizeof number);
    return number;
}

// True when no byte needs care. The ends of what is looked at overlap, so that there is no rest.
template <typename Special> bool isPlain(std::string_view text)
{
    const char* const at = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
        for (std::size_t i = 0; i < size - 8; i += 8) {
            if (Special::isIn(loaded<std::uint64_t>(at + i)))
                return false;
        }
        return !Special::isIn(loaded<std::uint64_t>(at + size - 8));
    }
    if (size >= 4)
        return !Special::isIn(loaded<std::uint32_t>(at) | std::uint64_t{loaded<std::uint32_t>(at + size - 4)} << 32);
    const auto byte = [at](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
    return size == 0 ||
           !Special::isIn((byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16 | byte(0) << 24) * 0x100000001);
}

// How many bytes from the first on need no care.
template <typename Special> std::size_t plainLength(std::string_view text)
{
    std::size_t i = 0;
    while (i + 8 <= text.size() && !Special::isIn(loaded<std::uint64_t>(text.data() + i)))
        i += 8;
    while (i < text.size() && !Special::is(text[i]))
        ++i;
    return i;
}

// An empty string is quoted: unquoted and empty means NULL.
void appendField(std::string_view value, std::string& out)
{
    if (!value.empty() && isPlain<CsvSpecial>(value)) {
        out += value;
        return;
    }
    out += '"';
    for (std::size_t quote; (quote = value.find('"')) != std::string_view::npos; value.remove_prefix(quote + 1))
        out.append(value.substr(0, quote + 1)) += '"';
    out.append(value) += '"';
}

void appendEscaped(char c, std::string& out)
{
    switch (c) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        constexpr auto kDigits = std::string_view("0123456789abcdef");
        out += "\\u00";
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
}

void appendJson(std::string_view value, std::string& out)
{
    out += '"';
    for (;;) {
        const std::size_t plain = plainLength<JsonSpecial>(value);
        out.append(value.substr(0, plain));
        if (plain == value.size())
            break;
        appendEscaped(value[plain], out);
        value.remove_prefix(plain + 1);
    }
    out += '"';
}

// Whether valid text in this column goes out as its very bytes.
bool isSentAsText(const Column& column)
{
    return (column.charset == Charset::Utf8 || column.charset == Charset::Binary) && !column.isBytes() &&
           !column.hasNumericMembers;
}

// The value as appendExact() gives it, in scratch or, where the bytes are that already, in place.
std::string_view exactText(const Cell& cell, std::string& scratch, Exactness& exactness)
{
    if (isSentAsText(*cell.column) && isUtf8(cell.bytes)) {
        exactness = Exactness::Text;
        return cell.bytes;
    }
    scratch.clear();
    exactness = appendExact(cell, scratch);
    return scratch;
}

// Changes come close together: most times differ from the one before in their last digits only.
class TimeText
{
public:
    void append(std::int64_t ns, std::string& out)
    {
        const std::int64_t second = ns / kSecond - (ns % kSecond < 0);
        if (second != m_second) {
            m_text.clear();
            appendTime(second * kSecond, m_text);
            m_second = second;
        }
        std::int64_t micros = (ns - second * kSecond) / 1000;
        for (std::size_t digit = kMicros + 6; digit-- > kMicros; micros /= 10)
            m_text[digit] = static_cast<char>('0' + micros % 10);
        out += m_text;
    }

private:
    static constexpr std::int64_t kSecond = 1'000'000'000;
    static constexpr std::size_t kMicros = 20; // where they stand

    std::int64_t m_second = std::numeric_limits<std::int64_t>::min();
    std::string m_text;
};

class CsvFormatter final : public ChangeFormatter
{
public:
    CsvFormatter(std::vector<std::string> columns, const FormatOptions& options)
        : m_columns(std::move(columns)), m_options(options)
    {
    }

    void appendHeader(std::string& out) const override
    {
        const char* separator = "";
        for (const char* name : kMetaColumns) {
            out.append(separator).append(name);
            separator = ",";
        }
        for (const std::string& name : m_columns) {
            out += ',';
            appendField(name, out);
        }
        if (m_options.hasBefore) {
            for (const std::string& name : m_columns) {
                out += ',';
                appendField("before." + name, out);
            }
        }
        if (m_options.hasNotes)
            out += ",_not_sent,_raw";
        out += "\r\n";
    }

    void append(const ChangeView& change, std::string_view position, std::string& out) override
    {
        m_time.append(change.time(), out);
        out.append(originOf(change.layout())).append(nameOf(change.op())) += ',';
        if (!position.empty())
            appendField(position, out);
        m_notSent.clear();
        m_raw.clear();
        const std::vector<int>& places = placesOf(change);
        for (std::size_t i = 0; i < places.size(); ++i)
            appendCell(change, i, places[i], false, out);
        for (std::size_t i = 0; m_options.hasBefore && i < places.size(); ++i)
            appendCell(change, i, places[i], true, out);
        if (m_options.hasNotes) {
            out += ',';
            if (!m_notSent.empty())
                appendField(m_notSent, out);
            out += ',';
            if (change.fault() != RowFault::None) {
                m_raw = std::string("row: ") + faultText(change.fault()) + ": ";
                appendHex(change.raw(), m_raw);
            }
            if (!m_raw.empty())
                appendField(m_raw, out);
        }
        out += "\r\n";
    }

    std::vector<std::string> takeUnknownColumns() override { return std::exchange(m_unknown, {}); }

private:
    // ",keyspace,shard,table,"
    const std::string& originOf(const Layout& layout)
    {
        if (&layout == m_lastLayout)
            return m_origin;
        m_origin = ",";
        for (const std::string* field : {&layout.keyspace, &layout.shard, &layout.table}) {
            if (!field->empty())
                appendField(*field, m_origin);
            m_origin += ',';
        }
        m_lastLayout = &layout;
        return m_origin;
    }

    // Which column of the change stands in each column of the header, -1 for none.
    const std::vector<int>& placesOf(const ChangeView& change)
    {
        const Schema* schema = change.schema();
        if (m_lastPlaces && schema == m_lastSchema)
            return *m_lastPlaces;
        std::vector<int>& places = m_places[schema];
        if (places.empty()) {
            for (const std::string& name : m_columns)
                places.push_back(schema ? schema->indexOf(name) : -1);
            for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
                const std::string& name = schema->columns[i].name;
                if (std::find(m_columns.begin(), m_columns.end(), name) == m_columns.end() &&
                    std::find(m_reported.begin(), m_reported.end(), name) == m_reported.end()) {
                    m_unknown.push_back(name);
                    m_reported.push_back(name);
                }
            }
        }
        m_lastSchema = schema;
        m_lastPlaces = &places;
        return places;
    }

    void appendCell(const ChangeView& change, std::size_t header, int place, bool isBefore, std::string& out)
    {
        out += ',';
        if (place < 0) {
            // A delete of Sync brings the key alone, without saying which columns it leaves out.
            if (m_options.isOneTable && change.op() == Op::Delete && change.fault() == RowFault::None)
                note(m_notSent, isBefore, m_columns[header]);
            return;
        }
        const auto column = static_cast<std::size_t>(place);
        const Cell cell = isBefore ? change.before(column) : change.current(column);
        switch (cell.state) {
        case Cell::State::Absent:
        case Cell::State::Null:
            return;
        case Cell::State::NotSent:
            note(m_notSent, isBefore, cell.column->name);
            return;
        case Cell::State::Value:
            break;
        }
        if (!cell.bytes.empty() && isSentAsText(*cell.column) && isPlain<CsvSpecialOrNotAscii>(cell.bytes)) {
            out += cell.bytes;
            return;
        }
        Exactness exactness{};
        appendField(exactText(cell, m_value, exactness), out);
        if (exactness == Exactness::Raw)
            note(m_raw, isBefore, cell.column->name);
    }

    static void note(std::string& list, bool isBefore, const std::string& name)
    {
        if (!list.empty())
            list += ' ';
        list.append(isBefore ? "before." : "").append(name);
    }

    std::vector<std::string> m_columns;
    FormatOptions m_options;
    TimeText m_time;
    const Layout* m_lastLayout = nullptr;
    std::string m_origin;
    std::unordered_map<const Schema*, std::vector<int>> m_places;
    const Schema* m_lastSchema = nullptr;
    const std::vector<int>* m_lastPlaces = nullptr;
    std::vector<std::string> m_unknown, m_reported;
    std::string m_value, m_notSent, m_raw;
};

class NdjsonFormatter final : public ChangeFormatter
{
public:
    void appendHeader(std::string&) const override {}

    void append(const ChangeView& change, std::string_view position, std::string& out) override
    {
        const Layout& layout = change.layout();
        m_notSent.clear();
        m_raw.clear();
        out += "{\"time\":\"";
        m_time.append(change.time(), out);
        out += "\",\"keyspace\":";
        appendJson(layout.keyspace, out);
        out += ",\"shard\":";
        appendJson(layout.shard, out);
        out += ",\"table\":";
        appendJson(layout.table, out);
        out.append(",\"op\":\"")
            .append(nameOf(change.op()))
            .append("\",\"copy\":")
            .append(change.isCopied() ? "true" : "false");
        out += ",\"position\":";
        appendJson(position, out);
        appendImage(change, true, out);
        appendImage(change, false, out);
        out += ",\"not_sent\":[";
        out += m_notSent;
        out += "],\"raw\":[";
        if (change.fault() != RowFault::None) {
            std::string row = std::string("row: ") + faultText(change.fault()) + ": ";
            appendHex(change.raw(), row);
            note(m_raw, false, row);
        }
        out += m_raw;
        out += "]}\n";
    }

private:
    // Small numbers go out as numbers; whatever a reader might round, as text.
    static bool isPlainNumber(const Cell& cell)
    {
        if (cell.column->kind != ValueKind::Integer || cell.bytes.size() > 11 || cell.column->type == 265 ||
            cell.column->type == 778)
            return false;
        const std::string_view digits = cell.bytes.substr(cell.bytes.starts_with('-') ? 1 : 0);
        return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
               (digits.size() == 1 || digits[0] != '0');
    }

    void appendImage(const ChangeView& change, bool isBefore, std::string& out)
    {
        out += isBefore ? ",\"before\":" : ",\"after\":";
        if (isBefore ? !change.hasBefore() : !change.hasAfter()) {
            out += "null";
            return;
        }
        const Schema* schema = change.schema();
        char separator = '{';
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
            const Cell cell = isBefore ? change.before(i) : change.after(i);
            if (cell.state == Cell::State::Absent)
                continue;
            if (cell.state == Cell::State::NotSent) {
                note(m_notSent, isBefore, cell.column->name);
                continue;
            }
            out += separator;
            separator = ',';
            appendJson(cell.column->name, out);
            out += ':';
            if (cell.state == Cell::State::Null) {
                out += "null";
                continue;
            }
            if (isPlainNumber(cell)) {
                out += cell.bytes;
                continue;
            }
            Exactness exactness{};
            appendJson(exactText(cell, m_value, exactness), out);
            if (exactness == Exactness::Raw)
                note(m_raw, isBefore, cell.column->name);
        }
        out += separator == '{' ? "{}" : "}";
    }

    static void note(std::string& list, bool isBefore, const std::string& name)
    {
        if (!list.empty())
            list += ',';
        appendJson((isBefore ? "before." : "") + name, list);
    }

    TimeText m_time;
    std::string m_value, m_notSent, m_raw;
};

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
    return std::make_unique<NdjsonFormatter>();
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
