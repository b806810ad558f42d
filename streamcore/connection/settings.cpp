#include "streamcore/connection/settings.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace vtscope {

namespace {

constexpr std::array<const char*, 3> kTabletTypes{"primary", "replica", "rdonly"};
constexpr std::array<const char*, 7> kTags{"", "production", "staging", "development", "blue", "violet", "grey"};
constexpr int kMySqlPort = 3306;

std::string trimmed(std::string_view text)
{
    constexpr auto kBlank = std::string_view(" \t\r\n");
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

bool isLoopback(std::string_view host)
{
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool isPlanetScale(std::string_view host)
{
    return host.ends_with(".psdb.cloud");
}

// An address with a port meant for the MySQL protocol; ours is another one.
void takePort(ImportedSettings& settings, int port)
{
    if (port <= 0)
        return;
    if (port != kMySqlPort) {
        settings.port = port;
    } else if (settings.host && isPlanetScale(*settings.host)) {
        settings.port = 443;
    } else {
        settings.hint = "Port 3306 is the MySQL protocol's. Type the gRPC port of vtgate, often 15991.";
    }
}

bool takeUrl(std::string_view text, ImportedSettings& settings)
{
    const QUrl url(QString::fromStdString(trimmed(text)));
    if (!url.isValid() || !(url.scheme() == u"mysql" || url.scheme() == u"mysqls") || url.host().isEmpty())
        return false;
    settings.host = url.host().toStdString();
    if (!url.userName().isEmpty())
        settings.username = url.userName(QUrl::FullyDecoded).toStdString();
    if (!url.password().isEmpty())
        settings.password = Secret(url.password(QUrl::FullyDecoded).toStdString());
    if (url.path().size() > 1)
        settings.database = url.path(QUrl::FullyDecoded).mid(1).toStdString();
    takePort(settings, url.port() < 0 ? (isPlanetScale(*settings.host) ? 443 : 0) : url.port());
    return true;
}

bool takeJson(std::string_view text, ImportedSettings& settings)
{
    const QJsonDocument document =
        QJsonDocument::fromJson(QByteArray(text.data(), static_cast<qsizetype>(text.size())));
    QJsonObject object =
        document.isArray() && !document.array().isEmpty() ? document.array().first().toObject() : document.object();
    const auto valueOf = [&object](std::initializer_list<QStringView> names) -> std::optional<std::string> {
        for (const QStringView name : names) {
            const QString value = object.value(name).toString();
            if (!value.isEmpty())
                return value.toStdString();
        }
        return std::nullopt;
    };
    settings.host = valueOf({u"access_host_url", u"hostname", u"host"});
    settings.username = valueOf({u"username", u"user"});
    settings.database = valueOf({u"database", u"database_name"});
    if (const auto password = valueOf({u"plain_text", u"password"}))
        settings.password = Secret(*password);
    return settings.host || settings.username;
}

std::map<std::string, std::string> readEnvironment(std::string_view text)
{
    std::map<std::string, std::string> values;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = trimmed(text.substr(at, end - at));
        at = end + 1;
        if (line.starts_with("export "))
            line = trimmed(std::string_view(line).substr(7));
        const std::size_t equals = line.find('=');
        if (line.empty() || line[0] == '#' || equals == std::string::npos)
            continue;
        std::string value = trimmed(std::string_view(line).substr(equals + 1));
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        values[trimmed(std::string_view(line).substr(0, equals))] = value;
    }
    return values;
}

bool takeEnvironment(std::string_view text, ImportedSettings& settings, int& found)
{
    const auto values = readEnvironment(text);
    const auto valueOf = [&values](std::initializer_list<const char*> names) -> std::optional<std::string> {
        for (const char* name : names) {
            if (const auto value = values.find(name); value != values.end() && !value->second.empty())
                return value->second;
        }
        return std::nullopt;
    };
    for (const char* name : {"DATABASE_URL", "PLANETSCALE_URL", "MYSQL_URL"}) {
        if (const auto url = valueOf({name}); url && takeUrl(*url, settings)) {
            found = 1;
            return true;
        }
    }
    settings.host = valueOf({"PLANETSCALE_HOST", "DATABASE_HOST", "DB_HOST", "MYSQL_HOST"});
    settings.database = valueOf({"PLANETSCALE_DATABASE", "PLANETSCALE_KEYSPACE", "DATABASE", "DATABASE_NAME", "DB_NAME",
                                 "DB_DATABASE", "MYSQL_DATABASE"});
    settings.username = valueOf({"PLANETSCALE_USERNAME", "DATABASE_USERNAME", "DB_USERNAME", "DB_USER", "MYSQL_USER"});
    if (const auto password = valueOf({"PLANETSCALE_PASSWORD", "DATABASE_PASSWORD", "DB_PASSWORD", "MYSQL_PASSWORD"}))
        settings.password = Secret(*password);
    if (settings.host) {
        if (const auto colon = settings.host->rfind(':');
            colon != std::string::npos && settings.host->find(':') == colon) {
            const std::string port = settings.host->substr(colon + 1);
            settings.host->resize(colon);
            takePort(settings, std::atoi(port.c_str()));
        }
    }
    if (const auto port = valueOf({"PLANETSCALE_PORT", "DATABASE_PORT", "DB_PORT", "MYSQL_PORT"}))
        takePort(settings, std::atoi(port->c_str()));
    found = settings.host.has_value() + settings.database.has_value() + settings.username.has_value() +
            settings.password.has_value();
    return found > 0;
}

} // namespace

const char* nameOf(TabletType type)
{
    return kTabletTypes[static_cast<std::size_t>(type)];
}

std::optional<TabletType> tabletTypeFrom(std::string_view name)
{
    for (std::size_t i = 0; i < kTabletTypes.size(); ++i) {
        if (name == kTabletTypes[i])
            return static_cast<TabletType>(i);
    }
    return std::nullopt;
}

const char* nameOf(Tag tag)
{
    return kTags[static_cast<std::size_t>(tag)];
}

Tag tagFrom(std::string_view name)
{
    const auto found = std::find(kTags.begin(), kTags.end(), name);
    return found == kTags.end() ? Tag::None : static_cast<Tag>(found - kTags.begin());
}

std::string ConnectionSettings::endpoint() const
{
    const bool isV6 = host.find(':') != std::string::npos;
    return (isV6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string ConnectionSettings::displayName() const
{
    return name.empty() ? endpoint() : name;
}

bool ConnectionSettings::isPlanetScaleHost() const
{
    return isPlanetScale(host);
}

Result<std::pair<std::string, int>> parseHost(std::string_view text)
{
    const std::string whole = trimmed(text);
    if (whole.empty())
        return failure(ErrorKind::Usage, "Type the host of the branch.");
    if (whole.find("://") != std::string::npos || whole.find('/') != std::string::npos ||
        whole.find('@') != std::string::npos)
        return failure(ErrorKind::Usage,
                       "Only the host belongs here, as host or host:port. Paste a whole URL anywhere on the form.");
    if (whole.find_first_of(" \t") != std::string::npos)
        return failure(ErrorKind::Usage, "A host has no blanks.");
    std::string host = whole, port;
    if (whole.front() == '[') {
        const std::size_t close = whole.find(']');
        if (close == std::string::npos)
            return failure(ErrorKind::Usage, "The bracket of the IPv6 address is not closed.");
        host = whole.substr(1, close - 1);
        if (close + 1 < whole.size() && whole[close + 1] == ':')
            port = whole.substr(close + 2);
    } else if (std::count(whole.begin(), whole.end(), ':') == 1) {
        host = whole.substr(0, whole.find(':'));
        port = whole.substr(whole.find(':') + 1);
        if (port.empty())
            return failure(ErrorKind::Usage, "A number must follow the colon.");
    }
    if (host.empty())
        return failure(ErrorKind::Usage, "Type the host of the branch.");
    if (port.empty()) {
        if (isLoopback(host))
            return failure(ErrorKind::Usage, "A server on this machine needs its gRPC port: " +
                                                 (host.find(':') == std::string::npos ? host : '[' + host + ']') +
                                                 ":15991, for example.");
        return std::pair(host, 443);
    }
    int number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number < 1 || number > 65535)
        return failure(ErrorKind::Usage, "\"" + port + "\" is not a port. Ports go from 1 to 65535.");
    return std::pair(host, number);
}

Result<void> validate(const ConnectionSettings& settings, bool isPasswordTyped)
{
    const bool hasPassword = isPasswordTyped || !settings.password.isTyped();
    if (settings.host.empty())
        return failure(ErrorKind::Usage, "Type the host of the branch.");
    if (settings.username.find(':') != std::string::npos)
        return failure(ErrorKind::Usage, "A user name cannot hold a colon.");
    if (hasPassword && settings.username.empty())
        return failure(ErrorKind::Usage, "There is a password but no user.");
    if (settings.isPlaintext && hasPassword && !settings.allowsCleartextPassword && !settings.isOnThisMachine) {
        return failure(
            ErrorKind::Usage,
            "Without encryption anybody on the way can read the password. It is sent only when that is allowed "
            "explicitly (--allow-cleartext-password).");
    }
    return {};
}

Result<ImportedSettings> importSettings(std::string_view text)
{
    const std::string whole = trimmed(text);
    ImportedSettings settings;
    if (!whole.empty() && (whole.front() == '{' || whole.front() == '[')) {
        if (takeJson(whole, settings)) {
            settings.source = "pscale output";
            return settings;
        }
    } else if (takeUrl(whole, settings)) {
        settings.source = "mysql:// URL";
        return settings;
    } else {
        int found = 0;
        if (takeEnvironment(whole, settings, found)) {
            settings.source = found == 1 ? ".env with 1 value" : ".env with " + std::to_string(found) + " values";
            return settings;
        }
    }
    return failure(ErrorKind::Usage,
                   "This is no .env, no mysql:// URL and no output of pscale: nothing was filled in.");
}

} // namespace vtscope
