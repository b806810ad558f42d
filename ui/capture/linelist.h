// Lines of a capture that a grid shows, in the order of its rows; grows at its end. 4 bytes a line. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "streamcore/select/rowset.h"

namespace vtscope {

// All lines lie at or above the first one's base, less than 2^32 apart.
class LineList
{
public:
    explicit LineList(std::uint64_t base = 0) : m_base(base) {}

    void append(std::span<const std::uint64_t> lines)
    {
        for (const std::uint64_t line : lines)
            m_distances.push_back(static_cast<std::uint32_t>(line - m_base));
    }

    std::size_t size() const { return m_distances.size(); }
    std::uint64_t at(std::size_t row) const { return m_base + m_distances[row]; }
    RowSet first(std::size_t rows) const
    {
        return RowSet::of(m_base, {m_distances.begin(), m_distances.begin() + static_cast<std::ptrdiff_t>(rows)});
    }

    // Of ascending lines: the first row that shows this line or one behind it; size() for none.
    std::size_t from(std::uint64_t line) const
    {
        const auto distance = line < m_base ? 0 : line - m_base;
        return static_cast<std::size_t>(std::lower_bound(m_distances.begin(), m_distances.end(), distance) -
                                        m_distances.begin());
    }
    // Of ascending lines: those before this row are gone.
    void dropFirst(std::size_t rows)
    {
        m_distances.erase(m_distances.begin(), m_distances.begin() + static_cast<std::ptrdiff_t>(rows));
    }

private:
    std::uint64_t m_base;
    std::vector<std::uint32_t> m_distances;
};

} // namespace vtscope
