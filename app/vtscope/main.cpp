// The window.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>
#include <QSocketNotifier>
#include <QThreadPool>

#include <cstdio>
#include <cstdlib>

#include "app/vtscope/localbranchprocess.h"
#include "streamcore/connection/store.h"
#include "streamcore/memory.h"
#include "ui/style/theme.h"
#include "ui/window/mainwindow.h"

namespace {

int s_wakeUp[2] = {-1, -1};

void wakeUp(int)
{
    const char byte = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(s_wakeUp[0], &byte, 1);
}

// TERM and INT end the event loop; captures stay and are offered at the next start.
void quitOnSignal(QApplication& application)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s_wakeUp) != 0)
        return;
    auto* notifier = new QSocketNotifier(s_wakeUp[1], QSocketNotifier::Read, &application);
    QObject::connect(notifier, &QSocketNotifier::activated, &application, &QCoreApplication::quit);
    struct sigaction action
    {
    };
    action.sa_handler = wakeUp;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

} // namespace

int main(int argc, char** argv)
{
    using namespace vtscope;
    ::signal(SIGPIPE, SIG_IGN);
    tuneAllocator();
    // Passwords pass through this process: no core dump, no debugger of another process of the same user.
    ::prctl(PR_SET_DUMPABLE, 0);
    // What gRPC meets is told by its status, in our words.
    ::setenv("GRPC_VERBOSITY", "NONE", 0);
    QCoreApplication::setOrganizationName(QStringLiteral("vtscope"));
    QCoreApplication::setApplicationName(QStringLiteral("vtscope"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VTSCOPE_VERSION));
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("Watch a Vitess or PlanetScale branch change, row by row."));
    const QCommandLineOption help = parser.addHelpOption(), version = parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("capture"), QStringLiteral("Captures to open."),
                                 QStringLiteral("[capture…]"));
    QCommandLineOption local(QStringLiteral("local-branch"),
                             QStringLiteral("Start the built-in local branch at once."));
    QCommandLineOption theme(QStringLiteral("theme"), QStringLiteral("system, light or dark."), QStringLiteral("theme"),
                             QStringLiteral("system"));
    parser.addOptions({local, theme});
    // Words need no display.
    QStringList typed;
    for (int i = 0; i < argc; ++i)
        typed << QString::fromLocal8Bit(argv[i]);
    parser.parse(typed);
    if (parser.isSet(help) || parser.isSet(version)) {
        const QCoreApplication words(argc, argv);
        parser.isSet(help) ? parser.showHelp() : parser.showVersion();
    }
    QApplication application(argc, argv);
    // All settings in one file: vtscope/vtscope.ini below the user's configuration.
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QApplication::setDesktopFileName(QStringLiteral("vtscope"));
    // A canceled connection attempt may hold its thread until the deadline; on two cores the next ones would wait for
    // it.
    QThreadPool::globalInstance()->setMaxThreadCount(16);
    const bool isParsed = parser.parse(QCoreApplication::arguments());
    const QString wanted = parser.value(theme);
    const bool isTheme = wanted == u"system" || wanted == u"light" || wanted == u"dark";
    if (!isParsed || !isTheme) {
        const QString problem =
            isParsed ? QStringLiteral("--theme is system, light or dark, not %1.").arg(wanted) : parser.errorText();
        std::fprintf(stderr, "vtscope: %s\nTry: vtscope --help\n", qPrintable(problem));
        return 2;
    }

    Theme::instance().install(wanted == u"dark"    ? Theme::Choice::Dark
                              : wanted == u"light" ? Theme::Choice::Light
                                                   : Theme::Choice::System);
    ConnectionStore store;
    const auto secrets = SecretStore::system();
    LocalBranchProcess branch;
    MainWindow window(store, *secrets);
    QObject::connect(&window, &MainWindow::localBranchRequested, &branch, &LocalBranchProcess::start);
    QObject::connect(&window, &MainWindow::localBranchCanceled, &branch, &LocalBranchProcess::stop);
    QObject::connect(&branch, &LocalBranchProcess::ready, &window, &MainWindow::openLocalBranch);
    QObject::connect(&branch, &LocalBranchProcess::failed, &window, &MainWindow::showLocalBranchProblem);
    quitOnSignal(application);
    window.show();
    for (const QString& path : parser.positionalArguments())
        window.openCapture(path);
    if (parser.isSet(local))
        branch.start();
    return QApplication::exec();
}
