#include "ui/connect/connector.h"

#include <QDateTime>
#include <QPointer>

namespace vtscope {

Connector::Connector(SecretStore& secrets, QObject* parent) : QObject(parent), m_secrets(secrets)
{
    connect(&m_test, &ConnectionTest::tick, this, &Connector::tick);
    connect(&m_test, &ConnectionTest::passed, this, [this](const std::shared_ptr<Connection>& connection) {
        m_isRunning = false;
        m_saved.lastUsed = QDateTime::currentSecsSinceEpoch();
        if (!connection->facts().branch.empty())
            m_saved.branch = connection->facts().branch;
        Q_EMIT connected(connection);
    });
    connect(&m_test, &ConnectionTest::failed, this, [this](const CheckFailure& failure) {
        m_isRunning = false;
        Q_EMIT failed(failure);
    });
}

void Connector::start(const SavedConnection& saved)
{
    cancel();
    m_saved = saved;
    m_isRunning = true;
    if (saved.settings.username.empty() || !saved.settings.password.isTyped()) {
        m_test.start(saved.settings, Secret());
        return;
    }
    // The keyring may ask the user first: by then this may be gone, or busy with another connection.
    const QPointer<Connector> self(this);
    const quint64 run = m_run;
    m_secrets.read(saved.settings.id, [self, run](const std::optional<Secret>& secret) {
        if (!self || self->m_run != run)
            return;
        if (secret) {
            self->m_test.start(self->m_saved.settings, *secret);
            return;
        }
        self->m_isRunning = false;
        Q_EMIT self->passwordNeeded();
    });
}

void Connector::start(const ConnectionSettings& settings, const Secret& password)
{
    cancel();
    m_saved = SavedConnection{settings, 0, {}};
    m_isRunning = true;
    m_test.start(settings, password);
}

void Connector::cancel()
{
    ++m_run;
    m_isRunning = false;
    m_test.cancel();
}

} // namespace vtscope
