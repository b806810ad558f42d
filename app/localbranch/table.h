// The catalogue's own idea of MySQL tables: columns with their types, keys, and what streams say about them. Tables
// never change once made (an ALTER makes a new one), so any thread may hold one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query.pb.h"

namespace localbranch {

/// Types are numbers made of such bits and an ordinal.
constexpr bool hasFlag(query::Type type, query::Flag flag)
{
    return (static_cast<unsigned>(type) & static_cast<unsigned>(flag)) != 0;
}

struct ColumnType
{
    query::Type type = query::NULL_TYPE; ///< before a _bin collation turns text into bytes
    std::string text;                    ///< column_type: `bigint unsigned`, `enum('a','b')`
    uint32_t length = 0;                 ///< column_length as MySQL tells it
    uint32_t charset = 63;               ///< collation id
    uint32_t decimals = 0;
    uint32_t flags = 0; ///< of the type alone
    uint32_t size = 0;  ///< characters, bytes, bits or digits
    std::vector<std::string> labels;

    bool isInteger() const;
    bool isUnsigned() const;
    bool isNumeric() const; ///< DECIMAL and floating ones too
    bool isText() const;    ///< character data, whatever the collation
    bool isTemporal() const;
    bool isZerofill() const;
    bool hasBinaryCollation() const;
};

struct ColumnDefault
{
    std::string text;
    bool isNow = false; ///< CURRENT_TIMESTAMP of the column's precision
};

struct Column
{
    std::string name;
    ColumnType type;
    bool isNotNull = false;
    bool isAutoIncrement = false;
    bool isUpdatedNow = false;
    bool isInvisible = false;
    std::optional<ColumnDefault> initial;
    std::string comment;
};

struct KeyPart
{
    size_t column = 0;
    bool isDescending = false;
};

struct Index
{
    std::string name; ///< PRIMARY for the primary key
    bool isUnique = false;
    std::vector<KeyPart> parts;
};

struct Table
{
    std::string name;
    std::vector<Column> columns;
    std::vector<Index> indexes; ///< the primary key first
    std::string comment;
    std::string collation = "utf8mb4_0900_ai_ci";
    std::string charset = "utf8mb4";

    /// Columns that identify a row and give the order of the copy: primary key, else the first unique key of NOT NULL
    /// columns, else all.
    std::vector<size_t> key;
    bool isKeyUnique = true;       ///< false: the key is all columns, equal rows may stand twice
    bool differsInStreams = false; ///< some type is spelled differently in live changes
    bool hasEnumOrSet = false;

    std::optional<size_t> columnIndex(std::string_view columnName) const;
    const Index* primaryKey() const;

    /// Works out what follows from columns and indexes; called once, when the table is complete.
    void finish();

    uint32_t flagsOf(size_t column) const;
    /// PRI, UNI, MUL or empty.
    std::string columnKey(size_t column) const;
    std::string extraOf(size_t column) const;
    std::string createStatement() const;
};

using TablePtr = std::shared_ptr<const Table>;

enum class FieldStyle {
    Stream,   ///< FIELD events: everything, database of MySQL
    Messages, ///< message streams: no column_type
    Result,   ///< Execute with included_fields ALL
    Plain,    ///< Execute: name and type
    Key       ///< lastpk: name, type, charset, flags
};

query::Field fieldOf(const Table& table, size_t column, FieldStyle style, const std::string& database);

/// The value as live changes spell it: ZEROFILL without zeros, FLOAT with exponent, JSON with keys in byte order.
std::string liveText(const ColumnType& type, std::string_view text);

} // namespace localbranch
