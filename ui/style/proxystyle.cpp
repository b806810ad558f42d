#include "ui/style/proxystyle.h"

#include "ui/style/buttonpainter.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QPainter>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>
#include <QStyleOption>
#include <QTabBar>
#include <QTextEdit>
#include <QToolButton>
#include <QTreeView>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kVariant = "vtVariant";
constexpr auto kValidity = "vtValidity";
constexpr qreal kRing = 2;

void drawField(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool focus = option->state & QStyle::State_HasFocus;
    const Validity validity = validityOf(widget);
    QColor line = enabled ? t.borderStrong : t.border;
    qreal width = 1;
    if (validity != Validity::Neutral) {
        line = validity == Validity::Invalid ? t.err : t.ok;
        width = kRing;
    } else if (focus) {
        line = t.focus;
        width = kRing;
    }
    painter->save();
    drawBox(*painter, QRectF(option->rect), Metrics::kRadiusButton, enabled ? t.surface : t.window, line, width);
    painter->restore();
}

void drawTickOption(const QStyleOption* option, QPainter* painter)
{
    const Qt::CheckState state = option->state & QStyle::State_NoChange ? Qt::PartiallyChecked
                                 : option->state & QStyle::State_On     ? Qt::Checked
                                                                        : Qt::Unchecked;
    painter->save();
    drawTickBox(*painter, option->rect, state, option->state & QStyle::State_Enabled,
                option->state & QStyle::State_MouseOver);
    painter->restore();
}

void drawRadio(const QStyleOption* option, QPainter* painter)
{
    const Tokens& t = tokens();
    const bool enabled = option->state & QStyle::State_Enabled;
    const bool on = option->state & QStyle::State_On;
    const bool over = (option->state & QStyle::State_MouseOver) && enabled;
    painter->save();
    const int side = std::min(option->rect.width(), option->rect.height());
    QRect box(0, 0, side, side);
    box.moveCenter(option->rect.center());
    const QColor fill = on ? (enabled ? t.accent : t.borderStrong) : (over ? t.hover : t.surface);
    drawBox(*painter, QRectF(box), side / 2.0, fill, on ? fill : (enabled ? t.borderStrong : t.border));
    if (on) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(t.onAccent);
        const qreal inset = side * 0.3;
        painter->drawEllipse(QRectF(box).adjusted(inset, inset, -inset, -inset));
    }
    painter->restore();
}

bool isTextArea(const QWidget* widget)
{
    return qobject_cast<const QPlainTextEdit*>(widget) || qobject_cast<const QTextEdit*>(widget);
}

void drawItemBackground(const QStyleOption* option, QPainter* painter, const QWidget* widget)
{
    const Tokens& t = tokens();
    if (const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option);
        item && item->backgroundBrush.style() != Qt::NoBrush)
        painter->fillRect(option->rect, item->backgroundBrush);
    QColor fill;
    if (option->state & QStyle::State_Selected)
        fill = option->state & QStyle::State_Active ? t.selA : t.selI;
    else if (option->state & QStyle::State_MouseOver)
        fill = t.hover;
    if (!fill.isValid())
        return;
    const auto* tree = qobject_cast<const QTreeView*>(widget);
    if (!tree || !tree->isHeaderHidden()) {
        painter->fillRect(option->rect, fill);
        return;
    }
    // Without a header a row is one thing, not a line of a table. The view paints it in pieces: each shows its part of
    // the whole.
    painter->save();
    painter->setClipRect(option->rect, Qt::IntersectClip);
    const QRect row(0, option->rect.y(), tree->viewport()->width(), option->rect.height());
    drawBox(*painter, QRectF(row).adjusted(0, 0.5, 0, -0.5), Metrics::kRadiusButton, fill, Qt::transparent);
    painter->restore();
}

} // namespace

ProxyStyle::ProxyStyle() : QProxyStyle(u"Fusion"_s) {}

void ProxyStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                               const QWidget* widget) const
{
    switch (element) {
    case PE_FrameFocusRect:
        if (showsKeyboardFocus(option)) {
            // Around the whole tab: Qt's rectangle goes through the first and last letter.
            const auto* tabs = qobject_cast<const QTabBar*>(widget);
            const QRect rect = tabs ? tabs->tabRect(tabs->currentIndex()).adjusted(2, 4, -2, -2) : option->rect;
            painter->save();
            drawFocusRing(*painter, QRectF(rect), Metrics::kRadiusCell);
            painter->restore();
        }
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        drawTickOption(option, painter);
        return;
    case PE_IndicatorRadioButton:
        drawRadio(option, painter);
        return;
    case PE_PanelLineEdit:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0)
            drawField(option, painter, widget);
        return;
    case PE_Frame:
        if (isTextArea(widget))
            drawField(option, painter, widget);
        else if (!qobject_cast<const QAbstractScrollArea*>(widget))
            break;
        return;
    case PE_PanelItemViewRow:
    case PE_PanelItemViewItem:
        drawItemBackground(option, painter, widget);
        return;
    case PE_IndicatorMenuCheckMark:
        drawIcon(*painter, option->rect, IconName::Ok, tokens().text, metrics().rowIcon());
        return;
    case PE_IndicatorBranch:
        if (option->state & State_Children)
            drawIcon(*painter, option->rect,
                     option->state & State_Open ? IconName::ChevronDown : IconName::ChevronRight, tokens().text2,
                     metrics().smallIcon());
        return;
    case PE_IndicatorArrowDown:
    case PE_IndicatorArrowUp:
    case PE_IndicatorArrowLeft:
    case PE_IndicatorArrowRight:
        drawArrow(element, option, painter);
        return;
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void ProxyStyle::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                             const QWidget* widget) const
{
    switch (element) {
    case CE_PushButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            drawPushButton(button, painter, widget);
            return;
        }
        break;
    case CE_ToolButtonLabel:
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) {
            drawToolButtonLabel(button, painter, widget);
            return;
        }
        break;
    case CE_ShapedFrame:
        if (isTextArea(widget)) {
            drawField(option, painter, widget);
            return;
        }
        if (qobject_cast<const QAbstractScrollArea*>(widget))
            return;
        break;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void ProxyStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                                    const QWidget* widget) const
{
    switch (control) {
    case CC_ToolButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option)) {
            drawToolButton(button, painter, widget);
            return;
        }
        break;
    case CC_ComboBox:
        if (const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option)) {
            if (box->frame)
                drawField(option, painter, widget);
            const QRect arrow = proxy()->subControlRect(control, option, SC_ComboBoxArrow, widget);
            drawIcon(*painter, arrow, IconName::ChevronDown,
                     option->state & State_Enabled ? tokens().text2 : tokens().disabled, metrics().smallIcon());
            return;
        }
        break;
    case CC_SpinBox:
        if (const auto* box = qstyleoption_cast<const QStyleOptionSpinBox*>(option)) {
            drawField(option, painter, widget);
            const auto step = [&](SubControl which, QAbstractSpinBox::StepEnabledFlag flag, IconName name) {
                const bool can = (box->stepEnabled & flag) && (option->state & State_Enabled);
                drawIcon(*painter, proxy()->subControlRect(control, option, which, widget), name,
                         can ? tokens().text2 : tokens().disabled, metrics().space(2.5));
            };
            if (box->buttonSymbols != QAbstractSpinBox::NoButtons) {
                step(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, IconName::ChevronUp);
                step(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, IconName::ChevronDown);
            }
            return;
        }
        break;
    default:
        break;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

int ProxyStyle::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    const Metrics& m = metrics();
    switch (metric) {
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
    case PM_ButtonIconSize:
    case PM_SmallIconSize:
    case PM_ToolBarIconSize:
    case PM_TabBarIconSize:
    case PM_ListViewIconSize:
        return m.icon();
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
        return m.space(2);
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_DefaultFrameWidth:
        if (isTextArea(widget))
            return static_cast<int>(kRing);
        if (qobject_cast<const QAbstractScrollArea*>(widget))
            return 0;
        break;
    case PM_TreeViewIndentation:
        return m.space(4);
    case PM_LayoutLeftMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutBottomMargin:
        return m.panelPadding();
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return m.fieldGap();
    case PM_MenuButtonIndicator:
        return m.space(3.5);
    case PM_ToolBarHandleExtent:
        return 0;
    default:
        break;
    }
    return QProxyStyle::pixelMetric(metric, option, widget);
}

QSize ProxyStyle::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& size,
                                   const QWidget* widget) const
{
    const Metrics& m = metrics();
    switch (type) {
    case CT_PushButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option))
            return pushButtonSize(button, widget);
        break;
    case CT_ToolButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option))
            return toolButtonSize(button);
        break;
    case CT_LineEdit:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0)
            return {size.width() + 2 * m.space(1.5), std::max(size.height(), m.fieldHeight())};
        break;
    case CT_ComboBox:
        return {size.width() + m.space(9), std::max(option->fontMetrics.height() + m.space(2), m.fieldHeight())};
    case CT_SpinBox:
        return {size.width() + m.space(8), std::max(option->fontMetrics.height() + m.space(2), m.fieldHeight())};
    case CT_CheckBox:
    case CT_RadioButton: {
        const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
        return {base.width() + m.space(1), std::max(base.height(), m.space(6))};
    }
    case CT_ItemViewItem: {
        const QSize base = QProxyStyle::sizeFromContents(type, option, size, widget);
        return {base.width(), std::max(base.height(), m.treeRowHeight())};
    }
    default:
        break;
    }
    return QProxyStyle::sizeFromContents(type, option, size, widget);
}

QRect ProxyStyle::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const
{
    const Metrics& m = metrics();
    if (element == SE_LineEditContents) {
        const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option);
        if (frame && frame->lineWidth > 0)
            return option->rect.adjusted(m.space(1.5), 2, -m.space(1.5), -2);
    }
    if (element == SE_PushButtonContents)
        return option->rect.adjusted(m.space(2), 2, -m.space(2), -2);
    return QProxyStyle::subElementRect(element, option, widget);
}

QRect ProxyStyle::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl subControl,
                                 const QWidget* widget) const
{
    const Metrics& m = metrics();
    const QRect r = option->rect;
    const auto visual = [&](const QRect& rect) { return visualRect(option->direction, r, rect); };
    if (control == CC_ComboBox) {
        const int arrow = m.space(6);
        switch (subControl) {
        case SC_ComboBoxArrow:
            return visual(QRect(r.right() - arrow + 1, r.top(), arrow, r.height()));
        case SC_ComboBoxEditField: {
            // A line edit brings two pixels of its own.
            const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option);
            return visual(r.adjusted(box && box->editable ? m.space(1.5) : m.space(1.75), 2, -arrow, -2));
        }
        case SC_ComboBoxFrame:
            return r;
        default:
            break;
        }
    } else if (control == CC_SpinBox) {
        const auto* box = qstyleoption_cast<const QStyleOptionSpinBox*>(option);
        const int width = box && box->buttonSymbols == QAbstractSpinBox::NoButtons ? 0 : m.space(5);
        const int half = r.height() / 2;
        switch (subControl) {
        case SC_SpinBoxUp:
            return visual(QRect(r.right() - width, r.top() + 1, width, half));
        case SC_SpinBoxDown:
            return visual(QRect(r.right() - width, r.top() + half, width, half));
        case SC_SpinBoxEditField:
            return visual(r.adjusted(m.space(1.5), 2, -width - 2, -2));
        case SC_SpinBoxFrame:
            return r;
        default:
            break;
        }
    }
    return QProxyStyle::subControlRect(control, option, subControl, widget);
}

QIcon ProxyStyle::standardIcon(StandardPixmap standard, const QStyleOption* option, const QWidget* widget) const
{
    switch (standard) {
    case SP_LineEditClearButton:
        return icon(IconName::Close);
    case SP_MessageBoxQuestion:
    case SP_MessageBoxInformation:
        return icon(IconName::Info, Tone::Info);
    case SP_MessageBoxWarning:
        return icon(IconName::Warning, Tone::Warning);
    case SP_MessageBoxCritical:
        return icon(IconName::Error, Tone::Error);
    default:
        return QProxyStyle::standardIcon(standard, option, widget);
    }
}

int ProxyStyle::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                          QStyleHintReturn* returnData) const
{
    switch (hint) {
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_DialogButtonBox_ButtonsHaveIcons:
    case SH_ComboBox_Popup:
        return 0;
    case SH_ItemView_ShowDecorationSelected:
        return 1;
    case SH_Widget_Animation_Duration:
        return Theme::instance().reduceMotion() ? 0 : 120;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returnData);
    }
}

void ProxyStyle::polish(QWidget* widget)
{
    QProxyStyle::polish(widget);
    // Return presses the button that has the focus, not only in dialogs.
    if (auto* button = qobject_cast<QPushButton*>(widget); button && !qobject_cast<QDialog*>(button->window()))
        button->setAutoDefault(true);
    if (auto* dialog = qobject_cast<QDialog*>(widget); dialog && dialog->testAttribute(Qt::WA_Resized))
        dialog->resize(dialog->size().boundedTo(dialog->screen()->availableSize()));
    // QStyleSheetStyle sizes spin boxes without asking the style below it.
    if (qobject_cast<QAbstractSpinBox*>(widget))
        widget->setMinimumHeight(metrics().fieldHeight());
}

void setVariant(QWidget* button, ButtonVariant variant)
{
    button->setProperty(kVariant, static_cast<int>(variant));
    button->updateGeometry();
    button->update();
}

ButtonVariant variantOf(const QWidget* button)
{
    return button ? static_cast<ButtonVariant>(button->property(kVariant).toInt()) : ButtonVariant::Plain;
}

void setValidity(QWidget* field, Validity validity)
{
    field->setProperty(kValidity, static_cast<int>(validity));
    field->update();
}

Validity validityOf(const QWidget* field)
{
    return field ? static_cast<Validity>(field->property(kValidity).toInt()) : Validity::Neutral;
}

void drawFocusRing(QPainter& painter, const QRectF& rect, qreal radius)
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(tokens().focus, kRing));
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), std::max(0.0, radius - 1), std::max(0.0, radius - 1));
}

void drawTickBox(QPainter& painter, const QRect& rect, Qt::CheckState state, bool enabled, bool hovered)
{
    const Tokens& t = tokens();
    const int side = std::min(rect.width(), rect.height());
    const QRect box(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side);
    if (state == Qt::Unchecked) {
        drawBox(painter, QRectF(box), 4, hovered && enabled ? t.hover : t.surface, enabled ? t.borderStrong : t.border);
        return;
    }
    const QColor fill = enabled ? t.accent : t.borderStrong;
    drawBox(painter, QRectF(box), 4, fill, fill);
    drawIcon(painter, box, state == Qt::PartiallyChecked ? IconName::Delete : IconName::Ok,
             enabled ? t.onAccent : t.surface, side - 3, true);
}

} // namespace vtscope
