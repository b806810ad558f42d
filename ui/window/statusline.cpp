#include "ui/window/statusline.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/stream/streamview.h"
#include "ui/style/elidedlabel.h"
#include "ui/style/theme.h"

namespace vtscope {

namespace {

constexpr std::chrono::seconds kLate{20};
constexpr int kNoteMs = 8000;

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

QString rateWords(StreamView& stream)
{
    const QLocale locale;
    const QString rate = StatusLine::tr("%1/s").arg(locale.toString(stream.rate(), 'f', stream.rate() < 10 ? 1 : 0));
    const Session& session = stream.session();
    if (session.request().source == Source::Sync)
        return StatusLine::tr("%1 · lag not told").arg(rate);
    const auto lag = session.lag();
    if (!lag)
        return rate;
    const double seconds = std::chrono::duration<double>(*lag).count();
    return StatusLine::tr("%1 · lag %2 s").arg(rate, locale.toString(seconds, 'f', std::abs(seconds) < 10 ? 2 : 0));
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
      m_life(numberLabel(tr("Stream"), 13)), m_rows(numberLabel(tr("Changes"), 18)),
      m_rate(numberLabel(tr("Rate and lag"), 20)), m_note(new ElidedLabel),
      m_size(numberLabel(tr("Capture size and free disk"), 33))
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(metrics().panelPadding(), 0, metrics().panelPadding(), 0);
    layout->setSpacing(metrics().space(3));
    setName(m_connection, tr("Connection"));
    setName(m_lock, tr("Lock"));
    setName(m_dot, tr("Life"));
    m_rate->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_size->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    for (QWidget* label : std::initializer_list<QWidget*>{m_lock, m_connection, m_dot, m_life, m_rows})
        layout->addWidget(label);
    setName(m_note, tr("Note"));
    m_note->setTone(Tone::Text2);
    m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_noteTime.setSingleShot(true);
    connect(&m_noteTime, &QTimer::timeout, this, [this] { fill(m_note, {}); });
    layout->addWidget(m_note, 1);
    layout->addWidget(m_rate);
    layout->addWidget(m_size);
    showConnection(nullptr);
}

void StatusLine::showConnection(const Connection* connection)
{
    const qreal ratio = devicePixelRatioF();
    if (!connection) {
        m_lock->hide();
        fill(m_connection, tr("Not connected"));
        setLife({}, false, false);
        fill(m_rows, {});
        fill(m_rate, {});
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

void StatusLine::setLife(const QString& words, bool isAlive, bool isLate)
{
    fill(m_life, words);
    tell(m_dot, isLate ? tr("late") : isAlive ? tr("alive") : tr("none"));
    m_dot->setVisible(!words.isEmpty());
    m_dot->setPixmap(iconPixmap(isAlive ? IconName::Dot : IconName::Ring,
                                isLate    ? tokens().warn
                                : isAlive ? tokens().ok
                                          : tokens().text2,
                                metrics().smallIcon(), devicePixelRatioF()));
}

void StatusLine::showStream(StreamView& stream)
{
    Session& session = stream.session();
    const auto silence = session.silence();
    if (session.state() == Session::State::Opening) {
        setLife(tr("opening"), false, false);
    } else if (session.state() == Session::State::Recovering) {
        setLife(tr("reopening"), false, true);
    } else if (!session.isRunning()) {
        setLife(session.state() == Session::State::Stopped ? tr("stopped") : tr("ended"), false, false);
    } else if (!silence) {
        setLife(tr("no sign yet"), false, false);
    } else {
        const bool isLate = *silence > kLate;
        setLife((isLate ? tr("silent %1 s") : tr("live %1 s"))
                    .arg(static_cast<double>(silence->count()) / 1000, 0, 'f', isLate ? 0 : 1),
                true, isLate);
    }
    showRows(stream);
    fill(m_rate, session.isRunning() ? rateWords(stream) : QString());
    m_rate->setToolTip(tr("Changes a second, and how late they come: from the moment the tablet reads a change, by its "
                          "clock, to its receipt by this machine's. Sync tells no time."));
    showSize(*session.capture());
}

void StatusLine::showCapture(CaptureView& capture)
{
    setLife(tr("offline"), false, false);
    showRows(capture);
    fill(m_rate, {});
    showSize(*capture.model().capture());
}

void StatusLine::showWords(const QString& words)
{
    setLife({}, false, false);
    fill(m_rows, words);
    fill(m_rate, {});
    fill(m_size, {});
}

void StatusLine::showNote(const QString& words)
{
    fill(m_note, words);
    m_noteTime.start(kNoteMs);
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

void StatusLine::showSize(const Capture& capture)
{
    std::error_code error;
    const std::filesystem::space_info disk = std::filesystem::space(capture.folder(), error);
    fill(m_size, tr("%1 captured · %2 free").arg(sizeText(capture.size()), error ? tr("?") : sizeText(disk.available)));
}

} // namespace vtscope
