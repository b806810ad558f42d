#pragma once

#include <QHeaderView>

namespace vtscope {

class GridModel;

/// The header of a GridView: sections that can be moved, resized, hidden and pinned, painted with key icon and sort
/// arrow. GUI thread.
///
/// Pinned are the first sections from the left: they stay where they are while the others scroll. A section that the
/// user moves across the end of the pinned ones becomes pinned, or stops being it. When they would leave too little
/// room for the others, all scroll.
class GridHeader : public QHeaderView
{
    Q_OBJECT

public:
    explicit GridHeader(QWidget* parent);

    /// Columns whose values are filtered get a funnel.
    void setFilteredColumns(const QList<int>& logical);
    /// Width that a section needs to show its title and key icon.
    int titleWidth(int logical) const;
    QSize sizeHint() const override;

    /// How many sections are pinned, hidden ones among them.
    int pinned() const { return m_pinned; }
    void setPinned(int count);
    /// Makes it the last pinned section, or the first that is not.
    void pin(int logical, bool on);
    bool isPinned(int logical) const { return visualIndex(logical) < m_pinned; }
    /// In pixels; zero where nothing stays.
    int pinnedWidth() const;

    /// In pixels; moves all sections that are not pinned. Not setOffset(), which is Qt's and knows nothing of pins.
    void setScrolled(int pixels);
    int scrolled() const { return m_scrolled; }

    /// Use these instead of sectionViewportPosition() and logicalIndexAt(), which know nothing of pins.
    int sectionX(int logical) const;
    int sectionAt(int x) const;

Q_SIGNALS:
    void pinnedChanged(int count);
    /// The user asked for the columns menu (right click, or the menu key) at this global position.
    void columnsMenuRequested(const QPoint& globalPosition, int logical);

protected:
    void paintEvent(QPaintEvent* event) override;
    void paintSection(QPainter* painter, const QRect& rect, int logical) const override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

private:
    template <typename Handle> void handleMouse(bool isPinned, Handle handle);

    QList<int> m_filtered;
    int m_scrolled = 0;
    int m_pinned = 0;
    bool m_isPressPinned = false;
};

} // namespace vtscope
