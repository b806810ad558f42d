#include "tests/cli/program.h"

#include <QElapsedTimer>

#include "tests/contract/branchserver.h"

namespace vtscope::test {

QString programPath()
{
    return qEnvironmentVariable("VTSCOPE_BIN", QStringLiteral(VTSCOPE_BIN_DIR)) + QStringLiteral("/vtscope-cli");
}

Program::Program(const QStringList& arguments, const Reader& reader)
{
    // The exit code is that of the first, which is what is asked about.
    m_process.start(QStringLiteral("/bin/bash"),
                    QStringList{QStringLiteral("-c"),
                                reader.command.isEmpty()
                                    ? QStringLiteral("exec \"$0\" \"$@\" >%1").arg(reader.file)
                                    : QStringLiteral("\"$0\" \"$@\" | %1; exit ${PIPESTATUS[0]}").arg(reader.command),
                                programPath()} +
                        arguments);
    m_process.waitForStarted();
    m_process.closeWriteChannel();
}

Program::Program(const QStringList& arguments, const QStringList& variables, const QByteArray& input)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const QString& variable : variables)
        environment.insert(variable.section(u'=', 0, 0), variable.section(u'=', 1));
    m_process.setProcessEnvironment(environment);
    m_process.start(programPath(), arguments);
    m_process.waitForStarted();
    m_process.write(input);
    m_process.closeWriteChannel();
}

Program::~Program()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.kill();
    m_process.waitForFinished();
}

int Program::wait()
{
    return waitWhile([] {});
}

int Program::waitWhile(const std::function<void()>& poke)
{
    QElapsedTimer timer;
    timer.start();
    while (m_process.state() != QProcess::NotRunning && timer.elapsed() < kPatience) {
        poke();
        m_process.waitForFinished(20);
    }
    if (m_process.state() != QProcess::NotRunning || m_process.exitStatus() != QProcess::NormalExit)
        return -1;
    return m_process.exitCode();
}

bool Program::waitForOutput(const std::function<bool(const QByteArray&)>& condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition(out())) {
        if (m_process.state() == QProcess::NotRunning || timer.elapsed() > kPatience)
            return condition(out());
        m_process.waitForReadyRead(50);
    }
    return true;
}

void Program::terminate()
{
    m_process.terminate();
}

QByteArray Program::out()
{
    m_out += m_process.readAllStandardOutput();
    return m_out;
}

QByteArray Program::err()
{
    m_err += m_process.readAllStandardError();
    return m_err;
}

QStringList at(const QStringList& command)
{
    return command + QStringList{QStringLiteral("--host"), server().hostPort(), QStringLiteral("--plaintext")};
}

QList<QByteArray> linesOf(const QByteArray& text)
{
    QList<QByteArray> lines = text.split('\n');
    for (QByteArray& line : lines) {
        if (line.endsWith('\r'))
            line.chop(1);
    }
    if (!lines.isEmpty() && lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

QList<QByteArray> fieldsOf(const QByteArray& line)
{
    return line.split(',');
}

} // namespace vtscope::test
