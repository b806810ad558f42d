#include "ui/stream/keptselection.h"

#include <QItemSelectionModel>

#include <algorithm>

#include "ui/capture/capturemodel.h"
#include "ui/grid/gridview.h"

namespace vtscope {

namespace {

// More pieces than this make a selection slow; then the current line alone is kept.
constexpr std::size_t kMostPieces = 20'000;

} // namespace

KeptSelection::KeptSelection(CaptureModel* model, GridView* grid) : QObject(grid), m_model(model), m_grid(grid)
{
    const auto forget = [this] { m_isKept = m_isKept && m_isRestoring; };
    connect(grid, &GridView::selectedRowsChanged, this, forget);
    connect(grid, &GridView::currentRowChanged, this, forget);
}

void KeptSelection::keep()
{
    m_isFollowing = m_grid->follow();
    m_frozenAt.reset();
    if (m_grid->isFrozen())
        m_frozenAt = m_grid->shownRows() > 0 ? m_model->numberAt(m_grid->shownRows() - 1) + 1 : 0;
    if (!m_isKept)
        note();
    m_isKept = true;
    m_isRestoring = true; // what a reset deselects is not the user's wish
}

void KeptSelection::note()
{
    m_lines.clear();
    m_current.reset();
    if (const QModelIndex current = m_grid->currentIndex(); current.isValid()) {
        m_current = m_model->numberAt(current.row());
        m_column = current.column();
    }
    const auto isRun = [this](const GridRange& rows) {
        return m_model->numberAt(rows.last) - m_model->numberAt(rows.first) ==
               static_cast<std::uint64_t>(rows.count() - 1);
    };
    for (const GridRange& rows : m_grid->selectedRanges()) {
        const bool isWhole = !m_model->isSorted() && isRun(rows);
        for (int row = rows.first; row <= rows.last && m_lines.size() <= kMostPieces; ++row) {
            const std::uint64_t line = m_model->numberAt(row);
            const std::uint64_t end = isWhole ? m_model->numberAt(rows.last) + 1 : line + 1;
            if (!m_lines.empty() && m_lines.back().end == line)
                m_lines.back().end = end;
            else
                m_lines.push_back({line, end});
            if (isWhole)
                break;
        }
    }
    if (m_lines.size() > kMostPieces)
        m_lines.clear();
}

void KeptSelection::restore()
{
    if (!m_isKept)
        return;
    m_isRestoring = true;
    const int rows = m_model->rowCount();
    if (m_current && rows > 0) {
        const int exact = m_model->rowOf(*m_current);
        // The nearest neighbour behind a line that is not shown, once it is known that it is not.
        const bool isKnown = exact >= 0 || m_model->asked() > *m_current;
        const int row = exact >= 0 || m_model->isSorted() ? exact : std::min(m_model->rowFrom(*m_current), rows - 1);
        if (isKnown && row >= 0 && (exact >= 0 || !m_grid->currentIndex().isValid()))
            m_grid->goToRow(row, m_column);
    }
    QItemSelection selection;
    const int lastColumn = m_model->columnCount() - 1;
    for (const Lines& lines : m_lines) {
        int first = 0, last = -1;
        if (!m_model->isSorted()) {
            first = m_model->rowFrom(lines.first);
            last = m_model->rowFrom(lines.end) - 1;
        } else if (lines.end - lines.first == 1) {
            first = last = m_model->rowOf(lines.first);
        }
        if (first >= 0 && last >= first)
            selection.select(m_model->index(first, 0), m_model->index(last, lastColumn));
    }
    if (!selection.isEmpty())
        m_grid->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    if (m_frozenAt)
        m_grid->freeze(m_model->isSorted() ? rows : m_model->rowFrom(*m_frozenAt));
    m_grid->setFollow(m_isFollowing && !m_frozenAt && !m_model->isSorted());
    m_isRestoring = false;
}

} // namespace vtscope
