// Prints the changes of a session as they come, in the format asked for, until a count, a time or an end is reached.
#pragma once

#include <QObject>
#include <QTimer>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
    bool isQuiet = false;
};

// --format, --filter, --count, --duration, --out and those of formatoptions.h; error kind Usage.
class Options;
void addPrintOptions(Options& options);
Result<PrintRequest> printRequestFrom(const Options& options);

class Printer : public QObject
{
    Q_OBJECT

public:
    Printer(Session& session, PrintRequest request);
    ~Printer() override;

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
    void flush();
    bool awaitRoom() const;
    void finish(int code);

    Session& m_session;
    PrintRequest m_request;
    std::unique_ptr<ChangeFormatter> m_formatter;
    ChangeView m_change;
    PositionFinder m_positions;
    FilterMatcher m_matcher;
    std::string m_buffer;
    std::uint64_t m_next = 0; // line of the capture that comes next
    std::uint64_t m_printed = 0;
    std::uint64_t m_faults = 0;
    std::uint64_t m_missed = 0; // lines that a ring dropped before they were printed
    int m_descriptor = 1;
    std::size_t m_writeAtOnce = SIZE_MAX;
    bool m_isNewFile = false;
    bool m_hasBegun = false;
    bool m_isEnding = false;
    std::optional<int> m_code;
};

} // namespace vtscope::cli
