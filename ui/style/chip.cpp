#include "ui/style/chip.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace vtscope {

Chip::Chip(const QString& text, QWidget* parent) : QAbstractButton(parent)
{
    setText(text);
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    rename();
}

void Chip::setPrefix(const QString& word, Tone tone)
{
    m_prefix = word;
    m_prefixTone = tone;
    rename();
    updateGeometry();
    update();
}

void Chip::setOutlined(bool on)
{
    m_outlined = on;
    update();
}

void Chip::setTone(Tone tone)
{
    m_tone = tone;
    updateGeometry();
    update();
}

void Chip::setSign(IconName icon)
{
    m_sign = icon;
    updateGeometry();
    update();
}

void Chip::setMostText(int width)
{
    m_mostText = width;
    updateGeometry();
    update();
}

void Chip::setData(bool on)
{
    m_data = on;
    updateGeometry();
    update();
}

void Chip::setClosable(bool on)
{
    m_closable = on;
    setFocusPolicy(m_closable || m_interactive ? Qt::TabFocus : Qt::NoFocus);
    updateGeometry();
    update();
}

void Chip::setInteractive(bool on)
{
    m_interactive = on;
    setFocusPolicy(m_closable || m_interactive ? Qt::TabFocus : Qt::NoFocus);
}

void Chip::rename()
{
    if (accessibleName() != m_named)
        return;
    m_named = m_prefix.isEmpty() ? text() : m_prefix + u' ' + text();
    setAccessibleName(m_named);
}

const QFont& Chip::textFont() const
{
    return m_data ? metrics().data() : m_tone == Tone::Text ? metrics().ui() : metrics().uiStrong();
}

QString Chip::shownText() const
{
    return m_mostText > 0 ? QFontMetrics(textFont()).elidedText(text(), Qt::ElideMiddle, m_mostText) : text();
}

QSize Chip::sizeHint() const
{
    const Metrics& m = metrics();
    int width = m.space(4) + QFontMetrics(textFont()).horizontalAdvance(shownText());
    if (!m_prefix.isEmpty())
        width += QFontMetrics(m.uiStrong()).horizontalAdvance(m_prefix) + m.space(1);
    if (m_sign != IconName::None)
        width += m.rowIcon() + m.space(1);
    if (m_closable)
        width += m.smallIcon() + m.space(0.5);
    return {width, m.chipHeight()};
}

QRect Chip::closeRect() const
{
    const int side = metrics().space(5);
    return m_closable ? QRect(width() - side, 0, side, height()) : QRect();
}

void Chip::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    const bool plain = m_tone == Tone::Text;
    QColor fill = plain ? t.chip : t.tint(m_tone);
    QColor line = fill;
    QColor color = !isEnabled() ? t.disabled : plain ? t.onChip : t.tone(m_tone);
    if (m_outlined) {
        fill = t.surface;
        line = t.borderStrong;
        color = t.text2;
    } else if (m_interactive && underMouse() && isEnabled()) {
        line = t.borderStrong;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(fill);
    painter.setPen(QPen(line, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::kRadiusButton,
                            Metrics::kRadiusButton);

    int x = m.space(2);
    const auto words = [&](const QString& shown, const QFont& font, const QColor& pen) {
        const int wide = QFontMetrics(font).horizontalAdvance(shown);
        painter.setFont(font);
        painter.setPen(pen);
        painter.drawText(QRect(x, 0, wide + 2, height()), Qt::AlignLeft | Qt::AlignVCenter, shown);
        x += wide + m.space(1);
    };
    if (m_sign != IconName::None) {
        drawIcon(painter, QRect(x, 0, m.rowIcon(), height()), m_sign, color, m.rowIcon());
        x += m.rowIcon() + m.space(1);
    }
    if (!m_prefix.isEmpty())
        words(m_prefix, m.uiStrong(), t.tone(m_prefixTone));
    words(shownText(), textFont(), color);
    if (m_closable)
        drawIcon(painter, closeRect(), IconName::Close, t.text2, m.space(2.5));
    if (hasFocus())
        drawFocusRing(painter, QRectF(rect()), Metrics::kRadiusButton);
}

void Chip::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton && closeRect().contains(event->position().toPoint())) {
        Q_EMIT closeRequested();
        return;
    }
    if (m_interactive)
        QAbstractButton::mousePressEvent(event);
    else
        event->ignore();
}

void Chip::keyPressEvent(QKeyEvent* event)
{
    if (m_closable && (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace)) {
        Q_EMIT closeRequested();
        return;
    }
    QAbstractButton::keyPressEvent(event);
}

void Chip::changeEvent(QEvent* event)
{
    QAbstractButton::changeEvent(event);
    update();
}

} // namespace vtscope
