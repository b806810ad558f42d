// Which lines of a capture are meant, in which order. A value; cheap to copy. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace vtscope {

// Costs 4 bytes a line, a range nothing. Numbers may have any size; those of one set lie less than 2^32 apart.
class RowSet
{
public:
    RowSet() = default;

    static RowSet range(std::uint64_t first, std::uint64_t count)
    {
        RowSet set;
        set.m_base = first;
        set.m_count = count;
        return set;
    }

    // The lines base + distance, in this order.
    static RowSet of(std::uint64_t base, std::vector<std::uint32_t> distances)
    {
        RowSet set;
        set.m_base = base;
        set.m_count = distances.size();
        set.m_distances = std::make_shared<const std::vector<std::uint32_t>>(std::move(distances));
        return set;
    }

    static RowSet of(const std::vector<std::uint64_t>& numbers)
    {
        const std::uint64_t base = numbers.empty() ? 0 : *std::min_element(numbers.begin(), numbers.end());
        std::vector<std::uint32_t> distances(numbers.size());
        std::transform(numbers.begin(), numbers.end(), distances.begin(),
                       [base](std::uint64_t number) { return static_cast<std::uint32_t>(number - base); });
        return of(base, std::move(distances));
    }

    // The first `count` of them.
    RowSet first(std::uint64_t count) const
    {
        RowSet set = *this;
        set.m_count = std::min(count, m_count);
        return set;
    }

    std::uint64_t count() const { return m_count; }
    std::uint64_t at(std::uint64_t i) const { return m_base + (m_distances ? (*m_distances)[i] : i); }

private:
    std::uint64_t m_base = 0;
    std::uint64_t m_count = 0;
    std::shared_ptr<const std::vector<std::uint32_t>> m_distances; // null: a range
};

} // namespace vtscope
