#include "ui/connect/passwordedit.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QToolButton>

namespace vtscope {

PasswordEdit::PasswordEdit(QWidget* parent) : QLineEdit(parent), m_reveal(new QToolButton(this))
{
    setEchoMode(QLineEdit::Password);
    setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_reveal->setCheckable(true);
    m_reveal->setIcon(icon(IconName::LookOnly));
    m_reveal->setCursor(Qt::ArrowCursor);
    m_reveal->setFocusPolicy(Qt::TabFocus);
    m_reveal->setToolTip(tr("Show the password"));
    m_reveal->setAccessibleName(tr("Show the password"));
    connect(m_reveal, &QToolButton::toggled, this,
            [this](bool on) { setEchoMode(on ? QLineEdit::Normal : QLineEdit::Password); });
    connect(&Theme::instance(), &Theme::changed, this, &PasswordEdit::arrange);
    arrange();
}

Secret PasswordEdit::secret() const
{
    QByteArray bytes = text().toUtf8();
    Secret secret(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    bytes.fill('\0');
    return secret;
}

void PasswordEdit::setSecret(const Secret& secret)
{
    const std::string_view bytes = secret.reveal();
    setText(QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size())));
}

void PasswordEdit::conceal()
{
    m_reveal->setChecked(false);
}

QWidget* PasswordEdit::revealButton() const
{
    return m_reveal;
}

void PasswordEdit::resizeEvent(QResizeEvent* event)
{
    QLineEdit::resizeEvent(event);
    arrange();
}

void PasswordEdit::arrange()
{
    const Metrics& m = metrics();
    const int side = std::min(m.space(6), height() - 4);
    m_reveal->setIconSize(QSize(m.icon(), m.icon()));
    m_reveal->setGeometry(width() - side - 2 - m.space(0.5), (height() - side) / 2, side, side);
    setTextMargins(0, 0, m.space(6), 0);
}

} // namespace vtscope
