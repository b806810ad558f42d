#include "ui/style/tickrail.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>

namespace vtscope {

class TickRail::Tick final : public QWidget
{
public:
    Tick(int number, const QString& title, QWidget* parent) : QWidget(parent), m_title(title), m_number(number)
    {
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        rename();
    }

    void set(State state, const QString& fact, qint64 milliseconds)
    {
        m_state = state;
        m_fact = fact.isEmpty() ? words(state) : fact;
        m_time = milliseconds < 0 ? QString() : TickRail::tr("%1 ms").arg(QLocale().toString(milliseconds));
        rename();
        update();
    }

    State state() const { return m_state; }
    int titleWidth() const { return QFontMetrics(metrics().uiStrong()).horizontalAdvance(m_title); }
    void setTitleWidth(int width) { m_titleWidth = width; }
    void setEnds(bool first, bool last)
    {
        m_first = first;
        m_last = last;
    }
    // Whether the test came to this tick, and beyond it: that far the rail is green.
    void setReached(bool reached, bool passed)
    {
        m_reached = reached;
        m_passed = passed;
        update();
    }

    QSize sizeHint() const override { return {metrics().space(80), metrics().space(8.25)}; }
    QSize minimumSizeHint() const override { return {metrics().space(40), metrics().space(8.25)}; }

protected:
    void paintEvent(QPaintEvent*) override;

    bool event(QEvent* event) override
    {
        if (event->type() == QEvent::ToolTip) {
            const auto* help = static_cast<QHelpEvent*>(event);
            if (m_factCut)
                QToolTip::showText(help->globalPos(), m_fact.toHtmlEscaped(), this);
            else
                QToolTip::hideText();
            return true;
        }
        return QWidget::event(event);
    }

private:
    static QString words(State state)
    {
        switch (state) {
        case State::NotTried:
            return TickRail::tr("not tried yet");
        case State::Running:
            return TickRail::tr("trying\u2026");
        case State::Ok:
            return TickRail::tr("ok");
        case State::Failed:
            return TickRail::tr("failed");
        case State::Grey:
            return TickRail::tr("does not apply");
        }
        return {};
    }

    void rename()
    {
        QString name = m_title + QLatin1StringView(": ") + words(m_state);
        if (!m_fact.isEmpty() && m_fact != words(m_state))
            name += QLatin1StringView(", ") + m_fact;
        if (!m_time.isEmpty())
            name += QLatin1StringView(", ") + m_time;
        setAccessibleName(name);
    }

    QString m_title;
    QString m_fact = words(State::NotTried);
    QString m_time;
    int m_number;
    int m_titleWidth = 0;
    State m_state = State::NotTried;
    bool m_reached = false;
    bool m_passed = false;
    bool m_first = false;
    bool m_last = false;
    bool m_factCut = false;
};

void TickRail::Tick::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double diameter = m.space(4.75);
    const QRectF ring(0.75, (height() - diameter) / 2, diameter, diameter);
    const double middle = ring.center().x();

    // Each tick draws its halves of the rail.
    const auto half = [&](double from, double to, bool good) {
        painter.setPen(QPen(good ? t.ok : t.border, 2));
        painter.drawLine(QPointF(middle, from), QPointF(middle, to));
    };
    if (!m_first)
        half(0, ring.top(), m_reached);
    if (!m_last)
        half(ring.bottom(), height(), m_passed);

    QColor line = t.borderStrong;
    QColor fill = t.surface;
    QColor text = t.text;
    QColor fact = t.text2;
    IconName sign = IconName::None;
    switch (m_state) {
    case State::Ok:
        line = t.ok;
        fill = t.okT;
        sign = IconName::Ok;
        break;
    case State::Failed:
        line = t.err;
        fill = t.errT;
        sign = IconName::Close;
        fact = t.err;
        break;
    case State::Running:
        line = t.accentText;
        fill = t.infoT;
        fact = t.text;
        break;
    case State::Grey:
        text = t.disabled;
        fact = t.text2;
        sign = IconName::Delete;
        break;
    case State::NotTried:
        text = t.text2;
        break;
    }
    painter.setBrush(fill);
    painter.setPen(QPen(line, 1.5));
    painter.drawEllipse(ring);
    if (sign != IconName::None) {
        drawIcon(painter, ring.toRect(), sign, line, m.space(2.5));
    } else {
        painter.setFont(m.badge());
        painter.setPen(m_state == State::Running ? t.accentText : t.text2);
        painter.drawText(ring, Qt::AlignCenter, QString::number(m_number));
    }

    int x = static_cast<int>(ring.right()) + m.space(2.75);
    painter.setFont(m.uiStrong());
    painter.setPen(text);
    painter.drawText(QRect(x, 0, m_titleWidth + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, m_title);
    x += m_titleWidth + m.space(4);

    int right = width();
    if (!m_time.isEmpty()) {
        painter.setFont(m.data());
        painter.setPen(t.text2);
        const int wide = QFontMetrics(m.data()).horizontalAdvance(m_time) + 2;
        painter.drawText(QRect(right - wide, 0, wide, height()), Qt::AlignVCenter | Qt::AlignRight, m_time);
        right -= wide + m.space(3);
    }
    const QFont font = m_state == State::Failed ? m.uiStrong() : m.ui();
    const QFontMetrics fm(font);
    m_factCut = fm.horizontalAdvance(m_fact) > right - x;
    painter.setFont(font);
    painter.setPen(fact);
    painter.drawText(QRect(x, 0, right - x, height()), Qt::AlignVCenter | Qt::AlignLeft,
                     fm.elidedText(m_fact, Qt::ElideRight, right - x));
}

TickRail::TickRail(const QStringList& titles, QWidget* parent) : QWidget(parent)
{
    setAccessibleName(tr("Connection test"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    for (qsizetype i = 0; i < titles.size(); ++i) {
        auto* tick = new Tick(static_cast<int>(i) + 1, titles.at(i), this);
        tick->setEnds(i == 0, i == titles.size() - 1);
        m_ticks.append(tick);
        layout->addWidget(tick);
    }
    connect(&Theme::instance(), &Theme::changed, this, &TickRail::arrangeTitles);
    arrangeTitles();
}

void TickRail::arrangeTitles()
{
    int widest = 0;
    for (const Tick* tick : std::as_const(m_ticks))
        widest = std::max(widest, tick->titleWidth());
    for (Tick* tick : std::as_const(m_ticks)) {
        tick->setTitleWidth(widest);
        tick->updateGeometry();
        tick->update();
    }
}

void TickRail::setTick(int index, State state, const QString& fact, qint64 milliseconds)
{
    Q_ASSERT(index >= 0 && index < count());
    m_ticks.at(index)->set(state, fact, milliseconds);
    // Green up to the first that was not tried. A grey tick does not apply: the rail passes it by.
    int furthest = -1;
    for (int i = 0; i < count() && m_ticks.at(i)->state() != State::NotTried; ++i) {
        if (m_ticks.at(i)->state() != State::Grey)
            furthest = i;
    }
    for (int i = 0; i < count(); ++i)
        m_ticks.at(i)->setReached(i <= furthest, i < furthest);
}

TickRail::State TickRail::state(int index) const
{
    return m_ticks.at(index)->state();
}

void TickRail::clear()
{
    for (int i = 0; i < count(); ++i)
        setTick(i, State::NotTried);
}

} // namespace vtscope
