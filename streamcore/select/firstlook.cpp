#include "streamcore/select/firstlook.h"

#include <algorithm>

#include "streamcore/decode/entry.h"
#include "streamcore/decode/scanner.h"

namespace vtscope {

namespace {

std::string_view fieldAt(std::string_view payload, std::uint32_t offset)
{
    return delimitedAt(payload.data() + std::min<std::size_t>(offset, payload.size()), payload.data() + payload.size());
}

// Where the bytes of a change begin and end in its message.
std::size_t startOf(const Entry& entry, std::string_view payload)
{
    const bool hasTwo = entry.images() == Images::Rows && entry.first != 0 && entry.second != 0;
    const std::uint32_t start = hasTwo ? std::min(entry.first, entry.second) : entry.first ? entry.first : entry.second;
    return std::min<std::size_t>(start, payload.size());
}

const char* endOf(const Entry& entry, std::string_view payload)
{
    if (!isChange(entry.op()))
        return payload.data() + payload.size();
    const std::uint32_t last = entry.images() == Images::Rows ? std::max(entry.first, entry.second) : entry.first;
    const std::string_view field = fieldAt(payload, last);
    return field.empty() ? payload.data() + payload.size() : field.data() + field.size();
}

} // namespace

FirstLook::FirstLook(std::vector<Needle> needles, std::function<bool(const Layout&)> isTold)
    : m_needles(std::move(needles)), m_isTold(std::move(isTold)), m_cursors(m_needles.size())
{
}

void FirstLook::begin(const Snapshot& snapshot)
{
    m_snapshot = snapshot;
    m_record = ~std::uint64_t{0};
    m_end = nullptr;
    std::fill(m_cursors.begin(), m_cursors.end(), Cursor());
    // Another capture has other layouts under the same numbers.
    const Layout* const first = snapshot.layoutCount() > 0 ? &snapshot.layout(0) : nullptr;
    if (first != m_firstLayout)
        m_tellings.clear();
    m_firstLayout = first;
    m_tellings.resize(snapshot.layoutCount(), Telling::NotAsked);
}

void FirstLook::begin(const Snapshot& snapshot, std::uint64_t from, std::uint64_t to)
{
    begin(snapshot);
    const Entry& last = snapshot.entry(to - 1);
    m_end = endOf(last, snapshot.payload(last.record()));
    m_from = from;
}

bool FirstLook::isTold(const Entry& entry)
{
    Telling& telling = m_tellings[entry.layout];
    if (telling == Telling::NotAsked)
        telling = m_isTold(m_snapshot.layoutOf(entry)) ? Telling::Yes : Telling::No;
    return telling == Telling::Yes;
}

// What is asked in its order is looked at once, up to the end of the lines; what lies before that, by itself.
bool FirstLook::isIn(std::string_view bytes)
{
    for (std::size_t i = 0; i < m_needles.size(); ++i) {
        const Needle& needle = m_needles[i];
        Cursor& cursor = m_cursors[i];
        if (!m_end || (cursor.from && bytes.data() < cursor.from) || bytes.data() > m_end) {
            if (needle.isIn(bytes))
                return true;
            continue;
        }
        if (!cursor.from || bytes.data() > cursor.hit) {
            cursor.from = bytes.data();
            const std::string_view rest(bytes.data(), static_cast<std::size_t>(m_end - bytes.data()));
            cursor.hit = bytes.data() + std::min(needle.findIn(rest), rest.size());
        }
        if (static_cast<std::size_t>(cursor.hit - bytes.data()) + needle.text().size() <= bytes.size())
            return true;
    }
    return false;
}

bool FirstLook::isLikely(std::uint64_t number)
{
    const Entry& entry = m_snapshot.entry(number);
    if (!isTold(entry))
        return true;
    const bool isNew = entry.record() != m_record;
    if (!isNew && !m_isLikely)
        return false;
    if (isNew) {
        m_record = entry.record();
        m_payload = m_snapshot.payload(m_record);
        m_isLikely = true;
    }
    if (isNew && m_end) {
        // What lines have that stand in the message before those that come is not looked at.
        const std::size_t start = number == m_from ? startOf(entry, m_payload) : 0;
        m_isLikely = isIn(m_payload.substr(start));
        if (!m_isLikely)
            return false;
    }
    if (entry.images() == Images::RowChange)
        return isIn(fieldAt(m_payload, entry.first));
    return (entry.first != 0 && isIn(fieldAt(m_payload, entry.first))) ||
           (entry.second != 0 && isIn(fieldAt(m_payload, entry.second)));
}

} // namespace vtscope
