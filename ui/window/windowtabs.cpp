// Connecting, and what opens, fills and closes tabs.
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QPointer>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>

#include "streamcore/queue/actionlog.h"
#include "ui/capture/celltext.h"
#include "ui/capture/keptmasks.h"
#include "ui/connect/connectdialog.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/output/exportdialog.h"
#include "ui/queue/queueview.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/stream/watchdialog.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"
#include "ui/window/mainwindow.h"
#include "ui/window/statusline.h"
#include "ui/window/windowactions.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

QString describe(const ReaderDescription& reader)
{
    QStringList tables;
    for (const std::string& table : reader.tables)
        tables << text(table);
    return text(reader.keyspace) + QStringLiteral(" › ") + tables.join(QStringLiteral(", "));
}

} // namespace

void MainWindow::connectNew()
{
    ConnectDialog dialog(m_store, m_secrets, this);
    connectWith(dialog);
}

void MainWindow::editConnection(const QString& id, const CheckFailure* failure)
{
    const SavedConnection* saved = m_store.find(id.toStdString());
    if (!saved)
        return;
    ConnectDialog dialog(m_store, m_secrets, this);
    dialog.edit(*saved);
    if (failure)
        dialog.showFailure(*failure);
    connectWith(dialog);
}

void MainWindow::connectWith(ConnectDialog& dialog)
{
    if (dialog.exec() == QDialog::Accepted) {
        m_isLocalBranch = false;
        onConnected(dialog.connection());
        if (!dialog.saveProblem().isEmpty())
            showProblem(tr("The connection works, but it could not be saved"), dialog.saveProblem());
    }
    fillStart();
}

void MainWindow::connectSaved(const QString& id)
{
    const SavedConnection* saved = m_store.find(id.toStdString());
    if (!saved)
        return;
    m_isLocalBranch = false;
    m_start->setBusy(tr("Connecting to %1 …").arg(text(saved->settings.displayName())));
    m_connector.start(*saved);
}

void MainWindow::openLocalBranch(const ConnectionSettings& settings, const Secret& password)
{
    m_isLocalBranch = true;
    m_start->setBusy(tr("Connecting to the local branch …"));
    m_connector.start(settings, password);
}

void MainWindow::showLocalBranchProblem(const QString& sentence, const QString& details)
{
    m_start->showProblem(sentence, {}, details);
    showStart();
}

void MainWindow::onConnected(const std::shared_ptr<Connection>& connection)
{
    showConnection(connection);
    if (m_isLocalBranch)
        watch(defaultRequest(*connection, "shop", "orders"));
}

void MainWindow::pasteAnywhere(const QString& pasted)
{
    const auto found = importSettings(pasted.toStdString());
    if (!found) {
        m_start->showProblem(text(found.error().message),
                             tr("A .env, a mysql:// URL and what pscale prints can be pasted."));
        return;
    }
    ConnectDialog dialog(m_store, m_secrets, this);
    dialog.fill(*found);
    connectWith(dialog);
}

void MainWindow::dropFiles(const QStringList& paths)
{
    for (const QString& path : paths) {
        QFile file(path);
        if (path.endsWith(QStringLiteral(".vtcap"))) {
            openCapture(path);
        } else if (file.size() < 1 << 16 && file.open(QIODevice::ReadOnly)) {
            pasteAnywhere(QString::fromUtf8(file.readAll()));
        }
    }
}

// What runs already is shown; a second look at it needs Watch….
void MainWindow::watchTable(const QString& keyspace, const QString& table)
{
    if (!m_connection)
        return;
    const WatchRequest wanted = defaultRequest(*m_connection, keyspace.toStdString(), table.toStdString());
    for (int i = 0; i < m_tabs->count(); ++i) {
        auto* stream = qobject_cast<StreamView*>(m_tabs->widget(i));
        if (!stream || !stream->session().isRunning() || stream->session().connection() != m_connection)
            continue;
        const WatchRequest& running = stream->session().request();
        if (running.keyspace != wanted.keyspace || running.tables != wanted.tables || !running.shards.empty() ||
            !running.rule.isAll())
            continue;
        m_tabs->setCurrentIndex(i);
        stream->setFocus();
        return;
    }
    watch(wanted);
}

void MainWindow::chooseWatch(const QString& keyspace, const QString& table)
{
    const Keyspace* found = m_navigator->branch().find(keyspace.toStdString());
    if (!m_connection || !found)
        return;
    WatchDialog dialog(m_connection, *found, defaultRequest(*m_connection, keyspace.toStdString(), table.toStdString()),
                       {}, this);
    if (dialog.exec() == QDialog::Accepted)
        watch(dialog.request(), dialog.ring());
}

void MainWindow::newStreamTab()
{
    if (!m_connection)
        return;
    const Branch& branch = m_navigator->branch();
    QStringList names;
    for (const Keyspace& keyspace : branch.keyspaces)
        names << text(keyspace.name);
    if (names.isEmpty())
        return;
    QString keyspace = names.front();
    if (names.size() > 1) {
        bool isOk = false;
        const auto preferred = names.indexOf(text(m_connection->settings().database));
        keyspace = QInputDialog::getItem(this, tr("New stream"), tr("&Keyspace"), names,
                                         static_cast<int>(std::max<qsizetype>(0, preferred)), false, &isOk);
        if (!isOk)
            return;
    }
    chooseWatch(keyspace, {});
}

StreamView* MainWindow::addStream(const QString& name, const RingLimits& ring, const QString& folder)
{
    const QString path = newCapturePath(name, folder);
    auto capture = path.isEmpty() ? Capture::createUnnamed() : Capture::create(path.toStdString());
    if (!capture) {
        showProblem(text(capture.error().message), tr("Nothing is watched."), text(capture.error().detail));
        return nullptr;
    }
    if (const auto set = (*capture)->setRing(ring); !set) {
        showProblem(text(set.error().message), tr("Keep everything, or choose another disk for captures."), {});
        removeCapture(path);
        return nullptr;
    }
    auto* view = new StreamView(std::make_unique<Session>(m_connection, *capture));
    connect(view, &StreamView::changed, this, [this, view] {
        if (m_tabs->currentWidget() == view)
            updateAll();
        else
            signTab(*view);
    });
    connect(view, &StreamView::noted, this, [this, view](const QString& words) {
        m_status->showNote(m_tabs->currentWidget() == view ? words : tr("%1: %2").arg(view->title(), words));
    });
    connect(view, &StreamView::optionsRequested, this, &MainWindow::options);
    connect(view, &StreamView::restartRequested, this,
            [this, view](WatchRequest::Start start) { restart(*view, start); });
    connect(view, &StreamView::elsewhereRequested, this,
            [this, ring](const WatchRequest& request) { watchElsewhere(request, ring); });
    connectView(view);
    return view;
}

void MainWindow::watchElsewhere(const WatchRequest& request, const RingLimits& ring)
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Go on in this folder"));
    if (!folder.isEmpty())
        watch(request, ring, folder);
}

void MainWindow::watch(const WatchRequest& request, const RingLimits& ring, const QString& folder)
{
    const std::size_t tables = request.tables.size() + namesOf(request.others).size();
    QString name =
        text(request.keyspace) + u'.' + (tables == 1 ? text(request.tables.front()) : tr("%1 tables").arg(tables));
    StreamView* view = addStream(name, ring, folder);
    if (!view)
        return;
    addTab(view, icon(IconName::Table), name);
    view->setRowsToCopy(rowsToCopy(request));
    view->start(request);
    showCurrentTable();
    view->setFocus();
}

// The servers' estimate; 0: nobody knows.
std::uint64_t MainWindow::rowsToCopy(const WatchRequest& request) const
{
    std::vector<KeyspaceTables> all{{request.keyspace, request.tables}};
    all.insert(all.end(), request.others.begin(), request.others.end());
    std::uint64_t rows = 0;
    for (const KeyspaceTables& one : all) {
        const Keyspace* keyspace = m_navigator->branch().find(one.keyspace);
        for (const std::string& name : one.tables) {
            const Table* table = keyspace ? keyspace->find(name) : nullptr;
            rows += table ? table->rowEstimate : 0;
        }
    }
    return rows;
}

void MainWindow::subscribe(const QString& keyspace, const QString& table)
{
    if (const auto log = checkActionLog(); !log)
        return showProblem(text(log.error().message), tr("Nothing was subscribed to."), {});
    StreamView* view = addStream(keyspace + u'.' + table);
    if (!view)
        return;
    addTab(view, icon(IconName::Connect), tr("%1 (subscribed)").arg(table));
    view->start(SubscribeRequest{keyspace.toStdString(), {}, table.toStdString()});
    view->setFocus();
    logAction({{},
               m_connection->settings().displayName(),
               "subscribe",
               (keyspace + u'.' + table).toStdString(),
               {},
               {},
               "started",
               {},
               true});
    reloadActionLog();
}

void MainWindow::openQueue(const QString& keyspace, const QString& table)
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        auto* open = qobject_cast<QueueView*>(m_tabs->widget(i));
        if (open && open->keyspace() == keyspace && text(open->table().name) == table) {
            m_tabs->setCurrentIndex(i);
            open->setFocus();
            return;
        }
    }
    const Keyspace* found = m_navigator->branch().find(keyspace.toStdString());
    const Table* queue = found ? found->find(table.toStdString()) : nullptr;
    if (!queue)
        return;
    auto* view = new QueueView(m_connection, keyspace, *queue, found->shards);
    connect(view, &QueueView::subscribeRequested, this, &MainWindow::subscribe);
    connect(view, &QueueView::exportRequested, this, &MainWindow::exportRows);
    connect(view, &QueueView::statusChanged, this, &MainWindow::updateStatus);
    connect(view, &QueueView::lockChanged, this, &MainWindow::updateLock);
    connect(view, &QueueView::actionLogged, this, &MainWindow::reloadActionLog);
    connect(view, &QueueView::currentLineChanged, this, [this, view](qint64 line) {
        if (line >= 0)
            m_inspector->show(view->snapshot(), static_cast<std::uint64_t>(line));
        else
            m_inspector->clear();
    });
    addTab(view, icon(IconName::Queue), keyspace + u'.' + table);
    view->setFocus();
}

int MainWindow::addTab(QWidget* tab, const QIcon& sign, const QString& title)
{
    showWork();
    const int index = m_tabs->addTab(tab, sign, title);
    auto* close = new QToolButton;
    close->setIcon(icon(IconName::Close));
    close->setIconSize(QSize(metrics().smallIcon(), metrics().smallIcon()));
    close->setAutoRaise(true);
    close->setFocusPolicy(Qt::NoFocus);
    close->setAccessibleName(tr("Close %1").arg(title));
    close->setToolTip(tr("Close %1 (Ctrl+W)").arg(title));
    connect(close, &QToolButton::clicked, tab, [this, tab] { closeTab(tab); });
    m_tabs->tabBar()->setTabButton(index, QTabBar::RightSide, close);
    m_tabs->setCurrentIndex(index);
    return index;
}

void MainWindow::chooseCapture()
{
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Open a capture"), {}, tr("Captures (*.vtcap);;All files (*)"));
    if (!path.isEmpty())
        openCapture(path);
}

void MainWindow::openCapture(const QString& path)
{
    m_toOpen << path;
    if (!m_opening.isRunning())
        openNext();
}

void MainWindow::openNext()
{
    if (m_toOpen.isEmpty())
        return;
    const QString path = m_toOpen.takeFirst();
    m_start->setBusy(tr("Opening %1 …").arg(QFileInfo(path).fileName()));
    m_opening.start([file = path.toStdString()](std::stop_token stop) { return Capture::open(file, {}, stop); },
                    [this, path](Result<std::shared_ptr<Capture>> capture) {
                        m_start->setBusy({});
                        if (!capture)
                            showProblem(text(capture.error().message), tr("Nothing was changed in the file."),
                                        text(capture.error().detail));
                        else
                            showCapture(std::move(*capture), path);
                        openNext();
                    });
}

void MainWindow::showCapture(const std::shared_ptr<Capture>& capture, const QString& path)
{
    noteRecentCapture(path);
    CaptureView* view = addCapture(capture, QFileInfo(path).completeBaseName(), tr("captured file, offline"));
    view->setProperty(kPathProperty, path);
    view->emptyState().setFact(path);
}

void MainWindow::showUnnamed(const std::shared_ptr<Capture>& capture, const QString& title)
{
    CaptureView* view = addCapture(capture, title, tr("not saved, gone with this tab"));
    view->setProperty(kSavedMarksProperty, static_cast<qulonglong>(capture->marks().revision()));
}

void MainWindow::tellSource(CaptureView& view, const QString& title, const QString& kind)
{
    const auto readers = view.model().capture()->readers();
    view.setSource(readers.empty() ? title : describe(readers.front()),
                   readers.empty() ? kind : tr("%1 · %2").arg(text(readers.front().connection), kind));
}

CaptureView* MainWindow::addCapture(const std::shared_ptr<Capture>& capture, const QString& title, const QString& kind)
{
    auto* view = new CaptureView(capture);
    tellSource(*view, title, kind);
    view->emptyState().setIcon(IconName::Capture);
    view->emptyState().setSentence(tr("This capture holds no changes"));
    connectView(view);
    addTab(view, icon(IconName::Capture), title);
    view->setFocus();
    return view;
}

// The inspector shows what is current in it.
void MainWindow::connectView(CaptureView* view)
{
    connect(view, &CaptureView::currentLineChanged, this, [this, view](quint64 number, const QString& column) {
        m_inspector->show(view->model().snapshot(), number, view->remarksOf(number), view->hitsOf(number));
        m_inspector->chooseColumn(column.toStdString());
    });
    // Else what a ring dropped would stay on the disk for as long as the inspector shows one of its lines.
    connect(&view->model(), &QAbstractItemModel::rowsRemoved, this, [this, view] {
        if (view == currentCapture())
            m_inspector->renew(view->model().snapshot());
    });
    connect(&view->grid(), &GridView::inspectRequested, this, &MainWindow::toggleInspector);
    connect(view, &CaptureView::problem, this,
            [this](const QString& sentence, const QString& second) { showProblem(sentence, second); });
    connect(view, &CaptureView::formerChanged, this, &MainWindow::updateAll);
    connect(view, &CaptureView::marksChanged, this, [this, view] {
        markTab(*view);
        updateAll();
        if (view == currentCapture())
            view->noteCurrent();
    });
    connect(&view->grid(), &GridView::selectedRowsChanged, this, [this, view] {
        if (view == currentCapture())
            m_actions->saveSelected->setEnabled(view->grid().selectedRowCount() > 0);
    });
    const Actions& a = *m_actions;
    view->grid().setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* line = new QAction(&view->grid());
    line->setSeparator(true);
    auto* other = new QAction(&view->grid());
    other->setSeparator(true);
    view->grid().addActions(
        {a.copy, a.copyAs->menuAction(), line, a.applyValue->menuAction(), a.history, other, a.mark, a.note});
}

void MainWindow::exportRows()
{
    Snapshot snapshot;
    ExportScopes scopes;
    QString name;
    if (CaptureView* view = currentCapture()) {
        snapshot = view->model().snapshot();
        scopes.all = RowSet::range(snapshot.first(), snapshot.count() - snapshot.first());
        scopes.shown = view->shownRows();
        if (view->grid().selectedRowCount() > 0)
            scopes.selected = view->selectedRows();
        if (view->model().capture()->marks().count() > 0)
            scopes.marked = view->markedLines();
        scopes.capture = view->model().capture();
        scopes.masked = view->maskedColumns();
        name = m_tabs->tabText(m_tabs->currentIndex()) +
               QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd"));
    } else if (QueueView* queue = currentQueue()) {
        snapshot = queue->snapshot();
        scopes = queue->exportScopes();
        scopes.masked = maskedColumnsIn(snapshot, KeptMasks::instance().masks());
        name = queue->exportName();
    } else {
        return;
    }
    auto* dialog = new ExportDialog(std::move(snapshot), std::move(scopes), name, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ExportDialog::exportFinished, this, [this](const QString& path, bool isComplete) {
        if (isComplete)
            m_status->showNote(tr("Exported to %1").arg(QFileInfo(path).fileName()));
    });
    dialog->open();
}

void MainWindow::closeCurrentTab()
{
    if (m_tabs->currentWidget())
        closeTab(m_tabs->currentWidget());
}

void MainWindow::closeTab(QWidget* tab)
{
    settle({tab}, [this, tab = QPointer(tab)] {
        if (!tab)
            return;
        const bool hadFocus = tab->isAncestorOf(focusWidget());
        discard(tab);
        // Else Qt would give it to the tool bar, where the next blank stops something.
        if (hadFocus && m_tabs->currentWidget())
            m_tabs->currentWidget()->setFocus();
        else if (hadFocus && m_connection)
            m_navigator->focusFind();
        if (m_tabs->count() == 0)
            m_inspector->clear();
        if (m_tabs->count() == 0 && !m_connection)
            showStart();
        else
            updateAll();
    });
}

} // namespace vtscope
