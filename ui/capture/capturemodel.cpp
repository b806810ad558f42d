#include "ui/capture/capturemodel.h"

#include <algorithm>
#include <limits>

#include "ui/capture/celltext.h"
#include "ui/capture/jsonchange.h"
#include "ui/capture/keptmasks.h"

namespace vtscope {

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

} // namespace vtscope
