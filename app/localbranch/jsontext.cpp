#include "app/localbranch/jsontext.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "app/localbranch/floattext.h"

namespace localbranch {

namespace {

constexpr int kDeepest = 100;

/// Reads a document and writes it again on the way: values are returned as finished text.
class JsonReader
{
public:
    JsonReader(std::string_view text, JsonKeyOrder order) : m_text(text), m_order(order) {}

    std::optional<std::string> document()
    {
        auto result = value(0);
        skipBlanks();
        if (!result || m_at != m_text.size())
            return std::nullopt;
        return result;
    }

private:
    void skipBlanks()
    {
        while (m_at < m_text.size() &&
               (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t' || m_text[m_at] == '\r'))
            ++m_at;
    }

    bool take(char c)
    {
        skipBlanks();
        if (m_at >= m_text.size() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }

    std::optional<std::string> value(int depth)
    {
        if (depth > kDeepest)
            return std::nullopt;
        skipBlanks();
        if (m_at >= m_text.size())
            return std::nullopt;
        switch (m_text[m_at]) {
        case '{':
            return object(depth);
        case '[':
            return array(depth);
        case '"':
            return string();
        default:
            break;
        }
        for (const std::string_view word : {"true", "false", "null"}) {
            if (m_text.substr(m_at, word.size()) == word) {
                m_at += word.size();
                return std::string(word);
            }
        }
        return number();
    }

    std::optional<std::string> object(int depth)
    {
        ++m_at;
        std::vector<std::pair<std::string, std::string>> members;
        if (!take('}')) {
            do {
                skipBlanks();
                if (m_at >= m_text.size() || m_text[m_at] != '"')
                    return std::nullopt;
                auto key = string();
                if (!key || !take(':'))
                    return std::nullopt;
                auto member = value(depth + 1);
                if (!member)
                    return std::nullopt;
                members.emplace_back(std::move(*key), std::move(*member));
            } while (take(','));
            if (!take('}'))
                return std::nullopt;
        }
        const bool byLength = m_order == JsonKeyOrder::LengthThenBytes;
        std::stable_sort(members.begin(), members.end(), [byLength](const auto& left, const auto& right) {
            if (byLength && left.first.size() != right.first.size())
                return left.first.size() < right.first.size();
            return left.first < right.first;
        });
        std::string text = "{";
        for (size_t i = 0; i < members.size(); ++i) {
            // Of equal keys the last one wins.
            if (i + 1 < members.size() && members[i + 1].first == members[i].first)
                continue;
            if (text.size() > 1)
                text += ", ";
            text += members[i].first + ": " + members[i].second;
        }
        return text + "}";
    }

    std::optional<std::string> array(int depth)
    {
        ++m_at;
        std::string text = "[";
        if (take(']'))
            return text + "]";
        do {
            auto item = value(depth + 1);
            if (!item)
                return std::nullopt;
            if (text.size() > 1)
                text += ", ";
            text += *item;
        } while (take(','));
        if (!take(']'))
            return std::nullopt;
        return text + "]";
    }

    std::optional<unsigned> hexUnit()
    {
        if (m_at + 4 > m_text.size())
            return std::nullopt;
        unsigned unit = 0;
        for (int i = 0; i < 4; ++i) {
            const char c = m_text[m_at++];
            unit <<= 4U;
            if (c >= '0' && c <= '9')
                unit |= static_cast<unsigned>(c - '0');
            else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
                unit |= static_cast<unsigned>((c | 0x20) - 'a' + 10);
            else
                return std::nullopt;
        }
        return unit;
    }

    static void appendUtf8(std::string& text, unsigned point)
    {
        if (point < 0x80) {
            appendEscaped(text, static_cast<char>(point));
        } else if (point < 0x800) {
            text += static_cast<char>(0xC0U | (point >> 6U));
            text += static_cast<char>(0x80U | (point & 0x3FU));
        } else if (point < 0x10000) {
            text += static_cast<char>(0xE0U | (point >> 12U));
            text += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
            text += static_cast<char>(0x80U | (point & 0x3FU));
        } else {
            text += static_cast<char>(0xF0U | (point >> 18U));
            text += static_cast<char>(0x80U | ((point >> 12U) & 0x3FU));
            text += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
            text += static_cast<char>(0x80U | (point & 0x3FU));
        }
    }

    static void appendEscaped(std::string& text, char c)
    {
        static constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
        static constexpr std::string_view kLetter = "\"\\bfnrt";
        const size_t at = kPlain.find(c);
        if (at != std::string_view::npos) {
            text += '\\';
            text += kLetter[at];
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            text += escape.data();
        } else {
            text += c;
        }
    }

    std::optional<std::string> string()
    {
        ++m_at;
        std::string text = "\"";
        while (m_at < m_text.size()) {
            const char c = m_text[m_at++];
            if (c == '"')
                return text + '"';
            if (static_cast<unsigned char>(c) < 0x20)
                return std::nullopt;
            if (c != '\\') {
                text += c;
                continue;
            }
            if (m_at >= m_text.size())
                return std::nullopt;
            const char escape = m_text[m_at++];
            static constexpr std::string_view kLetter = "\"\\/bfnrt";
            static constexpr std::string_view kPlain = "\"\\/\b\f\n\r\t";
            if (const size_t at = kLetter.find(escape); at != std::string_view::npos) {
                appendEscaped(text, kPlain[at]);
                continue;
            }
            if (escape != 'u')
                return std::nullopt;
            auto point = hexUnit();
            if (!point)
                return std::nullopt;
            if (*point >= 0xD800 && *point < 0xDC00) {
                if (m_text.substr(m_at, 2) != "\\u")
                    return std::nullopt;
                m_at += 2;
                const auto low = hexUnit();
                if (!low || *low < 0xDC00 || *low > 0xDFFF)
                    return std::nullopt;
                point = 0x10000 + ((*point - 0xD800) << 10U) + (*low - 0xDC00);
            } else if (*point >= 0xDC00 && *point < 0xE000) {
                return std::nullopt;
            }
            appendUtf8(text, *point);
        }
        return std::nullopt;
    }

    std::optional<std::string> number()
    {
        const size_t start = m_at;
        if (m_at < m_text.size() && m_text[m_at] == '-')
            ++m_at;
        const size_t digits = m_at;
        while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9')
            ++m_at;
        if (m_at == digits || (m_text[digits] == '0' && m_at - digits > 1))
            return std::nullopt;
        bool isReal = false;
        if (m_at < m_text.size() && m_text[m_at] == '.') {
            isReal = true;
            const size_t point = ++m_at;
            while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9')
                ++m_at;
            if (m_at == point)
                return std::nullopt;
        }
        if (m_at < m_text.size() && (m_text[m_at] == 'e' || m_text[m_at] == 'E')) {
            isReal = true;
            ++m_at;
            if (m_at < m_text.size() && (m_text[m_at] == '+' || m_text[m_at] == '-'))
                ++m_at;
            const size_t exponent = m_at;
            while (m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9')
                ++m_at;
            if (m_at == exponent)
                return std::nullopt;
        }
        std::string text(m_text.substr(start, m_at - start));
        if (!isReal && text.size() <= 19)
            return text == "-0" ? "0" : text;
        if (!isReal && text.front() != '-' &&
            (text.size() < 20 || (text.size() == 20 && text <= "18446744073709551615")))
            return text;
        if (!isReal && text.front() == '-' && text.size() == 20 && text <= "-9223372036854775808")
            return text;
        const double real = std::strtod(text.c_str(), nullptr);
        text = doubleText(real);
        if (text.find_first_of(".e") == std::string::npos)
            text += ".0";
        return text;
    }

    std::string_view m_text;
    JsonKeyOrder m_order;
    size_t m_at = 0;
};

} // namespace

std::optional<std::string> normalisedJson(std::string_view text, JsonKeyOrder order)
{
    return JsonReader(text, order).document();
}

} // namespace localbranch
