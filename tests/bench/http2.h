#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// As much of HTTP/2 (RFC 9113) and of the gRPC framing as a server needs that only sends.
namespace vtscope::bench::http2 {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kHeaderBytes = 9;
inline constexpr std::size_t kDataBytes = 16 * 1024; ///< the largest payload that every peer takes (RFC 9113, 4.2)
inline constexpr std::int64_t kInitialWindow = 65'535;

enum class FrameType : std::uint8_t {
    Data = 0,
    Headers = 1,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8
};

inline constexpr std::uint8_t kEndStream = 0x1; ///< of Data and Headers
inline constexpr std::uint8_t kAck = 0x1;       ///< of Settings and Ping
inline constexpr std::uint8_t kEndHeaders = 0x4;

struct FrameHeader
{
    std::size_t length = 0;
    FrameType type = FrameType::Data;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
};

/// Four bytes, most significant first.
inline std::uint32_t readUint32(const char* at)
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(at[i]);
    return value;
}

inline void writeUint32(char* at, std::uint32_t value)
{
    for (int i = 0; i < 4; ++i)
        at[i] = static_cast<char>(value >> (24 - 8 * i));
}

/// at points to kHeaderBytes bytes.
inline FrameHeader readFrameHeader(const char* at)
{
    return {readUint32(at) >> 8, static_cast<FrameType>(at[3]), static_cast<std::uint8_t>(at[4]),
            readUint32(at + 5) & 0x7fffffff};
}

inline void appendFrame(std::string& to, FrameType type, std::uint8_t flags, std::uint32_t stream,
                        std::string_view payload)
{
    char header[kHeaderBytes];
    writeUint32(header, static_cast<std::uint32_t>(payload.size()) << 8);
    header[3] = static_cast<char>(type);
    header[4] = static_cast<char>(flags);
    writeUint32(header + 5, stream);
    to.append(header, sizeof header).append(payload);
}

/// The header block of a response: status 200, content-type application/grpc (HPACK: one indexed field, one literal).
inline std::string responseHeaders()
{
    using namespace std::string_view_literals;
    return std::string("\x88\x0f\x10\x10"
                       "application/grpc"sv);
}

/// The header block that ends a call well: grpc-status 0, as a literal.
inline std::string okTrailers()
{
    using namespace std::string_view_literals;
    return std::string("\x00\x0bgrpc-status\x01"
                       "0"sv);
}

} // namespace vtscope::bench::http2
