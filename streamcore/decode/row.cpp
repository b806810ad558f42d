#include "streamcore/decode/row.h"

#include <limits>

namespace vtscope {

namespace {

constexpr std::uint32_t kLengths = 1, kValues = 2;

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
            size += static_cast<std::uint64_t>(length);
        else if (length < -1)
            isNegative = true;
    }
};

} // namespace

RowFault checkRow(Bytes row, std::size_t columns)
{
    Tally tally;
    std::uint64_t valuesSize = 0;
    Scanner scanner(row);
    while (scanner.next()) {
        if (scanner.isBytes(kLengths)) {
            const char* at = scanner.bytes().data();
            const char* const end = at + scanner.bytes().size();
            while (at != end) {
                std::uint64_t zigzag = 0;
                if (!Scanner::readVarint(at, end, zigzag))
                    return RowFault::Malformed;
                tally.add(zigzag);
            }
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
