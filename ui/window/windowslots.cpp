// What the actions of the window do.
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/capture/celltext.h"
#include "ui/grid/gridview.h"
#include "ui/inspector/inspector.h"
#include "ui/navigator/navigator.h"
#include "ui/queue/actionlogview.h"
#include "ui/queue/queueview.h"
#include "ui/start/startpage.h"
#include "ui/stream/streamview.h"
#include "ui/stream/watchdialog.h"
#include "ui/style/banner.h"
#include "ui/style/theme.h"
#include "ui/window/gotodialog.h"
#include "ui/window/ledgerdialog.h"
#include "ui/window/mainwindow.h"
#include "ui/window/statusline.h"

namespace vtscope {

namespace {

constexpr std::chrono::minutes kUnlock{15};

// Where Tab stops, in the order of reading: line by line, from left to right.
QList<QWidget*> stopsIn(const QWidget& pane)
{
    struct Stop
    {
        QWidget* widget;
        QRect place;
    };
    QList<Stop> found;
    for (QWidget* widget : pane.findChildren<QWidget*>()) {
        if ((widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy() && widget->isVisible() &&
            widget->isEnabled())
            found << Stop{widget, QRect(widget->mapTo(&pane, QPoint()), widget->size())};
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Stop& a, const Stop& b) { return a.place.top() < b.place.top(); });
    QList<QWidget*> stops;
    for (auto line = found.begin(); line != found.end();) {
        const auto end =
            std::find_if(line, found.end(), [&](const Stop& stop) { return stop.place.top() > line->place.bottom(); });
        std::stable_sort(line, end, [](const Stop& a, const Stop& b) { return a.place.left() < b.place.left(); });
        for (; line != end; ++line)
            stops << line->widget;
    }
    return stops;
}

} // namespace

// Qt goes by the order in which the parts were made, and jumps over what stands before a focus proxy.
bool MainWindow::focusNextPrevChild(bool isNext)
{
    if (m_pages->currentWidget() == m_start)
        return QMainWindow::focusNextPrevChild(isNext);
    QList<QWidget*> stops;
    for (const QWidget* pane : std::initializer_list<QWidget*>{m_toolBar, m_notice, m_navigator, m_middle, m_inspector})
        stops += stopsIn(*pane);
    if (stops.isEmpty())
        return false;
    const qsizetype at = stops.indexOf(QApplication::focusWidget());
    const qsizetype last = stops.size() - 1;
    const qsizetype to = isNext ? (at == last ? 0 : at + 1) : (at <= 0 ? last : at - 1);
    stops[to]->setFocus(isNext ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return true;
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

void MainWindow::goToChange()
{
    CaptureView* view = currentCapture();
    if (!view || view->grid().shownRows() == 0)
        return;
    GoToDialog dialog(view->model().snapshot().count(), this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    // Behind a filter: the first that is shown from there on.
    const int row = view->model().isSorted() ? view->model().rowOf(dialog.number() - 1)
                                             : view->model().rowFrom(dialog.number() - 1);
    if (row < 0)
        return;
    view->grid().goToRow(std::min(row, view->grid().shownRows() - 1));
    view->grid().setFocus();
}

void MainWindow::goToFirst()
{
    if (GridView* grid = currentGrid())
        grid->goToRow(0);
}

// The last row of a stream is where it follows.
void MainWindow::goToLast()
{
    GridView* grid = currentGrid();
    if (!grid)
        return;
    grid->goToRow(grid->shownRows() - 1);
    if (currentStream())
        follow();
}

void MainWindow::step(int by)
{
    GridView* grid = currentGrid();
    if (!grid || grid->shownRows() == 0)
        return;
    const int from = grid->currentRow() >= 0 ? grid->currentRow() + by : by > 0 ? 0 : grid->shownRows() - 1;
    grid->goToRow(std::clamp(from, 0, grid->shownRows() - 1));
}

// Around navigator, tab and inspector, past those that show nothing.
void MainWindow::nextPane(int by)
{
    const QList<QWidget*> panes{m_navigator, m_tabs->currentWidget(), m_inspector};
    const QWidget* focused = QApplication::focusWidget();
    qsizetype at = by > 0 ? panes.size() - 1 : 0;
    for (qsizetype i = 0; i < panes.size(); ++i) {
        if (panes[i] && panes[i]->isAncestorOf(focused))
            at = i;
    }
    for (qsizetype tried = 0; tried < panes.size(); ++tried) {
        at = (at + by + panes.size()) % panes.size();
        QWidget* target = panes[at];
        while (target && target->focusProxy())
            target = target->focusProxy();
        if (target && target->isVisible()) {
            target->setFocus(Qt::TabFocusReason);
            setAttribute(Qt::WA_KeyboardFocusChange); // styles show the focus only then
            return;
        }
    }
}

// What may be watched where this stream is from; null, and said so, when that is another connection.
const Keyspace* MainWindow::keyspaceOf(StreamView& stream)
{
    const auto connection = stream.session().connection();
    if (connection == m_connection)
        return m_navigator->branch().find(stream.session().request().keyspace);
    showProblem(tr("This stream belongs to another connection"),
                tr("Connect to %1 to change what is watched there.").arg(text(connection->settings().displayName())));
    return nullptr;
}

void MainWindow::options()
{
    StreamView* stream = currentStream();
    const Keyspace* keyspace = stream ? keyspaceOf(*stream) : nullptr;
    if (!keyspace)
        return;
    const Session& session = stream->session();
    WatchDialog dialog(m_connection, *keyspace, session.request(), session.capture()->ring(), this);
    if (dialog.exec() == QDialog::Accepted)
        watch(dialog.request(), dialog.ring());
}

// Into the same capture, where the ledger says what lies between.
void MainWindow::restart(StreamView& stream, WatchRequest::Start start)
{
    const Keyspace* keyspace = keyspaceOf(stream);
    if (!keyspace)
        return;
    const auto capture = stream.session().capture();
    WatchRequest request = stream.session().request();
    request.start = start;
    request.position.clear();
    WatchDialog dialog(m_connection, *keyspace, request, capture->ring(), this);
    if (dialog.exec() != QDialog::Accepted)
        return;
    if (const auto set = capture->setRing(dialog.ring()); !set)
        return showProblem(text(set.error().message), tr("The stream was not started."));
    stream.setRowsToCopy(rowsToCopy(dialog.request()));
    stream.start(dialog.request());
    stream.grid().setFollow(true);
}

void MainWindow::refresh()
{
    if (QueueView* queue = currentQueue())
        queue->refresh();
    m_navigator->refresh();
}

// The last safe one.
void MainWindow::copyPosition(PositionForm form)
{
    StreamView* stream = currentStream();
    const QString position = stream ? stream->safePosition(form) : QString();
    if (!position.isEmpty())
        QApplication::clipboard()->setText(position);
    m_status->showNote(position.isEmpty() ? tr("No position has come yet") : tr("Position copied"));
}

void MainWindow::savePosition()
{
    StreamView* stream = currentStream();
    const auto cursor = stream ? stream->cursorFile() : std::nullopt;
    if (!cursor)
        return m_status->showNote(tr("No position has come yet"));
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the position"), stream->title() + QStringLiteral(".cursor"),
                                     tr("Cursor files (*.cursor);;All files (*)"));
    if (path.isEmpty())
        return;
    if (const auto written = cursor->write(path.toStdString()); !written)
        return showProblem(text(written.error().message), tr("The position was not saved."));
    m_status->showNote(tr("Saved %1").arg(QFileInfo(path).fileName()));
}

void MainWindow::showLedger()
{
    CaptureView* view = currentCapture();
    if (!view)
        return;
    const auto capture = view->model().capture();
    for (auto* open : findChildren<LedgerDialog*>()) {
        if (open->isOf(capture)) {
            open->raise();
            open->activateWindow();
            return;
        }
    }
    auto* dialog = new LedgerDialog(capture, m_tabs->tabText(m_tabs->currentIndex()), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
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
    if (m_actionLog) {
        m_actionLog->window()->raise();
        m_actionLog->window()->activateWindow();
        return;
    }
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Action log"));
    dialog->resize(metrics().space(220), metrics().space(130));
    auto* layout = new QVBoxLayout(dialog);
    layout->setContentsMargins({});
    m_actionLog = new ActionLogView;
    layout->addWidget(m_actionLog);
    dialog->show();
}

void MainWindow::reloadActionLog()
{
    if (m_actionLog)
        m_actionLog->reload();
}

void MainWindow::showShortcuts()
{
    QString rows;
    const auto add = [&rows](const QString& keys, const QString& words) {
        rows += QStringLiteral("<tr><td style='padding-right:24px'><b>%1</b></td><td>%2</td></tr>")
                    .arg(keys.toHtmlEscaped(), words.toHtmlEscaped());
    };
    for (const QAction* action : actions()) {
        const QList<QKeySequence> keys = action->shortcuts();
        if (!keys.isEmpty() && !action->data().toBool())
            add(QKeySequence::listToString(keys, QKeySequence::NativeText).replace(QStringLiteral("; "), tr(" or ")),
                QString(action->text()).section(u'\t', 0, 0).remove(u'&'));
    }
    add(tr("Alt+1…9"), tr("Go to a tab"));
    add(tr("F"), tr("In the list: follow the newest"));
    add(tr("P"), tr("In the list: pause its picture"));
    add(tr("H"), tr("In the list: every change of this row"));
    add(tr("M"), tr("In the list: mark the selected changes"));
    add(tr("] or ["), tr("In the list: next or previous mark"));
    add(tr("Down or Ctrl+Space"), tr("In the filter: what may come next, or the saved filters and those of before"));
    add(tr("Left or Right"), tr("In the terms of the filter: to another"));
    add(tr("Space"), tr("In the terms of the filter: off or on"));
    add(tr("Delete"), tr("In the terms of the filter: remove it"));
    add(tr("Space"), tr("In the list: show or hide the inspector"));
    add(tr("Space"), tr("In a queue: tick"));
    add(tr("Shift+F10"), tr("The menu of what has the focus"));
    add(tr("Return"), tr("In the navigator: watch the table, look into the queue"));
    auto* dialog = new QDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Keyboard shortcuts"));
    dialog->resize(metrics().space(120), metrics().space(180));
    auto* layout = new QVBoxLayout(dialog);
    auto* page = new QTextBrowser;
    page->setAccessibleName(tr("Keyboard shortcuts"));
    page->setHtml(QStringLiteral("<table cellpadding='2'>%1</table>").arg(rows));
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
