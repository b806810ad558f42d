#include "streamcore/capture/change.h"

#include "binlogdata.pb.h"
#include "capture.pb.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "vtrpc.pb.h"

namespace vtscope {

namespace {

bool bitOf(Bytes bits, std::size_t i)
{
    return i / 8 < bits.size() && (static_cast<unsigned char>(bits[i / 8]) >> (i % 8) & 1) != 0;
}

// The bits of a RowChange.Bitmap and how many it counts.
Bytes bitmapOf(Bytes message, std::size_t& count)
{
    Bytes bits;
    count = 0;
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isNumber(field::bitmap::kCount))
            count = scanner.number();
        else if (scanner.isBytes(field::bitmap::kBits))
            bits = scanner.bytes();
    }
    return bits;
}

// Of a text field the last there is; empty without one, and where it is no text.
Bytes textOf(Bytes message, std::uint32_t field)
{
    Bytes text;
    for (Scanner scanner(message); scanner.next();) {
        if (scanner.isBytes(field))
            text = scanner.bytes();
    }
    return isUtf8(text) ? text : Bytes();
}

template <typename Message> Message parsed(Bytes bytes)
{
    Message message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        message.Clear();
    return message;
}

Bytes fieldAt(Bytes payload, std::uint32_t offset)
{
    return delimitedAt(payload.data() + std::min<std::size_t>(offset, payload.size()), payload.data() + payload.size());
}

std::string columnsText(const std::shared_ptr<const Schema>& schema)
{
    return std::to_string(schema ? schema->columns.size() : 0);
}

bool isMessageOf(const Snapshot& snapshot, std::uint64_t record, ReaderId reader)
{
    return snapshot.readerOf(record) == reader && snapshot.typeOf(record) == RecordType::Message;
}

} // namespace

void ChangeView::read(const Snapshot& snapshot, std::uint64_t number)
{
    m_number = number;
    m_entry = &snapshot.entry(number);
    m_layout = &snapshot.layoutOf(*m_entry);
    m_hasBefore = m_hasAfter = m_hasSentColumns = false;
    m_sentColumns = m_partialJson = {};
    m_beforeSpans.clear();
    m_afterSpans.clear();
    const Bytes payload = snapshot.payload(m_entry->record());

    const auto takeBefore = [this](Bytes row) {
        m_hasBefore = true;
        m_beforeValues = splitRow(row, m_beforeSpans);
    };
    const auto takeAfter = [this](Bytes row) {
        m_hasAfter = true;
        m_afterValues = splitRow(row, m_afterSpans);
    };
    switch (m_entry->images()) {
    case Images::RowChange: {
        m_raw = fieldAt(payload, m_entry->first);
        Scanner scanner(m_raw);
        while (scanner.next()) {
            if (scanner.isBytes(field::rowchange::kBefore)) {
                takeBefore(scanner.bytes());
            } else if (scanner.isBytes(field::rowchange::kAfter)) {
                takeAfter(scanner.bytes());
            } else if (scanner.isBytes(field::rowchange::kDataColumns)) {
                m_hasSentColumns = true;
                m_sentColumns = bitmapOf(scanner.bytes(), m_sentCount);
            } else if (scanner.isBytes(field::rowchange::kJsonPartial)) {
                std::size_t ignored = 0;
                m_partialJson = bitmapOf(scanner.bytes(), ignored);
            }
        }
        break;
    }
    case Images::Rows:
        if (m_entry->first)
            takeBefore(m_raw = fieldAt(payload, m_entry->first));
        if (m_entry->second)
            takeAfter(m_raw = fieldAt(payload, m_entry->second));
        break;
    case Images::Event:
        m_raw = m_entry->first ? fieldAt(payload, m_entry->first) : payload;
        break;
    }
}

const Schema* ChangeView::schema() const
{
    return m_hasAfter || !m_hasBefore ? m_layout->after.get() : m_layout->before.get();
}

Cell ChangeView::before(std::size_t column) const
{
    if (!m_hasBefore)
        return {};
    if (m_hasAfter && !m_layout->beforeOfAfter.empty()) {
        const int own = m_layout->beforeOfAfter[column];
        return own < 0 ? Cell{} : cellOf(true, static_cast<std::size_t>(own));
    }
    return cellOf(true, column);
}

Cell ChangeView::after(std::size_t column) const
{
    return m_hasAfter ? cellOf(false, column) : Cell{};
}

Cell ChangeView::cellOf(bool isBefore, std::size_t column) const
{
    const auto& spans = isBefore ? m_beforeSpans : m_afterSpans;
    const Schema* const schema = isBefore ? m_layout->before.get() : m_layout->after.get();
    if (!schema || column >= schema->columns.size() || column >= spans.size())
        return {};
    Cell cell;
    cell.column = &schema->columns[column];
    const CellSpan span = spans[column];
    if (span.length >= 0) {
        cell.state = Cell::State::Value;
        cell.bytes =
            (isBefore ? m_beforeValues : m_afterValues).substr(span.offset, static_cast<std::size_t>(span.length));
    } else {
        cell.state = Cell::State::Null;
        // The bitmap counts the table's columns. With another number of columns it cannot be applied, and -1 proves
        // nothing.
        const bool isClear =
            m_hasSentColumns && (m_sentCount != schema->columns.size() || !bitOf(m_sentColumns, column));
        if (isClear && (!isBefore || !cell.column->isKey))
            cell.state = Cell::State::NotSent;
        const bool isLeftOut = m_entry->partialBefore() == Entry::Partial::All ||
                               (m_entry->partialBefore() == Entry::Partial::Long && cell.column->isLong());
        if (isBefore && isLeftOut && !cell.column->isKey)
            cell.state = Cell::State::NotSent;
    }
    if (!isBefore && !m_partialJson.empty() && cell.column->kind == ValueKind::Json) {
        std::size_t json = 0;
        for (std::size_t i = 0; i < column; ++i)
            json += schema->columns[i].kind == ValueKind::Json;
        if (bitOf(m_partialJson, json)) {
            cell.isPartialJson = true;
            if (cell.hasValue() && cell.bytes.empty())
                cell.state = Cell::State::NotSent;
        }
    }
    return cell;
}

bool ChangeView::isChanged(std::size_t column) const
{
    if (op() != Op::Update)
        return false;
    const Cell now = after(column);
    if (now.state == Cell::State::NotSent || now.state == Cell::State::Absent)
        return false;
    const Cell was = before(column);
    return was.state != now.state || was.bytes != now.bytes;
}

EventText eventText(const Snapshot& snapshot, std::uint64_t number)
{
    const Entry& entry = snapshot.entry(number);
    const Layout& layout = snapshot.layoutOf(entry);
    const Bytes payload = snapshot.payload(entry.record());
    const Bytes bytes = entry.first ? fieldAt(payload, entry.first) : payload;
    const std::string where = layout.shard.empty() ? layout.keyspace : layout.keyspace + "/" + layout.shard;
    switch (entry.op()) {
    case Op::Ddl:
        return {"DDL", parsed<binlogdata::VEvent>(bytes).statement(), where};
    case Op::SchemaChange:
        return {"Schema change", layout.table,
                columnsText(layout.after) + " columns from here; older rows keep their own"};
    case Op::Statement:
        return {"Statement without rows", parsed<binlogdata::VEvent>(bytes).dml(),
                "the server sent no row images for it"};
    case Op::CopyCompleted:
        return {"Copy finished", {}, where.empty() ? "all shards" : where};
    case Op::Journal: {
        const auto event = parsed<binlogdata::VEvent>(bytes);
        std::string to;
        for (const auto& shard : event.journal().shard_gtids())
            to += (to.empty() ? "" : ", ") + shard.shard();
        return {"Reshard", {}, where + " moves to " + to};
    }
    case Op::Failed: {
        if (!entry.first) {
            const auto ended = parsed<capture::ReaderEnded>(bytes);
            return {"Stream broke", ended.message(), where};
        }
        return {"Error in a response", parsed<vtrpc::RPCError>(bytes).message(), where};
    }
    case Op::Ended:
        return {
            "Stream ended", {}, "by the server, without an error" + (where.empty() ? std::string() : " · " + where)};
    case Op::Gap: {
        const auto gap = parsed<capture::GapFound>(bytes);
        return {"Gap", gap.missing(), gap.cause() + (where.empty() ? std::string() : " · " + where)};
    }
    case Op::Resumed:
        return {"Stream opened again",
                {},
                "from the last whole transaction" + (where.empty() ? std::string() : " · " + where)};
    case Op::Unknown:
        return {"Unknown event", "type " + std::to_string(static_cast<int>(parsed<binlogdata::VEvent>(bytes).type())),
                "kept as received, " + std::to_string(bytes.size()) + " B"};
    case Op::Undecodable:
        return {"Not decodable", "the message is not valid",
                "kept as received, " + std::to_string(bytes.size()) + " B"};
    case Op::Insert:
    case Op::Update:
    case Op::Delete:
    case Op::Row:
        break;
    }
    return {"Not decodable", faultText(entry.fault()), "kept as received"};
}

const char* faultText(RowFault fault)
{
    switch (fault) {
    case RowFault::None:
        return "";
    case RowFault::NoFields:
        return "the server sent no columns for this table";
    case RowFault::TooFewCells:
        return "fewer values than columns";
    case RowFault::TooManyCells:
        return "more values than columns";
    case RowFault::Truncated:
        return "the lengths add up to more bytes than there are";
    case RowFault::TrailingBytes:
        return "bytes are left over behind the last value";
    case RowFault::NegativeLength:
        return "a value has a negative length";
    case RowFault::Malformed:
        return "the row is not a valid message";
    }
    return "";
}

TransactionFacts transactionFacts(const Snapshot& snapshot, std::uint64_t number)
{
    TransactionFacts facts;
    const Entry& entry = snapshot.entry(number);
    if (entry.images() != Images::RowChange)
        return facts;
    const Bytes payload = snapshot.payload(entry.record());
    const auto own = parsed<binlogdata::VEvent>(fieldAt(payload, entry.second));
    facts.gtid = own.event_gtid();
    // The COMMIT of the shard stands later in this response or in one of the next.
    constexpr int kResponsesToLookThrough = 64;
    std::uint64_t record = entry.record();
    for (int i = 0; i < kResponsesToLookThrough && record != 0; ++i, record = snapshot.nextRecord(record)) {
        if (!isMessageOf(snapshot, record, snapshot.readerOf(entry.record())))
            continue;
        const Bytes message = snapshot.payload(record);
        Scanner scanner(message);
        while (scanner.next()) {
            if (!scanner.isBytes(field::vstream::kEvents) ||
                (record == entry.record() && scanner.lengthStart() <= message.data() + entry.second))
                continue;
            Scanner type(scanner.bytes());
            if (!type.next() || !type.isNumber(field::vevent::kType) || type.number() != binlogdata::COMMIT)
                continue;
            const auto commit = parsed<binlogdata::VEvent>(scanner.bytes());
            if (commit.shard() == own.shard() && commit.keyspace() == own.keyspace()) {
                facts.commitTime = commit.timestamp();
                return facts;
            }
        }
    }
    return facts;
}

const std::string& PositionFinder::find(const Snapshot& snapshot, std::uint64_t number)
{
    const Entry& entry = snapshot.entry(number);
    const std::uint64_t start = entry.record();
    const std::uint32_t offset = entry.place();
    const Layout& layout = snapshot.layoutOf(entry);
    if (m_isKnown && (start > m_fromRecord || (start == m_fromRecord && offset >= m_fromOffset)) &&
        (start < m_untilRecord || (start == m_untilRecord && offset <= m_untilOffset))) {
        const Layout& known = snapshot.layout(m_layout);
        if (known.shard == layout.shard && known.keyspace == layout.keyspace)
            return m_position;
    }
    m_isKnown = false;
    m_position.clear();
    const ReaderId reader = snapshot.readerOf(start);
    for (std::uint64_t record = start; record != 0; record = snapshot.nextRecord(record)) {
        if (!isMessageOf(snapshot, record, reader))
            continue;
        const Bytes message = snapshot.payload(record);
        Scanner scanner(message);
        while (scanner.next()) {
            if (scanner.type() != WireType::Length)
                continue;
            const auto at = static_cast<std::uint32_t>(scanner.lengthStart() - message.data());
            if (entry.images() == Images::Rows) {
                if (scanner.field() != field::sync::kCursor)
                    continue;
                m_position = textOf(scanner.bytes(), field::cursor::kPosition);
            } else {
                if (scanner.field() != field::vstream::kEvents || (record == start && at <= offset))
                    continue;
                Scanner event(scanner.bytes());
                while (event.next()) {
                    if (!event.isBytes(field::vevent::kVgtid))
                        continue;
                    for (Scanner shard(event.bytes()); shard.next();) {
                        if (shard.isBytes(field::vgtid::kShards) &&
                            textOf(shard.bytes(), field::shardgtid::kShard) == layout.shard &&
                            textOf(shard.bytes(), field::shardgtid::kKeyspace) == layout.keyspace)
                            m_position = textOf(shard.bytes(), field::shardgtid::kGtid);
                    }
                }
            }
            if (m_position.empty())
                continue;
            m_fromRecord = start;
            m_fromOffset = offset;
            m_untilRecord = record;
            m_untilOffset = entry.images() == Images::Rows ? 0xFFFFFFFFu : at;
            m_layout = entry.layout;
            m_isKnown = true;
            return m_position;
        }
    }
    return m_position;
}

} // namespace vtscope
