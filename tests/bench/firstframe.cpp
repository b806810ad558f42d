#include "tests/bench/firstframe.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>

#include <stdexcept>

namespace vtscope::bench {
namespace {

constexpr const char* kName = "window.first";
constexpr double kWantedMs = 300;
constexpr int kPatienceMs = 60'000;

double startOnce()
{
    const QTemporaryDir home;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* variable : {"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"})
        environment.insert(QLatin1String(variable), home.path());
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    // Qt tells when what was painted goes to the screen.
    environment.insert(QStringLiteral("QT_LOGGING_RULES"), QStringLiteral("qt.widgets.painting.info=true"));
    environment.insert(QStringLiteral("QT_MESSAGE_PATTERN"), QStringLiteral("%{message}"));
    environment.insert(QStringLiteral("QT_LOGGING_TO_CONSOLE"), QStringLiteral("1"));
    QProcess program;
    program.setProcessEnvironment(environment);
    program.setReadChannel(QProcess::StandardError);
    QElapsedTimer timer;
    timer.start();
    program.start(QCoreApplication::applicationDirPath() + QStringLiteral("/vtscope"), QStringList());
    QByteArray told;
    while (!told.contains("Flushing")) {
        if (!program.waitForReadyRead(kPatienceMs))
            throw std::runtime_error("vtscope did not show its window: " + told.toStdString());
        told += program.readAllStandardError();
    }
    const double time = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    program.terminate();
    program.waitForFinished(kPatienceMs);
    return time;
}

std::vector<Figure> measureFirstFrame()
{
    std::vector<double> times;
    for (int round = 0; round <= roundCount(); ++round) {
        const double time = startOnce();
        if (round > 0)
            times.push_back(time);
    }
    Figure figure = wantedFigure(kName, median(times), "ms", kWantedMs);
    figure.note = "start of the process to its first frame";
    return {figure};
}

} // namespace

void addFirstFrame(Suite& suite)
{
    suite.add({{kName}, measureFirstFrame});
}

} // namespace vtscope::bench
