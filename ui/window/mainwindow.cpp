#include "ui/window/mainwindow.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFrame>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/queue/queueview.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/style/theme.h"
#include "ui/window/statusline.h"
#include "ui/window/windowactions.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

constexpr int kStatusMs = 250;
constexpr int kTagLine = 3;

} // namespace

MainWindow::MainWindow(ConnectionStore& store, SecretStore& secrets, QWidget* parent)
    : QMainWindow(parent), m_store(store), m_secrets(secrets), m_connector(secrets), m_pages(new QStackedWidget),
      m_start(new StartPage), m_work(new QSplitter), m_navigator(new Navigator), m_tabs(new QTabWidget),
      m_inspector(new Inspector), m_status(new StatusLine), m_tagLine(new QFrame)
{
    setWindowTitle(tr("vtscope"));
    setWindowIcon(applicationIcon());
    resize(metrics().space(400), metrics().space(250));
    buildActions();
    buildMenus();

    m_tabs->setDocumentMode(true);
    m_tabs->setTabsClosable(true);
    m_tabs->setAccessibleName(tr("Tabs"));
    m_tabs->tabBar()->setElideMode(Qt::ElideMiddle);
    m_work->setChildrenCollapsible(false);
    m_work->addWidget(m_navigator);
    m_work->addWidget(m_tabs);
    m_work->addWidget(m_inspector);
    m_work->setStretchFactor(1, 1);
    m_work->setSizes({metrics().space(58), metrics().space(240), metrics().space(94)});
    m_work->setHandleWidth(1);

    auto* work = new QWidget;
    auto* layout = new QVBoxLayout(work);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    m_tagLine->setFixedHeight(kTagLine);
    m_tagLine->setAutoFillBackground(true);
    m_toolBar = buildToolBar();
    layout->addWidget(m_tagLine);
    layout->addWidget(m_toolBar);
    layout->addWidget(m_work, 1);
    m_pages->addWidget(m_start);
    m_pages->addWidget(work);
    setCentralWidget(m_pages);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_status, 1);

    connect(m_tabs, &QTabWidget::currentChanged, this, &MainWindow::updateAll);
    connect(m_tabs, &QTabWidget::tabCloseRequested, this, &MainWindow::closeTab);
    connect(m_navigator, &Navigator::watchRequested, this, &MainWindow::watchTable);
    connect(m_navigator, &Navigator::watchOptionsRequested, this, &MainWindow::chooseWatch);
    connect(m_navigator, &Navigator::queueRequested, this, &MainWindow::openQueue);
    connect(m_navigator, &Navigator::problem, this, [this](const QString& sentence, const QString& details) {
        QMessageBox box(QMessageBox::Warning, tr("vtscope"), sentence, QMessageBox::Ok, this);
        box.setDetailedText(details);
        box.exec();
    });

    connect(m_start, &StartPage::newConnectionRequested, this, &MainWindow::connectNew);
    connect(m_start, &StartPage::openCaptureRequested, this, &MainWindow::chooseCapture);
    connect(m_start, &StartPage::localBranchRequested, this, [this] {
        m_start->setBusy(tr("Starting the local branch …"));
        Q_EMIT localBranchRequested();
    });
    connect(m_start, &StartPage::connectRequested, this, &MainWindow::connectSaved);
    connect(m_start, &StartPage::editRequested, this, &MainWindow::editConnection);
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
            const auto answer = QMessageBox::question(this, tr("Delete the capture?"),
                                                      tr("%1 was never saved elsewhere. Delete it for good?").arg(path),
                                                      QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Cancel);
            if (answer != QMessageBox::Discard)
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
        m_opening.cancel();
        m_start->setBusy({});
        Q_EMIT localBranchCanceled();
    });
    connect(&m_connector, &Connector::connected, this, [this](const std::shared_ptr<Connection>& connection) {
        if (!m_isLocalBranch)
            (void)m_store.save(m_connector.saved());
        onConnected(connection);
    });
    connect(&m_connector, &Connector::failed, this, [this](const CheckFailure& failure) {
        m_start->showProblem(text(failure.error.message),
                             tr("It failed at the step %1.").arg(QLatin1String(nameOf(failure.step))),
                             text(failure.error.detail));
        showStart();
    });
    connect(&m_connector, &Connector::passwordNeeded, this, [this] {
        m_start->setBusy({});
        editConnection(text(m_connector.saved().settings.id));
    });
    connect(&Theme::instance(), &Theme::changed, this, &MainWindow::updateAll);
    m_clock.setInterval(kStatusMs);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        updateStatus();
        updateLock();
    });
    m_clock.start();
    showStart();
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

void MainWindow::disconnectBranch()
{
    while (m_tabs->count() > 0) {
        const int before = m_tabs->count();
        closeTab(m_tabs->count() - 1);
        if (m_tabs->count() == before)
            return;
    }
    m_connection.reset();
    m_navigator->setConnection(nullptr);
    Q_EMIT localBranchCanceled();
    showStart();
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

Connection* MainWindow::currentConnection() const
{
    if (StreamView* stream = currentStream())
        return stream->session().connection().get();
    return m_connection.get();
}

// Which actions make sense now, and why the others do not.
void MainWindow::updateAll()
{
    StreamView* stream = currentStream();
    CaptureView* capture = currentCapture();
    QueueView* queue = currentQueue();
    const Actions& a = *m_actions;
    const auto enable = [](QAction* action, bool on, const QString& reason) {
        action->setEnabled(on);
        action->setToolTip(on ? action->iconText() : QStringLiteral("%1: %2").arg(action->iconText(), reason));
        action->setStatusTip(on ? QString() : reason);
    };
    const bool isRunning = stream && stream->session().isRunning();
    a.startStop->setText(!stream || isRunning ? tr("&Stop") : tr("&Start"));
    a.startStop->setIcon(isRunning || !stream ? icon(IconName::Stop, Tone::Delete) : icon(IconName::Play, Tone::Ok));
    enable(a.startStop, stream != nullptr, tr("no stream in this tab"));
    enable(a.continueStream, stream && stream->session().canContinue(),
           tr("only a stopped stream with a position can go on"));
    enable(a.options, stream != nullptr, tr("no stream in this tab"));
    enable(a.pause, stream != nullptr, tr("no stream in this tab"));
    enable(a.follow, stream != nullptr, tr("no stream in this tab"));
    const qint64 held = stream ? stream->grid().heldBack() : 0;
    a.pause->setChecked(stream && stream->isPaused());
    a.pause->setIconText(stream && stream->isPaused() ? tr("Paused, +%1").arg(QLocale().toString(held)) : tr("Pause"));
    a.follow->setChecked(stream && stream->grid().follow());
    a.follow->setIconText(tr("Follow"));
    a.exportRows->setIconText(tr("Export…"));
    enable(a.exportRows, capture || queue, tr("nothing to export in this tab"));
    enable(a.save, capture != nullptr, tr("no capture in this tab"));
    enable(a.closeTab, m_tabs->count() > 0, tr("no tab is open"));
    enable(a.disconnect, m_connection != nullptr || m_tabs->count() > 0, tr("not connected"));
    enable(a.newStream, m_connection != nullptr, tr("not connected"));
    for (QAction* action : {a.copy, a.copyWithHeaders, a.find, a.findNext, a.findPrevious})
        enable(action, capture != nullptr, tr("no rows in this tab"));
    enable(a.selectAll, capture || queue, tr("no rows in this tab"));
    enable(a.refresh, m_connection != nullptr, tr("not connected"));
    enable(a.subscribe, queue != nullptr, tr("no queue in this tab"));
    enable(a.acknowledge, queue != nullptr, tr("no queue in this tab"));
    const Connection* connection = currentConnection();
    const Tag tag = connection ? connection->settings().tag : Tag::None;
    QPalette palette = m_tagLine->palette();
    palette.setColor(QPalette::Window, tag == Tag::None ? tokens().border : tokens().tag(tag));
    m_tagLine->setPalette(palette);
    const bool isWord = tag == Tag::Production || tag == Tag::Staging || tag == Tag::Development;
    m_tagWord->setText(isWord ? QString::fromLatin1(nameOf(tag)).toUpper() : QString());
    m_tagWord->setFont(metrics().badge());
    QPalette word = m_tagWord->palette();
    word.setColor(QPalette::WindowText, tokens().tagText(tag));
    m_tagWord->setPalette(word);
    for (int i = 0; i < m_tabs->count(); ++i) {
        if (auto* one = qobject_cast<StreamView*>(m_tabs->widget(i)))
            m_tabs->setTabIcon(i, one->session().isRunning() ? icon(IconName::Dot, Tone::Ok) : icon(IconName::Table));
    }
    updateLock();
    updateStatus();
}

void MainWindow::updateStatus()
{
    m_status->showConnection(currentConnection());
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
    m_actions->lock->setStatusTip(connection && !connection->canWrite() ? tr("role reader cannot change anything")
                                                                        : QString());
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

void MainWindow::closeEvent(QCloseEvent* event)
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        if (!maySettle(m_tabs->widget(i))) {
            event->ignore();
            return;
        }
    }
    while (m_tabs->count() > 0)
        discard(m_tabs->widget(0));
    event->accept();
}

} // namespace vtscope
