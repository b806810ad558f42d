#include "streamcore/decode/vstreamwalker.h"

#include "streamcore/decode/wirewriter.h"

namespace vtscope {

namespace {

// Field and event numbers of binlogdata as its messages are walked without being parsed.
namespace vevent {
constexpr std::uint32_t kType = 1, kTimestamp = 2, kRow = 5, kField = 6, kVgtid = 7, kCurrentTime = 20, kKeyspace = 22,
                        kShard = 23;
}
namespace rowevent {
constexpr std::uint32_t kTable = 1, kChange = 2, kKeyspace = 3, kShard = 4;
}
namespace rowchange {
constexpr std::uint32_t kBefore = 1, kAfter = 2, kDataColumns = 3;
}
namespace fieldevent {
constexpr std::uint32_t kTable = 1, kFields = 2, kKeyspace = 3, kShard = 4, kStringValues = 25;
}

enum class EventType : std::uint64_t {
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
Entry::Partial partialOf(Bytes bitmap, const Schema& schema)
{
    Bytes bits;
    Scanner scanner(bitmap);
    while (scanner.next()) {
        if (scanner.isBytes(2))
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

struct VStreamWalker::Event
{
    std::uint32_t at;
    std::int64_t timestamp;
    std::int64_t time; // the server's clock, else receipt
    bool isReceiptTime;
    Bytes keyspace;
    Bytes shard;
    Bytes body; // row_event or field_event
};

VStreamWalker::VStreamWalker(WalkerSource source, Layouts& layouts) : Walker(std::move(source), layouts) {}

void VStreamWalker::walkMessage()
{
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.isBytes(1))
            walkEvent(scanner.bytes(), offsetOf(scanner.lengthStart()));
    }
    if (scanner.isBroken())
        addUndecodable(0, streamLayout({}, {}));
}

void VStreamWalker::walkEvent(Bytes bytes, std::uint32_t at)
{
    std::uint64_t type = 0;
    std::int64_t timestamp = 0, currentTime = 0;
    Bytes keyspace, shard, body;
    Scanner scanner(bytes);
    while (scanner.next()) {
        if (scanner.type() == WireType::Varint) {
            switch (scanner.field()) {
            case vevent::kType:
                type = scanner.number();
                break;
            case vevent::kTimestamp:
                timestamp = static_cast<std::int64_t>(scanner.number());
                break;
            case vevent::kCurrentTime:
                currentTime = static_cast<std::int64_t>(scanner.number());
                break;
            default:
                break;
            }
        } else if (scanner.type() == WireType::Length) {
            switch (scanner.field()) {
            case vevent::kRow:
            case vevent::kField:
                body = scanner.bytes();
                break;
            case vevent::kVgtid:
                m_result.position = offsetOf(scanner.lengthStart());
                break;
            case vevent::kKeyspace:
                keyspace = scanner.bytes();
                break;
            case vevent::kShard:
                shard = scanner.bytes();
                break;
            default:
                break;
            }
        }
    }
    if (scanner.isBroken()) {
        addUndecodable(at, streamLayout(keyspace, shard));
        return;
    }
    const bool isReceiptTime = currentTime == 0;
    const std::int64_t time = isReceiptTime ? m_received : currentTime;
    const auto add = [&](Op op) { addEvent(op, at, streamLayout(keyspace, shard), time, isReceiptTime); };

    switch (static_cast<EventType>(type)) {
    case EventType::Begin:
        openTransaction();
        break;
    case EventType::Commit:
    case EventType::Rollback:
        m_inTransaction = false;
        break;
    case EventType::Row:
        walkRowEvent({at, timestamp, time, isReceiptTime, keyspace, shard, body});
        break;
    case EventType::Field:
        walkFieldEvent({at, timestamp, time, isReceiptTime, keyspace, shard, body});
        break;
    case EventType::Ddl:
        add(Op::Ddl);
        break;
    case EventType::Journal:
        add(Op::Journal);
        break;
    case EventType::CopyCompleted:
        m_result.hasCopyCompleted = true;
        add(Op::CopyCompleted);
        break;
    default:
        if (type >= static_cast<std::uint64_t>(EventType::Insert) &&
            type <= static_cast<std::uint64_t>(EventType::Delete))
            add(Op::Statement);
        else if (type > static_cast<std::uint64_t>(EventType::Last))
            add(Op::Unknown);
        break;
    }
}

void VStreamWalker::walkFieldEvent(const Event& event)
{
    Bytes name, keyspace = event.keyspace, shard = event.shard;
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
        addEvent(Op::SchemaChange, event.at, table.fields.layout, event.time, event.isReceiptTime);
}

void VStreamWalker::walkRowEvent(const Event& event)
{
    Bytes name, keyspace = event.keyspace, shard = event.shard;
    m_changes.clear();
    Scanner scanner(event.body);
    while (scanner.next()) {
        if (scanner.isBytes(rowevent::kChange))
            m_changes.push_back({scanner.bytes(), offsetOf(scanner.lengthStart())});
        else if (scanner.isBytes(rowevent::kTable))
            name = scanner.bytes();
        else if (scanner.isBytes(rowevent::kKeyspace))
            keyspace = scanner.bytes();
        else if (scanner.isBytes(rowevent::kShard))
            shard = scanner.bytes();
    }
    if (scanner.isBroken()) {
        addUndecodable(event.at, streamLayout(keyspace, shard));
        return;
    }
    if (!m_inTransaction)
        openTransaction();

    Table& table = tableOf(keyspace, shard, name);
    if (!table.hasLayout) {
        Layout layout{nameOf(keyspace), nameOf(shard), nameOf(withoutKeyspace(name, keyspace)), {}, {}, {}};
        table.fields.layout = table.fields.copyLayout = m_layouts.add(std::move(layout));
        table.hasLayout = true;
    }
    // Rows of the copy phase carry no binlog time.
    m_result.isCopying |= event.timestamp == 0;
    for (const auto& [bytes, at] : m_changes)
        walkRowChange(bytes, at, event, table);
}

void VStreamWalker::walkRowChange(Bytes change, std::uint32_t at, const Event& event, Table& table)
{
    Bytes before, after, dataColumns;
    bool hasBefore = false, hasAfter = false, hasDataColumns = false;
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
    const bool isCopied = event.timestamp == 0;
    const Op op = hasBefore ? hasAfter ? Op::Update : Op::Delete : Op::Insert;
    Entry entry = Entry::make(op, Images::RowChange);
    entry.first = at;
    entry.second = event.at;
    entry.layout = isCopied ? table.fields.copyLayout : table.fields.layout;
    entry.transaction = m_own;
    entry.time = event.time;
    if (event.isReceiptTime)
        entry.setReceiptTime();
    if (isCopied && op == Op::Insert)
        entry.setCopied();
    if (hasBefore) {
        if (hasDataColumns && hasAfter && table.fields.isKnown) {
            const Entry::Partial partial = partialOf(dataColumns, *m_layouts.at(table.fields.layout).after);
            m_result.isContext |= partial != table.partial;
            table.partial = partial;
        }
        entry.setPartialBefore(table.partial);
    }

    RowFault fault = scanner.isBroken() || (!hasBefore && !hasAfter) ? RowFault::Malformed : RowFault::None;
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
        appendBytesField(1, event, message);
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
