#include "tests/fuzz/strictreaders.h"

#include <algorithm>

#include "streamcore/value/cell.h"
#include "tests/fuzz/require.h"

namespace vtscope::test {

namespace {

class JsonReader
{
public:
    explicit JsonReader(std::string_view text) : m_text(text) {}

    std::optional<Json> read()
    {
        Json json;
        if (!readValue(json) || !m_text.empty())
            return {};
        return json;
    }

private:
    bool take(std::string_view word)
    {
        const bool isThere = m_text.starts_with(word);
        if (isThere)
            m_text.remove_prefix(word.size());
        return isThere;
    }

    bool readValue(Json& json)
    {
        if (take("null"))
            return true;
        if (take("true") || take("false")) {
            json.kind = Json::Kind::Boolean;
            return true;
        }
        if (m_text.starts_with('"')) {
            json.kind = Json::Kind::String;
            return readString(json.text);
        }
        if (take("["))
            return readParts(json, Json::Kind::Array, "]");
        if (take("{"))
            return readParts(json, Json::Kind::Object, "}");
        return readNumber(json);
    }

    bool readParts(Json& json, Json::Kind kind, std::string_view end)
    {
        json.kind = kind;
        if (take(end))
            return true;
        do {
            if (kind == Json::Kind::Object && !(readString(json.names.emplace_back()) && take(":")))
                return false;
            if (!readValue(json.parts.emplace_back()))
                return false;
        } while (take(","));
        return take(end);
    }

    bool readDigits(std::string& out)
    {
        const std::size_t count = std::min(m_text.find_first_not_of("0123456789"), m_text.size());
        out += m_text.substr(0, count);
        m_text.remove_prefix(count);
        return count > 0;
    }

    bool readNumber(Json& json)
    {
        json.kind = Json::Kind::Number;
        json.text = take("-") ? "-" : "";
        const bool isZero = m_text.starts_with('0');
        const std::size_t before = m_text.size();
        if (!readDigits(json.text) || (isZero && before - m_text.size() > 1))
            return false;
        if (take(".") && !readDigits(json.text += '.'))
            return false;
        if (!m_text.starts_with('e') && !m_text.starts_with('E'))
            return true;
        json.text += m_text.front();
        m_text.remove_prefix(1);
        if (m_text.starts_with('+') || m_text.starts_with('-')) {
            json.text += m_text.front();
            m_text.remove_prefix(1);
        }
        return readDigits(json.text);
    }

    bool readString(std::string& out)
    {
        if (!take("\""))
            return false;
        while (!take("\"")) {
            if (m_text.empty())
                return false;
            const char c = m_text.front();
            m_text.remove_prefix(1);
            if (static_cast<unsigned char>(c) < 0x20)
                return false;
            if (c != '\\') {
                out += c;
                continue;
            }
            constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
            const std::size_t which = m_text.empty() ? std::string_view::npos : kEscapes.find(m_text.front());
            if (which != std::string_view::npos) {
                out += kMeant[which];
                m_text.remove_prefix(1);
            } else if (!readUnicode(out)) {
                return false;
            }
        }
        return isUtf8(out);
    }

    // What vtscope escapes so is below U+0080.
    bool readUnicode(std::string& out)
    {
        if (m_text.size() < 5 || !take("u00"))
            return false;
        int code = 0;
        for (int i = 0; i < 2; ++i) {
            const std::size_t digit = std::string_view("0123456789abcdef").find(m_text.front());
            if (digit == std::string_view::npos)
                return false;
            code = code * 16 + static_cast<int>(digit);
            m_text.remove_prefix(1);
        }
        out += static_cast<char>(code);
        return code < 0x80;
    }

    std::string_view m_text;
};

} // namespace

std::optional<std::vector<std::vector<CsvField>>> readCsv(std::string_view text)
{
    std::vector<std::vector<CsvField>> lines;
    while (!text.empty()) {
        lines.emplace_back();
        for (bool isLast = false; !isLast;) {
            CsvField field;
            if (text.starts_with('"')) {
                field.isQuoted = true;
                do {
                    text.remove_prefix(1);
                    const std::size_t end = text.find('"');
                    if (end == std::string_view::npos)
                        return {};
                    field.text += text.substr(0, end);
                    text.remove_prefix(end + 1);
                    if (text.starts_with('"'))
                        field.text += '"';
                } while (text.starts_with('"'));
            } else {
                const std::size_t end = std::min(text.find_first_of("\",\r\n"), text.size());
                field.text = text.substr(0, end);
                text.remove_prefix(end);
            }
            lines.back().push_back(std::move(field));
            isLast = text.starts_with("\r\n");
            if (!isLast && !text.starts_with(','))
                return {};
            text.remove_prefix(isLast ? 2 : 1);
        }
    }
    return lines;
}

const Json& Json::at(std::string_view name) const
{
    const auto found = std::find(names.begin(), names.end(), name);
    require(found != names.end(), "an object of the NDJSON has all its members");
    return parts[static_cast<std::size_t>(found - names.begin())];
}

std::optional<std::vector<Json>> readNdjson(std::string_view text)
{
    std::vector<Json> objects;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos)
            return {};
        auto object = JsonReader(text.substr(0, end)).read();
        if (!object || object->kind != Json::Kind::Object)
            return {};
        objects.push_back(std::move(*object));
        text.remove_prefix(end + 1);
    }
    return objects;
}

} // namespace vtscope::test
