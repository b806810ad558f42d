#include "streamcore/value/cell.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

namespace vtscope {

namespace {

void appendUtf8(char32_t c, std::string& out)
{
    const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

std::uint32_t byteAt(std::string_view bytes, std::size_t i)
{
    return static_cast<unsigned char>(bytes[i]);
}

// MySQL's latin1 is Windows-1252, with the five unassigned places as C1 controls.
constexpr std::array<char16_t, 32> kWindows1252{0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
                                                0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

void appendLatin1(std::string_view bytes, std::string& out)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::uint32_t c = byteAt(bytes, i);
        appendUtf8(c >= 0x80 && c < 0xA0 ? kWindows1252[c - 0x80] : static_cast<char32_t>(c), out);
    }
}

// False, with out as it was, when the bytes are not well-formed.
bool appendUtf16(std::string_view bytes, bool bigEndian, std::string& out)
{
    const std::size_t start = out.size();
    const auto unit = [&](std::size_t i) {
        return bigEndian ? byteAt(bytes, i) << 8 | byteAt(bytes, i + 1) : byteAt(bytes, i + 1) << 8 | byteAt(bytes, i);
    };
    std::size_t i = 0;
    while (i + 1 < bytes.size()) {
        const std::uint32_t first = unit(i);
        if (first < 0xD800 || first > 0xDFFF) {
            appendUtf8(first, out);
            i += 2;
        } else if (first < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF) {
            appendUtf8(0x10000 + ((first - 0xD800) << 10) + (unit(i + 2) - 0xDC00), out);
            i += 4;
        } else {
            break;
        }
    }
    if (i == bytes.size())
        return true;
    out.resize(start);
    return false;
}

bool appendUtf32(std::string_view bytes, std::string& out)
{
    const std::size_t start = out.size();
    std::size_t i = 0;
    for (; i + 3 < bytes.size(); i += 4) {
        const char32_t c =
            byteAt(bytes, i) << 24 | byteAt(bytes, i + 1) << 16 | byteAt(bytes, i + 2) << 8 | byteAt(bytes, i + 3);
        if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            break;
        appendUtf8(c, out);
    }
    if (i == bytes.size())
        return true;
    out.resize(start);
    return false;
}

// The label of an ENUM index or the labels of a SET bit mask; nothing when the bytes are no such number.
std::optional<std::string> labelsOf(const Column& column, std::string_view bytes)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    if (error != std::errc{} || end != bytes.data() + bytes.size())
        return std::nullopt;
    if (column.kind == ValueKind::Enum) {
        if (number == 0)
            return std::string();
        if (number > column.members.size())
            return std::nullopt;
        return column.members[number - 1];
    }
    std::string labels;
    for (; number != 0; number &= number - 1) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(number));
        if (bit >= column.members.size())
            return std::nullopt;
        if (!labels.empty())
            labels += ',';
        labels += column.members[bit];
    }
    return labels;
}

bool appendText(const Column& column, std::string_view bytes, std::string& out)
{
    switch (column.charset) {
    case Charset::Latin1:
        appendLatin1(bytes, out);
        return true;
    case Charset::Utf16:
    case Charset::Utf16le:
        return appendUtf16(bytes, column.charset == Charset::Utf16, out);
    case Charset::Utf32:
        return appendUtf32(bytes, out);
    case Charset::Utf8:
    case Charset::Binary:
        break;
    }
    if (!isUtf8(bytes))
        return false;
    out += bytes;
    return true;
}

QString spacedHex(std::string_view bytes, int limit)
{
    constexpr auto kDigits = std::string_view("0123456789abcdef");
    QString text;
    const std::size_t count = std::min(bytes.size(), static_cast<std::size_t>(limit) / 3);
    text.reserve(static_cast<qsizetype>(count) * 3);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0)
            text += u' ';
        text += QLatin1Char(kDigits[byteAt(bytes, i) >> 4]);
        text += QLatin1Char(kDigits[byteAt(bytes, i) & 15]);
    }
    return text;
}

QString bitText(std::string_view bytes)
{
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        number = number << 8 | byteAt(bytes, i);
    return QString::number(number);
}

QString vectorText(std::string_view bytes, int limit)
{
    QString text = QStringLiteral("[");
    for (std::size_t i = 0; i + 3 < bytes.size() && text.size() < limit; i += 4) {
        const std::uint32_t raw =
            byteAt(bytes, i) | byteAt(bytes, i + 1) << 8 | byteAt(bytes, i + 2) << 16 | byteAt(bytes, i + 3) << 24;
        if (i > 0)
            text += QStringLiteral(", ");
        text += QString::number(static_cast<double>(std::bit_cast<float>(raw)), 'g', 9);
    }
    return text + u']';
}

} // namespace

bool isUtf8(std::string_view bytes)
{
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end) {
        while (end - at >= 8) {
            std::uint64_t eight;
            std::memcpy(&eight, at, 8);
            if (eight & 0x8080808080808080u)
                break;
            at += 8;
        }
        if (at == end)
            break;
        const auto lead = static_cast<unsigned char>(*at++);
        if (lead < 0x80)
            continue;
        int follow = 0;
        std::uint32_t c = 0;
        if (lead >= 0xC2 && lead <= 0xDF) {
            follow = 1;
            c = lead & 0x1Fu;
        } else if (lead >= 0xE0 && lead <= 0xEF) {
            follow = 2;
            c = lead & 0x0Fu;
        } else if (lead >= 0xF0 && lead <= 0xF4) {
            follow = 3;
            c = lead & 0x07u;
        } else {
            return false;
        }
        if (end - at < follow)
            return false;
        for (int i = 0; i < follow; ++i) {
            const auto next = static_cast<unsigned char>(*at++);
            if ((next & 0xC0) != 0x80)
                return false;
            c = c << 6 | (next & 0x3Fu);
        }
        if ((follow == 2 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) ||
            (follow == 3 && (c < 0x10000 || c > 0x10FFFF)))
            return false;
    }
    return true;
}

void appendHex(std::string_view bytes, std::string& out)
{
    constexpr auto kDigits = std::string_view("0123456789abcdef");
    const std::size_t start = out.size();
    out.resize(start + bytes.size() * 2);
    char* to = out.data() + start;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        *to++ = kDigits[byteAt(bytes, i) >> 4];
        *to++ = kDigits[byteAt(bytes, i) & 15];
    }
}

Exactness appendExact(const Cell& cell, std::string& out)
{
    const Column& column = *cell.column;
    if (column.isBytes()) {
        appendHex(cell.bytes, out);
        return Exactness::Hex;
    }
    if (column.hasNumericMembers) {
        if (const auto labels = labelsOf(column, cell.bytes)) {
            out += *labels;
            return Exactness::Text;
        }
    }
    if (appendText(column, cell.bytes, out))
        return Exactness::Text;
    appendHex(cell.bytes, out);
    return column.kind == ValueKind::Unknown ? Exactness::Hex : Exactness::Raw;
}

EyeText eyeText(const Cell& cell, int limit)
{
    const Column& column = *cell.column;
    EyeText eye;
    eye.size = cell.bytes.size();

    if (column.kind == ValueKind::Bit && cell.bytes.size() <= 8) {
        eye.text = bitText(cell.bytes);
        eye.isAscii = true;
        return eye;
    }
    if (column.kind == ValueKind::Vector && cell.bytes.size() % 4 == 0) {
        eye.text = vectorText(cell.bytes, limit);
        eye.isTruncated = eye.text.size() > limit;
        eye.isAscii = true;
        return eye;
    }
    if (column.isBytes()) {
        eye.text = spacedHex(cell.bytes, limit);
        eye.isHex = eye.isAscii = true;
        eye.isTruncated = static_cast<std::size_t>(eye.text.size() + 1) / 3 < cell.bytes.size();
        return eye;
    }

    // Six bytes hold any character, so this cut never hides one of the first `limit`; the cut may split a sequence,
    // which is dropped.
    std::string_view head = cell.bytes.substr(0, static_cast<std::size_t>(limit) * 6 & ~std::size_t{3});
    const bool isCut = head.size() < cell.bytes.size();
    std::string utf8;
    const auto labels = column.hasNumericMembers ? labelsOf(column, cell.bytes) : std::nullopt;
    bool isText = labels.has_value();
    if (labels) {
        utf8 = *labels;
    } else if (column.charset == Charset::Utf8 || column.charset == Charset::Binary) {
        if (isCut) {
            std::size_t back = 0;
            while (back < 3 && !head.empty() && (byteAt(head, head.size() - 1) & 0xC0) == 0x80) {
                head.remove_suffix(1);
                ++back;
            }
            if (!head.empty() && byteAt(head, head.size() - 1) >= 0xC0)
                head.remove_suffix(1);
        }
        isText = isUtf8(head);
        if (isText)
            utf8.assign(head);
    } else {
        isText = appendText(column, head, utf8);
        if (!isText && isCut && head.size() >= 2)
            isText = appendText(column, head.substr(0, head.size() - 2), utf8);
    }
    if (!isText) {
        eye.text = spacedHex(cell.bytes, limit);
        eye.isHex = eye.isAscii = true;
        eye.isTruncated = static_cast<std::size_t>(eye.text.size() + 1) / 3 < cell.bytes.size();
        return eye;
    }
    eye.isAscii = std::all_of(utf8.begin(), utf8.end(), [](char c) { return c >= ' ' && c <= '~'; });
    eye.text = QString::fromUtf8(utf8);
    eye.isTruncated = isCut;
    if (eye.text.size() > limit) {
        eye.text.truncate(eye.text.at(limit - 1).isHighSurrogate() ? limit - 1 : limit);
        eye.isTruncated = true;
    }
    return eye;
}

} // namespace vtscope
