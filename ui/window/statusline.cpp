#include "ui/window/statusline.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "streamcore/capture/ledger.h"
#include "streamcore/session/sourceprobe.h"
#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/stream/streamview.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr int kNoteMs = 8000;
constexpr int kLife = 13, kReopening = 26; // characters
constexpr int kSizeFrom = 300;             // units, 1200 px
// A ledger of very many readings takes longer to count: then it is counted less often.
constexpr std::chrono::milliseconds kCountPause{1000};
constexpr int kCountShare = 20;

constexpr const char* kName = "vtName";

// What a screen reader says: the name with the value.
void tell(QWidget* label, const QString& value)
{
    const QString name = label->property(kName).toString();
    const QString spoken = value.isEmpty() ? name : StatusLine::tr("%1: %2").arg(name, value);
    if (label->accessibleName() != spoken)
        label->setAccessibleName(spoken);
}

template <typename Label> void fill(Label* label, const QString& value)
{
    label->setText(value);
    tell(label, value);
}

void setName(QWidget* label, const QString& name)
{
    label->setProperty(kName, name);
    label->setAccessibleName(name);
}

QString rateWords(const StreamView& stream)
{
    return StatusLine::tr("%1/s").arg(QLocale().toString(stream.rate(), 'f', stream.rate() < 10 ? 1 : 0));
}

QLabel* numberLabel(const QString& name, int characters)
{
    auto* label = new QLabel;
    setName(label, name);
    label->setFont(metrics().data());
    label->setMinimumWidth(static_cast<int>(characters * metrics().dataAdvance()));
    return label;
}

} // namespace

StatusLine::StatusLine(QWidget* parent)
    : QWidget(parent), m_lock(new QLabel), m_connection(new ElidedLabel), m_dot(new QLabel),
      m_life(numberLabel(tr("Stream"), kLife)), m_rows(numberLabel(tr("Changes"), 18)),
      m_rate(numberLabel(tr("Rate"), 8)), m_lag(numberLabel(tr("Lag"), 22)), m_note(new ElidedLabel),
      m_ledger(new QToolButton), m_size(numberLabel(tr("Capture size and free disk"), 33))
{
    // What has no room is cut, and the window may be as narrow as the user likes.
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(metrics().panelPadding(), 0, metrics().panelPadding(), 0);
    layout->setSpacing(metrics().space(3));
    setName(m_connection, tr("Connection"));
    setName(m_lock, tr("Lock"));
    setName(m_dot, tr("Life"));
    m_rate->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_rate->setToolTip(tr("Changes a second"));
    m_ledger->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_ledger->setIconSize(QSize(metrics().rowIcon(), metrics().rowIcon()));
    m_ledger->setAutoRaise(true);
    m_ledger->setFocusPolicy(Qt::NoFocus);
    m_ledger->setText(tr("not complete"));
    m_ledger->setMinimumWidth(m_ledger->sizeHint().width());
    connect(m_ledger, &QToolButton::clicked, this, &StatusLine::ledgerRequested);
    m_size->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    for (QWidget* label : std::initializer_list<QWidget*>{m_lock, m_connection, m_dot, m_life, m_rows})
        layout->addWidget(label);
    setName(m_note, tr("Note"));
    m_note->setTone(Tone::Text2);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_noteTime.setSingleShot(true);
    connect(&m_noteTime, &QTimer::timeout, this, [this] {
        fill(m_note, {});
        fit();
    });
    layout->addWidget(m_note, 1);
    for (QWidget* label : std::initializer_list<QWidget*>{m_rate, m_lag, m_ledger, m_size})
        layout->addWidget(label);
    showConnection(nullptr);
}

void StatusLine::showConnection(const Connection* connection)
{
    const qreal ratio = devicePixelRatioF();
    if (!connection) {
        m_lock->hide();
        fill(m_connection, tr("Not connected"));
        setLife({}, Life::None);
        hideStream();
        fill(m_rows, {});
        fill(m_size, tr("No telemetry, no update check"));
        m_size->setFont(metrics().ui());
        return;
    }
    const bool isOpen = connection->isUnlocked();
    m_lock->show();
    m_lock->setPixmap(iconPixmap(isOpen ? IconName::Unlock : IconName::Lock, isOpen ? tokens().warn : tokens().text2,
                                 metrics().rowIcon(), ratio));
    m_lock->setToolTip(isOpen ? tr("Changes allowed for %1 s more").arg(connection->unlockedFor().count())
                              : tr("Read-only"));
    tell(m_lock, isOpen ? tr("changes allowed") : tr("read-only"));
    const BranchFacts& facts = connection->facts();
    QStringList words{text(connection->settings().displayName())};
    if (!facts.branch.empty())
        words << text(facts.branch);
    if (!facts.role.empty())
        words << tr("role %1").arg(text(facts.role));
    if (connection->settings().isOnThisMachine)
        words << tr("on this machine");
    else if (connection->settings().isPlaintext)
        words << tr("not encrypted");
    fill(m_connection, words.join(QStringLiteral(" · ")));
    m_size->setFont(metrics().data());
}

void StatusLine::setLife(const QString& words, Life life, const QString& reason)
{
    fill(m_life, words);
    m_life->setAccessibleDescription(reason);
    m_life->setToolTip(reason);
    QPalette palette = m_life->palette();
    palette.setColor(QPalette::WindowText, life == Life::Late ? tokens().warn : tokens().text);
    m_life->setPalette(palette);
    tell(m_dot, life == Life::Late ? tr("late") : life == Life::Alive ? tr("alive") : tr("none"));
    m_dot->setVisible(!words.isEmpty());
    m_dot->setPixmap(iconPixmap(life == Life::None ? IconName::Ring : IconName::Dot,
                                life == Life::Late    ? tokens().warn
                                : life == Life::Alive ? tokens().ok
                                                      : tokens().text2,
                                metrics().smallIcon(), devicePixelRatioF()));
}

void StatusLine::showStream(StreamView& stream)
{
    const Session& session = stream.session();
    showLife(stream);
    showRows(stream);
    fill(m_rate, session.isRunning() ? rateWords(stream) : QString());
    showLag(stream);
    showLedger(session.capture());
    showSize(*session.capture());
}

void StatusLine::showLife(StreamView& stream)
{
    const Session& session = stream.session();
    const auto trouble = session.trouble();
    m_life->setMinimumWidth(
        static_cast<int>((trouble || session.copied() ? kReopening : kLife) * metrics().dataAdvance()));
    const auto silence = session.silence();
    if (session.state() == Session::State::Opening) {
        setLife(tr("opening"), Life::None);
    } else if (session.state() == Session::State::Recovering && trouble) {
        const auto left = std::chrono::ceil<std::chrono::seconds>(trouble->nextTry - std::chrono::steady_clock::now());
        setLife(left.count() > 0 ? tr("reopening in %1 s (try %2)").arg(left.count()).arg(trouble->tries + 1)
                                 : tr("reopening (try %1)").arg(trouble->tries + 1),
                Life::Late, text(trouble->cause.message));
    } else if (!session.isRunning()) {
        setLife(session.state() == Session::State::Stopped ? tr("stopped") : tr("ended"), Life::None);
    } else if (!silence) {
        setLife(tr("no sign yet"), Life::None);
    } else if (*silence > Session::kStall) {
        setLife(tr("silent %1 s").arg(silence->count() / 1000), Life::Late,
                tr("Nothing has come from the server, not even a heartbeat, for so long"));
    } else if (const auto reason = session.throttled()) {
        setLife(tr("throttled"), Life::Late,
                reason->empty() ? tr("The server holds the stream back and does not say why")
                                : tr("The server holds the stream back: %1").arg(text(*reason)));
    } else if (const auto copied = session.copied()) {
        const QLocale locale;
        const auto count = static_cast<qulonglong>(*copied), all = static_cast<qulonglong>(stream.rowsToCopy());
        setLife(count <= all ? tr("copying %1 of about %2").arg(locale.toString(count), locale.toString(all))
                             : tr("copying, %1 rows").arg(locale.toString(count)),
                Life::Alive, tr("Rows of the table as they are now; then its changes follow"));
    } else {
        setLife(tr("live %1 s").arg(static_cast<double>(silence->count()) / 1000, 0, 'f', 1), Life::Alive);
    }
}

// In seconds, and in transactions.
void StatusLine::showLag(StreamView& stream)
{
    const Session& session = stream.session();
    const QLocale locale;
    const bool isSync = session.request().source == Source::Sync;
    QStringList words, reasons;
    const auto lag = session.isRunning() ? session.lag() : std::nullopt;
    if (session.isRunning() && isSync) {
        words << tr("lag not told");
        reasons << tr("Sync tells no times, so nobody knows how late its changes come.");
    } else if (lag) {
        const double seconds = std::chrono::duration<double>(*lag).count();
        words << tr("lag %1 s").arg(locale.toString(seconds, 'f', std::abs(seconds) < 10 ? 2 : 0));
        reasons << tr("How late changes come: from the moment the tablet reads one, by its clock, to its receipt by "
                      "this machine's.");
    }
    const auto behind = session.state() == Session::State::Live ? session.probe().behind() : std::nullopt;
    if (behind) {
        words << tr("%1 behind").arg(locale.toString(static_cast<qulonglong>(*behind)));
        reasons << tr("Behind: transactions that the servers have and this stream has not, when they were asked last; "
                      "they may be of other tables.");
    } else if (session.state() == Session::State::Live && session.probe().hasTooMany()) {
        words << tr("behind not told");
        reasons << tr("Behind: that would ask each shard every few seconds, and there are more than %1.")
                       .arg(SourceProbe::kMostShards);
    }
    for (const SourceProbe::Stuck& stuck : session.probe().stuck())
        reasons << tr("%1 has stood still while its server went on.").arg(text(stuck.shard));
    if (const auto difference = session.clockDifference())
        reasons << tr("The server's %1. That is reckoned in.").arg(clockWords(*difference));
    fill(m_lag, words.join(QStringLiteral(" · ")));
    m_lag->setEnabled(!isSync || behind);
    m_lag->setToolTip(reasons.join(u'\n'));
    m_lag->setAccessibleDescription(reasons.join(u' '));
}

void StatusLine::showCapture(CaptureView& capture)
{
    setLife(tr("offline"), Life::None);
    hideStream();
    showRows(capture);
    showLedger(capture.model().capture());
    showSize(*capture.model().capture());
}

void StatusLine::showWords(const QString& words)
{
    setLife({}, Life::None);
    hideStream();
    fill(m_rows, words);
    fill(m_size, {});
}

// What only a stream and its capture have.
void StatusLine::hideStream()
{
    m_life->setMinimumWidth(static_cast<int>(kLife * metrics().dataAdvance()));
    fill(m_rate, {});
    fill(m_lag, {});
    m_lag->setToolTip({});
    m_lag->setAccessibleDescription({});
    showLedger(nullptr);
}

void StatusLine::showNote(const QString& words)
{
    fill(m_note, words);
    m_noteTime.start(kNoteMs);
    fit();
}

void StatusLine::showRows(CaptureView& view)
{
    const Capture& capture = *view.model().capture();
    const QLocale locale;
    QString words = (capture.changes() == 1 ? tr("%1 change") : tr("%1 changes"))
                        .arg(locale.toString(static_cast<qulonglong>(capture.changes())));
    if (capture.droppedChanges() > 0)
        words = tr("%1, the newest %2 kept")
                    .arg(words, locale.toString(static_cast<qulonglong>(capture.changes() - capture.droppedChanges())));
    if (const qint64 held = view.grid().heldBack(); view.grid().isFrozen())
        words = tr("paused, +%1 new · %2").arg(locale.toString(held), words);
    if (const qint64 selected = view.grid().selectedRowCount(); selected > 1)
        words += tr(" · %1 selected").arg(locale.toString(selected));
    if (const std::uint64_t marked = capture.marks().count(); marked > 0)
        words += tr(" · %1 marked").arg(locale.toString(static_cast<qulonglong>(marked)));
    if (capture.faults() > 0)
        words += tr(" · %1 not decodable").arg(locale.toString(static_cast<qulonglong>(capture.faults())));
    if (capture.tornBytes() > 0)
        words += tr(" · torn at the end");
    if (capture.damagedMessages() > 0)
        words += tr(" · %1 damaged messages left out")
                     .arg(locale.toString(static_cast<qulonglong>(capture.damagedMessages())));
    fill(m_rows, words);
}

void StatusLine::showLedger(const std::shared_ptr<Capture>& capture)
{
    if (capture != m_counted.lock() || !capture) {
        m_counting.cancel();
        m_counted = capture;
        m_ledger->hide();
        fit();
    } else if (m_counting.isRunning() || std::chrono::milliseconds(m_sinceCount.elapsed()) < m_countPause) {
        return;
    }
    if (!capture)
        return;
    m_sinceCount.start();
    m_counting.start([capture](const std::stop_token&) { return ledgerOf(*capture); },
                     [this](const Ledger& ledger) {
                         m_countPause =
                             std::max(kCountPause, std::chrono::milliseconds(m_sinceCount.elapsed()) * kCountShare);
                         m_sinceCount.start();
                         tellLedger(ledger);
                     });
}

void StatusLine::tellLedger(const Ledger& ledger)
{
    const std::size_t gaps = ledger.gaps();
    const QString words = ledger.isComplete() ? tr("complete")
                          : gaps == 0         ? tr("not complete")
                          : gaps == 1         ? tr("1 gap")
                                              : tr("%1 gaps").arg(QLocale().toString(static_cast<qulonglong>(gaps)));
    const QString whole = ledger.isComplete() ? tr("Nothing is missing of what came to pass while this was recorded")
                                              : tr("Missing: %1").arg(text(ledger.words()));
    m_ledger->setText(words);
    m_ledger->setIcon(ledger.isComplete() ? icon(IconName::OkRound, Tone::Ok) : icon(IconName::Gap, Tone::Warning));
    m_ledger->setToolTip(whole);
    m_ledger->setAccessibleName(tr("Completeness: %1").arg(words));
    m_ledger->setAccessibleDescription(whole);
    // Without positions nobody can tell.
    m_ledger->setVisible(!ledger.accounts.empty());
    fit();
}

void StatusLine::showSize(const Capture& capture)
{
    std::error_code error;
    const std::filesystem::space_info disk = std::filesystem::space(capture.folder(), error);
    fill(m_size, tr("%1 captured · %2 free").arg(sizeText(capture.size()), error ? tr("?") : sizeText(disk.available)));
}

// In a narrow window the rest needs the room more.
void StatusLine::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fit();
}

void StatusLine::fit()
{
    const bool isNarrow = width() < metrics().space(kSizeFrom);
    m_size->setVisible(!isNarrow || m_ledger->isHidden());
    for (QLabel* label : {m_rate, m_lag})
        label->setVisible(!isNarrow || m_note->text().isEmpty());
}

} // namespace vtscope
