#include "ui/queue/subscribesheet.h"

#include "ui/capture/celltext.h"
#include "ui/queue/factlist.h"
#include "ui/queue/queuetext.h"
#include "ui/queue/sqltext.h"
#include "ui/style/theme.h"

#include <QLineEdit>
#include <QPushButton>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::minutes kUnlockFor{15};
constexpr int kTickMs = 1000;

} // namespace

SubscribeSheet::SubscribeSheet(std::shared_ptr<Connection> connection, QueueTable table, QueueSettings settings,
                               QWidget* parent)
    : Sheet(connection->settings().tag, parent), m_connection(std::move(connection)), m_table(std::move(table))
{
    setTitle(IconName::Warning, Tone::Warning, tr("Subscribe to %1 as a consumer").arg(text(m_table.table)),
             tr("nothing has been sent yet"));
    auto* facts = new FactList(this);
    const double backoff = settings.minBackoff > 0 ? settings.minBackoff : settings.ackWait;
    facts->add(IconName::Sent, Tone::Warning,
               tr("Receiving takes messages away from the real workers: each one that comes here is sent to nobody "
                  "else for at least %1 "
                  "(ack wait %2 + back-off %3).")
                   .arg(settingText(settings.ackWait + backoff), settingText(settings.ackWait), settingText(backoff)));
    facts->add(IconName::BackedOff, Tone::Warning,
               tr("Its tries are counted up, so the workers wait longer for it each time."));
    facts->add(
        IconName::Info, Tone::Info,
        tr("vtscope acknowledges nothing by itself. Messages that are not acknowledged go to the workers later."));
    facts->add(IconName::History, Tone::Text2, tr("Written to the action log. Stop ends it."));
    addColumn(column(tr("What it does to the workers"), facts), 60);
    auto* sql = new SqlText(this);
    sql->setStatements({text(m_table.keyspace)},
                       {u"stream * from `"_s + text(m_table.table).replace(u'`', u"``"_s) + u'`'});
    addColumn(column(tr("SQL"), sql), 40);

    field()->setAccessibleName(tr("Name of the table"));
    field()->setFixedWidth(metrics().space(40));
    connect(field(), &QLineEdit::textChanged, this, &SubscribeSheet::updateFoot);
    m_cancel = addButton(tr("&Cancel"));
    m_act = addButton(QString(), isProduction() ? ButtonVariant::Danger : ButtonVariant::Primary);
    connect(m_cancel, &QPushButton::clicked, this, &Sheet::closeRequested);
    connect(m_act, &QPushButton::clicked, this, &SubscribeSheet::carryOut);
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, &SubscribeSheet::updateFoot);
    m_timer.start();
    updateFoot();
}

bool SubscribeSheet::isProduction() const
{
    return m_connection->settings().tag == Tag::Production;
}

QString SubscribeSheet::whyNot() const
{
    if (!m_connection->canWrite())
        return tr("Role %1 cannot receive messages").arg(text(m_connection->facts().role));
    if (isProduction() && field()->text().trimmed() != text(m_table.table))
        return tr("Type %1 first").arg(text(m_table.table));
    return {};
}

void SubscribeSheet::updateFoot()
{
    const QString why = whyNot();
    const QString name = text(m_connection->settings().displayName());
    const bool isUnlocked = m_connection->isUnlocked();
    const bool isAsked = isProduction() && m_connection->canWrite();
    const Tone tone = isProduction() ? Tone::Production : Tone::Text2;
    const IconName lock = isUnlocked ? IconName::Unlock : IconName::Lock;
    field()->setVisible(isAsked);
    setValidity(field(), field()->text().isEmpty() ? Validity::Neutral
                         : why.isEmpty()           ? Validity::Valid
                                                   : Validity::Invalid);
    if (!m_connection->canWrite())
        setLock(IconName::Lock, tone, why + u'.', tr("Another login can."));
    else if (isAsked)
        setLock(lock, tone,
                isUnlocked ? tr("%1 is production.").arg(name) : tr("%1 is production and read-only.").arg(name),
                tr("To go on, type the name of the table, %1:").arg(text(m_table.table)));
    else
        setLock(lock, tone, isUnlocked ? tr("%1 is unlocked.").arg(name) : tr("%1 is read-only.").arg(name),
                isUnlocked ? QString() : tr("Unlocking lasts 15 min."));
    m_act->setText(isUnlocked || !m_connection->canWrite() ? tr("Su&bscribe") : tr("&Unlock and subscribe"));
    m_act->setEnabled(why.isEmpty());
    m_act->setToolTip(why);
    m_act->setAccessibleDescription(why);
}

void SubscribeSheet::takeFocus()
{
    if (field()->isHidden())
        m_cancel->setFocus();
    else
        field()->setFocus();
}

void SubscribeSheet::carryOut()
{
    if (!whyNot().isEmpty())
        return;
    if (!m_connection->isUnlocked()) {
        m_connection->unlock(kUnlockFor);
        Q_EMIT lockChanged();
    }
    Q_EMIT accepted();
}

} // namespace vtscope
