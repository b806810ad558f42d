#pragma once

#include "streamcore/connection/connection.h"
#include "ui/task.h"

#include <QObject>

#include <memory>

namespace vtscope {

/// One connection test at a time, off the GUI thread, told tick by tick. GUI thread.
///
/// Starting another, cancel() and the destructor drop everything the test before would still have said.
class ConnectionTest : public QObject
{
    Q_OBJECT

public:
    explicit ConnectionTest(QObject* parent = nullptr);
    ~ConnectionTest() override;

    void start(const ConnectionSettings& settings, const Secret& password);
    void cancel();
    bool isRunning() const { return m_task.isRunning(); }

Q_SIGNALS:
    void tick(const vtscope::Tick& tick);
    void passed(const std::shared_ptr<vtscope::Connection>& connection);
    void failed(const vtscope::CheckFailure& failure);

private:
    struct Relay;

    std::shared_ptr<Relay> m_relay;
    Task m_task;
};

} // namespace vtscope
