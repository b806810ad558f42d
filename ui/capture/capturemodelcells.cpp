// What a CaptureModel tells of its rows and their cells.
#include <algorithm>
#include <limits>

#include "streamcore/position/gtidset.h"
#include "ui/capture/capturemodel.h"
#include "ui/capture/celltext.h"
#include "ui/capture/jsonchange.h"

namespace vtscope {

namespace {

RowOp rowOpOf(Op op)
{
    switch (op) {
    case Op::Insert:
        return RowOp::Insert;
    case Op::Update:
        return RowOp::Update;
    case Op::Delete:
        return RowOp::Delete;
    default:
        return RowOp::None;
    }
}

RowKind rowKindOf(Op op)
{
    switch (op) {
    case Op::Ddl:
    case Op::SchemaChange:
    case Op::Statement:
    case Op::Journal:
        return RowKind::SchemaChange;
    case Op::Gap:
        return RowKind::Gap;
    case Op::Failed:
        return RowKind::Error;
    case Op::CopyCompleted:
        return RowKind::CopyFinished;
    case Op::Undecodable:
    case Op::Unknown:
        return RowKind::NotDecodable;
    default:
        return RowKind::Notice;
    }
}

constexpr int kDetailLimit = 400;

// With the number of transactions that are missing, where it is known.
QString gapTitle(const EventText& gap)
{
    const auto missing = GtidSet::parse(gap.detail);
    const auto count = missing && !gap.detail.empty() ? missing->count() : std::nullopt;
    return !count        ? text(gap.title)
           : *count == 1 ? CaptureModel::tr("%1: 1 transaction").arg(text(gap.title))
                         : CaptureModel::tr("%1: %2 transactions")
                               .arg(text(gap.title), QLocale().toString(static_cast<qulonglong>(*count)));
}

} // namespace

const ChangeView& CaptureModel::change(qint64 row) const
{
    if (m_changeRow != row) {
        m_change.read(m_snapshot, numberAt(row));
        m_changeRow = row;
    }
    return m_change;
}

int CaptureModel::schemaColumn(const Schema* schema, int column) const
{
    if (!schema)
        return -1;
    std::vector<int>& places = m_places[schema];
    if (places.size() != m_names.size()) {
        places.clear();
        for (const std::string& name : m_names)
            places.push_back(schema->indexOf(name));
    }
    return places[static_cast<std::size_t>(column - FirstDataColumn)];
}

void CaptureModel::row(qint64 row, GridRow& out) const
{
    const std::uint64_t number = numberAt(row);
    const Entry& entry = m_snapshot.entry(number);
    out.band = entry.transaction;
    out.marked = m_capture->marks().has(number);
    if (out.marked)
        out.note = text(m_capture->marks().at(number).value_or(std::string()));
    if (!isChange(entry.op()) || entry.fault() != RowFault::None) {
        out.kind = isChange(entry.op()) ? RowKind::NotDecodable : rowKindOf(entry.op());
        const EventText event = eventText(m_snapshot, number);
        // Why, before the many transactions that it may be.
        if (entry.op() == Op::Gap) {
            out.add(GridText::Voice::Strong, gapTitle(event));
            out.add(GridText::Voice::Plain, text(event.note));
            out.add(GridText::Voice::Quiet, clockText(entry.time));
            out.add(GridText::Voice::Data, text(event.detail).left(kDetailLimit).simplified());
            return;
        }
        out.add(GridText::Voice::Strong, text(event.title));
        if (!event.detail.empty())
            out.add(GridText::Voice::Data, text(event.detail).left(kDetailLimit).simplified());
        if (!event.note.empty())
            out.add(GridText::Voice::Quiet, text(event.note));
        out.add(GridText::Voice::Quiet, clockText(entry.time));
        return;
    }
    out.op = rowOpOf(entry.op());
    out.copied = entry.isCopied();
    const auto isSame = [&](std::uint64_t other) {
        const Entry& neighbour = m_snapshot.entry(other);
        return neighbour.transaction == entry.transaction && isChange(neighbour.op());
    };
    const bool hasBefore = number > m_snapshot.first() && isSame(number - 1);
    const bool hasAfter = number + 1 < m_snapshot.count() && isSame(number + 1);
    out.bracket = hasBefore ? (hasAfter ? Bracket::Middle : Bracket::Last) : hasAfter ? Bracket::First : Bracket::None;
    // A delete that brought its key alone says so in place of the cells it does not have.
    if (entry.op() == Op::Delete && !m_isMixed) {
        const Layout& layout = m_snapshot.layoutOf(entry);
        const bool hasKeyOnly =
            layout.before && std::all_of(layout.before->columns.begin(), layout.before->columns.end(),
                                         [](const Column& column) { return column.isKey; });
        if (hasKeyOnly && layout.before->columns.size() < m_names.size()) {
            out.sentenceFrom = FirstDataColumn + static_cast<int>(layout.before->columns.size());
            out.sentence = tr("Only the key is sent for a delete.");
        }
    }
}

Cell CaptureModel::cellAt(qint64 row, int column, bool isBefore) const
{
    const Entry& entry = m_snapshot.entry(numberAt(row));
    if (m_isMixed || column < FirstDataColumn || !isChange(entry.op()))
        return {};
    const ChangeView& view = change(row);
    const int place = schemaColumn(view.schema(), column);
    if (place < 0)
        return {};
    if (gridColumn(column).masked)
        return {&view.schema()->columns[static_cast<std::size_t>(place)], {}, Cell::State::NotSent, false};
    return isBefore ? view.before(static_cast<std::size_t>(place)) : view.current(static_cast<std::size_t>(place));
}

void CaptureModel::cell(qint64 row, int column, GridCell& out) const
{
    const Entry& entry = m_snapshot.entry(numberAt(row));
    switch (column) {
    case NumberColumn:
        out.text = QLocale().toString(static_cast<qulonglong>(numberAt(row)) + 1);
        out.ascii = false;
        return;
    case TimeColumn:
        out.text = clockText(entry.time);
        out.quietFrom = 8;
        out.quiet = entry.isReceiptTime();
        out.ascii = true;
        return;
    case ShardColumn:
        out.text = text(m_snapshot.layoutOf(entry).shard);
        out.ascii = true;
        return;
    case OpColumn:
        out.text = QLatin1String(entry.op() == Op::Insert   ? "insert"
                                 : entry.op() == Op::Update ? "update"
                                 : entry.op() == Op::Delete ? "delete"
                                                            : "row");
        return;
    default:
        break;
    }
    if (!isChange(entry.op())) {
        out.kind = CellKind::Absent;
        return;
    }
    const ChangeView& view = change(row);
    m_isMixed ? fillMixed(view, column, out) : fillData(view, column, out);
    if (m_explainer && !m_isMixed)
        markMatches(view, column, out);
    if (!m_find.isEmpty())
        markHits(row, out);
}

void CaptureModel::fillData(const ChangeView& view, int column, GridCell& out) const
{
    const int place = schemaColumn(view.schema(), column);
    if (place < 0) {
        out.kind = CellKind::Absent;
        return;
    }
    if (gridColumn(column).masked) {
        out.kind = CellKind::Masked;
        return;
    }
    const auto at = static_cast<std::size_t>(place);
    if (!view.isChanged(at)) {
        fillCell(view.current(at), out);
        return;
    }
    const Cell before = view.before(at), after = view.after(at);
    if (after.column->kind == ValueKind::Json && before.hasValue() && after.hasValue() && !after.isPartialJson &&
        fillJsonChange(before, after, out))
        return;
    fillChangedCell(before, after, out);
}

QString CaptureModel::keyText(const ChangeView& view) const
{
    const Schema* schema = view.schema();
    QString key;
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        if (!schema->columns[i].isKey)
            continue;
        if (!key.isEmpty())
            key += QStringLiteral(", ");
        // With a minimal row image the key may stand in the before image alone.
        const Cell now = view.current(i);
        key += partText(view, i, now.hasValue() ? now : view.before(i), 64);
    }
    return key;
}

// A value among others in one cell.
QString CaptureModel::partText(const ChangeView& view, std::size_t column, const Cell& cell, int limit) const
{
    return m_masks.hides(view.layout(), view.schema()->columns[column].name) ? tr("masked") : plainText(cell, limit);
}

void CaptureModel::fillMixed(const ChangeView& view, int column, GridCell& out) const
{
    const Schema* schema = view.schema();
    const std::vector<MatchedCell>& reasons = reasonsOf(view.number());
    switch (column) {
    case TableColumn:
        out.text = text(view.layout().table);
        return;
    case KeyColumn:
        out.text = keyText(view);
        out.matched = std::any_of(reasons.begin(), reasons.end(), [&](const MatchedCell& reason) {
            const int place = schema ? schema->indexOf(reason.name) : -1;
            return place >= 0 && schema->columns[static_cast<std::size_t>(place)].isKey;
        });
        return;
    default:
        break;
    }
    for (std::size_t i = 0; schema && i < schema->columns.size() && out.text.size() < GridCell::kTextLimit; ++i) {
        const bool isChanged = view.isChanged(i);
        if ((view.op() == Op::Update && !isChanged) || schema->columns[i].isKey)
            continue;
        if (!out.text.isEmpty())
            out.text += QStringLiteral("   ");
        const auto from = static_cast<int>(out.text.size());
        out.text += text(schema->columns[i].name) + u' ';
        if (isChanged && !m_masks.hides(view.layout(), schema->columns[i].name))
            out.text += plainText(view.before(i), 40) + QStringLiteral(" → ");
        out.text += partText(view, i, view.current(i), 60);
        const bool isReason = std::any_of(reasons.begin(), reasons.end(), [&](const MatchedCell& reason) {
            return reason.name == schema->columns[i].name;
        });
        if (isReason)
            out.hits.append({from, static_cast<int>(out.text.size()) - from, false, false, true});
    }
    out.text.truncate(GridCell::kTextLimit);
}

const std::vector<MatchedCell>& CaptureModel::reasonsOf(std::uint64_t line) const
{
    if (m_reasonsLine != line)
        m_reasons = m_explainer ? m_explainer->reasons(m_snapshot, line) : std::vector<MatchedCell>();
    m_reasonsLine = line;
    return m_reasons;
}

void CaptureModel::markMatches(const ChangeView& view, int column, GridCell& out) const
{
    if (out.kind == CellKind::Masked || out.kind == CellKind::Absent)
        return;
    const std::string& name = m_names[static_cast<std::size_t>(column - FirstDataColumn)];
    for (const MatchedCell& reason : reasonsOf(view.number())) {
        if (reason.name != name)
            continue;
        const bool isOld = out.changed && reason.image == FilterOperand::Image::Before;
        const QString wanted = text(reason.text);
        const QString& where = isOld ? out.oldText : out.text;
        const qsizetype at = wanted.isEmpty() ? -1 : where.indexOf(wanted, 0, Qt::CaseInsensitive);
        if (at >= 0)
            out.hits.append({static_cast<int>(at), static_cast<int>(wanted.size()), isOld, false, true});
        else
            (isOld ? out.oldMatched : out.matched) = true;
    }
}

void CaptureModel::markHits(qint64 row, GridCell& out) const
{
    const auto mark = [&](const QString& where, bool isOld) {
        for (qsizetype at = where.indexOf(m_find, 0, Qt::CaseInsensitive); at >= 0;
             at = where.indexOf(m_find, at + m_find.size(), Qt::CaseInsensitive))
            out.hits.append({static_cast<int>(at), static_cast<int>(m_find.size()), isOld, row == m_findRow, false});
    };
    mark(out.text, false);
    if (out.changed)
        mark(out.oldText, true);
}

std::vector<int> CaptureModel::hitColumns(qint64 row) const
{
    std::vector<int> columns;
    GridCell scratch;
    for (int column = FirstDataColumn; column < columnCount(); ++column) {
        scratch.reset();
        cell(row, column, scratch);
        // A long value is cut in its cell.
        if (std::any_of(scratch.hits.begin(), scratch.hits.end(), [](const GridHit& hit) { return !hit.filter; }) ||
            exactText(cellAt(row, column)).contains(m_find, Qt::CaseInsensitive) ||
            (scratch.changed && exactText(cellAt(row, column, true)).contains(m_find, Qt::CaseInsensitive)))
            columns.push_back(column);
    }
    return columns;
}

QString CaptureModel::cellText(qint64 row, int column) const
{
    const Cell cell = cellAt(row, column);
    if (cell.column)
        return gridColumn(column).masked ? text(std::string(kMask)) : exactText(cell);
    return data(index(static_cast<int>(row), column)).toString();
}

QString CaptureModel::rowText(qint64 row, const std::vector<int>& columns) const
{
    QStringList parts;
    const Entry& entry = m_snapshot.entry(numberAt(row));
    if (!isChange(entry.op())) {
        const EventText event = eventText(m_snapshot, numberAt(row));
        return timeText(entry.time) + u'\t' + text(event.title) + u'\t' + text(event.detail);
    }
    GridCell scratch;
    for (const int column : columns) {
        if (!m_isMixed && column >= FirstDataColumn) {
            parts << cellText(row, column);
            continue;
        }
        scratch.reset();
        cell(row, column, scratch);
        parts << (column == TimeColumn ? timeText(entry.time) : scratch.text);
    }
    for (QString& part : parts)
        part.replace(u'\t', QStringLiteral("\\t"))
            .replace(u'\n', QStringLiteral("\\n"))
            .replace(u'\r', QStringLiteral("\\r"));
    return parts.join(u'\t');
}

} // namespace vtscope
