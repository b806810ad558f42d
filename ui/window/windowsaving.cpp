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

// What is asked before the tab goes.
QString questionOf(const StreamView& stream, std::uint64_t changes)
{
    const QString saved = QFileInfo(stream.property(kSavedPathProperty).toString()).fileName();
    const std::uint64_t lost = changes - stream.property(kSavedChangesProperty).toULongLong();
    const QString count = QLocale().toString(static_cast<qulonglong>(lost));
    if (saved.isEmpty())
        return (lost == 1 ? MainWindow::tr("%1 change of %2 was captured and not saved.")
                          : MainWindow::tr("%1 changes of %2 were captured and not saved."))
            .arg(count, stream.title());
    if (lost == 0)
        return MainWindow::tr("No change, but an event came after %1 was saved.").arg(saved);
    return (lost == 1 ? MainWindow::tr("%1 change came after %2 was saved.")
                      : MainWindow::tr("%1 changes came after %2 was saved."))
        .arg(count, saved);
}

bool isLost(StreamView& stream)
{
    const auto capture = stream.session().capture();
    return capture->changes() > 0 && !capture->path().empty() &&
           stream.property(kSavedProperty).toULongLong() != capture->count();
}

} // namespace

void MainWindow::saveCapture()
{
    CaptureView* view = currentCapture();
    if (!view)
        return;
    QString suggested = view->property(kPathProperty).toString();
    if (suggested.isEmpty())
        suggested = view->property(kSavedPathProperty).toString();
    if (suggested.isEmpty())
        suggested = m_tabs->tabText(m_tabs->currentIndex()) +
                    QDateTime::currentDateTimeUtc().toString(QStringLiteral("-yyyy-MM-dd")) + QStringLiteral(".vtcap");
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the capture"), suggested, tr("Captures (*.vtcap)"));
    if (!path.isEmpty())
        saveTo(*view, path);
}

// Copies beside the GUI thread; what the window shows meanwhile can only be canceled.
void MainWindow::saveTo(CaptureView& view, const QString& path, std::function<void()> then)
{
    if (m_saving.isRunning())
        return;
    const auto capture = view.model().capture();
    const QString name = QFileInfo(path).fileName();
    auto* progress = new QProgressDialog(tr("Saving %1 …").arg(name), tr("Cancel"), 0, kPerMille, this);
    progress->setWindowTitle(tr("Saving"));
    progress->setWindowModality(Qt::WindowModal);
    progress->setMinimumDuration(kShowProgressMs);
    progress->setAutoReset(false);
    connect(progress, &QProgressDialog::canceled, this, [this, progress] {
        m_saving.cancel();
        progress->deleteLater();
    });
    const auto copied = std::make_shared<std::atomic<std::uint64_t>>(0);
    auto* clock = new QTimer(progress);
    connect(clock, &QTimer::timeout, progress, [progress, copied, size = std::max<std::uint64_t>(capture->size(), 1)] {
        progress->setValue(static_cast<int>(std::min<std::uint64_t>(*copied * kPerMille / size, kPerMille)));
    });
    clock->start(kProgressMs);

    const auto lines = static_cast<qulonglong>(capture->count());
    const auto changes = static_cast<qulonglong>(capture->changes());
    m_saving.start(
        [capture, copied, file = path.toStdString()](const std::stop_token& stop) {
            return capture->saveTo(file, stop, [&](std::uint64_t bytes) { *copied = bytes; });
        },
        [this, progress, view = QPointer(&view), path, name, lines, changes,
         then = std::move(then)](const Result<void>& saved) {
            progress->disconnect(this);
            progress->close();
            progress->deleteLater();
            if (!saved) {
                showProblem(tr("%1 was not saved").arg(name), text(saved.error().message), text(saved.error().detail));
                return;
            }
            m_notice->hide();
            noteRecentCapture(path);
            m_status->showNote(tr("Saved %1").arg(name));
            if (view) {
                view->setProperty(kSavedProperty, lines);
                view->setProperty(kSavedChangesProperty, changes);
                view->setProperty(kSavedPathProperty, path);
            }
            if (then)
                then();
        });
}

void MainWindow::settle(const QList<QWidget*>& tabs, std::function<void()> then)
{
    QList<QPointer<StreamView>> lost;
    QStringList questions;
    for (QWidget* tab : tabs) {
        auto* stream = qobject_cast<StreamView*>(tab);
        if (!stream || !isLost(*stream))
            continue;
        lost << stream;
        questions << questionOf(*stream, stream->session().capture()->changes());
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
    else if (answer != QMessageBox::Cancel)
        keepEach(std::move(lost), std::move(then));
}

void MainWindow::keepEach(QList<QPointer<StreamView>> streams, std::function<void()> then)
{
    if (streams.isEmpty()) {
        then();
        return;
    }
    const QPointer<StreamView> stream = streams.takeFirst();
    if (!stream) {
        keepEach(std::move(streams), std::move(then));
        return;
    }
    m_tabs->setCurrentWidget(stream);
    QString suggested = stream->property(kSavedPathProperty).toString();
    if (suggested.isEmpty())
        suggested = stream->title() + QStringLiteral(".vtcap");
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Save the capture"), suggested, tr("Captures (*.vtcap)"));
    if (path.isEmpty())
        return;
    stream->session().stop();
    saveTo(*stream, path, [this, streams = std::move(streams), then = std::move(then)] { keepEach(streams, then); });
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
