#include "ui/queue/factlist.h"

#include "ui/style/theme.h"

#include <QLabel>
#include <QPainter>

namespace vtscope {

FactList::FactList(QWidget* parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        arrange(width(), true);
        updateGeometry();
        update();
    });
}

void FactList::clear()
{
    for (const Fact& fact : std::as_const(m_facts))
        delete fact.label;
    m_facts.clear();
    updateGeometry();
    update();
}

void FactList::add(IconName icon, Tone tone, const QString& sentence)
{
    auto* label = new QLabel(sentence, this);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setCursor(Qt::ArrowCursor);
    label->setVisible(true);
    m_facts.append({icon, tone, label});
    arrange(width(), true);
    updateGeometry();
    update();
}

QString FactList::text() const
{
    QStringList lines;
    for (const Fact& fact : m_facts)
        lines.append(fact.label->text());
    return lines.join(u'\n');
}

int FactList::arrange(int width, bool isReal) const
{
    const Metrics& m = metrics();
    const int left = m.icon() + m.space(2);
    const int wide = std::max(m.space(10), width - left);
    int y = 0;
    for (const Fact& fact : m_facts) {
        const int height = std::max(fact.label->heightForWidth(wide), fact.label->fontMetrics().height());
        if (isReal)
            fact.label->setGeometry(left, y, wide, height);
        y += height + m.space(1.75);
    }
    return std::max(0, y - m.space(1.75));
}

int FactList::heightForWidth(int width) const
{
    return arrange(width, false);
}

QSize FactList::sizeHint() const
{
    const int width = metrics().space(80);
    return {width, heightForWidth(width)};
}

QSize FactList::minimumSizeHint() const
{
    return {metrics().space(40), metrics().space(5)};
}

void FactList::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    for (const Fact& fact : std::as_const(m_facts))
        drawIcon(painter, QRect(0, fact.label->y(), metrics().icon(), fact.label->fontMetrics().height()), fact.icon,
                 tokens().tone(fact.tone), metrics().icon());
}

void FactList::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange(width(), true);
}

} // namespace vtscope
