#pragma once

#include <QHeaderView>

namespace vtscope {

class GridModel;

/// The header of a GridView: sections that can be moved, resized and hidden, painted with key icon and sort arrow.
/// GUI thread. Layouts are kept with saveState() and restoreState().
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

Q_SIGNALS:
    /// The user asked for the columns menu (right click, or the menu key) at this global position.
    void columnsMenuRequested(const QPoint& globalPosition, int logical);

protected:
    void paintEvent(QPaintEvent* event) override;
    void paintSection(QPainter* painter, const QRect& rect, int logical) const override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    QList<int> m_filtered;
};

} // namespace vtscope
