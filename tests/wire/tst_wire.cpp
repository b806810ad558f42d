// What vtscope does with servers that are broken, hostile, old or silent: it says so, keeps what it received, and never
// hangs. Usage: tst_wire [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

#include "tests/wire/suites.h"

int main(int argc, char** argv)
{
    using namespace vtscope::test;
    // A value must not depend on where it is looked at.
    qputenv("TZ", "America/St_Johns");
    QCoreApplication application(argc, argv);
    const QTemporaryDir state;
    qputenv("XDG_STATE_HOME", state.path().toLocal8Bit());
    QStringList arguments = QCoreApplication::arguments();
    const QString only = arguments.size() > 1 ? arguments.takeAt(1) : QString();
    struct Suite
    {
        QString name;
        std::unique_ptr<QObject> (*make)();
    };
    const Suite suites[] = {{QStringLiteral("dishonest"), makeDishonestSuite},
                            {QStringLiteral("endings"), makeEndingSuite},
                            {QStringLiteral("login"), makeWireLoginSuite},
                            {QStringLiteral("statements"), makeStatementSuite}};
    // An exception ends its suite and is told below; Qt's own handler would only repeat the signal.
    arguments.append(QStringLiteral("-nocrashhandler"));
    int failed = 0;
    int ran = 0;
    for (const Suite& suite : suites) {
        if (!only.isEmpty() && suite.name != only)
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
        std::fputs("tst_wire: there is no such suite\n", stderr);
    return failed > 0 || ran == 0 ? 1 : 0;
}
