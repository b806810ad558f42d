#include "ui/style/cardbutton.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QKeyEvent>
#include <QPainter>

namespace vtscope {

CardButton::CardButton(const QString& title, QWidget* parent) : QAbstractButton(parent)
{
    setText(title);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    rename();
}

void CardButton::setTag(Tag tag, const QString& word)
{
    m_tag = tag;
    m_tagWord = word.toUpper();
    rename();
    update();
}

void CardButton::setDetail(const QString& detail)
{
    m_detail = detail;
    rename();
    update();
}

void CardButton::setAside(const QString& first, const QString& second, bool isLink)
{
    m_asideFirst = first;
    m_asideSecond = second;
    m_asideLink = isLink;
    rename();
    update();
}

void CardButton::rename()
{
    setAccessibleName(m_tagWord.isEmpty() ? text() : text() + QLatin1StringView(", ") + m_tagWord.toLower());
    QStringList parts;
    for (const QString& part : {m_detail, m_asideFirst, m_asideSecond})
        if (!part.isEmpty())
            parts.append(part);
    setAccessibleDescription(parts.join(QLatin1StringView(", ")));
}

QSize CardButton::sizeHint() const
{
    const Metrics& m = metrics();
    const int left = std::max(QFontMetrics(m.uiStrong()).horizontalAdvance(text() + m_tagWord),
                              QFontMetrics(m.data()).horizontalAdvance(m_detail));
    const int right = std::max(QFontMetrics(m.small()).horizontalAdvance(m_asideFirst),
                               QFontMetrics(m.uiStrong()).horizontalAdvance(m_asideSecond));
    return {left + right + m.space(24), m.space(16)};
}

QSize CardButton::minimumSizeHint() const
{
    return {metrics().space(50), metrics().space(16)};
}

void CardButton::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool over = underMouse() && isEnabled();
    painter.setBrush(hasFocus() || isDown() ? t.infoT : over ? t.hover : t.raised);
    painter.setPen(QPen(over ? t.borderStrong : t.border, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Metrics::kRadiusCard, Metrics::kRadiusCard);
    if (m_tag != Tag::None) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(t.tag(m_tag));
        painter.drawRoundedRect(QRectF(m.space(3.5), m.space(4), m.space(1), height() - m.space(8)), 2, 2);
    }

    const QColor strong = isEnabled() ? t.text : t.disabled;
    const QColor quiet = isEnabled() ? t.text2 : t.disabled;
    const QFontMetrics title(m.uiStrong());
    const QFontMetrics mono(m.data());
    const QFontMetrics small(m.small());
    const int lineGap = m.space(1);
    const int top = (height() - title.height() - mono.height() - lineGap) / 2;
    const int second = top + title.height() + lineGap;

    // The right column first: what is left of it belongs to the title and the host name.
    QFont asideFont = m.small();
    asideFont.setWeight(QFont::DemiBold);
    const QFontMetrics aside(asideFont);
    const int right = width() - m.space(4);
    const int firstWidth = small.horizontalAdvance(m_asideFirst) + 2;
    const int secondWidth = aside.horizontalAdvance(m_asideSecond) + 2;
    painter.setFont(m.small());
    painter.setPen(quiet);
    painter.drawText(QRect(right - firstWidth, top, firstWidth, title.height()), Qt::AlignRight | Qt::AlignVCenter,
                     m_asideFirst);
    painter.setFont(asideFont);
    painter.setPen(m_asideLink && isEnabled() ? t.accentText : quiet);
    painter.drawText(QRect(right - secondWidth, second, secondWidth, mono.height()), Qt::AlignRight | Qt::AlignVCenter,
                     m_asideSecond);

    const int x = m.space(7.5);
    QFont tagFont = m.small();
    tagFont.setWeight(QFont::Bold);
    const QFontMetrics tagMetrics(tagFont);
    const int tagWidth = m_tagWord.isEmpty() ? 0 : tagMetrics.horizontalAdvance(m_tagWord) + m.space(2.5);
    const int titleRoom = right - firstWidth - m.space(3) - x - tagWidth;
    const QString shown = title.elidedText(text(), Qt::ElideRight, titleRoom);
    painter.setFont(m.uiStrong());
    painter.setPen(strong);
    painter.drawText(QRect(x, top, titleRoom, title.height()), Qt::AlignLeft | Qt::AlignVCenter, shown);
    if (!m_tagWord.isEmpty()) {
        painter.setFont(tagFont);
        painter.setPen(t.tagText(m_tag));
        painter.drawText(QRect(x + title.horizontalAdvance(shown) + m.space(2.5), top, tagWidth, title.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, m_tagWord);
    }
    const int detailRoom = right - secondWidth - m.space(3) - x;
    painter.setFont(m.data());
    painter.setPen(quiet);
    painter.drawText(QRect(x, second, detailRoom, mono.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     mono.elidedText(m_detail, Qt::ElideMiddle, detailRoom));
    if (hasFocus())
        drawFocusRing(painter, QRectF(rect()), Metrics::kRadiusCard);
}

void CardButton::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

} // namespace vtscope
