#include "app/cli/command.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QSocketNotifier>
#include <QTimer>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <iostream>

#include "app/cli/exitcode.h"
#include "streamcore/connection/store.h"

namespace vtscope::cli {

namespace {

std::atomic<int> s_signal{0};
int s_wakeUp[2] = {-1, -1};

void noteSignal(int number)
{
    s_signal = number;
    const char byte = 1;
    if (s_wakeUp[0] >= 0) {
        [[maybe_unused]] const ssize_t ignored = ::write(s_wakeUp[0], &byte, 1);
    }
}

Result<Secret> firstLine(const std::string& text)
{
    return Secret(text.substr(0, text.find_first_of("\r\n")));
}

Result<std::optional<Secret>> passwordFrom(const Options& options)
{
    const int ways = options.has("password-file") + options.has("password-stdin") + options.has("password-command");
    if (ways > 1)
        return failure(ErrorKind::Usage, "Give one of --password-file, --password-stdin and --password-command.");
    const auto some = [](Result<Secret> secret) -> Result<std::optional<Secret>> {
        if (!secret)
            return tl::unexpected(secret.error());
        return std::optional<Secret>(*secret);
    };
    if (options.has("password-file")) {
        QFile file(QString::fromStdString(options.value("password-file")));
        if (!file.open(QIODevice::ReadOnly))
            return failure(ErrorKind::Usage,
                           "The password file cannot be read: " + file.errorString().toStdString() + ".");
        return some(firstLine(file.readAll().toStdString()));
    }
    if (options.has("password-stdin")) {
        std::string line;
        if (!std::getline(std::cin, line))
            return failure(ErrorKind::Usage, "No password came on standard input.");
        return some(firstLine(line));
    }
    if (options.has("password-command")) {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(QStringLiteral("/bin/sh"),
                      {QStringLiteral("-c"), QString::fromStdString(options.value("password-command"))},
                      QIODevice::ReadOnly);
        if (!process.waitForFinished(60'000) || process.exitCode() != 0)
            return failure(ErrorKind::Login, "The password command failed.");
        return some(firstLine(process.readAllStandardOutput().toStdString()));
    }
    if (qEnvironmentVariableIsSet("PLANETSCALE_PASSWORD"))
        return some(firstLine(qEnvironmentVariable("PLANETSCALE_PASSWORD").toStdString()));
    return std::optional<Secret>();
}

std::optional<Secret> secretOf(const std::string& id)
{
    const auto store = SecretStore::system();
    std::optional<Secret> secret;
    QEventLoop loop;
    store->read(id, [&](std::optional<Secret> found) {
        secret = std::move(found);
        QTimer::singleShot(0, &loop, &QEventLoop::quit);
    });
    QTimer::singleShot(20'000, &loop, &QEventLoop::quit);
    loop.exec();
    return secret;
}

} // namespace

Options::Options(const QString& usage, const QString& description) : m_usage(usage)
{
    m_parser.setApplicationDescription(description);
    m_parser.setOptionsAfterPositionalArgumentsMode(QCommandLineParser::ParseAsOptions);
    addFlag("help", "Show this help.");
    addFlag("quiet", "Say nothing on stderr but errors.");
}

void Options::addConnection()
{
    addValue("connection", "NAME", "A saved connection.");
    addValue("host", "HOST[:PORT]", "The branch; port 443 unless given.");
    addValue("database", "NAME", "Default keyspace.");
    addValue("username", "NAME", "User.");
    addValue("password-file", "FILE", "Password: the first line of FILE.");
    addFlag("password-stdin", "Password: the first line of standard input.");
    addValue("password-command", "COMMAND", "Password: the first line that COMMAND prints.");
    addValue("ca-file", "FILE", "Trust the certificates in FILE instead of the system's.");
    addFlag("plaintext", "Do not encrypt (vtgate's own default).");
    addFlag("allow-cleartext-password", "With --plaintext: send the password all the same.");
}

void Options::addFlag(const char* name, const char* description)
{
    m_parser.addOption({QLatin1String(name), QLatin1String(description)});
}

void Options::addValue(const char* name, const char* value, const char* description, const char* fallback)
{
    m_parser.addOption(
        {QLatin1String(name), QLatin1String(description), QLatin1String(value), QLatin1String(fallback)});
}

std::optional<int> Options::parse(const QStringList& arguments, int positional)
{
    const bool isParsed = m_parser.parse(QStringList{m_usage} + arguments);
    if (m_parser.isSet(QStringLiteral("help"))) {
        std::fputs(m_parser.helpText().toUtf8().constData(), stdout);
        return kDone;
    }
    if (!isParsed) {
        std::fprintf(stderr, "vtscope-cli: %s\nTry: %s --help\n", m_parser.errorText().toUtf8().constData(),
                     m_usage.toUtf8().constData());
        return kUsage;
    }
    if (m_parser.positionalArguments().size() != positional) {
        std::fprintf(stderr, "vtscope-cli: %s\nTry: %s --help\n",
                     m_parser.positionalArguments().size() < positional ? "a file is missing" : "too many arguments",
                     m_usage.toUtf8().constData());
        return kUsage;
    }
    return std::nullopt;
}

std::vector<std::string> Options::values(const char* name) const
{
    std::vector<std::string> values;
    for (const QString& value : m_parser.values(QLatin1String(name)))
        values.push_back(value.toStdString());
    return values;
}

std::optional<std::uint64_t> Options::number(const char* name) const
{
    const std::string text = value(name);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

Result<Login> loginFrom(const Options& options)
{
    Login login;
    auto password = passwordFrom(options);
    if (!password)
        return tl::unexpected(password.error());
    if (options.has("connection")) {
        if (options.has("host"))
            return failure(ErrorKind::Usage, "Give --connection or --host, not both.");
        const ConnectionStore store;
        const SavedConnection* saved = store.find(options.value("connection"));
        if (!saved) {
            std::vector<std::string> names;
            for (const SavedConnection& one : store.all())
                names.push_back(one.settings.name);
            std::string message = "There is no saved connection " + options.value("connection") + ".";
            if (!store.problem().empty())
                message = store.problem();
            if (!names.empty()) {
                message += " Saved are:";
                for (const std::string& name : names)
                    message += " " + name;
            }
            return failure(ErrorKind::Usage, message);
        }
        login.settings = saved->settings;
        if (!*password && !login.settings.username.empty())
            *password = secretOf(login.settings.id);
        if (!*password && !login.settings.username.empty())
            return failure(ErrorKind::Login, "The keyring does not give the password of this connection. Use "
                                             "--password-file, --password-stdin or --password-command.");
    } else {
        if (!options.has("host"))
            return failure(ErrorKind::Usage, "Name the branch: --connection NAME, or --host HOST[:PORT].");
        const auto host = parseHost(options.value("host"));
        if (!host)
            return tl::unexpected(host.error());
        login.settings.host = host->first;
        login.settings.port = host->second;
    }
    if (options.has("database"))
        login.settings.database = options.value("database");
    if (options.has("username"))
        login.settings.username = options.value("username");
    if (options.has("ca-file"))
        login.settings.caFile = options.value("ca-file");
    login.settings.isPlaintext |= options.has("plaintext");
    login.settings.allowsCleartextPassword |= options.has("allow-cleartext-password");
    if (*password && login.settings.username.empty() &&
        (options.has("password-file") || options.has("password-stdin") || options.has("password-command")))
        return failure(ErrorKind::Usage, "A password needs a user: add --username.");
    // A password in the environment is no login by itself.
    if (*password && !login.settings.username.empty())
        login.password = std::move(**password);
    return login;
}

Result<std::shared_ptr<Connection>> connectWith(const Options& options)
{
    const auto login = loginFrom(options);
    if (!login)
        return tl::unexpected(login.error());
    std::stop_source stop;
    auto connection = check(login->settings, login->password, {}, stop.get_token());
    if (!connection)
        return tl::unexpected(connection.error().error);
    return *connection;
}

int interruptedBy()
{
    return s_signal;
}

void catchInterrupts()
{
    struct sigaction action
    {
    };
    action.sa_handler = noteSignal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

void onInterrupt(QObject* context, std::function<void()> done)
{
    if (s_wakeUp[0] < 0 && ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s_wakeUp) != 0)
        return;
    auto* notifier = new QSocketNotifier(s_wakeUp[1], QSocketNotifier::Read, context);
    QObject::connect(notifier, &QSocketNotifier::activated, context, [notifier, done = std::move(done)] {
        notifier->setEnabled(false);
        done();
    });
    catchInterrupts();
}

int interruptDescriptor()
{
    return s_wakeUp[1];
}

int interruptExitCode()
{
    return s_signal == SIGTERM ? kTerminated : kInterrupted;
}

} // namespace vtscope::cli
