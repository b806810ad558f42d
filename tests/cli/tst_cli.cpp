// vtscope-cli as its users run it: arguments in, text and an exit code out.
// Usage: tst_cli planetscale|vitess [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"
#include "tests/support/suites.h"

int main(int argc, char** argv)
{
    using namespace vtscope::test;
    QCoreApplication application(argc, argv);
    QStringList arguments = QCoreApplication::arguments();
    const QString name = arguments.size() > 1 ? arguments.takeAt(1) : QString();
    const QString only = arguments.size() > 1 ? arguments.takeAt(1) : QString();
    if ((name != u"planetscale" && name != u"vitess") || (name == u"vitess" && !Cluster::isAvailable())) {
        std::fputs("usage: tst_cli planetscale|vitess [SUITE]; vitess needs VTSCOPE_VITESS\n", stderr);
        return 2;
    }
    // A user without a past: the programs started from here inherit it.
    const QTemporaryDir home;
    for (const char* variable : {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"})
        qputenv(variable, home.path().toLocal8Bit());
    qunsetenv("PLANETSCALE_PASSWORD");
    BranchServer branch(name);
    if (!branch.problem().isEmpty()) {
        std::fprintf(stderr, "tst_cli: there is no server: %s\n", qPrintable(branch.problem()));
        return 1;
    }
    setServer(&branch);
    const std::vector<Suite> suites{{QStringLiteral("stream"), makeStreamSuite, true},
                                    {QStringLiteral("queue"), makeQueueCliSuite, true},
                                    {QStringLiteral("exitcodes"), makeExitCodeSuite, !branch.isVitess()},
                                    {QStringLiteral("secrets"), makeSecretSuite, !branch.isVitess()},
                                    {QStringLiteral("network"), makeNetworkSuite, !branch.isVitess()},
                                    {QStringLiteral("capturing"), makeCapturingSuite, !branch.isVitess()},
                                    {QStringLiteral("cursor"), makeCursorSuite, !branch.isVitess()},
                                    {QStringLiteral("troubles"), makeTroubleSuite, !branch.isVitess()},
                                    {QStringLiteral("convert"), makeConvertSuite, true}};
    return runSuites(suites, only, arguments);
}
