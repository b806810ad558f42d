#include "streamcore/decode/vstreamwalker.h"

#include <algorithm>

#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/wirewriter.h"

namespace vtscope {

namespace {

using namespace field;

// The tag of a field below 16.
constexpr char tagOf(std::uint32_t field, WireType type = WireType::Length)
{
    return static_cast<char>(field << 3 | static_cast<std::uint32_t>(type));
}

enum class EventType : std::uint32_t {
    Begin = 2,
    Commit = 3,
    Rollback = 4,
    Ddl = 5,
    Insert = 6,
    Delete = 9,
    Row = 12,
    Field = 13,
    Vgtid = 15,
    Journal = 16,
    CopyCompleted = 20,
    Last = 22,
};
constexpr std::uint32_t kUnknownType = 1000;

Bytes withoutKeyspace(Bytes table, Bytes keyspace)
{
    if (!keyspace.empty() && table.size() > keyspace.size() + 1 && table.substr(0, keyspace.size()) == keyspace &&
        table[keyspace.size()] == '.')
        return table.substr(keyspace.size() + 1);
    return table;
}

// Which cells a partial after image leaves out decides what a -1 in the before image can mean: with MINIMAL the before
// image is the key alone, with NOBLOB it lacks long columns. INSERTs leave out unnamed columns in either mode and tell
// nothing.
Entry::Partial partialOf(Bytes dataColumns, const Schema& schema)
{
    Bytes bits;
    Scanner scanner(dataColumns);
    while (scanner.next()) {
        if (scanner.isBytes(bitmap::kBits))
            bits = scanner.bytes();
    }
    for (std::size_t i = 0; i < schema.columns.size(); ++i) {
        const bool isSent = i / 8 < bits.size() && (static_cast<unsigned char>(bits[i / 8]) >> (i % 8) & 1) != 0;
        if (!isSent && !schema.columns[i].isLong())
            return Entry::Partial::All;
    }
    return Entry::Partial::Long;
}

} // namespace

// What was read of an event; its names are in m_keyspace and m_shard.
struct VStreamWalker::Event
{
    std::uint32_t at = 0; // of its length
    std::uint32_t type = 0;
    const char* timestamp = nullptr; // numbers where they stand, null for 0: few are asked for
    const char* currentTime = nullptr;
    Bytes body; // row_event or field_event
};

// What all changes of a row event have in common.
struct VStreamWalker::RowEvent
{
    Entry entry;
    bool isCopied;
};

VStreamWalker::VStreamWalker(WalkerSource source, Layouts& layouts) : Walker(std::move(source), layouts) {}

void VStreamWalker::walkMessage()
{
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.isBytes(vstream::kEvents))
            walkEvent(scanner.bytes(), offsetOf(scanner.lengthStart()));
    }
    m_result.serverTime = static_cast<std::int64_t>(numberAt(m_clock));
    m_clock = nullptr;
    if (scanner.isBroken())
        addUndecodable(0, streamLayout({}, {}));
}

// An event as vtgate writes nearly all: type, time, at most one body, the server's clock, the names of the one before
// it, and what is of no concern here. False when it looks otherwise; then nothing of `event` counts.
bool VStreamWalker::readPlainEvent(Bytes bytes, Event& event)
{
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    if (m_names.empty() || end - at < 2 || at[0] != tagOf(vevent::kType, WireType::Varint) ||
        static_cast<unsigned char>(at[1]) >= 0x80)
        return false;
    event.type = static_cast<std::uint32_t>(at[1]);
    at += 2;
    if (at != end && at[0] == tagOf(vevent::kTimestamp, WireType::Varint)) {
        event.timestamp = ++at;
        if (!Scanner::skipVarint(at, end))
            return false;
    }
    if (at != end && (at[0] == tagOf(vevent::kRow) || at[0] == tagOf(vevent::kField))) {
        if (!readDelimited(++at, end, event.body))
            return false;
    } else if (at != end && at[0] == tagOf(vevent::kVgtid)) {
        const std::uint32_t position = offsetOf(++at);
        Bytes vgtid;
        if (!readDelimited(at, end, vgtid))
            return false;
        m_result.position = position;
    }
    constexpr Bytes kCurrentTimeTag = "\xA0\x01";
    if (Bytes(at, static_cast<std::size_t>(end - at)).starts_with(kCurrentTimeTag)) {
        event.currentTime = at += kCurrentTimeTag.size();
        if (!Scanner::skipVarint(at, end))
            return false;
    }
    // What is told behind the clock is the same in all events of a transaction, but for those that tell the names
    // alone.
    const Bytes rest(at, static_cast<std::size_t>(end - at));
    if (rest == m_names || (!m_tail.empty() && rest == m_tail))
        return true;
    if (!rest.starts_with(m_names))
        return false;
    Scanner scanner(rest.substr(m_names.size()));
    while (scanner.next()) {
        if (scanner.field() <= vevent::kThrottledReason)
            return false;
    }
    if (scanner.isBroken())
        return false;
    m_tail = rest;
    return true;
}

// Any event, field by field. False when its bytes are broken.
bool VStreamWalker::readEvent(Bytes bytes, Event& event)
{
    Bytes keyspace, shard;
    const char* namesAt = nullptr;
    m_names.clear();
    m_tail.clear();
    Scanner scanner(bytes);
    while (scanner.next()) {
        if (scanner.type() == WireType::Varint) {
            switch (scanner.field()) {
            case vevent::kType:
                event.type = static_cast<std::uint32_t>(std::min<std::uint64_t>(scanner.number(), kUnknownType));
                break;
            case vevent::kTimestamp:
                event.timestamp = scanner.numberStart();
                break;
            case vevent::kCurrentTime:
                event.currentTime = scanner.numberStart();
                break;
            case vevent::kThrottled:
                m_result.isThrottled = scanner.number() != 0;
                break;
            default:
                break;
            }
        } else if (scanner.type() == WireType::Length) {
            switch (scanner.field()) {
            case vevent::kRow:
            case vevent::kField:
                event.body = scanner.bytes();
                break;
            case vevent::kVgtid:
                m_result.position = offsetOf(scanner.lengthStart());
                break;
            case vevent::kThrottledReason:
                m_result.throttledReason = offsetOf(scanner.lengthStart());
                break;
            case vevent::kKeyspace:
                keyspace = scanner.bytes();
                namesAt = scanner.fieldStart();
                m_names.clear();
                break;
            case vevent::kShard:
                shard = scanner.bytes();
                m_names.clear();
                // Side by side, as they are sent.
                if (namesAt && keyspace.data() + keyspace.size() == scanner.fieldStart())
                    m_names.assign(namesAt, shard.data() + shard.size());
                break;
            default:
                break;
            }
        }
    }
    m_keyspace = keyspace;
    m_shard = shard;
    return !scanner.isBroken();
}

void VStreamWalker::walkEvent(Bytes bytes, std::uint32_t at)
{
    Event event;
    if (!readPlainEvent(bytes, event)) {
        event = {};
        if (!readEvent(bytes, event)) {
            addUndecodable(at, streamLayout(m_keyspace, m_shard));
            return;
        }
    }
    event.at = at;
    if (event.currentTime)
        m_clock = event.currentTime;

    switch (static_cast<EventType>(event.type)) {
    case EventType::Begin:
        openTransaction();
        break;
    case EventType::Commit:
    case EventType::Rollback:
        m_inTransaction = false;
        break;
    case EventType::Row:
        walkRowEvent(event);
        break;
    case EventType::Field:
        walkFieldEvent(event);
        break;
    case EventType::Ddl:
        addOther(Op::Ddl, event);
        break;
    case EventType::Journal:
        addOther(Op::Journal, event);
        break;
    case EventType::CopyCompleted:
        m_result.hasCopyCompleted = true;
        addOther(Op::CopyCompleted, event);
        break;
    default:
        if (event.type >= static_cast<std::uint32_t>(EventType::Insert) &&
            event.type <= static_cast<std::uint32_t>(EventType::Delete))
            addOther(Op::Statement, event);
        else if (event.type > static_cast<std::uint32_t>(EventType::Last))
            addOther(Op::Unknown, event);
        break;
    }
}

std::uint64_t VStreamWalker::numberAt(const char* start) const
{
    std::uint64_t number = 0;
    if (start)
        Scanner::readVarint(start, m_message.data() + m_message.size(), number);
    return number;
}

// By the server's clock where it tells.
void VStreamWalker::setTime(Entry& entry, const Event& event) const
{
    entry.time = static_cast<std::int64_t>(numberAt(event.currentTime));
    if (entry.time == 0) {
        entry.time = m_received;
        entry.setReceiptTime();
    }
}

void VStreamWalker::addOther(Op op, const Event& event)
{
    addOther(op, event, streamLayout(m_keyspace, m_shard));
}

void VStreamWalker::addOther(Op op, const Event& event, std::uint32_t layout)
{
    Entry entry = Entry::make(op, Images::Event);
    entry.first = event.at;
    entry.layout = layout;
    setTime(entry, event);
    m_out->push_back(entry);
}

void VStreamWalker::walkFieldEvent(const Event& event)
{
    Bytes name, keyspace = m_keyspace, shard = m_shard;
    bool hasStringValues = false, isAsLast = false;
    Scanner scanner(event.body);
    while (scanner.next()) {
        if (scanner.isBytes(fieldevent::kFields)) {
            const char* const after =
                m_last ? afterFields(scanner.fieldStart(), scanner.end(), m_last->fields) : nullptr;
            isAsLast = after != nullptr;
            if (after)
                scanner.jump(after);
        } else if (scanner.isBytes(fieldevent::kTable))
            name = scanner.bytes();
        else if (scanner.isBytes(fieldevent::kKeyspace))
            keyspace = scanner.bytes();
        else if (scanner.isBytes(fieldevent::kShard))
            shard = scanner.bytes();
        else if (scanner.isNumber(fieldevent::kStringValues))
            hasStringValues = scanner.number() != 0;
    }
    const Table* const last = m_last;
    Table& table = tableOf(keyspace, shard, name);
    if (isAsLast && &table == last)
        return;
    const bool wasKnown = table.fields.isKnown;
    const std::uint32_t before = table.fields.layout;
    noteFields(table.fields, event.body, fieldevent::kFields,
               {nameOf(keyspace), nameOf(shard), nameOf(withoutKeyspace(name, keyspace)), {}, {}, {}},
               !hasStringValues);
    table.hasStringValues = hasStringValues;
    table.hasLayout = true;
    if (wasKnown && table.fields.layout != before)
        addOther(Op::SchemaChange, event, table.fields.layout);
}

VStreamWalker::RowEvent VStreamWalker::rowEvent(const Event& event, const Table& table) const
{
    // Rows of the copy phase carry no binlog time.
    RowEvent rows{{}, numberAt(event.timestamp) == 0};
    rows.entry.second = event.at;
    rows.entry.layout = rows.isCopied ? table.fields.copyLayout : table.fields.layout;
    rows.entry.transaction = m_own;
    setTime(rows.entry, event);
    return rows;
}

// Row events of one table differ in their changes alone: what stands around those is compared, not parsed.
bool VStreamWalker::walkRowsLikeLast(const Event& event)
{
    if (!m_last || m_last->rowsHead.empty() || !event.body.starts_with(m_last->rowsHead))
        return false;
    Bytes changes = event.body.substr(m_last->rowsHead.size());
    if (!changes.ends_with(m_last->rowsTail))
        return false;
    changes.remove_suffix(m_last->rowsTail.size());
    const std::size_t entries = m_out->size();
    const std::uint32_t faults = m_result.faults;
    const RowEvent rows = rowEvent(event, *m_last);
    Scanner scanner(changes);
    bool isChange = true;
    while (isChange && scanner.next()) {
        isChange = scanner.isBytes(rowevent::kChange);
        if (isChange)
            walkRowChange(scanner.bytes(), offsetOf(scanner.lengthStart()), rows, *m_last);
    }
    if (isChange && !scanner.isBroken()) {
        m_result.isCopying |= rows.isCopied;
        return true;
    }
    m_out->resize(entries);
    m_result.faults = faults;
    return false;
}

void VStreamWalker::walkRowEvent(const Event& event)
{
    if (!m_inTransaction)
        openTransaction();
    if (walkRowsLikeLast(event))
        return;
    Bytes name, keyspace, shard;
    const char *firstChange = nullptr, *behindChanges = nullptr;
    std::size_t changesSize = 0;
    Scanner scanner(event.body);
    while (scanner.next()) {
        if (scanner.isBytes(rowevent::kChange)) {
            if (!firstChange)
                firstChange = scanner.fieldStart();
            behindChanges = scanner.bytes().data() + scanner.bytes().size();
            changesSize += static_cast<std::size_t>(behindChanges - scanner.fieldStart());
        } else if (scanner.isBytes(rowevent::kTable))
            name = scanner.bytes();
        else if (scanner.isBytes(rowevent::kKeyspace))
            keyspace = scanner.bytes();
        else if (scanner.isBytes(rowevent::kShard))
            shard = scanner.bytes();
    }
    const bool namesAll = !keyspace.empty() && !shard.empty();
    if (keyspace.empty())
        keyspace = m_keyspace;
    if (shard.empty())
        shard = m_shard;
    if (scanner.isBroken()) {
        addUndecodable(event.at, streamLayout(keyspace, shard));
        return;
    }

    Table& table = tableOf(keyspace, shard, name);
    if (!table.hasLayout) {
        Layout layout{nameOf(keyspace), nameOf(shard), nameOf(withoutKeyspace(name, keyspace)), {}, {}, {}};
        table.fields.layout = table.fields.copyLayout = m_layouts.add(std::move(layout));
        table.hasLayout = true;
    }
    const RowEvent rows = rowEvent(event, table);
    m_result.isCopying |= rows.isCopied;
    Scanner changes(event.body);
    while (changes.next()) {
        if (changes.isBytes(rowevent::kChange))
            walkRowChange(changes.bytes(), offsetOf(changes.lengthStart()), rows, table);
    }
    if (namesAll && firstChange && behindChanges == firstChange + changesSize) {
        table.rowsHead.assign(event.body.data(), firstChange);
        table.rowsTail.assign(behindChanges, event.body.data() + event.body.size());
    }
}

void VStreamWalker::walkRowChange(Bytes change, std::uint32_t at, const RowEvent& event, Table& table)
{
    Bytes before, after, dataColumns;
    bool hasBefore = false, hasAfter = false, hasDataColumns = false, isBroken = false;
    // The images alone, in their order, are what most changes hold.
    const char* next = change.data();
    const char* const end = next + change.size();
    if (next != end && *next == tagOf(rowchange::kBefore))
        hasBefore = readDelimited(++next, end, before);
    if (next != end && *next == tagOf(rowchange::kAfter))
        hasAfter = readDelimited(++next, end, after);
    if (next != end) {
        hasBefore = hasAfter = false;
        Scanner scanner(change);
        while (scanner.next()) {
            if (scanner.isBytes(rowchange::kBefore)) {
                before = scanner.bytes();
                hasBefore = true;
            } else if (scanner.isBytes(rowchange::kAfter)) {
                after = scanner.bytes();
                hasAfter = true;
            } else if (scanner.isBytes(rowchange::kDataColumns)) {
                dataColumns = scanner.bytes();
                hasDataColumns = true;
            }
        }
        isBroken = scanner.isBroken();
    }

    Entry entry = event.entry;
    entry.first = at;
    entry.setOp(hasBefore ? hasAfter ? Op::Update : Op::Delete : Op::Insert);
    if (event.isCopied && !hasBefore)
        entry.setCopied();
    if (hasBefore) {
        if (hasDataColumns && hasAfter && table.fields.isKnown) {
            const Entry::Partial partial = partialOf(dataColumns, *m_layouts.at(table.fields.layout).after);
            m_result.isContext |= partial != table.partial;
            table.partial = partial;
        }
        entry.setPartialBefore(table.partial);
    }

    RowFault fault = isBroken || (!hasBefore && !hasAfter) ? RowFault::Malformed : RowFault::None;
    if (fault == RowFault::None && !table.fields.isKnown)
        fault = RowFault::NoFields;
    if (fault == RowFault::None && hasBefore)
        fault = checkRow(before, table.fields.columns);
    if (fault == RowFault::None && hasAfter)
        fault = checkRow(after, table.fields.columns);
    addRow(entry, fault);
}

std::string VStreamWalker::context() const
{
    std::string message;
    const auto appendEvent = [&message](EventType type, const Table* table, std::uint32_t number, Bytes body) {
        std::string event;
        appendNumberField(vevent::kType, static_cast<std::uint64_t>(type), event);
        if (table) {
            appendBytesField(number, body, event);
            appendBytesField(vevent::kKeyspace, table->keyspace, event);
            appendBytesField(vevent::kShard, table->shard, event);
        }
        appendBytesField(vstream::kEvents, event, message);
    };
    for (const auto& [key, table] : m_tables) {
        if (!table.fields.isKnown)
            continue;
        std::string fields;
        appendBytesField(fieldevent::kTable, table.name, fields);
        fields += table.fields.bytes;
        appendBytesField(fieldevent::kKeyspace, table.keyspace, fields);
        appendBytesField(fieldevent::kShard, table.shard, fields);
        appendNumberField(fieldevent::kStringValues, table.hasStringValues ? 1 : 0, fields);
        appendEvent(EventType::Field, &table, vevent::kField, fields);
        if (table.partial == Entry::Partial::None)
            continue;
        // An update whose bitmap says so.
        std::string columns, change, row;
        appendBytesField(
            2, std::string(table.fields.columns / 8 + 1, table.partial == Entry::Partial::All ? '\0' : '\xFF'),
            columns);
        appendBytesField(rowchange::kBefore, {}, change);
        appendBytesField(rowchange::kAfter, {}, change);
        appendBytesField(rowchange::kDataColumns, columns, change);
        appendBytesField(rowevent::kTable, table.name, row);
        appendBytesField(rowevent::kChange, change, row);
        appendBytesField(rowevent::kKeyspace, table.keyspace, row);
        appendBytesField(rowevent::kShard, table.shard, row);
        appendEvent(EventType::Row, &table, vevent::kRow, row);
    }
    appendEvent(m_inTransaction ? EventType::Begin : EventType::Commit, nullptr, 0, {});
    return message;
}

VStreamWalker::Table& VStreamWalker::tableOf(Bytes keyspace, Bytes shard, Bytes name)
{
    if (m_last && m_last->name == name && m_last->shard == shard && m_last->keyspace == keyspace)
        return *m_last;
    m_key.assign(keyspace).push_back('\0');
    m_key.append(shard).push_back('\0');
    m_key.append(name);
    const auto [found, isNew] = m_tables.try_emplace(m_key);
    m_last = &found->second;
    if (isNew) {
        m_last->keyspace = keyspace;
        m_last->shard = shard;
        m_last->name = name;
    }
    return *m_last;
}

void VStreamWalker::openTransaction()
{
    nextTransaction();
    m_inTransaction = true;
}

} // namespace vtscope
