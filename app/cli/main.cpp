// vtscope without a window: data on stdout, words on stderr, an exit code that says how it went.
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <QCoreApplication>

#include <cstdio>
#include <cstdlib>

#include "app/cli/command.h"
#include "app/cli/exitcode.h"

namespace {

constexpr const char* kHelp = R"(vtscope-cli - watch the changes of a Vitess or PlanetScale branch

  vtscope-cli check     CONNECTION                          test a connection in five steps
  vtscope-cli discover  CONNECTION [--keyspace K]           keyspaces, shards, tables, queues
  vtscope-cli watch     CONNECTION --keyspace K --table T   row changes, live
  vtscope-cli export    CAPTURE --format F                  a capture as CSV, NDJSON, redo or undo SQL
  vtscope-cli convert   CAPTURE… --out F.vtcap              captures, or lines of them, as a capture
  vtscope-cli diff      CAPTURE CAPTURE                     changes that only one of two captures has
  vtscope-cli queue     list|ack|subscribe CONNECTION …     message tables

CONNECTION is --connection NAME, or --host HOST[:PORT] --username U with one of --password-file F, --password-stdin,
--password-command C, or PLANETSCALE_PASSWORD in the environment. A proxy is taken from https_proxy; hosts in no_proxy are reached
without it. Every subcommand has --help.

Exit codes: 0 done · 1 other failure · 2 usage, unknown name · 3 login or role · 4 no connection · 5 position · 6 stream ended with
an error · 7 fewer messages acknowledged than planned, or captures differ · 8 output · 9 damaged capture · 130, 143 interrupted, after
a clean end
)";

int run(QStringList arguments)
{
    using namespace vtscope::cli;
    const QString command = arguments.isEmpty() ? QString() : arguments.takeFirst();
    if (command == u"--version") {
        std::puts("vtscope " VTSCOPE_VERSION);
        return kDone;
    }
    if (command == u"--help" || command == u"help") {
        std::fputs(kHelp, stdout);
        return kDone;
    }
    if (command == u"check")
        return runCheck(arguments);
    if (command == u"discover")
        return runDiscover(arguments);
    if (command == u"watch")
        return runWatch(arguments);
    if (command == u"export")
        return runExport(arguments);
    if (command == u"convert")
        return runConvert(arguments);
    if (command == u"diff")
        return runDiff(arguments);
    if (command == u"queue")
        return runQueue(arguments);
    if (!command.isEmpty())
        std::fprintf(stderr, "vtscope-cli: there is no command %s.\n\n", command.toUtf8().constData());
    std::fputs(kHelp, stderr);
    return kUsage;
}

} // namespace

int main(int argc, char** argv)
{
    using namespace vtscope::cli;
    // A reader that goes away (head, a closed pager) is an output error, not a crash.
    ::signal(SIGPIPE, SIG_IGN);
    // A core dump would hold the password.
    ::prctl(PR_SET_DUMPABLE, 0);
    // What gRPC meets is told by its status, in our words.
    ::setenv("GRPC_VERBOSITY", "NONE", 0);
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("vtscope-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(VTSCOPE_VERSION));
    const int code = run(QCoreApplication::arguments().mid(1));
    const bool isLost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    // Whoever read the pipe may have had enough; anything else is lost output.
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    if (!isLost || (::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0))
        return code;
    std::fputs("vtscope-cli: standard output cannot be written.\n", stderr);
    return code == kDone ? static_cast<int>(kOutputFailed) : code;
}
