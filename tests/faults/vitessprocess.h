// One of the processes of a running Vitess cluster, which can be killed and started again as it was, on its data.
#pragma once

#include <sys/types.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/localbranch.h"

namespace vtscope::test {

// Belongs to one thread; its calls block. Outlives the cluster, which stops its mysqld by itself.
class VitessProcess
{
public:
    VitessProcess() = default;
    ~VitessProcess();
    VitessProcess(const VitessProcess&) = delete;
    VitessProcess& operator=(const VitessProcess&) = delete;

    // These two throw when there is no such process.
    void findVtgate(const Cluster& cluster); // vtcombo, which has the tablets too
    void findMysqld(const Cluster& cluster);

    // Without a chance to end by itself. Returns when it is gone.
    void kill();
    // After kill(). Returns at once: it answers some time later.
    void start();
    // Stands still, with its connections open, until it goes on.
    void halt();
    void goOn();

private:
    void find(const std::vector<std::string>& words);

    std::vector<std::string> m_arguments, m_environment;
    std::string m_folder;
    uid_t m_user = 0;
    gid_t m_group = 0;
    pid_t m_process = -1;
    std::thread m_reaper; // of one whose parent is this program: others must see that it has ended
};

} // namespace vtscope::test
