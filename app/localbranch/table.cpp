#include "app/localbranch/table.h"

#include <algorithm>
#include <cstdlib>

#include "app/localbranch/floattext.h"
#include "app/localbranch/jsontext.h"
#include "app/localbranch/sqllexer.h"

namespace localbranch {

namespace {

constexpr uint32_t kBinaryCharset = 63;
constexpr uint32_t kUtf8BinCollation = 46;
constexpr uint32_t kConnectionCollation = 255;

query::Type streamedType(const ColumnType& type)
{
    if (!type.hasBinaryCollation())
        return type.type;
    switch (type.type) {
    case query::VARCHAR:
        return query::VARBINARY;
    case query::TEXT:
        return query::BLOB;
    case query::CHAR:
    case query::ENUM:
    case query::SET:
        return query::BINARY;
    default:
        return type.type;
    }
}

bool isPartOf(const Index& index, size_t column)
{
    return std::any_of(index.parts.begin(), index.parts.end(),
                       [column](const KeyPart& part) { return part.column == column; });
}

std::string nowText(const ColumnType& type)
{
    return type.decimals > 0 ? "CURRENT_TIMESTAMP(" + std::to_string(type.decimals) + ")" : "CURRENT_TIMESTAMP";
}

} // namespace

bool ColumnType::isInteger() const
{
    return hasFlag(type, query::ISINTEGRAL);
}

bool ColumnType::isUnsigned() const
{
    return hasFlag(type, query::ISUNSIGNED);
}

bool ColumnType::isNumeric() const
{
    return isInteger() || hasFlag(type, query::ISFLOAT) || type == query::DECIMAL;
}

bool ColumnType::isText() const
{
    return hasFlag(type, query::ISTEXT);
}

bool ColumnType::isTemporal() const
{
    return type == query::DATE || type == query::DATETIME || type == query::TIMESTAMP || type == query::TIME;
}

bool ColumnType::isZerofill() const
{
    return (flags & query::ZEROFILL_FLAG) != 0 && type != query::YEAR;
}

bool ColumnType::hasBinaryCollation() const
{
    return charset == kUtf8BinCollation;
}

std::optional<size_t> Table::columnIndex(std::string_view columnName) const
{
    for (size_t i = 0; i < columns.size(); ++i) {
        if (equalsIgnoringCase(columns[i].name, columnName))
            return i;
    }
    return std::nullopt;
}

const Index* Table::primaryKey() const
{
    return !indexes.empty() && indexes.front().name == "PRIMARY" ? &indexes.front() : nullptr;
}

void Table::finish()
{
    std::stable_partition(indexes.begin(), indexes.end(), [](const Index& index) { return index.name == "PRIMARY"; });
    if (const Index* primary = primaryKey()) {
        for (const KeyPart& part : primary->parts)
            columns[part.column].isNotNull = true;
    }
    key.clear();
    for (const Index& index : indexes) {
        const bool isUsable =
            index.isUnique && std::all_of(index.parts.begin(), index.parts.end(),
                                          [this](const KeyPart& part) { return columns[part.column].isNotNull; });
        if (isUsable) {
            for (const KeyPart& part : index.parts)
                key.push_back(part.column);
            break;
        }
    }
    isKeyUnique = !key.empty();
    if (!isKeyUnique) {
        for (size_t i = 0; i < columns.size(); ++i)
            key.push_back(i);
    }
    differsInStreams = std::any_of(columns.begin(), columns.end(), [](const Column& column) {
        return column.type.isZerofill() || column.type.type == query::JSON || column.type.type == query::FLOAT32 ||
               column.type.type == query::FLOAT64;
    });
    hasEnumOrSet = std::any_of(columns.begin(), columns.end(), [](const Column& column) {
        return column.type.type == query::ENUM || column.type.type == query::SET;
    });
}

std::string Table::columnKey(size_t column) const
{
    if (isKeyUnique && std::find(key.begin(), key.end(), column) != key.end())
        return "PRI";
    bool isFirstOfMany = false;
    for (const Index& index : indexes) {
        if (index.parts.front().column != column)
            continue;
        if (index.isUnique && index.parts.size() == 1)
            return "UNI";
        isFirstOfMany = true;
    }
    return isFirstOfMany ? "MUL" : "";
}

uint32_t Table::flagsOf(size_t column) const
{
    const Column& definition = columns[column];
    uint32_t flags = definition.type.flags;
    if (definition.type.hasBinaryCollation())
        flags |= query::BINARY_FLAG;
    if (definition.isNotNull)
        flags |= query::NOT_NULL_FLAG;
    if (definition.isAutoIncrement)
        flags |= query::AUTO_INCREMENT_FLAG;
    else if (definition.isNotNull && !definition.initial)
        flags |= query::NO_DEFAULT_VALUE_FLAG;
    if (definition.isUpdatedNow)
        flags |= query::ON_UPDATE_NOW_FLAG;
    for (const Index& index : indexes) {
        if (isPartOf(index, column))
            flags |= query::PART_KEY_FLAG;
    }
    const std::string keyWord = columnKey(column);
    if (keyWord == "PRI")
        flags |= query::PRI_KEY_FLAG;
    else if (keyWord == "UNI")
        flags |= query::UNIQUE_KEY_FLAG;
    else if (keyWord == "MUL")
        flags |= query::MULTIPLE_KEY_FLAG;
    return flags;
}

std::string Table::extraOf(size_t column) const
{
    const Column& definition = columns[column];
    if (definition.isAutoIncrement)
        return "auto_increment";
    std::string extra = definition.initial && definition.initial->isNow ? "DEFAULT_GENERATED" : "";
    if (definition.isUpdatedNow)
        extra += std::string(extra.empty() ? "" : " ") + "on update " + nowText(definition.type);
    if (definition.isInvisible)
        extra += std::string(extra.empty() ? "" : " ") + "INVISIBLE";
    return extra;
}

std::string Table::createStatement() const
{
    std::string text = "CREATE TABLE " + quotedName(name) + " (\n";
    for (size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        text += std::string(i == 0 ? "" : ",\n") + "  " + quotedName(column.name) + " " + column.type.text;
        if (column.type.hasBinaryCollation())
            text += " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
        if (column.isNotNull)
            text += " NOT NULL";
        else if (column.type.type == query::TIMESTAMP)
            text += " NULL";
        if (column.isAutoIncrement)
            text += " AUTO_INCREMENT";
        else if (column.initial && column.initial->isNow)
            text += " DEFAULT " + nowText(column.type);
        else if (column.initial)
            text += " DEFAULT " + quotedText(column.initial->text);
        else if (!column.isNotNull && column.type.type != query::TEXT && column.type.type != query::BLOB)
            text += " DEFAULT NULL";
        if (column.isUpdatedNow)
            text += " ON UPDATE " + nowText(column.type);
        if (column.isInvisible)
            text += " /*!80023 INVISIBLE */";
        if (!column.comment.empty())
            text += " COMMENT " + quotedText(column.comment);
    }
    for (const Index& index : indexes) {
        if (index.name == "PRIMARY")
            text += ",\n  PRIMARY KEY (";
        else
            text += std::string(",\n  ") + (index.isUnique ? "UNIQUE KEY " : "KEY ") + quotedName(index.name) + " (";
        for (size_t i = 0; i < index.parts.size(); ++i) {
            text += std::string(i == 0 ? "" : ",") + quotedName(columns[index.parts[i].column].name);
            if (index.parts[i].isDescending)
                text += " DESC";
        }
        text += ")";
    }
    text += "\n) ENGINE=InnoDB DEFAULT CHARSET=" + charset + " COLLATE=" + collation;
    if (!comment.empty())
        text += " COMMENT=" + quotedText(comment);
    return text;
}

query::Field fieldOf(const Table& table, size_t column, FieldStyle style, const std::string& database)
{
    const Column& definition = table.columns[column];
    query::Field field;
    field.set_name(definition.name);
    field.set_type(streamedType(definition.type));
    if (style == FieldStyle::Plain)
        return field;
    const bool isCharacter = definition.type.charset != kBinaryCharset;
    field.set_charset(style == FieldStyle::Result && isCharacter ? kConnectionCollation : definition.type.charset);
    field.set_flags(table.flagsOf(column));
    if (style == FieldStyle::Key)
        return field;
    field.set_table(table.name);
    field.set_org_table(table.name);
    field.set_database(database);
    field.set_org_name(definition.name);
    field.set_column_length(definition.type.length);
    field.set_decimals(definition.type.decimals);
    if (style == FieldStyle::Stream)
        field.set_column_type(definition.type.text);
    return field;
}

std::string liveText(const ColumnType& type, std::string_view text)
{
    const std::string value(text);
    switch (type.type) {
    case query::JSON:
        return normalisedJson(value, JsonKeyOrder::Bytes).value_or(value);
    case query::FLOAT32:
        return liveFloatText(std::strtof(value.c_str(), nullptr));
    case query::FLOAT64:
        return liveDoubleText(std::strtod(value.c_str(), nullptr));
    default:
        break;
    }
    if (!type.isZerofill())
        return value;
    const size_t first = value.find_first_not_of('0');
    return first == std::string::npos ? "0" : value.substr(first);
}

} // namespace localbranch
