#include "tests/bench/window.h"

#include "app/vtscope/localbranchprocess.h"
#include "streamcore/connection/store.h"
#include "ui/stream/streamview.h"
#include "ui/style/bigbutton.h"
#include "ui/style/theme.h"
#include "ui/window/mainwindow.h"

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <algorithm>
#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr double kFirstRowWanted = 1000;
constexpr double kStopWanted = 100;
constexpr int kPatienceMs = 60'000;

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
    const QTemporaryDir home;
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
        qputenv(variable, home.path().toLocal8Bit());
    ConnectionStore store;
    const auto secrets = SecretStore::inMemory();
    LocalBranchProcess branch;
    MainWindow window(store, *secrets);
    QObject::connect(&window, &MainWindow::localBranchRequested, &branch, &LocalBranchProcess::start);
    QObject::connect(&branch, &LocalBranchProcess::ready, &window, &MainWindow::openLocalBranch);
    window.show();
    QApplication::processEvents();

    Waits waits;
    QElapsedTimer timer;
    timer.start();
    for (BigButton* button : window.findChildren<BigButton*>()) {
        if (button->text() == QLatin1String("Try the local branch"))
            button->click();
    }
    const StreamView* stream = nullptr;
    while (!stream || stream->findChild<CaptureModel*>()->rowCount() == 0) {
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
        stream = window.findChild<StreamView*>();
        if (timer.elapsed() > kPatienceMs)
            throw std::runtime_error("no row of the local branch came");
    }
    waits.firstRow = millisecondsOf(timer);

    timer.start();
    for (QAction* action : window.actions()) {
        if (action->shortcut() == QKeySequence(Qt::CTRL | Qt::Key_E))
            action->trigger();
    }
    waits.stop = millisecondsOf(timer);
    return waits;
}

double medianOf(std::vector<double> values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
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
    return {timeFigure("window.first-row", medianOf(rows), "ms", kFirstRowWanted, "wanted", 1.0),
            timeFigure("window.stop", medianOf(stops), "ms", kStopWanted, "wanted", 1.0)};
}

} // namespace

void addWindow(Suite& suite)
{
    suite.add({{"window.first-row", "window.stop"}, measureWindow});
}

} // namespace vtscope::bench
