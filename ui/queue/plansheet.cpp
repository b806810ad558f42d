#include "ui/queue/plansheet.h"

#include "ui/capture/celltext.h"
#include "ui/queue/factlist.h"
#include "ui/queue/plantable.h"
#include "ui/queue/queuetext.h"
#include "ui/queue/sqltext.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QDateTime>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::minutes kUnlockFor{15};
constexpr int kTickMs = 1000;
constexpr qint64 kUnreadMs = 500;
constexpr std::size_t kNamed = 3;

QString nowText()
{
    return QDateTime::currentDateTimeUtc().toString(u"HH:mm:ss"_s) + u" UTC"_s;
}

// The first few of them by name.
template <typename Item> QString namesOf(const std::vector<Item>& items, QString (*nameOf)(const Item&))
{
    QStringList names;
    for (std::size_t i = 0; i < std::min(items.size(), kNamed); ++i)
        names.append(nameOf(items[i]));
    QString text = names.join(u", "_s);
    if (items.size() > kNamed)
        text += PlanSheet::tr(" and %1 more").arg(countText(items.size() - kNamed));
    return text;
}

} // namespace

PlanSheet::PlanSheet(std::shared_ptr<Connection> connection, QueueTable table, std::vector<MessageKey> keys,
                     QueueSettings settings, QWidget* parent)
    : Sheet(connection->settings().tag, parent), m_connection(std::move(connection)), m_table(std::move(table)),
      m_keys(std::move(keys)), m_settings(std::move(settings)), m_reading(this), m_writing(this)
{
    m_facts = new FactList;
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(m_facts);
    scroll->viewport()->setAutoFillBackground(false);
    m_facts->setAutoFillBackground(false);
    m_factsColumn = column(tr("What will happen"), scroll);
    addColumn(m_factsColumn, 36);

    m_sql = new SqlText(this);
    m_sql->setPlaceholderText(tr("No statement: there is nothing to change."));
    m_copy = new QPushButton(tr("C&opy"), this);
    m_copy->setIcon(icon(IconName::Copy));
    m_copy->setAccessibleName(tr("Copy the SQL"));
    m_copy->setAutoDefault(true);
    setVariant(m_copy, ButtonVariant::Link);
    connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_sql->copyText()); });
    addColumn(column(tr("SQL, exactly as sent"), m_sql, m_copy), 40);

    m_messages = new PlanTable(this);
    m_messagesColumn = column(QString(), m_messages);
    addColumn(m_messagesColumn, 34);

    field()->setAccessibleName(tr("Number of messages"));
    field()->setMaxLength(9);
    connect(field(), &QLineEdit::textChanged, this, &PlanSheet::updateFoot);
    m_cancel = addButton(tr("&Cancel"));
    m_dryRun = addButton(tr("&Dry run"));
    m_dryRun->setToolTip(tr("Reads the messages again and says what would be changed. Changes nothing."));
    m_act = addButton(QString(), ButtonVariant::Primary);
    m_show = addButton(tr("Sho&w in list"));
    m_close = addButton(tr("C&lose"), ButtonVariant::Primary);
    connect(m_cancel, &QPushButton::clicked, this, &Sheet::closeRequested);
    connect(m_close, &QPushButton::clicked, this, &Sheet::closeRequested);
    connect(m_show, &QPushButton::clicked, this, &PlanSheet::showRequested);
    connect(m_dryRun, &QPushButton::clicked, this, [this] { read(Why::DryRun); });
    connect(m_act, &QPushButton::clicked, this, &PlanSheet::carryOut);

    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, &PlanSheet::tick);
    m_timer.start();
    setState(State::Reading);
}

void PlanSheet::start()
{
    read(Why::First);
}

void PlanSheet::read(Why why)
{
    if (m_state == State::Working || m_state == State::Done || m_reading.isRunning())
        return;
    if (why == Why::First)
        setState(State::Reading);
    m_reading.start([connection = m_connection, table = m_table,
                     keys = m_keys](std::stop_token stop) { return planAck(*connection, table, keys, stop); },
                    [this, why](Result<AckPlan> plan) { showPlan(std::move(plan), why); });
    updateFoot();
}

void PlanSheet::tick()
{
    if (m_state == State::Planned && m_plan && m_plan->isStale() && !m_reading.isRunning() && isVisible())
        read(Why::Stale);
    if (m_state == State::Planned)
        updateFoot();
}

void PlanSheet::showPlan(Result<AckPlan> plan, Why why)
{
    if (!plan) {
        // A plan that could not be read again is too old to act on.
        m_plan.reset();
        const Error& error = plan.error();
        Banner* banner =
            say(Banner::Kind::Error, tr("The messages could not be read, so there is no plan. Nothing was changed."),
                text(error.message), text(error.detail));
        connect(
            banner->addButton(tr("Re&try"), true), &QPushButton::clicked, this, [this] { read(Why::First); },
            Qt::QueuedConnection);
        setState(State::Planned);
        return;
    }
    const bool isFirst = m_state == State::Reading;
    const bool hadFocus = holdsFocus();
    m_plan = std::move(*plan);
    m_shown.start();
    m_messages->planModel()->setPlan(m_plan->items);
    m_messages->fit();
    headingOf(m_messagesColumn)->setText(messagesText(m_plan->items.size()));
    fillFacts();
    fillStatements();
    const std::size_t open = m_plan->openCount();
    const std::size_t left = m_plan->items.size() - open;
    switch (why) {
    case Why::First:
        unsay();
        break;
    case Why::Stale:
        say(Banner::Kind::Info, tr("Read anew at %1, because the plan was older than 60 s.").arg(nowText()));
        break;
    case Why::DryRun:
        say(Banner::Kind::Info,
            tr("Dry run at %1: %2 of %3 would be acknowledged. Nothing was changed.")
                .arg(nowText(), countText(open), countText(m_plan->items.size())),
            left > 0 ? tr("%1 would be left alone: acknowledged already, or gone.").arg(countText(left)) : QString());
        break;
    }
    setState(State::Planned);
    if (isFirst && hadFocus)
        focusNext();
}

QString PlanSheet::shardsText() const
{
    QStringList shards;
    for (const AckPlan::Step& step : m_plan->steps)
        shards.append(text(step.shard));
    if (shards.size() < 2)
        return shards.value(0);
    const QString last = shards.takeLast();
    return tr("%1 and %2").arg(shards.join(u", "_s), last);
}

void PlanSheet::fillFacts()
{
    m_facts->clear();
    const std::size_t open = m_plan->openCount();
    const QString table = text(m_table.keyspace) + u'.' + text(m_table.table);
    if (open > 0) {
        const std::int64_t acked = QByteArray::fromStdString(m_plan->timeAcked).toLongLong();
        m_facts->add(IconName::Ok, Tone::Ok,
                     (open == 1 ? tr("%1 row of %2 on %3 gets time_acked = %4. No worker will get it again.")
                                : tr("%1 rows of %2 on %3 get time_acked = %4. No worker will get them again."))
                         .arg(countText(open), table, shardsText(), secondsText(acked)));
        m_facts->add(
            IconName::TakeBack, Tone::Text2,
            tr("It can be taken back by SQL until the purge, %1 from then.").arg(settingText(m_settings.purgeAfter)));
    }
    const auto isSent = [](const AckPlan::Item& item) {
        return item.isOpen && item.state.starts_with(nameOf(MessageState::Sent));
    };
    if (const auto sent = std::count_if(m_plan->items.begin(), m_plan->items.end(), isSent); sent > 0)
        m_facts->add(
            IconName::Warning, Tone::Warning,
            (sent == 1
                 ? tr("%1 of them was sent to a worker before. If it is still busy, its own ack will change 0 rows.")
                 : tr("%1 of them were sent to workers before. If those are still busy, their own acks will change 0 "
                      "rows."))
                .arg(countText(static_cast<std::uint64_t>(sent))));
    std::vector<AckPlan::Item> left;
    std::copy_if(m_plan->items.begin(), m_plan->items.end(), std::back_inserter(left),
                 [](const AckPlan::Item& item) { return !item.isOpen; });
    if (!left.empty())
        m_facts->add(IconName::Info, Tone::Info,
                     tr("%1 will be left alone: %2.")
                         .arg(countText(left.size()), namesOf<AckPlan::Item>(left, [](const AckPlan::Item& item) {
                                  return QString::fromStdString(item.key.id + " " + item.state);
                              })));
    m_facts->add(IconName::History, Tone::Text2, tr("Written to the action log with the SQL and each id."));
}

void PlanSheet::fillStatements()
{
    QStringList wheres, statements;
    for (const AckPlan::Step& step : m_plan->steps) {
        wheres.append(step.shard.empty() ? QString() : text(m_table.keyspace) + u':' + text(step.shard));
        statements.append(text(step.sql));
    }
    m_sql->setStatements(wheres, statements);
    m_copy->setEnabled(!statements.isEmpty());
}

bool PlanSheet::isProduction() const
{
    return m_connection->settings().tag == Tag::Production;
}

bool PlanSheet::isCountTyped() const
{
    bool isNumber = false;
    const qulonglong typed = field()->text().trimmed().toULongLong(&isNumber);
    return m_plan && isNumber && typed == m_plan->openCount();
}

bool PlanSheet::canCarryOut() const
{
    return whyNot().isEmpty() && m_shown.hasExpired(kUnreadMs);
}

QString PlanSheet::whyNot() const
{
    if (m_connection->canWrite() && m_reading.isRunning())
        return tr("Reading the messages as they are now…");
    return whyNotByPlan();
}

// Whatever is being read meanwhile.
QString PlanSheet::whyNotByPlan() const
{
    if (!m_connection->canWrite())
        return tr("Role %1 cannot change messages").arg(text(m_connection->facts().role));
    if (m_state == State::Working)
        return tr("Acknowledging…");
    if (m_state == State::Done)
        return tr("Done");
    if (m_state == State::Reading)
        return tr("Reading the messages as they are now…");
    if (!m_plan)
        return tr("There is no plan");
    if (m_plan->openCount() == 0)
        return tr("All of them are acknowledged or gone: there is nothing to do");
    if (isProduction() && !isCountTyped())
        return tr("Type how many will be acknowledged first");
    return {};
}

// What the focus stands on may be taken away here: then it goes to Cancel or stays with the sheet.
void PlanSheet::updateFoot()
{
    const bool hadFocus = holdsFocus();
    const QString why = whyNot();
    const int open = m_plan ? static_cast<int>(m_plan->openCount()) : 0;
    const QString name = text(m_connection->settings().displayName());
    const bool isUnlocked = m_connection->isUnlocked();
    const bool canWrite = m_connection->canWrite();
    const bool isAll = m_plan && m_plan->openCount() == m_plan->items.size();
    const bool isWrong = !field()->text().isEmpty() && !isCountTyped();
    const bool isAsked = canWrite && isProduction() && open > 0 && m_state == State::Planned && m_plan;
    const Tone tone = isProduction() ? Tone::Production : Tone::Text2;

    field()->setVisible(isAsked);
    setValidity(field(), field()->text().isEmpty() ? Validity::Neutral
                         : isCountTyped()          ? Validity::Valid
                                                   : Validity::Invalid);
    const qlonglong minutes = std::max<qlonglong>(1, (m_connection->unlockedFor().count() + 59) / 60);
    if (m_state == State::Done)
        setLock(IconName::History, Tone::Text2, QString(), tr("Written to the action log."));
    else if (m_state == State::Working)
        setLock(IconName::Unlock, tone, tr("Acknowledging…"), tr("Every message is read again afterwards."));
    else if (!canWrite)
        setLock(IconName::Lock, tone, why + u'.', tr("Another login can."));
    else if (isAsked)
        setLock(isUnlocked ? IconName::Unlock : IconName::Lock, tone,
                isUnlocked ? tr("%1 is production, unlocked for %2 min.").arg(name).arg(minutes)
                           : tr("%1 is production and read-only.").arg(name),
                isWrong      ? tr("It is not %1: type how many will be acknowledged:").arg(field()->text())
                : !isAll     ? tr("To go on, type how many will be acknowledged:")
                : isUnlocked ? tr("To acknowledge, type the number of messages:")
                             : tr("To unlock for 15 min, type the number of messages:"));
    else if (!why.isEmpty())
        setLock(isUnlocked ? IconName::Unlock : IconName::Lock, tone, QString(),
                why + (why.endsWith(u'…') ? QString() : u"."_s));
    else
        setLock(isUnlocked ? IconName::Unlock : IconName::Lock, tone,
                isUnlocked ? tr("%1 is unlocked for %2 min.").arg(name).arg(minutes) : tr("%1 is read-only.").arg(name),
                isUnlocked ? QString() : tr("Unlocking lasts 15 min."));
    updateButtons();
    if (hadFocus && !holdsFocus())
        m_cancel->isEnabled() && !m_cancel->isHidden() ? m_cancel->setFocus() : setFocus();
}

void PlanSheet::updateButtons()
{
    const QString why = whyNot();
    const bool isUnlocked = m_connection->isUnlocked();
    const bool canWrite = m_connection->canWrite();
    const bool isDone = m_state == State::Done;
    m_cancel->setVisible(!isDone);
    m_dryRun->setVisible(!isDone);
    m_act->setVisible(!isDone);
    m_show->setVisible(isDone);
    m_close->setVisible(isDone);
    m_cancel->setEnabled(m_state != State::Working);
    m_dryRun->setEnabled(m_state == State::Planned);
    const int shown = static_cast<int>(m_plan ? m_plan->openCount() : m_keys.size());
    m_act->setText(m_state == State::Working ? tr("Acknowledging…")
                   : isUnlocked || !canWrite ? tr("&Acknowledge %1").arg(shown)
                                             : tr("&Unlock and acknowledge %1").arg(shown));
    m_act->setIcon(icon(isUnlocked || !canWrite ? IconName::Ok : IconName::Unlock,
                        isProduction() ? Tone::OnProduction : Tone::OnAccent));
    setVariant(m_act, isProduction() ? ButtonVariant::Danger : ButtonVariant::Primary);
    // Reading the plan again takes nothing away that may have the focus: presses do nothing meanwhile.
    m_act->setEnabled(whyNotByPlan().isEmpty());
    m_act->setToolTip(why.isEmpty() ? tr("Ctrl+Return") : why);
    m_act->setAccessibleDescription(why);
}

void PlanSheet::setState(State state)
{
    m_state = state;
    const QString messages = messagesText(m_keys.size());
    switch (state) {
    case State::Reading:
        setTitle(IconName::Ok, Tone::Text, tr("Acknowledge %1").arg(messages),
                 tr("reading them as they are now, nothing has been changed yet"));
        break;
    case State::Planned:
        setTitle(IconName::Ok, Tone::Text, tr("Acknowledge %1").arg(messages),
                 tr("plan, nothing has been changed yet"));
        break;
    case State::Working:
        setTitle(IconName::Ok, Tone::Text, tr("Acknowledging %1").arg(messages), QString());
        break;
    case State::Done:
        break;
    }
    updateFoot();
}

// Never on what acts: a Return meant for something before would press it.
void PlanSheet::focusNext()
{
    if (m_state == State::Done)
        m_close->setFocus();
    else if (!field()->isHidden())
        field()->setFocus();
    else
        m_cancel->setFocus();
}

void PlanSheet::carryOut()
{
    if (!canCarryOut()) {
        if (!field()->isHidden() && !whyNotByPlan().isEmpty())
            field()->setFocus();
        return;
    }
    if (m_plan->isStale()) {
        // Nothing is done by a plan that may be wrong by now: it is shown anew, and pressed again.
        read(Why::Stale);
        return;
    }
    if (!m_connection->isUnlocked()) {
        m_connection->unlock(kUnlockFor);
        Q_EMIT lockChanged();
    }
    unsay();
    setFocus();
    setState(State::Working);
    // No stop: once sent, what became of it has to be found out and logged, even when nobody looks any more.
    m_writing.start(
        [connection = m_connection, plan = *m_plan](std::stop_token) { return acknowledge(*connection, plan); },
        [this](Result<AckResult> result) { showOutcome(std::move(result)); });
}

void PlanSheet::showOutcome(Result<AckResult> result)
{
    // Only inside the sheet: who went elsewhere meanwhile stays there.
    const bool hadFocus = holdsFocus();
    if (!result) {
        setState(State::Planned);
        say(Banner::Kind::Error, tr("Nothing was sent, and nothing was changed."), text(result.error().message),
            text(result.error().detail));
        if (hadFocus)
            focusNext();
        return;
    }
    const std::size_t acked = result->ackedCount();
    const bool isWhole = !result->problem && (m_plan ? acked == m_plan->openCount() : acked == result->items.size());
    const QString headline = tr("%1 of %2 acknowledged").arg(countText(acked), countText(result->items.size()));
    m_facts->clear();
    struct Part
    {
        AckOutcome outcome;
        QString sentence;
    };
    const Part parts[] = {
        {AckOutcome::Acked, tr("acknowledged; no worker will get them again")},
        {AckOutcome::AckedByOther, tr("acknowledged by somebody else, and left as it was")},
        {AckOutcome::StillOpen, tr("still open: nothing was changed there")},
        {AckOutcome::Gone, tr("gone: purged or deleted")},
        {AckOutcome::Unknown, tr("not known: the row could not be read again")},
    };
    for (const Part& part : parts) {
        std::vector<AckResult::Item> items;
        std::copy_if(result->items.begin(), result->items.end(), std::back_inserter(items),
                     [&](const AckResult::Item& item) { return item.outcome == part.outcome; });
        if (items.empty())
            continue;
        const StateLook look = lookOf(part.outcome);
        QString sentence = countText(items.size()) + u' ' + part.sentence;
        if (part.outcome != AckOutcome::Acked)
            sentence +=
                u": "_s + namesOf<AckResult::Item>(items, [](const AckResult::Item& item) {
                    return QString::fromStdString(item.detail.empty() ? item.key.id : item.key.id + " " + item.detail);
                });
        m_facts->add(look.icon, look.tone, sentence + u'.');
    }
    m_facts->add(IconName::TakeBack, Tone::Text2,
                 tr("It can be taken back by SQL until the purge, after %1.").arg(settingText(m_settings.purgeAfter)));
    m_messages->planModel()->setOutcome(result->items);
    m_messages->fit();
    headingOf(m_factsColumn)->setText(tr("What happened"));
    headingOf(m_messagesColumn)->setText(tr("What became of each"));
    m_state = State::Done;
    setTitle(isWhole ? IconName::OkRound : IconName::Warning, isWhole ? Tone::Ok : Tone::Warning, headline,
             tr("each message was read again at %1").arg(nowText()));
    if (result->problem)
        say(Banner::Kind::Error, tr("A statement failed. The list says what the rows themselves tell."),
            text(result->problem->message), text(result->problem->detail));
    updateFoot();
    if (hadFocus)
        focusNext();
    Q_EMIT written(headline);
}

} // namespace vtscope
