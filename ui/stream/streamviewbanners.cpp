// What a live stream says of breaks, ends and clocks, and what it offers then.
#include <QDateTime>
#include <QPushButton>

#include "streamcore/capture/change.h"
#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"

namespace vtscope {

namespace {

constexpr int kMinuteMs = 60'000;
// What comes a second time comes at once.
constexpr std::chrono::seconds kSettled{2};

QString utcText(std::chrono::system_clock::time_point time)
{
    return QDateTime::fromSecsSinceEpoch(std::chrono::system_clock::to_time_t(time))
        .toUTC()
        .toString(QStringLiteral("HH:mm:ss"));
}

} // namespace

void StreamView::showTrouble()
{
    if (!m_trouble) {
        m_trouble = new Banner(Banner::Kind::Warning);
        m_trouble->setClosable(false);
        connect(
            m_trouble->addButton(tr("&Try Now")), &QPushButton::clicked, this, [this] { m_session->tryNow(); },
            Qt::QueuedConnection);
        connect(
            m_trouble->addButton(tr("Stop")), &QPushButton::clicked, this, [this] { m_session->stop(); },
            Qt::QueuedConnection);
        setBanner(m_trouble);
    }
    if (const auto trouble = m_session->trouble()) {
        m_trouble->setSentence(text(trouble->cause.message));
        m_trouble->setDetails(text(trouble->cause.detail));
        if (!m_break)
            m_break = Break{trouble->since, m_session->repeated(), {}};
        m_break->until.reset();
    }
    tellTrouble();
}

// The number that counts down stands last, so nothing moves with it.
void StreamView::tellTrouble()
{
    const auto trouble = m_trouble ? m_session->trouble() : std::nullopt;
    if (!trouble)
        return;
    const auto left = std::chrono::ceil<std::chrono::seconds>(trouble->nextTry - std::chrono::steady_clock::now());
    const QString when = left.count() > 0 ? tr("in %1 s").arg(left.count()) : tr("now");
    m_trouble->setSecond(tr("Broken since %1 UTC. What was received stays. Try %2, from the last whole transaction: %3")
                             .arg(utcText(trouble->since))
                             .arg(trouble->tries + 1)
                             .arg(when));
}

void StreamView::tellReopening()
{
    if (!m_break || m_session->state() != Session::State::Live)
        return;
    const auto now = std::chrono::system_clock::now();
    if (!m_break->until)
        m_break->until = now;
    if (now - *m_break->until < kSettled)
        return;
    QString words = tr("Open again after %1")
                        .arg(durationWords(std::chrono::ceil<std::chrono::seconds>(*m_break->until - m_break->since)));
    if (const std::uint64_t again = m_session->repeated() - m_break->repeated; again > 0)
        words += (again == 1 ? tr("; %1 change had come before") : tr("; %1 changes had come before"))
                     .arg(QLocale().toString(static_cast<qulonglong>(again)));
    m_break.reset();
    Q_EMIT noted(words);
}

// A subscription has no heartbeats.
void StreamView::tellStandstill()
{
    if (m_session->state() != Session::State::Live || m_subscription)
        return;
    const auto silence = m_session->silence();
    const auto throttled = m_session->throttled();
    const bool isSilent = silence && *silence > Session::kStall;
    if (!isSilent && !throttled) {
        if (m_standstill)
            setBanner(nullptr);
        m_standstill.clear();
        return;
    }
    if (!m_standstill) {
        m_standstill = new Banner(Banner::Kind::Warning);
        m_standstill->setClosable(false);
        m_standstill->setSecond(tr("What was received stays, and vtscope goes on waiting. A tablet of another type may "
                                   "send more."));
        connect(m_standstill->addButton(tr("Other &Tablet Type…")), &QPushButton::clicked, this,
                &StreamView::optionsRequested, Qt::QueuedConnection);
        setBanner(m_standstill);
    }
    m_standstill->setSentence(isSilent
                                  ? tr("No sign of life for %1")
                                        .arg(durationWords(std::chrono::duration_cast<std::chrono::seconds>(*silence)))
                              : throttled->empty() ? tr("The server holds the stream back, and does not say why")
                                                   : tr("The server holds the stream back: %1").arg(text(*throttled)));
}

void StreamView::tellReshards(quint64 first, quint64 count)
{
    const Snapshot snapshot = m_session->capture()->snapshot();
    std::optional<std::uint64_t> last;
    for (std::uint64_t line = std::max<std::uint64_t>(first, snapshot.first()); line < first + count; ++line) {
        if (snapshot.entry(line).op() == Op::Journal)
            last = line;
    }
    if (!last)
        return;
    auto* banner = new Banner(Banner::Kind::Info);
    banner->setSentence(tr("Resharded: %1").arg(text(eventText(snapshot, *last).note)));
    banner->setSecond(tr("The stream goes on with the new shards, in the same capture."));
    connect(banner, &Banner::closeRequested, this, [this] { setBanner(nullptr); });
    setBanner(banner);
}

void StreamView::tellDoubt()
{
    const std::string doubt = m_session->doubt();
    if (doubt != std::exchange(m_doubt, doubt) && !doubt.empty())
        Q_EMIT noted(text(doubt));
}

void StreamView::tellClock()
{
    const auto difference = m_session->clockDifference();
    if (m_isClockTold || !difference || std::chrono::abs(*difference) < Session::kFarClock)
        return;
    m_isClockTold = true;
    Q_EMIT noted(tr("The server's %1; times are the server's").arg(clockWords(*difference)));
}

// Nobody should take messages from the workers without seeing how many.
void StreamView::showTaken()
{
    if (m_taken)
        return;
    m_taken = new Banner(Banner::Kind::Warning);
    m_taken->setClosable(false);
    m_taken->setSentence(tr("Subscribed as a consumer: what comes here, no worker gets until it is sent again"));
    connect(
        m_taken->addButton(tr("Stop")), &QPushButton::clicked, this, [this] { m_session->stop(); },
        Qt::QueuedConnection);
    m_countsOfMinute.clear();
    m_countsOfMinute.enqueue(m_session->capture()->changes());
    setBanner(m_taken);
}

void StreamView::countTaken()
{
    if (!m_taken)
        return;
    const std::uint64_t taken = m_session->capture()->changes();
    m_countsOfMinute.enqueue(taken);
    while (m_countsOfMinute.size() > kMinuteMs / kTickMs)
        m_countsOfMinute.dequeue();
    const QLocale locale;
    m_taken->setSecond(
        (taken == 1 ? tr("%1 message taken, %2 in the last minute.") : tr("%1 messages taken, %2 in the last minute."))
            .arg(locale.toString(static_cast<qulonglong>(taken)),
                 locale.toString(static_cast<qulonglong>(taken - m_countsOfMinute.head()))));
}

void StreamView::showEnd()
{
    const bool canContinue = m_session->canContinue();
    auto* banner = new Banner(Banner::Kind::Info);
    if (m_session->state() == Session::State::Stopped) {
        banner->setSentence(tr("Stopped"));
        banner->setSecond(canContinue ? tr("What was received stays. The position is kept.")
                                      : tr("What was received stays."));
    } else {
        const Error& error = *m_session->error();
        const bool isClean = error.kind == ErrorKind::Ended;
        banner->setKind(isClean ? Banner::Kind::Info : Banner::Kind::Error);
        banner->setSentence(text(error.message));
        banner->setSecond(canContinue ? tr("What was received stays. The position is kept.")
                                      : tr("Nothing was changed on the branch."));
        banner->setDetails(text(error.detail));
    }
    const auto is = [this](ErrorKind kind) { return m_session->error() && m_session->error()->kind == kind; };
    if (!m_subscription &&
        (is(ErrorKind::PositionPurged) || is(ErrorKind::PositionInvalid) || is(ErrorKind::MessageTooLarge))) {
        offerOtherStarts(*banner);
    } else {
        if (canContinue) {
            connect(banner->addButton(tr("&Continue from here"), true), &QPushButton::clicked, this, [this] {
                m_session->continueFromHere();
                grid().setFollow(true);
            });
        }
        // The disk is full.
        if (canContinue && is(ErrorKind::Output)) {
            connect(banner->addButton(tr("Go on in Another &Folder…")), &QPushButton::clicked, this,
                    [this] { Q_EMIT elsewhereRequested(m_session->requestToContinue()); });
        }
        if (!m_subscription)
            connect(banner->addButton(tr("Start again…")), &QPushButton::clicked, this, &StreamView::optionsRequested);
    }
    connect(banner, &Banner::closeRequested, this, [this] { setBanner(nullptr); });
    setBanner(banner);
}

// From where it stopped, it cannot go on.
void StreamView::offerOtherStarts(Banner& banner)
{
    banner.setSecond(m_session->capture()->changes() > 0
                         ? tr("What was received stays. Starting now leaves a gap, which is marked.")
                         : tr("Nothing was changed on the branch."));
    connect(banner.addButton(tr("Start &Now")), &QPushButton::clicked, this, &StreamView::startNow,
            Qt::QueuedConnection);
    connect(
        banner.addButton(tr("Copy &Again…")), &QPushButton::clicked, this,
        [this] { Q_EMIT restartRequested(WatchRequest::Start::Copy); }, Qt::QueuedConnection);
    connect(
        banner.addButton(tr("Other &Position…")), &QPushButton::clicked, this,
        [this] { Q_EMIT restartRequested(WatchRequest::Start::Position); }, Qt::QueuedConnection);
}

} // namespace vtscope
