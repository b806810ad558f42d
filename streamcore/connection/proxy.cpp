#include "streamcore/connection/proxy.h"

#include <QHostAddress>
#include <QUrl>

#include <algorithm>
#include <initializer_list>

namespace vtscope {

namespace {

struct Variable
{
    const char* name;
    QString value;
};

std::optional<Variable> firstSet(std::initializer_list<const char*> names)
{
    for (const char* name : names) {
        if (qEnvironmentVariableIsSet(name))
            return Variable{name, qEnvironmentVariable(name).trimmed()};
    }
    return std::nullopt;
}

bool isHere(const QString& host)
{
    return host.compare(u"localhost", Qt::CaseInsensitive) == 0 || QHostAddress(host).isLoopback();
}

// gRPC compares the end of the name too, without asking for a dot before it: what it leaves out has to be left out
// here.
bool matches(const QString& host, QStringView entry)
{
    if (entry == u"*")
        return true;
    if (entry.startsWith(u'*'))
        entry = entry.mid(1);
    if (!entry.isEmpty() && host.endsWith(entry, Qt::CaseInsensitive))
        return true;
    const QHostAddress address(host);
    return entry.contains(u'/') && !address.isNull() && address.isInSubnet(QHostAddress::parseSubnet(entry.toString()));
}

bool isListed(const QString& host)
{
    const auto listed = firstSet({"no_grpc_proxy", "no_proxy", "NO_PROXY"});
    if (!listed)
        return false;
    const QList<QStringView> entries = QStringView(listed->value).split(u',');
    return std::any_of(entries.begin(), entries.end(),
                       [&host](QStringView entry) { return matches(host, entry.trimmed()); });
}

} // namespace

std::string Proxy::endpoint() const
{
    const bool isV6 = host.find(':') != std::string::npos;
    return (isV6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Proxy::authorization() const
{
    if (login.isEmpty())
        return {};
    const std::string_view text = login.reveal();
    const QByteArray bytes = QByteArray::fromRawData(text.data(), static_cast<qsizetype>(text.size()));
    return "Basic " + bytes.toBase64().toStdString();
}

Result<std::optional<Proxy>> proxyFor(const std::string& host)
{
    const QString name = QString::fromStdString(host);
    const auto variable = firstSet({"grpc_proxy", "https_proxy", "HTTPS_PROXY", "http_proxy"});
    if (!variable || variable->value.isEmpty() || isHere(name) || isListed(name))
        return std::nullopt;
    const bool hasScheme = variable->value.contains(u"://");
    const QUrl url((hasScheme ? QString() : QStringLiteral("http://")) + variable->value);
    if (!url.isValid() || url.scheme() != u"http" || url.host().isEmpty()) {
        return failure(ErrorKind::Usage, std::string("The variable ") + variable->name +
                                             " names no proxy that vtscope can use. It has to read "
                                             "http://proxy:port, or http://user:password@proxy:port.");
    }
    Proxy proxy;
    proxy.host = url.host().toStdString();
    proxy.port = url.port(80);
    proxy.variable = variable->name;
    if (!url.userInfo().isEmpty()) {
        const QString login = url.userName(QUrl::FullyDecoded) + u':' + url.password(QUrl::FullyDecoded);
        proxy.login = Secret(login.toStdString());
    }
    return proxy;
}

} // namespace vtscope
