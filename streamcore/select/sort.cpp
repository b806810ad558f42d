#include "streamcore/select/sort.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "streamcore/select/linereader.h"
#include "streamcore/select/valuetext.h"
#include "streamcore/value/compare.h"

namespace vtscope {

namespace {

// How exactly a key stands for its value. Of values with the same key, floats come first and are equal.
enum class Tie : std::uint32_t { Float, Exact, AskText };

struct Item
{
    std::uint64_t key;
    const char* text;
    std::uint32_t size : 30; // a longer value counts with its first GiB
    std::uint32_t tie : 2;   // Tie
    std::uint32_t place;

    std::string_view value() const { return {text, size}; }
};
static_assert(sizeof(Item) == 24);

// What values are in which order, upward.
enum class Group : std::uint8_t { Number, Span, Moment, Label, Text, Count };
constexpr auto kGroups = static_cast<std::size_t>(Group::Count);

// What one thread gathered, in the order of its lines, then sorted.
struct Gathered
{
    std::array<std::vector<Item>, kGroups> values;
    std::vector<std::uint32_t> nulls, notSent, absent;
    std::deque<std::string> texts; // of values that are not sent as text
};

// The first bytes of a text behind `from`, and how many there are.
constexpr std::size_t kTextBytes = 7;

void setTextKey(Item& item, std::size_t from)
{
    const std::string_view rest = item.value().substr(from);
    item.key = 0;
    for (std::size_t i = 0; i < kTextBytes; ++i)
        item.key = item.key << 8 | (i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0);
    item.key = item.key << 8 | std::min(rest.size(), kTextBytes + 1);
    item.tie = static_cast<std::uint32_t>(rest.size() > kTextBytes ? Tie::AskText : Tie::Exact) & 3;
}

int compareTies(Group group, const Item& a, const Item& b)
{
    const auto left = static_cast<Tie>(a.tie), right = static_cast<Tie>(b.tie);
    if (group == Group::Text)
        return left == Tie::AskText ? a.value().compare(b.value()) : 0;
    if (left == Tie::Float || right == Tie::Float)
        return left == right ? 0 : left == Tie::Float ? -1 : 1;
    if (left == Tie::Exact && right == Tie::Exact)
        return 0;
    const auto order = compareNumbers(a.value(), b.value());
    return !order || *order == 0 ? 0 : *order < 0 ? -1 : 1;
}

class Sorter
{
public:
    Sorter(const Snapshot& snapshot, const RowSet& rows, const SortKey& key, const std::stop_token& stop)
        : m_snapshot(snapshot), m_rows(rows), m_key(key), m_stop(stop)
    {
    }

    std::optional<RowSet> sort()
    {
        rankLayouts();
        const std::size_t threads = std::max<std::size_t>(
            1, std::min<std::size_t>(std::thread::hardware_concurrency(), m_rows.count() / kLeastOfThread));
        m_parts.resize(threads);
        onThreads(threads, [&](std::size_t i) {
            gather(m_rows.count() * i / threads, m_rows.count() * (i + 1) / threads, m_parts[i]);
        });
        skipCommonText();
        onThreads(threads, [&](std::size_t i) {
            for (std::size_t group = 0; group < kGroups && !m_stop.stop_requested(); ++group)
                sortValues(static_cast<Group>(group), m_parts[i].values[group]);
        });
        if (m_stop.stop_requested())
            return std::nullopt;
        return joined();
    }

private:
    static constexpr std::uint64_t kLeastOfThread = 4096;

    template <typename Work> static void onThreads(std::size_t count, Work work)
    {
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < count; ++i)
            others.emplace_back([&work, i] { work(i); });
        work(0);
    }

    // Tables, shards and keyspaces by their names, as numbers.
    void rankLayouts()
    {
        if (m_key.kind != SortKey::Kind::Table && m_key.kind != SortKey::Kind::Shard &&
            m_key.kind != SortKey::Kind::Keyspace)
            return;
        std::map<std::string_view, std::uint64_t> ranks;
        const auto nameOf = [this](std::uint32_t number) -> std::string_view {
            const Layout& layout = m_snapshot.layout(number);
            return m_key.kind == SortKey::Kind::Table   ? layout.table
                   : m_key.kind == SortKey::Kind::Shard ? layout.shard
                                                        : layout.keyspace;
        };
        for (std::uint32_t i = 0; i < m_snapshot.layoutCount(); ++i)
            ranks[nameOf(i)] = 0;
        std::uint64_t next = 0;
        for (auto& [name, rank] : ranks)
            rank = next++;
        for (std::uint32_t i = 0; i < m_snapshot.layoutCount(); ++i)
            m_ranks.push_back(ranks[nameOf(i)]);
    }

    std::uint64_t factOf(const Entry& entry, std::uint64_t number) const
    {
        switch (m_key.kind) {
        case SortKey::Kind::Time:
            return static_cast<std::uint64_t>(entry.time) ^ std::uint64_t{1} << 63;
        case SortKey::Kind::Op:
            return isChange(entry.op()) ? static_cast<std::uint64_t>(entry.op()) : static_cast<std::uint64_t>(Op::Ddl);
        case SortKey::Kind::Transaction:
            return entry.transaction;
        case SortKey::Kind::Table:
        case SortKey::Kind::Shard:
        case SortKey::Kind::Keyspace:
            return m_ranks[entry.layout];
        case SortKey::Kind::Arrival:
        case SortKey::Kind::Column:
            break;
        }
        return number;
    }

    void gather(std::uint64_t from, std::uint64_t to, Gathered& part) const
    {
        constexpr std::uint64_t kPlacesBetweenLooks = 4096;
        LineReader line;
        const Schema* lastSchema = nullptr;
        int column = -1;
        for (std::uint64_t at = from; at < to; ++at) {
            if (at % kPlacesBetweenLooks == 0 && m_stop.stop_requested())
                return;
            const auto place = static_cast<std::uint32_t>(at);
            const std::uint64_t number = m_rows.at(at);
            if (m_key.kind != SortKey::Kind::Column) {
                add(part, Group::Number, {factOf(m_snapshot.entry(number), number), nullptr, 0, 0, place}, Tie::Exact);
                continue;
            }
            line.read(m_snapshot, number);
            const Schema* const schema = line.isChange() ? line.schema() : nullptr;
            if (schema && schema != lastSchema) {
                column = schema->indexOf(m_key.column);
                lastSchema = schema;
            }
            const Cell cell = schema && column >= 0 ? line.current(static_cast<std::size_t>(column)) : Cell();
            if (cell.hasValue())
                addValue(part, cell, place);
            else if (cell.state == Cell::State::Null)
                part.nulls.push_back(place);
            else
                (cell.state == Cell::State::NotSent ? part.notSent : part.absent).push_back(place);
        }
    }

    static void add(Gathered& part, Group group, Item item, Tie tie)
    {
        item.tie = static_cast<std::uint32_t>(tie) & 3;
        part.values[static_cast<std::size_t>(group)].push_back(item);
    }

    static void addValue(Gathered& part, const Cell& cell, std::uint32_t place)
    {
        const Column& column = *cell.column;
        Item item{0, cell.bytes.data(), 0, 0, place};
        const auto setText = [&item](std::string_view text) {
            constexpr std::size_t kLongest = (std::size_t{1} << 30) - 1;
            item.text = text.data();
            item.size = static_cast<std::uint32_t>(std::min(text.size(), kLongest)) & kLongest;
        };
        setText(cell.bytes);
        if (column.kind == ValueKind::Bit && cell.bytes.size() <= sizeof item.key) {
            for (const char c : cell.bytes)
                item.key = item.key << 8 | static_cast<unsigned char>(c);
            setText(part.texts.emplace_back(std::to_string(item.key)));
            const auto key = numberKey(item.value());
            item.key = key->bits;
            return add(part, Group::Number, item, key->isExact ? Tie::Exact : Tie::AskText);
        }
        if (column.isNumber()) {
            if (const auto key = numberKey(cell.bytes)) {
                item.key = key->bits;
                // As numbers with an exponent are compared.
                const bool isFloat = column.kind == ValueKind::Float ||
                                     (!key->isExact && cell.bytes.find_first_of("eE") != std::string_view::npos);
                return add(part, Group::Number, item, isFloat ? Tie::Float : key->isExact ? Tie::Exact : Tie::AskText);
            }
        }
        if (isTemporal(column.kind)) {
            if (const auto key = timeKey(cell.bytes)) {
                item.key = key->bits;
                return add(part, key->hasDate ? Group::Moment : Group::Span, item, Tie::Exact);
            }
        }
        if (!isSentAsText(column) && !column.isBytes()) {
            std::string& text = part.texts.emplace_back();
            appendExact(cell, text);
            setText(text);
        }
        if (column.kind == ValueKind::Enum) {
            const auto label = std::find(column.members.begin(), column.members.end(), item.value());
            if (label != column.members.end()) {
                item.key = static_cast<std::uint64_t>(label - column.members.begin());
                return add(part, Group::Label, item, Tie::Exact);
            }
        }
        add(part, Group::Text, item, Tie::AskText);
    }

    static bool isTemporal(ValueKind kind)
    {
        return kind == ValueKind::Date || kind == ValueKind::Time || kind == ValueKind::DateTime ||
               kind == ValueKind::Timestamp;
    }

    // What all texts begin with tells none apart.
    void skipCommonText()
    {
        constexpr auto kText = static_cast<std::size_t>(Group::Text);
        const Item* first = nullptr;
        std::size_t common = 0;
        for (const Gathered& part : m_parts) {
            for (const Item& item : part.values[kText]) {
                if (!first) {
                    first = &item;
                    common = item.size;
                }
                common = std::min<std::size_t>(common, item.size);
                const auto differs = std::mismatch(item.text, item.text + common, first->text);
                common = static_cast<std::size_t>(differs.first - item.text);
            }
        }
        onThreads(m_parts.size(), [&](std::size_t i) {
            for (Item& item : m_parts[i].values[kText])
                setTextKey(item, common);
        });
    }

    template <typename Use> void withOrder(Group group, Use use) const
    {
        const auto isLess = [group, isDescending = m_key.isDescending](const Item& a, const Item& b) {
            if (a.key != b.key)
                return (a.key < b.key) != isDescending;
            const int order = compareTies(group, a, b);
            return order == 0 ? a.place < b.place : (order < 0) != isDescending;
        };
        use(isLess);
    }

    void sortValues(Group group, std::vector<Item>& items) const
    {
        withOrder(group, [&](const auto& isLess) { std::sort(items.begin(), items.end(), isLess); });
    }

    // The parts of a group, which are sorted, as one.
    std::vector<Item> merged(Group group)
    {
        const auto at = static_cast<std::size_t>(group);
        for (std::size_t width = 1; width < m_parts.size(); width *= 2) {
            for (std::size_t i = 0; i + width < m_parts.size(); i += 2 * width) {
                std::vector<Item>&left = m_parts[i].values[at], &right = m_parts[i + width].values[at];
                std::vector<Item> both;
                both.reserve(left.size() + right.size());
                withOrder(group, [&](const auto& isLess) {
                    std::merge(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(both), isLess);
                });
                left = std::move(both);
                std::vector<Item>().swap(right);
            }
        }
        return std::move(m_parts.front().values[at]);
    }

    RowSet joined()
    {
        std::uint64_t base = m_rows.count() > 0 ? m_rows.at(0) : 0;
        for (std::uint64_t i = 0; i < m_rows.count(); ++i)
            base = std::min(base, m_rows.at(i));
        std::vector<std::uint32_t> distances;
        distances.reserve(m_rows.count());
        const auto take = [&](std::uint32_t place) {
            distances.push_back(static_cast<std::uint32_t>(m_rows.at(place) - base));
        };
        const auto takeAll = [&](std::vector<std::uint32_t> Gathered::*places) {
            for (const Gathered& part : m_parts)
                std::for_each((part.*places).begin(), (part.*places).end(), take);
        };
        takeAll(&Gathered::nulls);
        for (std::size_t i = 0; i < kGroups; ++i) {
            for (const Item& item : merged(static_cast<Group>(m_key.isDescending ? kGroups - 1 - i : i)))
                take(item.place);
        }
        takeAll(&Gathered::notSent);
        takeAll(&Gathered::absent);
        return RowSet::of(base, std::move(distances));
    }

    const Snapshot& m_snapshot;
    const RowSet& m_rows;
    const SortKey& m_key;
    const std::stop_token& m_stop;
    std::vector<std::uint64_t> m_ranks; // by layout
    std::vector<Gathered> m_parts;
};

} // namespace

std::optional<RowSet> sortLines(const Snapshot& snapshot, const RowSet& rows, const SortKey& key,
                                const std::stop_token& stop)
{
    return Sorter(snapshot, rows, key, stop).sort();
}

} // namespace vtscope
