#include "ui/queue/tickallbox.h"

#include "ui/grid/gridheader.h"
#include "ui/grid/gridview.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QPainter>
#include <QScrollBar>

namespace vtscope {

TickAllBox::TickAllBox(GridView* grid, int column) : QWidget(grid->header()->viewport()), m_grid(grid), m_column(column)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    const GridHeader* header = grid->header();
    connect(header, &GridHeader::sectionResized, this, &TickAllBox::follow);
    connect(header, &GridHeader::sectionMoved, this, &TickAllBox::follow);
    connect(header, &GridHeader::sectionCountChanged, this, &TickAllBox::follow);
    connect(header, &GridHeader::pinnedChanged, this, &TickAllBox::follow);
    connect(header, &GridHeader::geometriesChanged, this, &TickAllBox::follow);
    connect(grid->horizontalScrollBar(), &QScrollBar::valueChanged, this, &TickAllBox::follow);
    connect(grid->horizontalScrollBar(), &QScrollBar::rangeChanged, this, &TickAllBox::follow);
    connect(&Theme::instance(), &Theme::changed, this, &TickAllBox::follow);
    follow();
}

void TickAllBox::setState(Qt::CheckState state)
{
    m_state = state;
    follow();
    update();
}

void TickAllBox::follow()
{
    const GridHeader* header = m_grid->header();
    const bool isShown = m_column < header->count() && !header->isSectionHidden(m_column);
    setVisible(isShown);
    // The header's own lines stay visible around it.
    if (isShown)
        setGeometry(header->sectionX(m_column), 0, header->sectionSize(m_column) - 1, metrics().headerHeight() - 1);
}

void TickAllBox::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const int side = metrics().space(3.5);
    drawTickBox(painter, QRect((width() + 1 - side) / 2, (height() - side) / 2, side, side), m_state, true, false);
}

} // namespace vtscope
