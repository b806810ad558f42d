#include "streamcore/value/column.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace vtscope {

namespace {

constexpr std::uint32_t kBinaryCollation = 63;
constexpr std::uint32_t kPrimaryKeyFlag = 2;

struct TypeFact
{
    std::int32_t type;
    ValueKind kind;
    const char* name;
};

constexpr std::array kTypes{
    TypeFact{0, ValueKind::Text, "NULL"},
    TypeFact{257, ValueKind::Integer, "TINYINT"},
    TypeFact{770, ValueKind::Integer, "TINYINT UNSIGNED"},
    TypeFact{259, ValueKind::Integer, "SMALLINT"},
    TypeFact{772, ValueKind::Integer, "SMALLINT UNSIGNED"},
    TypeFact{261, ValueKind::Integer, "MEDIUMINT"},
    TypeFact{774, ValueKind::Integer, "MEDIUMINT UNSIGNED"},
    TypeFact{263, ValueKind::Integer, "INT"},
    TypeFact{776, ValueKind::Integer, "INT UNSIGNED"},
    TypeFact{265, ValueKind::Integer, "BIGINT"},
    TypeFact{778, ValueKind::Integer, "BIGINT UNSIGNED"},
    TypeFact{1035, ValueKind::Float, "FLOAT"},
    TypeFact{1036, ValueKind::Float, "DOUBLE"},
    TypeFact{2061, ValueKind::Timestamp, "TIMESTAMP"},
    TypeFact{2062, ValueKind::Date, "DATE"},
    TypeFact{2063, ValueKind::Time, "TIME"},
    TypeFact{2064, ValueKind::DateTime, "DATETIME"},
    TypeFact{785, ValueKind::Year, "YEAR"},
    TypeFact{18, ValueKind::Decimal, "DECIMAL"},
    TypeFact{6163, ValueKind::Text, "TEXT"},
    TypeFact{10260, ValueKind::Binary, "BLOB"},
    TypeFact{6165, ValueKind::Text, "VARCHAR"},
    TypeFact{10262, ValueKind::Binary, "VARBINARY"},
    TypeFact{6167, ValueKind::Text, "CHAR"},
    TypeFact{10264, ValueKind::Binary, "BINARY"},
    TypeFact{2073, ValueKind::Bit, "BIT"},
    TypeFact{2074, ValueKind::Enum, "ENUM"},
    TypeFact{2075, ValueKind::Set, "SET"},
    TypeFact{2077, ValueKind::Geometry, "GEOMETRY"},
    TypeFact{2078, ValueKind::Json, "JSON"},
    TypeFact{2083, ValueKind::Vector, "VECTOR"},
};

const TypeFact* factOf(std::int32_t type)
{
    const auto found =
        std::find_if(kTypes.begin(), kTypes.end(), [type](const TypeFact& fact) { return fact.type == type; });
    return found == kTypes.end() ? nullptr : &*found;
}

// MySQL's collation ids of the character sets whose bytes are not UTF-8.
Charset charsetOf(std::uint32_t collation)
{
    const auto in = [collation](std::uint32_t first, std::uint32_t last) {
        return collation >= first && collation <= last;
    };
    if (collation == kBinaryCollation)
        return Charset::Binary;
    if (collation == 5 || collation == 8 || collation == 15 || collation == 31 || in(47, 49) || collation == 94)
        return Charset::Latin1;
    if (collation == 35 || in(54, 55) || collation == 90 || in(101, 124) || in(128, 151))
        return Charset::Utf16;
    if (collation == 56 || collation == 62)
        return Charset::Utf16le;
    if (in(60, 61) || in(160, 183))
        return Charset::Utf32;
    return Charset::Utf8;
}

bool startsWith(std::string_view text, std::string_view lowerPrefix)
{
    return text.size() >= lowerPrefix.size() &&
           std::equal(lowerPrefix.begin(), lowerPrefix.end(), text.begin(),
                      [](char wanted, char is) { return wanted == std::tolower(static_cast<unsigned char>(is)); });
}

bool startsWithAny(std::string_view text, std::initializer_list<std::string_view> prefixes)
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [text](std::string_view prefix) { return startsWith(text, prefix); });
}

ValueKind kindOf(const Column& column)
{
    const std::string_view declared = column.columnType;
    if (startsWithAny(declared, {"char", "varchar", "text", "tinytext", "mediumtext", "longtext"}))
        return ValueKind::Text;
    if (startsWithAny(declared, {"binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob"}))
        return ValueKind::Binary;
    if (startsWith(declared, "enum("))
        return ValueKind::Enum;
    if (startsWith(declared, "set("))
        return ValueKind::Set;

    const TypeFact* fact = factOf(column.type);
    if (!fact)
        return ValueKind::Unknown;
    if (fact->kind == ValueKind::Binary && column.collation != 0 && column.collation != kBinaryCollation)
        return ValueKind::Text;
    return fact->kind;
}

} // namespace

bool Column::isLong() const
{
    constexpr std::int32_t kText = 6163, kBlob = 10260;
    return type == kText || type == kBlob;
}

std::string Column::typeName() const
{
    if (!columnType.empty())
        return columnType;
    const TypeFact* fact = factOf(type);
    return fact ? fact->name : "type " + std::to_string(type);
}

void interpretColumn(Column& column)
{
    column.kind = kindOf(column);
    column.isKey = (column.flags & kPrimaryKeyFlag) != 0;
    if (column.kind == ValueKind::Enum || column.kind == ValueKind::Set)
        column.members = membersOf(column.columnType);
    if (column.kind == ValueKind::Text || column.kind == ValueKind::Enum || column.kind == ValueKind::Set) {
        column.charset = charsetOf(column.collation);
        if (column.charset == Charset::Binary)
            column.charset = Charset::Utf8; // constants and some SHOW columns carry 63 although they are text
    } else if (column.isBytes()) {
        column.charset = Charset::Binary;
    }
}

std::vector<std::string> membersOf(std::string_view columnType)
{
    std::vector<std::string> members;
    if (!startsWith(columnType, "enum(") && !startsWith(columnType, "set("))
        return members;
    std::size_t at = columnType.find('(') + 1;
    while (at < columnType.size() && columnType[at] == '\'') {
        std::string member;
        for (++at; at < columnType.size(); ++at) {
            if (columnType[at] != '\'') {
                member += columnType[at];
            } else if (at + 1 < columnType.size() && columnType[at + 1] == '\'') {
                member += '\'';
                ++at;
            } else {
                break;
            }
        }
        members.push_back(std::move(member));
        ++at;
        if (at < columnType.size() && columnType[at] == ',')
            ++at;
    }
    return members;
}

int Schema::indexOf(std::string_view name) const
{
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].name == name)
            return static_cast<int>(i);
    }
    return -1;
}

} // namespace vtscope
