// The contract: what vtscope takes for granted about a branch, asked of the local branch and of a real Vitess by the
// same tests. Usage: tst_contract localbranch|planetscale|sync|vitess [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"

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

    struct Suite
    {
        QString name;
        std::unique_ptr<QObject> (*make)();
        bool isMeant;
    };
    const Suite suites[] = {
        {QStringLiteral("discovery"), makeDiscoverySuite, true},
        {QStringLiteral("watch"), makeWatchSuite, true},
        {QStringLiteral("transactions"), makeTransactionSuite, !branch.isSync()},
        {QStringLiteral("copy"), makeCopySuite, true},
        {QStringLiteral("queue"), makeQueueSuite, true},
        {QStringLiteral("types"), makeTypesSuite, branch.isVitess()},
        {QStringLiteral("login"), makeLoginSuite, branch.family() == vtscope::Family::PlanetScale},
        // Last, because it purges the server's history.
        {QStringLiteral("positions"), makePositionSuite, true},
    };
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
    if (ran == 0)
        std::fputs("tst_contract: there is no such suite for this server\n", stderr);
    return failed > 0 || ran == 0 ? 1 : 0;
}
