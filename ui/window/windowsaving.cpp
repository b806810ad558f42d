// Saving captures, and what is asked before one would be lost.
#include <QDateTime>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QProgressDialog>
#include <QPushButton>
#include <QTabWidget>

#include <atomic>

#include "ui/capture/celltext.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"
#include "ui/window/mainwindow.h"
#include "ui/window/statusline.h"
#include "ui/window/windowstate.h"

namespace vtscope {

namespace {

constexpr int kShowProgressMs = 300;
constexpr int kProgressMs = 100;
constexpr int kPerMille = 1000;
constexpr QStringView kUnsavedSign = u"• ";

// What is asked before the tab goes: what would be lost.
QString questionOf(const CaptureView& view, const Capture& capture, const QString& title)
{
    const auto* stream = qobject_cast<const StreamView*>(&view);
    if (!stream && capture.path().empty())
        return MainWindow::tr("If you discard it, %1 is gone with its marks and notes; the capture that its changes "
                              "were taken from stays as it is.")
            .arg(title);
    if (!stream)
        return MainWindow::tr("If you discard them, marks and notes of %1 are lost; its changes stay in the file.")
            .arg(title);
    const QString saved = QFileInfo(view.property(kSavedPathProperty).toString()).fileName();
    const std::uint64_t lost = capture.changes() - view.property(kSavedChangesProperty).toULongLong();
    const QString count = QLocale().toString(static_cast<qulonglong>(lost));
    if (saved.isEmpty())
        return (lost == 1 ? MainWindow::tr("If you discard it, %1 change of %2, captured since %3 UTC, is deleted.")
                          : MainWindow::tr("If you discard it, %1 changes of %2, captured since %3 UTC, are deleted."))
            .arg(count, title, stream->since().toString(QStringLiteral("HH:mm")));
    if (lost == 0)
        return MainWindow::tr(
                   "An event or a mark came after %1 was saved. If you discard it, it is lost; no change is.")
            .arg(saved);
    return (lost == 1 ? MainWindow::tr("%1 change came after %2 was saved. If you discard it, it is deleted.")
                      : MainWindow::tr("%1 changes came after %2 was saved. If you discard them, they are deleted."))
        .arg(count, saved);
}

// Of a capture that is not streamed: without a file it keeps its marks for itself.
bool hasLosableMarks(CaptureView& view)
{
    const auto capture = view.model().capture();
    return capture->hasUnsavedMarks() ||
           (capture->path().empty() && !qobject_cast<StreamView*>(&view) &&
            view.property(kSavedMarksProperty).toULongLong() != capture->marks().revision());
}

bool isLost(CaptureView& view)
{
    const auto capture = view.model().capture();
    if (!qobject_cast<StreamView*>(&view))
        return hasLosableMarks(view);
    return capture->changes() > 0 && !capture->path().empty() &&
           (view.property(kSavedProperty).toULongLong() != capture->count() ||
            view.property(kSavedMarksProperty).toULongLong() != capture->marks().revision());
}

} // namespace

// A capture is the bytes as they were sent: whoever opens it reads what is masked here.
bool MainWindow::mayHoldMasked(const CaptureView& view)
{
    const QStringList masked = view.maskedColumns();
    if (masked.isEmpty())
        return true;
    QMessageBox box(QMessageBox::Warning, tr("Save masked columns too?"),
                    tr("A capture keeps the bytes as they were sent: everybody who opens it can read %1. An export to "
                       "CSV, NDJSON or SQL leaves masked values out.")
                        .arg(masked.join(QStringLiteral(", "))),
                    QMessageBox::Cancel, this);
    const QPushButton* save = box.addButton(tr("&Save Them Too\u2026"), QMessageBox::AcceptRole);
    box.setDefaultButton(QMessageBox::Cancel);
    box.exec();
    return box.clickedButton() == save;
}

void MainWindow::saveCapture()
{
    CaptureView* view = currentCapture();
    if (view && !currentStream() && view->model().capture()->canSaveMarks())
        saveMarks(*view);
    else if (view && !view->property(kSavedPathProperty).toString().isEmpty())
        saveTo(*view, view->property(kSavedPathProperty).toString());
    else
        saveCaptureAs();
}

void MainWindow::saveCaptureAs()
{
    CaptureView* view = currentCapture();
    if (!view || !mayHoldMasked(*view))
        return;
    QString suggested = view->property(kPathProperty).toString();
    if (suggested.isEmpty())
        suggested = view->property(kSavedPathProperty).toString();
    if (suggested.isEmpty())
        suggested = titleOf(*view) + QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd")) +
                    QStringLiteral(".vtcap");
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the capture"), suggested, tr("Captures (*.vtcap)"));
    if (!path.isEmpty())
        saveTo(*view, path);
}

QProgressDialog* MainWindow::showProgress(const QString& title, const QString& words,
                                          const std::shared_ptr<std::atomic<std::uint64_t>>& gone, std::uint64_t whole)
{
    auto* progress = new QProgressDialog(words, tr("Cancel"), 0, kPerMille, this);
    progress->setWindowTitle(title);
    progress->setWindowModality(Qt::WindowModal);
    progress->setMinimumDuration(kShowProgressMs);
    progress->setAutoReset(false);
    connect(progress, &QProgressDialog::canceled, this, [this, progress] {
        m_saving.cancel();
        progress->deleteLater();
    });
    auto* clock = new QTimer(progress);
    connect(clock, &QTimer::timeout, progress, [progress, gone, whole = std::max<std::uint64_t>(whole, 1)] {
        progress->setValue(static_cast<int>(std::min<std::uint64_t>(*gone * kPerMille / whole, kPerMille)));
    });
    clock->start(kProgressMs);
    return progress;
}

void MainWindow::endProgress(QProgressDialog* progress)
{
    progress->disconnect(this);
    progress->close();
    progress->deleteLater();
}

// Works beside the GUI thread; what the window shows meanwhile can only be canceled. bytes: what there is to go
// through.
void MainWindow::showSaving(const QString& name, std::uint64_t bytes, SaveWork work,
                            std::function<void(const SaveResult&)> done)
{
    if (m_saving.isRunning())
        return;
    const auto gone = std::make_shared<std::atomic<std::uint64_t>>(0);
    auto* progress = showProgress(tr("Saving"), tr("Saving %1 …").arg(name), gone, bytes);
    m_saving.start(
        [work = std::move(work), gone](const std::stop_token& stop) {
            return work(stop, [&](std::uint64_t now) { *gone = now; });
        },
        [this, progress, name, done = std::move(done)](const Result<SaveResult>& saved) {
            endProgress(progress);
            if (!saved) {
                showProblem(tr("%1 was not saved").arg(name), text(saved.error().message), text(saved.error().detail));
                return;
            }
            m_notice->hide();
            if (saved->damaged > 0 || saved->lost > 0)
                showProblem(tr("%1 is not complete").arg(name),
                            tr("%1 messages are damaged and were left out; %2 changes and events are lost with them.")
                                .arg(saved->damaged)
                                .arg(saved->lost));
            done(*saved);
        });
}

void MainWindow::saveTo(CaptureView& view, const QString& path, std::function<void()> then)
{
    const auto capture = view.model().capture();
    const auto lines = static_cast<qulonglong>(capture->count());
    const auto changes = static_cast<qulonglong>(capture->changes());
    const auto marks = static_cast<qulonglong>(capture->marks().revision());
    const QString name = QFileInfo(path).fileName();
    showSaving(
        name, capture->size(),
        [capture, file = path.toStdString()](const std::stop_token& stop,
                                             const std::function<void(std::uint64_t)>& told) {
            return vtscope::saveCapture(capture, file, stop, told);
        },
        [this, view = QPointer(&view), path, name, lines, changes, marks, then = std::move(then)](const SaveResult&) {
            noteRecentCapture(path);
            m_status->showNote(tr("Saved %1").arg(name));
            if (view) {
                view->setProperty(kSavedProperty, lines);
                view->setProperty(kSavedChangesProperty, changes);
                view->setProperty(kSavedMarksProperty, marks);
                view->setProperty(kSavedPathProperty, path);
                if (view->model().capture()->path().empty() && !qobject_cast<StreamView*>(view))
                    tellSource(*view, name, tr("saved as %1").arg(name));
                view->model().capture()->noteMarksSaved(marks);
                markTab(*view);
            }
            if (then)
                then();
        });
}

void MainWindow::saveMarks(CaptureView& view, std::function<void()> then)
{
    const auto capture = view.model().capture();
    const QString name = QFileInfo(text(capture->path())).fileName();
    showSaving(
        name, capture->size(),
        [capture](const std::stop_token&, const std::function<void(std::uint64_t)>&) -> Result<SaveResult> {
            if (auto saved = capture->saveMarks(); !saved)
                return tl::unexpected(saved.error());
            return SaveResult();
        },
        [this, view = QPointer(&view), name, then = std::move(then)](const SaveResult&) {
            m_status->showNote(tr("Saved the marks of %1").arg(name));
            if (view)
                markTab(*view);
            if (then)
                then();
        });
}

void MainWindow::saveLinesAs(CaptureView& view, const RowSet& lines)
{
    if (!mayHoldMasked(view))
        return;
    const QString suggested = titleOf(view) +
                              QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd-HHmm")) +
                              QStringLiteral(".vtcap");
    const QLocale locale;
    const QString path = QFileDialog::getSaveFileName(
        this,
        lines.count() == 1
            ? tr("Save 1 change as a capture")
            : tr("Save %1 changes as a capture").arg(locale.toString(static_cast<qulonglong>(lines.count()))),
        suggested, tr("Captures (*.vtcap)"));
    if (path.isEmpty())
        return;
    const auto capture = view.model().capture();
    showSaving(
        QFileInfo(path).fileName(), capture->size(),
        [source = CaptureLines{capture, view.model().snapshot(), lines},
         file = path.toStdString()](const std::stop_token& stop, const std::function<void(std::uint64_t)>& told) {
            return vtscope::saveLines({source}, file, stop, told);
        },
        [this, path, locale](const SaveResult& saved) {
            noteRecentCapture(path);
            m_status->showNote(
                tr("Saved %1 changes and events in %2. The rest of their messages lies in it too, hidden.")
                    .arg(locale.toString(static_cast<qulonglong>(saved.lines)), QFileInfo(path).fileName()));
        });
}

void MainWindow::mergeCaptures()
{
    CaptureView* view = currentCapture();
    if (view && !mayHoldMasked(*view))
        return;
    const QString filter = tr("Captures (*.vtcap)");
    const QString tab = view ? titleOf(*view) : QString();
    QStringList files = QFileDialog::getOpenFileNames(
        this, view ? tr("Merge %1 with these captures").arg(tab) : tr("Merge these captures"), {}, filter);
    if (files.isEmpty())
        return;
    if (view)
        files.removeAll(view->property(kPathProperty).toString());
    files.removeDuplicates();
    if (files.size() + (view ? 1 : 0) < 2) {
        showProblem(tr("One capture alone cannot be merged"),
                    view ? tr("Choose another one than %1.").arg(tab)
                         : tr("Choose two or more, or open one first and merge it with others."),
                    {});
        return;
    }
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save the merged capture"),
        QDateTime::currentDateTimeUtc().toString(QStringLiteral("'merged'-yyyy-MM-dd-HHmm'.vtcap'")), filter);
    if (path.isEmpty())
        return;
    const auto shown = view ? view->model().capture() : nullptr;
    std::uint64_t bytes = shown ? shown->size() : 0;
    for (const QString& file : std::as_const(files))
        bytes += static_cast<std::uint64_t>(QFileInfo(file).size());
    const QString name = QFileInfo(path).fileName();
    const qsizetype count = files.size() + (view ? 1 : 0);
    showSaving(
        name, bytes,
        [shown, files, file = path.toStdString()](
            const std::stop_token& stop, const std::function<void(std::uint64_t)>& told) -> Result<SaveResult> {
            std::vector<CaptureLines> sources;
            if (shown)
                sources.push_back(wholeOf(shown));
            for (const QString& one : files) {
                auto opened = Capture::open(one.toStdString(), {}, stop);
                if (!opened)
                    return failure(opened.error().kind, one.toStdString() + ": " + opened.error().message);
                sources.push_back(wholeOf(std::move(*opened)));
            }
            return vtscope::saveLines(sources, file, stop, told);
        },
        [this, path, name, count](const SaveResult& saved) {
            const QLocale locale;
            QString words = tr("Merged %1 captures into %2.").arg(locale.toString(count), name);
            if (saved.shared > 0)
                words += u' ' + tr("%1 changes were in several, and are there once.")
                                    .arg(locale.toString(static_cast<qulonglong>(saved.shared)));
            m_status->showNote(words);
            openCapture(path);
        });
}

// A dot before the name while marks of an opened file are not saved.
void MainWindow::markTab(CaptureView& view)
{
    const int tab = m_tabs->indexOf(&view);
    if (tab < 0)
        return;
    const QString name = titleOf(view);
    m_tabs->setTabText(tab, hasLosableMarks(view) ? kUnsavedSign.toString() + name : name);
}

// Without that dot.
QString MainWindow::titleOf(const QWidget& tab) const
{
    return m_tabs->tabText(m_tabs->indexOf(&tab)).remove(kUnsavedSign.toString());
}

void MainWindow::settle(const QList<QWidget*>& tabs, std::function<void()> then)
{
    QList<QPointer<CaptureView>> lost;
    QStringList questions;
    for (QWidget* tab : tabs) {
        auto* view = qobject_cast<CaptureView*>(tab);
        if (!view || !isLost(*view))
            continue;
        lost << view;
        const auto* stream = qobject_cast<StreamView*>(view);
        questions << questionOf(*view, *view->model().capture(), stream ? stream->title() : titleOf(*view));
    }
    if (lost.isEmpty()) {
        then();
        return;
    }
    const bool isOne = lost.size() == 1;
    if (isOne)
        m_tabs->setCurrentWidget(lost.front());
    QMessageBox box(
        QMessageBox::Question, isOne ? tr("Keep the capture?") : tr("Keep the captures?"), questions.join(u'\n'),
        (isOne ? QMessageBox::Save : QMessageBox::SaveAll) | QMessageBox::Discard | QMessageBox::Cancel, this);
    box.setDefaultButton(isOne ? QMessageBox::Save : QMessageBox::SaveAll);
    box.defaultButton()->setText(isOne ? tr("&Save\u2026") : tr("&Save All\u2026"));
    box.button(QMessageBox::Discard)->setText(isOne ? tr("&Discard") : tr("&Discard All"));
    const int answer = box.exec();
    if (answer == QMessageBox::Discard)
        then();
    else if (answer == QMessageBox::Save || answer == QMessageBox::SaveAll)
        keepEach(std::move(lost), std::move(then));
}

void MainWindow::keepEach(QList<QPointer<CaptureView>> views, std::function<void()> then)
{
    if (views.isEmpty()) {
        then();
        return;
    }
    const QPointer<CaptureView> view = views.takeFirst();
    if (!view) {
        keepEach(std::move(views), std::move(then));
        return;
    }
    m_tabs->setCurrentWidget(view);
    const auto next = [this, views = std::move(views), then = std::move(then)] { keepEach(views, then); };
    auto* stream = qobject_cast<StreamView*>(view.data());
    if (!stream && view->model().capture()->canSaveMarks()) {
        saveMarks(*view, next);
        return;
    }
    QString suggested = view->property(kSavedPathProperty).toString();
    if (suggested.isEmpty())
        suggested = view->property(kPathProperty).toString();
    if (suggested.isEmpty())
        suggested = (stream ? stream->title() : titleOf(*view)) + QStringLiteral(".vtcap");
    if (!mayHoldMasked(*view))
        return;
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the capture"), suggested, tr("Captures (*.vtcap)"));
    if (path.isEmpty())
        return;
    if (stream)
        stream->session().stop();
    saveTo(*view, path, next);
}

QList<QWidget*> MainWindow::openTabs() const
{
    QList<QWidget*> tabs;
    for (int i = 0; i < m_tabs->count(); ++i)
        tabs << m_tabs->widget(i);
    return tabs;
}

// Without its file: what was to be kept is saved elsewhere.
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

} // namespace vtscope
