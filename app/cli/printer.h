// Prints the changes of a session as they come, in the format asked for, until a count, a time or an end is reached.
#pragma once

#include <QObject>
#include <QTimer>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/output.h"
#include "streamcore/output/format.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/session/session.h"

namespace vtscope::cli {

struct PrintRequest
{
    enum class Format : std::uint8_t { Table, Csv, Ndjson };

    Format format = Format::Table;
    FormatOptions options;
    std::vector<std::string> columns; // header of a CSV; empty: those of the first change
    Filter filter;                    // what does not pass is not printed and not counted
    std::optional<std::uint64_t> count;
    std::optional<std::chrono::milliseconds> duration;
    std::string out = "-";
    std::optional<Rotation> rotation;
    bool isQuiet = false;
};

// --format, --filter, --count, --duration, --out, --rotate and those of formatoptions.h; error kind Usage.
class Options;
void addPrintOptions(Options& options);
Result<PrintRequest> printRequestFrom(const Options& options);

class Printer : public QObject
{
    Q_OBJECT

public:
    Printer(Session& session, PrintRequest request);

    // Opens the output, which stays as it is until the stream is open. Error kinds Output, and Usage when it is the
    // capture itself.
    Result<void> begin();
    // Runs until the end; returns the exit code.
    int run();
    // Whether the stream was ever opened; if not, nothing was written.
    bool hasBegun() const { return m_hasBegun; }

private:
    void beginOutput();
    void takeRows();
    void printRow(const Snapshot& snapshot, std::uint64_t number, const std::string& position);
    void printEvent(const Snapshot& snapshot, std::uint64_t number);
    void turnOver();
    void flush(bool isPause);
    bool took(Output::Outcome outcome);
    void finish(int code);

    Session& m_session;
    PrintRequest m_request;
    Output m_output;
    std::unique_ptr<ChangeFormatter> m_formatter;
    ChangeView m_change;
    PositionFinder m_positions;
    FilterMatcher m_matcher;
    std::string m_buffer;
    std::uint64_t m_next = 0; // line of the capture that comes next
    std::uint64_t m_printed = 0;
    std::uint64_t m_faults = 0;
    std::uint64_t m_missed = 0;      // lines that a ring dropped before they were printed
    std::uint32_t m_transaction = 0; // that of the change printed last
    bool m_isTaken = true;           // the output takes what is written
    bool m_hasBegun = false;
    bool m_isEnding = false;
    std::optional<int> m_code;
};

} // namespace vtscope::cli
