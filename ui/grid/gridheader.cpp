#include "ui/grid/gridheader.h"

#include "ui/grid/gridmodel.h"
#include "ui/style/theme.h"

#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QPainter>

namespace vtscope {

namespace {

// Of the header's width; beyond that, pinned columns would hide all others.
constexpr double kLargestPinnedPart = 0.75;

} // namespace

GridHeader::GridHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsMovable(true);
    setFirstSectionMovable(true);
    setSectionsClickable(true);
    setHighlightSections(false);
    setStretchLastSection(false);
    setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setMinimumSectionSize(metrics().space(6));
    setMaximumSectionSize(100'000);
    setSectionResizeMode(QHeaderView::Interactive);
    setAccessibleName(tr("Columns"));
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    connect(this, &QHeaderView::sectionMoved, this, [this](int, int from, int to) {
        if (from >= m_pinned && to < m_pinned)
            setPinned(m_pinned + 1);
        else if (from < m_pinned && to >= m_pinned)
            setPinned(m_pinned - 1);
    });
}

void GridHeader::setPinned(int count)
{
    count = std::clamp(count, 0, this->count());
    if (count == m_pinned)
        return;
    m_pinned = count;
    viewport()->update();
    Q_EMIT pinnedChanged(count);
}

void GridHeader::pin(int logical, bool on)
{
    if (isPinned(logical) == on)
        return;
    // Moved first to its end of its own side, so that only the count crosses the line.
    moveSection(visualIndex(logical), on ? m_pinned : m_pinned - 1);
    if (isPinned(logical) != on)
        setPinned(on ? m_pinned + 1 : m_pinned - 1);
}

int GridHeader::pinnedWidth() const
{
    int width = 0;
    for (int visual = 0; visual < m_pinned; ++visual)
        width += sectionSize(logicalIndex(visual));
    return width <= kLargestPinnedPart * viewport()->width() ? width : 0;
}

int GridHeader::sectionX(int logical) const
{
    return isPinned(logical) && pinnedWidth() > 0 ? sectionPosition(logical) : sectionViewportPosition(logical);
}

int GridHeader::sectionAt(int x) const
{
    return logicalIndexAt(x < pinnedWidth() ? x - m_scrolled : x);
}

void GridHeader::setFilteredColumns(const QList<int>& logical)
{
    m_filtered = logical;
    viewport()->update();
}

int GridHeader::titleWidth(int logical) const
{
    const auto* grid = qobject_cast<const GridModel*>(model());
    if (!grid)
        return minimumSectionSize();
    const Metrics& m = metrics();
    const GridColumn& column = grid->gridColumn(logical);
    return QFontMetrics(m.uiStrong()).horizontalAdvance(column.title) + m.space(4) + 1 +
           (column.key ? m.rowIcon() + m.u() : 0);
}

QSize GridHeader::sizeHint() const
{
    return {length(), metrics().headerHeight()};
}

void GridHeader::paintEvent(QPaintEvent* event)
{
    // What lies beyond the last section is header too.
    QPainter painter(viewport());
    painter.fillRect(event->rect(), tokens().header);
    painter.fillRect(QRect(event->rect().x(), viewport()->height() - 1, event->rect().width(), 1), tokens().border);
    painter.end();
    QHeaderView::paintEvent(event);

    const int pinnedEnd = pinnedWidth();
    if (pinnedEnd == 0)
        return;
    QPainter above(viewport());
    for (int visual = 0; visual < m_pinned; ++visual) {
        const int logical = logicalIndex(visual);
        if (!isSectionHidden(logical))
            paintSection(&above, QRect(sectionPosition(logical), 0, sectionSize(logical), height()), logical);
    }
    above.fillRect(pinnedEnd - 1, 0, 1, height(), tokens().borderStrong);
}

void GridHeader::paintSection(QPainter* painter, const QRect& rect, int logical) const
{
    const auto* grid = qobject_cast<const GridModel*>(model());
    if (!grid || !rect.isValid())
        return;
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    const GridColumn& column = grid->gridColumn(logical);
    painter->fillRect(rect, t.header);
    painter->fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), t.border);
    // Short separators: the long line is the one below.
    painter->fillRect(QRect(rect.right(), rect.y() + rect.height() / 4, 1, rect.height() / 2), t.border);

    QRect area = rect.adjusted(m.space(2), 0, -m.space(2), 0);
    const int iconSize = m.smallIcon();
    const bool sorted = isSortIndicatorShown() && sortIndicatorSection() == logical;
    const bool filtered = m_filtered.contains(logical);
    // Signs stand at the right; the texts of right-aligned columns end before them.
    const auto sign = [&](IconName name, const QColor& color) {
        drawIcon(*painter, QRect(area.right() - iconSize + 1, rect.y(), iconSize, rect.height()), name, color,
                 iconSize);
        area.setRight(area.right() - iconSize - m.u());
    };
    if (area.width() > iconSize * 2) {
        if (isPinned(logical))
            sign(IconName::Pin, t.text2);
        if (column.masked)
            sign(IconName::Mask, t.text2);
        if (sorted)
            sign(sortIndicatorOrder() == Qt::AscendingOrder ? IconName::ChevronUp : IconName::ChevronDown, t.text);
        if (filtered)
            sign(IconName::Filter, t.accentText);
    }
    painter->setFont(m.uiStrong());
    const QFontMetrics fm(painter->font());
    const int keyPart = column.key ? m.rowIcon() + m.u() : 0;
    const QString text = fm.elidedText(column.title, Qt::ElideRight, std::max(0, area.width() - keyPart));
    const int textWidth = fm.horizontalAdvance(text);
    int x = column.rightAligned ? area.right() + 1 - textWidth : area.x() + keyPart;
    x = std::max(x, area.x() + keyPart);
    if (column.key)
        drawIcon(*painter, QRect(x - keyPart, rect.y(), m.rowIcon(), rect.height()), IconName::Key, t.text2,
                 m.rowIcon());
    painter->setPen(t.text);
    painter->drawText(QRect(x, rect.y(), textWidth + 1, rect.height()), Qt::AlignLeft | Qt::AlignVCenter, text);
}

void GridHeader::contextMenuEvent(QContextMenuEvent* event)
{
    Q_EMIT columnsMenuRequested(event->globalPos(), sectionAt(event->pos().x()));
    event->accept();
}

void GridHeader::setScrolled(int pixels)
{
    m_scrolled = pixels;
    setOffset(pixels);
}

// Qt's header takes every section to be scrolled: above a pinned one it believes for a moment that none is.
template <typename Handle> void GridHeader::handleMouse(bool isPinned, Handle handle)
{
    if (isPinned)
        setOffset(0);
    handle();
    if (!isPinned || m_scrolled == 0)
        return;
    setOffset(m_scrolled);
    viewport()->update();
}

void GridHeader::mousePressEvent(QMouseEvent* event)
{
    m_isPressPinned = event->position().x() < pinnedWidth();
    handleMouse(m_isPressPinned, [&] { QHeaderView::mousePressEvent(event); });
}

void GridHeader::mouseMoveEvent(QMouseEvent* event)
{
    const bool isDrag = event->buttons() != Qt::NoButton;
    handleMouse(isDrag ? m_isPressPinned : event->position().x() < pinnedWidth(),
                [&] { QHeaderView::mouseMoveEvent(event); });
}

void GridHeader::mouseReleaseEvent(QMouseEvent* event)
{
    handleMouse(m_isPressPinned, [&] { QHeaderView::mouseReleaseEvent(event); });
}

void GridHeader::mouseDoubleClickEvent(QMouseEvent* event)
{
    handleMouse(event->position().x() < pinnedWidth(), [&] { QHeaderView::mouseDoubleClickEvent(event); });
}

} // namespace vtscope
