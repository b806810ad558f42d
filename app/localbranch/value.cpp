#include "app/localbranch/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "app/localbranch/decimal.h"
#include "app/localbranch/floattext.h"
#include "app/localbranch/jsontext.h"
#include "app/localbranch/sqlerror.h"
#include "app/localbranch/sqllexer.h"

namespace localbranch {

namespace {

[[noreturn]] void failOutOfRange(const Column& column)
{
    throw MysqlError(vtrpc::FAILED_PRECONDITION, "Out of range value for column '" + column.name + "' at row 1", 1264,
                     "22003");
}

[[noreturn]] void failIncorrect(const Column& column, const char* kind, const std::string& text)
{
    throw MysqlError(vtrpc::INVALID_ARGUMENT,
                     std::string("Incorrect ") + kind + " value: '" + text + "' for column '" + column.name +
                         "' at row 1",
                     1366, "HY000");
}

[[noreturn]] void failTooLong(const Column& column)
{
    throw MysqlError(vtrpc::INVALID_ARGUMENT, "Data too long for column '" + column.name + "' at row 1", 1406, "22001");
}

[[noreturn]] void failTruncated(const Column& column)
{
    throw MysqlError(vtrpc::UNKNOWN, "Data truncated for column '" + column.name + "' at row 1", 1265, "01000");
}

std::string trimmed(std::string_view text)
{
    const size_t first = text.find_first_not_of(" \t\n\r");
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1));
}

/// Big-endian number of a binary literal, as MySQL reads b'101' and x'ff' where a number is wanted.
std::string numberOfBytes(std::string_view bytes)
{
    uint64_t value = 0;
    for (const char c : bytes)
        value = value << 8U | static_cast<unsigned char>(c);
    return std::to_string(value);
}

Decimal decimalOf(const Column& column, const Value& value, const char* kind)
{
    const std::string text = value.kind == Value::Kind::Bytes ? numberOfBytes(value.text) : trimmed(value.text);
    auto decimal = Decimal::parse(text);
    if (!decimal)
        failIncorrect(column, kind, value.text);
    return *decimal;
}

struct Bounds
{
    const char* least;
    const char* most;
};

Bounds boundsOf(query::Type type)
{
    switch (type) {
    case query::INT8:
        return {"-128", "127"};
    case query::UINT8:
        return {"0", "255"};
    case query::INT16:
        return {"-32768", "32767"};
    case query::UINT16:
        return {"0", "65535"};
    case query::INT24:
        return {"-8388608", "8388607"};
    case query::UINT24:
        return {"0", "16777215"};
    case query::INT32:
        return {"-2147483648", "2147483647"};
    case query::UINT32:
        return {"0", "4294967295"};
    case query::INT64:
        return {"-9223372036854775808", "9223372036854775807"};
    default:
        return {"0", "18446744073709551615"};
    }
}

std::string storedInteger(const Column& column, const Value& value)
{
    const Decimal number = decimalOf(column, value, "integer").rounded(0);
    const Bounds bounds = boundsOf(column.type.type);
    if (Decimal::compare(number, *Decimal::parse(bounds.least)) < 0 ||
        Decimal::compare(number, *Decimal::parse(bounds.most)) > 0)
        failOutOfRange(column);
    std::string text = number.toText();
    if (column.type.isZerofill() && text.size() < column.type.size)
        text.insert(0, column.type.size - text.size(), '0');
    return text;
}

std::string storedYear(const Column& column, const Value& value)
{
    const std::string text = decimalOf(column, value, "integer").rounded(0).toText();
    int year = std::atoi(text.c_str());
    if (year > 0 && year < 70)
        year += 2000;
    else if (year >= 70 && year < 100)
        year += 1900;
    if (year != 0 && (year < 1901 || year > 2155))
        failOutOfRange(column);
    return year == 0 ? "0000" : std::to_string(year);
}

std::string storedReal(const Column& column, const Value& value)
{
    const std::string text = value.kind == Value::Kind::Bytes ? numberOfBytes(value.text) : trimmed(value.text);
    char* end = nullptr;
    const double real = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0')
        failTruncated(column);
    if (!std::isfinite(real) || (column.type.type == query::FLOAT32 && !std::isfinite(static_cast<float>(real))))
        failOutOfRange(column);
    return column.type.type == query::FLOAT32 ? floatText(static_cast<float>(real)) : doubleText(real);
}

std::string storedDecimal(const Column& column, const Value& value)
{
    const Decimal number = decimalOf(column, value, "decimal").rounded(column.type.decimals);
    if (number.whole.size() > column.type.size - column.type.decimals ||
        (number.negative && (column.type.flags & query::UNSIGNED_FLAG) != 0))
        failOutOfRange(column);
    return number.toText();
}

std::string storedTemporal(const Column& column, const Value& value)
{
    if (auto text = temporalText(column.type, value.text))
        return *text;
    const char* kind =
        column.type.type == query::DATE ? "date" : (column.type.type == query::TIME ? "time" : "datetime");
    throw MysqlError(vtrpc::INVALID_ARGUMENT,
                     std::string("Incorrect ") + kind + " value: '" + value.text + "' for column '" + column.name +
                         "' at row 1",
                     1292, "22007");
}

size_t characterCount(std::string_view text)
{
    return static_cast<size_t>(std::count_if(text.begin(), text.end(),
                                             [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string storedText(const Column& column, const Value& value)
{
    std::string text = value.text;
    if (column.type.type == query::CHAR) {
        while (!text.empty() && text.back() == ' ')
            text.pop_back();
    }
    const bool isLimitedByBytes = column.type.type == query::TEXT;
    if ((isLimitedByBytes ? text.size() : characterCount(text)) > column.type.size)
        failTooLong(column);
    return text;
}

std::string storedBytes(const Column& column, const Value& value)
{
    std::string bytes = value.text;
    if (bytes.size() > column.type.size)
        failTooLong(column);
    if (column.type.type == query::BINARY)
        bytes.resize(column.type.size, '\0');
    return bytes;
}

std::optional<size_t> labelIndex(const ColumnType& type, std::string_view label)
{
    for (size_t i = 0; i < type.labels.size(); ++i) {
        if (type.hasBinaryCollation() ? type.labels[i] == label : equalsIgnoringCase(type.labels[i], label))
            return i;
    }
    return std::nullopt;
}

std::string storedEnum(const Column& column, const Value& value)
{
    if (value.kind == Value::Kind::Number) {
        size_t number = 0;
        std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
        if (number == 0 || number > column.type.labels.size())
            failTruncated(column);
        return column.type.labels[number - 1];
    }
    const auto index = labelIndex(column.type, value.text);
    if (!index)
        failTruncated(column);
    return column.type.labels[*index];
}

uint64_t setMask(const ColumnType& type, std::string_view text, bool& isValid)
{
    uint64_t mask = 0;
    isValid = true;
    while (!text.empty()) {
        const size_t comma = text.find(',');
        const auto index = labelIndex(type, text.substr(0, comma));
        if (index)
            mask |= uint64_t{1} << *index;
        else
            isValid = false;
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return mask;
}

std::string storedSet(const Column& column, const Value& value)
{
    bool isValid = true;
    uint64_t mask = 0;
    if (value.kind == Value::Kind::Number)
        std::from_chars(value.text.data(), value.text.data() + value.text.size(), mask);
    else
        mask = setMask(column.type, value.text, isValid);
    if (!isValid || (column.type.labels.size() < 64 && mask >> column.type.labels.size() != 0))
        failTruncated(column);
    std::string text;
    for (size_t i = 0; i < column.type.labels.size(); ++i) {
        if ((mask >> i & 1U) != 0)
            text += (text.empty() ? "" : ",") + column.type.labels[i];
    }
    return text;
}

std::string storedBits(const Column& column, const Value& value)
{
    const size_t bytes = (column.type.size + 7) / 8;
    std::string result;
    if (value.kind == Value::Kind::Number) {
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(value.text.data(), value.text.data() + value.text.size(), number);
        if (error != std::errc{} || (column.type.size < 64 && number >> column.type.size != 0))
            failTooLong(column);
        for (size_t i = bytes; i-- > 0;)
            result += static_cast<char>(number >> (8 * i) & 0xFFU);
        return result;
    }
    result = value.text;
    while (result.size() > bytes && result.front() == '\0')
        result.erase(0, 1);
    if (result.size() > bytes)
        failTooLong(column);
    result.insert(0, bytes - result.size(), '\0');
    return result;
}

std::string storedJson(const Column& column, const Value& value)
{
    auto text = normalisedJson(value.text, JsonKeyOrder::LengthThenBytes);
    if (!text)
        throw MysqlError(vtrpc::UNKNOWN,
                         "Invalid JSON text: \"Invalid value.\" at position 0 in value for column '" + column.name +
                             "'.",
                         3140, "22032");
    return *text;
}

int signOf(int order)
{
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

void appendBigEndian(std::string& key, uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        key += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
}

void appendEscaped(std::string& key, std::string_view bytes, bool withoutCase)
{
    for (char c : bytes) {
        if (withoutCase && c >= 'A' && c <= 'Z')
            c = static_cast<char>(c | 0x20);
        key += c;
        if (c == '\0')
            key += '\xFF';
    }
    key += '\0';
    key += '\0';
}

void appendDecimalKey(std::string& key, std::string_view text)
{
    const Decimal number = Decimal::parse(text).value_or(Decimal{});
    std::string magnitude;
    magnitude += static_cast<char>(number.whole.size());
    magnitude += number.whole + number.fraction;
    key += number.negative ? '\0' : '\1';
    for (const char c : magnitude)
        key += number.negative ? static_cast<char>(~static_cast<unsigned char>(c)) : c;
}

void appendRealKey(std::string& key, std::string_view text)
{
    const double real = std::strtod(std::string(text).c_str(), nullptr) + 0.0;
    uint64_t bits = 0;
    std::memcpy(&bits, &real, sizeof bits);
    appendBigEndian(key, (bits >> 63U) != 0 ? ~bits : bits | uint64_t{1} << 63U);
}

/// TIME is the one temporal type whose text is not in order: it has a sign and up to three digits of hours.
void appendTimeKey(std::string& key, std::string_view text)
{
    const bool isNegative = !text.empty() && text.front() == '-';
    std::string digits(text.substr(isNegative ? 1 : 0));
    if (digits.find(':') == 2)
        digits.insert(0, 1, '0');
    key += isNegative ? '\0' : '\1';
    for (const char c : digits)
        key += isNegative ? static_cast<char>(~static_cast<unsigned char>(c)) : c;
    key += isNegative ? '\xFF' : '\0';
}

template <typename Cells> std::string keyOfCells(const Table& table, const Cells& row)
{
    std::string key;
    for (const size_t column : table.key)
        appendKeyPart(key, table.columns[column].type, row[column] ? CellView(*row[column]) : std::nullopt);
    return key;
}

} // namespace

bool Value::isTrue() const
{
    if (kind == Kind::Null)
        return false;
    return std::strtod(text.c_str(), nullptr) != 0.0;
}

Value valueOf(const ColumnType& type, const CellView& cell)
{
    if (!cell)
        return Value::null();
    std::string text(*cell);
    if (type.type == query::FLOAT32 || type.type == query::FLOAT64)
        return Value::real(std::move(text));
    if (type.isNumeric())
        return Value::number(std::move(text));
    if (hasFlag(type.type, query::ISBINARY) || type.type == query::BIT)
        return Value::bytes(std::move(text));
    return Value::textOf(std::move(text));
}

Cell storedCell(const Column& column, const Value& value)
{
    if (value.isNull()) {
        if (column.isNotNull)
            throw MysqlError(vtrpc::INVALID_ARGUMENT, "Column '" + column.name + "' cannot be null", 1048, "23000");
        return std::nullopt;
    }
    const ColumnType& type = column.type;
    switch (type.type) {
    case query::YEAR:
        return storedYear(column, value);
    case query::FLOAT32:
    case query::FLOAT64:
        return storedReal(column, value);
    case query::DECIMAL:
        return storedDecimal(column, value);
    case query::DATE:
    case query::TIME:
    case query::DATETIME:
    case query::TIMESTAMP:
        return storedTemporal(column, value);
    case query::ENUM:
        return storedEnum(column, value);
    case query::SET:
        return storedSet(column, value);
    case query::BIT:
        return storedBits(column, value);
    case query::JSON:
        return storedJson(column, value);
    default:
        break;
    }
    if (type.isInteger())
        return storedInteger(column, value);
    return type.isText() ? storedText(column, value) : storedBytes(column, value);
}

int compareValues(const Value& left, const Value& right, bool isBinary)
{
    using Kind = Value::Kind;
    const auto isNumber = [](const Value& value) { return value.kind == Kind::Number || value.kind == Kind::Real; };
    if (isNumber(left) || isNumber(right)) {
        if (left.kind != Kind::Real && right.kind != Kind::Real) {
            const auto a = Decimal::parse(left.text);
            const auto b = Decimal::parse(right.text);
            if (a && b)
                return Decimal::compare(*a, *b);
        }
        const double a = std::strtod(left.text.c_str(), nullptr);
        const double b = std::strtod(right.text.c_str(), nullptr);
        return a < b ? -1 : (a > b ? 1 : 0);
    }
    if (isBinary || left.kind == Kind::Bytes || right.kind == Kind::Bytes)
        return signOf(left.text.compare(right.text));
    return signOf(lowered(left.text).compare(lowered(right.text)));
}

void appendKeyPart(std::string& key, const ColumnType& type, const CellView& cell)
{
    if (!cell) {
        key += '\0';
        return;
    }
    key += '\1';
    switch (type.type) {
    case query::DECIMAL:
        return appendDecimalKey(key, *cell);
    case query::FLOAT32:
    case query::FLOAT64:
        return appendRealKey(key, *cell);
    case query::TIME:
        return appendTimeKey(key, *cell);
    case query::ENUM:
        return appendBigEndian(key, labelIndex(type, *cell).value_or(0));
    case query::SET: {
        bool isValid = true;
        return appendBigEndian(key, setMask(type, *cell, isValid));
    }
    default:
        break;
    }
    if (type.isInteger()) {
        if (type.isUnsigned()) {
            uint64_t number = 0;
            std::from_chars(cell->data(), cell->data() + cell->size(), number);
            return appendBigEndian(key, number);
        }
        int64_t number = 0;
        std::from_chars(cell->data(), cell->data() + cell->size(), number);
        return appendBigEndian(key, static_cast<uint64_t>(number) ^ uint64_t{1} << 63U);
    }
    appendEscaped(key, *cell, type.isText() && !type.hasBinaryCollation());
}

std::string keyOf(const Table& table, const RowView& row)
{
    return keyOfCells(table, row);
}

std::string keyOf(const Table& table, const Row& row)
{
    return keyOfCells(table, row);
}

} // namespace localbranch
