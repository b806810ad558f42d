// vtscope-cli as its users run it: arguments in, text and an exit code out.
// Usage: tst_cli planetscale|vitess [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

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
    struct Suite
    {
        QString name;
        std::unique_ptr<QObject> (*make)();
        bool isMeant;
    };
    const Suite suites[] = {{QStringLiteral("stream"), makeStreamSuite, true},
                            {QStringLiteral("queue"), makeQueueCliSuite, true},
                            {QStringLiteral("exitcodes"), makeExitCodeSuite, !branch.isVitess()}};
    // An exception ends its suite and is told below; Qt's own handler would only repeat the signal.
    arguments.append(QStringLiteral("-nocrashhandler"));
    int failed = 0;
    int ran = 0;
    for (const Suite& suite : suites) {
        if (!suite.isMeant || (!only.isEmpty() && suite.name != only))
            continue;
        ++ran;
        try {
            failed += QTest::qExec(suite.make().get(), arguments);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s: %s\n", qPrintable(suite.name), error.what());
            ++failed;
        }
    }
    return failed > 0 || ran == 0 ? 1 : 0;
}
