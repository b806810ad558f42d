// A text that is looked for without case for ASCII letters. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vtscope {

constexpr char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

class Needle
{
public:
    explicit Needle(std::string text);

    const std::string& text() const { return m_text; } // lowered
    bool isIn(std::string_view hay) const { return findIn(hay) != std::string_view::npos; }
    // Where it first begins; npos for nowhere. Goes through long texts at nearly the speed of memory.
    std::size_t findIn(std::string_view hay) const;

private:
    struct Probe
    {
        std::size_t at = 0;
        char byte = 0;
        char fold = 0; // set in a byte before it is compared: makes a small letter of it
    };
    static Probe probeOf(const std::string& text, std::size_t at);
    bool isAt(const char* at) const;
    std::size_t findStepwise(std::string_view hay) const;
    // A processor with AVX2. There are 32 places or more where it may begin.
    std::size_t findBroadly(std::string_view hay) const;

    std::string m_text;
    Probe m_rare, m_next; // its two rarest bytes
};

} // namespace vtscope
