// The local branch as a program: arguments, password, signals, and one line of JSON when it is ready.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "app/localbranch/options.h"
#include "app/localbranch/server.h"

namespace {

constexpr int kBadArguments = 2;
constexpr int kCannotListen = 4;

/// Byte by byte, so that nothing beyond the line is taken.
std::string lineFromStdin()
{
    std::string line;
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        line += c;
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return line;
}

bool readPassword(const localbranch::Options& options, std::string& password)
{
    if (options.isChild)
        password = lineFromStdin();
    if (options.passwordFile.empty())
        return true;
    std::ifstream file(options.passwordFile);
    if (!file)
        return false;
    std::getline(file, password);
    return true;
}

/// Blocks until TERM, INT or, for a child, the end of stdin. USR1 drains the server. False if it cannot listen any more.
bool serve(localbranch::Server& server, const sigset_t& signals, bool watchesStdin)
{
    const int signalFile = ::signalfd(-1, &signals, SFD_CLOEXEC);
    pollfd files[] = {{signalFile, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    bool isServing = true;
    for (;;) {
        if (::poll(files, watchesStdin ? 2 : 1, -1) < 0)
            continue;
        if (signalfd_siginfo signal{}; (files[0].revents & POLLIN) != 0) {
            if (::read(signalFile, &signal, sizeof signal) != sizeof signal || signal.ssi_signo != SIGUSR1)
                break;
            isServing = server.drain();
            if (!isServing)
                break;
        }
        char ignored[256];
        if (watchesStdin && files[1].revents != 0 && ::read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            break;
    }
    ::close(signalFile);
    return isServing;
}

int run(const localbranch::Options& options)
{
    // Blocked before any thread starts, so that only serve() sees them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    if (options.isChild)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    std::string password;
    if (!readPassword(options, password)) {
        std::cerr << "localbranch: cannot read the password file " << options.passwordFile << '\n';
        return kBadArguments;
    }
    localbranch::Options effective = options;
    // An empty line from the parent means that nobody is asked for a login.
    if (options.isChild && password.empty())
        effective.user.clear();
    localbranch::Server server(effective, password);
    bool isServing = server.start();
    if (isServing) {
        std::cout << server.readyLine() << std::endl;
        isServing = serve(server, signals, options.isChild);
        server.stop();
    }
    if (!isServing)
        std::cerr << "localbranch: cannot listen on " << options.listen << '\n';
    return isServing ? 0 : kCannotListen;
}

int start(const std::vector<std::string>& arguments)
{
    const auto parsed = localbranch::parsedOptions(arguments);
    if (const auto* sentence = std::get_if<std::string>(&parsed)) {
        std::cerr << "localbranch: " << *sentence << '\n';
        return kBadArguments;
    }
    const auto& options = std::get<localbranch::Options>(parsed);
    if (options.wantsHelp) {
        std::cout << localbranch::helpText();
        return 0;
    }
    return run(options);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return start({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "localbranch: " << error.what() << '\n';
        return kBadArguments;
    }
}
