#include "tests/bench/desk.h"

#include "ui/grid/gridview.h"
#include "ui/stream/captureview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEvent>
#include <QTimer>

#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr int kPatienceMs = 60'000;

// Whether a widget was painted since it was asked last.
class PaintWatch : public QObject
{
public:
    explicit PaintWatch(QWidget* watched) { watched->installEventFilter(this); }
    bool takePainted() { return std::exchange(m_isPainted, false); }

private:
    bool eventFilter(QObject*, QEvent* event) override
    {
        m_isPainted = m_isPainted || event->type() == QEvent::Paint;
        return false;
    }

    bool m_isPainted = false;
};

} // namespace

void waitUntil(const char* what, const std::function<bool()>& isSo)
{
    QElapsedTimer timer;
    timer.start();
    QTimer wakeUp; // when nothing else happens
    wakeUp.start(kPatienceMs);
    while (!isSo()) {
        QApplication::processEvents(QEventLoop::WaitForMoreEvents);
        if (timer.elapsed() > kPatienceMs)
            throw std::runtime_error(std::string("within a minute there was not ") + what);
    }
}

double timeUntilPainted(const char* what, const GridView& grid, const std::function<void()>& act,
                        const std::function<bool()>& isSo)
{
    PaintWatch watch(grid.viewport());
    QElapsedTimer timer;
    timer.start();
    act();
    waitUntil(what, isSo);
    watch.takePainted();
    grid.viewport()->update();
    waitUntil(what, [&] { return watch.takePainted(); });
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

Desk::Desk()
{
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"})
        qputenv(variable, m_home.path().toLocal8Bit());
    m_store = std::make_unique<ConnectionStore>();
    m_secrets = SecretStore::inMemory();
    m_window = std::make_unique<MainWindow>(*m_store, *m_secrets);
    m_window->resize(kWindowSize);
    m_window->show();
    QApplication::processEvents();
}

CaptureView& Desk::open(const QString& path)
{
    m_window->openCapture(path);
    CaptureView* view = nullptr;
    waitUntil("an opened capture", [&] { return (view = m_window->findChild<CaptureView*>()) != nullptr; });
    PaintWatch watch(view->grid().viewport());
    waitUntil("a painted capture", [&] { return watch.takePainted(); });
    return *view;
}

} // namespace vtscope::bench
