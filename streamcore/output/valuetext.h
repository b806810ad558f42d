// What CSV and NDJSON have in common: which columns are written, times, and values as text.
#pragma once

#include <QTimeZone>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "streamcore/names.h"
#include "streamcore/output/format.h"

namespace vtscope {

// Whether valid text in this column goes out as its very bytes.
bool goesOutAsSent(const Column& column);

// Values as appendExact() gives them, or binary ones in base64.
class ValueText
{
public:
    explicit ValueText(FormatOptions::Binary binary) : m_binary(binary) {}

    // Where the bytes are that text already, they themselves; else valid until the next call.
    std::string_view of(const Cell& cell, Exactness& exactness);

private:
    FormatOptions::Binary m_binary;
    std::string m_text;
};

// Changes come close together: most times differ from the one before in their last digits only.
class TimeText
{
public:
    explicit TimeText(const FormatOptions& options);

    // ISO 8601 with the zone's offset, or the number.
    void append(std::int64_t ns, std::string& out);

private:
    static constexpr std::int64_t kSecond = 1'000'000'000;
    static constexpr std::size_t kMicros = 20; // where they stand

    void beginSecond(std::int64_t second);

    FormatOptions::Time m_format;
    QTimeZone m_zone; // invalid: UTC
    std::int64_t m_second = std::numeric_limits<std::int64_t>::min();
    std::string m_text;
};

// The undecodable row of a change for people: why, and its bytes in hex unless some of them are masked.
void appendFault(const ChangeView& change, const FormatOptions& options, std::string& out);

} // namespace vtscope
