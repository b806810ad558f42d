#include "streamcore/select/filterlines.h"

#include "streamcore/decode/entry.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/select/filterneeds.h"

namespace vtscope {

namespace {

BlockAsker askerOf(const Snapshot& snapshot, const Filter& filter)
{
    return [&snapshot, matcher = std::make_shared<FilterMatcher>(filter),
            look = std::shared_ptr<FirstLook>(firstLookFor(filter))](std::uint64_t from, std::uint64_t to,
                                                                     std::vector<std::uint64_t>& passing) {
        if (look)
            look->begin(snapshot, from, to);
        for (std::uint64_t number = from; number < to; ++number) {
            // A filter that needs a text in a column is passed by no event.
            if (look && (!isChange(snapshot.entry(number).op()) || !look->isLikely(number)))
                continue;
            if (matcher->matches(snapshot, number))
                passing.push_back(number);
        }
    };
}

} // namespace

std::optional<RowSet> filterLines(const Snapshot& snapshot, const Filter& filter, const std::stop_token& stop,
                                  const LinesTold& told)
{
    return filterLines(snapshot, snapshot.first(), snapshot.count(), filter, stop, told);
}

std::optional<RowSet> filterLines(const Snapshot& snapshot, std::uint64_t from, std::uint64_t to, const Filter& filter,
                                  const std::stop_token& stop, const LinesTold& told)
{
    if (filter.isEmpty() && !told)
        return RowSet::range(from, to - from);
    std::vector<std::uint32_t> distances;
    const bool isDone = askInBlocks(
        from, to, [&] { return askerOf(snapshot, filter); }, stop,
        [&](std::span<const std::uint64_t> passing, std::uint64_t through) {
            for (const std::uint64_t number : passing)
                distances.push_back(static_cast<std::uint32_t>(number - from));
            if (told)
                told(passing, through);
            return true;
        });
    if (!isDone)
        return std::nullopt;
    return RowSet::of(from, std::move(distances));
}

} // namespace vtscope
