#include "app/cli/printer.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstdio>

#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "app/cli/formatoptions.h"
#include "app/cli/gaps.h"
#include "app/cli/limits.h"
#include "app/cli/tablerow.h"
#include "streamcore/clock.h"
#include "streamcore/names.h"

namespace vtscope::cli {

namespace {

constexpr std::chrono::seconds kSavePeriod{1};
constexpr std::chrono::milliseconds kLookPeriod{500};
constexpr std::chrono::seconds kCopyPeriod{10};

} // namespace

void addPrintOptions(Options& options)
{
    options.addValue("format", "table|csv|ndjson", "How to print.", "table");
    addFilter(options);
    addFormatOptions(options);
    options.addValue("count", "N", "Stop after N changes.");
    options.addValue("duration", "TIME", "Stop after this time: 500ms, 5s, 2m, 1h.");
    options.addValue("out", "FILE|-", "Where to; - is standard output. A name in .gz or .zst is compressed.", "-");
    options.addValue("rotate", "size:S,time:T",
                     "Go on in another file, FILE-0001 and so on, after so much (100M) or so long (1h), between two "
                     "transactions.");
}

Result<PrintRequest> printRequestFrom(const Options& options)
{
    PrintRequest request;
    const std::string format = options.value("format");
    if (format == "csv")
        request.format = PrintRequest::Format::Csv;
    else if (format == "ndjson")
        request.format = PrintRequest::Format::Ndjson;
    else if (format != "table")
        return failure(ErrorKind::Usage, "--format is table, csv or ndjson, not " + format + ".");
    auto filter = filterFrom(options);
    if (!filter)
        return tl::unexpected(filter.error());
    request.filter = std::move(*filter);
    auto how = formatOptionsFrom(options);
    if (!how)
        return tl::unexpected(how.error());
    request.options = std::move(*how);
    if (options.has("count")) {
        request.count = options.number("count");
        if (!request.count || *request.count == 0)
            return failure(ErrorKind::Usage, "--count takes a number from 1 on, not " + options.value("count") + ".");
    }
    if (options.has("duration")) {
        request.duration = durationFrom(options.value("duration"));
        if (!request.duration)
            return failure(ErrorKind::Usage, "--duration takes a time such as 500ms, 5s, 2m or 1h, up to 596h, not " +
                                                 options.value("duration") + ".");
    }
    request.out = options.value("out");
    if (options.has("rotate")) {
        if (request.out == "-")
            return failure(ErrorKind::Usage, "--rotate needs a file: name one with --out.");
        const auto rotation = rotationFrom(options.value("rotate"));
        if (!rotation)
            return tl::unexpected(rotation.error());
        request.rotation = *rotation;
    }
    request.isQuiet = options.has("quiet");
    return request;
}

Printer::Printer(Session& session, PrintRequest request)
    : m_session(session), m_request(std::move(request)), m_output(m_request.out, m_request.rotation),
      m_matcher(m_request.filter, m_request.options.masked), m_next(session.capture()->count())
{
    connect(&m_session, &Session::rowsAppended, this, [this] { takeRows(); });
    connect(&m_wake, &Wake::woken, &m_session, &Session::noteWake);
    connect(&m_looking, &QTimer::timeout, this, [this] {
        beginWhenOpen();
        tellLife();
    });
    m_looking.start(kLookPeriod);
    connect(&m_session, &Session::stateChanged, this, [this] {
        if (m_session.state() == Session::State::Recovering)
            tellTrouble();
        if (m_session.state() != Session::State::Ended)
            return;
        m_isEnding = true;
        takeRows();
        const Error error = *m_session.error();
        if (startAnew(error))
            return;
        const bool isClean = error.kind == ErrorKind::Ended;
        if (isClean && !m_request.isQuiet)
            std::fprintf(stderr, "vtscope-cli: %s\n", error.message.c_str());
        if (m_code)
            return;
        // "Cannot connect" is what a stream says that breaks before anything came; later it is a stream that failed.
        const int code = isClean ? kDone : report(error);
        finish(code == kNoConnection && m_session.silence() ? kStreamFailed : code);
    });
}

Result<void> Printer::begin()
{
    const Snapshot snapshot = m_session.capture()->snapshot();
    if (!m_request.cursor)
        return m_output.open(snapshot);
    const CursorFile& state = m_request.cursor->state;
    m_isKept = state.length > 0;
    return m_output.openAt(snapshot, {state.fileNumber, state.length});
}

void Printer::makeFormatter(OutputFormat format, std::vector<std::string> columns)
{
    if (m_request.cursor && format == OutputFormat::Csv)
        m_request.cursor->state.columns = columns;
    m_formatter = ChangeFormatter::make(format, std::move(columns), m_request.options);
    if (!m_isKept)
        m_formatter->appendHeader(m_buffer);
}

// Not before a tablet has sent something: the stream may still be refused.
void Printer::beginWhenOpen()
{
    if (!m_hasBegun && m_session.hasProgress())
        beginOutput();
}

void Printer::beginOutput()
{
    m_hasBegun = true;
    if (!took(m_output.begin()))
        return;
    if (m_request.format != PrintRequest::Format::Table) {
        const auto format = m_request.format == PrintRequest::Format::Csv ? OutputFormat::Csv : OutputFormat::Ndjson;
        if (format == OutputFormat::Ndjson || !m_request.columns.empty())
            makeFormatter(format, m_request.columns);
    }
    if (m_request.cursor) {
        // Positions also come where no change does.
        connect(&m_saving, &QTimer::timeout, this, [this] { takeRows(); });
        m_saving.start(kSavePeriod);
    }
    flush(true);
}

// Once it is known how many streams there are.
void Printer::followPositions()
{
    const bool isWanted = m_request.cursor || !m_request.stopPosition.empty();
    if (!m_progress && isWanted && m_hasBegun && m_session.state() != Session::State::Opening)
        m_progress = std::make_unique<StreamProgress>(m_session.capture(), m_session.resumePositions().size(),
                                                      m_request.stopPosition, m_firstReader);
}

// In the same output and capture, which has the gap.
bool Printer::startAnew(const Error& error)
{
    const bool isLost = error.kind == ErrorKind::PositionPurged ||
                        // Copied again, it would be sent again.
                        (error.kind == ErrorKind::MessageTooLarge && m_request.ifLost == WatchRequest::Start::Now);
    if (m_code || !isLost || !m_request.ifLost)
        return false;
    report(error);
    std::fprintf(stderr, "vtscope-cli: starting anew, %s, as --if-lost asks; what changed between is missing.\n",
                 *m_request.ifLost == WatchRequest::Start::Now ? "from now on" : "with a copy");
    m_firstReader = static_cast<ReaderId>(m_session.capture()->readers().size());
    m_progress.reset();
    m_isSafe = m_isEnding = false;
    m_session.start(startedAnew(m_session.request(), *m_request.ifLost));
    return true;
}

int Printer::run()
{
    onInterrupt(this, [this] {
        m_session.stop();
        m_isEnding = true;
        takeRows();
        finish(interruptExitCode());
    });
    if (m_request.duration) {
        QTimer::singleShot(*m_request.duration, Qt::PreciseTimer, this, [this] {
            m_session.stop();
            m_isEnding = true;
            takeRows();
            finish(kDone);
        });
    }
    if (!m_code)
        QCoreApplication::exec();
    m_session.stop();
    if (m_hasBegun && m_isTaken && !took(m_output.finish()) && *m_code == kDone)
        m_code = kOutputFailed;
    else if (m_hasBegun && m_isTaken && m_output.hasFiles() && !m_request.isQuiet)
        std::fprintf(stderr, "vtscope-cli: %s is finished\n", m_output.name().c_str());
    if (m_missed > 0)
        std::fprintf(stderr, "vtscope-cli: %llu lines were not printed: the ring's limit dropped them first.\n",
                     static_cast<unsigned long long>(m_missed));
    if (m_faults > 0)
        std::fprintf(stderr, "vtscope-cli: %llu rows could not be decoded; they were written raw.\n",
                     static_cast<unsigned long long>(m_faults));
    tellGaps(*m_session.capture());
    return *m_code;
}

void Printer::takeRows()
{
    beginWhenOpen();
    followPositions();
    const Snapshot snapshot = m_session.capture()->snapshot();
    while (!m_code) {
        const bool isPosition = m_progress && m_progress->find(snapshot);
        if (!isPosition)
            saveCursorIfDue(m_isEnding);
        if (!printUntil(snapshot, isPosition ? m_progress->line() : snapshot.count()) || !isPosition)
            break;
        takePosition(snapshot);
    }
    flush(true);
}

// False when a line has to wait for its position, or when nothing more is printed.
bool Printer::printUntil(const Snapshot& snapshot, std::uint64_t end)
{
    const bool waitsForPosition = m_request.format != PrintRequest::Format::Table && !m_isEnding;
    if (m_next < snapshot.first()) {
        m_missed += snapshot.first() - m_next;
        m_next = snapshot.first();
    }
    for (; m_next < end && !m_code; ++m_next) {
        if (!isChange(snapshot.entry(m_next).op())) {
            printEvent(snapshot, m_next);
            continue;
        }
        if ((m_progress && m_progress->isBehindStop(snapshot, m_next)) || !m_matcher.matches(snapshot, m_next))
            continue;
        static const std::string kNone;
        const bool isRow = snapshot.entry(m_next).op() == Op::Row;
        const std::string& position =
            isRow || m_request.format == PrintRequest::Format::Table ? kNone : m_positions.find(snapshot, m_next);
        if (position.empty() && !isRow && waitsForPosition)
            return false;
        if (const std::uint32_t transaction = snapshot.entry(m_next).transaction; transaction != m_transaction) {
            m_transaction = transaction;
            // With a cursor file it waits for a position to go on from.
            if (m_hasRows && !m_request.cursor && m_output.isFull(m_buffer.size()))
                turnOver();
            if (m_code)
                break;
        }
        printRow(snapshot, m_next, position);
        ++m_printed;
        m_hasRows = true;
        m_isSafe = false;
        m_isCountMet = m_request.count && m_printed >= *m_request.count;
        if (m_isCountMet && !m_request.cursor)
            finish(kDone);
    }
    return !m_code;
}

// All lines before it are printed.
void Printer::takePosition(const Snapshot& snapshot)
{
    m_progress->take(snapshot);
    m_isSafe = m_request.cursor && m_progress->isSafe();
    m_isSaved = false;
    if (!m_isSafe)
        return;
    const bool isFull = m_hasRows && m_output.isFull(m_buffer.size());
    if (isFull) {
        flush(false);
        if (m_isTaken && took(m_output.settle()))
            turnOver();
    }
    saveCursorIfDue(isFull || m_isCountMet);
    if (m_isCountMet)
        finish(kDone);
}

void Printer::saveCursorIfDue(bool isNow)
{
    if (m_isSafe && !m_isSaved && (isNow || std::chrono::steady_clock::now() - m_savedAt >= kSavePeriod))
        saveCursor();
}

void Printer::saveCursor()
{
    flush(false);
    if (!m_isTaken || !took(m_output.settle()))
        return;
    CursorFile& state = m_request.cursor->state;
    state.positions = m_progress->positions();
    if (!state.out.empty()) {
        const Output::Place place = m_output.place();
        state.fileNumber = place.fileNumber;
        state.length = place.length;
    }
    m_isSaved = true;
    m_savedAt = std::chrono::steady_clock::now();
    if (const auto written = state.write(m_request.cursor->path); !written)
        finish(report(written.error()));
}

void Printer::turnOver()
{
    flush(false);
    if (!m_isTaken)
        return;
    const std::string finished = m_output.name();
    if (!took(m_output.turnOver()))
        return;
    if (!m_request.isQuiet)
        std::fprintf(stderr, "vtscope-cli: %s is finished\n", finished.c_str());
    m_hasRows = m_isKept = false;
    if (m_formatter)
        m_formatter->appendHeader(m_buffer);
}

void Printer::printRow(const Snapshot& snapshot, std::uint64_t number, const std::string& position)
{
    m_change.read(snapshot, number);
    m_faults += m_change.fault() != RowFault::None;
    if (m_request.format != PrintRequest::Format::Table) {
        if (!m_formatter)
            makeFormatter(OutputFormat::Csv, columnsOf(snapshot, 0, snapshot.layoutCount()));
        m_formatter->append(m_change, position, m_buffer);
        for (const std::string& column : m_formatter->takeUnknownColumns())
            std::fprintf(stderr,
                         "vtscope-cli: column %s came later and is not in the header; its values are left out.\n",
                         column.c_str());
        if (m_buffer.size() > 1 << 20)
            flush(false);
        return;
    }
    appendTableRow(m_change, m_request.options, m_buffer);
}

void Printer::printEvent(const Snapshot& snapshot, std::uint64_t number)
{
    const Op op = snapshot.entry(number).op();
    if (m_formatter)
        m_formatter->appendEvent(snapshot, number, m_buffer);
    // What ended the stream is said once, at the end.
    if (op == Op::Failed || op == Op::Ended || m_request.isQuiet)
        return;
    const EventText text = eventText(snapshot, number);
    std::fprintf(stderr, "vtscope-cli: %s%s%s%s%s\n", text.title.c_str(), text.detail.empty() ? "" : ": ",
                 text.detail.c_str(), text.note.empty() ? "" : " · ", text.note.c_str());
}

// Each try as long as they are few.
void Printer::tellTrouble()
{
    constexpr std::uint32_t kTold = 3;
    const auto trouble = m_session.trouble();
    if (!trouble || m_request.isQuiet || trouble->tries > kTold)
        return;
    const auto wait = std::chrono::duration<double>(trouble->nextTry - std::chrono::steady_clock::now());
    std::fprintf(stderr, "vtscope-cli: %s Trying again in %.1f s%s.\n", trouble->cause.message.c_str(),
                 std::max(0.0, wait.count()), trouble->tries == kTold ? ", and on until it is open again" : "");
}

// What a reader of the changes alone would take for quiet.
void Printer::tellLife()
{
    if (m_session.state() != Session::State::Live || m_request.isQuiet)
        return;
    tellCopy();
    const auto silence = m_session.silence();
    const bool isSilent = silence && *silence > Session::kStall;
    if (isSilent && !m_isSilent)
        std::fprintf(stderr, "vtscope-cli: nothing has come for %lld s, not even a heartbeat.\n",
                     static_cast<long long>(Session::kStall.count()));
    if (!isSilent && m_isSilent)
        std::fputs("vtscope-cli: the server is heard again.\n", stderr);
    m_isSilent = isSilent;

    if (const std::string doubt = m_session.doubt(); doubt != std::exchange(m_doubt, doubt) && !doubt.empty())
        std::fprintf(stderr, "vtscope-cli: %s\n", doubt.c_str());

    const auto throttled = m_session.throttled();
    if (throttled && throttled != m_throttled)
        std::fprintf(stderr, "vtscope-cli: the server holds the stream back%s%s.\n",
                     throttled->empty() ? " and does not say why" : ": ", throttled->c_str());
    if (!throttled && m_throttled)
        std::fputs("vtscope-cli: the server holds the stream back no longer.\n", stderr);
    m_throttled = throttled;

    const auto clock = m_session.clockDifference();
    if (!m_isClockTold && clock && std::chrono::abs(*clock) >= Session::kFarClock) {
        m_isClockTold = true;
        std::fprintf(stderr,
                     "vtscope-cli: the server's clock is %lld s %s this one's; times of changes are the server's.\n",
                     static_cast<long long>(std::chrono::round<std::chrono::seconds>(std::chrono::abs(*clock)).count()),
                     clock->count() > 0 ? "ahead of" : "behind");
    }
}

// A long one would look like quiet behind a pipe.
void Printer::tellCopy()
{
    const auto copied = m_session.copied();
    const auto now = std::chrono::steady_clock::now();
    if (!copied || now - m_copyToldAt < kCopyPeriod)
        return;
    m_copyToldAt = now;
    std::fprintf(stderr, "vtscope-cli: copied %llu", static_cast<unsigned long long>(*copied));
    if (m_request.rowsToCopy >= *copied)
        std::fprintf(stderr, " of about %llu", static_cast<unsigned long long>(m_request.rowsToCopy));
    std::fputs(" rows\n", stderr);
}

void Printer::flush(bool isPause)
{
    if (m_isTaken)
        took(m_output.write(m_buffer, isPause));
    else
        m_buffer.clear();
}

// False when nothing more can be written, which ends the run.
bool Printer::took(Output::Outcome outcome)
{
    switch (outcome) {
    case Output::Outcome::Written:
        return true;
    case Output::Outcome::ReaderLeft:
        finish(kDone);
        break;
    case Output::Outcome::NobodyReads:
        std::fprintf(stderr, "vtscope-cli: nobody reads the output; its end is lost.\n");
        finish(interruptExitCode());
        break;
    case Output::Outcome::Failed:
        std::fprintf(stderr, "vtscope-cli: %s\n", m_output.problem().c_str());
        finish(kOutputFailed);
        break;
    }
    m_isTaken = false;
    return false;
}

void Printer::finish(int code)
{
    // All went well, and there was nothing to print.
    if (!m_code && !m_hasBegun && code == kDone && !m_session.resumePositions().empty())
        beginOutput();
    if (m_code)
        return;
    m_code = code;
    QCoreApplication::exit();
}

} // namespace vtscope::cli
