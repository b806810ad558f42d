// A text that is looked for without case for ASCII letters. Any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vtscope {

constexpr char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

class Needle
{
public:
    explicit Needle(std::string text) : m_text(std::move(text))
    {
        std::transform(m_text.begin(), m_text.end(), m_text.begin(), lowered);
        if (m_text.empty())
            return;
        m_lower = m_text.front();
        m_upper = m_lower >= 'a' && m_lower <= 'z' ? static_cast<char>(m_lower - 32) : m_lower;
    }

    // From one place where it may begin to the next.
    bool isIn(std::string_view hay) const
    {
        if (m_text.empty() || hay.size() < m_text.size())
            return m_text.empty();
        const std::string_view starts = hay.substr(0, hay.size() - m_text.size() + 1);
        std::size_t asLower = starts.find(m_lower), asUpper = m_upper == m_lower ? kNowhere : starts.find(m_upper);
        while (asLower != kNowhere || asUpper != kNowhere) {
            std::size_t& next = asLower < asUpper ? asLower : asUpper;
            if (std::equal(m_text.begin(), m_text.end(), hay.begin() + static_cast<std::ptrdiff_t>(next),
                           [](char b, char a) { return lowered(a) == b; }))
                return true;
            next = starts.find(starts[next], next + 1);
        }
        return false;
    }

private:
    static constexpr std::size_t kNowhere = std::string_view::npos;

    std::string m_text;
    char m_lower = 0, m_upper = 0;
};

} // namespace vtscope
