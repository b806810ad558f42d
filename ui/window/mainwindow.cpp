#include "ui/window/mainwindow.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFrame>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "ui/capture/celltext.h"
#include "ui/connect/failurewords.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/queue/queueview.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"
#include "ui/window/statusline.h"
#include "ui/window/windowactions.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

constexpr int kStatusMs = 250;
constexpr int kTagLine = 3;
constexpr int kInspectorFrom = 275; // units, 1100 px

// What is being done, for the line that says "Connecting to …".
QString stepWords(Tick::Step step)
{
    switch (step) {
    case Tick::Step::Name:
        return MainWindow::tr("looking up its name");
    case Tick::Step::Connection:
        return MainWindow::tr("reaching it");
    case Tick::Step::Tls:
        return MainWindow::tr("checking its certificate");
    case Tick::Step::Login:
        return MainWindow::tr("logging in");
    case Tick::Step::Branch:
        return MainWindow::tr("reading branch and role");
    }
    return {};
}

} // namespace

MainWindow::MainWindow(ConnectionStore& store, SecretStore& secrets, QWidget* parent)
    : QMainWindow(parent), m_store(store), m_secrets(secrets), m_connector(secrets), m_pages(new QStackedWidget),
      m_start(new StartPage), m_work(new QSplitter), m_navigator(new Navigator), m_middle(new QStackedWidget),
      m_tabs(new QTabWidget), m_inspector(new Inspector), m_status(new StatusLine), m_tagLine(new QFrame),
      m_notice(new Banner(Banner::Kind::Error))
{
    setWindowTitle(tr("vtscope"));
    setWindowIcon(applicationIcon());
    resize(metrics().space(400), metrics().space(250));
    buildActions();
    buildMenus();
    m_pages->addWidget(m_start);
    m_pages->addWidget(buildWork());
    setCentralWidget(m_pages);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_status, 1);
    connectWork();
    connectStart();
    connectConnector();
    connect(&Theme::instance(), &Theme::changed, this, &MainWindow::updateAll);
    m_clock.setInterval(kStatusMs);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        updateStatus();
        updateLock();
    });
    m_clock.start();
    showStart();
}

QWidget* MainWindow::buildWork()
{
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("Tabs"));
    m_tabs->tabBar()->setAccessibleName(tr("Open tabs"));
    m_tabs->tabBar()->setElideMode(Qt::ElideMiddle);
    m_work->setChildrenCollapsible(false);
    m_work->addWidget(m_navigator);
    m_work->addWidget(buildMiddle());
    m_work->addWidget(m_inspector);
    m_work->setStretchFactor(1, 1);
    m_work->setSizes({metrics().space(58), metrics().space(240), metrics().space(94)});
    m_work->setHandleWidth(1);
    m_tagLine->setFixedHeight(kTagLine);
    m_tagLine->setAutoFillBackground(true);
    m_notice->setClosable(true);
    m_notice->hide();
    m_toolBar = buildToolBar();

    auto* work = new QWidget;
    auto* layout = new QVBoxLayout(work);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_tagLine);
    layout->addWidget(m_toolBar);
    layout->addWidget(m_notice);
    layout->addWidget(m_work, 1);
    return work;
}

QWidget* MainWindow::buildMiddle()
{
    auto* empty = new EmptyState;
    empty->setIcon(IconName::Table);
    empty->setSentence(tr("Nothing is open"));
    empty->setFact(tr("Choose a table to watch, or a queue to look into: type its name, press Return."));
    m_middle->addWidget(empty);
    m_middle->addWidget(m_tabs);
    return m_middle;
}

void MainWindow::connectWork()
{
    connect(m_tabs, &QTabWidget::currentChanged, this, [this] {
        inspectCurrent();
        showCurrentTable();
        updateAll();
    });
    connect(m_navigator, &Navigator::watchRequested, this, &MainWindow::watchTable);
    connect(m_navigator, &Navigator::watchOptionsRequested, this, &MainWindow::chooseWatch);
    connect(m_navigator, &Navigator::queueRequested, this, &MainWindow::openQueue);
    connect(m_navigator, &Navigator::problem, this,
            [this](const QString& sentence, const QString& details) { showProblem(sentence, {}, details); });
    connect(m_notice, &Banner::closeRequested, m_notice, &QWidget::hide);
    connect(m_status, &StatusLine::ledgerRequested, this, &MainWindow::showLedger);
    connect(&m_wake, &Wake::woken, this, [this] {
        for (int i = 0; i < m_tabs->count(); ++i) {
            if (auto* stream = qobject_cast<StreamView*>(m_tabs->widget(i)))
                stream->session().noteWake();
        }
    });
}

void MainWindow::connectStart()
{
    connect(m_start, &StartPage::newConnectionRequested, this, &MainWindow::connectNew);
    connect(m_start, &StartPage::openCaptureRequested, this, &MainWindow::chooseCapture);
    connect(m_start, &StartPage::localBranchRequested, this, [this] {
        m_start->setBusy(tr("Starting the local branch …"));
        Q_EMIT localBranchRequested();
    });
    connect(m_start, &StartPage::shortcutsRequested, this, &MainWindow::showShortcuts);
    connect(m_start, &StartPage::connectRequested, this, &MainWindow::connectSaved);
    connect(m_start, &StartPage::editRequested, this, [this](const QString& id) { editConnection(id); });
    connect(m_start, &StartPage::removeRequested, this, [this](const QString& id) {
        m_secrets.remove(id.toStdString());
        (void)m_store.remove(id.toStdString());
        fillStart();
    });
    connect(m_start, &StartPage::clearConnectionsRequested, this, [this] {
        for (const SavedConnection& saved : m_store.all())
            m_secrets.remove(saved.settings.id);
        (void)m_store.clear();
        fillStart();
    });
    connect(m_start, &StartPage::captureRequested, this, &MainWindow::openCapture);
    connect(m_start, &StartPage::captureRemoved, this, [this](const QString& path) {
        const QString folder = QString::fromStdString(captureFolder());
        if (path.startsWith(folder + u'/')) {
            QMessageBox box(QMessageBox::Warning, tr("Delete the capture?"),
                            tr("%1 was never saved elsewhere. Delete it for good?").arg(path), QMessageBox::Cancel,
                            this);
            const QPushButton* remove = box.addButton(tr("&Delete"), QMessageBox::DestructiveRole);
            box.setDefaultButton(QMessageBox::Cancel);
            box.exec();
            if (box.clickedButton() != remove)
                return;
            removeCapture(path);
        }
        forgetRecentCapture(path);
        fillStart();
    });
    connect(m_start, &StartPage::textPasted, this, &MainWindow::pasteAnywhere);
    connect(m_start, &StartPage::filesDropped, this, &MainWindow::dropFiles);
    connect(m_start, &StartPage::cancelRequested, this, [this] {
        m_connector.cancel();
        m_toOpen.clear();
        m_opening.cancel();
        m_start->setBusy({});
        Q_EMIT localBranchCanceled();
    });
}

void MainWindow::connectConnector()
{
    connect(&m_connector, &Connector::tick, this, [this](const Tick& tick) {
        if (tick.state == Tick::State::Running)
            m_start->setBusy(tr("Connecting to %1: %2 …")
                                 .arg(text(m_connector.saved().settings.displayName()), stepWords(tick.step)));
    });
    connect(&m_connector, &Connector::connected, this, [this](const std::shared_ptr<Connection>& connection) {
        const Result<std::string> saved = m_isLocalBranch ? std::string() : m_store.save(m_connector.saved());
        onConnected(connection);
        if (!saved)
            showProblem(tr("The connection works, but it could not be saved"), text(saved.error().message));
    });
    connect(&m_connector, &Connector::failed, this, &MainWindow::showConnectFailure);
    connect(&m_connector, &Connector::passwordNeeded, this, [this] {
        m_start->setBusy({});
        editConnection(text(m_connector.saved().settings.id));
    });
}

MainWindow::~MainWindow()
{
    m_tabs->disconnect(this);
}

void MainWindow::showStart()
{
    fillStart();
    m_pages->setCurrentIndex(0);
    updateAll();
}

void MainWindow::showWork()
{
    m_start->setBusy({});
    m_start->clearProblem();
    m_navigator->setVisible(m_connection != nullptr);
    m_pages->setCurrentIndex(1);
    updateAll();
}

void MainWindow::fillStart()
{
    QList<RecentConnection> connections;
    for (const SavedConnection& saved : m_store.all())
        connections << recentConnectionOf(saved);
    m_start->setConnections(connections);
    m_start->setCaptures(recentCaptures());
}

void MainWindow::showConnection(std::shared_ptr<Connection> connection)
{
    m_connection = std::move(connection);
    m_navigator->setConnection(m_connection);
    showWork();
    m_navigator->focusFind();
}

// In place, on the page that is shown.
void MainWindow::showProblem(const QString& sentence, const QString& second, const QString& details)
{
    if (m_pages->currentWidget() == m_start) {
        m_start->showProblem(sentence, second, details);
        return;
    }
    showNotice(Banner::Kind::Error, sentence, second, details);
}

void MainWindow::showNotice(Banner::Kind kind, const QString& sentence, const QString& second, const QString& details)
{
    m_notice->setKind(kind);
    m_notice->clearButtons();
    m_notice->setSentence(sentence);
    m_notice->setSecond(second);
    m_notice->setDetails(details);
    m_notice->show();
}

void MainWindow::showConnectFailure(const CheckFailure& failure)
{
    showStart();
    const ConnectionSettings& settings = m_connector.saved().settings;
    const FailureWords words = wordsFor(shownAs(failure, settings), settings);
    m_start->showProblem(words.sentence, words.advice, words.details);
    if (m_isLocalBranch)
        return;
    QPushButton* edit = m_start->addProblemButton(tr("&Edit %1…").arg(text(settings.displayName())));
    connect(
        edit, &QPushButton::clicked, this, [this, failure, id = text(settings.id)] { editConnection(id, &failure); },
        Qt::QueuedConnection);
    edit->setFocus();
}

void MainWindow::disconnectBranch()
{
    settle(openTabs(), [this] {
        while (m_tabs->count() > 0)
            discard(m_tabs->widget(0));
        m_inspector->clear();
        m_connection.reset();
        m_navigator->setConnection(nullptr);
        Q_EMIT localBranchCanceled();
        showStart();
    });
}

StreamView* MainWindow::currentStream() const
{
    return qobject_cast<StreamView*>(m_tabs->currentWidget());
}

CaptureView* MainWindow::currentCapture() const
{
    return qobject_cast<CaptureView*>(m_tabs->currentWidget());
}

QueueView* MainWindow::currentQueue() const
{
    return qobject_cast<QueueView*>(m_tabs->currentWidget());
}

GridView* MainWindow::currentGrid() const
{
    if (CaptureView* capture = currentCapture())
        return &capture->grid();
    QueueView* queue = currentQueue();
    return queue ? queue->grid() : nullptr;
}

// Of what has the focus; the list, where that is nothing of its own to copy.
void MainWindow::copy()
{
    if (m_inspector->isAncestorOf(focusWidget()))
        m_inspector->copy();
    else if (m_navigator->isAncestorOf(focusWidget()))
        m_navigator->copy();
    else if (CaptureView* capture = currentCapture())
        capture->copy();
    else if (QueueView* queue = currentQueue())
        queue->copySelected();
}

Connection* MainWindow::currentConnection() const
{
    if (StreamView* stream = currentStream())
        return stream->session().connection().get();
    return m_connection.get();
}

// What is current in this tab, not in the one before.
void MainWindow::inspectCurrent()
{
    m_inspector->clear();
    QueueView* queue = currentQueue();
    if (CaptureView* capture = currentCapture())
        capture->noteCurrent();
    else if (queue && queue->grid()->currentRow() >= 0)
        m_inspector->show(queue->snapshot(), queue->model()->lineOf(queue->grid()->currentRow()));
}

void MainWindow::showCurrentTable()
{
    StreamView* stream = currentStream();
    const QueueView* queue = currentQueue();
    if (stream && stream->session().request().tables.size() == 1)
        m_navigator->showTable(text(stream->session().request().keyspace),
                               text(stream->session().request().tables.front()));
    else if (queue)
        m_navigator->showTable(queue->keyspace(), text(queue->table().name));
    else
        m_navigator->showTable({}, {});
}

// Which actions make sense now, and why the others do not.
void MainWindow::updateAll()
{
    StreamView* stream = currentStream();
    CaptureView* capture = currentCapture();
    QueueView* queue = currentQueue();
    const Actions& a = *m_actions;
    m_middle->setCurrentIndex(m_tabs->count() > 0 ? 1 : 0);
    const auto enable = [](const QList<QAction*>& actions, bool on, const QString& reason) {
        for (QAction* action : actions) {
            const QString name = QString(action->text()).section(u'\t', 0, 0).remove(u'&');
            action->setEnabled(on);
            action->setToolTip(on ? name : QStringLiteral("%1: %2").arg(name, reason));
            action->setStatusTip(on ? QString() : reason);
        }
    };
    const bool isRunning = stream && stream->session().isRunning();
    a.startStop->setText(!stream || isRunning ? tr("&Stop") : tr("&Start"));
    a.startStop->setIcon(isRunning || !stream ? icon(IconName::Stop, Tone::Delete) : icon(IconName::Play, Tone::Ok));
    enable({a.startStop, a.options, a.pause, a.follow}, stream, tr("No stream in this tab"));
    enable({a.copyPosition->menuAction(), a.savePosition}, stream && !stream->session().isSubscription(),
           tr("No stream of changes in this tab"));
    enable({a.continueStream}, stream && stream->session().canContinue(),
           tr("Only a stopped stream with a position can go on"));
    a.pause->setChecked(stream && stream->isPaused());
    a.follow->setChecked(stream && stream->grid().follow());
    enable({a.exportRows}, capture || queue, tr("Nothing to export in this tab"));
    enable({a.save, a.saveAs, a.saveShown, a.compare}, capture, tr("No capture in this tab"));
    enable({a.saveSelected}, capture && capture->grid().selectedRowCount() > 0, tr("No change is selected"));
    enable({a.saveMarked}, capture && capture->model().capture()->marks().count() > 0, tr("No change is marked"));
    enable({a.closeTab, a.nextTab, a.previousTab, a.nextPane, a.previousPane}, m_tabs->count() > 0,
           tr("No tab is open"));
    enable({a.disconnect}, m_connection || m_tabs->count() > 0, tr("Not connected"));
    enable({a.newStream, a.refresh}, m_connection != nullptr, tr("Not connected"));
    enable({a.copy}, m_connection || capture || queue, tr("Nothing to copy"));
    enable({a.copyAs->menuAction(),
            a.filter,
            a.applyValue->menuAction(),
            a.savedFilters->menuAction(),
            a.saveFilter,
            a.clearFilter,
            a.history,
            a.nextOfRow,
            a.previousOfRow,
            a.find,
            a.findNext,
            a.findPrevious,
            a.goTo,
            a.columns,
            a.completeness,
            a.sort,
            a.sortAnew,
            a.unsort,
            a.mark,
            a.note,
            a.nextMark,
            a.previousMark},
           capture, tr("No changes in this tab"));
    enable({a.back}, capture && capture->canGoBack(), tr("No history was shown"));
    enable({a.selectAll, a.first, a.last, a.previous, a.next}, capture || queue, tr("No list in this tab"));
    enable({a.subscribe, a.acknowledge}, queue, tr("No queue in this tab"));
    for (int i = 0; i < m_tabs->count(); ++i) {
        if (auto* one = qobject_cast<StreamView*>(m_tabs->widget(i)))
            signTab(*one);
    }
    updateTag();
    updateLock();
    updateStatus();
}

// Whether its stream lives.
void MainWindow::signTab(StreamView& stream)
{
    const Session& session = stream.session();
    m_tabs->setTabIcon(m_tabs->indexOf(&stream), session.state() == Session::State::Recovering
                                                     ? icon(IconName::Dot, Tone::Warning)
                                                 : session.isRunning() ? icon(IconName::Dot, Tone::Ok)
                                                                       : icon(IconName::Table));
}

// The line and the word in the colour of the connection's tag.
void MainWindow::updateTag()
{
    const Connection* connection = currentConnection();
    const Tag tag = connection ? connection->settings().tag : Tag::None;
    QPalette palette = m_tagLine->palette();
    palette.setColor(QPalette::Window, tag == Tag::None ? tokens().border : tokens().tag(tag));
    m_tagLine->setPalette(palette);
    const bool isWord = tag == Tag::Production || tag == Tag::Staging || tag == Tag::Development;
    m_tagWord->setText(isWord ? QString::fromLatin1(nameOf(tag)).toUpper() : QString());
    m_tagWord->setAccessibleName(isWord ? tr("Tag of the connection: %1").arg(QLatin1String(nameOf(tag)))
                                        : tr("Tag of the connection"));
    m_tagWord->setFont(metrics().badge());
    QPalette word = m_tagWord->palette();
    word.setColor(QPalette::WindowText, tokens().tagText(tag));
    m_tagWord->setPalette(word);
}

void MainWindow::updateStatus()
{
    m_status->showConnection(currentConnection());
    const StreamView* paused = currentStream() && currentStream()->isPaused() ? currentStream() : nullptr;
    m_actions->pause->setIconText(paused ? tr("Paused, +%1").arg(QLocale().toString(currentGrid()->heldBack()))
                                         : tr("Pause"));
    if (StreamView* stream = currentStream())
        m_status->showStream(*stream);
    else if (CaptureView* capture = currentCapture())
        m_status->showCapture(*capture);
    else if (QueueView* queue = currentQueue())
        m_status->showWords(queue->statusText());
    else if (m_connection)
        m_status->showWords({});
}

void MainWindow::updateLock()
{
    const Connection* connection = currentConnection();
    m_lock->setVisible(connection != nullptr);
    m_actions->lock->setEnabled(connection && connection->canWrite());
    m_actions->lock->setStatusTip(!connection              ? tr("Not connected")
                                  : connection->canWrite() ? QString()
                                                           : tr("Role reader cannot change anything"));
    if (!connection)
        return;
    const auto left = connection->unlockedFor();
    m_lock->setEnabled(connection->canWrite());
    m_lock->setIcon(
        icon(left.count() > 0 ? IconName::Unlock : IconName::Lock, left.count() > 0 ? Tone::Warning : Tone::Text2));
    m_lock->setText(
        !connection->canWrite() ? tr("Read-only: role reader")
        : left.count() > 0
            ? tr("Changes allowed, %1:%2").arg(left.count() / 60).arg(left.count() % 60, 2, 10, QLatin1Char('0'))
            : tr("Read-only"));
    m_actions->lock->setText(left.count() > 0 ? tr("&Lock Again") : tr("Allow &Changes…"));
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    fitInspector();
}

void MainWindow::toggleInspector()
{
    m_isInspectorWanted = m_inspector->isHidden();
    fitInspector();
}

// In a narrow window the list and the navigator need the room more, unless the user said otherwise.
void MainWindow::fitInspector()
{
    const bool isShown = m_isInspectorWanted.value_or(width() >= metrics().space(kInspectorFrom));
    m_actions->inspector->setChecked(isShown);
    if (isShown != m_inspector->isHidden())
        return;
    const bool hadFocus = m_inspector->isAncestorOf(focusWidget());
    m_inspector->setVisible(isShown);
    if (hadFocus && m_tabs->currentWidget())
        m_tabs->currentWidget()->setFocus();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    // Later than this call when a capture has to be saved first: then the window closes by itself.
    if (!m_isSettled) {
        settle(openTabs(), [this] {
            m_isSettled = true;
            close();
        });
    }
    event->setAccepted(m_isSettled);
    while (m_isSettled && m_tabs->count() > 0)
        discard(m_tabs->widget(0));
}

} // namespace vtscope
