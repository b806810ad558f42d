#include "streamcore/select/find.h"

#include <algorithm>
#include <memory>

#include "streamcore/capture/change.h"
#include "streamcore/select/firstlook.h"
#include "streamcore/select/valuetext.h"

namespace vtscope {

namespace {

// What is looked for, and where.
struct Search
{
    const Snapshot& snapshot;
    const RowSet& rows;
    Needle needle;
    const Masks& masks;
};

class Finder
{
public:
    explicit Finder(const Search& search)
        : m_snapshot(search.snapshot), m_rows(search.rows), m_needle(search.needle), m_masks(search.masks),
          m_look({m_needle}, [needle = m_needle](const Layout& layout) { return isTold(layout, needle); })
    {
    }

    // The places of [from, to) whose lines show it.
    void find(std::uint64_t from, std::uint64_t to, std::vector<std::uint64_t>& hits)
    {
        if (isDense(from, to))
            m_look.begin(m_snapshot, m_rows.at(from), m_rows.at(to - 1) + 1);
        else
            m_look.begin(m_snapshot);
        for (std::uint64_t place = from; place < to; ++place) {
            if (matches(m_rows.at(place)))
                hits.push_back(place);
        }
    }

private:
    // Whether they go up, without so many lines between them that the bytes of those are not worth a look.
    bool isDense(std::uint64_t from, std::uint64_t to) const
    {
        constexpr std::uint64_t kSparse = 4;
        for (std::uint64_t place = from + 1; place < to; ++place) {
            if (m_rows.at(place) < m_rows.at(place - 1))
                return false;
        }
        return (m_rows.at(to - 1) - m_rows.at(from)) / kSparse < to - from;
    }

    static bool isTold(const Layout& layout, const Needle& needle)
    {
        if (needle.isIn(layout.table))
            return false;
        const auto isToldIn = [&needle](const std::shared_ptr<const Schema>& schema) {
            return !schema || std::all_of(schema->columns.begin(), schema->columns.end(),
                                          [&needle](const Column& column) { return isToldByBytes(column, needle); });
        };
        return isToldIn(layout.before) && isToldIn(layout.after);
    }

    bool matches(std::uint64_t number)
    {
        const Entry& entry = m_snapshot.entry(number);
        if (!isChange(entry.op()) || entry.fault() != RowFault::None) {
            const EventText text = eventText(m_snapshot, number);
            return m_needle.isIn(text.title) || m_needle.isIn(text.detail) || m_needle.isIn(text.note);
        }
        if (!m_look.isLikely(number))
            return false;
        m_change.read(m_snapshot, number);
        if (m_needle.isIn(m_change.layout().table))
            return true;
        const Schema* schema = m_change.schema();
        for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
            if (isHidden(*schema, i))
                continue;
            if (isIn(m_change.current(i)) || (m_change.isChanged(i) && isIn(m_change.before(i))))
                return true;
        }
        return false;
    }

    bool isIn(const Cell& cell) { return cell.hasValue() && m_needle.isIn(textOf(cell, m_scratch)); }

    bool isHidden(const Schema& schema, std::size_t column)
    {
        if (m_masks.isEmpty())
            return false;
        if (m_lastSchema != &schema) {
            m_isHidden.clear();
            for (const Column& one : schema.columns)
                m_isHidden.push_back(m_masks.hides(m_change.layout(), one.name));
        }
        m_lastSchema = &schema;
        return m_isHidden[column];
    }

    const Snapshot& m_snapshot;
    const RowSet& m_rows;
    const Needle& m_needle;
    const Masks& m_masks;
    const Schema* m_lastSchema = nullptr;
    std::vector<bool> m_isHidden; // by its columns
    FirstLook m_look;
    ChangeView m_change;
    std::string m_scratch;
};

// The places of [from, to) that show it, asked in blocks.
bool findPlaces(const Search& search, std::uint64_t from, std::uint64_t to, const std::stop_token& stop,
                const std::function<bool(std::span<const std::uint64_t>, std::uint64_t)>& told)
{
    return askInBlocks(
        from, to,
        [&]() -> BlockAsker {
            return [finder = std::make_shared<Finder>(search)](std::uint64_t first, std::uint64_t last,
                                                               std::vector<std::uint64_t>& hits) {
                finder->find(first, last, hits);
            };
        },
        stop, told);
}

std::optional<std::uint64_t> firstIn(const Search& search, std::uint64_t from, std::uint64_t to,
                                     const std::stop_token& stop)
{
    std::optional<std::uint64_t> found;
    findPlaces(search, from, to, stop, [&](std::span<const std::uint64_t> hits, std::uint64_t) {
        if (!hits.empty())
            found = hits.front();
        return !found;
    });
    return found;
}

// From the end on, in parts that grow.
std::optional<std::uint64_t> lastIn(const Search& search, std::uint64_t from, std::uint64_t to,
                                    const std::stop_token& stop)
{
    std::optional<std::uint64_t> found;
    constexpr std::uint64_t kFirstPart = 4096, kLargestPart = std::uint64_t{1} << 20;
    for (std::uint64_t part = kFirstPart; to > from && !found && !stop.stop_requested();
         part = std::min(part * 2, kLargestPart)) {
        const std::uint64_t start = to - std::min(part, to - from);
        findPlaces(search, start, to, stop, [&](std::span<const std::uint64_t> hits, std::uint64_t) {
            if (!hits.empty())
                found = hits.back();
            return true;
        });
        to = start;
    }
    return found;
}

} // namespace

std::optional<RowSet> findLines(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                const std::stop_token& stop, const LinesTold& told, const Masks& masks)
{
    std::vector<std::uint32_t> places;
    const Search search{snapshot, rows, Needle(text), masks};
    const std::uint64_t count = text.empty() ? 0 : rows.count();
    const bool isDone =
        findPlaces(search, 0, count, stop, [&](std::span<const std::uint64_t> hits, std::uint64_t through) {
            for (const std::uint64_t place : hits)
                places.push_back(static_cast<std::uint32_t>(place));
            if (told)
                told(hits, through);
            return true;
        });
    if (!isDone)
        return std::nullopt;
    return RowSet::of(0, std::move(places));
}

std::optional<std::uint64_t> findText(const Snapshot& snapshot, const RowSet& rows, const std::string& text,
                                      std::uint64_t from, bool isBackward, const std::stop_token& stop,
                                      const Masks& masks)
{
    const std::uint64_t count = rows.count();
    if (text.empty() || count == 0)
        return std::nullopt;
    const Search search{snapshot, rows, Needle(text), masks};
    const auto find = isBackward ? lastIn : firstIn;
    from = from < count ? from : isBackward ? count - 1 : 0;
    const std::uint64_t middle = isBackward ? from + 1 : from;
    const std::optional<std::uint64_t> found =
        isBackward ? find(search, 0, middle, stop) : find(search, middle, count, stop);
    if (found || stop.stop_requested())
        return found;
    return isBackward ? find(search, middle, count, stop) : find(search, 0, middle, stop);
}

} // namespace vtscope
