// Regular expressions of requests, compiled so that no text can make them run for ever. Any thread.
#pragma once

#include <regex>
#include <string>

namespace localbranch {

/// Throws std::regex_error for what is broken, or longer than any honest expression.
inline std::regex compiledPattern(const std::string& expression)
{
    // Compiling recurses with the length.
    constexpr size_t kLongest = 500;
    if (expression.size() > kLongest)
        throw std::regex_error(std::regex_constants::error_complexity);
#ifdef __GLIBCXX__
    // Vitess' expressions take linear time; the standard's may not, but for libstdc++'s other engine.
    return std::regex(expression, std::regex_constants::ECMAScript | std::regex_constants::__polynomial);
#else
    return std::regex(expression);
#endif
}

} // namespace localbranch
