#pragma once

#include <QStringList>
#include <QTest>

#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

namespace vtscope::test {

/// One test class of a program that has several.
struct Suite
{
    QString name;
    std::unique_ptr<QObject> (*make)();
    bool isMeant = true; ///< false: it does not apply this time
};

/// Runs the suites that are meant, or of them the one named, and gives the program's exit code. The arguments are Qt
/// Test's, with the program's name first.
inline int runSuites(const std::vector<Suite>& suites, const QString& only, QStringList arguments)
{
    const QByteArray program = arguments.front().section(u'/', -1).toLocal8Bit();
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
        std::fprintf(stderr, "%s: there is no such suite here\n", program.constData());
    return failed > 0 || ran == 0 ? 1 : 0;
}

} // namespace vtscope::test
