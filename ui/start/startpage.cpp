#include "ui/start/startpage.h"

#include "ui/start/dropzone.h"
#include "ui/start/recentlists.h"
#include "ui/style/banner.h"
#include "ui/style/bigbutton.h"
#include "ui/style/icons.h"
#include "ui/style/proxystyle.h"
#include "ui/style/theme.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kClockMs = 30'000;

QStringList localFiles(const QMimeData* mime)
{
    QStringList paths;
    for (const QUrl& url : mime->urls())
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
    // A path that was copied as text.
    const QString text = paths.isEmpty() && mime->hasText() ? mime->text().trimmed() : QString();
    if (text.startsWith(u'/') && !text.contains(u'\n') && QFileInfo(text).isFile())
        paths.append(text);
    return paths;
}

} // namespace

StartPage::StartPage(QWidget* parent)
    : QWidget(parent), m_area(new QScrollArea(this)), m_content(new QWidget),
      m_columns(new QBoxLayout(QBoxLayout::LeftToRight)), m_left(buildLeft()), m_lists(new RecentLists),
      m_banner(new Banner(Banner::Kind::Info, this)), m_clock(new QTimer(this))
{
    setAcceptDrops(true);
    setAccessibleName(tr("Start page"));
    m_banner->hide();

    m_columns->addStretch(1);
    m_columns->addWidget(m_left, 0, Qt::AlignTop);
    m_columns->addWidget(m_lists, 0, Qt::AlignTop);
    m_columns->addStretch(1);
    auto* middle = new QVBoxLayout(m_content);
    middle->addStretch(2);
    middle->addLayout(m_columns);
    middle->addStretch(3);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setWidgetResizable(true);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setFocusPolicy(Qt::NoFocus);
    m_area->setWidget(m_content);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    column->addWidget(m_area, 1);

    connect(m_lists, &RecentLists::connectRequested, this, &StartPage::connectRequested);
    connect(m_lists, &RecentLists::editRequested, this, &StartPage::editRequested);
    connect(m_lists, &RecentLists::removeRequested, this, &StartPage::askToRemove);
    connect(m_lists, &RecentLists::clearConnectionsRequested, this, &StartPage::clearConnectionsRequested);
    connect(m_lists, &RecentLists::captureRequested, this, &StartPage::captureRequested);
    connect(m_lists, &RecentLists::captureRemoved, this, &StartPage::captureRemoved);
    connect(m_banner, &Banner::closeRequested, this, &StartPage::clearProblem);
    connect(m_clock, &QTimer::timeout, m_lists, &RecentLists::updateTimes);
    connect(&Theme::instance(), &Theme::changed, this, &StartPage::restyle);
    m_clock->start(kClockMs);
    restyle();
    setConnections({});
}

QWidget* StartPage::buildHead()
{
    const Metrics& m = metrics();
    auto* head = new QWidget;
    m_logo = new QLabel(head);
    m_title = new QLabel(u"vtscope"_s, head);
    m_title->setProperty("vtText", u"display"_s);
    auto* line = new QLabel(tr("Watch a Vitess branch change, row by row"), head);
    line->setProperty("vtText", u"secondary"_s);
    auto* words = new QVBoxLayout;
    words->setContentsMargins(0, 0, 0, 0);
    words->setSpacing(m.space(0.5));
    words->addStretch();
    words->addWidget(m_title);
    words->addWidget(line);
    words->addStretch();
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(m.space(4));
    row->addWidget(m_logo);
    row->addLayout(words, 1);
    return head;
}

QWidget* StartPage::buildLeft()
{
    const Metrics& m = metrics();
    auto* left = new QWidget;
    m_connect = new BigButton(IconName::Connect, tr("Connect to a branch"),
                              tr("Host, user and password, or paste them all at once"), left);
    m_connect->setPrimary(true);
    m_connect->setKey(QKeySequence(Qt::CTRL | Qt::Key_N));
    auto* open = new BigButton(IconName::Capture, tr("Open a capture"), tr("Everything works offline"), left);
    open->setKey(QKeySequence(Qt::CTRL | Qt::Key_O));
    auto* local = new BigButton(IconName::Sample, tr("Try the local branch"),
                                tr("A small shop and a stuck queue, live, on this machine"), left);
    m_dropZone = new DropZone(left);
    m_hint = new QLabel(tr("<b>Return</b>&nbsp; connects to the first recent connection"), left);
    m_hint->setProperty("vtText", u"small"_s);
    auto* shortcuts = new QPushButton(tr("&Keyboard shortcuts"), left);
    setVariant(shortcuts, ButtonVariant::Link);
    auto* foot = new QHBoxLayout;
    foot->addWidget(m_hint);
    foot->addStretch();
    foot->addWidget(shortcuts);

    auto* column = new QVBoxLayout(left);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(m.space(2.5));
    column->addWidget(buildHead());
    column->addSpacing(m.space(4));
    column->addWidget(m_connect);
    column->addWidget(open);
    column->addWidget(local);
    column->addSpacing(m.space(1.5));
    column->addWidget(m_dropZone);
    column->addSpacing(m.space(2));
    column->addLayout(foot);
    connect(m_connect, &BigButton::clicked, this, &StartPage::newConnectionRequested);
    connect(open, &BigButton::clicked, this, &StartPage::openCaptureRequested);
    connect(shortcuts, &QPushButton::clicked, this, &StartPage::shortcutsRequested);
    connect(local, &BigButton::clicked, this, &StartPage::localBranchRequested);
    return left;
}

void StartPage::restyle()
{
    const Metrics& m = metrics();
    const int side = m.space(13);
    m_logo->setPixmap(applicationIcon().pixmap(QSize(side, side), devicePixelRatioF()));
    m_logo->setFixedSize(side, side);
    arrange();
}

void StartPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void StartPage::arrange()
{
    const Metrics& m = metrics();
    const int margin = width() < m.space(250) ? m.space(5) : m.space(8);
    const int room = width() - 2 * margin - m_area->verticalScrollBar()->sizeHint().width();
    const bool isNarrow = room < m.space(190);
    m_columns->setDirection(isNarrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    const int gap = isNarrow ? m.space(8) : std::clamp(room / 14, m.space(7), m.space(18));
    m_columns->setSpacing(0);
    for (QWidget* side : {m_left, static_cast<QWidget*>(m_lists)})
        m_columns->setAlignment(side, isNarrow ? Qt::AlignHCenter : Qt::AlignTop);
    // The stretches at both ends would get the spacing too, so the gap is a margin of the right side.
    m_lists->setContentsMargins(isNarrow ? 0 : gap, isNarrow ? gap : 0, 0, 0);
    const int both = std::min(room - (isNarrow ? 0 : gap), isNarrow ? m.space(130) : m.space(240));
    const int left = isNarrow ? both : both * 12 / 25;
    m_left->setFixedWidth(left);
    m_lists->setFixedWidth(isNarrow ? both : both - left + gap);
    m_content->layout()->setContentsMargins(margin, m.space(6), margin, m.space(6));
}

void StartPage::setConnections(const QList<RecentConnection>& connections)
{
    const bool hadNone = m_lists->connectionCount() == 0;
    m_lists->setConnections(connections);
    m_hint->setVisible(!connections.isEmpty());
    if (isVisible() && (!focusWidget() || (hadNone && m_connect->hasFocus())))
        focusFirst();
}

void StartPage::setCaptures(const QList<RecentCapture>& captures)
{
    m_lists->setCaptures(captures);
}

void StartPage::focusFirst()
{
    QWidget* first = m_lists->firstCard();
    (first ? first : m_connect)->setFocus(Qt::OtherFocusReason);
}

void StartPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_lists->updateTimes();
    if (!m_isBusy && !event->spontaneous())
        focusFirst();
}

void StartPage::setBusy(const QString& sentence)
{
    const bool isBusy = !sentence.isEmpty();
    if (isBusy && m_isBusy) {
        m_banner->setSentence(sentence);
        return;
    }
    if (isBusy == m_isBusy)
        return;
    m_isBusy = isBusy;
    m_content->setEnabled(!isBusy);
    m_banner->clearButtons();
    m_banner->setVisible(isBusy);
    if (!isBusy) {
        focusFirst();
        return;
    }
    m_banner->setKind(Banner::Kind::Info);
    m_banner->setSentence(sentence);
    m_banner->setSecond({});
    m_banner->setDetails({});
    m_banner->setClosable(false);
    QPushButton* cancel = m_banner->addButton(tr("Cancel"));
    connect(cancel, &QPushButton::clicked, this, &StartPage::cancelRequested, Qt::QueuedConnection);
    cancel->setFocus();
}

void StartPage::showProblem(const QString& sentence, const QString& second, const QString& details)
{
    setBusy({});
    m_banner->clearButtons();
    m_banner->setKind(Banner::Kind::Error);
    m_banner->setSentence(sentence);
    m_banner->setSecond(second);
    m_banner->setDetails(details);
    m_banner->setClosable(true);
    m_banner->show();
}

QPushButton* StartPage::addProblemButton(const QString& text)
{
    return m_banner->addButton(text);
}

void StartPage::clearProblem()
{
    if (m_isBusy)
        return;
    m_banner->hide();
    focusFirst();
}

void StartPage::askToRemove(const QString& id, const QString& title)
{
    m_banner->clearButtons();
    m_banner->setKind(Banner::Kind::Warning);
    m_banner->setSentence(tr("Remove %1?").arg(title));
    m_banner->setSecond(tr("Its password leaves the keyring too. Captures made with it stay."));
    m_banner->setDetails({});
    m_banner->setClosable(true);
    QPushButton* remove = m_banner->addButton(tr("Remove"));
    QPushButton* keep = m_banner->addButton(tr("Keep"));
    connect(
        remove, &QPushButton::clicked, this,
        [this, id] {
            clearProblem();
            Q_EMIT removeRequested(id);
        },
        Qt::QueuedConnection);
    connect(keep, &QPushButton::clicked, this, &StartPage::clearProblem, Qt::QueuedConnection);
    m_banner->show();
    keep->setFocus();
}

bool StartPage::take(const QMimeData* mime)
{
    if (m_isBusy || !mime)
        return false;
    if (const QStringList files = localFiles(mime); !files.isEmpty()) {
        Q_EMIT filesDropped(files);
        return true;
    }
    if (mime->hasText() && !mime->text().trimmed().isEmpty()) {
        Q_EMIT textPasted(mime->text());
        return true;
    }
    return false;
}

void StartPage::paste()
{
    take(QGuiApplication::clipboard()->mimeData());
}

void StartPage::keyPressEvent(QKeyEvent* event)
{
    if (event->matches(QKeySequence::Paste))
        paste();
    else if (event->key() == Qt::Key_Escape && m_isBusy)
        Q_EMIT cancelRequested();
    else
        QWidget::keyPressEvent(event);
}

void StartPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (m_isBusy || !(event->mimeData()->hasUrls() || event->mimeData()->hasText()))
        return;
    event->acceptProposedAction();
    m_dropZone->setHot(true);
}

void StartPage::dragLeaveEvent(QDragLeaveEvent* event)
{
    m_dropZone->setHot(false);
    QWidget::dragLeaveEvent(event);
}

void StartPage::dropEvent(QDropEvent* event)
{
    m_dropZone->setHot(false);
    if (take(event->mimeData()))
        event->acceptProposedAction();
}

} // namespace vtscope
