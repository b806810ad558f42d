#include "ui/stream/streamview.h"

#include <QDateTime>
#include <QPushButton>
#include <QToolButton>

#include "streamcore/names.h"
#include "streamcore/position/positiontext.h"
#include "streamcore/session/sourceprobe.h"
#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/stream/keptpositions.h"
#include "ui/style/banner.h"
#include "ui/style/emptystate.h"

namespace vtscope {

namespace {

QString joined(const std::vector<std::string>& names, const QString& separator)
{
    QStringList texts;
    for (const std::string& name : names)
        texts << text(name);
    return texts.join(separator);
}

// Those of other keyspaces with its name.
QStringList tablesOf(const WatchRequest& request)
{
    QStringList tables;
    for (const std::string& table : request.tables)
        tables << text(table);
    for (const std::string& name : namesOf(request.others))
        tables << text(name);
    return tables;
}

QString startWords(const WatchRequest& request, const QDateTime& since)
{
    switch (request.start) {
    case WatchRequest::Start::Now:
        return StreamView::tr("from now, %1 UTC").arg(since.toUTC().toString(QStringLiteral("HH:mm:ss")));
    case WatchRequest::Start::Copy:
        return StreamView::tr("whole table, then changes");
    case WatchRequest::Start::Position:
        return StreamView::tr("from a position");
    case WatchRequest::Start::Time:
        return StreamView::tr("from near %1").arg(text(momentText(request.time)));
    case WatchRequest::Start::Continue:
        return StreamView::tr("continued");
    }
    return {};
}

} // namespace

QString durationWords(std::chrono::seconds time)
{
    const auto seconds = time.count();
    if (seconds < 60)
        return StreamView::tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return StreamView::tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
    if (seconds < 48 * 3600)
        return StreamView::tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60);
    return StreamView::tr("%1 days").arg(QLocale().toString(seconds / (24 * 3600)));
}

QString clockWords(std::chrono::nanoseconds difference)
{
    const QString time = durationWords(std::chrono::round<std::chrono::seconds>(std::chrono::abs(difference)));
    return difference.count() > 0 ? StreamView::tr("clock is %1 ahead").arg(time)
                                  : StreamView::tr("clock is %1 behind").arg(time);
}

StreamView::StreamView(std::unique_ptr<Session> session, QWidget* parent)
    : CaptureView(session->capture(), parent), m_session(std::move(session))
{
    connect(m_session.get(), &Session::rowsAppended, &model(), &CaptureModel::takeNew);
    connect(m_session.get(), &Session::rowsAppended, this, &StreamView::tellReshards);
    connect(m_session.get(), &Session::stateChanged, this, &StreamView::noteState);
    connect(&grid(), &GridView::followChanged, this, &StreamView::changed);
    connect(&grid(), &GridView::frozenChanged, this, &StreamView::changed);
    connect(&grid(), &GridView::selectedRowsChanged, this, &StreamView::changed);
    connect(&grid(), &GridView::pauseRequested, this, [this] { setPaused(!isPaused()); });
    m_clock.setInterval(kTickMs);
    connect(&m_clock, &QTimer::timeout, this, &StreamView::tick);
    emptyState().setIcon(IconName::Follow);

    auto* options = new QToolButton;
    options->setText(tr("Options…"));
    options->setIcon(icon(IconName::Options));
    options->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    options->setAutoRaise(true);
    connect(options, &QToolButton::clicked, this, &StreamView::optionsRequested);
    addToSourceBar(options);
    grid().setFollow(true);
}

StreamView::~StreamView()
{
    m_session->disconnect(this);
    keepWhereItIs();
}

// For another day.
void StreamView::keepWhereItIs()
{
    const auto position = m_subscription ? std::nullopt : cursorFile();
    if (position)
        keepPosition(m_session->connection()->settings().id, *position);
}

void StreamView::start(const WatchRequest& request)
{
    m_since = QDateTime::currentDateTimeUtc();
    m_subscription.reset();
    m_session->start(request);
    m_clock.start();
}

void StreamView::start(const SubscribeRequest& request)
{
    m_since = QDateTime::currentDateTimeUtc();
    m_subscription = request;
    m_session->start(request);
    m_clock.start();
}

// The same from now on: the capture says what lies between.
void StreamView::startNow()
{
    start(startedAnew(m_session->request(), WatchRequest::Start::Now));
    grid().setFollow(true);
}

std::optional<CursorFile> StreamView::cursorFile() const
{
    const WatchRequest& request = m_session->request();
    CursorFile file;
    file.isSync = request.source == Source::Sync;
    file.keyspace = request.keyspace;
    file.shards = request.shards;
    file.tables = request.tables;
    file.others = request.others;
    file.positions = m_session->shardPositions();
    const bool isTold = std::all_of(file.positions.begin(), file.positions.end(), [](const ShardPosition& position) {
        return isInsideCopy(position) || (!position.gtid.empty() && position.gtid != "current");
    });
    return isTold && !file.positions.empty() ? std::optional(file) : std::nullopt;
}

QString StreamView::safePosition(PositionForm form) const
{
    const auto file = cursorFile();
    if (!file)
        return {};
    if (form == PositionForm::Shortest)
        return text(positionText(file->positions));
    if (form == PositionForm::Vgtid)
        return text(vgtidJson(file->positions));
    QStringList cursors;
    for (const ShardPosition& position : file->positions)
        cursors << QString::fromLatin1(QByteArray::fromStdString(cursorOf(position)).toBase64());
    return cursors.join(u'\n');
}

void StreamView::showEvent(QShowEvent* event)
{
    CaptureView::showEvent(event);
    probeIfSeen();
}

void StreamView::hideEvent(QHideEvent* event)
{
    CaptureView::hideEvent(event);
    probeIfSeen();
}

void StreamView::probeIfSeen()
{
    m_session->probe().setOn(isVisible() && m_session->state() == Session::State::Live);
}

QString StreamView::title() const
{
    const WatchRequest& request = m_session->request();
    const QStringList names = tablesOf(request);
    const QString tables = names.size() == 1 ? names.front() : tr("%1 tables").arg(names.size());
    return text(request.keyspace) + u'.' + tables;
}

QStringList StreamView::commandLine() const
{
    const WatchRequest& request = m_session->request();
    const ConnectionSettings& settings = m_session->connection()->settings();
    QStringList words{QStringLiteral("vtscope-cli"), QStringLiteral("watch")};
    if (!settings.name.empty() && !settings.isOnThisMachine) {
        words << QStringLiteral("--connection") << text(settings.name);
    } else {
        words << QStringLiteral("--host") << text(settings.host) + u':' + QString::number(settings.port);
        if (!settings.username.empty())
            words << QStringLiteral("--username") << text(settings.username);
        if (settings.isPlaintext)
            words << QStringLiteral("--plaintext");
    }
    words << QStringLiteral("--keyspace") << text(request.keyspace);
    for (const std::string& shard : request.shards)
        words << QStringLiteral("--shard") << text(shard);
    for (const std::string& table : request.tables)
        words << QStringLiteral("--table") << text(table);
    const QStringList all = tablesOf(request);
    for (auto i = static_cast<qsizetype>(request.tables.size()); i < all.size(); ++i)
        words << QStringLiteral("--also") << all[i];
    words << QStringLiteral("--source")
          << (request.source == Source::Sync ? QStringLiteral("sync") : QStringLiteral("vstream"));
    words << QStringLiteral("--tablet-type") << QLatin1String(nameOf(request.tabletType));
    if (!request.rule.columns.empty())
        words << QStringLiteral("--server-columns") << text(listed(request.rule.columns));
    if (!request.rule.where.empty())
        words << QStringLiteral("--server-where") << text(request.rule.where);
    if (!request.rule.hasAllOps()) {
        QStringList ops;
        for (const auto& [isAsked, op] : {std::pair(request.rule.inserts, "i"), std::pair(request.rule.updates, "u"),
                                          std::pair(request.rule.deletes, "d")}) {
            if (isAsked)
                ops << QLatin1String(op);
        }
        words << QStringLiteral("--server-ops") << ops.join(u',');
    }
    if (request.minimizesSkew)
        words << QStringLiteral("--minimize-skew");
    if (request.chunkBytes > 0)
        words << QStringLiteral("--chunk") << QString::number(request.chunkBytes);
    return words;
}

bool StreamView::isPaused() const
{
    return const_cast<StreamView*>(this)->grid().isFrozen();
}

void StreamView::setPaused(bool on)
{
    on ? grid().freeze() : grid().release();
}

void StreamView::noteState()
{
    const WatchRequest& request = m_session->request();
    const QString shards = request.shards.empty() ? tr("all shards") : joined(request.shards, QStringLiteral(" "));
    if (m_subscription) {
        setSource(text(request.keyspace) + QStringLiteral(" › ") + tablesOf(request).join(QStringLiteral(", ")),
                  tr("subscribed as a consumer · messages shown here are taken from the others"));
    } else {
        setSource(text(request.keyspace) + QStringLiteral(" › ") + tablesOf(request).join(QStringLiteral(", ")),
                  QStringLiteral("%1 · %2 · %3 · %4%5")
                      .arg(shards, QLatin1String(nameOf(request.tabletType)), startWords(request, m_since),
                           QLatin1String(nameOf(request.source)),
                           request.rule.isAll() ? QString() : tr(" · the server was asked for less")));
    }
    switch (m_session->state()) {
    case Session::State::Idle:
        break;
    case Session::State::Opening:
    case Session::State::Live:
        if (m_subscription)
            showTaken();
        else
            setBanner(nullptr);
        m_clock.start();
        break;
    case Session::State::Recovering:
        showTrouble();
        break;
    case Session::State::Stopped:
    case Session::State::Ended:
        m_clock.stop();
        m_rate = 0;
        m_break.reset();
        model().takeNew();
        keepWhereItIs();
        showEnd();
        break;
    }
    probeIfSeen();
    tick();
    Q_EMIT changed();
}

void StreamView::tick()
{
    const std::uint64_t count = m_session->capture()->changes();
    if (m_session->isRunning()) {
        m_rate = 0.5 * m_rate + 0.5 * static_cast<double>(count - m_lastCount) * 1000 / kTickMs;
        m_rate = m_rate < 0.05 ? 0 : m_rate;
    }
    m_lastCount = count;
    countTaken();
    tellTrouble();
    tellReopening();
    tellStandstill();
    tellDoubt();
    tellClock();
    countShown();
    if (model().rowCount() == 0) {
        const QString tables = tablesOf(m_session->request()).join(QStringLiteral(", "));
        emptyState().setSentence(m_session->state() == Session::State::Opening ? tr("Opening %1 …").arg(tables)
                                 : m_session->isRunning()                      ? tr("Listening to %1").arg(tables)
                                                          : tr("Nothing was received from %1").arg(tables));
        const auto silence = m_session->silence();
        const QString since = m_since.toUTC().toString(QStringLiteral("HH:mm:ss"));
        emptyState().setFact(!m_session->isRunning() ? QString()
                             : silence               ? tr("Since %1 UTC. Server alive %2 s ago. No change yet.")
                                             .arg(since)
                                             .arg(static_cast<double>(silence->count()) / 1000, 0, 'f', 1)
                                       : tr("Since %1 UTC. No sign of the server yet.").arg(since));
    }
}

} // namespace vtscope
