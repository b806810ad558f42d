#include "app/cli/printer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "app/cli/command.h"
#include "app/cli/exitcode.h"
#include "app/cli/formatoptions.h"
#include "streamcore/clock.h"
#include "streamcore/names.h"

namespace vtscope::cli {

namespace {

constexpr int kLastPatienceMs = 200; // for a reader who stands still when we are asked to end

std::optional<std::chrono::milliseconds> durationFrom(const std::string& text)
{
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || !std::isfinite(number) || number <= 0)
        return std::nullopt;
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const double factor = unit == "ms"                  ? 1
                          : unit == "s" || unit.empty() ? 1000
                          : unit == "m"                 ? 60'000
                          : unit == "h"                 ? 3'600'000
                                                        : 0;
    // What a timer can wait for.
    const double whole = number * factor;
    if (factor == 0 || whole < 1 || whole > std::numeric_limits<int>::max())
        return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(whole));
}

void appendShort(const Cell& cell, std::string& out)
{
    switch (cell.state) {
    case Cell::State::Absent:
        out += "-";
        break;
    case Cell::State::NotSent:
        out += "(not sent)";
        break;
    case Cell::State::Null:
        out += "NULL";
        break;
    case Cell::State::Value: {
        const EyeText eye = eyeText(cell, 60);
        QString text = eye.text;
        text.replace(u'\n', QStringLiteral("\\n"))
            .replace(u'\r', QStringLiteral("\\r"))
            .replace(u'\t', QStringLiteral("\\t"));
        for (QChar& c : text) {
            if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
                c = QChar(0xFFFD);
        }
        out += eye.isHex ? "0x" + text.remove(u' ').toStdString() : cell.bytes.empty() ? "''" : text.toStdString();
        if (eye.isTruncated)
            out += "…(" + std::to_string(eye.size) + " B)";
        break;
    }
    }
}

} // namespace

void addPrintOptions(Options& options)
{
    options.addValue("format", "table|csv|ndjson", "How to print.", "table");
    addFilter(options);
    addFormatOptions(options);
    options.addValue("count", "N", "Stop after N changes.");
    options.addValue("duration", "TIME", "Stop after this time: 500ms, 5s, 2m, 1h.");
    options.addValue("out", "FILE|-", "Where to; - is standard output.", "-");
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
    request.isQuiet = options.has("quiet");
    return request;
}

Printer::Printer(Session& session, PrintRequest request)
    : m_session(session), m_request(std::move(request)), m_matcher(m_request.filter)
{
    connect(&m_session, &Session::rowsAppended, this, [this] { takeRows(); });
    connect(&m_session, &Session::stateChanged, this, [this] {
        if (m_session.state() == Session::State::Live)
            beginOutput();
        if (m_session.state() != Session::State::Ended)
            return;
        m_isEnding = true;
        takeRows();
        const Error& error = *m_session.error();
        const bool isClean = error.kind == ErrorKind::Ended;
        if (isClean && !m_request.isQuiet)
            std::fprintf(stderr, "vtscope-cli: the server ended the stream.\n");
        if (m_code)
            return;
        // "Cannot connect" is what a stream says that breaks before anything came; later it is a stream that failed.
        const int code = isClean ? kDone : report(error);
        finish(code == kNoConnection && m_session.silence() ? kStreamFailed : code);
    });
}

Printer::~Printer()
{
    if (m_descriptor > 1)
        ::close(m_descriptor);
    if (m_isNewFile && !m_hasBegun)
        ::unlink(m_request.out.c_str());
}

Result<void> Printer::begin()
{
    if (m_request.out == "-")
        return {};
    if (m_session.capture()->snapshot().liesIn(m_request.out))
        return failure(ErrorKind::Usage, m_request.out + " is the capture itself. Choose another file for --out.");
    m_isNewFile = ::access(m_request.out.c_str(), F_OK) != 0;
    m_descriptor = ::open(m_request.out.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (m_descriptor < 0)
        return failure(ErrorKind::Output, m_request.out + " cannot be written: " + std::strerror(errno) + ".");
    return {};
}

void Printer::beginOutput()
{
    m_hasBegun = true;
    // A pipe with room takes so much without making us wait.
    struct stat facts
    {
    };
    if (::fstat(m_descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
        m_writeAtOnce = PIPE_BUF;
    // Pipes and devices have nothing to cut.
    if (m_descriptor > 1 && ::ftruncate(m_descriptor, 0) != 0 && errno != EINVAL) {
        std::fprintf(stderr, "vtscope-cli: the output cannot be written: %s.\n", std::strerror(errno));
        return finish(kOutputFailed);
    }
    if (m_request.format != PrintRequest::Format::Table) {
        const auto format = m_request.format == PrintRequest::Format::Csv ? OutputFormat::Csv : OutputFormat::Ndjson;
        if (format == OutputFormat::Ndjson || !m_request.columns.empty()) {
            m_formatter = ChangeFormatter::make(format, m_request.columns, m_request.options);
            m_formatter->appendHeader(m_buffer);
        }
    }
    flush();
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
    if (m_missed > 0)
        std::fprintf(stderr, "vtscope-cli: %llu lines were not printed: the ring's limit dropped them first.\n",
                     static_cast<unsigned long long>(m_missed));
    if (m_faults > 0)
        std::fprintf(stderr, "vtscope-cli: %llu rows could not be decoded; they were written raw.\n",
                     static_cast<unsigned long long>(m_faults));
    return *m_code;
}

void Printer::takeRows()
{
    const Snapshot snapshot = m_session.capture()->snapshot();
    const bool waitsForPosition = m_request.format != PrintRequest::Format::Table && !m_isEnding;
    if (m_next < snapshot.first()) {
        m_missed += snapshot.first() - m_next;
        m_next = snapshot.first();
    }
    for (; m_next < snapshot.count() && !m_code; ++m_next) {
        if (!isChange(snapshot.entry(m_next).op())) {
            printEvent(snapshot, m_next);
            continue;
        }
        if (!m_matcher.matches(snapshot, m_next))
            continue;
        static const std::string kNone;
        const bool isRow = snapshot.entry(m_next).op() == Op::Row;
        const std::string& position =
            isRow || m_request.format == PrintRequest::Format::Table ? kNone : m_positions.find(snapshot, m_next);
        if (position.empty() && !isRow && waitsForPosition)
            break;
        printRow(snapshot, m_next, position);
        ++m_printed;
        if (m_request.count && m_printed >= *m_request.count)
            finish(kDone);
    }
    flush();
}

void Printer::printRow(const Snapshot& snapshot, std::uint64_t number, const std::string& position)
{
    m_change.read(snapshot, number);
    m_faults += m_change.fault() != RowFault::None;
    if (m_request.format != PrintRequest::Format::Table) {
        if (!m_formatter) {
            m_formatter = ChangeFormatter::make(OutputFormat::Csv, columnsOf(snapshot, 0, snapshot.layoutCount()),
                                                m_request.options);
            m_formatter->appendHeader(m_buffer);
        }
        m_formatter->append(m_change, position, m_buffer);
        for (const std::string& column : m_formatter->takeUnknownColumns())
            std::fprintf(stderr,
                         "vtscope-cli: column %s came later and is not in the header; its values are left out.\n",
                         column.c_str());
        if (m_buffer.size() > 1 << 20)
            flush();
        return;
    }
    std::string time;
    appendTime(m_change.time(), time);
    m_buffer.append(time, 11, 12).append("Z  ").append(m_change.layout().shard).append("  ");
    m_buffer += m_change.isCopied() ? "copy  " : std::string(nameOf(m_change.op())).append("  ");
    m_buffer.append(m_change.layout().table);
    if (m_change.fault() != RowFault::None) {
        m_buffer.append("  not decodable: ").append(faultText(m_change.fault())).append(", kept as received\n");
        return;
    }
    const Schema* schema = m_change.schema();
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        const bool isChanged = m_change.isChanged(i);
        const std::string& name = schema->columns[i].name;
        if ((m_change.op() == Op::Update && !isChanged && !schema->columns[i].isKey) ||
            (!m_request.options.columns.empty() && !isAmong(m_request.options.columns, name)))
            continue;
        m_buffer.append("  ").append(name).append("=");
        if (isAmong(m_request.options.masked, name)) {
            m_buffer += "***";
            continue;
        }
        if (isChanged) {
            appendShort(m_change.before(i), m_buffer);
            m_buffer += " → ";
        }
        appendShort(m_change.current(i), m_buffer);
    }
    m_buffer += '\n';
}

void Printer::printEvent(const Snapshot& snapshot, std::uint64_t number)
{
    const Op op = snapshot.entry(number).op();
    // What ended the stream is said once, at the end.
    if (op == Op::Failed || op == Op::Ended || m_request.isQuiet)
        return;
    const EventText text = eventText(snapshot, number);
    std::fprintf(stderr, "vtscope-cli: %s%s%s%s%s\n", text.title.c_str(), text.detail.empty() ? "" : ": ",
                 text.detail.c_str(), text.note.empty() ? "" : " · ", text.note.c_str());
}

void Printer::flush()
{
    std::string_view rest = m_buffer;
    while (!rest.empty()) {
        if (!awaitRoom()) {
            std::fprintf(stderr, "vtscope-cli: nobody reads the output; its end is lost.\n");
            finish(interruptExitCode());
            break;
        }
        const ssize_t written = ::write(m_descriptor, rest.data(), std::min(rest.size(), m_writeAtOnce));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            // Whoever read the pipe has had enough.
            if (errno != EPIPE)
                std::fprintf(stderr, "vtscope-cli: the output cannot be written: %s.\n", std::strerror(errno));
            finish(errno == EPIPE ? static_cast<int>(kDone) : static_cast<int>(kOutputFailed));
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    m_buffer.clear();
}

// A reader may stand still for as long as it likes, until we are asked to end: then it has a moment left.
bool Printer::awaitRoom() const
{
    std::array waited{pollfd{m_descriptor, POLLOUT, 0}, pollfd{interruptDescriptor(), POLLIN, 0}};
    while (interruptedBy() == 0) {
        if (::poll(waited.data(), waited.size(), -1) > 0 && waited[0].revents != 0)
            return true;
    }
    return ::poll(waited.data(), 1, kLastPatienceMs) > 0;
}

void Printer::finish(int code)
{
    if (m_code)
        return;
    m_code = code;
    QCoreApplication::exit();
}

} // namespace vtscope::cli
