// The embedded server as a child process of the window: started on demand, gone with the window. GUI thread.
#pragma once

#include <QObject>
#include <QProcess>

#include "streamcore/connection/settings.h"

namespace vtscope {

class LocalBranchProcess : public QObject
{
    Q_OBJECT

public:
    explicit LocalBranchProcess(QObject* parent = nullptr);
    ~LocalBranchProcess() override;

    // Starts it, or tells again of the one that runs.
    void start();
    void stop();

Q_SIGNALS:
    void ready(const vtscope::ConnectionSettings& settings, const vtscope::Secret& password);
    void failed(const QString& sentence, const QString& details);

private:
    void readLine();

    QProcess m_process;
    ConnectionSettings m_settings;
    Secret m_password;
    bool m_isReady = false;
};

} // namespace vtscope
