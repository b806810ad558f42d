#include "streamcore/select/find.h"

#include <algorithm>

#include "streamcore/capture/change.h"
#include "streamcore/select/needle.h"
#include "streamcore/select/valuetext.h"

namespace vtscope {

namespace {

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
        // What is in no byte of the change is in none of its texts.
        const bool hasAllImages = m_snapshot.entry(number).images() == Images::RowChange;
        if (hasAllImages && isAllText(schema) && !m_needle.isIn(m_change.raw()))
            return false;
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
            if (isIn(m_change.current(i)) || (m_change.isChanged(i) && isIn(m_change.before(i))))
                return true;
        }
        return false;
    }

private:
    bool isIn(const Cell& cell) { return cell.hasValue() && m_needle.isIn(textOf(cell, m_scratch)); }

    bool isAllText(const Schema* schema)
    {
        if (schema != m_lastSchema)
            m_isAllText = !schema || std::all_of(schema->columns.begin(), schema->columns.end(), isSentAsText);
        m_lastSchema = schema;
        return m_isAllText;
    }

    const Snapshot& m_snapshot;
    Needle m_needle;
    const Schema* m_lastSchema = nullptr;
    bool m_isAllText = true;
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
