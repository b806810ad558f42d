// Connecting, and what opens, fills and closes tabs.
#include <QAction>
#include <QApplication>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>
#include <QTabWidget>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "streamcore/queue/actionlog.h"
#include "ui/capture/celltext.h"
#include "ui/connect/connectdialog.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/output/exportdialog.h"
#include "ui/queue/actionlogview.h"
#include "ui/queue/queueview.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/stream/watchdialog.h"
#include "ui/style/banner.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"
#include "ui/window/mainwindow.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

constexpr std::chrono::minutes kUnlock{15};

// An opened file remembers its path for its tab.
const char* const kPathProperty = "capturePath";
// A live capture that was saved may be closed without asking.
const char* const kSavedProperty = "savedLines";

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
    if (dialog.exec() == QDialog::Accepted) {
        m_isLocalBranch = false;
        onConnected(dialog.connection());
    }
    fillStart();
}

void MainWindow::editConnection(const QString& id)
{
    const SavedConnection* saved = m_store.find(id.toStdString());
    if (!saved)
        return;
    ConnectDialog dialog(m_store, m_secrets, this);
    dialog.edit(*saved);
    if (dialog.exec() == QDialog::Accepted) {
        m_isLocalBranch = false;
        onConnected(dialog.connection());
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
    ConnectDialog dialog(m_store, m_secrets, this);
    if (found)
        dialog.fill(*found);
    if (dialog.exec() == QDialog::Accepted) {
        m_isLocalBranch = false;
        onConnected(dialog.connection());
    }
    fillStart();
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

void MainWindow::watchTable(const QString& keyspace, const QString& table)
{
    if (m_connection)
        watch(defaultRequest(*m_connection, keyspace.toStdString(), table.toStdString()));
}

void MainWindow::chooseWatch(const QString& keyspace, const QString& table)
{
    const Keyspace* found = m_navigator->branch().find(keyspace.toStdString());
    if (!m_connection || !found)
        return;
    WatchDialog dialog(m_connection, *found, defaultRequest(*m_connection, keyspace.toStdString(), table.toStdString()),
                       this);
    if (dialog.exec() == QDialog::Accepted)
        watch(dialog.request());
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

StreamView* MainWindow::addStream(const QString& name)
{
    const QString path = newCapturePath(name);
    auto capture = path.isEmpty() ? Capture::createUnnamed("/tmp") : Capture::create(path.toStdString());
    if (!capture) {
        QMessageBox::warning(this, tr("No capture"), text(capture.error().message));
        return nullptr;
    }
    auto* view = new StreamView(std::make_unique<Session>(m_connection, *capture));
    connect(view, &StreamView::changed, this, [this, view] {
        if (m_tabs->currentWidget() == view)
            updateAll();
    });
    connect(view, &StreamView::optionsRequested, this, &MainWindow::options);
    connect(view, &CaptureView::currentLineChanged, this, [this, view](quint64 number, const QString& column) {
        m_inspector->show(view->model().snapshot(), number);
        m_inspector->chooseColumn(column.toStdString());
    });
    return view;
}

void MainWindow::watch(const WatchRequest& request)
{
    QString name =
        text(request.keyspace) + u'.' +
        (request.tables.size() == 1 ? text(request.tables.front()) : tr("%1 tables").arg(request.tables.size()));
    StreamView* view = addStream(name);
    if (!view)
        return;
    addTab(view, icon(IconName::Table), name);
    view->start(request);
    view->setFocus();
}

void MainWindow::subscribe(const QString& keyspace, const QString& table)
{
    StreamView* view = addStream(keyspace + u'.' + table);
    if (!view)
        return;
    addTab(view, icon(IconName::Connect), tr("%1 (subscribed)").arg(table));
    view->start(SubscribeRequest{keyspace.toStdString(), {}, table.toStdString()});
    logAction({{},
               m_connection->settings().displayName(),
               "subscribe",
               (keyspace + u'.' + table).toStdString(),
               {},
               {},
               "started",
               {},
               true});
}

void MainWindow::openQueue(const QString& keyspace, const QString& table)
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        auto* open = qobject_cast<QueueView*>(m_tabs->widget(i));
        if (open && open->keyspace() == keyspace && text(open->table().name) == table) {
            m_tabs->setCurrentIndex(i);
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
    connect(view, &QueueView::currentLineChanged, this, [this, view](qint64 line) {
        if (line >= 0)
            m_inspector->show(view->snapshot(), static_cast<std::uint64_t>(line));
    });
    addTab(view, icon(IconName::Queue), keyspace + u'.' + table);
    view->grid()->setFocus();
}

int MainWindow::addTab(QWidget* tab, const QIcon& sign, const QString& title)
{
    showWork();
    const int index = m_tabs->addTab(tab, sign, title);
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
    m_start->setBusy(tr("Opening %1 …").arg(QFileInfo(path).fileName()));
    m_opening.start(
        [file = path.toStdString()](std::stop_token stop) { return Capture::open(file, {}, stop); },
        [this, path](Result<std::shared_ptr<Capture>> capture) {
            m_start->setBusy({});
            if (!capture) {
                m_start->showProblem(text(capture.error().message), tr("Nothing was changed in the file."),
                                     text(capture.error().detail));
                if (m_tabs->count() > 0)
                    QMessageBox::warning(this, tr("Not opened"), text(capture.error().message));
                return;
            }
            noteRecentCapture(path);
            auto* view = new CaptureView(*capture);
            view->setProperty(kPathProperty, path);
            const auto readers = (*capture)->readers();
            view->setSource(readers.empty() ? QFileInfo(path).fileName() : describe(readers.front()),
                            readers.empty() ? QString()
                                            : tr("%1 · captured file, offline").arg(text(readers.front().connection)));
            view->emptyState().setIcon(IconName::Capture);
            view->emptyState().setSentence(tr("This capture holds no changes"));
            view->emptyState().setFact(path);
            connect(view, &CaptureView::currentLineChanged, this, [this, view](quint64 number, const QString& column) {
                m_inspector->show(view->model().snapshot(), number);
                m_inspector->chooseColumn(column.toStdString());
            });
            addTab(view, icon(IconName::Capture), QFileInfo(path).completeBaseName());
            view->setFocus();
        });
}

void MainWindow::saveCapture()
{
    CaptureView* view = currentCapture();
    if (!view)
        return;
    const QString suggested = view->property(kPathProperty).toString().isEmpty()
                                  ? m_tabs->tabText(m_tabs->currentIndex()) +
                                        QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd")) +
                                        QStringLiteral(".vtcap")
                                  : view->property(kPathProperty).toString();
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the capture"), suggested, tr("Captures (*.vtcap)"));
    if (path.isEmpty())
        return;
    const auto lines = static_cast<qulonglong>(view->model().capture()->count());
    m_saving.start([capture = view->model().capture(),
                    file = path.toStdString()](std::stop_token) { return capture->saveTo(file); },
                   [this, view = QPointer<CaptureView>(view), path, lines](Result<void> saved) {
                       if (!saved) {
                           QMessageBox::warning(this, tr("Not saved"), text(saved.error().message));
                           return;
                       }
                       noteRecentCapture(path);
                       if (view)
                           view->setProperty(kSavedProperty, lines);
                   });
}

void MainWindow::exportRows()
{
    Snapshot snapshot;
    ExportScopes scopes;
    QString name;
    if (CaptureView* view = currentCapture()) {
        snapshot = view->model().snapshot();
        scopes.all = RowSet::range(0, snapshot.count());
        scopes.shown = view->shownRows();
        if (view->grid().selectedRowCount() > 0)
            scopes.selected = view->selectedRows();
        name = m_tabs->tabText(m_tabs->currentIndex()) +
               QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd"));
    } else if (QueueView* queue = currentQueue()) {
        snapshot = queue->snapshot();
        scopes = queue->exportScopes();
        name = queue->exportName();
    } else {
        return;
    }
    auto* dialog = new ExportDialog(std::move(snapshot), std::move(scopes), name, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::closeCurrentTab()
{
    if (m_tabs->currentIndex() >= 0)
        closeTab(m_tabs->currentIndex());
}

void MainWindow::closeTab(int index)
{
    QWidget* tab = m_tabs->widget(index);
    if (!tab || !maySettle(tab))
        return;
    discard(tab);
    if (m_tabs->count() == 0)
        m_inspector->clear();
    if (m_tabs->count() == 0 && !m_connection)
        showStart();
    else
        updateAll();
}

// Save, discard or stay: asked only for what would be lost.
bool MainWindow::maySettle(QWidget* tab)
{
    auto* stream = qobject_cast<StreamView*>(tab);
    if (!stream)
        return true;
    const auto capture = stream->session().capture();
    if (capture->changes() == 0 || capture->path().empty() ||
        stream->property(kSavedProperty).toULongLong() == capture->count())
        return true;
    m_tabs->setCurrentWidget(tab);
    QMessageBox box(QMessageBox::Question, tr("Keep the capture?"),
                    tr("%1 changes of %2 were captured and not saved.")
                        .arg(QLocale().toString(static_cast<qulonglong>(capture->changes())), stream->title()),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setDefaultButton(QMessageBox::Save);
    switch (box.exec()) {
    case QMessageBox::Discard:
        return true;
    case QMessageBox::Save: {
        const QString path = QFileDialog::getSaveFileName(
            this, tr("Save the capture"), stream->title() + QStringLiteral(".vtcap"), tr("Captures (*.vtcap)"));
        if (path.isEmpty())
            return false;
        stream->session().stop();
        const auto saved = capture->saveTo(path.toStdString());
        if (!saved) {
            QMessageBox::warning(this, tr("Not saved"), text(saved.error().message));
            return false;
        }
        noteRecentCapture(path);
        return true;
    }
    default:
        return false;
    }
}

void MainWindow::discard(QWidget* tab)
{
    QString path;
    if (auto* stream = qobject_cast<StreamView*>(tab))
        path = text(stream->session().capture()->path());
    m_tabs->removeTab(m_tabs->indexOf(tab));
    delete tab;
    if (!path.isEmpty())
        removeCapture(path);
}

void MainWindow::startStop()
{
    StreamView* stream = currentStream();
    if (!stream)
        return;
    if (stream->session().isRunning())
        stream->session().stop();
    else if (stream->session().canContinue())
        stream->session().continueFromHere();
    else
        stream->start(stream->session().request());
    updateAll();
}

void MainWindow::pause()
{
    if (StreamView* stream = currentStream())
        stream->setPaused(!stream->isPaused());
    updateAll();
}

void MainWindow::follow()
{
    if (StreamView* stream = currentStream()) {
        stream->setPaused(false);
        stream->grid().setFollow(true);
    }
    updateAll();
}

void MainWindow::options()
{
    StreamView* stream = currentStream();
    if (!stream)
        return;
    const auto connection = stream->session().connection();
    const WatchRequest& request = stream->session().request();
    const Keyspace* keyspace = connection == m_connection ? m_navigator->branch().find(request.keyspace) : nullptr;
    if (!keyspace)
        return;
    WatchDialog dialog(connection, *keyspace, request, this);
    if (dialog.exec() == QDialog::Accepted)
        watch(dialog.request());
}

void MainWindow::refresh()
{
    if (QueueView* queue = currentQueue())
        queue->refresh();
    m_navigator->refresh();
}

void MainWindow::toggleLock()
{
    Connection* connection = currentConnection();
    if (!connection || !connection->canWrite())
        return;
    if (connection->isUnlocked()) {
        connection->lock();
        updateAll();
        return;
    }
    const bool isProduction = connection->settings().tag == Tag::Production;
    QMessageBox box(
        isProduction ? QMessageBox::Warning : QMessageBox::Question, tr("Allow changes?"),
        tr("%1 is read-only%2. For 15 minutes messages can be acknowledged and subscribed to; every write shows its "
           "plan first and is logged.")
            .arg(text(connection->settings().displayName()), isProduction ? tr(" and tagged production") : QString()),
        QMessageBox::Cancel, this);
    QPushButton* allow = box.addButton(tr("&Allow for 15 Minutes"), QMessageBox::AcceptRole);
    box.setDefaultButton(QMessageBox::Cancel);
    box.exec();
    if (box.clickedButton() == allow)
        connection->unlock(kUnlock);
    updateAll();
}

void MainWindow::showActionLog()
{
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Action log"));
    dialog->resize(metrics().space(220), metrics().space(130));
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins({});
    layout->addWidget(new ActionLogView);
    dialog->show();
}

void MainWindow::showShortcuts()
{
    QString rows;
    for (const QAction* action : actions()) {
        if (!action->shortcut().isEmpty() && !action->text().startsWith(tr("Tab ")))
            rows += QStringLiteral("<tr><td style='padding-right:24px'><b>%1</b></td><td>%2</td></tr>")
                        .arg(action->shortcut().toString(QKeySequence::NativeText).toHtmlEscaped(),
                             QString(action->text()).remove(u'&').toHtmlEscaped());
    }
    rows += tr("<tr><td><b>F</b></td><td>in the list: follow the newest</td></tr><tr><td><b>Space</b></td><td>in a "
               "queue: tick</td></tr>"
               "<tr><td><b>Ctrl+Return</b></td><td>in a queue: acknowledge…</td></tr><tr><td><b>Alt+1…9</b></td><td>go "
               "to a tab</td></tr>"
               "<tr><td><b>Return</b></td><td>in the navigator: watch the table, look into the queue</td></tr>");
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Keyboard shortcuts"));
    dialog->resize(metrics().space(120), metrics().space(160));
    auto* layout = new QVBoxLayout(dialog);
    auto* page = new QTextBrowser;
    page->setAccessibleName(tr("Keyboard shortcuts"));
    page->setHtml(QStringLiteral("<table>%1</table>").arg(rows));
    layout->addWidget(page);
    dialog->show();
}

void MainWindow::showAbout()
{
    QMessageBox::about(this, tr("About vtscope"),
                       tr("<b>vtscope %1</b><br>Watch a Vitess branch change, row by row.<br><br>Sends nothing "
                          "anywhere but to the branches you connect to.")
                           .arg(QLatin1String(VTSCOPE_VERSION)));
}

} // namespace vtscope
