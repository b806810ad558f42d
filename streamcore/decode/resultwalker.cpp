#include "streamcore/decode/resultwalker.h"

#include <algorithm>

#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/fields.h"
#include "streamcore/decode/wirewriter.h"

namespace vtscope {

namespace {

using namespace field;

bool hasField(Bytes message, std::uint32_t field)
{
    Scanner scanner(message);
    while (scanner.next()) {
        if (scanner.isBytes(field))
            return true;
    }
    return false;
}

[[gnu::always_inline]] inline bool nextRow(Scanner& scanner)
{
    while (scanner.next()) {
        if (scanner.isBytes(result::kRows))
            return true;
    }
    return false;
}

} // namespace

ResultWalker::ResultWalker(WalkerSource source, Layouts& layouts) : Walker(std::move(source), layouts) {}

void ResultWalker::walkMessage()
{
    switch (m_source.api) {
    case Api::Sync:
        return walkSync();
    case Api::PsdbQuery:
        return walkQuery(psdb::kResult, psdb::kError);
    case Api::VtgateQuery:
        return walkQuery(vtgate::kResult, 0);
    default:
        return addUndecodable(0, streamLayout({}, {}));
    }
}

void ResultWalker::walkSync()
{
    const std::size_t firstEntry = m_out->size();
    nextTransaction();
    Bytes cursorBytes;
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.type() != WireType::Length)
            continue;
        switch (scanner.field()) {
        case sync::kResult:
            walkResult(scanner.bytes(), m_rows, Op::Insert);
            break;
        case sync::kDeletes:
            walkResult(fieldIn(scanner.bytes(), deletes::kResult), m_deletes, Op::Delete);
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
            addEvent(Op::Failed, m_result.error, streamLayoutHere(), m_received, true);
            break;
        default:
            break;
        }
    }
    if (scanner.isBroken())
        addUndecodable(0, streamLayoutHere());
    if (m_result.position == 0)
        return;
    noteCopy(cursorBytes, firstEntry);
}

// Sync marks the copy only by the last key in its cursors: when it goes, the copy is complete. That of an empty table
// has none: it is complete when the position moves.
void ResultWalker::noteCopy(Bytes cursorBytes, std::size_t firstEntry)
{
    const bool hadLastKey = m_hasLastKey, wasBeginning = m_source.beginsCopy;
    m_hasLastKey = hasField(cursorBytes, cursor::kLastKey);
    bool isEmpty = false;
    if (m_hasLastKey) {
        m_source.beginsCopy = false;
        for (std::size_t i = firstEntry; i < m_out->size(); ++i) {
            if ((*m_out)[i].op() == Op::Insert)
                (*m_out)[i].setCopied();
        }
    } else if (wasBeginning) {
        const Bytes position = fieldIn(cursorBytes, cursor::kPosition);
        isEmpty = !m_copyPosition.empty() && position != m_copyPosition;
        m_source.beginsCopy = !isEmpty;
        m_copyPosition.assign(position);
    }
    m_result.hasCopyCompleted = isEmpty || (hadLastKey && !m_hasLastKey);
    if (m_result.hasCopyCompleted)
        addEvent(Op::CopyCompleted, m_result.position, streamLayoutHere(), m_received, true);
    if (isEmpty) // what came with it came after the copy
        std::rotate(m_out->begin() + static_cast<std::ptrdiff_t>(firstEntry), m_out->end() - 1, m_out->end());
    m_result.isContext |= m_hasLastKey != hadLastKey || m_source.beginsCopy != wasBeginning;
    m_result.isCopying = m_hasLastKey;
}

void ResultWalker::walkResult(Bytes bytes, FieldList& fields, Op op)
{
    Entry entry = Entry::make(op, Images::Rows);
    entry.transaction = m_own;
    entry.time = m_received;
    entry.setReceiptTime();
    bool areFieldsNoted = false;
    Scanner scanner(bytes);
    while (scanner.next()) {
        if (scanner.isBytes(result::kRows)) {
            Entry row = entry;
            (op == Op::Delete ? row.first : row.second) = offsetOf(scanner.lengthStart());
            row.layout = fields.isKnown ? fields.layout : layoutWithoutFields();
            addRow(row, fields.isKnown ? checkRow(scanner.bytes(), fields.columns) : RowFault::NoFields);
        } else if (scanner.isBytes(result::kFields) && !areFieldsNoted) {
            areFieldsNoted = true;
            if (const char* const after = afterFields(scanner.fieldStart(), scanner.end(), fields))
                scanner.jump(after);
            else
                noteFields(fields, bytes, result::kFields, layoutHere(), false);
        }
    }
    if (scanner.isBroken())
        addUndecodable(offsetOf(bytes.data()), streamLayoutHere());
}

void ResultWalker::noteUpdateFields(Bytes before, Bytes after)
{
    if (m_updates.hasLayout && sameFields(before, result::kFields, m_updates.before.bytes) &&
        sameFields(after, result::kFields, m_updates.after.bytes))
        return;
    m_result.isContext = true;
    collectFields(before, result::kFields, m_updates.before.bytes);
    collectFields(after, result::kFields, m_updates.after.bytes);
    Layout layout = layoutHere();
    layout.before = schemaOf(before, result::kFields, false);
    if (m_updates.before.bytes == m_updates.after.bytes) {
        layout.after = layout.before;
    } else {
        layout.after = schemaOf(after, result::kFields, false);
        for (const Column& column : layout.after->columns)
            layout.beforeOfAfter.push_back(layout.before->indexOf(column.name));
    }
    m_updates.before.columns = layout.before->columns.size();
    m_updates.after.columns = layout.after->columns.size();
    m_updates.before.isKnown = m_updates.after.isKnown = true;
    m_updates.layout = m_layouts.add(std::move(layout));
    m_updates.hasLayout = true;
}

void ResultWalker::walkSyncUpdate(Bytes update)
{
    const Bytes before = fieldIn(update, updates::kBefore);
    const Bytes after = fieldIn(update, updates::kAfter);
    const char* const oldRows = afterFields(before.data(), before.data() + before.size(), m_updates.before);
    const char* const newRows = afterFields(after.data(), after.data() + after.size(), m_updates.after);
    Scanner olds(before), news(after);
    if (oldRows && newRows) {
        olds.jump(oldRows);
        news.jump(newRows);
    } else {
        noteUpdateFields(before, after);
    }
    Entry entry = Entry::make(Op::Update, Images::Rows);
    entry.layout = m_updates.layout;
    entry.transaction = m_own;
    entry.time = m_received;
    entry.setReceiptTime();
    while (true) {
        const bool hasOld = nextRow(olds), hasNew = nextRow(news);
        if (!hasOld && !hasNew)
            break;
        Entry row = entry;
        RowFault fault = RowFault::None;
        if (hasOld) {
            row.first = offsetOf(olds.lengthStart());
            fault = checkRow(olds.bytes(), m_updates.before.columns);
        }
        if (hasNew) {
            row.second = offsetOf(news.lengthStart());
            if (fault == RowFault::None)
                fault = checkRow(news.bytes(), m_updates.after.columns);
        }
        addRow(row, fault);
    }
    if (olds.isBroken() || news.isBroken())
        addUndecodable(0, streamLayoutHere());
}

void ResultWalker::walkQuery(std::uint32_t resultField, std::uint32_t errorField)
{
    nextTransaction();
    Scanner scanner(m_message);
    while (scanner.next()) {
        if (scanner.isBytes(resultField)) {
            walkResult(scanner.bytes(), m_rows, Op::Row);
        } else if (errorField != 0 && scanner.isBytes(errorField)) {
            m_result.error = offsetOf(scanner.lengthStart());
            addEvent(Op::Failed, m_result.error, streamLayoutHere(), m_received, true);
        }
    }
    if (scanner.isBroken())
        addUndecodable(0, streamLayoutHere());
}

std::string ResultWalker::context() const
{
    std::string message;
    if (m_source.api != Api::Sync) {
        if (m_rows.isKnown)
            appendBytesField(m_source.api == Api::PsdbQuery ? psdb::kResult : vtgate::kResult, m_rows.bytes, message);
        return message;
    }
    if (m_rows.isKnown)
        appendBytesField(sync::kResult, m_rows.bytes, message);
    if (m_deletes.isKnown) {
        std::string part;
        appendBytesField(deletes::kResult, m_deletes.bytes, part);
        appendBytesField(sync::kDeletes, part, message);
    }
    if (m_updates.hasLayout) {
        std::string part;
        appendBytesField(updates::kBefore, m_updates.before.bytes, part);
        appendBytesField(updates::kAfter, m_updates.after.bytes, part);
        appendBytesField(sync::kUpdates, part, message);
    }
    if (m_hasLastKey || m_source.beginsCopy) {
        std::string part;
        appendBytesField(cursor::kLastKey, {}, part);
        appendBytesField(sync::kCursor, part, message);
    }
    return message;
}

std::uint32_t ResultWalker::layoutWithoutFields()
{
    if (!m_layoutWithoutFields)
        m_layoutWithoutFields = m_layouts.add(layoutHere());
    return *m_layoutWithoutFields;
}

Layout ResultWalker::layoutHere() const
{
    return {m_source.keyspace, m_source.shard, m_source.table, {}, {}, {}};
}

} // namespace vtscope
