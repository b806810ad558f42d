// Values of statements, how a column takes them (or refuses them as strict MySQL does), and their order. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/localbranch/rowcodec.h"
#include "app/localbranch/table.h"

namespace localbranch {

struct Value
{
    enum class Kind { Null, Number, Real, Text, Bytes };

    Kind kind = Kind::Null;
    std::string text;

    static Value null() { return {}; }
    static Value number(std::string digits) { return {Kind::Number, std::move(digits)}; }
    static Value integer(int64_t value) { return number(std::to_string(value)); }
    static Value boolean(bool value) { return number(value ? "1" : "0"); }
    static Value real(std::string digits) { return {Kind::Real, std::move(digits)}; }
    static Value textOf(std::string text) { return {Kind::Text, std::move(text)}; }
    static Value bytes(std::string bytes) { return {Kind::Bytes, std::move(bytes)}; }

    bool isNull() const { return kind == Kind::Null; }
    bool isTrue() const;
};

/// What a cell of that type is in an expression.
Value valueOf(const ColumnType& type, const CellView& cell);

/// The text that the column keeps. Throws MysqlError for what strict MySQL refuses.
Cell storedCell(const Column& column, const Value& value);

/// Now, with that many digits of fraction, as DATETIME text in UTC.
std::string nowText(uint32_t fractionDigits);
/// DATETIME text of a time since the epoch.
std::string dateTimeText(int64_t nanoseconds, uint32_t fractionDigits);
/// Seconds since the epoch of a DATETIME text, with its fraction; nothing if it is none.
std::optional<std::string> unixTimeText(std::string_view dateTime);
int64_t nowNanoseconds();

/// A temporal literal in the column's spelling, for comparisons; nothing if it is none.
std::optional<std::string> temporalText(const ColumnType& type, std::string_view text);

/// -1, 0, 1; NULL is not compared here. Text compares without case unless `isBinary`.
int compareValues(const Value& left, const Value& right, bool isBinary);

/// Bytes whose order is the order of the values; NULL first.
void appendKeyPart(std::string& key, const ColumnType& type, const CellView& cell);
std::string keyOf(const Table& table, const RowView& row);
std::string keyOf(const Table& table, const Row& row);

} // namespace localbranch
