#include "streamcore/decode/walker.h"

#include <algorithm>

#include "streamcore/decode/fields.h"

namespace vtscope {

namespace {

// Field and event numbers of binlogdata, query, psdbconnect, psdb and vtgate as the messages are walked without being parsed.
namespace vevent {
constexpr std::uint32_t kType = 1, kTimestamp = 2, kRow = 5, kField = 6, kVgtid = 7, kCurrentTime = 20, kKeyspace = 22, kShard = 23;
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
namespace result {
constexpr std::uint32_t kFields = 1, kRows = 4;
}
namespace sync {
constexpr std::uint32_t kResult = 1, kCursor = 2, kError = 3, kDeletes = 4, kUpdates = 5;
}
namespace cursor {
constexpr std::uint32_t kLastKey = 4;
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
    if (!keyspace.empty() && table.size() > keyspace.size() + 1 && table.substr(0, keyspace.size()) == keyspace && table[keyspace.size()] == '.')
        return table.substr(keyspace.size() + 1);
    return table;
}

bool hasField(Bytes message, std::uint32_t field)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(field))
            return true;
    }
    return false;
}

// The first field with this number as bytes, empty if there is none.
Bytes fieldBytes(Bytes message, std::uint32_t field)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(field))
            return scanner.bytes();
    }
    return {};
}

// Which cells a partial after image leaves out decides what a -1 in the before image can mean: with MINIMAL the before image is the
// key alone, with NOBLOB it lacks long columns. INSERTs leave out unnamed columns in either mode and tell nothing.
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

struct Walker::EventFacts
{
    std::uint64_t type = 0;
    std::int64_t timestamp = 0;
    std::int64_t currentTime = 0;
    Bytes keyspace;
    Bytes shard;
    Bytes body;  // row_event, field_event or vgtid
};

Walker::Walker(WalkerSource source, Layouts& layouts) : m_source(std::move(source)), m_layouts(layouts) {}

Walker::~Walker() = default;

WalkResult Walker::walk(Bytes message, std::int64_t received, std::uint32_t& transaction, std::vector<Entry>& out)
{
    m_message = message;
    m_received = received;
    m_transaction = &transaction;
    m_out = &out;
    m_result = {};

    switch (m_source.api) {
    case Api::VStream: {
        Scanner scanner(message);
        while (scanner.next()) {
            if (scanner.isBytes(1))
                walkEvent(scanner.bytes(), offsetOf(scanner.lengthStart()));
        }
        if (scanner.isBroken()) {
            addEvent(Op::Undecodable, 0, streamLayout({}, {}), received, true);
            ++m_result.faults;
        }
        break;
    }
    case Api::Sync:
        walkSync();
        break;
    case Api::PsdbQuery:
        walkQuery(2, 3);
        break;
    case Api::VtgateQuery:
        walkQuery(1, 0);
        break;
    case Api::Unknown:
        addEvent(Op::Undecodable, 0, streamLayout({}, {}), received, true);
        ++m_result.faults;
        break;
    }
    return m_result;
}

void Walker::walkEvent(Bytes event, std::uint32_t at)
{
    EventFacts facts;
    Scanner scanner(event);
    while (scanner.next()) {
        if (scanner.type() == WireType::Varint) {
            switch (scanner.field()) {
            case vevent::kType:
                facts.type = scanner.number();
                break;
            case vevent::kTimestamp:
                facts.timestamp = static_cast<std::int64_t>(scanner.number());
                break;
            case vevent::kCurrentTime:
                facts.currentTime = static_cast<std::int64_t>(scanner.number());
                break;
            default:
                break;
            }
        } else if (scanner.type() == WireType::Length) {
            switch (scanner.field()) {
            case vevent::kRow:
            case vevent::kField:
                facts.body = scanner.bytes();
                break;
            case vevent::kVgtid:
                m_result.position = offsetOf(scanner.lengthStart());
                break;
            case vevent::kKeyspace:
                facts.keyspace = scanner.bytes();
                break;
            case vevent::kShard:
                facts.shard = scanner.bytes();
                break;
            default:
                break;
            }
        }
    }
    const bool hasTime = facts.currentTime != 0;
    const std::int64_t time = hasTime ? facts.currentTime : m_received;
    const auto event_ = [&](Op op) { addEvent(op, at, streamLayout(facts.keyspace, facts.shard), time, !hasTime); };
    if (scanner.isBroken()) {
        event_(Op::Undecodable);
        ++m_result.faults;
        return;
    }

    switch (static_cast<EventType>(facts.type)) {
    case EventType::Begin:
        openTransaction();
        break;
    case EventType::Commit:
    case EventType::Rollback:
        m_inTransaction = false;
        break;
    case EventType::Row:
        walkRowEvent(facts, at);
        break;
    case EventType::Field:
        walkFieldEvent(facts, at);
        break;
    case EventType::Ddl:
        event_(Op::Ddl);
        break;
    case EventType::Journal:
        event_(Op::Journal);
        break;
    case EventType::CopyCompleted:
        m_result.hasCopyCompleted = true;
        event_(Op::CopyCompleted);
        break;
    default:
        if (facts.type >= static_cast<std::uint64_t>(EventType::Insert) && facts.type <= static_cast<std::uint64_t>(EventType::Delete))
            event_(Op::Statement);
        else if (facts.type > static_cast<std::uint64_t>(EventType::Last))
            event_(Op::Unknown);
        break;
    }
}

void Walker::walkFieldEvent(const EventFacts& facts, std::uint32_t at)
{
    Bytes table, keyspace = facts.keyspace, shard = facts.shard;
    bool hasStringValues = false;
    Scanner scanner(facts.body);
    while (scanner.next()) {
        if (scanner.isBytes(fieldevent::kTable))
            table = scanner.bytes();
        else if (scanner.isBytes(fieldevent::kKeyspace))
            keyspace = scanner.bytes();
        else if (scanner.isBytes(fieldevent::kShard))
            shard = scanner.bytes();
        else if (scanner.isNumber(fieldevent::kStringValues))
            hasStringValues = scanner.number() != 0;
    }
    TableState& state = tableState(keyspace, shard, table);
    const bool wasKnown = state.hasFields;
    const std::uint32_t before = state.layout;
    noteFields(state, facts.body, fieldevent::kFields, keyspace, shard, withoutKeyspace(table, keyspace), !hasStringValues);
    if (wasKnown && state.layout != before)
        addEvent(Op::SchemaChange, at, state.layout, facts.currentTime ? facts.currentTime : m_received, facts.currentTime == 0);
}

void Walker::walkRowEvent(const EventFacts& facts, std::uint32_t at)
{
    Bytes table, keyspace = facts.keyspace, shard = facts.shard;
    Scanner scanner(facts.body);
    while (scanner.next()) {
        if (scanner.isBytes(rowevent::kTable))
            table = scanner.bytes();
        else if (scanner.isBytes(rowevent::kKeyspace))
            keyspace = scanner.bytes();
        else if (scanner.isBytes(rowevent::kShard))
            shard = scanner.bytes();
    }
    if (scanner.isBroken()) {
        addEvent(Op::Undecodable, at, streamLayout(keyspace, shard), m_received, true);
        ++m_result.faults;
        return;
    }
    if (!m_inTransaction)
        openTransaction();

    TableState& state = tableState(keyspace, shard, table);
    if (!state.hasLayout) {
        Layout layout{std::string(keyspace), std::string(shard), std::string(withoutKeyspace(table, keyspace)), {}, {}, {}};
        state.layout = state.copyLayout = m_layouts.add(std::move(layout));
        state.hasLayout = true;
    }
    // Rows of the copy phase carry no binlog time.
    const bool isCopied = facts.timestamp == 0;
    m_result.isCopying |= isCopied;
    const std::int64_t time = facts.currentTime != 0 ? facts.currentTime : m_received;
    Scanner changes(facts.body);
    while (changes.next()) {
        if (changes.isBytes(rowevent::kChange))
            walkRowChange(changes.bytes(), offsetOf(changes.lengthStart()), at, state, isCopied, time);
    }
}

void Walker::walkRowChange(Bytes change, std::uint32_t at, std::uint32_t eventAt, TableState& table, bool isCopied, std::int64_t time)
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
    const Op op = hasBefore ? hasAfter ? Op::Update : Op::Delete : Op::Insert;
    Entry entry = Entry::make(op, Images::RowChange);
    entry.first = at;
    entry.second = eventAt;
    entry.layout = isCopied ? table.copyLayout : table.layout;
    entry.transaction = *m_transaction;
    entry.time = time;
    if (time == m_received)
        entry.setReceiptTime();
    if (isCopied && op == Op::Insert)
        entry.setCopied();

    RowFault fault = scanner.isBroken() || (!hasBefore && !hasAfter) ? RowFault::Malformed : RowFault::None;
    if (fault == RowFault::None && !table.hasFields)
        fault = RowFault::NoFields;
    if (fault == RowFault::None && hasBefore)
        fault = checkRow(before, table.columns);
    if (fault == RowFault::None && hasAfter)
        fault = checkRow(after, table.columns);
    if (fault != RowFault::None) {
        entry.setFault(fault);
        ++m_result.faults;
    }
    if (hasBefore) {
        if (hasDataColumns && hasAfter && table.hasFields)
            table.partial = partialOf(dataColumns, *m_layouts.at(table.layout).after);
        entry.setPartialBefore(table.partial);
    }
    m_out->push_back(entry);
}

void Walker::walkSync()
{
    const std::size_t firstEntry = m_out->size();
    openTransaction();
    Bytes cursorBytes;
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.type() != WireType::Length)
            continue;
        switch (scanner.field()) {
        case sync::kResult:
            walkResult(scanner.bytes(), m_rows, Op::Insert, false);
            break;
        case sync::kDeletes:
            walkResult(fieldBytes(scanner.bytes(), 1), m_deletes, Op::Delete, true);
            break;
        case sync::kUpdates:
            walkSyncUpdate(scanner.bytes());
            break;
        case sync::kCursor:
            cursorBytes = scanner.bytes();
            m_result.position = offsetOf(scanner.lengthStart());
            break;
        case sync::kError:
            m_result.error = offsetOf(scanner.lengthStart());
            addEvent(Op::Failed, m_result.error, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
            break;
        default:
            break;
        }
    }
    if (scanner.isBroken()) {
        addEvent(Op::Undecodable, 0, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
        ++m_result.faults;
    }
    if (m_result.position == 0)
        return;
    // Sync marks the copy only by the last key in its cursor; when it goes, the copy is complete.
    const bool isCopying = hasField(cursorBytes, cursor::kLastKey);
    if (isCopying) {
        for (std::size_t i = firstEntry; i < m_out->size(); ++i) {
            if ((*m_out)[i].op() == Op::Insert)
                (*m_out)[i].setCopied();
        }
    } else if (m_isSyncCopying) {
        m_result.hasCopyCompleted = true;
        addEvent(Op::CopyCompleted, m_result.position, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
    }
    m_isSyncCopying = isCopying;
    m_result.isCopying = isCopying;
}

void Walker::walkResult(Bytes bytes, TableState& table, Op op, bool isBefore)
{
    Scanner scanner(bytes);
    bool areFieldsNoted = false;
    while (scanner.next()) {
        if (scanner.isBytes(result::kFields)) {
            if (!areFieldsNoted)
                noteFields(table, bytes, result::kFields, m_source.keyspace, m_source.shard, m_source.table, false);
            areFieldsNoted = true;
        } else if (scanner.isBytes(result::kRows)) {
            Entry entry = Entry::make(op, Images::Rows);
            (isBefore ? entry.first : entry.second) = offsetOf(scanner.lengthStart());
            entry.layout = table.layout;
            entry.transaction = *m_transaction;
            entry.time = m_received;
            entry.setReceiptTime();
            const RowFault fault = table.hasFields ? checkRow(scanner.bytes(), table.columns) : RowFault::NoFields;
            if (fault != RowFault::None) {
                entry.setFault(fault);
                ++m_result.faults;
            }
            m_out->push_back(entry);
        }
    }
    if (scanner.isBroken()) {
        addEvent(Op::Undecodable, offsetOf(bytes.data()), streamLayout(m_source.keyspace, m_source.shard), m_received, true);
        ++m_result.faults;
    }
}

void Walker::noteUpdateFields(Bytes before, Bytes after)
{
    if (m_updates.hasLayout && sameFields(before, result::kFields, m_updates.beforeFields) &&
        sameFields(after, result::kFields, m_updates.afterFields))
        return;
    collectFields(before, result::kFields, m_updates.beforeFields);
    collectFields(after, result::kFields, m_updates.afterFields);
    Layout layout{m_source.keyspace, m_source.shard, m_source.table, {}, {}, {}};
    layout.before = schemaOf(before, result::kFields, false);
    if (m_updates.beforeFields == m_updates.afterFields) {
        layout.after = layout.before;
    } else {
        layout.after = schemaOf(after, result::kFields, false);
        for (const Column& column : layout.after->columns)
            layout.beforeOfAfter.push_back(layout.before->indexOf(column.name));
    }
    m_updates.layout = m_layouts.add(std::move(layout));
    m_updates.hasLayout = true;
}

void Walker::walkSyncUpdate(Bytes update)
{
    const Bytes before = fieldBytes(update, 1);
    const Bytes after = fieldBytes(update, 2);
    noteUpdateFields(before, after);
    const Layout& layout = m_layouts.at(m_updates.layout);
    Scanner olds(before), news(after);
    const auto nextRow = [](Scanner& scanner) {
        while (scanner.next()) {
            if (scanner.isBytes(result::kRows))
                return true;
        }
        return false;
    };
    while (true) {
        const bool hasOld = nextRow(olds), hasNew = nextRow(news);
        if (!hasOld && !hasNew)
            break;
        Entry entry = Entry::make(Op::Update, Images::Rows);
        entry.layout = m_updates.layout;
        entry.transaction = *m_transaction;
        entry.time = m_received;
        entry.setReceiptTime();
        RowFault fault = RowFault::None;
        if (hasOld) {
            entry.first = offsetOf(olds.lengthStart());
            fault = checkRow(olds.bytes(), layout.before->columns.size());
        }
        if (hasNew) {
            entry.second = offsetOf(news.lengthStart());
            if (fault == RowFault::None)
                fault = checkRow(news.bytes(), layout.after->columns.size());
        }
        if (fault != RowFault::None) {
            entry.setFault(fault);
            ++m_result.faults;
        }
        m_out->push_back(entry);
    }
    if (olds.isBroken() || news.isBroken()) {
        addEvent(Op::Undecodable, 0, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
        ++m_result.faults;
    }
}

void Walker::walkQuery(std::uint32_t resultField, std::uint32_t errorField)
{
    openTransaction();
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.isBytes(resultField)) {
            walkResult(scanner.bytes(), m_rows, Op::Row, false);
        } else if (errorField != 0 && scanner.isBytes(errorField)) {
            m_result.error = offsetOf(scanner.lengthStart());
            addEvent(Op::Failed, m_result.error, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
        }
    }
    if (scanner.isBroken()) {
        addEvent(Op::Undecodable, 0, streamLayout(m_source.keyspace, m_source.shard), m_received, true);
        ++m_result.faults;
    }
}

Walker::TableState& Walker::tableState(Bytes keyspace, Bytes shard, Bytes table)
{
    m_key.assign(keyspace).push_back('\0');
    m_key.append(shard).push_back('\0');
    m_key.append(table);
    if (m_lastTable && m_key == m_lastKey)
        return *m_lastTable;
    m_lastTable = &m_tables[m_key];
    m_lastKey = m_key;
    return *m_lastTable;
}

void Walker::noteFields(TableState& table, Bytes message, std::uint32_t fieldNumber, Bytes keyspace, Bytes shard, Bytes name,
                        bool hasNumericMembers)
{
    if (table.hasFields && sameFields(message, fieldNumber, table.fields))
        return;
    collectFields(message, fieldNumber, table.fields);
    Layout layout{std::string(keyspace), std::string(shard), std::string(name), {}, {}, {}};
    layout.before = layout.after = schemaOf(message, fieldNumber, hasNumericMembers);
    table.columns = layout.after->columns.size();
    table.hasFields = table.hasLayout = true;
    const auto& columns = layout.after->columns;
    const bool differs = std::any_of(columns.begin(), columns.end(), [](const Column& column) { return column.hasNumericMembers; });
    table.layout = table.copyLayout = m_layouts.add(layout);
    if (differs) {
        layout.before = layout.after = schemaOf(message, fieldNumber, false);
        table.copyLayout = m_layouts.add(std::move(layout));
    }
}

std::uint32_t Walker::streamLayout(Bytes keyspace, Bytes shard)
{
    std::string key = std::string(keyspace) + '\0' + std::string(shard);
    if (const auto found = m_streamLayouts.find(key); found != m_streamLayouts.end())
        return found->second;
    const std::uint32_t number = m_layouts.add({std::string(keyspace), std::string(shard), {}, {}, {}, {}});
    m_streamLayouts.emplace(std::move(key), number);
    return number;
}

void Walker::addEvent(Op op, std::uint32_t first, std::uint32_t layout, std::int64_t time, bool isReceiptTime)
{
    Entry entry = Entry::make(op, Images::Event);
    entry.first = first;
    entry.layout = layout;
    entry.time = time;
    if (isReceiptTime)
        entry.setReceiptTime();
    m_out->push_back(entry);
}

void Walker::openTransaction()
{
    ++*m_transaction;
    m_inTransaction = true;
}

} // namespace vtscope
