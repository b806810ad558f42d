#pragma once

#include <QProxyStyle>

namespace vtscope {

/// Fusion with our own buttons, fields, boxes and focus ring. GUI thread; installed by Theme.
///
/// Variants of buttons and validity of fields are dynamic properties, set by setVariant() and setValidity().
class ProxyStyle : public QProxyStyle
{
    Q_OBJECT

public:
    ProxyStyle();

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                            const QWidget* widget) const override;
    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                           const QWidget* widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl subControl,
                         const QWidget* widget) const override;
    QIcon standardIcon(StandardPixmap standard, const QStyleOption* option, const QWidget* widget) const override;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                  QStyleHintReturn* returnData) const override;
    void polish(QWidget* widget) override;
    using QProxyStyle::polish;
};

enum class ButtonVariant : quint8 { Plain, Primary, Danger, Link, Quiet };

/// How a button looks. The action stays the caller's.
void setVariant(QWidget* button, ButtonVariant variant);
ButtonVariant variantOf(const QWidget* button);

enum class Validity : quint8 { Neutral, Valid, Invalid };

/// Frame of a field: red when invalid, green when valid. The sentence that says why belongs beside it.
void setValidity(QWidget* field, Validity validity);
Validity validityOf(const QWidget* field);

/// A tick box as wide and high as the smaller side of `rect`, in its middle. Changes the painter's pen, brush and
/// hints.
void drawTickBox(QPainter& painter, const QRect& rect, Qt::CheckState state, bool enabled, bool hovered);

/// The 2 pixel focus ring inside `rect`. Changes the painter's pen, brush and hints.
void drawFocusRing(QPainter& painter, const QRectF& rect, qreal radius);

} // namespace vtscope
