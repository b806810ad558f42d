// A refusal in the server's own words: thrown while a statement runs, turned into an answer by the services. Any
// thread.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "vtrpc.pb.h"

namespace localbranch {

class SqlError : public std::runtime_error
{
public:
    SqlError(vtrpc::Code code, const std::string& message) : std::runtime_error(message), m_code(code) {}

    vtrpc::Code code() const { return m_code; }

private:
    vtrpc::Code m_code;
};

/// vtgate shortens its texts too: a status travels in headers, which have a limit of their own.
inline std::string shortened(const std::string& text)
{
    constexpr size_t kLongestText = 7500;
    return text.size() <= kLongestText ? text : text.substr(0, kLongestText) + " [TRUNCATED]";
}

/// An error of the MySQL below: the executor puts the tablet's name before it, as vtgate does.
class MysqlError : public SqlError
{
public:
    MysqlError(vtrpc::Code code, const std::string& text, int number, const char* state)
        : SqlError(code, text + " (errno " + std::to_string(number) + ") (sqlstate " + state + ")")
    {
    }
};

} // namespace localbranch
