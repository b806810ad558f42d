// The work of the export dialog: it runs on another thread, is told of while it does, and says how it ended.
#include "ui/output/exportdialog.h"

#include "streamcore/capture/ledger.h"
#include "ui/capture/celltext.h"
#include "ui/output/formatform.h"
#include "ui/style/banner.h"
#include "ui/style/elidedlabel.h"

#include <QCloseEvent>
#include <QDesktopServices>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QUrl>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kBarSteps = 1000;
constexpr qint64 kTellTimeAfterMs = 1000;

QString timeText(double seconds)
{
    constexpr double kLongSeconds = 100;
    return seconds < kLongSeconds
               ? ExportDialog::tr("%1 s").arg(QLocale().toString(static_cast<qlonglong>(seconds + 1)))
               : ExportDialog::tr("%1 min").arg(QLocale().toString(static_cast<qlonglong>(seconds / 60 + 1)));
}

} // namespace

void ExportDialog::showProgress()
{
    if (!isWorking())
        return;
    const std::uint64_t whole = std::max<std::uint64_t>(1, m_progress->whole);
    const std::uint64_t done = m_progress->done;
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(whole));
    m_bar->setRange(0, kBarSteps);
    m_bar->setValue(static_cast<int>(share * kBarSteps));
    QString line = isCapture()
                       ? tr("%1 of %2").arg(sizeText(std::min(done, whole)), sizeText(whole))
                       : tr("%1 of %2 · %3").arg(numberText(done), numberText(whole), sizeText(m_progress->bytes));
    if (done > 0 && m_clock.elapsed() > kTellTimeAfterMs) {
        const double left = static_cast<double>(m_clock.elapsed()) / 1000 * (1 - share) / share;
        line += tr(" · about %1 left").arg(timeText(left));
    }
    m_summary->setText(line);
}

// Runs on another thread, without the dialog.
std::function<Result<Written>(std::stop_token)> ExportDialog::workFor(const QString& file) const
{
    if (isCapture()) {
        return
            [capture = m_scopes.capture, snapshot = m_snapshot, rows = rowsOf(scope()), isWhole = scope() == Scope::All,
             path = file.toStdString(), progress = m_progress, stop = m_stop.get_token()](std::stop_token) {
                return writeCapture(capture, snapshot, rows, isWhole, path, stop,
                                    [&](std::uint64_t bytes) { progress->done = bytes; });
            };
    }
    return [capture = m_scopes.capture, snapshot = m_snapshot, rows = rowsOf(scope()), format = format(),
            options = options(), path = file.toStdString(), progress = m_progress,
            stop = m_stop.get_token()](std::stop_token) mutable -> Result<Written> {
        if (capture)
            options.remarks = gapLines(ledgerOf(*capture));
        const auto result = exportChanges(
            snapshot, rows, format, options, path,
            [&](const ExportProgress& now) {
                progress->done = now.done;
                progress->bytes = now.bytes;
            },
            stop);
        if (!result)
            return tl::unexpected(result.error());
        return Written{*result, 0};
    };
}

void ExportDialog::cancel()
{
    if (!isWorking())
        return;
    m_isCanceling = true;
    m_stop.request_stop();
    updateFoot();
}

void ExportDialog::showResult(const QString& path, const Result<Written>& written)
{
    const Result<ExportResult> result = written.map([](const Written& done) { return done.result; });
    m_pace.stop();
    m_isCanceling = false;
    m_isDone = result.has_value();
    m_target.reset();
    m_targetPace.start();
    m_banner->clearButtons();
    const QString file = QDir::toNativeSeparators(path);
    if (result) {
        m_banner->setKind(Banner::Kind::Ok);
        m_banner->setSentence(
            tr("%1 %2 exported, %3.").arg(numberText(result->changes), noun(result->changes), sizeText(result->bytes)));
        QString second = file;
        if (result->faults > 0)
            second += (isSql(format()) ? tr(". Changes that could not be decoded: %1")
                                       : tr(". Changes that could not be decoded went out as hex: %1"))
                          .arg(numberText(result->faults));
        if (result->refused > 0) {
            m_banner->setKind(Banner::Kind::Warning);
            second += tr(". There is no exact SQL for %1 of these; a comment in the file says why")
                          .arg(numberText(result->refused));
        }
        if (isCapture() && (result->damaged > 0 || written->lost > 0)) {
            m_banner->setKind(Banner::Kind::Warning);
            second += tr(". The capture is damaged: %1 messages were left out, and %2 changes and events with them")
                          .arg(numberText(result->damaged), numberText(written->lost));
        } else if (result->damaged > 0) {
            m_banner->setKind(Banner::Kind::Warning);
            second += tr(". The capture is damaged: %1 of these come from messages whose bytes are not those that were "
                         "captured")
                          .arg(numberText(result->damaged));
        }
        m_banner->setSecond(second);
        m_banner->setDetails({});
    } else {
        const bool isCanceled = result.error().kind == ErrorKind::Canceled;
        m_banner->setKind(isCanceled ? Banner::Kind::Info : Banner::Kind::Error);
        m_banner->setSentence(text(result.error().message));
        m_banner->setSecond(isCanceled ? QString() : tr("Nothing was left behind. Choose another file, or try again."));
        m_banner->setDetails(text(result.error().detail));
    }
    m_banner->setVisible(true);
    updateFoot();
    Q_EMIT exportFinished(path, result.has_value(), m_banner->sentence());
    if (isVisible()) {
        (m_isDone ? m_cancel : m_start)->setFocus();
        return;
    }
    // Hidden: what went well needs no look, what failed does.
    if (result || result.error().kind == ErrorKind::Canceled)
        accept();
    else
        show();
}

void ExportDialog::openFolder()
{
    QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path()).absolutePath()));
}

void ExportDialog::closeEvent(QCloseEvent* event)
{
    if (isWorking()) {
        // Accepting would delete it, and the work with it.
        hide();
        event->ignore();
        return;
    }
    QDialog::closeEvent(event);
}

void ExportDialog::reject()
{
    if (isWorking())
        hide();
    else
        QDialog::reject();
}

} // namespace vtscope
