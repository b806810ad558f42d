// Taking a read queue apart and putting it in order. Any thread.
#include "ui/queue/queuemodel.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace vtscope {

namespace {

constexpr std::uint64_t kLookAtStopEvery = 4096;
// Bits of query.Type.
constexpr std::int32_t kIntegral = 256;
constexpr std::int32_t kUnsigned = 512;
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

// What a row is sorted by; rows of the same rank stay as they were read.
struct Rank
{
    std::uint64_t number = 0;
    std::string_view text;
    quint32 line = 0;
};

// Signed numbers keep their order as unsigned ones.
std::uint64_t ordered(std::int64_t number)
{
    return static_cast<std::uint64_t>(number) ^ kSignBit;
}

std::uint64_t ordered(std::optional<std::int64_t> number)
{
    return number ? ordered(*number) : std::numeric_limits<std::uint64_t>::max();
}

template <typename Number>
Number numberIn(std::string_view text)
{
    Number number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Broken ones first, then what is late, what waits, what is done.
std::uint64_t rankOf(MessageState state)
{
    switch (state) {
    case MessageState::Broken:
        return 0;
    case MessageState::Due:
        return 1;
    case MessageState::Sent:
        return 2;
    case MessageState::Scheduled:
        return 3;
    case MessageState::Acked:
        return 4;
    }
    return 5;
}

Rank rankOf(const ChangeView& view, const Message& message, QueueSort by)
{
    Rank rank;
    const bool isOpen = message.state != MessageState::Acked;
    switch (by) {
    case QueueSort::Id:
        if ((message.id.column->type & kIntegral) == 0)
            rank.text = message.id.bytes;
        else if ((message.id.column->type & kUnsigned) != 0)
            rank.number = numberIn<std::uint64_t>(message.id.bytes);
        else
            rank.number = ordered(numberIn<std::int64_t>(message.id.bytes));
        break;
    case QueueSort::State:
        rank.number = rankOf(message.state);
        break;
    case QueueSort::NextSend:
        rank.number = ordered(isOpen ? message.timeNext : std::nullopt);
        break;
    case QueueSort::Age:
        // The oldest has the smallest time and the greatest age.
        rank.number = message.state == MessageState::Due ? ~ordered(message.timeNext) : 0;
        break;
    case QueueSort::Tries:
        rank.number = ordered(message.tries);
        break;
    case QueueSort::Priority:
        rank.number = ordered(message.priority);
        break;
    case QueueSort::Shard:
        rank.text = view.layout().shard;
        break;
    case QueueSort::Read:
        break;
    }
    return rank;
}

void addColumns(const Schema& schema, QueueContents& contents)
{
    constexpr std::string_view kOwn[] = {"id", "priority", "epoch", "time_next", "time_acked"};
    for (const Column& column : schema.columns) {
        if (column.name == "id") {
            if (!contents.id)
                contents.id = column;
            continue;
        }
        const auto isSame = [&](const Column& known) { return known.name == column.name; };
        if (std::find(std::begin(kOwn), std::end(kOwn), column.name) == std::end(kOwn) &&
            std::none_of(contents.columns.begin(), contents.columns.end(), isSame))
            contents.columns.push_back(column);
    }
}

} // namespace

MessageKey keyOf(const Message& message)
{
    return {message.shard, message.id.column ? message.id.column->type : 0, std::string(message.id.bytes)};
}

std::vector<quint32> sortedQueue(const Snapshot& lines, std::int64_t serverNow, std::vector<quint32> rows, QueueOrder order, std::stop_token stop)
{
    if (order.by == QueueSort::Read) {
        std::sort(rows.begin(), rows.end());
        if (order.isDescending)
            std::reverse(rows.begin(), rows.end());
        return rows;
    }
    std::vector<Rank> ranks;
    ranks.reserve(rows.size());
    ChangeView view;
    for (const quint32 line : rows) {
        if (ranks.size() % kLookAtStopEvery == 0 && stop.stop_requested())
            return {};
        view.read(lines, line);
        const auto message = messageOf(view, serverNow);
        Rank rank = message && message->id.hasValue() ? rankOf(view, *message, order.by) : Rank{std::numeric_limits<std::uint64_t>::max(), {}, 0};
        rank.line = line;
        ranks.push_back(rank);
    }
    const auto isBefore = [](const Rank& a, const Rank& b) { return a.number != b.number ? a.number < b.number : a.text < b.text; };
    std::sort(ranks.begin(), ranks.end(), [&](const Rank& a, const Rank& b) {
        const bool isFirst = order.isDescending ? isBefore(b, a) : isBefore(a, b);
        const bool isSecond = order.isDescending ? isBefore(a, b) : isBefore(b, a);
        return isFirst != isSecond ? isFirst : a.line < b.line;
    });
    std::transform(ranks.begin(), ranks.end(), rows.begin(), [](const Rank& rank) { return rank.line; });
    return rows;
}

QueueContents prepareQueue(QueueSnapshot read, QueueOrder order, const std::vector<MessageKey>& ticked, const std::vector<MessageKey>& find,
                           std::stop_token stop)
{
    QueueContents contents;
    contents.read = std::move(read);
    if (contents.read.capture)
        contents.lines = contents.read.capture->snapshot();
    const Snapshot& lines = contents.lines;
    const std::uint64_t count = std::min<std::uint64_t>(lines.count(), std::numeric_limits<int>::max());
    contents.rows.reserve(count);
    contents.ticks.resize(count);
    for (std::uint64_t line = 0; line < count; ++line) {
        if (isChange(lines.entry(line).op()))
            contents.rows.push_back(static_cast<quint32>(line));
    }
    for (std::uint32_t i = 0; i < lines.layoutCount(); ++i) {
        if (const auto& schema = lines.layout(i).after)
            addColumns(*schema, contents);
    }

    std::map<MessageKey, quint32> found;
    if (!ticked.empty() || !find.empty()) {
        constexpr quint32 kNowhere = std::numeric_limits<quint32>::max();
        for (const auto* keys : {&ticked, &find}) {
            for (const MessageKey& key : *keys)
                found.emplace(key, kNowhere);
        }
        ChangeView view;
        for (const quint32 line : contents.rows) {
            if (line % kLookAtStopEvery == 0 && stop.stop_requested())
                return contents;
            view.read(lines, line);
            const auto message = messageOf(view, contents.read.serverNow);
            if (!message)
                continue;
            if (const auto known = found.find(keyOf(*message)); known != found.end())
                known->second = line;
        }
        for (const MessageKey& key : ticked) {
            if (const quint32 line = found[key]; line != kNowhere && !contents.ticks[line]) {
                contents.ticks[line] = true;
                ++contents.tickCount;
            }
        }
    }
    if (auto rows = sortedQueue(lines, contents.read.serverNow, contents.rows, order, stop); rows.size() == contents.rows.size())
        contents.rows = std::move(rows);
    if (!find.empty()) {
        std::map<quint32, int> places;
        for (const MessageKey& key : find)
            places[found[key]] = -1;
        for (std::size_t row = 0; row < contents.rows.size(); ++row) {
            if (const auto place = places.find(contents.rows[row]); place != places.end())
                place->second = static_cast<int>(row);
        }
        for (const MessageKey& key : find)
            contents.restored.push_back(places[found[key]]);
    }
    return contents;
}

} // namespace vtscope
