// Which lines of a capture are meant, in which order. A value; cheap to copy. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace vtscope {

class RowSet
{
public:
    RowSet() = default;

    static RowSet range(std::uint64_t first, std::uint64_t count)
    {
        RowSet set;
        set.m_first = first;
        set.m_count = count;
        return set;
    }

    static RowSet of(std::vector<std::uint64_t> numbers)
    {
        RowSet set;
        set.m_count = numbers.size();
        set.m_numbers = std::make_shared<const std::vector<std::uint64_t>>(std::move(numbers));
        return set;
    }

    std::uint64_t count() const { return m_count; }
    std::uint64_t at(std::uint64_t i) const { return m_numbers ? (*m_numbers)[i] : m_first + i; }

private:
    std::uint64_t m_first = 0;
    std::uint64_t m_count = 0;
    std::shared_ptr<const std::vector<std::uint64_t>> m_numbers;
};

} // namespace vtscope
