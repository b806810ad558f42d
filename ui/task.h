// A blocking call of the engine, made on a pool thread, whose answer comes back to the GUI thread. GUI thread.
#pragma once

#include <QFutureWatcher>
#include <QObject>
#include <QtConcurrent>

#include <stop_token>
#include <utility>

namespace vtscope {

// One call at a time: starting another, or destroying the Task, asks the one under way to stop and drops its answer.
// Nothing waits for it, so `work` must own what it uses (capture shared pointers and values, never `this`).
class Task
{
public:
    explicit Task(QObject* context) : m_context(context) {}
    ~Task() { cancel(); }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    // work(std::stop_token) on a pool thread; done(its result) on the GUI thread, unless canceled or the context is
    // gone.
    template <typename Work, typename Done> void start(Work work, Done done)
    {
        cancel();
        std::stop_source().swap(m_stop);
        using Answer = decltype(work(std::stop_token()));
        auto* watcher = new QFutureWatcher<Answer>(m_context);
        const std::stop_token stop = m_stop.get_token();
        m_isRunning = true;
        QObject::connect(watcher, &QFutureWatcher<Answer>::finished, m_context,
                         [this, watcher, stop, done = std::move(done)]() mutable {
                             watcher->deleteLater();
                             if (stop.stop_requested())
                                 return;
                             m_isRunning = false;
                             done(watcher->future().takeResult());
                         });
        watcher->setFuture(QtConcurrent::run([work = std::move(work), stop]() mutable { return work(stop); }));
    }

    void cancel()
    {
        m_stop.request_stop();
        m_isRunning = false;
    }

    bool isRunning() const { return m_isRunning; }

private:
    QObject* m_context;
    std::stop_source m_stop;
    bool m_isRunning = false;
};

} // namespace vtscope
