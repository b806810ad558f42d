// What vtscope does with servers that are broken, hostile, old or silent: it says so, keeps what it received, and never
// hangs. Usage: tst_wire [SUITE [options of Qt Test]]
#include <QCoreApplication>
#include <QTemporaryDir>

#include "tests/support/suites.h"
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
    const std::vector<Suite> suites{{QStringLiteral("dishonest"), makeDishonestSuite},
                                    {QStringLiteral("endings"), makeEndingSuite},
                                    {QStringLiteral("recovery"), makeRecoverySuite},
                                    {QStringLiteral("liveness"), makeLivenessSuite},
                                    {QStringLiteral("login"), makeWireLoginSuite},
                                    {QStringLiteral("proxy"), makeProxySuite},
                                    {QStringLiteral("tls"), makeTlsSuite},
                                    {QStringLiteral("channel"), makeChannelSuite},
                                    {QStringLiteral("statements"), makeStatementSuite}};
    return runSuites(suites, only, arguments);
}
