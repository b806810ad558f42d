#pragma once

#include <QColor>
#include <QStyle>

class QStyleOptionButton;
class QStyleOptionToolButton;

namespace vtscope {

/// The painting of ProxyStyle's buttons, and the shapes that its other controls share. GUI thread; only for ProxyStyle.

void drawPushButton(const QStyleOptionButton* button, QPainter* painter, const QWidget* widget);
QSize pushButtonSize(const QStyleOptionButton* button, const QWidget* widget);
void drawToolButton(const QStyleOptionToolButton* button, QPainter* painter, const QWidget* widget);
void drawToolButtonLabel(const QStyleOptionToolButton* button, QPainter* painter, const QWidget* widget);
QSize toolButtonSize(const QStyleOptionToolButton* button);

/// A rounded box whose line lies inside `rect`.
void drawBox(QPainter& painter, const QRectF& rect, qreal radius, const QColor& fill, const QColor& border,
             qreal width = 1);
/// One of PE_IndicatorArrowUp, Down, Left, Right as a chevron.
void drawArrow(QStyle::PrimitiveElement element, const QStyleOption* option, QPainter* painter);
/// Whether a focus ring is due: the focus came by keyboard.
bool showsKeyboardFocus(const QStyleOption* option);

} // namespace vtscope
