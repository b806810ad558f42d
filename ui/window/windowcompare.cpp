// What one capture has and another one has not.
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QProgressDialog>
#include <QPushButton>

#include <array>
#include <atomic>

#include "streamcore/select/difference.h"
#include "ui/capture/celltext.h"
#include "ui/stream/streamview.h"
#include "ui/style/banner.h"
#include "ui/style/theme.h"
#include "ui/window/mainwindow.h"

namespace vtscope {

namespace {

constexpr int kMostUnits = 50; // of a name in a button

struct Compared
{
    CaptureLines other;
    Difference difference;
};

QString changes(std::uint64_t count)
{
    return count == 1 ? MainWindow::tr("1 change") : MainWindow::tr("%1 changes").arg(numberText(count));
}

} // namespace

struct MainWindow::Comparison
{
    std::array<CaptureLines, 2> captures; // the second one once it is open
    QString path;                         // of that
    std::array<QString, 2> names;
    KeyOf by = KeyOf::Transaction;
    Difference difference;
};

void MainWindow::compareCapture()
{
    CaptureView* view = currentCapture();
    if (!view)
        return;
    const QString name = titleOf(*view);
    const QString path = QFileDialog::getOpenFileName(this, tr("Compare %1 with").arg(name), {},
                                                      tr("Captures (*.vtcap);;All files (*)"));
    if (path.isEmpty())
        return;
    const auto what = std::make_shared<Comparison>();
    what->captures[0] = wholeOf(view->model().capture());
    what->names = {name, QFileInfo(path).completeBaseName()};
    if (what->names[0] == what->names[1])
        what->names[1] = QDir::toNativeSeparators(path);
    what->path = path;
    compare(what);
}

void MainWindow::compare(const std::shared_ptr<Comparison>& what)
{
    if (m_saving.isRunning())
        return;
    const auto gone = std::make_shared<std::atomic<std::uint64_t>>(0);
    const std::uint64_t lines = what->captures[0].lines.count();
    auto* progress = showProgress(tr("Comparing"), tr("Comparing %1 with %2 …").arg(what->names[0], what->names[1]),
                                  gone, lines + (what->captures[1].capture ? what->captures[1].lines.count() : lines));
    m_saving.start(
        [captures = what->captures, by = what->by, path = what->path.toStdString(),
         gone](const std::stop_token& stop) mutable -> Result<Compared> {
            if (!captures[1].capture) {
                auto opened = Capture::open(path, {}, stop);
                if (!opened)
                    return tl::unexpected(std::move(opened.error()));
                captures[1] = wholeOf(std::move(*opened));
            }
            auto difference = differenceOf(captures[0], captures[1], by, stop, [&](std::uint64_t now) { *gone = now; });
            if (!difference)
                return tl::unexpected(std::move(difference.error()));
            return Compared{std::move(captures[1]), std::move(*difference)};
        },
        [this, progress, what](Result<Compared> compared) {
            endProgress(progress);
            if (!compared) {
                showProblem(tr("The captures were not compared"), text(compared.error().message),
                            text(compared.error().detail));
                return;
            }
            what->captures[1] = std::move(compared->other);
            what->difference = std::move(compared->difference);
            showComparison(what);
        });
}

void MainWindow::showComparison(const std::shared_ptr<Comparison>& what)
{
    const Difference& difference = what->difference;
    const std::uint64_t alone = difference.sides[0].lines.count() + difference.sides[1].lines.count();
    const bool isDamaged = difference.sides[0].damaged + difference.sides[1].damaged > 0;
    QStringList words;
    for (std::size_t i = 0; i < 2; ++i) {
        const Difference::Side& side = difference.sides[i];
        const QString &here = what->names[i], &there = what->names[1 - i];
        if (side.missed > 0)
            words << tr("Of those only in %1, %2 of transactions that %3 has received: it lacks them, or tells them "
                        "otherwise.")
                         .arg(here, side.missed == 1 ? tr("1 is") : tr("%1 are").arg(numberText(side.missed)), there);
        if (side.outside > 0)
            words << tr("Of those only in %1, %2 outside of what %3 recorded.")
                         .arg(here, side.outside == 1 ? tr("1 is") : tr("%1 are").arg(numberText(side.outside)), there);
        if (side.damaged > 0)
            words << tr("%1 of %2 could not be compared: the bytes are not those that were captured.")
                         .arg(changes(side.damaged), here);
    }
    if (what->by == KeyOf::Values)
        words << tr("Compared by table and values, whenever and wherever a change was made.");
    showNotice(isDamaged    ? Banner::Kind::Warning
               : alone == 0 ? Banner::Kind::Ok
                            : Banner::Kind::Info,
               alone == 0 ? tr("%1 and %2 have the same changes: %3")
                                .arg(what->names[0], what->names[1], numberText(difference.shared))
                          : tr("%1 in both, %2 only in %3, %4 only in %5")
                                .arg(changes(difference.shared), numberText(difference.sides[0].lines.count()),
                                     what->names[0], numberText(difference.sides[1].lines.count()), what->names[1]),
               words.join(u' '));
    for (std::size_t i = 0; i < 2; ++i) {
        if (difference.sides[i].lines.count() == 0)
            continue;
        const QString name = fontMetrics()
                                 .elidedText(what->names[i], Qt::ElideMiddle, metrics().space(kMostUnits))
                                 .replace(u'&', QStringLiteral("&&"));
        QPushButton* show = m_notice->addButton(tr("Show Those Only in %1").arg(name));
        connect(
            show, &QPushButton::clicked, this, [this, what, i] { showAlone(what, i); }, Qt::QueuedConnection);
    }
    if (what->by == KeyOf::Values)
        return;
    QPushButton* byValues = m_notice->addButton(tr("Compare by &Values"));
    byValues->setToolTip(tr("A change is the same in tables of the same name with the same values, in whichever "
                            "transaction, shard and keyspace: for two runs, or two branches"));
    connect(
        byValues, &QPushButton::clicked, this,
        [this, what] {
            const auto again = std::make_shared<Comparison>(*what);
            again->by = KeyOf::Values;
            compare(again);
        },
        Qt::QueuedConnection);
}

// In a capture of its own, which is gone with its tab unless it is saved.
void MainWindow::showAlone(const std::shared_ptr<Comparison>& what, std::size_t side)
{
    if (m_saving.isRunning())
        return;
    const QString title = tr("only in %1").arg(what->names[side]);
    CaptureLines lines = what->captures[side];
    lines.lines = what->difference.sides[side].lines;
    const auto gone = std::make_shared<std::atomic<std::uint64_t>>(0);
    auto* progress =
        showProgress(tr("Comparing"), tr("Gathering what is %1 …").arg(title), gone, lines.capture->size());
    m_saving.start(
        [lines = std::move(lines), gone](const std::stop_token& stop) {
            return collectLines({lines}, stop, [&](std::uint64_t bytes) { *gone = bytes; });
        },
        [this, progress, title](Result<Collected> collected) {
            endProgress(progress);
            if (!collected)
                showProblem(text(collected.error().message), {}, text(collected.error().detail));
            else
                showUnnamed(std::move(collected->capture), title);
        });
}

} // namespace vtscope
