// Wakes one waiting thread; many notifications between two waits count as one. Any thread may notify.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace localbranch {

class Notifier
{
public:
    void notify()
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_isPending)
                return;
            m_isPending = true;
        }
        m_condition.notify_one();
    }

    /// True if it was notified since the last wait.
    bool waitFor(std::chrono::nanoseconds longest)
    {
        std::unique_lock lock(m_mutex);
        m_condition.wait_for(lock, longest, [this] { return m_isPending; });
        return std::exchange(m_isPending, false);
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_condition;
    bool m_isPending = false;
};

} // namespace localbranch
