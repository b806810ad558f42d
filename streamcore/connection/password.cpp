#include "streamcore/connection/password.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>

#include <array>
#include <csignal>
#include <cstdlib>

#include <sys/prctl.h>

namespace vtscope {

namespace {

constexpr int kCommandMilliseconds = 60'000;
constexpr int kStopMilliseconds = 50; // between two looks whether to stop
constexpr qsizetype kFileRoom = qsizetype{64} * 1024;

constexpr std::array kNames = {"typed", "file", "variable", "command"};

Result<Secret> firstLine(QByteArray bytes, const std::string& where)
{
    const std::string_view text(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    Secret secret(text.substr(0, text.find_first_of("\r\n")));
    bytes.fill('\0');
    if (secret.isEmpty())
        return failure(ErrorKind::Login, "There is no password in the first line of " + where + ".");
    return secret;
}

Result<Secret> readFile(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    // Unbuffered, so that no second copy stays behind.
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return failure(ErrorKind::Usage,
                       "The password file " + path + " cannot be read: " + file.errorString().toStdString() + ".");
    return firstLine(file.read(kFileRoom), path);
}

Result<Secret> readVariable(const std::string& name)
{
    const char* text = std::getenv(name.c_str());
    if (!text)
        return failure(ErrorKind::Usage, "The environment has no variable " + name +
                                             ". Start vtscope where it is set, or take the password from elsewhere.");
    return firstLine(text, "the variable " + name);
}

Result<Secret> runCommand(const std::string& command, const std::stop_token& stop)
{
    QProcess process;
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QString::fromStdString(command)},
                  QIODevice::ReadOnly);
    QElapsedTimer timer;
    timer.start();
    while (!process.waitForFinished(kStopMilliseconds) && process.state() != QProcess::NotRunning) {
        const bool isStopped = stop.stop_requested();
        if (!isStopped && timer.elapsed() < kCommandMilliseconds)
            continue;
        process.kill();
        process.waitForFinished();
        if (isStopped)
            return failure(ErrorKind::Canceled, "Stopped while the password command ran.");
        return failure(ErrorKind::Login, "The password command did not end within 60 s, and was ended.");
    }
    const std::string said = process.readAllStandardError().trimmed().toStdString();
    if (process.exitStatus() != QProcess::NormalExit)
        return tl::unexpected(Error{ErrorKind::Login, "The password command crashed.", said, 0});
    if (process.exitCode() != 0)
        return tl::unexpected(
            Error{ErrorKind::Login,
                  "The password command failed with exit code " + std::to_string(process.exitCode()) + ".", said, 0});
    return firstLine(process.readAllStandardOutput(), "what the password command printed");
}

} // namespace

const char* nameOf(PasswordFrom from)
{
    return kNames.at(static_cast<std::size_t>(from));
}

std::optional<PasswordFrom> passwordFromNamed(std::string_view name)
{
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (name == kNames.at(i))
            return static_cast<PasswordFrom>(i);
    }
    return std::nullopt;
}

Result<Secret> readPassword(const PasswordSource& source, const std::stop_token& stop)
{
    switch (source.from) {
    case PasswordFrom::File:
        return readFile(source.place);
    case PasswordFrom::Variable:
        return readVariable(source.place);
    case PasswordFrom::Command:
        return runCommand(source.place, stop);
    case PasswordFrom::Typed:
        break;
    }
    return failure(ErrorKind::Usage, "This connection takes no password from elsewhere.");
}

} // namespace vtscope
