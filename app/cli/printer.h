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
#include "streamcore/position/cursorfile.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/session/progress.h"
#include "streamcore/session/session.h"
#include "streamcore/session/wake.h"

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
    std::uint64_t rowsToCopy = 0; // about; 0: not known
    std::string stopPosition;     // of the session; the output ends exactly there
    // How the session starts anew when what it would go on from is gone; nothing: it ends.
    std::optional<WatchRequest::Start> ifLost;

    // A file that is told again and again how far the output got.
    struct Cursor
    {
        std::string path;
        CursorFile state; // of the run before, or what this one watches
    };
    std::optional<Cursor> cursor;
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
    void beginWhenOpen();
    void beginOutput();
    void takeRows();
    bool printUntil(const Snapshot& snapshot, std::uint64_t end);
    void takePosition(const Snapshot& snapshot);
    void followPositions();
    bool startAnew(const Error& error);
    void saveCursorIfDue(bool isNow);
    void saveCursor();
    void makeFormatter(OutputFormat format, std::vector<std::string> columns);
    void printRow(const Snapshot& snapshot, std::uint64_t number, const std::string& position);
    void printEvent(const Snapshot& snapshot, std::uint64_t number);
    void tellTrouble();
    void tellLife();
    void tellCopy();
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
    std::uint64_t m_next; // line of the capture that comes next; those of a run before it are not printed again
    std::uint64_t m_printed = 0;
    std::uint64_t m_faults = 0;
    std::uint64_t m_missed = 0;                 // lines that a ring dropped before they were printed
    std::uint32_t m_transaction = 0;            // that of the change printed last
    bool m_isTaken = true;                      // the output takes what is written
    std::unique_ptr<StreamProgress> m_progress; // for a cursor file or a stop position
    ReaderId m_firstReader = 0;                 // of the session, since it started last
    std::chrono::steady_clock::time_point m_savedAt;
    Wake m_wake;
    QTimer m_saving;
    QTimer m_looking;    // at how the stream lives
    std::string m_doubt; // that was told last
    std::chrono::steady_clock::time_point m_copyToldAt = std::chrono::steady_clock::now();
    std::optional<std::string> m_throttled;
    bool m_isSilent = false;
    bool m_isClockTold = false;
    bool m_isSafe = false;  // what was printed ends at a position to go on from
    bool m_isSaved = false; // and the cursor file has it
    bool m_isKept = false;  // the output goes on behind an earlier run's
    bool m_hasRows = false; // in the file at hand
    bool m_isCountMet = false;
    bool m_hasBegun = false;
    bool m_isEnding = false;
    std::optional<int> m_code;
};

} // namespace vtscope::cli
