#include "streamcore/capture/repeats.h"

#include <algorithm>
#include <limits>

#include "streamcore/capture/changekey.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "streamcore/decode/walker.h"
#include "streamcore/position/position.h"

namespace vtscope {

namespace {

using namespace field;

// Rows that were inserted meanwhile push copied ones back; when this many times as many rows as there were have been
// looked at, the rest of them is gone or changed.
constexpr std::uint64_t kCopyReach = 2, kCopySlack = 1000;

constexpr std::uint32_t kBehindAll = ~std::uint32_t{0};

std::string nameOf(const Layout& layout)
{
    return layout.keyspace + '\0' + layout.shard;
}

// Whether it can come again, and be known again.
bool canRepeat(const Entry& entry)
{
    return isChange(entry.op()) || entry.op() == Op::Ddl || entry.op() == Op::Statement || entry.op() == Op::Journal;
}

Bytes shardEntry(Bytes vgtid, Bytes keyspace, Bytes shard)
{
    Scanner scanner(vgtid);
    while (scanner.next()) {
        if (!scanner.isBytes(vgtid::kShards))
            continue;
        if (fieldIn(scanner.bytes(), shardgtid::kShard) == shard &&
            fieldIn(scanner.bytes(), shardgtid::kKeyspace) == keyspace)
            return scanner.bytes();
    }
    return {};
}

} // namespace

Repeats::Repeats(const Snapshot& snapshot, const ReaderDescription& resumed, const StreamPast& past)
    : m_isSync(resumed.api == ReaderDescription::Api::Sync), m_resume(resumed.position),
      m_position(m_isSync ? positionIn(resumed.position).gtid : std::string())
{
    m_walker = Walker::make(walkerSourceOf(resumed), m_layouts);
    for (const ShardPosition& shard : m_isSync ? std::vector<ShardPosition>() : positionsIn(m_resume)) {
        std::string name = shard.keyspace + '\0' + shard.shard;
        if (shard.gtid.empty() || !shard.lastKeys.empty())
            m_copying.insert(name);
        m_shards.insert(std::move(name));
    }
    collect(snapshot, past);
    for (auto& [name, shard] : m_left) {
        for (const auto& [key, seen] : shard.copied)
            shard.copiedLeft += seen.times;
        shard.copiedLeft = shard.copiedLeft * kCopyReach + kCopySlack;
    }
}

Repeats::~Repeats() = default;

// Lines in their order; those that a position which is gone on from stands behind are forgotten.
void Repeats::collect(const Snapshot& snapshot, const StreamPast& past)
{
    std::uint64_t record = std::max(past.from, snapshot.firstRecord());
    std::uint64_t line = snapshot.lineFrom(record);
    for (; record != 0; record = snapshot.nextRecord(record)) {
        const bool isTheirs =
            snapshot.typeOf(record) == RecordType::Message &&
            std::find(past.readers.begin(), past.readers.end(), snapshot.readerOf(record)) != past.readers.end();
        const Bytes message = snapshot.payload(record);
        const auto addLines = [&](std::uint32_t before) {
            for (; line < snapshot.count() && snapshot.entry(line).record() == record; ++line) {
                const Entry& entry = snapshot.entry(line);
                if (entry.place() >= before)
                    return;
                if (!isTheirs || !canRepeat(entry))
                    continue;
                const Layout& layout = snapshot.layoutOf(entry);
                if (!m_isSync && !m_shards.contains(nameOf(layout)))
                    continue;
                Shard& shard = m_left.try_emplace(nameOf(layout), Shard{{}, {}, 0, record}).first->second;
                Seen& seen = (entry.isCopied() ? shard.copied : shard.logged)[keyOf(entry, layout, message)];
                seen = {seen.times + 1, entry.transaction};
                // A row that was changed behind the last key is copied as it has become.
                if (const auto key = copiedKeyOf(entry, layout, message); key && m_copying.contains(nameOf(layout)))
                    shard.copied[*key] = {1, entry.transaction};
            }
        };
        Scanner scanner(message);
        while (isTheirs && !m_isSync && scanner.next()) {
            if (!scanner.isBytes(vstream::kEvents))
                continue;
            const Bytes position = fieldIn(scanner.bytes(), vevent::kVgtid);
            if (position.empty())
                continue;
            addLines(static_cast<std::uint32_t>(scanner.lengthStart() - message.data()));
            const Bytes keyspace = fieldIn(scanner.bytes(), vevent::kKeyspace);
            const Bytes shard = fieldIn(scanner.bytes(), vevent::kShard);
            const Bytes here = shardEntry(position, keyspace, shard);
            if (!here.empty() && here == shardEntry(m_resume, keyspace, shard))
                m_left.erase(std::string(keyspace) + '\0' + std::string(shard));
        }
        addLines(kBehindAll);
    }
}

// The number of the transaction in which this line had come; nothing if it had not.
std::optional<std::uint32_t> Repeats::takeLine(const Entry& entry, std::string_view message)
{
    const Layout& layout = m_layouts.at(entry.layout);
    const auto found = m_left.find(nameOf(layout));
    if (found == m_left.end())
        return std::nullopt;
    Shard& shard = found->second;
    std::optional<std::uint32_t> transaction;
    if (entry.op() == Op::CopyCompleted) {
        m_left.erase(found);
    } else if (canRepeat(entry)) {
        auto& keys = entry.isCopied() ? shard.copied : shard.logged;
        const auto key = keys.find(keyOf(entry, layout, message));
        if (key != keys.end())
            transaction = key->second.transaction;
        if (key != keys.end() && --key->second.times == 0)
            keys.erase(key);
        // The log is in the same order every time: behind the first new change all are new.
        if (entry.isCopied() ? --shard.copiedLeft == 0 : !transaction)
            keys.clear();
    }
    m_count += transaction.has_value();
    return transaction;
}

// Where the position of a shard moves, a whole transaction of it or a whole part of its copy has come.
void Repeats::passPositions(std::string_view message)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (!scanner.isBytes(vstream::kEvents) || fieldIn(scanner.bytes(), vevent::kVgtid).empty())
            continue;
        const auto found = m_left.find(std::string(fieldIn(scanner.bytes(), vevent::kKeyspace)) + '\0' +
                                       std::string(fieldIn(scanner.bytes(), vevent::kShard)));
        if (found == m_left.end())
            continue;
        Shard& shard = found->second;
        // In a copy several transactions may come again.
        if (!m_copying.contains(found->first))
            shard.logged.clear();
        if (shard.logged.empty() && shard.copied.empty())
            m_left.erase(found);
    }
}

std::uint64_t Repeats::since() const
{
    std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [name, shard] : m_left)
        first = std::min(first, shard.since);
    return first;
}

std::optional<ChosenLines> Repeats::sift(std::string_view message)
{
    m_entries.clear();
    m_walker->walk(message, 0, m_transactions, m_entries);
    ChosenLines fresh;
    const bool isSame = !m_isSync || fieldIn(fieldIn(message, sync::kCursor), cursor::kPosition) == m_position;
    for (std::uint32_t i = 0; i < m_entries.size(); ++i) {
        const auto transaction = isSame ? takeLine(m_entries[i], message) : std::nullopt;
        if (!transaction)
            fresh.ordinals.push_back(i);
        else if (*transaction != 0)
            fresh.transaction = *transaction;
    }
    if (!isSame)
        m_left.clear();
    if (!m_isSync)
        passPositions(message);
    return fresh.ordinals.size() == m_entries.size() ? std::nullopt : std::optional(std::move(fresh));
}

} // namespace vtscope
