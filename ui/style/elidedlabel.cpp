#include "ui/style/elidedlabel.h"

#include "ui/style/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace vtscope {

ElidedLabel::ElidedLabel(const QString& text, QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    setText(text);
}

void ElidedLabel::setText(const QString& text)
{
    if (m_text == text && !accessibleName().isNull())
        return;
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void ElidedLabel::setVoice(Voice voice)
{
    m_voice = voice;
    updateGeometry();
    update();
}

void ElidedLabel::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void ElidedLabel::setElideMode(Qt::TextElideMode mode)
{
    m_mode = mode;
    update();
}

void ElidedLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

QFont ElidedLabel::shownFont() const
{
    const Metrics& m = metrics();
    switch (m_voice) {
    case Voice::Ui:
        return m.ui();
    case Voice::Strong:
        return m.uiStrong();
    case Voice::Small:
        return m.small();
    case Voice::Title:
        return m.title();
    case Voice::Heading:
        return m.heading();
    case Voice::Data:
        return m.data();
    case Voice::DataStrong:
        return m.dataStrong();
    }
    return m.ui();
}

QSize ElidedLabel::sizeHint() const
{
    const QFontMetrics fm(shownFont());
    return {fm.horizontalAdvance(m_text) + 2, fm.height()};
}

QSize ElidedLabel::minimumSizeHint() const
{
    const QFontMetrics fm(shownFont());
    return {std::min(fm.horizontalAdvance(m_text), fm.averageCharWidth() * 4), fm.height()};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QFont font = shownFont();
    painter.setFont(font);
    painter.setPen(isEnabled() ? tokens().tone(m_tone) : tokens().disabled);
    painter.drawText(rect(), static_cast<int>(m_alignment | Qt::TextSingleLine),
                     QFontMetrics(font).elidedText(m_text, m_mode, width()));
}

bool ElidedLabel::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        if (QFontMetrics(shownFont()).horizontalAdvance(m_text) > width())
            QToolTip::showText(help->globalPos(), m_text.toHtmlEscaped(), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

} // namespace vtscope
