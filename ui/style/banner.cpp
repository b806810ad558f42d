#include "ui/style/banner.h"

#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace vtscope {

namespace {

Tone toneOf(Banner::Kind kind)
{
    switch (kind) {
    case Banner::Kind::Error:
        return Tone::Error;
    case Banner::Kind::Warning:
        return Tone::Warning;
    case Banner::Kind::Ok:
        return Tone::Ok;
    case Banner::Kind::Info:
        break;
    }
    return Tone::Info;
}

IconName iconOf(Banner::Kind kind)
{
    switch (kind) {
    case Banner::Kind::Error:
        return IconName::Error;
    case Banner::Kind::Warning:
        return IconName::Warning;
    case Banner::Kind::Ok:
        return IconName::OkRound;
    case Banner::Kind::Info:
        break;
    }
    return IconName::Info;
}

// A label that shows nothing takes no part: not in the layout, not in the focus, not for a screen reader.
void fill(QLabel* label, const QString& text)
{
    label->setText(text);
    label->setTextInteractionFlags(text.isEmpty() ? Qt::NoTextInteraction : Qt::TextSelectableByMouse);
}

} // namespace

// Where everything goes at one width.
struct Banner::Plan
{
    QRect sentence;
    QRect second;
    QRect details;
    QList<QRect> buttons;
    QRect close;
    int height = 0;
};

Banner::Banner(Kind kind, QWidget* parent)
    : QFrame(parent), m_kind(kind), m_sentence(new QLabel(this)), m_second(new QLabel(this)),
      m_detailsText(new QLabel(this)), m_details(new QPushButton(tr("Details"), this)),
      m_copy(new QPushButton(tr("Copy"), this)), m_close(new QToolButton(this))
{
    setFrameShape(QFrame::NoFrame);
    // Fixed would be capped by the size hint, whose height belongs to one width only.
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    for (QLabel* label : {m_sentence, m_second, m_detailsText}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
    }
    m_detailsText->hide();
    m_details->setCheckable(true);
    m_details->hide();
    m_copy->hide();
    setVariant(m_details, ButtonVariant::Link);
    setVariant(m_copy, ButtonVariant::Link);
    m_close->setIcon(icon(IconName::Close));
    m_close->setToolTip(tr("Close"));
    m_close->setAccessibleName(tr("Close this message"));
    m_close->setFocusPolicy(Qt::TabFocus);
    m_close->hide();

    connect(m_details, &QPushButton::toggled, this, [this](bool on) {
        m_detailsText->setVisible(on);
        m_copy->setVisible(on);
        updateGeometry();
        arrange();
    });
    connect(m_copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(m_detailsText->text()); });
    connect(m_close, &QToolButton::clicked, this, &Banner::closeRequested);
    connect(&Theme::instance(), &Theme::changed, this, &Banner::restyle);
    restyle();
}

void Banner::restyle()
{
    const Metrics& m = metrics();
    m_sentence->setFont(m.uiStrong());
    m_second->setFont(m.ui());
    m_detailsText->setFont(m.data());
    m_close->setIconSize(QSize(m.smallIcon(), m.smallIcon()));
    updateGeometry();
    arrange();
    update();
}

void Banner::setKind(Kind kind)
{
    m_kind = kind;
    rename();
    update();
}

void Banner::setSentence(const QString& sentence)
{
    fill(m_sentence, sentence);
    rename();
    updateGeometry();
    arrange();
}

QString Banner::sentence() const
{
    return m_sentence->text();
}

void Banner::setSecond(const QString& second)
{
    fill(m_second, second);
    m_second->setVisible(!second.isEmpty());
    rename();
    updateGeometry();
    arrange();
}

void Banner::setDetails(const QString& details)
{
    fill(m_detailsText, details);
    m_details->setVisible(!details.isEmpty());
    if (details.isEmpty())
        m_details->setChecked(false);
    updateGeometry();
    arrange();
}

QPushButton* Banner::addButton(const QString& text, bool primary)
{
    Q_ASSERT(m_buttons.size() < kMaxButtons);
    if (m_buttons.size() >= kMaxButtons)
        return m_buttons.last();
    auto* button = new QPushButton(text, this);
    if (primary)
        setVariant(button, ButtonVariant::Primary);
    m_buttons.append(button);
    // Tab goes through them as they stand: details, buttons, cross.
    QWidget* before = m_copy;
    for (QPushButton* each : std::as_const(m_buttons)) {
        setTabOrder(before, each);
        before = each;
    }
    setTabOrder(before, m_close);
    button->setVisible(true);
    updateGeometry();
    arrange();
    return button;
}

void Banner::clearButtons()
{
    qDeleteAll(m_buttons);
    m_buttons.clear();
    updateGeometry();
    arrange();
}

void Banner::setClosable(bool closable)
{
    m_close->setVisible(closable);
    updateGeometry();
    arrange();
}

QList<QWidget*> Banner::buttons() const
{
    QList<QWidget*> result;
    if (!m_copy->isHidden())
        result.append(m_copy);
    if (!m_details->isHidden())
        result.append(m_details);
    for (QPushButton* button : m_buttons)
        if (!button->isHidden())
            result.append(button);
    return result;
}

void Banner::rename()
{
    static const char* const kKinds[] = {QT_TR_NOOP("Error"), QT_TR_NOOP("Warning"), QT_TR_NOOP("Information"),
                                         QT_TR_NOOP("Done")};
    setAccessibleName(tr("%1: %2").arg(tr(kKinds[static_cast<int>(m_kind)]), m_sentence->text()));
    setAccessibleDescription(m_second->text());
}

Banner::Plan Banner::planFor(int width) const
{
    const Metrics& m = metrics();
    Plan plan;
    const int left = m.space(3) + m.icon() + m.space(2);
    const int gap = m.space(2);
    const int top = m.space(1.5);
    int right = width - m.space(2);
    if (!m_close->isHidden()) {
        const int side = m.space(6);
        plan.close = QRect(right - side, top, side, side);
        right -= side + m.space(1);
    }
    int buttonsWidth = 0;
    int buttonsHeight = 0;
    QList<QSize> sizes;
    for (const QWidget* button : buttons()) {
        const QSize size = button->sizeHint().boundedTo({right - left, button->sizeHint().height()});
        sizes.append(size);
        buttonsWidth += size.width() + gap;
        buttonsHeight = std::max(buttonsHeight, size.height());
    }
    // Text needs room to be read: below this the buttons get a line of their own.
    const int readable = std::min(m.space(80), (right - left) * 2 / 3);
    const bool below = buttonsWidth > 0 && right - left - buttonsWidth < readable;
    const int textWidth = std::max(m.space(10), right - left - (below ? 0 : buttonsWidth));

    int y = top + m.space(0.5);
    const auto place = [&](const QLabel* label) {
        if (label->isHidden() || label->text().isEmpty())
            return QRect();
        const int height = std::max(label->heightForWidth(textWidth), label->fontMetrics().height());
        const QRect rect(left, y, textWidth, height);
        y += height;
        return rect;
    };
    plan.sentence = place(m_sentence);
    plan.second = place(m_second);
    y += m.space(0.5);
    int buttonsTop = y + m.space(1);
    if (!below) {
        const int textHeight = y - top;
        y = top + std::max({textHeight, buttonsHeight, plan.close.height()});
        buttonsTop = top + (y - top - buttonsHeight) / 2;
        plan.sentence.translate(0, (y - top - textHeight) / 2);
        plan.second.translate(0, (y - top - textHeight) / 2);
    }
    const int start = below ? left : right - buttonsWidth + gap;
    int x = start;
    for (const QSize& size : std::as_const(sizes)) {
        if (below && x > start && x + size.width() > right) {
            x = start;
            buttonsTop += buttonsHeight + m.space(1);
        }
        plan.buttons.append(QRect(x, buttonsTop + (buttonsHeight - size.height()) / 2, size.width(), size.height()));
        x += size.width() + gap;
    }
    if (below)
        y = buttonsTop + buttonsHeight;
    if (!m_detailsText->isHidden()) {
        y += m.space(1);
        const int wide = width - left - m.space(3);
        const int height = m_detailsText->heightForWidth(wide);
        plan.details = QRect(left, y, wide, height);
        y += height;
    }
    plan.height = y + top;
    if (!plan.close.isNull())
        plan.close.moveTop(below || !m_detailsText->isHidden() ? top : (plan.height - plan.close.height()) / 2);
    return plan;
}

void Banner::arrange()
{
    if (width() <= 0)
        return;
    const Plan plan = planFor(width());
    m_sentence->setGeometry(plan.sentence);
    m_second->setGeometry(plan.second);
    m_detailsText->setGeometry(plan.details);
    m_close->setGeometry(plan.close);
    const QList<QWidget*> all = buttons();
    for (qsizetype i = 0; i < all.size(); ++i)
        all.at(i)->setGeometry(plan.buttons.at(i));
}

int Banner::heightForWidth(int width) const
{
    return planFor(width).height;
}

QSize Banner::sizeHint() const
{
    const int width = metrics().space(150);
    return {width, heightForWidth(width)};
}

QSize Banner::minimumSizeHint() const
{
    return {metrics().space(50), metrics().space(9)};
}

void Banner::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    const Tone tone = toneOf(m_kind);
    QPainter painter(this);
    painter.fillRect(rect(), t.tint(tone));
    painter.fillRect(QRect(0, 0, 3, height()), t.tone(tone));
    const int line = m_sentence->isHidden() ? m.icon() : m_sentence->fontMetrics().height();
    drawIcon(painter, QRect(m.space(3), m_sentence->y(), m.icon(), line), iconOf(m_kind), t.tone(tone), m.icon());
}

void Banner::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    arrange();
}

void Banner::showEvent(QShowEvent* event)
{
    QFrame::showEvent(event);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void Banner::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && !m_close->isHidden())
        Q_EMIT closeRequested();
    else
        QFrame::keyPressEvent(event);
}

bool Banner::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest) {
        updateGeometry(); // a button or a label became another size
        arrange();
    }
    return QFrame::event(event);
}

} // namespace vtscope
