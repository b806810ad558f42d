#include "tests/faults/vitessprocess.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace vtscope::test {
namespace {

std::vector<std::string> wordsIn(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::string> words;
    for (std::string word; std::getline(stream, word, '\0');)
        words.push_back(word);
    return words;
}

// Also one that is dead and was not waited for.
bool isGone(pid_t process)
{
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name = text.rfind(") ");
    return name == std::string::npos || text[name + 2] == 'Z';
}

std::vector<char*> pointersTo(std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

VitessProcess::~VitessProcess()
{
    if (!m_reaper.joinable())
        return;
    ::kill(m_process, SIGKILL);
    m_reaper.join();
}

void VitessProcess::findVtgate(const Cluster& cluster)
{
    find({"/bin/vtcombo", "--port", std::to_string(cluster.ready()[QStringLiteral("http")].toInt())});
}

void VitessProcess::findMysqld(const Cluster& cluster)
{
    // What it is called with names its folder alone, which vtgate's socket lies in.
    VitessProcess vtgate;
    vtgate.findVtgate(cluster);
    const auto socket = std::find(vtgate.m_arguments.begin(), vtgate.m_arguments.end(), "--db-socket") + 1;
    m_folder = std::filesystem::path(*socket).parent_path();
    find({"/mysqld", "--defaults-file=" + m_folder + "/my.cnf"});
}

void VitessProcess::find(const std::vector<std::string>& words)
{
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        const std::vector<std::string> arguments = wordsIn(entry.path() / "cmdline");
        const auto has = [&](const std::string& word) {
            return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& one) {
                return word.starts_with("/") ? one.ends_with(word) : one == word;
            });
        };
        struct stat state
        {
        };
        if (!std::all_of(words.begin(), words.end(), has) || ::stat(entry.path().c_str(), &state) != 0)
            continue;
        m_arguments = arguments;
        m_environment = wordsIn(entry.path() / "environ");
        m_user = state.st_uid;
        m_group = state.st_gid;
        m_process = std::stoi(name);
        return;
    }
    throw std::runtime_error("there is no process of the cluster with " + words.back());
}

void VitessProcess::kill()
{
    ::kill(m_process, SIGKILL);
    if (m_reaper.joinable())
        m_reaper.join();
    while (!isGone(m_process))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    // It would be taken for alive as long as nobody has waited for it.
    if (!m_folder.empty())
        std::filesystem::remove(m_folder + "/mysql.sock.lock");
}

void VitessProcess::halt()
{
    ::kill(m_process, SIGSTOP);
}

void VitessProcess::goOn()
{
    ::kill(m_process, SIGCONT);
}

void VitessProcess::start()
{
    // All that needs memory comes before the fork.
    const std::vector<char*> arguments = pointersTo(m_arguments), environment = pointersTo(m_environment);
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    m_process = ::fork();
    if (m_process == 0) {
        for (const int file : {0, 1, 2})
            ::dup2(nothing, file);
        if (::getuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(m_group) != 0 || ::setuid(m_user) != 0))
            ::_exit(127);
        // A test that is killed must not leave servers behind.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::execve(arguments.front(), arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(nothing);
    if (m_process > 0)
        m_reaper = std::thread([process = m_process] { ::waitpid(process, nullptr, 0); });
}

} // namespace vtscope::test
