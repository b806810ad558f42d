// The contract: what vtscope takes for granted about a branch, asked of the local branch and of a real Vitess by the
// same tests. Usage: tst_contract localbranch|planetscale|sync|vitess [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/support/suites.h"

int main(int argc, char** argv)
{
    using namespace vtscope::test;
    QCoreApplication application(argc, argv);
    QStringList arguments = QCoreApplication::arguments();
    const QString name = arguments.size() > 1 ? arguments.takeAt(1) : QString();
    const QString only = arguments.size() > 1 ? arguments.takeAt(1) : QString();
    const QStringList names{QStringLiteral("localbranch"), QStringLiteral("planetscale"), QStringLiteral("sync"),
                            QStringLiteral("vitess")};
    if (!names.contains(name)) {
        std::fputs("usage: tst_contract localbranch|planetscale|sync|vitess [SUITE [options of Qt Test]]\n", stderr);
        return 2;
    }
    if (name == u"vitess" && !Cluster::isAvailable()) {
        std::fputs("tst_contract: VTSCOPE_VITESS must name a folder made by tests/vitess/vitess-bundle.sh\n", stderr);
        return 2;
    }
    // What is written to the action log is not the user's.
    const QTemporaryDir state;
    qputenv("XDG_STATE_HOME", state.path().toLocal8Bit());
    BranchServer branch(name);
    if (!branch.problem().isEmpty()) {
        std::fprintf(stderr, "tst_contract: there is no server: %s\n", qPrintable(branch.problem()));
        return 1;
    }
    setServer(&branch);

    const std::vector<Suite> suites{
        {QStringLiteral("discovery"), makeDiscoverySuite, true},
        {QStringLiteral("watch"), makeWatchSuite, true},
        {QStringLiteral("transactions"), makeTransactionSuite, !branch.isSync()},
        {QStringLiteral("copy"), makeCopySuite, true},
        {QStringLiteral("queue"), makeQueueSuite, true},
        {QStringLiteral("sqlscript"), makeSqlScriptSuite, true},
        {QStringLiteral("types"), makeTypesSuite, branch.isVitess()},
        {QStringLiteral("login"), makeLoginSuite, branch.family() == vtscope::Family::PlanetScale},
        // Last, because it purges the server's history.
        {QStringLiteral("positions"), makePositionSuite, true},
    };
    return runSuites(suites, only, arguments);
}
