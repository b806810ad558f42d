#include "ui/start/dropzone.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QPainter>

namespace vtscope {

DropZone::DropZone(QWidget* parent)
    : QWidget(parent), m_first(tr("Drop or paste a capture, a .env, a URL or pscale output")),
      m_second(tr("Passwords go to the system keyring, never to a settings file"))
{
    setAccessibleName(m_first);
    setAccessibleDescription(m_second);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void DropZone::setHot(bool on)
{
    m_isHot = on;
    update();
}

QSize DropZone::sizeHint() const
{
    return {metrics().space(100), metrics().space(24)};
}

QSize DropZone::minimumSizeHint() const
{
    return {metrics().space(60), metrics().space(24)};
}

void DropZone::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPen dashes(m_isHot ? t.accentText : t.borderStrong, 1.5);
    dashes.setDashPattern({4, 3});
    painter.setPen(dashes);
    painter.setBrush(m_isHot ? QBrush(t.infoT) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), Metrics::kRadiusCard, Metrics::kRadiusCard);

    const QFontMetrics first(m.ui());
    const QFontMetrics second(m.small());
    const int gap = m.space(1.5);
    const int room = width() - m.space(6);
    int y = (height() - m.space(4.5) - first.height() - second.height() - 2 * gap) / 2;
    drawIcon(painter, QRect(0, y, width(), m.space(4.5)), IconName::Drop, m_isHot ? t.accentText : t.text2,
             m.space(4.5));
    y += m.space(4.5) + gap;
    painter.setFont(m.ui());
    painter.setPen(isEnabled() ? t.text : t.disabled);
    painter.drawText(QRect(m.space(3), y, room, first.height()), Qt::AlignCenter,
                     first.elidedText(m_first, Qt::ElideRight, room));
    y += first.height() + gap;
    painter.setFont(m.small());
    painter.setPen(isEnabled() ? t.text2 : t.disabled);
    painter.drawText(QRect(m.space(3), y, room, second.height()), Qt::AlignCenter,
                     second.elidedText(m_second, Qt::ElideRight, room));
}

} // namespace vtscope
