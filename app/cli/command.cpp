#include "app/cli/command.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QEventLoop>
#include <QSocketNotifier>
#include <QTimer>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "app/cli/exitcode.h"
#include "streamcore/branch/branch.h"
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

Result<PasswordSource> sourceFrom(const Options& options)
{
    if (options.has("password-file") + options.has("password-stdin") + options.has("password-command") > 1)
        return failure(ErrorKind::Usage, "Give one of --password-file, --password-stdin and --password-command.");
    if (options.has("password-file"))
        return PasswordSource{PasswordFrom::File, options.value("password-file")};
    if (options.has("password-command"))
        return PasswordSource{PasswordFrom::Command, options.value("password-command")};
    return PasswordSource();
}

Result<Secret> passwordFromInput()
{
    std::string line;
    if (!std::getline(std::cin, line))
        return failure(ErrorKind::Usage, "No password came on standard input.");
    return Secret(line.substr(0, line.find('\r')));
}

std::optional<Secret> passwordFromEnvironment()
{
    const char* text = std::getenv("PLANETSCALE_PASSWORD");
    return text ? std::optional(Secret(text)) : std::nullopt;
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

std::optional<int> Options::parse(const QStringList& arguments, int positional, int most)
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
    const auto given = m_parser.positionalArguments().size();
    if (given < positional || (most != kAnyNumber && given > std::max(positional, most))) {
        std::fprintf(stderr, "vtscope-cli: %s\nTry: %s --help\n",
                     given < positional ? "a file is missing" : "too many arguments", m_usage.toUtf8().constData());
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

void addFilter(Options& options)
{
    options.addValue("filter", "FILTER",
                     "Only changes that pass, such as \"op = update and after.total > 100 and changed(status)\".");
}

Result<Filter> filterFrom(const Options& options)
{
    const std::string text = options.value("filter");
    auto filter = Filter::parse(text);
    if (filter)
        return std::move(*filter);
    const FilterProblem& problem = filter.error();
    // Under the characters at fault, of which some take several bytes.
    const auto columns = [&](std::size_t from, std::size_t length) {
        return static_cast<std::size_t>(QString::fromStdString(text.substr(from, length)).toUcs4().size());
    };
    return failure(ErrorKind::Usage,
                   "--filter: " + problem.sentence + "\n  " + text + "\n  " + std::string(columns(0, problem.at), ' ') +
                       std::string(std::max<std::size_t>(1, columns(problem.at, problem.length)), '^'));
}

Result<void> checkColumns(const Filter& filter, const std::vector<std::string>& names)
{
    if (const auto column = filter.columnNotIn(names))
        return tl::unexpected(unknownName("column", *column, {}, names));
    return {};
}

Result<ConnectionSettings> settingsFrom(const Options& options)
{
    ConnectionSettings settings;
    if (options.has("connection")) {
        if (options.has("host"))
            return failure(ErrorKind::Usage, "Give --connection or --host, not both.");
        const ConnectionStore store;
        const SavedConnection* saved = store.find(options.value("connection"));
        if (!saved) {
            std::string message = "There is no saved connection " + options.value("connection") + ".";
            if (!store.problem().empty())
                message = store.problem();
            if (!store.all().empty())
                message += " Saved are:";
            for (const SavedConnection& one : store.all())
                message += " " + one.settings.name;
            return failure(ErrorKind::Usage, message);
        }
        settings = saved->settings;
    } else {
        if (!options.has("host"))
            return failure(ErrorKind::Usage, "Name the branch: --connection NAME, or --host HOST[:PORT].");
        const auto host = parseHost(options.value("host"));
        if (!host)
            return tl::unexpected(host.error());
        settings.host = host->first;
        settings.port = host->second;
    }
    if (options.has("database"))
        settings.database = options.value("database");
    if (options.has("username"))
        settings.username = options.value("username");
    if (options.has("ca-file"))
        settings.caFile = options.value("ca-file");
    settings.isPlaintext |= options.has("plaintext");
    settings.allowsCleartextPassword |= options.has("allow-cleartext-password");
    return settings;
}

Result<Login> loginFrom(const Options& options)
{
    const auto source = sourceFrom(options);
    if (!source)
        return tl::unexpected(source.error());
    const auto settings = settingsFrom(options);
    if (!settings)
        return tl::unexpected(settings.error());
    Login login{*settings, {}};
    const bool isFromInput = options.has("password-stdin");
    if (login.settings.username.empty()) {
        if (isFromInput || !source->isTyped())
            return failure(ErrorKind::Usage, "A password needs a user: add --username.");
        // A password in the environment is no login by itself.
        return login;
    }
    if (isFromInput || !source->isTyped())
        login.settings.password = *source;
    if (isFromInput) {
        auto password = passwordFromInput();
        if (!password)
            return tl::unexpected(password.error());
        login.password = std::move(*password);
        return login;
    }
    if (!login.settings.password.isTyped())
        return login;
    auto kept = options.has("connection") ? secretOf(login.settings.id) : std::nullopt;
    if (!kept)
        kept = passwordFromEnvironment();
    if (kept)
        login.password = std::move(*kept);
    else if (options.has("connection"))
        return failure(ErrorKind::Login, "The keyring does not give the password of this connection. Use "
                                         "--password-file, --password-stdin or --password-command.");
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
