// The lines of a capture that the user marked, each with a note that may be empty. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vtscope {

class Marks
{
public:
    // The note of a marked line; nothing when the line is not marked.
    std::optional<std::string> at(std::uint64_t line) const;
    bool has(std::uint64_t line) const;
    std::uint64_t count() const;
    // Another number after every change.
    std::uint64_t revision() const;
    // All of them by line.
    std::vector<std::pair<std::uint64_t, std::string>> all() const;

    void set(std::uint64_t line, std::string note);
    void remove(std::uint64_t line);
    // Those of lines before this one.
    void removeBefore(std::uint64_t line);

private:
    mutable std::mutex m_mutex;
    std::map<std::uint64_t, std::string> m_notes;
    std::uint64_t m_revision = 0;
};

} // namespace vtscope
