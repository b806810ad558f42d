#include "streamcore/decode/row.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace vtscope {

namespace {

constexpr std::uint32_t kLengths = 1, kValues = 2;

// More than any message has; so many of them still add up without running over.
constexpr std::uint64_t kTooLong = std::uint64_t{1} << 33;

struct Tally
{
    std::size_t cells = 0;
    std::uint64_t size = 0;
    bool isNegative = false;

    void add(std::uint64_t zigzag)
    {
        ++cells;
        const std::int64_t length = Scanner::unzigzag(zigzag);
        if (length >= 0)
            size += std::min(static_cast<std::uint64_t>(length), kTooLong);
        else if (length < -1)
            isNegative = true;
    }

    // Adds `count` (1 to 8) varints of one byte each, the first in the lowest byte; the bytes above them are zero.
    // Cells of up to 63 bytes have such lengths, so this is how nearly all of them are read.
    void addShort(std::uint64_t bytes, std::size_t count)
    {
        constexpr std::uint64_t kOnes = 0x0101010101010101u, kPairs = 0x00FF00FF00FF00FFu;
        const std::uint64_t odd = bytes & kOnes; // zigzag of a negative length; of -1 it is 1
        const std::uint64_t negatives = odd * 0xFF;
        isNegative |= (bytes & negatives) != odd;
        const std::uint64_t lengths = (bytes & ~negatives) >> 1;
        const std::uint64_t sums = (lengths & kPairs) + (lengths >> 8 & kPairs);
        size += sums * 0x0001000100010001u >> 48;
        cells += count;
    }
};

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// Adds packed lengths. What follows them up to `readable` may be read, but does not count. False when the last one does
// not end.
bool addPacked(Tally& tally, const char* at, const char* end, const char* readable)
{
    while (at != end) {
        const auto left = static_cast<std::size_t>(end - at);
        if (readable - at >= 8) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, at, 8);
            const std::size_t count = left < 8 ? left : 8;
            bytes &= ~std::uint64_t{0} >> (8 - count) * 8;
            if ((bytes & kHighBits) == 0) {
                tally.addShort(bytes, count);
                at += count;
                continue;
            }
            // Those before the first long one, then that one.
            const auto ahead = static_cast<std::size_t>(std::countr_zero(bytes & kHighBits)) / 8;
            if (ahead > 0) {
                tally.addShort(bytes & ~(~std::uint64_t{0} << ahead * 8), ahead);
                at += ahead;
            }
        }
        std::uint64_t zigzag = 0;
        if (!Scanner::readVarint(at, end, zigzag))
            return false;
        tally.add(zigzag);
    }
    return true;
}

} // namespace

RowFault findFault(Bytes row, std::size_t columns)
{
    Tally tally;
    std::uint64_t valuesSize = 0;
    const char* const end = row.data() + row.size();
    Scanner scanner(row);
    while (scanner.next()) {
        if (scanner.isBytes(kLengths)) {
            const Bytes lengths = scanner.bytes();
            if (!addPacked(tally, lengths.data(), lengths.data() + lengths.size(), end))
                return RowFault::Malformed;
        } else if (scanner.isNumber(kLengths)) {
            tally.add(scanner.number());
        } else if (scanner.isBytes(kValues)) {
            valuesSize = scanner.bytes().size();
        }
    }
    if (scanner.isBroken())
        return RowFault::Malformed;
    if (tally.isNegative)
        return RowFault::NegativeLength;
    if (tally.size > valuesSize)
        return RowFault::Truncated;
    if (tally.size < valuesSize)
        return RowFault::TrailingBytes;
    if (tally.cells < columns)
        return RowFault::TooFewCells;
    if (tally.cells > columns)
        return RowFault::TooManyCells;
    return RowFault::None;
}

Bytes splitRow(Bytes row, std::vector<CellSpan>& spans)
{
    spans.clear();
    Bytes values;
    Scanner finder(row);
    while (finder.next()) {
        if (finder.isBytes(kValues))
            values = finder.bytes();
    }

    std::uint64_t offset = 0;
    bool fits = true;
    const auto take = [&](std::uint64_t zigzag) {
        const std::int64_t length = Scanner::unzigzag(zigzag);
        if (length < 0) {
            spans.push_back({static_cast<std::uint32_t>(offset), -1});
            return;
        }
        fits = static_cast<std::uint64_t>(length) <= values.size() - offset;
        if (!fits)
            return;
        spans.push_back({static_cast<std::uint32_t>(offset), static_cast<std::int32_t>(length)});
        offset += static_cast<std::uint64_t>(length);
    };

    Scanner scanner(row);
    while (fits && scanner.next()) {
        if (scanner.isBytes(kLengths)) {
            const char* at = scanner.bytes().data();
            const char* const end = at + scanner.bytes().size();
            std::uint64_t zigzag = 0;
            while (fits && Scanner::readVarint(at, end, zigzag))
                take(zigzag);
        } else if (scanner.isNumber(kLengths)) {
            take(scanner.number());
        }
    }
    return values;
}

} // namespace vtscope
