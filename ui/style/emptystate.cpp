#include "ui/style/emptystate.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>

namespace vtscope {

EmptyState::EmptyState(QWidget* parent) : QWidget(parent), m_sentence(new QLabel(this)), m_fact(new QLabel(this))
{
    for (QLabel* label : {m_sentence, m_fact}) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        label->setTextFormat(Qt::PlainText);
    }
    connect(&Theme::instance(), &Theme::changed, this, &EmptyState::restyle);
    restyle();
}

void EmptyState::restyle()
{
    m_sentence->setFont(metrics().uiStrong());
    m_fact->setFont(metrics().ui());
    QPalette palette = m_fact->palette();
    palette.setColor(QPalette::WindowText, tokens().text2);
    m_fact->setPalette(palette);
    contentChanged();
    update();
}

void EmptyState::setIcon(IconName icon)
{
    m_icon = icon;
    update();
}

void EmptyState::setSentence(const QString& sentence)
{
    m_sentence->setText(sentence);
    setAccessibleName(sentence);
    contentChanged();
}

void EmptyState::setFact(const QString& fact)
{
    m_fact->setText(fact);
    setAccessibleDescription(fact);
    contentChanged();
}

QPushButton* EmptyState::addButton(const QString& text, bool primary)
{
    auto* button = new QPushButton(text, this);
    if (primary)
        setVariant(button, ButtonVariant::Primary);
    m_buttons.append(button);
    button->setVisible(true);
    contentChanged();
    return button;
}

void EmptyState::clearButtons()
{
    qDeleteAll(m_buttons);
    m_buttons.clear();
    contentChanged();
}

int EmptyState::blockHeight(int wide) const
{
    const Metrics& m = metrics();
    int height =
        m.space(6) + m.space(3) + std::max(m_sentence->heightForWidth(wide), m_sentence->fontMetrics().height());
    if (!m_fact->text().isEmpty())
        height += m.space(1) + m_fact->heightForWidth(wide);
    if (!m_buttons.isEmpty())
        height += m.space(3) + m_buttons.first()->sizeHint().height();
    return height;
}

int EmptyState::rowWidth() const
{
    int row = -metrics().space(2);
    for (const QPushButton* button : m_buttons)
        row += button->sizeHint().width() + metrics().space(2);
    return row;
}

// Places everything around the middle. By hand: wrapped labels get clipped in nested layouts.
void EmptyState::arrange()
{
    const Metrics& m = metrics();
    const int wide = std::clamp(width() - m.space(8), m.space(20), m.space(85));
    const int left = (width() - wide) / 2;
    const int iconSize = m.space(6);
    int y = std::max(m.space(2), (height() - blockHeight(wide)) / 2);
    m_iconRect = QRect((width() - iconSize) / 2, y, iconSize, iconSize);
    y += iconSize + m.space(3);
    const int sentence = std::max(m_sentence->heightForWidth(wide), m_sentence->fontMetrics().height());
    m_sentence->setGeometry(left, y, wide, sentence);
    y += sentence;
    const int fact = m_fact->text().isEmpty() ? 0 : m_fact->heightForWidth(wide);
    m_fact->setGeometry(left, y + m.space(1), wide, fact);
    y += fact ? fact + m.space(1) : 0;
    int x = (width() - rowWidth()) / 2;
    for (QPushButton* button : std::as_const(m_buttons)) {
        const QSize size = button->sizeHint();
        button->setGeometry(x, y + m.space(3), size.width(), size.height());
        x += size.width() + m.space(2);
    }
    update();
}

void EmptyState::contentChanged()
{
    updateGeometry();
    arrange();
}

QSize EmptyState::sizeHint() const
{
    return {metrics().space(90), blockHeight(metrics().space(80)) + metrics().space(12)};
}

QSize EmptyState::minimumSizeHint() const
{
    const int wide = std::max(metrics().space(50), rowWidth() + metrics().space(4));
    return {wide, blockHeight(wide - metrics().space(8)) + metrics().space(4)};
}

void EmptyState::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    drawIcon(painter, m_iconRect, m_icon, tokens().text2, m_iconRect.width());
}

void EmptyState::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

bool EmptyState::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest)
        contentChanged();
    return QWidget::event(event);
}

} // namespace vtscope
