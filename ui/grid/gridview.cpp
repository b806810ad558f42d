#include "ui/grid/gridview.h"

#include "ui/grid/gridaccessible.h"
#include "ui/grid/gridfade.h"
#include "ui/grid/gridheader.h"
#include "ui/grid/gridpainter.h"
#include "ui/grid/gridpill.h"
#include "ui/style/theme.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace vtscope {

namespace {

constexpr int kPillIntervalMs = 250;

// The piece of header above the gutter, which belongs to no column.
class Corner final : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.fillRect(rect(), tokens().header);
        painter.fillRect(0, height() - 1, width(), 1, tokens().border);
    }
};

} // namespace

GridView::GridView(QWidget* parent)
    : QAbstractItemView(parent), m_header(new GridHeader(this)), m_corner(new Corner(this)),
      m_painter(std::make_unique<GridPainter>()), m_fade(std::make_unique<GridFade>()), m_pill(new GridPill(this))
{
    installGridAccessibility();
    setFrameShape(QFrame::NoFrame);
    setEditTriggers(NoEditTriggers);
    setSelectionMode(ExtendedSelection);
    setSelectionBehavior(SelectRows);
    setTabKeyNavigation(false);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // one that comes and goes would move every column
    setVerticalScrollMode(ScrollPerItem);
    setHorizontalScrollMode(ScrollPerPixel);
    setAccessibleName(tr("Changes"));
    viewport()->setMouseTracking(true);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    viewport()->setAttribute(Qt::WA_Hover, false);

    m_pillTimer.setSingleShot(true);
    m_pillTimer.setInterval(kPillIntervalMs);
    connect(&m_pillTimer, &QTimer::timeout, this, &GridView::updatePill);
    m_fadeTimer.setInterval(GridFade::kStepMs);
    connect(&m_fadeTimer, &QTimer::timeout, this, &GridView::stepFade);
    m_dragTimer.setInterval(50);
    connect(&m_dragTimer, &QTimer::timeout, this, [this] { dragTo(viewport()->mapFromGlobal(QCursor::pos())); });
    connect(m_pill, &GridPill::clicked, this, [this] { setFollow(true); });

    connect(m_header, &GridHeader::sectionResized, this, [this] {
        updateBars();
        viewport()->update();
    });
    connect(m_header, &GridHeader::sectionMoved, viewport(), qOverload<>(&QWidget::update));
    connect(m_header, &GridHeader::pinnedChanged, viewport(), qOverload<>(&QWidget::update));
    connect(m_header, &GridHeader::geometriesChanged, this, &GridView::updateGeometries);
    connect(m_header, &GridHeader::sectionHandleDoubleClicked, this, &GridView::fitColumn);
    connect(&Theme::instance(), &Theme::changed, this, &GridView::onThemeChanged);
    onThemeChanged();
}

// The window of the view is closed, and the header with it, after this: then nobody is left to hear of its geometry.
GridView::~GridView()
{
    m_header->disconnect(this);
}

void GridView::setModel(QAbstractItemModel* newModel)
{
    auto* grid = qobject_cast<GridModel*>(newModel);
    Q_ASSERT(grid || !newModel);
    if (grid == m_grid && m_grid)
        return;
    if (m_grid)
        disconnect(m_grid, nullptr, this, nullptr);
    // The header keeps the old columns until it knows the new model.
    m_header->setModel(grid);
    m_grid = grid;
    m_columnTitles.clear();
    QAbstractItemView::setModel(grid);
    if (m_grid) {
        connect(m_grid, &QAbstractItemModel::rowsRemoved, this, &GridView::onRowsRemoved);
        connect(m_grid, &QAbstractItemModel::columnsInserted, this, &GridView::layoutColumns);
        connect(m_grid, &QAbstractItemModel::columnsRemoved, this, &GridView::layoutColumns);
    }
    onModelReset();
}

void GridView::reset()
{
    QAbstractItemView::reset();
    onModelReset();
}

void GridView::onModelReset()
{
    m_top = 0;
    m_offset = 0;
    m_hover = -1;
    m_anchor = -1;
    if (m_frozen >= 0) {
        m_frozen = -1;
        Q_EMIT frozenChanged(false);
    }
    m_fade->clear();
    m_seen = m_grid ? m_grid->rowCount() : 0;
    layoutColumns();
    updateGeometries();
    if (m_follow)
        scrollToBottom();
    updatePill();
    viewport()->update();
}

void GridView::onThemeChanged()
{
    const Metrics& m = metrics();
    m_rowHeight = Theme::instance().gridRowHeight();
    m_gutter = m.space(8.5);
    m_painter->setup(devicePixelRatioF(), m_rowHeight, m_gutter);
    if (m_lastAdvance > 0 && !qFuzzyCompare(m_lastAdvance, m.dataAdvance())) {
        // The data font was zoomed: columns keep the number of characters that they show.
        const double factor = m.dataAdvance() / m_lastAdvance;
        for (int i = 0; i < m_header->count(); ++i)
            m_header->resizeSection(i, static_cast<int>(std::lround(m_header->sectionSize(i) * factor)));
    }
    m_lastAdvance = m.dataAdvance();
    m_offset = 0;
    updateGeometries();
    if (m_follow)
        scrollToBottom();
    m_header->viewport()->update();
    m_corner->update();
    viewport()->update();
}

void GridView::layoutColumns()
{
    if (!m_grid)
        return;
    // Widths belong to the user: only columns that were not there before get one from us.
    QStringList titles;
    const int columns = m_grid->columnCount();
    titles.reserve(columns);
    for (int column = 0; column < columns; ++column) {
        const GridColumn& info = m_grid->gridColumn(column);
        titles.append(info.title);
        if (column < m_columnTitles.size() && m_columnTitles.at(column) == info.title)
            continue;
        const int text = static_cast<int>(std::lround(info.widthChars * metrics().dataAdvance()));
        m_header->resizeSection(column, std::max(text + metrics().space(4), m_header->titleWidth(column)));
    }
    m_columnTitles = titles;
}

void GridView::resetColumnWidths()
{
    m_columnTitles.clear();
    layoutColumns();
}

void GridView::fitColumn(int column)
{
    if (!m_grid || column < 0 || column >= m_grid->columnCount())
        return;
    const GridRange rows = visibleRows();
    int width = m_header->titleWidth(column);
    for (int row = rows.first; row <= rows.last; ++row)
        width = std::max(width, m_painter->neededWidth(*m_grid, row, column));
    const int longest = static_cast<int>(60 * metrics().dataAdvance());
    const int shortest = static_cast<int>(4 * metrics().dataAdvance()) + metrics().space(4);
    m_header->resizeSection(column, std::clamp(width, shortest, longest));
}

int GridView::shownRows() const
{
    const int rows = m_grid ? m_grid->rowCount() : 0;
    return m_frozen >= 0 ? std::min(m_frozen, rows) : rows;
}

int GridView::fullRows() const
{
    return std::max(1, viewport()->height() / m_rowHeight);
}

int GridView::maxTop() const
{
    const qint64 beyond = static_cast<qint64>(shownRows()) * m_rowHeight - viewport()->height();
    return beyond <= 0 ? 0 : static_cast<int>(beyond / m_rowHeight);
}

int GridView::bottomOffset() const
{
    const qint64 beyond = static_cast<qint64>(shownRows()) * m_rowHeight - viewport()->height();
    return beyond <= 0 ? 0 : static_cast<int>(beyond % m_rowHeight);
}

GridRange GridView::visibleRows() const
{
    const int rows = shownRows();
    const qint64 pixels = static_cast<qint64>(m_offset) + viewport()->height() - 1;
    const qint64 last = std::min<qint64>(rows - 1, m_top + pixels / m_rowHeight);
    return {m_top, static_cast<int>(last)};
}

int GridView::rowAt(int y) const
{
    if (y < 0)
        return -1;
    const qint64 row = m_top + (static_cast<qint64>(y) + m_offset) / m_rowHeight;
    return row < shownRows() ? static_cast<int>(row) : -1;
}

int GridView::rowTop(int row) const
{
    // Far rows are all "far": the exact place matters only near the viewport.
    constexpr qint64 kFar = 1'000'000;
    return static_cast<int>(std::clamp((static_cast<qint64>(row) - m_top) * m_rowHeight - m_offset, -kFar, kFar));
}

void GridView::place(int top, int offset)
{
    const int lastTop = maxTop();
    const int lastOffset = bottomOffset();
    if (top > lastTop || (top == lastTop && offset > lastOffset)) {
        top = lastTop;
        offset = lastOffset;
    }
    top = std::max(0, top);
    const bool moved = top != m_top || offset != m_offset;
    m_top = top;
    m_offset = offset;
    const bool atEnd = top == lastTop && offset == lastOffset;
    m_settingBar = true;
    verticalScrollBar()->setValue(atEnd ? verticalScrollBar()->maximum() : top);
    m_settingBar = false;
    if (moved) {
        setHover(-1);
        viewport()->update();
    }
    noteSeen();
}

void GridView::updateBars()
{
    m_settingBar = true;
    QScrollBar* vertical = verticalScrollBar();
    vertical->setRange(0, maxTop() + (bottomOffset() > 0 ? 1 : 0));
    vertical->setPageStep(fullRows());
    vertical->setSingleStep(1);
    QScrollBar* horizontal = horizontalScrollBar();
    const int room = std::max(0, viewport()->width() - m_gutter);
    horizontal->setRange(0, std::max(0, m_header->length() - room));
    horizontal->setPageStep(room);
    horizontal->setSingleStep(metrics().space(8));
    m_settingBar = false;
    if (m_header->scrolled() != horizontal->value())
        m_header->setScrolled(horizontal->value());
    place(m_top, m_offset);
}

void GridView::scrollByPixels(qint64 pixels)
{
    const qint64 before = static_cast<qint64>(m_top) * m_rowHeight + m_offset;
    const qint64 end = static_cast<qint64>(maxTop()) * m_rowHeight + bottomOffset();
    const qint64 after = std::clamp<qint64>(before + pixels, 0, end);
    if (after == before)
        return;
    place(static_cast<int>(after / m_rowHeight), static_cast<int>(after % m_rowHeight));
    userScrolled(after < before);
}

void GridView::scrollToBottom()
{
    place(maxTop(), bottomOffset());
}

void GridView::setTopRow(int row)
{
    place(row, 0);
}

void GridView::userScrolled(bool up)
{
    m_fade->clear();
    if (up)
        letGo();
    updatePill();
}

void GridView::verticalScrollbarValueChanged(int value)
{
    if (m_settingBar)
        return;
    const auto before = std::pair(m_top, m_offset);
    if (value >= verticalScrollBar()->maximum())
        scrollToBottom();
    else
        place(value, 0);
    userScrolled(std::pair(m_top, m_offset) < before);
}

void GridView::scrollContentsBy(int dx, int)
{
    if (dx == 0)
        return;
    m_header->setScrolled(horizontalScrollBar()->value());
    viewport()->update();
}

void GridView::updateGeometries()
{
    const int height = m_header->isHidden() ? 0 : metrics().headerHeight();
    if (viewportMargins().top() != height)
        setViewportMargins(0, height, 0, 0);
    const QRect area = viewport()->geometry();
    m_corner->setGeometry(area.x(), area.y() - height, m_gutter, height);
    m_header->setGeometry(area.x() + m_gutter, area.y() - height, std::max(0, area.width() - m_gutter), height);
    updateBars();
    QAbstractItemView::updateGeometries();
}

void GridView::resizeEvent(QResizeEvent* event)
{
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
    if (m_follow)
        scrollToBottom();
    updatePill();
}

void GridView::showEvent(QShowEvent* event)
{
    QAbstractItemView::showEvent(event);
    updateGeometries();
    if (m_follow)
        scrollToBottom();
}

void GridView::rowsInserted(const QModelIndex&, int start, int end)
{
    const int count = end - start + 1;
    const bool atEnd = end == m_grid->rowCount() - 1;
    if (m_frozen >= 0) {
        if (!atEnd && start < m_frozen)
            m_frozen += count;
        if (!m_pillTimer.isActive())
            m_pillTimer.start();
        return;
    }
    if (!atEnd && start <= m_top && m_grid->rowCount() > count)
        m_top += count;
    if (atEnd && isVisible() && !Theme::instance().reduceMotion() && m_fade->add(start, count) &&
        !m_fadeTimer.isActive())
        m_fadeTimer.start();
    updateBars();
    if (m_follow)
        scrollToBottom();
    if (atEnd)
        updateRows(start, end);
    else
        viewport()->update();
    if (!m_follow && !m_pillTimer.isActive())
        m_pillTimer.start();
}

void GridView::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end)
{
    QAbstractItemView::rowsAboutToBeRemoved(parent, start, end);
}

void GridView::onRowsRemoved(const QModelIndex&, int start, int end)
{
    const int count = end - start + 1;
    const auto shifted = [&](int row) { return row > end ? row - count : std::min(row, start); };
    // Rows that went before the top take the numbers with them; the picture stays.
    if (end < m_top) {
        m_top -= count;
    } else if (start <= m_top) {
        m_top = start;
        m_offset = 0;
    }
    if (m_frozen >= 0)
        m_frozen = shifted(m_frozen);
    if (m_anchor >= 0)
        m_anchor = m_anchor >= start && m_anchor <= end ? -1 : shifted(m_anchor);
    m_seen = std::max<qint64>(0, m_seen - std::clamp<qint64>(m_seen - start, 0, count));
    m_fade->clear();
    setHover(-1);
    updateBars();
    viewport()->update();
}

void GridView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>&)
{
    if (topLeft.isValid() && bottomRight.isValid())
        updateRows(topLeft.row(), bottomRight.row());
    else
        viewport()->update();
}

void GridView::updateRows(int first, int last)
{
    const GridRange shown = visibleRows();
    const int from = std::max(first, shown.first);
    const int to = std::min(last, shown.last);
    if (from > to)
        return;
    const int y = rowTop(from);
    viewport()->update(0, y, viewport()->width(), rowTop(to) + m_rowHeight - y);
}

void GridView::stepFade()
{
    const int first = m_fade->firstRow();
    if (!m_fade->step())
        m_fadeTimer.stop();
    if (first >= 0)
        updateRows(first, shownRows() - 1);
}

void GridView::setFollow(bool on)
{
    if (on) {
        release();
        scrollToBottom();
    }
    if (m_follow == on)
        return;
    m_follow = on;
    if (!on)
        m_seen = m_grid ? m_grid->rowCount() : 0;
    noteSeen();
    updatePill();
    Q_EMIT followChanged(on);
}

void GridView::letGo()
{
    setFollow(false);
}

void GridView::freeze(int rows)
{
    const int wanted = std::clamp(rows, 0, m_grid ? m_grid->rowCount() : 0);
    if (m_frozen == wanted)
        return;
    letGo();
    const bool was = m_frozen >= 0;
    m_frozen = wanted;
    m_seen = std::min<qint64>(m_seen, wanted);
    updateBars();
    updatePill();
    viewport()->update();
    if (!was)
        Q_EMIT frozenChanged(true);
}

void GridView::release()
{
    if (m_frozen < 0)
        return;
    m_frozen = -1;
    updateBars();
    updatePill();
    viewport()->update();
    Q_EMIT frozenChanged(false);
}

qint64 GridView::heldBack() const
{
    return m_grid ? static_cast<qint64>(m_grid->rowCount()) - shownRows() : 0;
}

qint64 GridView::newRows() const
{
    return m_follow || !m_grid ? 0 : std::max<qint64>(0, m_grid->rowCount() - m_seen);
}

void GridView::noteSeen()
{
    if (!m_grid)
        return;
    if (m_follow) {
        m_seen = m_grid->rowCount();
        return;
    }
    const qint64 bottom = static_cast<qint64>(m_offset) + viewport()->height();
    m_seen = std::max(m_seen, std::min<qint64>(shownRows(), m_top + bottom / m_rowHeight));
}

void GridView::updatePill()
{
    const qint64 count = newRows();
    if (count == m_pill->count() && m_pill->isVisible() == (count > 0) && !m_pill->isVisible())
        return;
    m_pill->showCount(count, viewport()->geometry());
}

std::vector<GridColumnSpan>& GridView::spansIn(int firstVisual, int endVisual, int right)
{
    m_spans.clear();
    for (int visual = firstVisual; visual < endVisual; ++visual) {
        const int logical = m_header->logicalIndex(visual);
        if (m_header->isSectionHidden(logical))
            continue;
        const int x = m_header->sectionX(logical) + m_gutter;
        if (x > right)
            break;
        m_spans.push_back({logical, x, m_header->sectionSize(logical), &m_grid->gridColumn(logical)});
    }
    return m_spans;
}

void GridView::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    if (!m_grid) {
        painter.fillRect(event->rect(), tokens().surface);
        return;
    }
    if (!qFuzzyCompare(m_painter->devicePixelRatio(), devicePixelRatioF()))
        m_painter->setup(devicePixelRatioF(), m_rowHeight, m_gutter);

    const QRect dirty = event->rect();
    const int pinnedWidth = m_header->pinnedWidth();
    const int pinned = pinnedWidth > 0 ? m_header->pinned() : 0;
    const int stayingEnd = m_gutter + pinnedWidth;
    const int first = std::max({0, pinned, m_header->visualIndexAt(std::max(dirty.left(), stayingEnd) - m_gutter)});
    if (m_header->scrolled() == 0) {
        paintRows(painter, event->region(), spansIn(pinned > 0 ? 0 : first, m_header->count(), dirty.right()));
    } else {
        // What scrolls goes under what stays.
        const QRect staying(0, 0, stayingEnd, viewport()->height());
        const auto paintPart = [&](const QRegion& part, int from, int end) {
            if (part.isEmpty())
                return;
            painter.setClipRegion(part);
            paintRows(painter, part, spansIn(from, end, dirty.right()));
        };
        paintPart(event->region() - staying, first, m_header->count());
        paintPart(event->region() & staying, 0, pinned);
        painter.setClipping(false);
    }
    if (pinned > 0)
        painter.fillRect(stayingEnd - 1, dirty.top(), 1, dirty.height(), tokens().borderStrong);
}

void GridView::paintRows(QPainter& painter, const QRegion& region, const std::vector<GridColumnSpan>& spans)
{
    const GridRange shown = visibleRows();
    std::vector<GridRange> selected = selectedRanges();
    std::erase_if(selected, [&](const GridRange& r) { return r.last < shown.first || r.first > shown.last; });
    const bool focused = hasFocus() && isActiveWindow();
    const QModelIndex current = currentIndex();

    GridRowPaint job;
    job.active = focused;
    for (const QRect& rect : region) {
        const int from = m_top + (rect.top() + m_offset) / m_rowHeight;
        const int to = std::min(shown.last, m_top + (rect.bottom() + m_offset) / m_rowHeight);
        for (int row = from; row <= to; ++row) {
            job.row = row;
            job.rect = QRect(0, rowTop(row), viewport()->width(), m_rowHeight);
            job.hover = row == m_hover;
            job.selected = std::any_of(selected.begin(), selected.end(),
                                       [row](const GridRange& r) { return row >= r.first && row <= r.last; });
            job.ringColumn = focused && current.isValid() && current.row() == row ? current.column() : -1;
            job.fade = m_fade->strength(row);
            m_painter->paintRow(painter, *m_grid, spans, job);
        }
        const int end = rowTop(shown.last + 1);
        if (end <= rect.bottom())
            painter.fillRect(QRect(rect.left(), std::max(end, rect.top()), rect.width(),
                                   rect.bottom() - std::max(end, rect.top()) + 1),
                             tokens().surface);
    }
}

} // namespace vtscope
