#include "streamcore/output/ndjsonformatter.h"

#include "streamcore/output/bytescan.h"

namespace vtscope {

namespace {

// What a JSON string escapes.
struct JsonSpecial
{
    static bool isIn(std::uint64_t bytes)
    {
        return (equalTo(bytes, '"') | equalTo(bytes, '\\') | lessThan(bytes, 0x20)) != 0;
    }
    static bool is(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }
};

// How many bytes from the first on need no care.
std::size_t plainLength(std::string_view text)
{
    std::size_t i = 0;
    while (i + 8 <= text.size() && !JsonSpecial::isIn(loaded<std::uint64_t>(text.data() + i)))
        i += 8;
    while (i < text.size() && !JsonSpecial::is(text[i]))
        ++i;
    return i;
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
    if (isPlain(value, JsonSpecial())) {
        out.append(value) += '"';
        return;
    }
    for (;;) {
        const std::size_t plain = plainLength(value);
        out.append(value.substr(0, plain));
        if (plain == value.size())
            break;
        appendEscaped(value[plain], out);
        value.remove_prefix(plain + 1);
    }
    out += '"';
}

std::size_t digitsOf(std::string_view text)
{
    const std::size_t end = text.find_first_not_of("0123456789");
    return end == std::string_view::npos ? text.size() : end;
}

// RFC 8259, section 6.
bool isJsonNumber(std::string_view text)
{
    if (text.starts_with('-'))
        text.remove_prefix(1);
    const std::size_t whole = digitsOf(text);
    if (whole == 0 || (whole > 1 && text.front() == '0'))
        return false;
    text.remove_prefix(whole);
    if (text.starts_with('.')) {
        const std::size_t fraction = digitsOf(text.substr(1));
        if (fraction == 0)
            return false;
        text.remove_prefix(1 + fraction);
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        const std::size_t digits = digitsOf(text);
        return digits > 0 && digits == text.size();
    }
    return text.empty();
}

} // namespace

void NdjsonFormatter::append(const ChangeView& change, std::string_view position, std::string& out)
{
    m_notSent.clear();
    m_raw.clear();
    appendHead(change.time(), change.layout(), change.op(), out);
    out += change.isCopied() ? ",\"copy\":true,\"position\":" : ",\"copy\":false,\"position\":";
    appendJson(position, out);
    appendImage(change, true, out);
    appendImage(change, false, out);
    out.append(",\"not_sent\":[").append(m_notSent).append("],\"raw\":[");
    if (change.fault() != RowFault::None) {
        std::string row;
        appendFault(change, m_options, row);
        note(m_raw, false, row);
    }
    out.append(m_raw).append("]}\n");
}

void NdjsonFormatter::appendEvent(const Snapshot& snapshot, std::uint64_t line, std::string& out)
{
    if (!m_options.hasEvents)
        return;
    const Entry& entry = snapshot.entry(line);
    const EventText text = eventText(snapshot, line);
    // Statements hold values, of whichever columns.
    const bool isMasked = !m_options.masked.isEmpty() && (entry.op() == Op::Statement || entry.op() == Op::Ddl);
    appendHead(entry.time, snapshot.layoutOf(entry), entry.op(), out);
    out += ",\"event\":";
    appendJson(text.title, out);
    out += ",\"detail\":";
    appendJson(isMasked ? kMask : std::string_view(text.detail), out);
    out += ",\"note\":";
    appendJson(text.note, out);
    out += "}\n";
}

// From the time to the operation.
void NdjsonFormatter::appendHead(std::int64_t time, const Layout& layout, Op op, std::string& out)
{
    // Nanoseconds are more than a double can hold.
    const bool isBare = m_options.time == FormatOptions::Time::UnixMs ||
                        (m_options.time == FormatOptions::Time::UnixNs && m_options.hasExactNumbers);
    out += isBare ? "{\"time\":" : "{\"time\":\"";
    m_time.append(time, out);
    out += isBare ? "," : "\",";
    out.append(originOf(layout)).append(nameOf(op)) += '"';
}

// From the keyspace to the operation.
const std::string& NdjsonFormatter::originOf(const Layout& layout)
{
    if (&layout == m_lastLayout)
        return m_origin;
    m_origin = "\"keyspace\":";
    appendJson(layout.keyspace, m_origin);
    m_origin += ",\"shard\":";
    appendJson(layout.shard, m_origin);
    m_origin += ",\"table\":";
    appendJson(layout.table, m_origin);
    m_origin += ",\"op\":\"";
    m_lastLayout = &layout;
    return m_origin;
}

const std::vector<NdjsonFormatter::Member>& NdjsonFormatter::membersOf(const ChangeView& change)
{
    const Schema* schema = change.schema();
    if (m_lastMembers && schema == m_lastSchema)
        return *m_lastMembers;
    const auto [found, isNew] = m_members.try_emplace(schema);
    const auto add = [&, members = &found->second](std::size_t column) {
        const std::string& name = schema->columns[column].name;
        Member member{column, {}, m_options.masked.hides(change.layout(), name)};
        appendJson(name, member.key);
        member.key += ':';
        members->push_back(std::move(member));
    };
    if (isNew && schema && m_options.columns.empty()) {
        for (std::size_t i = 0; i < schema->columns.size(); ++i)
            add(i);
    }
    for (std::size_t i = 0; isNew && schema && i < m_options.columns.size(); ++i) {
        if (const int column = schema->indexOf(m_options.columns[i]); column >= 0)
            add(static_cast<std::size_t>(column));
    }
    m_lastSchema = schema;
    m_lastMembers = &found->second;
    return found->second;
}

void NdjsonFormatter::appendImage(const ChangeView& change, bool isBefore, std::string& out)
{
    out += isBefore ? ",\"before\":" : ",\"after\":";
    if (isBefore ? !change.hasBefore() : !change.hasAfter()) {
        out += "null";
        return;
    }
    char separator = '{';
    for (const Member& member : membersOf(change)) {
        const Cell cell = isBefore ? change.before(member.column) : change.after(member.column);
        if (cell.state == Cell::State::Absent)
            continue;
        if (cell.state == Cell::State::NotSent) {
            note(m_notSent, isBefore, cell.column->name);
            continue;
        }
        out += separator;
        separator = ',';
        out += member.key;
        if (member.isMasked)
            appendJson(kMask, out);
        else
            appendValue(cell, isBefore, out);
    }
    out += separator == '{' ? "{}" : "}";
}

void NdjsonFormatter::appendValue(const Cell& cell, bool isBefore, std::string& out)
{
    if (cell.state == Cell::State::Null) {
        out += "null";
        return;
    }
    if (isBareNumber(cell)) {
        out += cell.bytes;
        return;
    }
    Exactness exactness{};
    appendJson(m_value.of(cell, exactness), out);
    if (exactness == Exactness::Raw)
        note(m_raw, isBefore, cell.column->name);
}

// Small numbers go out as numbers; whatever a reader might round, as text unless asked otherwise.
bool NdjsonFormatter::isBareNumber(const Cell& cell) const
{
    constexpr std::int32_t kInt64 = 265, kUint64 = 778; // query.Type
    constexpr std::size_t kLongestInt32 = 11;
    if (m_options.hasExactNumbers)
        return cell.column->isNumber() && isJsonNumber(cell.bytes);
    return cell.column->kind == ValueKind::Integer && cell.column->type != kInt64 && cell.column->type != kUint64 &&
           cell.bytes.size() <= kLongestInt32 && isJsonNumber(cell.bytes);
}

void NdjsonFormatter::note(std::string& list, bool isBefore, std::string_view name)
{
    if (!list.empty())
        list += ',';
    appendJson((isBefore ? "before." : "") + std::string(name), list);
}

} // namespace vtscope
