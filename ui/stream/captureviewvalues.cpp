// From a value to a filter, and from a row to its history: the part of CaptureView that asks further.
#include <QLineEdit>

#include <algorithm>

#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"
#include "ui/stream/filterbar.h"
#include "ui/stream/filtercompleter.h"
#include "ui/stream/keptselection.h"

namespace vtscope {

namespace {

using Kind = FilterOperand::Kind;
using Image = FilterOperand::Image;

void addOnce(std::vector<std::string>& names, const std::string& name)
{
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
}

} // namespace

// Tables that came since are taken in; what was there stays.
const FilterNames& CaptureView::filterNames()
{
    const Snapshot& snapshot = m_model->snapshot();
    for (; m_layoutsNamed < snapshot.layoutCount(); ++m_layoutsNamed) {
        const Layout& layout = snapshot.layout(m_layoutsNamed);
        addOnce(m_names.tables, layout.table);
        addOnce(m_names.shards, layout.shard);
        addOnce(m_names.keyspaces, layout.keyspace);
        m_names.masked.add(m_model->masks(), layout);
        for (const auto& schema : {layout.after, layout.before}) {
            for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
                const Column& column = schema->columns[i];
                if (m_model->masks().hides(layout, column.name))
                    continue;
                addOnce(m_names.columns, column.name);
                for (const std::string& label : column.members)
                    addOnce(m_names.labels[column.name], label);
            }
        }
    }
    for (const std::string& hidden : m_names.masked.columns) {
        std::erase(m_names.columns, hidden);
        m_names.labels.erase(hidden);
    }
    return m_names;
}

// What asks for values that are hidden now goes.
void CaptureView::takeMasks()
{
    m_names = {};
    m_layoutsNamed = 0;
    const MaskedNames& masked = filterNames().masked;
    m_filterBar->forgetMasked();
    m_former.removeIf([&](const Filter& former) { return masked.askedBy(former).has_value(); });
    showBack();
    if (m_sortKey && m_sortKey->kind == SortKey::Kind::Column && isMasked(*m_sortKey))
        unsort();
    if (const auto column = masked.askedBy(m_filter)) {
        clearFilter();
        Q_EMIT problem(maskedSentence(text(*column)), tr("The filter asked for it and was taken off."));
    }
    if (m_findBar->isVisible() && !m_find->text().isEmpty())
        countHits(m_find->text());
}

bool CaptureView::isMasked(const SortKey& key) const
{
    for (int column = 0; column < m_model->columnCount(); ++column) {
        const auto other = m_model->sortKeyOf(column);
        if (other && other->kind == key.kind && other->column == key.column)
            return m_model->gridColumn(column).masked;
    }
    return false;
}

// What the current cell says, as a filter: of its value, or of the fact that the column shows.
Filter CaptureView::filterOfCurrent() const
{
    const QModelIndex current = m_grid->currentIndex();
    if (!current.isValid())
        return {};
    const std::uint64_t line = m_model->numberAt(current.row());
    const Entry& entry = m_model->snapshot().entry(line);
    const Layout& layout = m_model->snapshot().layoutOf(entry);
    const auto key = m_model->sortKeyOf(current.column());
    if (!key)
        return {};
    switch (key->kind) {
    case SortKey::Kind::Op:
        return filterOf(Kind::Op, nameOf(entry.op()));
    case SortKey::Kind::Shard:
        return filterOf(Kind::Shard, layout.shard);
    case SortKey::Kind::Table:
        return filterOf(Kind::Table, layout.table);
    case SortKey::Kind::Column:
        break;
    default:
        return {};
    }
    const Cell cell = m_model->cellAt(current.row(), current.column());
    return cell.column ? filterOf(key->column, Image::Either, cell).value_or(Filter()) : Filter();
}

// The same; where there is none, the user is told why.
Filter CaptureView::valueFilter()
{
    Filter value = filterOfCurrent();
    const QModelIndex current = m_grid->currentIndex();
    if (current.isValid() && m_model->gridColumn(current.column()).masked)
        Q_EMIT problem(maskedSentence(m_model->gridColumn(current.column()).title),
                       tr("Unmask the column to filter by it."));
    else if (value.isEmpty())
        Q_EMIT problem(tr("There is no value to filter by here"),
                       tr("Choose a cell with a value, a shard, an operation or a table."));
    return value;
}

void CaptureView::applyValue(ValueUse use)
{
    const Filter value = valueFilter();
    if (value.isEmpty())
        return;
    switch (use) {
    case ValueUse::Only:
        return m_filterBar->setFilter(value);
    case ValueUse::Not:
        return m_filterBar->setFilter(negated(value));
    case ValueUse::And:
        return m_filterBar->setFilter(both(m_filter, value));
    case ValueUse::AndNot:
        return m_filterBar->setFilter(both(m_filter, negated(value)));
    case ValueUse::Or:
        return m_filterBar->setFilter(either(m_filter, value));
    }
}

LineHits CaptureView::hitsOf(std::uint64_t line) const
{
    return {m_findBar->isVisible() ? m_find->text() : QString(), m_model->reasonsOf(line)};
}

QStringList CaptureView::remarksOf(std::uint64_t line) const
{
    QStringList remarks;
    if (const auto note = m_model->capture()->marks().at(line); note && !note->empty())
        remarks << tr("Note: %1").arg(text(*note));
    if (m_filter.isEmpty())
        return remarks;
    QStringList reasons;
    for (const MatchedCell& cell : m_model->reasonsOf(line)) {
        const QString words = cell.image == Image::Before ? tr("%1 before").arg(text(cell.name)) : text(cell.name);
        if (cell.kind == Kind::Column && !reasons.contains(words))
            reasons << words;
    }
    if (!reasons.isEmpty())
        remarks << tr("Passes the filter by %1").arg(reasons.join(QStringLiteral(", ")));
    return remarks;
}

void CaptureView::useFilter(const QString& filter)
{
    if (auto parsed = Filter::parse(filter.toStdString()))
        m_filterBar->setFilter(*parsed);
}

bool CaptureView::mayAsk(const QString& filter)
{
    const auto parsed = Filter::parse(filter.toStdString());
    return !parsed || !filterNames().masked.askedBy(*parsed);
}

QString CaptureView::filterText() const
{
    return text(m_filter.text());
}

void CaptureView::clearFilter()
{
    m_filterBar->clear();
}

void CaptureView::saveFilter()
{
    if (const QString reason = m_filterBar->reasonNotToSave(); !reason.isEmpty())
        Q_EMIT problem(tr("This filter cannot be saved"), reason);
    else
        m_filterBar->toggleSaved();
}

// The row of the current line, by its key, as a filter that anybody can read and change. What is there already is found
// by an index; what comes is asked like any line.
void CaptureView::showHistory()
{
    const int row = m_grid->currentRow();
    if (row < 0)
        return;
    const std::uint64_t line = m_model->numberAt(row);
    if (const auto column = filterNames().masked.askedBy(historyFilter(line))) {
        Q_EMIT problem(maskedSentence(text(*column)), tr("Unmask the column to see the history of its rows."));
        return;
    }
    findHistory(line, [this, line](const Snapshot& snapshot, const RowSet& lines) {
        const Filter filter = historyFilter(line);
        if (filter.isEmpty())
            return;
        if (filter.text() != m_filter.text())
            m_former << m_filter;
        m_filterBar->showFilter(filter);
        showBack();
        m_filter = filter;
        m_selection->keep();
        m_model->showFiltered(filter);
        std::vector<std::uint64_t> passing;
        for (std::uint64_t i = 0; i < lines.count(); ++i)
            passing.push_back(lines.at(i));
        m_model->addPassing(passing, snapshot.count(), true);
        m_selection->restore();
        sortAgain();
    });
}

void CaptureView::goBack()
{
    if (m_former.isEmpty())
        return;
    const Filter former = m_former.takeLast();
    m_filterBar->showFilter(former);
    showBack();
    filterBy(former);
    m_grid->setFocus();
}

void CaptureView::showBack()
{
    m_filterBar->setBack(m_former.isEmpty()          ? QString()
                         : m_former.last().isEmpty() ? tr("all changes")
                                                     : text(m_former.last().text()));
    Q_EMIT formerChanged();
}

Filter CaptureView::historyFilter(std::uint64_t line) const
{
    ChangeView change;
    change.read(m_model->snapshot(), line);
    const Schema* schema = change.schema();
    Filter filter = m_model->tableName().isEmpty() ? filterOf(Kind::Table, change.layout().table) : Filter();
    bool hasKey = false;
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        if (!schema->columns[i].isKey)
            continue;
        const Cell now = change.current(i);
        const auto part = filterOf(schema->columns[i].name, Image::Either, now.hasValue() ? now : change.before(i));
        if (!part)
            return {};
        filter = both(filter, *part);
        hasKey = true;
    }
    return hasKey ? filter : Filter();
}

void CaptureView::nextOfRow()
{
    stepInHistory(false);
}

void CaptureView::previousOfRow()
{
    stepInHistory(true);
}

// To the nearest change of the same row that is shown.
void CaptureView::stepInHistory(bool isBackward)
{
    if (m_grid->currentRow() < 0)
        return;
    const std::uint64_t line = m_model->numberAt(m_grid->currentRow());
    findHistory(line, [this, line, isBackward](const Snapshot&, const RowSet& lines) {
        int to = -1;
        for (std::uint64_t i = 0; i < lines.count(); ++i) {
            const std::uint64_t other = isBackward ? lines.at(i) : lines.at(lines.count() - 1 - i);
            if (isBackward ? other >= line : other <= line)
                break;
            if (const int row = m_model->rowOf(other); row >= 0 && row < m_grid->shownRows())
                to = row;
        }
        if (to >= 0)
            m_grid->goToRow(to);
        else
            Q_EMIT problem(isBackward ? tr("No earlier change of this row is shown")
                                      : tr("No later change of this row is shown"),
                           tr("H shows all changes of this row."));
    });
}

void CaptureView::findHistory(std::uint64_t line, std::function<void(const Snapshot&, const RowSet&)> then)
{
    if (!m_keys)
        m_keys = std::make_shared<KeyIndex>();
    using Found = std::pair<Snapshot, Result<RowSet>>;
    m_findingHistory.start(
        [snapshot = m_model->snapshot(), keys = m_keys, line](const std::stop_token& stop) {
            return Found(snapshot, linesOfKey(snapshot, *keys, line, stop));
        },
        [this, then = std::move(then)](const Found& found) {
            if (found.second)
                then(found.first, *found.second);
            else
                Q_EMIT problem(tr("This change has no history"), text(found.second.error().message));
        });
}

// The columns that a filter asks for have a funnel.
void CaptureView::showFilteredColumns()
{
    const std::vector<std::string> names = m_filter.columns();
    QList<int> columns;
    for (int column = 0; column < m_model->columnCount(); ++column) {
        const auto key = m_model->sortKeyOf(column);
        if (key && key->kind == SortKey::Kind::Column &&
            std::find(names.begin(), names.end(), key->column) != names.end())
            columns << column;
    }
    m_grid->header()->setFilteredColumns(columns);
}

} // namespace vtscope
