#pragma once

#include <QWidget>

namespace vtscope {

class GridView;

/// The box in the header above a column of ticks: none, some or all. GUI thread. Only shows; the header takes the
/// click.
class TickAllBox : public QWidget
{
    Q_OBJECT

public:
    TickAllBox(GridView* grid, int column);

    void setState(Qt::CheckState state);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void follow();

    GridView* m_grid;
    int m_column;
    Qt::CheckState m_state = Qt::Unchecked;
};

} // namespace vtscope
