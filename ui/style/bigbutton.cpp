#include "ui/style/bigbutton.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QKeyEvent>
#include <QKeySequence>
#include <QPainter>

namespace vtscope {

BigButton::BigButton(IconName icon, const QString& title, const QString& subtitle, QWidget* parent)
    : QAbstractButton(parent), m_icon(icon)
{
    setText(title);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(title);
    setSubtitle(subtitle);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
}

void BigButton::setPrimary(bool on)
{
    m_primary = on;
    update();
}

void BigButton::setSubtitle(const QString& subtitle)
{
    m_subtitle = subtitle;
    setAccessibleDescription(subtitle);
    update();
}

void BigButton::setKey(const QKeySequence& key)
{
    m_key = key.toString(QKeySequence::NativeText).replace(u'+', u' ');
    update();
}

QSize BigButton::sizeHint() const
{
    const Metrics& m = metrics();
    const int words = std::max(QFontMetrics(m.uiStrong()).horizontalAdvance(text()),
                               QFontMetrics(m.small()).horizontalAdvance(m_subtitle));
    return {words + m.space(30), m.space(14.5)};
}

QSize BigButton::minimumSizeHint() const
{
    return {metrics().space(50), metrics().space(14.5)};
}

void BigButton::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool over = underMouse() && isEnabled();
    // Words on the accent cannot be greyed: a disabled primary button gives it up.
    const bool isAccent = m_primary && isEnabled();
    QColor fill = isAccent ? t.accent : m_primary ? t.chip : t.raised;
    if (isDown() || over)
        fill = isAccent ? fill.darker(isDown() ? 122 : 110) : t.hover;
    painter.setBrush(fill);
    painter.setPen(QPen(m_primary ? fill : over ? t.borderStrong : t.border, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::kRadiusTile, Metrics::kRadiusTile);

    const QColor strong = !isEnabled() ? t.disabled : isAccent ? t.onAccent : t.text;
    const QColor quiet = !isEnabled() ? t.disabled : isAccent ? t.onAccent : t.text2;
    drawIcon(painter, QRect(m.space(3), 0, m.space(6), height()), m_icon, quiet, m.icon());

    int right = width() - m.space(4);
    if (!m_key.isEmpty()) {
        painter.setFont(m.badge());
        const int wide = QFontMetrics(m.badge()).horizontalAdvance(m_key) + m.space(3);
        const QRectF box(right - wide + 0.5, (height() - m.space(5)) / 2.0 + 0.5, wide - 1, m.space(5) - 1);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(isAccent ? t.onAccent : t.border, 1));
        painter.drawRoundedRect(box, Metrics::kRadiusCell, Metrics::kRadiusCell);
        painter.setPen(quiet);
        painter.drawText(box, Qt::AlignCenter, m_key);
        right -= wide + m.space(2);
    }
    const int x = m.space(11);
    const QFontMetrics title(m.uiStrong());
    const QFontMetrics small(m.small());
    const int top = (height() - title.height() - small.height() - m.space(0.5)) / 2;
    painter.setFont(m.uiStrong());
    painter.setPen(strong);
    painter.drawText(QRect(x, top, right - x, title.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     title.elidedText(text(), Qt::ElideRight, right - x));
    painter.setFont(m.small());
    painter.setPen(quiet);
    painter.drawText(QRect(x, top + title.height() + m.space(0.5), right - x, small.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, small.elidedText(m_subtitle, Qt::ElideRight, right - x));
    if (hasFocus()) {
        drawFocusRing(painter, QRectF(rect()), Metrics::kRadiusTile);
        if (m_primary) {
            painter.setPen(QPen(t.onAccent, 1));
            painter.drawRoundedRect(QRectF(rect()).adjusted(2.5, 2.5, -2.5, -2.5), 5, 5);
        }
    }
}

void BigButton::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

} // namespace vtscope
