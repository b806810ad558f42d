// Taking a read queue apart and putting it in order. Any thread.
#include "ui/queue/queuemodel.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>

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

template <typename Number> Number numberIn(std::string_view text)
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

std::vector<quint32> sortedQueue(const Snapshot& lines, std::int64_t serverNow, std::vector<quint32> rows,
                                 QueueOrder order, std::stop_token stop)
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
        Rank rank = message && message->id.hasValue() ? rankOf(view, *message, order.by)
                                                      : Rank{std::numeric_limits<std::uint64_t>::max(), {}, 0};
        rank.line = line;
        ranks.push_back(rank);
    }
    const auto isBefore = [](const Rank& a, const Rank& b) {
        return a.number != b.number ? a.number < b.number : a.text < b.text;
    };
    std::sort(ranks.begin(), ranks.end(), [&](const Rank& a, const Rank& b) {
        const bool isFirst = order.isDescending ? isBefore(b, a) : isBefore(a, b);
        const bool isSecond = order.isDescending ? isBefore(a, b) : isBefore(b, a);
        return isFirst != isSecond ? isFirst : a.line < b.line;
    });
    std::transform(ranks.begin(), ranks.end(), rows.begin(), [](const Rank& rank) { return rank.line; });
    return rows;
}

QueueContents prepareQueue(QueueSnapshot read, QueueOrder order, const QueueKept& kept, std::stop_token stop)
{
    QueueContents contents;
    contents.read = std::move(read);
    if (contents.read.capture)
        contents.lines = contents.read.capture->snapshot();
    const Snapshot& lines = contents.lines;
    const std::uint64_t count = std::min<std::uint64_t>(lines.count(), std::numeric_limits<int>::max());
    contents.rows.reserve(count);
    contents.ticks.resize(count);
    for (std::uint32_t i = 0; i < lines.layoutCount(); ++i) {
        if (const auto& schema = lines.layout(i).after)
            addColumns(*schema, contents);
    }

    // The messages of before, by key: where each is now.
    std::map<MessageKey, quint32> places;
    std::vector<const MessageKey*> ticked, found;
    ChangeView view;
    const auto note = [&](quint32 line, std::vector<const MessageKey*>& into) {
        if (line >= kept.lines.count()) {
            into.push_back(nullptr);
            return;
        }
        view.read(kept.lines, line);
        const auto message = messageOf(view, 0);
        into.push_back(message ? &places.emplace(keyOf(*message), QueueKept::kNone).first->first : nullptr);
    };
    for (std::size_t line = 0; line < kept.ticks.size(); ++line) {
        if (kept.ticks[line])
            note(static_cast<quint32>(line), ticked);
    }
    for (const quint32 line : kept.find)
        note(line, found);

    const std::int64_t now = contents.read.serverNow;
    std::vector<bool> isAcked(kept.dropsAcked ? count : 0);
    for (std::uint64_t line = 0; line < count; ++line) {
        if (line % kLookAtStopEvery == 0 && stop.stop_requested())
            return contents;
        if (!isChange(lines.entry(line).op()))
            continue;
        contents.rows.push_back(static_cast<quint32>(line));
        view.read(lines, line);
        const auto message = messageOf(view, now);
        if (!message)
            continue;
        ++contents.counts[static_cast<std::size_t>(message->state)];
        const bool isAhead = message->state == MessageState::Sent || message->state == MessageState::Scheduled;
        if (isAhead && (!contents.nextSend || *message->timeNext < *contents.nextSend))
            contents.nextSend = message->timeNext;
        if (kept.dropsAcked)
            isAcked[line] = message->state == MessageState::Acked;
        if (places.empty())
            continue;
        if (const auto place = places.find(keyOf(*message)); place != places.end())
            place->second = static_cast<quint32>(line);
    }
    for (const MessageKey* key : ticked) {
        const quint32 line = key ? places[*key] : QueueKept::kNone;
        if (line == QueueKept::kNone || contents.ticks[line] || (kept.dropsAcked && isAcked[line]))
            continue;
        contents.ticks[line] = true;
        ++contents.tickCount;
    }
    if (order.by != QueueSort::Read || order.isDescending) {
        if (auto rows = sortedQueue(lines, now, contents.rows, order, stop); rows.size() == contents.rows.size())
            contents.rows = std::move(rows);
    }
    if (!kept.find.empty()) {
        std::map<quint32, int> rowOf;
        for (const MessageKey* key : found)
            rowOf[key ? places[*key] : QueueKept::kNone] = -1;
        for (std::size_t row = 0; row < contents.rows.size(); ++row) {
            if (const auto place = rowOf.find(contents.rows[row]); place != rowOf.end())
                place->second = static_cast<int>(row);
        }
        for (const MessageKey* key : found)
            contents.restored.push_back(rowOf[key ? places[*key] : QueueKept::kNone]);
    }
    return contents;
}

std::vector<int> findRows(const Snapshot& lines, const std::vector<quint32>& rows, const std::vector<MessageKey>& keys,
                          std::stop_token stop)
{
    const std::set<MessageKey> wanted(keys.begin(), keys.end());
    std::vector<int> found;
    ChangeView view;
    for (std::size_t row = 0; row < rows.size() && found.size() < wanted.size(); ++row) {
        if (row % kLookAtStopEvery == 0 && stop.stop_requested())
            break;
        view.read(lines, rows[row]);
        if (const auto message = messageOf(view, 0); message && wanted.contains(keyOf(*message)))
            found.push_back(static_cast<int>(row));
    }
    return found;
}

} // namespace vtscope
