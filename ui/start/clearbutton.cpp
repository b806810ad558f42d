#include "ui/start/clearbutton.h"

#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"

#include <QKeyEvent>
#include <QTimer>

namespace vtscope {

namespace {

constexpr int kPatienceMs = 6000;

} // namespace

ClearButton::ClearButton(QWidget* parent) : QPushButton(parent), m_patience(new QTimer(this))
{
    setVariant(this, ButtonVariant::Link);
    m_patience->setSingleShot(true);
    m_patience->setInterval(kPatienceMs);
    connect(m_patience, &QTimer::timeout, this, [this] { setAsking(false); });
    connect(this, &QPushButton::clicked, this, [this] {
        if (!m_isAsking) {
            setAsking(true);
            return;
        }
        setAsking(false);
        Q_EMIT confirmed();
    });
    setAsking(false);
}

void ClearButton::setQuestion(const QString& question)
{
    m_question = question;
    setAsking(false);
}

void ClearButton::setAsking(bool on)
{
    m_isAsking = on;
    setText(on ? m_question : tr("Clear list"));
    setIcon(on ? vtscope::icon(IconName::Warning, Tone::Warning) : QIcon());
    if (on)
        m_patience->start();
    else
        m_patience->stop();
}

void ClearButton::focusOutEvent(QFocusEvent* event)
{
    setAsking(false);
    QPushButton::focusOutEvent(event);
}

void ClearButton::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_isAsking)
        setAsking(false);
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QPushButton::keyPressEvent(event);
}

} // namespace vtscope
