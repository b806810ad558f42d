#include "streamcore/capture/marks.h"

namespace vtscope {

std::optional<std::string> Marks::at(std::uint64_t line) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_notes.find(line);
    return found == m_notes.end() ? std::nullopt : std::optional(found->second);
}

bool Marks::has(std::uint64_t line) const
{
    const std::lock_guard lock(m_mutex);
    return m_notes.contains(line);
}

std::uint64_t Marks::count() const
{
    const std::lock_guard lock(m_mutex);
    return m_notes.size();
}

std::uint64_t Marks::revision() const
{
    const std::lock_guard lock(m_mutex);
    return m_revision;
}

std::vector<std::pair<std::uint64_t, std::string>> Marks::all() const
{
    const std::lock_guard lock(m_mutex);
    return {m_notes.begin(), m_notes.end()};
}

void Marks::set(std::uint64_t line, std::string note)
{
    const std::lock_guard lock(m_mutex);
    m_notes.insert_or_assign(line, std::move(note));
    ++m_revision;
}

void Marks::remove(std::uint64_t line)
{
    const std::lock_guard lock(m_mutex);
    m_notes.erase(line);
    ++m_revision;
}

void Marks::removeBefore(std::uint64_t line)
{
    const std::lock_guard lock(m_mutex);
    const auto end = m_notes.lower_bound(line);
    m_revision += end != m_notes.begin();
    m_notes.erase(m_notes.begin(), end);
}

} // namespace vtscope
