#include "tests/bench/window.h"

#include "app/vtscope/localbranchprocess.h"
#include "tests/bench/desk.h"
#include "ui/stream/streamview.h"
#include "ui/style/bigbutton.h"
#include "ui/style/theme.h"

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>

namespace vtscope::bench {
namespace {

constexpr double kFirstRowWanted = 1000;
constexpr double kStopWanted = 100;

struct Waits
{
    double firstRow = 0;
    double stop = 0;
};

double millisecondsOf(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

// Once, for a user without a past.
Waits useOnce()
{
    Desk desk;
    MainWindow& window = desk.window();
    LocalBranchProcess branch;
    QObject::connect(&window, &MainWindow::localBranchRequested, &branch, &LocalBranchProcess::start);
    QObject::connect(&branch, &LocalBranchProcess::ready, &window, &MainWindow::openLocalBranch);

    Waits waits;
    QElapsedTimer timer;
    timer.start();
    for (BigButton* button : window.findChildren<BigButton*>()) {
        if (button->text() == QLatin1String("Try the local branch"))
            button->click();
    }
    waitUntil("the first row of the local branch", [&] {
        auto* stream = window.findChild<StreamView*>();
        return stream && stream->model().rowCount() > 0;
    });
    waits.firstRow = millisecondsOf(timer);

    timer.start();
    for (QAction* action : window.actions()) {
        if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_E))
            action->trigger();
    }
    waits.stop = millisecondsOf(timer);
    return waits;
}

std::vector<Figure> measureWindow()
{
    Theme::instance().install(Theme::Choice::Light);
    std::vector<double> rows, stops;
    for (int round = 0; round <= roundCount(); ++round) {
        const Waits waits = useOnce();
        if (round == 0)
            continue;
        rows.push_back(waits.firstRow);
        stops.push_back(waits.stop);
    }
    return {wantedFigure("window.first-row", median(rows), "ms", kFirstRowWanted),
            wantedFigure("window.stop", median(stops), "ms", kStopWanted)};
}

} // namespace

void addWindow(Suite& suite)
{
    suite.add({{"window.first-row", "window.stop"}, measureWindow});
}

} // namespace vtscope::bench
