#include "ui/connect/failurewords.h"

#include <QCoreApplication>
#include <QHostAddress>
#include <QRegularExpression>

namespace vtscope {

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("FailureWords", text);
}

QString text(const std::string& utf8)
{
    return QString::fromStdString(utf8);
}

// Enough of a user name to recognise it.
QString shortened(const QString& name)
{
    constexpr int kWhole = 12;
    return name.size() <= kWhole ? name : name.left(4) + QChar(0x2026) + name.right(3);
}

// The number in "Version: 24.0.2 (Git revision …) built on …".
QString versionOf(const BranchFacts& facts)
{
    static const QRegularExpression kVersion(QStringLiteral("Version:\\s*(\\S+)"));
    return kVersion.match(text(facts.version)).captured(1);
}

QString adviceFor(const CheckFailure& failure, const ConnectionSettings& settings)
{
    if (failure.fix == Fix::Proxy)
        return tr("vtscope takes its proxy from the environment that it is started in: https_proxy names it, and "
                  "no_proxy lists hosts that are reached without it.");
    switch (failure.error.kind) {
    case ErrorKind::NameNotFound:
        return tr("Check the spelling. At PlanetScale the host ends in .connect.psdb.cloud.");
    case ErrorKind::NotReachable:
        if (failure.step == Tick::Step::Login)
            return tr(
                "Another service may listen there, such as a web server. A vtgate needs its gRPC port, often 15991.");
        return tr("Check host and port, and whether the server runs. vtscope needs the gRPC port, not the MySQL port.");
    case ErrorKind::Login:
        if (failure.fix == Fix::PasswordSource)
            return tr("Nothing was sent. Try the command in a terminal: its first line of output has to be the "
                      "password.");
        if (settings.username.empty())
            return tr("No user and no password were sent. This branch asks for both.");
        return tr("The server did not accept user %1 with this password. A password belongs to one branch and stops "
                  "working when it is "
                  "deleted or renewed.")
            .arg(shortened(text(settings.username)));
    case ErrorKind::Tls:
        if (failure.fix == Fix::WithoutEncryption)
            return tr("Without encryption anybody on the way can read and change what is sent. On this machine or in a "
                      "private network "
                      "that may be all right.");
        if (failure.fix == Fix::CaFile)
            return tr("Choose the file with the certificate of the authority that signed it. The check cannot be "
                      "turned off.");
        if (failure.fix == Fix::Host)
            return tr("Type the name that the certificate was made for. The check cannot be turned off.");
        return tr("The check cannot be turned off.");
    case ErrorKind::Unavailable:
        return tr("That may pass. Try again in a moment.");
    default:
        return {};
    }
}

} // namespace

CheckFailure shownAs(CheckFailure failure, const ConnectionSettings& settings)
{
    if (failure.step != Tick::Step::Login || failure.error.kind != ErrorKind::NotReachable)
        return failure;
    failure.error.detail = failure.error.message + (failure.error.detail.empty() ? "" : "\n" + failure.error.detail);
    failure.error.message = tr("%1 answers, but not as a branch does.").arg(text(settings.endpoint())).toStdString();
    failure.fix = Fix::Host;
    return failure;
}

FailureWords wordsFor(const CheckFailure& failure, const ConnectionSettings& settings)
{
    FailureWords words{text(failure.error.message), adviceFor(failure, settings), text(failure.error.detail)};
    if (failure.error.code != 0)
        words.details +=
            (words.details.isEmpty() ? QString() : QStringLiteral("\n")) + tr("gRPC code %1").arg(failure.error.code);
    return words;
}

QString wordsFor(const Connection& connection)
{
    const BranchFacts& facts = connection.facts();
    QStringList first;
    if (facts.family == Family::PlanetScale)
        first.append(tr("A PlanetScale branch"));
    else
        first.append(versionOf(facts).isEmpty() ? tr("A vtgate") : tr("A vtgate %1").arg(versionOf(facts)));
    if (!facts.branch.empty())
        first.append(text(facts.branch));
    if (!facts.role.empty())
        first.append(tr("role %1").arg(text(facts.role)));
    const bool hasVStream = facts.vstream == Availability::Yes;
    QString offers;
    if (connection.hasSync())
        offers = hasVStream ? tr("It offers VStream and Sync.")
                            : tr("It offers Sync; whether VStream too shows when a stream is opened.");
    else
        offers = hasVStream ? tr("It offers VStream.") : tr("Whether it offers VStream shows when a stream is opened.");
    return first.join(QStringLiteral(", ")) + QStringLiteral(". ") + offers;
}

QString guessedName(const QString& hostAndPort)
{
    const auto parsed = parseHost(hostAndPort.toStdString());
    if (!parsed)
        return {};
    const QString host = text(parsed->first);
    const bool isAddress = !QHostAddress(host).isNull();
    const QString name = isAddress ? host : host.section(u'.', 0, 0);
    return parsed->second == 443 ? name : name + u':' + QString::number(parsed->second);
}

} // namespace vtscope
