// What a column is: its name, its MySQL type, and how its bytes are to be read. Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vtscope {

// How the bytes of a value are meant. Decided from column_type first, then charset, then the wire type (text columns
// with a
// `_bin` collation arrive as VARBINARY).
enum class ValueKind : std::uint8_t {
    Integer,
    Decimal,
    Float,
    Text,
    Binary,
    Bit,
    Enum,
    Set,
    Json,
    Date,
    Time,
    DateTime,
    Timestamp,
    Year,
    Geometry,
    Vector,
    Unknown, // a type code this version does not know: shown as text where it is text, else as bytes
};

// How text bytes turn into characters.
enum class Charset : std::uint8_t { Utf8, Latin1, Utf16, Utf16le, Utf32, Binary };

struct Column
{
    std::string name;
    std::string columnType;      // full type text such as "bigint unsigned"; empty where the server does not tell
    std::int32_t type = 0;       // query.Type number, kept also when unknown
    std::uint32_t collation = 0; // MySQL collation id
    std::uint32_t flags = 0;     // MySQL column flags
    std::uint32_t length = 0;
    ValueKind kind = ValueKind::Unknown;
    Charset charset = Charset::Utf8;
    bool isKey = false;
    bool hasNumericMembers = false;   // ENUM or SET sent as index or bit mask (servers before Vitess 20)
    std::vector<std::string> members; // of ENUM and SET, in order; UTF-8 as in column_type

    bool isNumber() const
    {
        return kind == ValueKind::Integer || kind == ValueKind::Decimal || kind == ValueKind::Float ||
               kind == ValueKind::Year;
    }
    bool isBytes() const
    {
        return kind == ValueKind::Binary || kind == ValueKind::Bit || kind == ValueKind::Geometry ||
               kind == ValueKind::Vector;
    }
    // A BLOB or TEXT of any size: what binlog_row_image=NOBLOB leaves out.
    bool isLong() const;
    // What a person calls the type: column_type where known, else the name of the wire type ("bigint unsigned",
    // "VARCHAR", "type 4711").
    std::string typeName() const;
};

// Derives kind, charset, members and isKey from the wire facts already set (type, collation, flags, columnType).
void interpretColumn(Column& column);

// Splits `enum('a','b''c')` or `set(…)` into its members; empty for anything else. Quotes are doubled inside, backslash
// is literal.
std::vector<std::string> membersOf(std::string_view columnType);

// The columns of one image, in wire order.
struct Schema
{
    std::vector<Column> columns;

    // Position of the column of that name, or -1.
    int indexOf(std::string_view name) const;
};

// Where a row came from and how its images are laid out. One per table, shard and field list; numbered within a
// capture.
struct Layout
{
    std::string keyspace;
    std::string shard;
    std::string table;                    // bare name
    std::shared_ptr<const Schema> before; // null: no fields were ever sent for it
    std::shared_ptr<const Schema> after;
    std::vector<int> beforeOfAfter; // for each after column the before column of that name, or -1; empty: same schema
};

} // namespace vtscope
