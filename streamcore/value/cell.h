// One value of one row: its bytes exactly as sent, its exact text for files, and its text for the eye.
// A Cell is a view: it lives as long as the ChangeView (and so the capture snapshot) it came from. Any thread.
#pragma once

#include <QString>

#include <cstdint>
#include <string>
#include <string_view>

#include "streamcore/value/column.h"

namespace vtscope {

struct Cell
{
    enum class State : std::uint8_t {
        Absent,  // this image has no such column, or there is no such image
        NotSent, // the server left it out (partial row image); says nothing about the stored value
        Null,
        Value,
    };

    const Column* column = nullptr; // null only when Absent
    std::string_view bytes;
    State state = State::Absent;
    bool isPartialJson = false; // bytes hold JSON_REPLACE(%s, …) and its like, not a document

    bool hasValue() const { return state == State::Value; }
    bool operator==(const Cell& other) const { return state == other.state && bytes == other.bytes; }
};

// What became of the bytes on their way to exact text.
enum class Exactness : std::uint8_t {
    Text, // readable text, converted to UTF-8 where the column's charset is another
    Hex,  // a binary type, as hex digits without prefix
    Raw,  // a text type whose bytes are not valid in its charset: as hex digits, and worth telling
};

// Appends the value as UTF-8 for CSV, NDJSON and the clipboard: the server's own text; ENUM and SET as labels (numbers
// mapped where an old server sent numbers); hex for binary types. The cell must have a value. Allocates nothing but
// out's growth.
Exactness appendExact(const Cell& cell, std::string& out);

// The value for a person, at most `limit` characters of it.
struct EyeText
{
    QString text;
    std::uint64_t size = 0; // bytes as sent
    bool isTruncated = false;
    bool isAscii = false; // printable ASCII only: can be cut by count and painted unshaped
    bool isHex = false;   // first bytes as "25 50 44 46": a binary value, or text that is not valid in its charset
};

// The cell must have a value. BIT is a number, VECTOR a list of floats, GEOMETRY hex; numeric ENUM and SET become
// labels.
EyeText eyeText(const Cell& cell, int limit = 256);

// True when the bytes are valid UTF-8 (no surrogates, nothing above U+10FFFF, no overlong forms).
bool isUtf8(std::string_view bytes);

void appendHex(std::string_view bytes, std::string& out);

} // namespace vtscope
