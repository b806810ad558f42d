// Puts protobuf wire format together field by field, for messages that are made of pieces of others. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "streamcore/decode/scanner.h"

namespace vtscope {

inline void appendVarint(std::uint64_t value, std::string& out)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

inline void appendNumberField(std::uint32_t field, std::uint64_t value, std::string& out)
{
    appendVarint(std::uint64_t{field} << 3 | static_cast<unsigned>(WireType::Varint), out);
    appendVarint(value, out);
}

// A message, string or bytes.
inline void appendBytesField(std::uint32_t field, Bytes value, std::string& out)
{
    appendVarint(std::uint64_t{field} << 3 | static_cast<unsigned>(WireType::Length), out);
    appendVarint(value.size(), out);
    out.append(value);
}

} // namespace vtscope
