#include "ui/style/buttonpainter.h"

#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QPainter>
#include <QStyleOption>
#include <QWidget>

namespace vtscope {

namespace {

struct ButtonLook
{
    QColor fill;
    QColor border;
    QColor text;
};

QColor mixed(const QColor& a, const QColor& b, double share)
{
    return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * share),
                            static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * share),
                            static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * share));
}

ButtonLook lookOf(ButtonVariant variant, QStyle::State state)
{
    const Tokens& t = tokens();
    const bool enabled = state & QStyle::State_Enabled;
    const bool down = state & (QStyle::State_Sunken | QStyle::State_On);
    const bool over = (state & QStyle::State_MouseOver) && enabled;
    ButtonLook look;
    switch (variant) {
    case ButtonVariant::Primary:
        look = {t.accent, t.accent, t.onAccent};
        break;
    case ButtonVariant::Danger:
        look = {t.production, t.production, t.onProduction};
        break;
    case ButtonVariant::Link:
        look = {Qt::transparent, Qt::transparent, t.accentText};
        break;
    case ButtonVariant::Quiet:
        look = {Qt::transparent, Qt::transparent, t.text};
        break;
    case ButtonVariant::Plain:
        look = {t.raised, t.border, t.text};
        break;
    }
    const bool filled = variant == ButtonVariant::Primary || variant == ButtonVariant::Danger;
    if (!enabled) {
        look.text = t.disabled;
        if (filled) {
            look.fill = t.chip;
            look.border = t.chip;
        }
    } else if (filled) {
        // Darker, never lighter: the text on it must keep its contrast.
        if (variant == ButtonVariant::Primary && (down || over))
            look.fill = look.border = mixed(look.fill, Qt::black, down ? 0.2 : 0.1);
        else if (down || over)
            look.fill = look.border =
                mixed(look.fill, look.text == QColor(Qt::white) ? Qt::black : Qt::white, down ? 0.2 : 0.1);
    } else if (down) {
        look.fill = t.infoT;
        if (variant == ButtonVariant::Plain)
            look.border = t.borderStrong;
    } else if (over) {
        look.fill = t.hover;
        if (variant == ButtonVariant::Plain)
            look.border = t.borderStrong;
    }
    return look;
}

QFont buttonFont(const QFont& base, ButtonVariant variant)
{
    QFont font = base;
    const bool filled = variant == ButtonVariant::Primary || variant == ButtonVariant::Danger;
    font.setWeight(filled ? QFont::DemiBold : QFont::Medium);
    return font;
}

// Icon, gap, text and chevron as one block, in the middle of `rect` or at its left.
void drawLabel(QPainter& painter, const QRect& rect, const QIcon& icon, int iconSize, QIcon::Mode mode,
               QIcon::State state, const QString& text, const QColor& color, bool menu, bool tintIcon)
{
    const Metrics& m = metrics();
    const QFontMetrics fm(painter.font());
    const int gap = m.space(1.5);
    const int iconPart = icon.isNull() ? 0 : iconSize + (text.isEmpty() ? 0 : gap);
    const int menuPart = menu ? m.smallIcon() + m.space(1) : 0;
    const QString plain = QString(text).remove(u'\n');
    int textWidth = plain.isEmpty() ? 0 : fm.size(Qt::TextShowMnemonic, plain).width();
    QString shown = plain;
    const int room = rect.width() - iconPart - menuPart;
    if (textWidth > room) {
        shown = fm.elidedText(plain, Qt::ElideRight, std::max(0, room), Qt::TextShowMnemonic);
        textWidth = std::max(0, room);
    }
    int x = rect.x() + std::max(0, (rect.width() - iconPart - textWidth - menuPart) / 2);
    if (!icon.isNull()) {
        const QRect box(x, rect.y(), iconSize, rect.height());
        const qreal ratio = painter.device()->devicePixelRatioF();
        QPixmap pixmap = icon.pixmap(QSize(iconSize, iconSize), ratio, mode, state);
        if (tintIcon) {
            QPainter tint(&pixmap);
            tint.setCompositionMode(QPainter::CompositionMode_SourceIn);
            tint.fillRect(QRect(0, 0, iconSize, iconSize), color);
        }
        painter.drawPixmap(box.x(), box.y() + (box.height() - iconSize) / 2, pixmap);
        x += iconPart;
    }
    painter.setPen(color);
    painter.drawText(QRect(x, rect.y(), textWidth + 1, rect.height()),
                     Qt::AlignLeft | Qt::AlignVCenter | Qt::TextShowMnemonic, shown);
    if (menu)
        drawIcon(painter, QRect(x + textWidth + m.space(1), rect.y(), m.smallIcon(), rect.height()),
                 IconName::ChevronDown, color, m.smallIcon());
}

bool hasMenuChevron(const QStyleOptionToolButton* button)
{
    return button->features & (QStyleOptionToolButton::HasMenu | QStyleOptionToolButton::MenuButtonPopup);
}

} // namespace

void drawBox(QPainter& painter, const QRectF& rect, qreal radius, const QColor& fill, const QColor& border, qreal width)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(fill);
    painter.setPen(border.alpha() ? QPen(border, width) : QPen(Qt::NoPen));
    const qreal inset = width / 2;
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset);
}

bool showsKeyboardFocus(const QStyleOption* option)
{
    return (option->state & QStyle::State_HasFocus) && (option->state & QStyle::State_KeyboardFocusChange);
}

void drawArrow(QStyle::PrimitiveElement element, const QStyleOption* option, QPainter* painter)
{
    IconName name = IconName::ChevronDown;
    if (element == QStyle::PE_IndicatorArrowUp)
        name = IconName::ChevronUp;
    else if (element == QStyle::PE_IndicatorArrowLeft)
        name = IconName::ChevronLeft;
    else if (element == QStyle::PE_IndicatorArrowRight)
        name = IconName::ChevronRight;
    const Tokens& t = tokens();
    drawIcon(*painter, option->rect, name, option->state & QStyle::State_Enabled ? t.text2 : t.disabled,
             metrics().smallIcon());
}

void drawPushButton(const QStyleOptionButton* button, QPainter* painter, const QWidget* widget)
{
    const ButtonVariant variant = variantOf(widget);
    const ButtonLook look = lookOf(variant, button->state);
    painter->save();
    if (look.fill.alpha() || look.border.alpha())
        drawBox(*painter, QRectF(button->rect), Metrics::kRadiusButton, look.fill, look.border);
    painter->setFont(buttonFont(widget ? widget->font() : painter->font(), variant));
    const Metrics& m = metrics();
    const int padding = variant == ButtonVariant::Link ? m.space(1) : m.space(2);
    const bool enabled = button->state & QStyle::State_Enabled;
    drawLabel(*painter, button->rect.adjusted(padding, 0, -padding, 0), button->icon, button->iconSize.width(),
              enabled ? QIcon::Normal : QIcon::Disabled, QIcon::Off, button->text, look.text,
              button->features & QStyleOptionButton::HasMenu,
              enabled && (variant == ButtonVariant::Primary || variant == ButtonVariant::Danger ||
                          variant == ButtonVariant::Link));
    // However it came there: Return acts on the button that has the focus.
    if (button->state & QStyle::State_HasFocus) {
        // On a fill of the accent the ring would not be seen: it gets a line of the text's colour inside.
        drawFocusRing(*painter, QRectF(button->rect), Metrics::kRadiusButton);
        if (variant == ButtonVariant::Primary || variant == ButtonVariant::Danger) {
            painter->setPen(QPen(look.text, 1));
            painter->drawRoundedRect(QRectF(button->rect).adjusted(2.5, 2.5, -2.5, -2.5), 3, 3);
        }
    }
    painter->restore();
}

QSize pushButtonSize(const QStyleOptionButton* button, const QWidget* widget)
{
    const Metrics& m = metrics();
    const ButtonVariant variant = variantOf(widget);
    const QFontMetrics fm(buttonFont(widget ? widget->font() : m.ui(), variant));
    int width = button->text.isEmpty() ? 0 : fm.size(Qt::TextShowMnemonic, button->text).width();
    if (!button->icon.isNull())
        width += button->iconSize.width() + (button->text.isEmpty() ? 0 : m.space(1.5));
    if (button->features & QStyleOptionButton::HasMenu)
        width += m.smallIcon() + m.space(1);
    width += button->text.isEmpty() ? m.space(3) : (variant == ButtonVariant::Link ? m.space(3) : m.space(6));
    return {width, std::max(m.fieldHeight(), fm.height() + m.space(2))};
}

QSize toolButtonSize(const QStyleOptionToolButton* button)
{
    const Metrics& m = metrics();
    const bool words = button->toolButtonStyle != Qt::ToolButtonIconOnly && !button->text.isEmpty();
    const bool pictures = button->toolButtonStyle != Qt::ToolButtonTextOnly && !button->icon.isNull();
    int width = 0;
    if (pictures)
        width += button->iconSize.width();
    if (words)
        width += button->fontMetrics.size(Qt::TextShowMnemonic, button->text).width() + (pictures ? m.space(1.5) : 0);
    if (hasMenuChevron(button))
        width += m.smallIcon() + m.space(1);
    width += words ? m.space(4) : m.space(3);
    const int height = std::max(m.fieldHeight(), button->iconSize.height() + m.space(2));
    return {std::max(width, words ? width : height), height};
}

void drawToolButtonLabel(const QStyleOptionToolButton* button, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const bool enabled = button->state & QStyle::State_Enabled;
    const bool on = button->state & QStyle::State_On;
    const bool words = button->toolButtonStyle != Qt::ToolButtonIconOnly;
    const bool pictures = button->toolButtonStyle != Qt::ToolButtonTextOnly;
    painter->save();
    painter->setFont(buttonFont(widget ? widget->font() : button->font, ButtonVariant::Plain));
    const QColor color = !enabled ? t.disabled : on ? t.accentText : t.text;
    const int padding = words ? metrics().space(1.5) : 0;
    drawLabel(*painter, button->rect.adjusted(padding, 0, -padding, 0), pictures ? button->icon : QIcon(),
              button->iconSize.width(), enabled ? QIcon::Normal : QIcon::Disabled, on ? QIcon::On : QIcon::Off,
              words ? button->text : QString(), color, hasMenuChevron(button), false);
    painter->restore();
}

void drawToolButton(const QStyleOptionToolButton* button, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const bool enabled = button->state & QStyle::State_Enabled;
    const bool on = button->state & QStyle::State_On;
    const bool down = button->state & QStyle::State_Sunken;
    const bool over = button->state & QStyle::State_MouseOver;
    painter->save();
    if (enabled && (on || down || over)) {
        const QColor fill = on ? t.infoT : down ? t.selI : t.hover;
        drawBox(*painter, QRectF(button->rect), Metrics::kRadiusButton, fill, Qt::transparent);
    }
    painter->restore();
    if (!button->icon.isNull() || !button->text.isEmpty())
        drawToolButtonLabel(button, painter, widget);
    else if (button->arrowType != Qt::NoArrow)
        drawArrow(button->arrowType == Qt::UpArrow      ? QStyle::PE_IndicatorArrowUp
                  : button->arrowType == Qt::LeftArrow  ? QStyle::PE_IndicatorArrowLeft
                  : button->arrowType == Qt::RightArrow ? QStyle::PE_IndicatorArrowRight
                                                        : QStyle::PE_IndicatorArrowDown,
                  button, painter);
    if (showsKeyboardFocus(button)) {
        painter->save();
        drawFocusRing(*painter, QRectF(button->rect), Metrics::kRadiusButton);
        painter->restore();
    }
}

} // namespace vtscope
