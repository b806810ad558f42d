#include "ui/capture/capturemodel.h"

#include <algorithm>
#include <limits>

#include "ui/capture/celltext.h"
#include "ui/capture/jsonchange.h"
#include "ui/capture/keptmasks.h"

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

} // namespace

CaptureModel::CaptureModel(std::shared_ptr<Capture> capture, QObject* parent)
    : GridModel(parent), m_capture(std::move(capture)), m_masks(KeptMasks::instance().masks())
{
    connect(&KeptMasks::instance(), &KeptMasks::changed, this, &CaptureModel::takeMasks);
    m_catchUp.setSingleShot(true);
    m_catchUp.setInterval(0);
    connect(&m_catchUp, &QTimer::timeout, this, &CaptureModel::takeNew);
    rebuildColumns();
    takeNew();
}

void CaptureModel::takeNew()
{
    if (m_isSorted) {
        if (m_capture->first() > m_snapshot.first())
            Q_EMIT sortOutlived();
        Q_EMIT linesHeldBack();
        return;
    }
    Snapshot next = m_capture->snapshot();
    // While the old snapshot still holds what is taken away.
    const int dropped = std::min(rowFrom(next.first()), m_count);
    if (dropped > 0)
        beginRemoveRows({}, 0, dropped - 1);
    m_snapshot = std::move(next);
    m_changeRow = -1;
    dropRows(dropped);
    if (m_snapshot.layoutCount() != m_layoutsSeen)
        noteLayouts();
    if (m_isFiltered) {
        takePassing();
        return;
    }
    // The item models count in int; a capture of more lines shows its first two billion.
    const int count = static_cast<int>(std::min<std::uint64_t>(lineCount(), std::numeric_limits<int>::max()));
    if (count <= m_count)
        return;
    beginInsertRows({}, m_count, count - 1);
    m_count = count;
    endInsertRows();
}

// What a ring dropped; their removal has begun.
void CaptureModel::dropRows(int dropped)
{
    m_first = m_snapshot.first();
    m_asked = std::max(m_asked, m_first);
    if (dropped == 0)
        return;
    if (m_isFiltered)
        m_passing.dropFirst(static_cast<std::size_t>(dropped));
    m_count -= dropped;
    endRemoveRows();
}

// So many at a time that a frame is not late; the rest at once after it.
void CaptureModel::takePassing()
{
    constexpr std::uint64_t kMostAsked = 20'000;
    if (!m_matcher)
        return;
    const std::uint64_t until = std::min(m_snapshot.count(), m_asked + kMostAsked);
    std::vector<std::uint64_t> passing;
    for (std::uint64_t line = m_asked; line < until; ++line) {
        if (m_matcher->matches(m_snapshot, line))
            passing.push_back(line);
    }
    if (until < m_snapshot.count())
        m_catchUp.start();
    addPassing(passing, until, false);
}

void CaptureModel::addPassing(std::span<const std::uint64_t> lines, std::uint64_t through, bool isLast)
{
    m_asked = std::max(m_asked, through);
    const auto room = static_cast<std::size_t>(std::numeric_limits<int>::max() - m_count);
    // A ring may have dropped some since they were asked.
    const auto kept = std::find_if(lines.begin(), lines.end(), [this](std::uint64_t line) { return line >= m_first; });
    lines = lines.subspan(static_cast<std::size_t>(kept - lines.begin()));
    lines = lines.first(std::min(lines.size(), room));
    if (!lines.empty()) {
        beginInsertRows({}, m_count, m_count + static_cast<int>(lines.size()) - 1);
        m_passing.append(lines);
        m_count += static_cast<int>(lines.size());
        endInsertRows();
    }
    if (isLast) {
        m_matcher.emplace(m_filter, m_masks);
        takeNew();
    }
}

void CaptureModel::showAll()
{
    beginResetModel();
    m_changeRow = -1;
    m_isFiltered = m_isSorted = false;
    m_explainer.reset();
    m_reasonsLine.reset();
    m_sorted = {};
    m_matcher.reset();
    m_passing = LineList();
    m_count = static_cast<int>(std::min<std::uint64_t>(lineCount(), std::numeric_limits<int>::max()));
    endResetModel();
    takeNew();
}

void CaptureModel::showFiltered(const Filter& filter)
{
    beginResetModel();
    m_changeRow = -1;
    m_isFiltered = true;
    m_isSorted = false;
    m_sorted = {};
    m_filter = filter;
    m_matcher.reset();
    m_explainer.emplace(m_filter, m_masks);
    m_reasonsLine.reset();
    m_passing = LineList(m_first);
    m_asked = m_first;
    m_count = 0;
    endResetModel();
}

std::optional<SortKey> CaptureModel::sortKeyOf(int column) const
{
    switch (column) {
    case NumberColumn:
        return SortKey{SortKey::Kind::Arrival, {}, false};
    case TimeColumn:
        return SortKey{SortKey::Kind::Time, {}, false};
    case ShardColumn:
        return SortKey{SortKey::Kind::Shard, {}, false};
    case OpColumn:
        return SortKey{SortKey::Kind::Op, {}, false};
    default:
        break;
    }
    if (m_isMixed)
        return column == TableColumn ? std::optional(SortKey{SortKey::Kind::Table, {}, false}) : std::nullopt;
    return SortKey{SortKey::Kind::Column, m_names[static_cast<std::size_t>(column - FirstDataColumn)], false};
}

void CaptureModel::showSorted(const Snapshot& snapshot, const RowSet& lines)
{
    beginResetModel();
    m_snapshot = snapshot;
    m_changeRow = -1;
    m_isSorted = true;
    m_sorted = lines;
    m_count = static_cast<int>(std::min<std::uint64_t>(lines.count(), std::numeric_limits<int>::max()));
    endResetModel();
}

int CaptureModel::rowFrom(std::uint64_t number) const
{
    if (m_isFiltered)
        return static_cast<int>(m_passing.from(number));
    return number < m_first
               ? 0
               : static_cast<int>(std::min<std::uint64_t>(number - m_first, static_cast<std::uint64_t>(m_count)));
}

int CaptureModel::rowOf(std::uint64_t number) const
{
    if (m_isSorted) {
        for (int row = 0; row < m_count; ++row) {
            if (numberAt(row) == number)
                return row;
        }
        return -1;
    }
    const int row = rowFrom(number);
    return row < m_count && numberAt(row) == number ? row : -1;
}

RowSet CaptureModel::lines(int rows) const
{
    if (m_isSorted)
        return m_sorted.first(static_cast<std::uint64_t>(rows));
    return m_isFiltered ? m_passing.first(static_cast<std::size_t>(rows))
                        : RowSet::range(m_first, static_cast<std::uint64_t>(rows));
}

void CaptureModel::noteMark(std::uint64_t number)
{
    if (const int row = rowOf(number); row >= 0)
        Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

// One table shows its columns; a second one turns the grid into table, key and summary.
void CaptureModel::noteLayouts()
{
    bool hasOther = false;
    std::vector<const Schema*> schemas;
    for (std::uint32_t i = 0; i < m_snapshot.layoutCount(); ++i) {
        const Layout& layout = m_snapshot.layout(i);
        if (layout.table.empty() || (!layout.after && !layout.before))
            continue;
        if (m_table.empty()) {
            m_table = layout.table;
            m_keyspace = layout.keyspace;
        }
        hasOther |= layout.table != m_table || layout.keyspace != m_keyspace;
        for (const auto& schema : {layout.after, layout.before}) {
            if (schema)
                schemas.push_back(schema.get());
        }
    }
    m_layoutsSeen = m_snapshot.layoutCount();
    if (hasOther) {
        if (!m_isMixed) {
            m_isMixed = true;
            rebuildColumns();
        }
        return;
    }
    const std::size_t known = m_names.size();
    if (known == 0) {
        beginResetModel();
        for (const Schema* schema : schemas)
            addColumnsOf(*schema);
        endResetModel();
        return;
    }
    for (const Schema* schema : schemas) {
        const bool hasNew = std::any_of(schema->columns.begin(), schema->columns.end(), [this](const Column& column) {
            return std::find(m_names.begin(), m_names.end(), column.name) == m_names.end();
        });
        if (!hasNew)
            continue;
        beginResetModel();
        addColumnsOf(*schema);
        endResetModel();
    }
}

void CaptureModel::rebuildColumns()
{
    beginResetModel();
    m_names.clear();
    m_places.clear();
    m_columns.clear();
    m_columns.push_back({tr("#"), {}, ColumnRole::Number, true, false, 8});
    m_columns.push_back(
        {tr("Time UTC"), tr("the server's clock; quiet: when it was received"), ColumnRole::Time, false, false, 13});
    m_columns.push_back({tr("Shard"), {}, ColumnRole::Shard, false, false, 6});
    m_columns.push_back({tr("Op"), {}, ColumnRole::Operation, false, false, 6});
    if (m_isMixed) {
        m_columns.push_back({tr("Table"), {}, ColumnRole::Data, false, false, 18});
        m_columns.push_back({tr("Key"), {}, ColumnRole::Data, false, true, 24});
        m_columns.push_back({tr("What changed"), {}, ColumnRole::Data, false, false, 90});
    }
    endResetModel();
}

void CaptureModel::takeMasks()
{
    m_masks = KeptMasks::instance().masks();
    if (m_matcher)
        m_matcher.emplace(m_filter, m_masks);
    if (m_explainer)
        m_explainer.emplace(m_filter, m_masks);
    m_reasonsLine.reset();
    maskColumns();
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
    if (m_count > 0)
        Q_EMIT dataChanged(index(0, 0), index(m_count - 1, columnCount() - 1));
}

void CaptureModel::maskColumns()
{
    const Layout table{m_keyspace, {}, m_table, nullptr, nullptr, {}};
    for (std::size_t i = 0; i < m_names.size(); ++i)
        m_columns[FirstDataColumn + i].masked = m_masks.hides(table, m_names[i]);
}

QString CaptureModel::tableName() const
{
    return m_table.empty() || m_isMixed ? QString() : text(m_keyspace + "." + m_table);
}

// Key columns first, then the others as in the table; those that came later after the one that they follow there.
void CaptureModel::addColumnsOf(const Schema& schema)
{
    m_places.clear();
    std::ptrdiff_t at = 0;
    for (const bool wantsKey : {true, false}) {
        for (const Column& column : schema.columns) {
            if (column.isKey != wantsKey)
                continue;
            const auto known = std::find(m_names.begin(), m_names.end(), column.name);
            if (known != m_names.end()) {
                at = known - m_names.begin() + 1;
                continue;
            }
            m_names.insert(m_names.begin() + at, column.name);
            m_columns.insert(m_columns.begin() + FirstDataColumn + at, gridColumnOf(column));
            ++at;
        }
    }
    maskColumns();
}

void CaptureModel::setFind(const QString& text, qint64 currentRow)
{
    m_find = text;
    m_findRow = currentRow;
    if (m_count > 0)
        Q_EMIT dataChanged(index(0, 0), index(m_count - 1, columnCount() - 1));
}

int CaptureModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_count;
}

int CaptureModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

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
