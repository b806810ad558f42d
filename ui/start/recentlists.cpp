#include "ui/start/recentlists.h"

#include "ui/start/capturerow.h"
#include "ui/start/clearbutton.h"
#include "ui/style/cardbutton.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

RecentLists::RecentLists(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
    const Metrics& m = metrics();
    m_connectionGroup = addGroup(tr("Recent connections"), tr("Connections that worked stand here."), m.space(2));
    m_column->addSpacing(m.space(6));
    m_keptGroup = addGroup(tr("Not saved"), {}, 0);
    m_captureGroup = addGroup(tr("Recent captures"), tr("Captures that you open or save stand here."), 0);
    m_column->addStretch();
    connect(m_connectionGroup.clear, &ClearButton::confirmed, this, &RecentLists::clearConnectionsRequested);
    m_keptGroup.clear->hide();
    connect(m_captureGroup.clear, &ClearButton::confirmed, this, [this] {
        QStringList paths;
        for (const CaptureRow* row : std::as_const(m_rows))
            if (!row->capture().isUnsaved)
                paths.append(row->capture().path);
        for (const QString& path : std::as_const(paths))
            Q_EMIT captureRemoved(path);
    });
    setConnections({});
    setCaptures({});
}

RecentLists::Group RecentLists::addGroup(const QString& title, const QString& nothing, int spacing)
{
    const Metrics& m = metrics();
    Group group;
    group.head = new QWidget(this);
    auto* head = new QHBoxLayout(group.head);
    head->setContentsMargins(0, 0, 0, 0);
    group.title = new QLabel(title, group.head);
    group.title->setProperty("vtText", u"strong"_s);
    group.clear = new ClearButton(group.head);
    group.clear->setAccessibleDescription(title);
    head->addWidget(group.title);
    head->addStretch();
    head->addWidget(group.clear);
    group.head->setFixedHeight(m.space(7.5));
    group.nothing = new QLabel(nothing, this);
    group.nothing->setProperty("vtText", u"secondary"_s);
    group.nothing->setWordWrap(true);
    m_column->addWidget(group.head);
    m_column->addSpacing(m.space(1));
    m_column->addWidget(group.nothing);
    group.rows = new QVBoxLayout;
    group.rows->setContentsMargins(0, 0, 0, 0);
    group.rows->setSpacing(spacing);
    m_column->addLayout(group.rows);
    return group;
}

QWidget* RecentLists::firstCard() const
{
    return m_cards.isEmpty() ? nullptr : m_cards.first();
}

void RecentLists::setConnections(const QList<RecentConnection>& connections)
{
    QString focused;
    for (const CardButton* card : std::as_const(m_cards))
        if (card->hasFocus())
            focused = connectionOf(card)->id;
    m_connections = connections;
    std::stable_sort(m_connections.begin(), m_connections.end(),
                     [](const RecentConnection& a, const RecentConnection& b) { return a.lastUsed > b.lastUsed; });
    // Not at once: a card may be asking for this from its own click or menu.
    for (CardButton* card : std::as_const(m_cards)) {
        m_connectionGroup.rows->removeWidget(card);
        card->hide();
        card->deleteLater();
    }
    m_cards.clear();
    QWidget* before = nullptr;
    for (const RecentConnection& connection : std::as_const(m_connections)) {
        CardButton* card = addCard(connection);
        if (before)
            setTabOrder(before, card);
        before = card;
        if (connection.id == focused) {
            card->show(); // hidden until the next layout, it would not take the focus
            card->setFocus();
        }
    }
    const auto count = m_connections.size();
    m_connectionGroup.nothing->setVisible(count == 0);
    m_connectionGroup.clear->setVisible(count > 0);
    m_connectionGroup.clear->setQuestion(count == 1 ? tr("Really clear this connection?")
                                                    : tr("Really clear %1 connections?").arg(count));
    updateTimes();
    if (!focused.isEmpty() && !focusWidget() && firstCard())
        firstCard()->setFocus();
}

CardButton* RecentLists::addCard(const RecentConnection& connection)
{
    auto* card = new CardButton(connection.title, this);
    card->setTag(connection.tag, connection.tagWord);
    card->setDetail(connection.detail);
    card->setContextMenuPolicy(Qt::CustomContextMenu);
    card->installEventFilter(this);
    m_connectionGroup.rows->addWidget(card);
    m_cards.append(card);
    const QString id = connection.id;
    connect(card, &CardButton::clicked, this, [this, id] { Q_EMIT connectRequested(id); });
    connect(card, &QWidget::customContextMenuRequested, this, [this, card](const QPoint& at) { showMenu(card, at); });
    return card;
}

const RecentConnection* RecentLists::connectionOf(const QObject* card) const
{
    for (qsizetype i = 0; i < m_cards.size(); ++i)
        if (m_cards.at(i) == card)
            return &m_connections.at(i);
    return nullptr;
}

void RecentLists::showMenu(const CardButton* card, const QPoint& at)
{
    const RecentConnection* connection = connectionOf(card);
    if (!connection)
        return;
    const QString id = connection->id;
    const QString title = connection->title;
    QMenu menu(this);
    QAction* open = menu.addAction(icon(IconName::Connect), tr("&Connect"));
    menu.setDefaultAction(open);
    QAction* edit = menu.addAction(icon(IconName::Update), tr("&Edit\u2026"));
    menu.addSeparator();
    QAction* remove = menu.addAction(icon(IconName::Close), tr("&Remove\u2026"));
    const QAction* chosen = menu.exec(card->mapToGlobal(at));
    if (chosen == open)
        Q_EMIT connectRequested(id);
    else if (chosen == edit)
        Q_EMIT editRequested(id);
    else if (chosen == remove)
        Q_EMIT removeRequested(id, title);
}

bool RecentLists::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Delete)) {
        if (const RecentConnection* connection = connectionOf(watched)) {
            Q_EMIT removeRequested(connection->id, connection->title);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void RecentLists::setCaptures(const QList<RecentCapture>& captures)
{
    QString focused;
    for (CaptureRow* row : std::as_const(m_rows)) {
        if (row->hasFocus())
            focused = row->capture().path;
        row->hide();
        row->deleteLater();
    }
    m_rows.clear();
    QList<RecentCapture> kept;
    QList<RecentCapture> recent;
    for (const RecentCapture& capture : captures)
        (capture.isUnsaved ? kept : recent).append(capture);
    addRows(m_keptGroup, kept);
    addRows(m_captureGroup, recent);
    m_keptGroup.head->setVisible(!kept.isEmpty());
    m_keptGroup.nothing->hide();
    m_keptGroup.rows->setContentsMargins(0, 0, 0, kept.isEmpty() ? 0 : metrics().space(4));
    m_captureGroup.nothing->setVisible(recent.isEmpty());
    m_captureGroup.clear->setVisible(!recent.isEmpty());
    m_captureGroup.clear->setQuestion(recent.size() == 1 ? tr("Really take it off the list?")
                                                         : tr("Really take all %1 off the list?").arg(recent.size()));
    for (CaptureRow* row : std::as_const(m_rows))
        if (row->capture().path == focused) {
            row->show();
            row->setFocus();
        }
}

void RecentLists::addRows(const Group& group, const QList<RecentCapture>& captures)
{
    for (const RecentCapture& capture : captures) {
        auto* row = new CaptureRow(capture, this);
        row->setLast(&capture == &captures.last());
        group.rows->addWidget(row);
        m_rows.append(row);
        connect(row, &CaptureRow::openRequested, this, [this, path = capture.path] { Q_EMIT captureRequested(path); });
        connect(row, &CaptureRow::removeRequested, this, [this, path = capture.path] { Q_EMIT captureRemoved(path); });
    }
}

void RecentLists::updateTimes()
{
    const QDateTime now = QDateTime::currentDateTime();
    for (qsizetype i = 0; i < m_cards.size(); ++i)
        m_cards.at(i)->setAside(relativeTime(m_connections.at(i).lastUsed, now), m_connections.at(i).note);
    for (CaptureRow* row : std::as_const(m_rows))
        row->updateTime();
}

} // namespace vtscope
