#include "ui/queue/sheet.h"

#include "ui/style/elidedlabel.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace vtscope {

namespace {

constexpr int kTagLine = 3;
// What does not fit scrolls: the rows above have to stay in view.
constexpr int kBodyUnits = 50;

// A line between columns.
class Rule final : public QWidget
{
public:
    explicit Rule(QWidget* parent) : QWidget(parent) { setFixedWidth(1); }

protected:
    void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), tokens().border); }
};

} // namespace

Sheet::Sheet(Tag tag, QWidget* parent) : QFrame(parent), m_tag(tag)
{
    const Metrics& m = metrics();
    setFocusPolicy(Qt::ClickFocus);
    m_layout = new QVBoxLayout(this);
    m_layout->setContentsMargins(0, kTagLine, 0, 0);
    m_layout->setSpacing(0);

    m_titleBar = new QWidget(this);
    auto* titleLayout = new QHBoxLayout(m_titleBar);
    titleLayout->setContentsMargins(m.space(4) + m.icon() + m.space(2), m.space(2), m.space(3), m.space(1));
    titleLayout->setSpacing(m.space(2));
    m_title = new ElidedLabel({}, m_titleBar);
    m_title->setVoice(ElidedLabel::Voice::Title);
    m_note = new ElidedLabel({}, m_titleBar);
    m_note->setTone(Tone::Text2);
    auto* close = new QToolButton(m_titleBar);
    close->setIcon(icon(IconName::Close));
    close->setIconSize(QSize(m.smallIcon(), m.smallIcon()));
    close->setAutoRaise(true);
    close->setToolTip(tr("Close (Esc)"));
    close->setAccessibleName(tr("Close"));
    connect(close, &QToolButton::clicked, this, &Sheet::closeRequested);
    titleLayout->addWidget(m_title);
    titleLayout->addWidget(m_note, 1);
    titleLayout->addWidget(close);
    m_layout->addWidget(m_titleBar);

    auto* columns = new QWidget(this);
    columns->setMaximumHeight(m.space(kBodyUnits));
    m_columns = new QHBoxLayout(columns);
    m_columns->setContentsMargins(m.space(4), m.space(1), m.space(4), m.space(3));
    m_columns->setSpacing(m.space(4));
    m_layout->addWidget(columns, 1);

    m_foot = new QWidget(this);
    m_footLayout = new QHBoxLayout(m_foot);
    m_footLayout->setContentsMargins(m.space(4) + m.icon() + m.space(2), m.space(2), m.space(4), m.space(2));
    m_footLayout->setSpacing(m.space(2));
    m_lockStrong = new ElidedLabel({}, m_foot);
    m_lockStrong->setVoice(ElidedLabel::Voice::Strong);
    m_lockRest = new ElidedLabel({}, m_foot);
    m_field = new QLineEdit(m_foot);
    m_field->setFont(m.data());
    m_field->setFixedWidth(m.space(16));
    m_field->setVisible(false);
    m_footLayout->addWidget(m_lockStrong);
    m_footLayout->addWidget(m_lockRest);
    m_footLayout->addWidget(m_field);
    m_footLayout->addStretch(1);
    m_layout->addWidget(m_foot);
    connect(&Theme::instance(), &Theme::changed, this, qOverload<>(&QWidget::update));
}

QSize Sheet::minimumSizeHint() const
{
    return {metrics().space(120), metrics().space(40)};
}

void Sheet::setTitle(IconName icon, Tone tone, const QString& title, const QString& note)
{
    m_titleIcon = icon;
    m_titleTone = tone;
    m_title->setText(title);
    m_note->setText(note);
    setAccessibleName(title);
    setAccessibleDescription(note);
    update();
}

QWidget* Sheet::column(const QString& heading, QWidget* content, QWidget* aside)
{
    const Metrics& m = metrics();
    auto* box = new QWidget(this);
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(m.space(1));
    auto* top = new QHBoxLayout;
    top->setSpacing(m.space(2));
    auto* label = new QLabel(heading, box);
    label->setProperty("vtText", QStringLiteral("heading"));
    label->setFixedHeight(m.fieldHeight());
    label->setBuddy(content);
    top->addWidget(label, 1);
    if (aside)
        top->addWidget(aside);
    layout->addLayout(top);
    layout->addWidget(content, 1);
    return box;
}

QLabel* Sheet::headingOf(QWidget* column) const
{
    return column->findChild<QLabel*>(QString(), Qt::FindDirectChildrenOnly);
}

void Sheet::addColumn(QWidget* column, int share)
{
    if (m_columns->count() > 0)
        m_columns->addWidget(new Rule(this));
    m_columns->addWidget(column, share);
}

Banner* Sheet::say(Banner::Kind kind, const QString& sentence, const QString& second, const QString& details)
{
    if (!m_banner) {
        m_banner = new Banner(kind, this);
        m_layout->insertWidget(1, m_banner);
        connect(m_banner, &Banner::closeRequested, this, &Sheet::unsay);
    }
    leaveBanner();
    m_banner->clearButtons();
    m_banner->setKind(kind);
    m_banner->setSentence(sentence);
    m_banner->setSecond(second);
    m_banner->setDetails(details);
    m_banner->setClosable(true);
    m_banner->setVisible(true);
    return m_banner;
}

void Sheet::unsay()
{
    if (!m_banner)
        return;
    leaveBanner();
    m_banner->setVisible(false);
}

// Before what has the focus goes: Qt would give it to whatever comes next, outside the sheet too.
void Sheet::leaveBanner()
{
    if (m_banner->isAncestorOf(QApplication::focusWidget()))
        setFocus();
}

bool Sheet::holdsFocus() const
{
    const QWidget* focused = QApplication::focusWidget();
    return focused && (focused == this || isAncestorOf(focused));
}

void Sheet::setLock(IconName icon, Tone tone, const QString& strong, const QString& rest)
{
    m_lockIcon = icon;
    m_lockTone = tone;
    m_lockStrong->setText(strong);
    m_lockStrong->setVisible(!strong.isEmpty());
    m_lockRest->setText(rest);
    update();
}

QPushButton* Sheet::addButton(const QString& text, ButtonVariant variant)
{
    auto* button = new QPushButton(text, m_foot);
    setVariant(button, variant);
    // Outside a dialog Return would pass a button by.
    button->setAutoDefault(true);
    button->installEventFilter(this);
    m_footLayout->addWidget(button);
    return button;
}

void Sheet::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokens();
    const Metrics& m = metrics();
    QPainter painter(this);
    painter.fillRect(rect(), t.raised);
    const QRect foot = m_foot->geometry();
    painter.fillRect(foot, t.window);
    painter.fillRect(QRect(foot.x(), foot.y(), foot.width(), 1), t.border);
    if (m_tag == Tag::None)
        painter.fillRect(QRect(0, 0, width(), 1), t.border);
    else
        painter.fillRect(QRect(0, 0, width(), kTagLine), t.tag(m_tag));
    const QRect title = m_title->geometry().translated(m_titleBar->pos());
    drawIcon(painter, QRect(m.space(4), title.y(), m.icon(), title.height()), m_titleIcon, t.tone(m_titleTone),
             m.icon());
    if (m_lockIcon != IconName::None)
        drawIcon(painter, QRect(m.space(4), foot.y(), m.icon(), foot.height()), m_lockIcon, t.tone(m_lockTone),
                 m.icon());
}

// A Return that is held presses once, not also what comes under it.
bool Sheet::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->isAutoRepeat() && (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter))
            return true;
    }
    return QFrame::eventFilter(watched, event);
}

void Sheet::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Escape:
        Q_EMIT closeRequested();
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        // Swallowed: a Return that no button took must not reach the list above.
        return;
    default:
        QFrame::keyPressEvent(event);
    }
}

} // namespace vtscope
