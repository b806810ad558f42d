#include "streamcore/value/jsonpath.h"

#include <algorithm>
#include <charconv>

namespace vtscope {

namespace {

bool isNameByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

class Cursor
{
public:
    explicit Cursor(std::string_view text) : m_text(text) {}

    bool isAtEnd() const { return m_at >= m_text.size(); }
    char peek() const { return isAtEnd() ? '\0' : m_text[m_at]; }
    std::size_t at() const { return m_at; }
    std::string_view since(std::size_t from) const { return m_text.substr(from, m_at - from); }

    void skipSpace()
    {
        while (!isAtEnd() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
            ++m_at;
    }

    bool take(char c)
    {
        if (peek() != c || isAtEnd())
            return false;
        ++m_at;
        return true;
    }

    // From the quote on; false when it does not end.
    bool skipString()
    {
        if (!take('"'))
            return false;
        while (!isAtEnd()) {
            const char c = m_text[m_at++];
            if (c == '"')
                return true;
            if (c == '\\')
                ++m_at;
        }
        return false;
    }

    // Any value, whatever is nested in it.
    bool skipValue()
    {
        std::size_t depth = 0;
        do {
            skipSpace();
            const char c = peek();
            if (c == '"') {
                if (!skipString())
                    return false;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++m_at;
            } else if (c == '}' || c == ']') {
                if (depth == 0)
                    return false;
                --depth;
                ++m_at;
            } else if (c == ',' || c == ':') {
                if (depth == 0)
                    return false;
                ++m_at;
            } else if (!skipWord()) {
                return false;
            }
        } while (depth > 0);
        return true;
    }

private:
    // A number, true, false or null.
    bool skipWord()
    {
        const std::size_t from = m_at;
        while (!isAtEnd() && (isNameByte(peek()) || peek() == '-' || peek() == '+' || peek() == '.'))
            ++m_at;
        return m_at > from;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

void appendUtf8(std::uint32_t code, std::string& out)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

std::uint32_t hexOf(std::string_view text, std::size_t at)
{
    std::uint32_t code = 0xFFFD;
    if (at + 4 <= text.size())
        std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
    return code;
}

// What stands between the quotes.
void appendUnescaped(std::string_view text, std::string& out)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        switch (const char c = text[++i]) {
        case 'b':
            out += '\b';
            break;
        case 'f':
            out += '\f';
            break;
        case 'n':
            out += '\n';
            break;
        case 'r':
            out += '\r';
            break;
        case 't':
            out += '\t';
            break;
        case 'u': {
            std::uint32_t code = hexOf(text, i + 1);
            i += 4;
            const bool isHigh = code >= 0xD800 && code < 0xDC00;
            if (isHigh && text.substr(std::min(text.size(), i + 1), 2) == "\\u") {
                code = 0x10000 + ((code - 0xD800) << 10) + (hexOf(text, i + 3) - 0xDC00);
                i += 6;
            }
            const bool isCharacter = code < 0xD800 || (code >= 0xE000 && code <= 0x10FFFF);
            appendUtf8(isCharacter ? code : 0xFFFD, out);
            break;
        }
        default:
            out += c;
            break;
        }
    }
}

bool isMember(std::string_view quoted, const std::string& name)
{
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    if (inside.find('\\') == std::string_view::npos)
        return inside == name;
    std::string text;
    appendUnescaped(inside, text);
    return text == name;
}

bool enterMember(Cursor& cursor, const std::string& name)
{
    if (!cursor.take('{'))
        return false;
    do {
        cursor.skipSpace();
        const std::size_t from = cursor.at();
        if (!cursor.skipString())
            return false;
        const bool isIt = isMember(cursor.since(from), name);
        cursor.skipSpace();
        if (!cursor.take(':'))
            return false;
        cursor.skipSpace();
        if (isIt)
            return true;
        if (!cursor.skipValue())
            return false;
        cursor.skipSpace();
    } while (cursor.take(','));
    return false;
}

bool enterElement(Cursor& cursor, std::uint64_t index)
{
    if (!cursor.take('['))
        return false;
    for (;; --index) {
        cursor.skipSpace();
        if (index == 0)
            return cursor.peek() != ']';
        if (!cursor.skipValue())
            return false;
        cursor.skipSpace();
        if (!cursor.take(','))
            return false;
    }
}

JsonValue::Kind kindOf(std::string_view raw)
{
    if (raw == "null")
        return JsonValue::Kind::Null;
    if (raw == "true" || raw == "false")
        return JsonValue::Kind::Boolean;
    switch (raw.empty() ? '\0' : raw.front()) {
    case '"':
        return JsonValue::Kind::String;
    case '{':
        return JsonValue::Kind::Object;
    case '[':
        return JsonValue::Kind::Array;
    default:
        break;
    }
    const bool isNumber = !raw.empty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'));
    return isNumber ? JsonValue::Kind::Number : JsonValue::Kind::Missing;
}

} // namespace

std::optional<JsonPath> parseJsonPath(std::string_view text)
{
    Cursor cursor(text);
    if (!cursor.take('$'))
        return std::nullopt;
    JsonPath path;
    while (!cursor.isAtEnd()) {
        if (cursor.take('[')) {
            std::uint64_t index = 0;
            const std::string_view rest = text.substr(cursor.at());
            const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
            if (error != std::errc{})
                return std::nullopt;
            for (const char* at = rest.data(); at != end; ++at)
                cursor.take(*at);
            if (!cursor.take(']'))
                return std::nullopt;
            path.push_back({{}, index});
            continue;
        }
        if (!cursor.take('.'))
            return std::nullopt;
        const std::size_t from = cursor.at();
        JsonStep step;
        if (cursor.peek() == '"') {
            if (!cursor.skipString())
                return std::nullopt;
            const std::string_view quoted = cursor.since(from);
            appendUnescaped(quoted.substr(1, quoted.size() - 2), step.member);
        } else {
            while (isNameByte(cursor.peek()))
                cursor.take(cursor.peek());
            step.member = cursor.since(from);
            if (step.member.empty())
                return std::nullopt;
        }
        path.push_back(std::move(step));
    }
    return path;
}

std::string textOf(const JsonPath& path)
{
    std::string text = "$";
    for (const JsonStep& step : path) {
        if (step.index) {
            text += "[" + std::to_string(*step.index) + "]";
            continue;
        }
        bool isPlain = !step.member.empty();
        for (const char c : step.member)
            isPlain &= isNameByte(c);
        text += '.';
        if (isPlain) {
            text += step.member;
            continue;
        }
        text += '"';
        for (const char c : step.member) {
            if (c == '"' || c == '\\')
                text += '\\';
            text += c;
        }
        text += '"';
    }
    return text;
}

JsonValue findInJson(std::string_view document, const JsonPath& path)
{
    Cursor cursor(document);
    cursor.skipSpace();
    for (const JsonStep& step : path) {
        if (!(step.index ? enterElement(cursor, *step.index) : enterMember(cursor, step.member)))
            return {};
    }
    const std::size_t from = cursor.at();
    if (!cursor.skipValue())
        return {};
    JsonValue value;
    value.raw = cursor.since(from);
    value.kind = kindOf(value.raw);
    return value;
}

void appendJsonText(const JsonValue& value, std::string& out)
{
    if (value.kind == JsonValue::Kind::String)
        appendUnescaped(value.raw.substr(1, value.raw.size() - 2), out);
    else
        out += value.raw;
}

} // namespace vtscope
