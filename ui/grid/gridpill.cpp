#include "ui/grid/gridpill.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QFontMetrics>
#include <QLocale>
#include <QPainter>

namespace vtscope {

using namespace Qt::StringLiterals;

GridPill::GridPill(QWidget* parent) : QAbstractButton(parent)
{
    // It must never take the keyboard away from the rows; F does the same.
    setFocusPolicy(Qt::NoFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    hide();
}

QString GridPill::countText() const
{
    return tr("%1 new").arg(QLocale().toString(m_count));
}

void GridPill::showCount(qint64 count, const QRect& area)
{
    if (count <= 0) {
        m_count = 0;
        m_widest = 0;
        hide();
        return;
    }
    m_count = count;
    setAccessibleName(tr("%1, follow").arg(countText()));
    const QSize size = sizeHint();
    m_widest = std::max(m_widest, size.width());
    setGeometry(area.x() + (area.width() - m_widest) / 2, area.bottom() - size.height() - metrics().space(3), m_widest,
                size.height());
    show();
    raise();
    update();
}

QSize GridPill::sizeHint() const
{
    const Metrics& m = metrics();
    const QFontMetrics strong(m.uiStrong());
    const QFontMetrics plain(m.ui());
    const int key = QFontMetrics(m.badge()).horizontalAdvance(u'F') + m.space(2.5);
    const int width = m.space(4) + m.rowIcon() + m.space(2) + strong.horizontalAdvance(countText()) + m.space(2.5) +
                      plain.horizontalAdvance(tr("Follow")) + m.space(2) + key + m.space(4);
    return {width, m.space(7)};
}

void GridPill::paintEvent(QPaintEvent*)
{
    const Metrics& m = metrics();
    const Tokens& t = tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(isDown() ? t.accent.darker(125) : underMouse() ? t.accent.darker(112) : t.accent);
    painter.drawRoundedRect(QRectF(rect()), height() / 2.0, height() / 2.0);

    int x = (width() - sizeHint().width()) / 2 + m.space(4);
    drawIcon(painter, QRect(x, 0, m.rowIcon(), height()), IconName::Follow, t.onAccent, m.rowIcon());
    x += m.rowIcon() + m.space(2);
    const auto words = [&](const QString& text, const QFont& font) {
        painter.setFont(font);
        painter.setPen(t.onAccent);
        const int wide = QFontMetrics(font).horizontalAdvance(text);
        painter.drawText(QRect(x, 0, wide + 2, height()), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += wide;
    };
    words(countText(), m.uiStrong());
    x += m.space(2.5);
    words(tr("Follow"), m.ui());
    x += m.space(2);
    const int key = QFontMetrics(m.badge()).horizontalAdvance(u'F') + m.space(2.5);
    const QRectF box(x + 0.5, (height() - m.space(4.5)) / 2.0 + 0.5, key - 1, m.space(4.5) - 1);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(t.onAccent, 1));
    painter.drawRoundedRect(box, Metrics::kRadiusCell, Metrics::kRadiusCell);
    painter.setFont(m.badge());
    painter.drawText(box, Qt::AlignCenter, u"F"_s);
}

} // namespace vtscope
