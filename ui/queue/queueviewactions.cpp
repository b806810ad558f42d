// What is done from a queue's tab: plan, subscription, export, copying, the menu.
#include "ui/queue/queueview.h"

#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/queue/plansheet.h"
#include "ui/queue/sheetslot.h"
#include "ui/queue/subscribesheet.h"

#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QMenu>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kCopiedRows = 10'000;

} // namespace

// The plan.

void QueueView::acknowledgeChosen()
{
    if (plan()) {
        plan()->setFocus();
        return;
    }
    if (!whyNotAcknowledge().isEmpty())
        return;
    auto* sheet = new PlanSheet(m_connection, queueTable(), chosenKeys(), settings());
    connect(sheet, &Sheet::closeRequested, this, &QueueView::closeSheet);
    connect(sheet, &PlanSheet::lockChanged, this, &QueueView::lockChanged);
    connect(sheet, &PlanSheet::written, this, &QueueView::onWritten);
    connect(sheet, &PlanSheet::showRequested, this, [this, sheet] { showInList(sheet->keys()); });
    m_slot->raiseSheet(sheet);
    sheet->setFocus();
    sheet->start();
    updateChosen();
    // What it is about stays in view above it.
    const GridRange visible = m_grid->visibleRows();
    int first = -1;
    for (int row = visible.first; row <= visible.last && first < 0; ++row) {
        if (m_model->tickCount() > 0 ? m_model->isTicked(row) : m_grid->isRowSelected(row))
            first = row;
    }
    if (first < 0 && m_model->tickCount() > 0) {
        for (int row = 0; row < m_model->rowCount() && first < 0; ++row) {
            if (m_model->isTicked(row))
                first = row;
        }
    } else if (first < 0) {
        first = m_grid->selectedRanges().front().first;
    }
    constexpr int kAbove = 1;
    m_grid->setTopRow(std::max(0, first - kAbove));
}

void QueueView::carryOutOrOpen()
{
    const QWidget* focused = QApplication::focusWidget();
    QWidget* sheet = m_slot->sheet();
    const bool isInside = sheet && focused && (focused == sheet || sheet->isAncestorOf(focused));
    if (!sheet)
        acknowledgeChosen();
    else if (!isInside)
        sheet->setFocus();
    else if (auto* subscription = qobject_cast<SubscribeSheet*>(sheet))
        subscription->carryOut();
    else if (plan())
        plan()->carryOut();
}

void QueueView::closeSheet()
{
    if (plan() && plan()->state() == PlanSheet::State::Working)
        return;
    m_slot->drop();
    setFocus();
    updateChosen();
}

void QueueView::onWritten(const QString& headline)
{
    m_dropsAcked = true;
    refresh();
    Q_EMIT statusChanged(headline);
    Q_EMIT actionLogged();
}

void QueueView::showInList(const std::vector<MessageKey>& keys)
{
    closeSheet();
    const QueueContents& contents = m_model->contents();
    m_finding.start([lines = contents.lines, rows = contents.rows,
                     keys](std::stop_token stop) { return findRows(lines, rows, keys, stop); },
                    [this](const std::vector<int>& rows) {
                        if (rows.empty() || rows.back() >= m_model->rowCount())
                            return;
                        m_grid->goToRow(rows.front());
                        QItemSelection selection;
                        for (const int row : rows)
                            selection.append(QItemSelectionRange(m_model->index(row, 0),
                                                                 m_model->index(row, m_model->columnCount() - 1)));
                        m_grid->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
                        m_grid->setFocus();
                    });
}

// Subscribing.

void QueueView::subscribe()
{
    if (m_slot->sheet() || !m_connection->canWrite())
        return;
    auto* sheet = new SubscribeSheet(m_connection, queueTable(), settings());
    connect(sheet, &Sheet::closeRequested, this, &QueueView::closeSheet);
    connect(sheet, &SubscribeSheet::lockChanged, this, &QueueView::lockChanged);
    connect(sheet, &SubscribeSheet::accepted, this, &QueueView::acceptSubscription);
    m_slot->raiseSheet(sheet);
    sheet->takeFocus();
    updateChosen();
}

void QueueView::acceptSubscription()
{
    closeSheet();
    Q_EMIT subscribeRequested(m_keyspace, text(m_table.name));
}

// Export and copying.

ExportScopes QueueView::exportScopes() const
{
    const QueueContents& contents = m_model->contents();
    ExportScopes scopes;
    scopes.noun = tr("messages");
    scopes.all = RowSet::range(0, contents.lines.count());
    std::vector<std::uint64_t> shown(contents.rows.begin(), contents.rows.end());
    std::vector<std::uint64_t> selected;
    if (m_model->tickCount() > 0) {
        for (int row = 0; row < m_model->rowCount(); ++row) {
            if (m_model->isTicked(row))
                selected.push_back(m_model->lineOf(row));
        }
    } else {
        for (const GridRange& range : m_grid->selectedRanges()) {
            for (int row = range.first; row <= range.last; ++row)
                selected.push_back(m_model->lineOf(row));
        }
    }
    scopes.shown = RowSet::of(std::move(shown));
    if (!selected.empty())
        scopes.selected = RowSet::of(std::move(selected));
    return scopes;
}

QString QueueView::exportName() const
{
    const QDateTime read = m_hasContents ? QDateTime::fromMSecsSinceEpoch(m_model->serverNow() / 1'000'000, Qt::UTC)
                                         : QDateTime::currentDateTimeUtc();
    return text(m_table.name) + u'-' + read.toString(u"yyyy-MM-dd"_s);
}

void QueueView::copySelected() const
{
    const std::vector<GridRange> ranges = m_grid->selectedRanges();
    if (m_grid->selectedRowCount() == 1 && m_grid->currentIndex().isValid()) {
        QApplication::clipboard()->setText(m_model->exactCell(m_grid->currentRow(), m_grid->currentIndex().column()));
        return;
    }
    QStringList lines;
    for (const GridRange& range : ranges) {
        for (int row = range.first; row <= range.last && lines.size() < kCopiedRows; ++row) {
            QStringList cells;
            for (int column = QueueModel::Id; column < m_model->columnCount(); ++column) {
                if (!m_grid->header()->isSectionHidden(column))
                    cells.append(m_model->exactCell(row, column));
            }
            lines.append(cells.join(u'\t'));
        }
    }
    if (!lines.isEmpty())
        QApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

void QueueView::openMenu(const QPoint& globalPosition, int column)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* acknowledge =
        menu->addAction(icon(IconName::Ok), tr("&Acknowledge…"), this, &QueueView::acknowledgeChosen);
    const QString why = whyNotAcknowledge();
    acknowledge->setEnabled(why.isEmpty());
    if (!why.isEmpty())
        acknowledge->setText(tr("Acknowledge (%1)").arg(why));
    menu->addAction(tr("&Tick or untick"), this, &QueueView::toggleSelected)
        ->setEnabled(m_grid->selectedRowCount() > 0);
    menu->addAction(tr("Tick or untick a&ll"), this, &QueueView::toggleAll)->setEnabled(m_model->rowCount() > 0);
    menu->addAction(icon(IconName::Copy), tr("&Copy"), this, &QueueView::copySelected)
        ->setEnabled(m_grid->selectedRowCount() > 0);
    menu->addSeparator();
    if (column >= 0 && QueueModel::isOwn(column)) {
        const GridColumn& own = m_model->gridColumn(column);
        const QString title = QString(own.title).replace(u'&', u"&&"_s);
        menu->addAction(icon(IconName::Mask), own.masked ? tr("Un&mask %1").arg(title) : tr("&Mask %1").arg(title),
                        this, [this, title = own.title, isMasked = own.masked] {
                            KeptMasks::instance().set(m_keyspace + u'.' + text(m_table.name), title, !isMasked);
                        });
    }
    QMenu* sort = menu->addMenu(tr("&Sort by"));
    QMenu* columns = menu->addMenu(tr("C&olumns"));
    QAction* read = sort->addAction(tr("as read"), this, [this] { applyOrder({}); });
    read->setCheckable(true);
    read->setChecked(m_order == QueueOrder{});
    GridHeader* header = m_grid->header();
    for (int each = QueueModel::Id; each < m_model->columnCount(); ++each) {
        const QString title = m_model->gridColumn(each).title;
        if (const auto by = QueueModel::sortOf(each)) {
            QAction* action = sort->addAction(title, this, [this, each] { sortBy(each); });
            action->setCheckable(true);
            action->setChecked(m_order.by == *by);
        }
        QAction* action =
            columns->addAction(title, this, [header, each](bool on) { header->setSectionHidden(each, !on); });
        action->setCheckable(true);
        action->setChecked(!header->isSectionHidden(each));
        // Without its id a message cannot be told from another.
        action->setEnabled(each != QueueModel::Id);
    }
    menu->popup(globalPosition);
}

} // namespace vtscope
