#include "ui/grid/gridview.h"

#include "ui/grid/gridaccessible.h"
#include "ui/grid/gridfade.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridpainter.h"
#include "ui/grid/gridpill.h"
#include "ui/style/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace vtscope {

// Selection and current cell.

std::vector<GridRange> GridView::selectedRanges() const
{
    std::vector<GridRange> result;
    if (!selectionModel())
        return result;
    const QItemSelection selection = selectionModel()->selection();
    result.reserve(static_cast<std::size_t>(selection.size()));
    for (const QItemSelectionRange& range : selection)
        if (range.isValid())
            result.push_back({range.top(), range.bottom()});
    std::sort(result.begin(), result.end(), [](const GridRange& a, const GridRange& b) { return a.first < b.first; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < result.size(); ++i) {
        if (kept > 0 && result[i].first <= result[kept - 1].last + 1)
            result[kept - 1].last = std::max(result[kept - 1].last, result[i].last);
        else
            result[kept++] = result[i];
    }
    result.resize(kept);
    return result;
}

qint64 GridView::selectedRowCount() const
{
    qint64 count = 0;
    for (const GridRange& range : selectedRanges())
        count += range.count();
    return count;
}

bool GridView::isRowSelected(int row) const
{
    const std::vector<GridRange> ranges = selectedRanges();
    return std::any_of(ranges.begin(), ranges.end(),
                       [row](const GridRange& r) { return row >= r.first && row <= r.last; });
}

void GridView::selectAll()
{
    if (shownRows() > 0) {
        selectRows(0, shownRows() - 1, QItemSelectionModel::ClearAndSelect);
        m_anchor = 0;
    }
}

void GridView::selectRows(int anchor, int row, QItemSelectionModel::SelectionFlags flags)
{
    const int first = std::min(anchor, row);
    const int last = std::max(anchor, row);
    const int lastColumn = m_grid->columnCount() - 1;
    selectionModel()->select(QItemSelection(m_grid->index(first, 0), m_grid->index(last, lastColumn)), flags);
}

void GridView::moveTo(int row, int column, Qt::KeyboardModifiers modifiers)
{
    const int rows = shownRows();
    if (!m_grid || rows == 0)
        return;
    row = std::clamp(row, 0, rows - 1);
    if (column < 0)
        column = currentIndex().isValid() ? currentIndex().column() : std::max(0, stepColumn(-1, 1));
    const bool shift = modifiers & Qt::ShiftModifier;
    const bool control = modifiers & Qt::ControlModifier;
    if (shift) {
        if (m_anchor < 0)
            m_anchor = std::clamp(currentRow() < 0 ? row : currentRow(), 0, rows - 1);
        selectRows(std::min(m_anchor, rows - 1), row,
                   control ? QItemSelectionModel::Select : QItemSelectionModel::ClearAndSelect);
    } else if (!control) {
        m_anchor = row;
        selectRows(row, row, QItemSelectionModel::ClearAndSelect);
    }
    const QModelIndex index = m_grid->index(row, column);
    selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
    scrollTo(index);
    if (row < rows - 1)
        letGo();
    updatePill();
}

void GridView::goToRow(int row, int column)
{
    moveTo(row, column, Qt::NoModifier);
}

int GridView::stepColumn(int column, int step) const
{
    int visual = column < 0 ? (step > 0 ? -1 : m_header->count()) : m_header->visualIndex(column);
    for (visual += step; visual >= 0 && visual < m_header->count(); visual += step) {
        const int logical = m_header->logicalIndex(visual);
        if (!m_header->isSectionHidden(logical))
            return logical;
    }
    return column;
}

void GridView::selectionChanged(const QItemSelection& selected, const QItemSelection& deselected)
{
    for (const QItemSelection* part : {&selected, &deselected})
        for (const QItemSelectionRange& range : *part)
            if (range.isValid())
                updateRows(range.top(), range.bottom());
    Q_EMIT selectedRowsChanged();
}

void GridView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    if (previous.isValid())
        updateRows(previous.row(), previous.row());
    if (current.isValid()) {
        updateRows(current.row(), current.row());
        announceCurrentCell(this);
    }
    if (current.row() != previous.row())
        Q_EMIT currentRowChanged(current.isValid() ? current.row() : -1);
}

bool GridView::toggleTick(int row, int column)
{
    GridCell cell;
    m_grid->cell(row, column, cell);
    if (cell.kind != CellKind::Tick || !m_grid->setTicked(row, column, !cell.ticked))
        return false;
    updateRows(row, row);
    Q_EMIT tickToggled(row, column, !cell.ticked);
    return true;
}

// What QAbstractItemView asks of its heirs.

QRect GridView::visualRect(const QModelIndex& index) const
{
    if (!index.isValid() || m_header->isSectionHidden(index.column()))
        return {};
    return {m_header->sectionX(index.column()) + m_gutter, rowTop(index.row()), m_header->sectionSize(index.column()),
            m_rowHeight};
}

QModelIndex GridView::indexAt(const QPoint& point) const
{
    const int row = rowAt(point.y());
    if (row < 0 || !m_grid)
        return {};
    int column = m_header->sectionAt(point.x() - m_gutter);
    if (point.x() < m_gutter || column < 0)
        column = currentIndex().isValid() ? currentIndex().column() : stepColumn(-1, 1);
    return column < 0 ? QModelIndex() : m_grid->index(row, column);
}

void GridView::scrollTo(const QModelIndex& index, ScrollHint hint)
{
    if (!index.isValid() || index.row() >= shownRows())
        return;
    const int row = index.row();
    const int y = rowTop(row);
    const int height = viewport()->height();
    const bool above = y < 0;
    const bool below = y + m_rowHeight > height;
    const auto toBottom = [&] {
        const qint64 pixels = std::max<qint64>(0, (static_cast<qint64>(row) + 1) * m_rowHeight - height);
        place(static_cast<int>(pixels / m_rowHeight), static_cast<int>(pixels % m_rowHeight));
    };
    if (hint == PositionAtTop || (hint == EnsureVisible && above))
        place(row, 0);
    else if (hint == PositionAtBottom || (hint == EnsureVisible && below))
        toBottom();
    else if (hint == PositionAtCenter)
        place(std::max(0, row - fullRows() / 2), 0);

    const int pinned = m_header->pinnedWidth();
    if (pinned > 0 && m_header->isPinned(index.column()))
        return;
    const int left = m_header->sectionPosition(index.column()) - pinned;
    const int width = m_header->sectionSize(index.column());
    const int room = std::max(1, viewport()->width() - m_gutter - pinned);
    QScrollBar* bar = horizontalScrollBar();
    if (left < bar->value() || width > room)
        bar->setValue(left);
    else if (left + width > bar->value() + room)
        bar->setValue(left + width - room);
}

QModelIndex GridView::moveCursor(CursorAction, Qt::KeyboardModifiers)
{
    return currentIndex(); // keys are handled in keyPressEvent, where rows do not become pixels
}

int GridView::horizontalOffset() const
{
    return horizontalScrollBar()->value();
}

int GridView::verticalOffset() const
{
    return 0; // rows times their height do not fit int; all geometry here is relative to the viewport
}

bool GridView::isIndexHidden(const QModelIndex& index) const
{
    return m_header->isSectionHidden(index.column());
}

void GridView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command)
{
    const int first = rowAt(std::max(0, rect.top()));
    if (first < 0)
        return;
    const int last = rowAt(rect.bottom());
    selectRows(first, last < 0 ? shownRows() - 1 : last, command);
}

QRegion GridView::visualRegionForSelection(const QItemSelection& selection) const
{
    QRegion region;
    const GridRange shown = visibleRows();
    for (const QItemSelectionRange& range : selection) {
        const int from = std::max(range.top(), shown.first);
        const int to = std::min(range.bottom(), shown.last);
        if (from <= to)
            region += QRect(0, rowTop(from), viewport()->width(), (to - from + 1) * m_rowHeight);
    }
    return region;
}

int GridView::sizeHintForRow(int) const
{
    return m_rowHeight;
}

void GridView::keyboardSearch(const QString&)
{
    // Searching by typing would walk every row; the filter and Find are the way.
}

// Keys and mouse.

void GridView::keyPressEvent(QKeyEvent* event)
{
    const Qt::KeyboardModifiers modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool control = modifiers & Qt::ControlModifier;
    const int rows = shownRows();
    if (!m_grid || rows == 0) {
        event->ignore();
        return;
    }
    const int row = currentRow();
    const int column = currentIndex().isValid() ? currentIndex().column() : -1;
    const int page = std::max(1, fullRows() - 1);
    // A current row beyond the frozen picture, or none yet: start from what is on screen.
    const int from = row >= 0 && row < rows ? row : std::min(m_top, rows - 1);
    const bool fresh = row < 0;
    event->accept();
    switch (event->key()) {
    case Qt::Key_Up:
        moveTo(fresh ? from : from - 1, -1, modifiers);
        return;
    case Qt::Key_Down:
        moveTo(fresh ? from : from < rows - 1 ? from + 1 : from, -1, modifiers);
        return;
    case Qt::Key_PageUp:
        moveTo(from - std::min(from, page), -1, modifiers);
        return;
    case Qt::Key_PageDown:
        moveTo(from + std::min(rows - 1 - from, page), -1, modifiers);
        return;
    case Qt::Key_Home:
        if (control)
            moveTo(0, -1, modifiers & Qt::ShiftModifier);
        else
            moveTo(from, stepColumn(-1, 1), Qt::ControlModifier);
        return;
    case Qt::Key_End:
        if (control) {
            moveTo(rows - 1, -1, modifiers & Qt::ShiftModifier);
            if (!(modifiers & Qt::ShiftModifier))
                setFollow(true);
        } else {
            moveTo(from, stepColumn(-1, -1), Qt::ControlModifier);
        }
        return;
    case Qt::Key_Left:
    case Qt::Key_Right:
        if (modifiers == Qt::NoModifier) {
            const int next = stepColumn(column, event->key() == Qt::Key_Left ? -1 : 1);
            moveTo(from, next, fresh ? Qt::NoModifier : Qt::ControlModifier);
            return;
        }
        break;
    case Qt::Key_Space:
        if (control && row >= 0) {
            m_anchor = row;
            selectRows(row, row, QItemSelectionModel::Toggle);
            return;
        }
        if (modifiers == Qt::ShiftModifier && row >= 0) {
            moveTo(row, -1, Qt::NoModifier);
            return;
        }
        if (modifiers == Qt::NoModifier && row >= 0)
            for (int i = 0; i < m_grid->columnCount(); ++i)
                if (m_grid->gridColumn(i).role == ColumnRole::Tick && toggleTick(row, i))
                    return;
        if (m_letterKeys && modifiers == Qt::NoModifier) {
            Q_EMIT inspectRequested();
            return;
        }
        break;
    case Qt::Key_A:
        if (control) {
            if (modifiers & Qt::ShiftModifier)
                clearSelection();
            else
                selectAll();
            return;
        }
        break;
    case Qt::Key_F:
        if (m_letterKeys && modifiers == Qt::NoModifier) {
            setFollow(true);
            return;
        }
        break;
    case Qt::Key_P:
        if (m_letterKeys && modifiers == Qt::NoModifier) {
            Q_EMIT pauseRequested();
            return;
        }
        break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (modifiers == Qt::NoModifier && currentIndex().isValid()) {
            Q_EMIT activated(currentIndex());
            return;
        }
        break;
    default:
        break;
    }
    event->ignore();
}

void GridView::mousePressEvent(QMouseEvent* event)
{
    const QPoint position = event->position().toPoint();
    const QModelIndex index = indexAt(position);
    if (!index.isValid()) {
        if (event->button() == Qt::LeftButton && event->modifiers() == Qt::NoModifier)
            clearSelection();
        return;
    }
    if (event->button() == Qt::RightButton) {
        if (!isRowSelected(index.row()))
            moveTo(index.row(), index.column(), Qt::NoModifier);
        return;
    }
    if (event->button() != Qt::LeftButton)
        return;
    Q_EMIT pressed(index);
    const bool overTick = m_grid->gridColumn(index.column()).role == ColumnRole::Tick && position.x() >= m_gutter;
    if (overTick && event->modifiers() == Qt::NoModifier && toggleTick(index.row(), index.column())) {
        moveTo(index.row(), index.column(), Qt::ControlModifier);
        return;
    }
    if (event->modifiers() & Qt::ControlModifier && !(event->modifiers() & Qt::ShiftModifier)) {
        m_anchor = index.row();
        selectRows(index.row(), index.row(), QItemSelectionModel::Toggle);
        moveTo(index.row(), index.column(), Qt::ControlModifier);
        m_dragAdds = true;
    } else {
        moveTo(index.row(), index.column(), event->modifiers());
        m_dragAdds = false;
    }
    m_dragging = true;
}

void GridView::mouseMoveEvent(QMouseEvent* event)
{
    const QPoint position = event->position().toPoint();
    if (m_dragging && event->buttons() & Qt::LeftButton) {
        dragTo(position);
        const bool outside = position.y() < 0 || position.y() >= viewport()->height();
        if (outside && !m_dragTimer.isActive())
            m_dragTimer.start();
        else if (!outside)
            m_dragTimer.stop();
        return;
    }
    setHover(rowAt(position.y()));
}

void GridView::dragTo(const QPoint& position)
{
    const int rows = shownRows();
    if (!m_dragging || rows == 0)
        return;
    int row = rowAt(position.y());
    if (position.y() < 0)
        row = std::max(0, m_top - 1 + position.y() / m_rowHeight);
    else if (row < 0 || position.y() >= viewport()->height())
        row = std::min(rows - 1, visibleRows().last + 1);
    if (row == currentRow())
        return;
    const int column = currentIndex().isValid() ? currentIndex().column() : -1;
    moveTo(row, column,
           m_dragAdds ? Qt::ShiftModifier | Qt::ControlModifier : Qt::KeyboardModifiers(Qt::ShiftModifier));
}

void GridView::mouseReleaseEvent(QMouseEvent* event)
{
    m_dragging = false;
    m_dragTimer.stop();
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && index.isValid())
        Q_EMIT clicked(index);
}

void GridView::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || !index.isValid())
        return;
    if (m_grid->gridColumn(index.column()).role == ColumnRole::Tick) {
        mousePressEvent(event);
        return;
    }
    Q_EMIT doubleClicked(index);
    Q_EMIT activated(index);
}

void GridView::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier) {
        event->ignore(); // zoom belongs to the window
        return;
    }
    event->accept();
    QPoint angle = event->angleDelta();
    if (event->modifiers() & Qt::ShiftModifier)
        angle = QPoint(angle.x() + angle.y(), 0);
    if (angle.x() != 0) {
        const int pixels = event->pixelDelta().x() ? event->pixelDelta().x() : angle.x() / 120 * metrics().space(16);
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - pixels);
    }
    if (angle.y() == 0)
        return;
    if (!event->pixelDelta().isNull() && event->phase() != Qt::NoScrollPhase) {
        scrollByPixels(-event->pixelDelta().y());
        return;
    }
    m_wheelRest -= angle.y() / 120.0 * 3;
    const int steps = static_cast<int>(std::trunc(m_wheelRest));
    m_wheelRest -= steps;
    if (steps == 0)
        return;
    // Whole rows: a notch always leaves the first row uncut, unless it is the end.
    const auto before = std::pair(m_top, m_offset);
    if (steps > 0) {
        if (steps >= maxTop() - m_top)
            scrollToBottom();
        else
            place(m_top + steps, 0);
    } else {
        place(std::max(0, m_top + steps), 0);
    }
    userScrolled(std::pair(m_top, m_offset) < before);
}

void GridView::setHover(int row)
{
    if (row == m_hover)
        return;
    const int before = std::exchange(m_hover, row);
    if (before >= 0)
        updateRows(before, before);
    if (row >= 0)
        updateRows(row, row);
}

void GridView::focusInEvent(QFocusEvent* event)
{
    const Qt::FocusReason reason = event->reason();
    const bool isByKey =
        reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason || reason == Qt::ShortcutFocusReason;
    // Who comes by keyboard has to see where. What is followed goes on.
    if (isByKey && !currentIndex().isValid() && shownRows() > 0)
        selectionModel()->setCurrentIndex(m_grid->index(visibleRows().first, std::max(0, stepColumn(-1, 1))),
                                          QItemSelectionModel::NoUpdate);
    viewport()->update();
    if (currentIndex().isValid())
        announceCurrentCell(this);
}

void GridView::focusOutEvent(QFocusEvent*)
{
    viewport()->update();
}

void GridView::changeEvent(QEvent* event)
{
    QAbstractItemView::changeEvent(event);
    if (event->type() == QEvent::ActivationChange || event->type() == QEvent::EnabledChange)
        viewport()->update();
}

bool GridView::viewportEvent(QEvent* event)
{
    switch (event->type()) {
    case QEvent::Leave:
        setHover(-1);
        break;
    case QEvent::ToolTip: {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QModelIndex index = indexAt(help->pos());
        const bool cut =
            index.isValid() && help->pos().x() >= m_gutter &&
            m_painter->neededWidth(*m_grid, index.row(), index.column()) > m_header->sectionSize(index.column());
        if (cut)
            QToolTip::showText(help->globalPos(), m_grid->data(index, Qt::DisplayRole).toString().toHtmlEscaped(),
                               viewport(), visualRect(index));
        else
            QToolTip::hideText();
        return true;
    }
    default:
        break;
    }
    // QAbstractItemView would look for delegates and hover indexes here; this view has its own.
    return QAbstractScrollArea::viewportEvent(event);
}

} // namespace vtscope
