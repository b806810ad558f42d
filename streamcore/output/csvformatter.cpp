#include "streamcore/output/csvformatter.h"

#include <algorithm>
#include <array>

#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

constexpr std::array<const char*, 6> kMetaColumns{"_time", "_keyspace", "_shard", "_table", "_op", "_position"};

} // namespace

CsvFormatter::CsvFormatter(std::vector<std::string> columns, const FormatOptions& options)
    : m_columns(std::move(columns)),
      m_options(options), m_special{{kOnes * static_cast<unsigned char>(options.delimiter)}},
      m_isDirect(!options.quotesAll && !options.hasFormulaGuard && options.null.empty()), m_time(options),
      m_value(options.binary)
{
}

void CsvFormatter::appendHeader(std::string& out) const
{
    if (m_options.hasByteOrderMark)
        out += "\xef\xbb\xbf";
    for (const char* name : kMetaColumns) {
        if (name != kMetaColumns.front())
            out += m_options.delimiter;
        appendField(name, out);
    }
    for (const char* prefix : {"", "before."}) {
        for (std::size_t i = 0; (*prefix == '\0' || m_options.hasBefore) && i < m_columns.size(); ++i)
            appendField(prefix + m_columns[i], out += m_options.delimiter);
    }
    if (m_options.hasNotes) {
        appendField("_not_sent", out += m_options.delimiter);
        appendField("_raw", out += m_options.delimiter);
    }
    out += "\r\n";
}

void CsvFormatter::append(const ChangeView& change, std::string_view position, std::string& out)
{
    if (m_isDirect) {
        m_time.append(change.time(), out);
        out.append(originOf(change.layout())).append(nameOf(change.op())) += m_options.delimiter;
    } else {
        m_timeText.clear();
        m_time.append(change.time(), m_timeText);
        appendField(m_timeText, out);
        out += originOf(change.layout());
        appendField(nameOf(change.op()), out);
        out += m_options.delimiter;
    }
    appendOptional(position, out);
    m_notSent.clear();
    m_raw.clear();
    const std::vector<Place>& places = placesOf(change);
    for (std::size_t i = 0; i < places.size(); ++i)
        appendCell(change, i, places[i], false, out);
    for (std::size_t i = 0; m_options.hasBefore && i < places.size(); ++i)
        appendCell(change, i, places[i], true, out);
    if (m_options.hasNotes) {
        appendOptional(m_notSent, out += m_options.delimiter);
        if (change.fault() != RowFault::None) {
            m_raw.clear();
            appendFault(change, m_options, m_raw);
        }
        appendOptional(m_raw, out += m_options.delimiter);
    }
    out += "\r\n";
}

// ",keyspace,shard,table,"
const std::string& CsvFormatter::originOf(const Layout& layout)
{
    if (&layout == m_lastLayout)
        return m_origin;
    m_origin = m_options.delimiter;
    for (const std::string* field : {&layout.keyspace, &layout.shard, &layout.table}) {
        appendOptional(*field, m_origin);
        m_origin += m_options.delimiter;
    }
    m_lastLayout = &layout;
    return m_origin;
}

const std::vector<CsvFormatter::Place>& CsvFormatter::placesOf(const ChangeView& change)
{
    const Schema* schema = change.schema();
    if (m_lastPlaces && schema == m_lastSchema)
        return *m_lastPlaces;
    std::vector<Place>& places = m_places[schema];
    if (places.empty()) {
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            const int column = schema ? schema->indexOf(m_columns[i]) : -1;
            const bool isMasked = m_options.masked.hides(change.layout(), m_columns[i]);
            places.push_back({column,
                              column >= 0 && !isMasked && m_isDirect &&
                                  goesOutAsSent(schema->columns[static_cast<std::size_t>(column)]),
                              isMasked});
        }
        for (std::size_t i = 0; schema && m_options.columns.empty() && i < schema->columns.size(); ++i) {
            const std::string& name = schema->columns[i].name;
            if (!isAmong(m_columns, name) && !isAmong(m_reported, name)) {
                m_unknown.push_back(name);
                m_reported.push_back(name);
            }
        }
    }
    m_lastSchema = schema;
    m_lastPlaces = &places;
    return places;
}

void CsvFormatter::appendCell(const ChangeView& change, std::size_t header, Place place, bool isBefore,
                              std::string& out)
{
    out += m_options.delimiter;
    if (place.column < 0) {
        // A delete of Sync brings the key alone, without saying which columns it leaves out.
        if (m_options.isOneTable && change.op() == Op::Delete && change.fault() == RowFault::None)
            note(m_notSent, isBefore, m_columns[header]);
        return;
    }
    const auto column = static_cast<std::size_t>(place.column);
    const Cell cell = isBefore ? change.before(column) : change.current(column);
    switch (cell.state) {
    case Cell::State::Absent:
        return;
    case Cell::State::NotSent:
        note(m_notSent, isBefore, cell.column->name);
        return;
    case Cell::State::Null:
        if (place.isMasked)
            appendField(kMask, out);
        else
            out += m_options.null;
        return;
    case Cell::State::Value:
        break;
    }
    // The images of a change may have schemas of their own.
    if (place.isText && !cell.bytes.empty() && isPlain(cell.bytes, m_special) &&
        (!isBefore || goesOutAsSent(*cell.column))) {
        out += cell.bytes;
        return;
    }
    if (place.isMasked) {
        appendField(kMask, out);
        return;
    }
    Exactness exactness{};
    appendField(m_value.of(cell, exactness), out);
    if (exactness == Exactness::Raw)
        note(m_raw, isBefore, cell.column->name);
}

void CsvFormatter::appendField(std::string_view value, std::string& out) const
{
    constexpr std::string_view kFormulas = "=+-@\t\r";
    const bool isGuarded = m_options.hasFormulaGuard && !value.empty() &&
                           kFormulas.find(value.front()) != std::string_view::npos && !isNumber(value);
    if (!value.empty() && !m_options.quotesAll && value != m_options.null && isPlain(value, m_special.special)) {
        if (isGuarded)
            out += '\'';
        out += value;
        return;
    }
    out += isGuarded ? "\"'" : "\"";
    for (std::size_t quote; (quote = value.find('"')) != std::string_view::npos; value.remove_prefix(quote + 1))
        out.append(value.substr(0, quote + 1)) += '"';
    out.append(value) += '"';
}

void CsvFormatter::appendOptional(std::string_view value, std::string& out) const
{
    if (!value.empty())
        appendField(value, out);
}

void CsvFormatter::note(std::string& list, bool isBefore, const std::string& name) const
{
    if (!list.empty())
        list += ' ';
    list.append(isBefore ? "before." : "").append(name);
}

} // namespace vtscope
