#include "streamcore/connection/store.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QUuid>

#include <qt6keychain/keychain.h>

#include <algorithm>
#include <map>

namespace vtscope {

namespace {

QString folderOf(const char* variable, const char* fallback)
{
    const QString set = qEnvironmentVariable(variable);
    return (set.isEmpty() ? QDir::homePath() + u'/' + QLatin1String(fallback) : set) + QStringLiteral("/vtscope");
}

QJsonObject toJson(const SavedConnection& saved)
{
    const ConnectionSettings& settings = saved.settings;
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    return QJsonObject{{QStringLiteral("id"), text(settings.id)},
                       {QStringLiteral("name"), text(settings.name)},
                       {QStringLiteral("host"), text(settings.host)},
                       {QStringLiteral("port"), settings.port},
                       {QStringLiteral("database"), text(settings.database)},
                       {QStringLiteral("username"), text(settings.username)},
                       {QStringLiteral("passwordFrom"), QLatin1String(nameOf(settings.password.from))},
                       {QStringLiteral("passwordPlace"), text(settings.password.place)},
                       {QStringLiteral("plaintext"), settings.isPlaintext},
                       {QStringLiteral("allowCleartextPassword"), settings.allowsCleartextPassword},
                       {QStringLiteral("caFile"), text(settings.caFile)},
                       {QStringLiteral("tabletType"), QLatin1String(nameOf(settings.tabletType))},
                       {QStringLiteral("cells"), text(settings.cells)},
                       {QStringLiteral("tag"), QLatin1String(nameOf(settings.tag))},
                       {QStringLiteral("lastUsed"), static_cast<qint64>(saved.lastUsed)},
                       {QStringLiteral("branch"), text(saved.branch)}};
}

SavedConnection fromJson(const QJsonObject& object)
{
    const auto text = [&object](QStringView name) { return object.value(name).toString().toStdString(); };
    SavedConnection saved;
    saved.settings.id = text(u"id");
    saved.settings.name = text(u"name");
    saved.settings.host = text(u"host");
    saved.settings.port = object.value(u"port").toInt(443);
    saved.settings.database = text(u"database");
    saved.settings.username = text(u"username");
    saved.settings.password.from = passwordFromNamed(text(u"passwordFrom")).value_or(PasswordFrom::Typed);
    saved.settings.password.place = text(u"passwordPlace");
    saved.settings.isPlaintext = object.value(u"plaintext").toBool();
    saved.settings.allowsCleartextPassword = object.value(u"allowCleartextPassword").toBool();
    saved.settings.caFile = text(u"caFile");
    saved.settings.tabletType = tabletTypeFrom(text(u"tabletType")).value_or(TabletType::Primary);
    saved.settings.cells = text(u"cells");
    saved.settings.tag = tagFrom(text(u"tag"));
    saved.lastUsed = object.value(u"lastUsed").toInteger();
    saved.branch = text(u"branch");
    return saved;
}

class MemorySecrets : public SecretStore
{
public:
    void read(const std::string& id, Read done) override
    {
        const auto found = m_secrets.find(id);
        done(found == m_secrets.end() ? std::nullopt : std::optional(found->second));
    }
    void write(const std::string& id, const Secret& secret, Written done) override
    {
        m_secrets[id] = secret;
        done(false);
    }
    void remove(const std::string& id) override { m_secrets.erase(id); }

protected:
    std::map<std::string, Secret> m_secrets;
};

class KeyringSecrets final : public MemorySecrets
{
public:
    void read(const std::string& id, Read done) override
    {
        if (m_secrets.contains(id)) {
            MemorySecrets::read(id, std::move(done));
            return;
        }
        auto* job = prepared(new QKeychain::ReadPasswordJob(kService), id);
        QObject::connect(job, &QKeychain::Job::finished, job, [job, done = std::move(done)] {
            if (job->error() != QKeychain::NoError) {
                done(std::nullopt);
                return;
            }
            QByteArray bytes = job->textData().toUtf8();
            done(Secret({bytes.constData(), static_cast<std::size_t>(bytes.size())}));
            bytes.fill('\0');
        });
        job->start();
    }

    void write(const std::string& id, const Secret& secret, Written done) override
    {
        m_secrets[id] = secret;
        auto* job = prepared(new QKeychain::WritePasswordJob(kService), id);
        job->setTextData(QString::fromUtf8(secret.reveal().data(), static_cast<qsizetype>(secret.reveal().size())));
        QObject::connect(job, &QKeychain::Job::finished, job,
                         [job, done = std::move(done)] { done(job->error() == QKeychain::NoError); });
        job->start();
    }

    void remove(const std::string& id) override
    {
        MemorySecrets::remove(id);
        prepared(new QKeychain::DeletePasswordJob(kService), id)->start();
    }

private:
    template <typename Job> static Job* prepared(Job* job, const std::string& id)
    {
        job->setKey(QString::fromStdString(id));
        job->setInsecureFallback(false);
        job->setAutoDelete(true);
        return job;
    }

    static inline const QString kService = QStringLiteral("vtscope");
};

} // namespace

ConnectionStore::ConnectionStore(std::string path)
    : m_path(path.empty() ? (folderOf("XDG_CONFIG_HOME", ".config") + QStringLiteral("/connections.json")).toStdString()
                          : std::move(path))
{
    QFile file(QString::fromStdString(m_path));
    if (!file.exists())
        return;
    QJsonParseError problem;
    QJsonDocument document;
    if (file.open(QIODevice::ReadOnly))
        document = QJsonDocument::fromJson(file.readAll(), &problem);
    if (!document.isObject()) {
        m_problem = "The saved connections in " + m_path + " cannot be read.";
        return;
    }
    const QJsonArray saved = document.object().value(u"connections").toArray();
    for (const auto& value : saved)
        m_connections.push_back(fromJson(value.toObject()));
}

const SavedConnection* ConnectionStore::find(const std::string& name) const
{
    for (const auto& wanted : {&ConnectionSettings::name, &ConnectionSettings::id}) {
        const auto found = std::find_if(m_connections.begin(), m_connections.end(),
                                        [&](const SavedConnection& one) { return one.settings.*wanted == name; });
        if (found != m_connections.end())
            return &*found;
    }
    return nullptr;
}

Result<std::string> ConnectionStore::save(SavedConnection connection)
{
    if (connection.settings.id.empty())
        connection.settings.id = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
    std::string id = connection.settings.id;
    std::erase_if(m_connections, [&](const SavedConnection& one) { return one.settings.id == id; });
    m_connections.insert(m_connections.begin(), std::move(connection));
    if (auto written = write(); !written)
        return tl::unexpected(written.error());
    return id;
}

Result<void> ConnectionStore::remove(const std::string& id)
{
    std::erase_if(m_connections, [&](const SavedConnection& one) { return one.settings.id == id; });
    return write();
}

Result<void> ConnectionStore::clear()
{
    m_connections.clear();
    return write();
}

Result<void> ConnectionStore::write() const
{
    // What could not be read may still be saved by hand.
    if (!m_problem.empty())
        return failure(ErrorKind::Output, m_problem + " Nothing is saved until that file is mended or moved away.");
    QJsonArray array;
    for (const SavedConnection& saved : m_connections)
        array.append(toJson(saved));
    const QString path = QString::fromStdString(m_path);
    QDir().mkpath(path.section(u'/', 0, -2));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return failure(ErrorKind::Output,
                       "The connection cannot be saved: " + m_path + ": " + file.errorString().toStdString() + ".");
    file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    file.write(
        QJsonDocument(QJsonObject{{QStringLiteral("version"), 1}, {QStringLiteral("connections"), array}}).toJson());
    if (!file.commit())
        return failure(ErrorKind::Output,
                       "The connection cannot be saved: " + m_path + ": " + file.errorString().toStdString() + ".");
    return {};
}

std::unique_ptr<SecretStore> SecretStore::system()
{
    return std::make_unique<KeyringSecrets>();
}

std::unique_ptr<SecretStore> SecretStore::inMemory()
{
    return std::make_unique<MemorySecrets>();
}

std::string captureFolder()
{
    const QString folder = folderOf("XDG_DATA_HOME", ".local/share") + QStringLiteral("/captures");
    if (!QDir().mkpath(folder))
        return {};
    QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
    return folder.toStdString();
}

std::string stateFolder()
{
    return folderOf("XDG_STATE_HOME", ".local/state").toStdString();
}

} // namespace vtscope
