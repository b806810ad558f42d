#include "streamcore/select/difference.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "streamcore/capture/hash.h"
#include "streamcore/capture/ledger.h"
#include "streamcore/select/lineblocks.h"

namespace vtscope {

namespace {

struct Keyed
{
    std::uint64_t key;
    std::uint64_t line;

    auto operator<=>(const Keyed&) const = default;
};

// The keys of the changes among the lines [from, to) of a row set, each before its line.
class KeyAsker
{
public:
    KeyAsker(const CaptureLines& source, KeyOf by, std::atomic<std::uint64_t>& damaged)
        : m_source(source), m_by(by), m_damaged(damaged)
    {
    }

    void operator()(std::uint64_t from, std::uint64_t to, std::vector<std::uint64_t>& answers)
    {
        for (std::uint64_t i = from; i < to; ++i) {
            const std::uint64_t line = m_source.lines.at(i);
            const Entry& entry = m_source.snapshot.entry(line);
            if (!isChange(entry.op()))
                continue;
            look(entry.record());
            if (!m_isIntact) {
                m_damaged.fetch_add(1, std::memory_order_relaxed);
                continue;
            }
            const Layout& layout = m_source.snapshot.layoutOf(entry);
            std::uint64_t key = keyOf(entry, layout, m_message, m_by);
            if (m_by == KeyOf::Transaction)
                key = hashOf(layout.shard, hashOf(layout.keyspace, key));
            answers.push_back(key);
            answers.push_back(line);
        }
    }

private:
    void look(std::uint64_t record)
    {
        if (record == m_record)
            return;
        m_record = record;
        m_isIntact = m_source.snapshot.isIntact(record);
        m_message = m_source.snapshot.payload(record);
    }

    const CaptureLines& m_source;
    KeyOf m_by;
    std::atomic<std::uint64_t>& m_damaged;
    std::uint64_t m_record = 0; // at hand
    bool m_isIntact = false;
    std::string_view m_message;
};

std::set<ReaderDescription::Api> apisOf(const Capture& capture)
{
    std::set<ReaderDescription::Api> apis;
    for (const ReaderDescription& reader : capture.readers())
        apis.insert(reader.api);
    return apis;
}

// What the lines alone say of the other capture.
Difference::Side sideOf(const CaptureLines& source, std::vector<std::uint64_t> alone, const Capture& other,
                        std::uint64_t damaged)
{
    std::sort(alone.begin(), alone.end());
    Difference::Side side{RowSet::of(alone), 0, 0, damaged};
    const std::vector<Coverage> coverage = coverageOf(other);
    for (const std::uint64_t line : alone) {
        const Entry& entry = source.snapshot.entry(line);
        const auto gtid = gtidOf(entry, source.snapshot.payload(entry.record()));
        if (!gtid || coverage.empty())
            continue;
        if (covers(coverage, *gtid, source.snapshot.layoutOf(entry)))
            ++side.missed;
        else
            ++side.outside;
    }
    return side;
}

} // namespace

Result<Difference> differenceOf(const CaptureLines& first, const CaptureLines& second, KeyOf by,
                                const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
{
    using Api = ReaderDescription::Api;
    const std::array apis{apisOf(*first.capture), apisOf(*second.capture)};
    const std::set sync{Api::Sync}, vstream{Api::VStream};
    if (apis == std::array{sync, vstream} || apis == std::array{vstream, sync})
        return failure(
            ErrorKind::Usage,
            "One of the captures is of Sync and the other of VStream: they tell the same change in different "
            "bytes, so they cannot be compared.");
    const std::array<const CaptureLines*, 2> sources{&first, &second};
    std::array<std::vector<Keyed>, 2> keyed;
    std::array<std::atomic<std::uint64_t>, 2> damaged{};
    std::uint64_t gone = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        keyed[i].reserve(static_cast<std::size_t>(sources[i]->lines.count()));
        const bool isDone = askInBlocks(
            0, sources[i]->lines.count(), [&] { return KeyAsker(*sources[i], by, damaged[i]); }, stop,
            [&](std::span<const std::uint64_t> answers, std::uint64_t through) {
                for (std::size_t at = 0; at < answers.size(); at += 2)
                    keyed[i].push_back({answers[at], answers[at + 1]});
                if (told)
                    told(gone + through);
                return true;
            });
        if (!isDone && sources[i]->lines.count() > 0)
            return failure(ErrorKind::Canceled, "Comparing was canceled.");
        gone += sources[i]->lines.count();
    }
    {
        const std::jthread other([&] { std::sort(keyed[1].begin(), keyed[1].end()); });
        std::sort(keyed[0].begin(), keyed[0].end());
    }
    Difference difference;
    std::array<std::vector<std::uint64_t>, 2> alone;
    for (auto a = keyed[0].begin(), b = keyed[1].begin(); a != keyed[0].end() || b != keyed[1].end();) {
        if (b == keyed[1].end() || (a != keyed[0].end() && a->key < b->key)) {
            alone[0].push_back((a++)->line);
        } else if (a == keyed[0].end() || b->key < a->key) {
            alone[1].push_back((b++)->line);
        } else {
            ++difference.shared;
            ++a, ++b;
        }
    }
    for (std::size_t i = 0; i < 2; ++i)
        difference.sides[i] = sideOf(*sources[i], std::move(alone[i]), *sources[1 - i]->capture, damaged[i]);
    return difference;
}

} // namespace vtscope
