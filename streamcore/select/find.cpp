#include "streamcore/select/find.h"

#include <algorithm>
#include <cctype>

#include "streamcore/capture/change.h"

namespace vtscope {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

class Needle
{
public:
    explicit Needle(const std::string& text) : m_text(text)
    {
        std::transform(m_text.begin(), m_text.end(), m_text.begin(), lower);
    }

    bool isIn(std::string_view hay) const
    {
        return std::search(hay.begin(), hay.end(), m_text.begin(), m_text.end(),
                           [](char a, char b) { return lower(a) == b; }) != hay.end();
    }

private:
    std::string m_text;
};

class Matcher
{
public:
    Matcher(const Snapshot& snapshot, const std::string& text) : m_snapshot(snapshot), m_needle(text) {}

    bool matches(std::uint64_t number)
    {
        m_change.read(m_snapshot, number);
        if (!m_change.isChange() || m_change.fault() != RowFault::None) {
            const EventText text = eventText(m_snapshot, number);
            return m_needle.isIn(text.title) || m_needle.isIn(text.detail) || m_needle.isIn(text.note);
        }
        if (m_needle.isIn(m_change.layout().table))
            return true;
        const Schema* schema = m_change.schema();
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
            if (isIn(m_change.current(i)) || (m_change.isChanged(i) && isIn(m_change.before(i))))
                return true;
        }
        return false;
    }

private:
    bool isIn(const Cell& cell)
    {
        if (!cell.hasValue())
            return false;
        const Column& column = *cell.column;
        if (!column.isBytes() && !column.hasNumericMembers && column.charset == Charset::Utf8)
            return m_needle.isIn(cell.bytes);
        m_scratch.clear();
        appendExact(cell, m_scratch);
        return m_needle.isIn(m_scratch);
    }

    const Snapshot& m_snapshot;
    Needle m_needle;
    ChangeView m_change;
    std::string m_scratch;
};

} // namespace

std::optional<std::uint64_t> findText(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                      std::uint64_t from, bool isBackward, const std::stop_token& stop)
{
    const std::uint64_t count = rows.count();
    if (text.empty() || count == 0)
        return std::nullopt;
    Matcher matcher(snapshot, text);
    std::uint64_t place = from < count ? from : isBackward ? count - 1 : 0;
    for (std::uint64_t step = 0; step < count; ++step) {
        if (matcher.matches(rows.at(place)))
            return place;
        if ((step & 4095) == 4095 && stop.stop_requested())
            return std::nullopt;
        place = isBackward ? (place == 0 ? count - 1 : place - 1) : (place + 1 == count ? 0 : place + 1);
    }
    return std::nullopt;
}

} // namespace vtscope
