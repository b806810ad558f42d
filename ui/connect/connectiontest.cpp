#include "ui/connect/connectiontest.h"

#include <QMetaObject>

#include <mutex>

namespace vtscope {

// Stands between the worker, which may outlive the test, and the test, which may be gone or already at another run.
struct ConnectionTest::Relay
{
    std::mutex mutex;
    ConnectionTest* target = nullptr;

    void cut()
    {
        const std::lock_guard guard(mutex);
        target = nullptr;
    }
};

ConnectionTest::ConnectionTest(QObject* parent) : QObject(parent), m_task(this) {}

ConnectionTest::~ConnectionTest()
{
    cancel();
}

void ConnectionTest::start(const ConnectionSettings& settings, const Secret& password)
{
    cancel();
    auto relay = std::make_shared<Relay>();
    relay->target = this;
    m_relay = relay;
    const auto told = [relay](const Tick& tick) {
        const std::lock_guard guard(relay->mutex);
        if (!relay->target)
            return;
        QMetaObject::invokeMethod(
            relay->target,
            [relay, tick] {
                // On the GUI thread, where alone the target is taken away.
                if (relay->target)
                    Q_EMIT relay->target->tick(tick);
            },
            Qt::QueuedConnection);
    };
    m_task.start(
        [settings, password, told](const std::stop_token& stop) { return check(settings, password, told, stop); },
        [this](tl::expected<std::shared_ptr<Connection>, CheckFailure> result) {
            if (result)
                Q_EMIT passed(*result);
            else
                Q_EMIT failed(result.error());
        });
}

void ConnectionTest::cancel()
{
    if (m_relay)
        m_relay->cut();
    m_relay.reset();
    m_task.cancel();
}

} // namespace vtscope
