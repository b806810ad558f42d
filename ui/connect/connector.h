#pragma once

#include "streamcore/connection/store.h"
#include "ui/connect/connectiontest.h"

#include <QObject>

#include <memory>

namespace vtscope {

/// Connects to a saved connection, or to settings with a password, without the dialog. GUI thread; one at a time.
class Connector : public QObject
{
    Q_OBJECT

public:
    /// `secrets` must outlive the connector.
    explicit Connector(SecretStore& secrets, QObject* parent = nullptr);

    /// Reads the password and connects. A connection with a user but without a kept password ends in passwordNeeded().
    void start(const SavedConnection& saved);
    /// Connects with this password; for the local branch.
    void start(const ConnectionSettings& settings, const Secret& password);
    /// No signal comes any more.
    void cancel();
    bool isRunning() const { return m_isRunning; }

    /// What was started last; after connected() with the time and the branch of now, to be saved.
    const SavedConnection& saved() const { return m_saved; }

Q_SIGNALS:
    void tick(const vtscope::Tick& tick);
    void connected(const std::shared_ptr<vtscope::Connection>& connection);
    void failed(const vtscope::CheckFailure& failure);
    /// Nothing was sent: open the dialog with saved().
    void passwordNeeded();

private:
    SecretStore& m_secrets;
    ConnectionTest m_test;
    SavedConnection m_saved;
    quint64 m_run = 0;
    bool m_isRunning = false;
};

} // namespace vtscope
