#include "tests/bench/live.h"

#include "streamcore/session/session.h"
#include "streamcore/wire/channel.h"
#include "tests/bench/desk.h"
#include "tests/bench/engine.h"
#include "ui/grid/gridview.h"
#include "ui/stream/streamview.h"
#include "ui/style/theme.h"

#include <QAbstractEventDispatcher>
#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>

#include <atomic>
#include <ctime>
#include <thread>

namespace vtscope::bench {
namespace {

using namespace std::chrono_literals;

constexpr int kPerTransaction = 10;
constexpr int kTransactionsEachMs = 10;
constexpr std::uint64_t kRing = 200'000;
constexpr const char* kFilter = "total > 800000"; // every fourth or so
constexpr auto kPace = 33ms;
constexpr auto kWarmUp = 1s;
constexpr auto kWatched = 5s;
constexpr double kMostBusyMs = 16, kMostEachSecond = 31;

double threadCpuMs()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// The news of a capture, told as a Session with a reader tells them: at most once in 33 ms.
class News : public QObject
{
public:
    explicit News(Session& session) : m_session(session), m_taken(session.capture()->count())
    {
        m_pace.setSingleShot(true);
        m_pace.setInterval(kPace);
        m_pace.setTimerType(Qt::PreciseTimer);
        connect(&m_pace, &QTimer::timeout, this, [this] {
            if (m_hasNews)
                take();
        });
    }

    // Any thread.
    void note()
    {
        if (m_isPosted.exchange(true))
            return;
        QMetaObject::invokeMethod(
            this, [this] { m_pace.isActive() ? void(m_hasNews = true) : take(); }, Qt::QueuedConnection);
    }

private:
    void take()
    {
        m_hasNews = false;
        m_isPosted = false;
        const std::uint64_t count = m_session.capture()->count();
        const std::uint64_t first = std::exchange(m_taken, count);
        m_pace.start();
        Q_EMIT m_session.rowsAppended(first, count - first);
    }

    Session& m_session;
    QTimer m_pace;
    std::uint64_t m_taken;
    bool m_hasNews = false;
    std::atomic<bool> m_isPosted = false;
};

// What the thread of an event loop does. A stretch begins with the first event after the loop waited or came round, and
// ends when it does so again: meanwhile nothing that the user does is seen.
class LoopWatch : public QObject
{
public:
    explicit LoopWatch(const GridView& grid) : m_viewport(grid.viewport())
    {
        QAbstractEventDispatcher* loop = QAbstractEventDispatcher::instance();
        connect(loop, &QAbstractEventDispatcher::awake, this, &LoopWatch::endStretch);
        connect(loop, &QAbstractEventDispatcher::aboutToBlock, this, &LoopWatch::endStretch);
        connect(grid.model(), &QAbstractItemModel::rowsInserted, this, [this] { ++m_inserts; });
        connect(grid.model(), &QAbstractItemModel::rowsRemoved, this, [this] { ++m_removals; });
        qApp->installEventFilter(this);
        begin();
    }

    void begin()
    {
        m_stretches.clear();
        m_longestCpu = 0;
        m_paints = m_inserts = m_removals = 0;
        m_cpuBefore = threadCpuMs();
        m_since.start();
    }

    // Of its way of looking at the end: "follow", "scrolled".
    std::vector<Figure> figures(const std::string& name)
    {
        const double seconds = static_cast<double>(m_since.nsecsElapsed()) / 1e9;
        const double cpuShare = (threadCpuMs() - m_cpuBefore) / seconds / 10;
        std::sort(m_stretches.begin(), m_stretches.end());
        const double longest = m_stretches.empty() ? 0 : m_stretches.back();
        const double most = m_stretches.empty() ? 0 : m_stretches[m_stretches.size() * 99 / 100];
        std::vector<Figure> figures{
            wantedFigure("live.busy." + name, longest, "ms", kMostBusyMs),
            wantedFigure("live.repaints." + name, m_paints / seconds, "1/s", kMostEachSecond),
            wantedFigure("live.signals." + name, m_inserts / seconds, "1/s", kMostEachSecond),
            timeFigure("live.cpu." + name, cpuShare, "%"),
        };
        char note[96];
        std::snprintf(note, sizeof note, "longest by CPU time %.1f ms, 99 of 100 under %.1f ms", m_longestCpu, most);
        figures[0].note = note;
        std::snprintf(note, sizeof note, "inserts; the ring's removals: %.1f a second", m_removals / seconds);
        figures[2].note = note;
        figures[3].note = "of one processor, the GUI thread alone";
        return figures;
    }

private:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (!m_isBusy) {
            m_isBusy = true;
            m_stretchCpu = threadCpuMs();
            m_stretch.start();
        }
        if (watched == m_viewport && event->type() == QEvent::Paint)
            ++m_paints;
        return false;
    }

    void endStretch()
    {
        if (!std::exchange(m_isBusy, false))
            return;
        m_stretches.push_back(static_cast<double>(m_stretch.nsecsElapsed()) / 1e6);
        m_longestCpu = std::max(m_longestCpu, threadCpuMs() - m_stretchCpu);
    }

    const QWidget* m_viewport;
    QElapsedTimer m_since, m_stretch;
    double m_cpuBefore = 0, m_stretchCpu = 0, m_longestCpu = 0;
    bool m_isBusy = false;
    int m_paints = 0, m_inserts = 0, m_removals = 0;
    std::vector<double> m_stretches; // ms
};

void appendSteadily(const std::stop_token& stop, Capture& capture, const Dataset& dataset, News& news)
{
    const ReaderId reader = capture.openReader(describe(dataset.shape)).value();
    auto next = std::chrono::steady_clock::now();
    for (std::size_t at = 0; !stop.stop_requested();) {
        for (int i = 0; i < kTransactionsEachMs; ++i)
            (void)capture.append(reader, dataset.messages[at++ % dataset.messages.size()], 1).value();
        news.note();
        next += 1ms;
        std::this_thread::sleep_until(next);
    }
}

void spin(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, Qt::PreciseTimer, &loop, &QEventLoop::quit);
    loop.exec();
}

std::vector<Figure> measureOne(const Dataset& dataset, const std::string& name, bool isFollowing)
{
    const std::shared_ptr<Capture> capture = Capture::createUnnamed().value();
    if (const auto done = capture->setRing({0, kRing, {}}); !done)
        throw std::runtime_error(done.error().message);
    // From the beginning the ring has to drop.
    appendChanges(*capture, dataset, kRing * 2);
    ConnectionSettings settings;
    settings.host = "localhost";
    settings.port = 1; // nobody calls it
    settings.isPlaintext = true;
    StreamView view(std::make_unique<Session>(
        std::make_shared<Connection>(settings, BranchFacts(), Channel::open(settings, Secret()).value()), capture));
    view.resize(kWindowSize);
    view.show();
    view.useFilter(QLatin1String(kFilter));
    waitUntil("a filtered list", [&] { return view.model().isFiltered() && view.model().rowCount() > 0; });
    News news(view.session());
    std::jthread feeder([&](const std::stop_token& stop) { appendSteadily(stop, *capture, dataset, news); });
    spin(kWarmUp);
    if (!isFollowing) {
        view.grid().setFollow(false);
        view.grid().setTopRow(view.model().rowCount() / 2);
    }
    LoopWatch watch(view.grid());
    const std::uint64_t before = capture->changes();
    spin(kWatched);
    std::vector<Figure> figures = watch.figures(name);
    const double arrived = static_cast<double>(capture->changes() - before) / std::chrono::seconds(kWatched).count();
    feeder.request_stop();
    feeder.join();
    char note[64];
    std::snprintf(note, sizeof note, "%.0f changes a second came", arrived);
    figures[1].note = note;
    return figures;
}

std::vector<Figure> measureLive()
{
    Theme::instance().install(Theme::Choice::Light);
    Shape shape;
    shape.api = Shape::Api::VStream;
    shape.rowsPerMessage = kPerTransaction;
    const Dataset dataset = makeDataset(shape);
    std::vector<Figure> figures = measureOne(dataset, "follow", true);
    const std::vector<Figure> scrolled = measureOne(dataset, "scrolled", false);
    figures.insert(figures.end(), scrolled.begin(), scrolled.end());
    return figures;
}

} // namespace

void addLive(Suite& suite)
{
    std::vector<std::string> names;
    for (const char* way : {"follow", "scrolled"}) {
        for (const char* figure : {"live.busy.", "live.repaints.", "live.signals.", "live.cpu."})
            names.push_back(std::string(figure) + way);
    }
    suite.add({std::move(names), measureLive});
}

} // namespace vtscope::bench
