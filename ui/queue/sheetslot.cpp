#include "ui/queue/sheetslot.h"

#include "ui/style/theme.h"

#include <QEvent>
#include <QLayout>
#include <QResizeEvent>

namespace vtscope {

namespace {

constexpr int kMotionMs = 120;

} // namespace

SheetSlot::SheetSlot(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setVisible(false);
    m_motion.setDuration(kMotionMs);
    m_motion.setEasingCurve(QEasingCurve::OutCubic);
    connect(&m_motion, &QVariantAnimation::valueChanged, this,
            [this](const QVariant& value) { setFixedHeight(value.toInt()); });
    if (parent)
        parent->installEventFilter(this);
}

int SheetSlot::wantedHeight() const
{
    if (!m_sheet)
        return 0;
    const QLayout* layout = m_sheet->layout();
    const int hint = layout && layout->hasHeightForWidth() ? layout->totalHeightForWidth(std::max(1, width()))
                                                           : m_sheet->sizeHint().height();
    const int least = m_sheet->minimumSizeHint().height();
    // At least a third of the view stays with the rows.
    const int room = parentWidget() ? parentWidget()->height() * 2 / 3 : hint;
    return std::max(least, std::min(hint, room));
}

void SheetSlot::raiseSheet(QWidget* sheet)
{
    delete std::exchange(m_sheet, sheet);
    sheet->setParent(this);
    setVisible(true);
    sheet->setVisible(true);
    sheet->ensurePolished();
    m_motion.stop();
    const int wanted = wantedHeight();
    sheet->setGeometry(0, 0, width(), wanted);
    if (Theme::instance().reduceMotion() || !window()->isVisible()) {
        settle();
        return;
    }
    m_motion.setStartValue(0);
    m_motion.setEndValue(wanted);
    m_motion.start();
}

void SheetSlot::drop()
{
    if (!m_sheet)
        return;
    m_motion.stop();
    m_sheet->setVisible(false);
    m_sheet->deleteLater();
    m_sheet = nullptr;
    setVisible(false);
    setFixedHeight(0);
}

void SheetSlot::settle()
{
    if (!m_sheet)
        return;
    const int wanted = wantedHeight();
    m_sheet->setGeometry(0, 0, width(), wanted);
    if (m_motion.state() == QAbstractAnimation::Running)
        m_motion.setEndValue(wanted);
    else if (height() != wanted)
        setFixedHeight(wanted);
}

void SheetSlot::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        settle();
}

bool SheetSlot::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest)
        settle();
    return QWidget::event(event);
}

bool SheetSlot::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == parent() && event->type() == QEvent::Resize)
        settle();
    return QWidget::eventFilter(watched, event);
}

} // namespace vtscope
