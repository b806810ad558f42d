// Reads protobuf wire format field by field without parsing messages: the part of decoding that is on the hot path.
// A Scanner is a view over bytes that must outlive it; every length is checked against the end. Any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vtscope {

using Bytes = std::string_view;

enum class WireType : std::uint8_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

class Scanner
{
public:
    explicit Scanner(Bytes message) : m_at(message.data()), m_end(message.data() + message.size()) {}

    // Steps to the next field. False at the end, and when the bytes are broken (see isBroken).
    [[gnu::always_inline]] bool next()
    {
        if (m_at == m_end)
            return false;
        m_start = m_at;
        std::uint64_t tag = 0;
        if (!readVarint(tag) || tag >> 3 == 0 || tag > 0xFFFFFFFFu)
            return breakOff();
        m_field = static_cast<std::uint32_t>(tag >> 3);
        m_type = static_cast<WireType>(tag & 7);
        switch (m_type) {
        case WireType::Varint:
            m_numberAt = m_at;
            return skipVarint(m_at, m_end) || breakOff();
        case WireType::Length: {
            std::uint64_t length = 0;
            m_lengthAt = m_at;
            if (!readVarint(length) || length > static_cast<std::uint64_t>(m_end - m_at))
                return breakOff();
            m_bytes = Bytes(m_at, length);
            m_at += length;
            return true;
        }
        case WireType::Fixed64:
            return skip(8);
        case WireType::Fixed32:
            return skip(4);
        }
        return breakOff();
    }

    std::uint32_t field() const { return m_field; }
    WireType type() const { return m_type; }
    // True when the current field has this number and holds bytes (a message, string, bytes or packed list).
    bool isBytes(std::uint32_t field) const { return m_field == field && m_type == WireType::Length; }
    bool isNumber(std::uint32_t field) const { return m_field == field && m_type == WireType::Varint; }

    Bytes bytes() const { return m_bytes; } // of a Length field
    std::uint64_t number() const            // of a Varint field
    {
        const char* at = m_numberAt;
        std::uint64_t value = 0;
        readVarint(at, m_end, value);
        return value;
    }
    const char* numberStart() const { return m_numberAt; } // where the number of a Varint field begins
    const char* lengthStart() const { return m_lengthAt; } // where the length of a Length field begins
    const char* fieldStart() const { return m_start; }     // where the tag of the current field begins
    const char* end() const { return m_end; }
    bool isBroken() const { return m_isBroken; }

    // Goes on at `at`, the start of a field or end().
    void jump(const char* at) { m_at = at; }

    static std::int64_t unzigzag(std::uint64_t value)
    {
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }

    // Reads one varint at `at`, which moves past it. False when it does not end before `end` or within ten bytes.
    static bool readVarint(const char*& at, const char* end, std::uint64_t& value)
    {
        // Nearly all tags and lengths have one or two bytes.
        if (end - at >= 2) {
            const auto first = static_cast<unsigned char>(at[0]), second = static_cast<unsigned char>(at[1]);
            if (first < 0x80) {
                value = first;
                ++at;
                return true;
            }
            if (second < 0x80) {
                value = (first & 0x7Fu) | static_cast<std::uint64_t>(second) << 7;
                at += 2;
                return true;
            }
        }
        const Varint read = readLongVarint(at, end);
        value = read.value;
        if (!read.after)
            return false;
        at = read.after;
        return true;
    }

    // The same without its value: most numbers are not asked for.
    static bool skipVarint(const char*& at, const char* end)
    {
        if (end - at >= 8) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, at, 8);
            if (const std::uint64_t last = ~bytes & kHighBits; last != 0) {
                at += (std::countr_zero(last) + 1) / 8;
                return true;
            }
            if (end - at >= 9 && static_cast<unsigned char>(at[8]) < 0x80) {
                at += 9;
                return true;
            }
        }
        std::uint64_t value = 0;
        return readVarint(at, end, value);
    }

private:
    static constexpr std::uint64_t kHighBits = 0x8080808080808080u;

    struct Varint
    {
        const char* after; // null: it does not end
        std::uint64_t value;
    };

    // By value in and out, and not inlined: so the walkers keep their scanners in registers.
    [[gnu::noinline]] static Varint readLongVarint(const char* at, const char* end)
    {
        if (end - at >= 9) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, at, 8);
            const std::uint64_t last = ~bytes & kHighBits;
            // The bytes up to the first without its high bit; their groups of seven bits are pushed together pairwise.
            bytes &= last ^ (last - 1);
            bytes = (bytes & 0x007F007F007F007Fu) | (bytes & 0x7F007F007F007F00u) >> 1;
            bytes = (bytes & 0x00003FFF00003FFFu) | (bytes & 0x3FFF00003FFF0000u) >> 2;
            bytes = (bytes & 0x000000000FFFFFFFu) | (bytes & 0x0FFFFFFF00000000u) >> 4;
            if (last != 0)
                return {at + (std::countr_zero(last) + 1) / 8, bytes};
            // Times in nanoseconds have nine.
            if (const auto ninth = static_cast<unsigned char>(at[8]); ninth < 0x80)
                return {at + 9, bytes | static_cast<std::uint64_t>(ninth) << 56};
        }
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 70 && at != end; shift += 7) {
            const auto byte = static_cast<unsigned char>(*at++);
            value |= static_cast<std::uint64_t>(byte & 0x7Fu) << shift;
            if (byte < 0x80)
                return {at, value};
        }
        return {nullptr, 0};
    }

    bool readVarint(std::uint64_t& value) { return readVarint(m_at, m_end, value); }

    bool skip(std::ptrdiff_t count)
    {
        if (m_end - m_at < count)
            return breakOff();
        m_at += count;
        return true;
    }

    bool breakOff()
    {
        m_isBroken = true;
        m_at = m_end;
        return false;
    }

    const char* m_at;
    const char* m_end;
    const char* m_start = nullptr;
    const char* m_lengthAt = nullptr;
    Bytes m_bytes;
    const char* m_numberAt = nullptr;
    std::uint32_t m_field = 0;
    WireType m_type = WireType::Varint;
    bool m_isBroken = false;
};

// Reads the length-delimited bytes whose length varint begins at `at`; `at` moves behind them. False when they do not
// end before `end`.
inline bool readDelimited(const char*& at, const char* end, Bytes& bytes)
{
    std::uint64_t length = 0;
    if (!Scanner::readVarint(at, end, length) || length > static_cast<std::uint64_t>(end - at))
        return false;
    bytes = Bytes(at, length);
    at += length;
    return true;
}

// Reads the length-delimited bytes whose length varint begins at `at`; empty when they do not lie before `end`.
inline Bytes delimitedAt(const char* at, const char* end)
{
    Bytes bytes;
    return at < end && readDelimited(at, end, bytes) ? bytes : Bytes();
}

// The bytes of the first field with this number; empty when there is none.
inline Bytes fieldIn(Bytes message, std::uint32_t number)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(number))
            return scanner.bytes();
    }
    return {};
}

} // namespace vtscope
