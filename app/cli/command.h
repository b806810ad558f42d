// What the subcommands share: options, the connection they name, interruption.
#pragma once

#include <QCommandLineParser>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamcore/connection/connection.h"
#include "streamcore/result.h"
#include "streamcore/select/filter.h"

namespace vtscope::cli {

// Options of one subcommand. Ends the program with help or a usage error (exit 2) by itself.
class Options
{
public:
    // arguments: without the program's name and the subcommand.
    Options(const QString& usage, const QString& description);

    void addConnection();
    void addFlag(const char* name, const char* description);
    void addValue(const char* name, const char* value, const char* description, const char* fallback = "");

    static constexpr int kAnyNumber = -1;

    // Takes so many files, or from so many on. Returns an exit code when the program has to end here.
    std::optional<int> parse(const QStringList& arguments, int positional = 0, int most = 0);

    bool has(const char* name) const { return m_parser.isSet(QLatin1String(name)); }
    std::string value(const char* name) const { return m_parser.value(QLatin1String(name)).toStdString(); }
    std::vector<std::string> values(const char* name) const;
    // Nothing unless the whole value is a number.
    std::optional<std::uint64_t> number(const char* name) const;
    QStringList positional() const { return m_parser.positionalArguments(); }

private:
    QCommandLineParser m_parser;
    QString m_usage;
};

// --filter, which shapes what is printed or exported. Error kind Usage, with the place at fault shown below the text.
void addFilter(Options& options);
Result<Filter> filterFrom(const Options& options);
// A column that none of these tables has. Error kind UnknownName, with near names.
Result<void> checkColumns(const Filter& filter, const std::vector<std::string>& names);

struct Login
{
    ConnectionSettings settings;
    Secret password;
};

// From --connection or --host and its companions. Error kind Usage, or Login when the password is not to be had.
Result<Login> loginFrom(const Options& options);

// Connects, telling on stderr only what failed.
Result<std::shared_ptr<Connection>> connectWith(const Options& options);

int runCheck(const QStringList& arguments);
int runDiscover(const QStringList& arguments);
int runWatch(const QStringList& arguments);
int runExport(const QStringList& arguments);
int runConvert(const QStringList& arguments);
int runDiff(const QStringList& arguments);
int runQueue(const QStringList& arguments);

// 0, or the signal (SIGINT, SIGTERM) that asked the program to end; known after catchInterrupts().
int interruptedBy();
// From now on the first of these signals is noted, and the second one ends the program.
void catchInterrupts();
// Calls `done` on the event loop when one of them comes.
void onInterrupt(QObject* context, std::function<void()> done);
int interruptExitCode();
// Readable from the moment that such a signal came; -1 before onInterrupt().
int interruptDescriptor();

} // namespace vtscope::cli
