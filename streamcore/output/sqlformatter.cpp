#include "streamcore/output/sqlformatter.h"

#include <algorithm>
#include <cstdlib>

#include "streamcore/clock.h"
#include "streamcore/output/valuetext.h"
#include "streamcore/value/compare.h"
#include "streamcore/value/jsonpath.h"

namespace vtscope {

namespace {

constexpr std::int32_t kFloatType = 1035; // query.Type
constexpr std::size_t kBitBytes = 8;

void appendName(std::string_view name, std::string& out)
{
    out += '`';
    for (const char c : name)
        out.append(c == '`' ? 2 : 1, c);
    out += '`';
}

// As MySQL reads it without NO_BACKSLASH_ESCAPES; never over a line's end.
void appendQuoted(std::string_view text, std::string& out)
{
    constexpr std::string_view kSpecial("\0\n\r\x1a'\\", 6);
    constexpr std::string_view kEscapes = "0nrZ'\\";
    out += '\'';
    for (std::size_t at; (at = text.find_first_of(kSpecial)) != std::string_view::npos; text.remove_prefix(at + 1)) {
        out.append(text.substr(0, at)) += '\\';
        out += kEscapes[kSpecial.find(text[at])];
    }
    out.append(text) += '\'';
}

// Into a comment, which ends with its line.
void appendComment(std::string_view text, std::string& out)
{
    for (const char c : text)
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
}

bool isAscii(std::string_view bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Whether bytes in this column are UTF-8, by MySQL's collation ids: those of utf8mb3, utf8mb4 and ascii. 0 is none
// told, 63 none meant.
bool isUtf8Column(const Column& column)
{
    const std::uint32_t id = column.collation;
    constexpr std::uint32_t kSingle[] = {0, 11, 33, 45, 46, 63, 65, 76, 83, 223};
    return column.charset == Charset::Utf8 &&
           (std::find(std::begin(kSingle), std::end(kSingle), id) != std::end(kSingle) || (id >= 192 && id <= 215) ||
            (id >= 224 && id <= 323));
}

} // namespace

SqlFormatter::SqlFormatter(OutputFormat format, const FormatOptions& options)
    : m_isUndo(format == OutputFormat::Undo), m_options(options)
{
}

void SqlFormatter::appendHeader(std::string& out) const
{
    out += m_isUndo ? "-- Undo SQL, written by vtscope: takes these changes back, the last one first. A row that was "
                      "changed since stays as it is.\n"
                    : "-- Redo SQL, written by vtscope: does these changes again, the first one first.\n";
    out += "-- One statement a line. A change that cannot be told exactly stands as a comment that says why.\n";
    for (const std::string& remark : m_options.remarks) {
        appendComment(remark, out += "-- ");
        out += '\n';
    }
    out += "SET NAMES utf8mb4;\n"
           "SET time_zone = '+00:00';\n"
           "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';\n";
}

void SqlFormatter::append(const ChangeView& change, std::string_view position, std::string& out)
{
    if (isNewGroup(change)) {
        endTransaction(out);
        beginGroup(change, position, out);
    }
    m_isCopied = change.isCopied();
    m_table = &change.layout();
    m_statement.clear();
    if (write(change)) {
        out.append(m_statement).append(";\n");
        return;
    }
    ++m_refused;
    appendRefusal(change, out);
}

bool SqlFormatter::isNewGroup(const ChangeView& change) const
{
    return !m_hasBegun || change.transaction() != m_transaction || (m_transaction == 0 && &change.layout() != m_layout);
}

void SqlFormatter::beginGroup(const ChangeView& change, std::string_view position, std::string& out)
{
    m_hasBegun = true;
    m_transaction = change.transaction();
    m_layout = &change.layout();
    m_isInTransaction = m_transaction != 0;
    out += "\n-- ";
    appendComment(m_layout->keyspace, out);
    if (!m_layout->shard.empty())
        appendComment("/" + m_layout->shard, out);
    out += ", ";
    appendTime(change.time(), out);
    if (!position.empty()) {
        out += ", ";
        appendComment(position, out);
    }
    out += m_isInTransaction ? "\nBEGIN;\n" : "\n";
}

void SqlFormatter::endTransaction(std::string& out)
{
    if (m_isInTransaction)
        out += "COMMIT;\n";
    m_isInTransaction = false;
}

void SqlFormatter::appendRefusal(const ChangeView& change, std::string& out)
{
    std::string words = std::string("-- Not written: ") + nameOf(change.op()) + " of " + change.layout().table;
    const Schema* schema = change.schema();
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        const Cell cell = change.current(i);
        if (!schema->columns[i].isKey || !cell.hasValue())
            continue;
        words += ", " + schema->columns[i].name + " ";
        if (m_options.masked.hides(change.layout(), schema->columns[i].name))
            words += kMask;
        else
            appendExact(cell, words);
    }
    appendComment(words + ": " + m_why, out);
    out += ".\n";
}

bool SqlFormatter::write(const ChangeView& change)
{
    if (change.fault() != RowFault::None)
        return refuse(faultText(change.fault()));
    if (m_isUndo && change.isCopied())
        return refuse("it is a row that was copied, not a change");
    switch (change.op()) {
    case Op::Insert:
        return m_isUndo ? writeDelete(change, Image::After) : writeInsert(change, Image::After);
    case Op::Update:
        if (!change.hasBefore() || !change.hasAfter())
            return refuse("one of its two rows was not sent");
        return m_isUndo ? writeUpdate(change, Image::After, Image::Before)
                        : writeUpdate(change, Image::Before, Image::After);
    case Op::Delete:
        return m_isUndo ? writeInsert(change, Image::Before) : writeDelete(change, Image::Before);
    default:
        return refuse("it is a row that was read, not a change");
    }
}

bool SqlFormatter::writeInsert(const ChangeView& change, Image image)
{
    // Sync, which tells no time, sends the key alone.
    if (change.op() == Op::Delete && change.isReceiptTime())
        return refuse("the server sent its key only");
    m_statement += "INSERT INTO ";
    appendName(change.layout().table, m_statement);
    const std::vector<Column>& columns = change.schema()->columns;
    const char* separator = " (";
    for (const Column& column : columns) {
        if (isAmong(m_options.generated, column.name))
            continue;
        m_statement += separator;
        appendName(column.name, m_statement);
        separator = ", ";
    }
    separator = ") VALUES (";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (isAmong(m_options.generated, columns[i].name))
            continue;
        m_statement += separator;
        if (!writeValue(image == Image::After ? change.after(i) : change.before(i), columns[i].name))
            return false;
        separator = ", ";
    }
    m_statement += ')';
    return true;
}

bool SqlFormatter::writeUpdate(const ChangeView& change, Image from, Image to)
{
    m_statement += "UPDATE ";
    appendName(change.layout().table, m_statement);
    const std::vector<Column>& columns = change.schema()->columns;
    const char* separator = " SET ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!change.isChanged(i) || isAmong(m_options.generated, columns[i].name))
            continue;
        m_statement += separator;
        appendName(columns[i].name, m_statement);
        m_statement += " = ";
        if (!writeValue(to == Image::After ? change.after(i) : change.before(i), columns[i].name))
            return false;
        separator = ", ";
    }
    if (std::string_view(separator) == " SET ")
        return refuse("nothing that was sent is changed by it");
    return writeKey(change, from) && (!m_isUndo || writeOtherValues(change));
}

bool SqlFormatter::writeDelete(const ChangeView& change, Image image)
{
    m_statement += "DELETE FROM ";
    appendName(change.layout().table, m_statement);
    return writeKey(change, image) && (!m_isUndo || writeOtherValues(change));
}

bool SqlFormatter::writeKey(const ChangeView& change, Image image)
{
    const std::vector<Column>& columns = change.schema()->columns;
    const char* separator = " WHERE ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i].isKey)
            continue;
        m_statement += separator;
        separator = " AND ";
        const Cell cell = image == Image::After ? change.after(i) : change.before(i);
        if (columns[i].type == kFloatType)
            return refuse("its key has a FLOAT, to which no number compares equal");
        appendName(columns[i].name, m_statement);
        m_statement += " = ";
        if (!writeValue(cell, columns[i].name))
            return false;
    }
    return std::string_view(separator) != " WHERE " || refuse("the table has no key");
}

// What the change wrote, besides what the key says already.
bool SqlFormatter::writeOtherValues(const ChangeView& change)
{
    const std::vector<Column>& columns = change.schema()->columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        const Cell cell = change.after(i);
        const bool isWritten = change.op() == Op::Insert ? cell.state != Cell::State::NotSent : change.isChanged(i);
        if (!isWritten || column.isKey || column.type == kFloatType || isAmong(m_options.generated, column.name))
            continue;
        m_statement += " AND ";
        if (!writeCondition(cell))
            return false;
    }
    return true;
}

bool SqlFormatter::writeCondition(const Cell& cell)
{
    const Column& column = *cell.column;
    if (m_options.masked.hides(*m_table, column.name))
        return refuse(column.name + " is masked");
    if (cell.state == Cell::State::Null) {
        appendName(column.name, m_statement);
        m_statement += " IS NULL";
        return true;
    }
    switch (column.kind) {
    case ValueKind::Text:
        // By bytes: collations take different texts for equal.
        m_statement += "CAST(";
        appendName(column.name, m_statement);
        m_statement += " AS BINARY) = ";
        if (isUtf8Column(column) || (column.charset == Charset::Latin1 && isAscii(cell.bytes)))
            return writeValue(cell, column.name);
        writeHex(cell.bytes);
        return true;
    case ValueKind::Json:
        appendName(column.name, m_statement);
        m_statement += " = CAST(";
        if (!writeValue(cell, column.name))
            return false;
        m_statement += " AS JSON)";
        return true;
    case ValueKind::Geometry:
    case ValueKind::Vector:
        // These compare with their own kind only.
        m_statement += "HEX(";
        appendName(column.name, m_statement);
        m_statement += ") = '";
        appendHex(cell.bytes, m_statement);
        m_statement += '\'';
        return true;
    default:
        appendName(column.name, m_statement);
        m_statement += " = ";
        return writeValue(cell, column.name);
    }
}

bool SqlFormatter::writeValue(const Cell& cell, std::string_view name)
{
    if (!cell.hasValue() && cell.state != Cell::State::Null)
        return refuse(std::string(name) + " was not sent");
    if (m_options.masked.hides(*m_table, name))
        return refuse(std::string(name) + " is masked");
    if (cell.isPartialJson)
        return refuse("only a part of " + std::string(name) + " was sent");
    if (cell.state == Cell::State::Null) {
        m_statement += "NULL";
        return true;
    }
    switch (cell.column->kind) {
    case ValueKind::Integer:
    case ValueKind::Decimal:
    case ValueKind::Year:
        return writeNumber(cell);
    case ValueKind::Float:
        return writeFloat(cell);
    case ValueKind::Bit: {
        if (cell.bytes.size() > kBitBytes)
            return refuse(std::string(name) + " has more than 64 bits");
        std::uint64_t number = 0;
        for (const char c : cell.bytes)
            number = number << 8 | static_cast<unsigned char>(c);
        m_statement += std::to_string(number);
        return true;
    }
    case ValueKind::Enum:
    case ValueKind::Set:
        return writeLabels(cell);
    case ValueKind::Json:
        return writeJson(cell);
    case ValueKind::Date:
    case ValueKind::Time:
    case ValueKind::DateTime:
    case ValueKind::Timestamp:
        appendQuoted(cell.bytes, m_statement);
        return true;
    case ValueKind::Text:
        return writeText(cell);
    case ValueKind::Binary:
    case ValueKind::Geometry:
    case ValueKind::Vector:
        writeHex(cell.bytes);
        return true;
    case ValueKind::Unknown:
        break;
    }
    return refuse(std::string(name) + " is of a type that this version does not know");
}

bool SqlFormatter::writeNumber(const Cell& cell)
{
    if (!isNumber(cell.bytes))
        return refuse(cell.column->name + " is not the number that it should be");
    m_statement += cell.bytes;
    return true;
}

bool SqlFormatter::writeFloat(const Cell& cell)
{
    if (cell.column->type == kFloatType) {
        if (m_isCopied)
            return refuse(cell.column->name + " is a FLOAT, which a copy sends rounded");
        // MySQL reads the number as a DOUBLE first.
        m_text = cell.bytes;
        if (std::strtof(m_text.c_str(), nullptr) != static_cast<float>(std::strtod(m_text.c_str(), nullptr)))
            return refuse(cell.column->name + " is a FLOAT that SQL would round otherwise");
    }
    return writeNumber(cell);
}

bool SqlFormatter::writeLabels(const Cell& cell)
{
    const Column& column = *cell.column;
    const bool isNumber = column.hasNumericMembers;
    if (column.kind == ValueKind::Enum && (isNumber ? cell.bytes == "0" : cell.bytes.empty()))
        return refuse(column.name + " is empty, which may be the error value of an ENUM");
    return isNumber ? writeNumber(cell) : writeText(cell);
}

bool SqlFormatter::writeJson(const Cell& cell)
{
    // A binary value inside a document comes as text, and the server breaks what stands before it.
    if (cell.bytes.find("\"base64:type") != std::string_view::npos)
        return refuse(cell.column->name + " holds a binary value, which JSON text cannot tell");
    if (findInJson(cell.bytes, {}).raw.size() != cell.bytes.size())
        return refuse(cell.column->name + " is no JSON");
    return writeText(cell);
}

bool SqlFormatter::writeText(const Cell& cell)
{
    m_text.clear();
    // Bytes of a charset that we cannot read go to a column of the same one as they are.
    if ((cell.column->charset == Charset::Utf8 && !isUtf8Column(*cell.column) && !isAscii(cell.bytes)) ||
        appendExact(cell, m_text) != Exactness::Text)
        writeHex(cell.bytes);
    else
        appendQuoted(m_text, m_statement);
    return true;
}

void SqlFormatter::writeHex(std::string_view bytes)
{
    m_statement += "x'";
    appendHex(bytes, m_statement);
    m_statement += '\'';
}

bool SqlFormatter::refuse(std::string why)
{
    m_why = std::move(why);
    return false;
}

} // namespace vtscope
