// Changes as text for files and pipes, UTF-8: CSV and NDJSON with every value exactly as appendExact() gives it, and
// SQL that does the changes again or takes them back. One formatter serves one output on one thread and allocates
// nothing per row once its buffers have grown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "streamcore/capture/change.h"
#include "streamcore/select/masks.h"
#include "streamcore/select/rowset.h"

namespace vtscope {

// Redo does the changes again, Undo takes them back. Both are for a MySQL whose tables have the names and columns of
// those that were captured: one statement a line, a transaction around the changes of each transaction.
enum class OutputFormat : std::uint8_t { Csv, Ndjson, Redo, Undo };

constexpr bool isSql(OutputFormat format)
{
    return format == OutputFormat::Redo || format == OutputFormat::Undo;
}

// "csv", "ndjson", "redo", "undo", as users name them; nothing for another name.
const char* nameOf(OutputFormat format);
std::optional<OutputFormat> outputFormatFrom(std::string_view name);

// How text is written. What a format has no use for has no effect on it.
struct FormatOptions
{
    enum class Time : std::uint8_t { Iso, UnixMs, UnixNs };
    enum class Binary : std::uint8_t { Hex, Base64 };

    // CSV.
    bool hasBefore = false;        // before.<column> behind the columns
    bool hasNotes = true;          // the columns _not_sent and _raw at the end
    bool isOneTable = false;       // the header's columns are all of one table
    bool quotesAll = false;        // every value; else where it must be
    bool hasByteOrderMark = false; // as some spreadsheets want it
    // A ' before what a spreadsheet would take for a formula: all that begins with = + - @, tab or CR and is no number.
    bool hasFormulaGuard = false;
    char delimiter = ','; // as delimiterFrom() gives it
    // What stands for NULL, never quoted; a text that is the same is. What was not sent is always empty.
    std::string null{};

    // CSV and NDJSON.
    std::vector<std::string> columns{}; // these, in this order; all when empty
    Time time = Time::Iso;              // of a change
    std::string zone{};                 // of ISO times, as "Europe/Berlin" (see isZone); UTC when empty
    Binary binary = Binary::Hex;        // also of text that is not valid in its charset
    bool hasExactNumbers = false;       // NDJSON: every number as one; else those of 64 bits and decimals as strings
    bool hasEvents = false;             // NDJSON: an object too for each line that is no change, such as a gap

    // kMask stands for the values of these. SQL refuses what needs one.
    Masks masked{};
    // SQL: columns that the table computes by itself. The wire does not tell which these are; a statement that writes
    // one of them fails.
    std::vector<std::string> generated{};
    std::vector<std::string> remarks{}; // comments at the top, such as gapLines()
};

// "," ";" "|" "tab" or another ASCII character that is no letter, digit, quote or line end.
std::optional<char> delimiterFrom(std::string_view text);
// Whether this can stand for NULL: nothing in it would have to be quoted.
bool isNullText(std::string_view text, char delimiter);
// Whether this machine knows the zone.
bool isZone(const std::string& name);

class ChangeFormatter
{
public:
    virtual ~ChangeFormatter() = default;

    // What stands before the first change.
    virtual void appendHeader(std::string& out) const = 0;
    // Whether append() has a use for the position of this change, which takes time to find.
    virtual bool wantsPosition(const ChangeView& change) const { return change.op() != Op::Row; }
    // One line; for SQL also what has to stand around it. position: as PositionFinder gives it, or empty.
    virtual void append(const ChangeView& change, std::string_view position, std::string& out) = 0;
    // The same for a line that is no change, where the format has a place for it and the options ask for that.
    virtual void appendEvent(const Snapshot&, std::uint64_t, std::string&) {}
    // What stands behind the last change.
    virtual void appendFooter(std::string&) {}
    // Names of columns that came although the header does not have them, each once. Only CSV has any.
    virtual std::vector<std::string> takeUnknownColumns() { return {}; }
    // Changes that SQL cannot tell exactly: instead of a statement there is a comment that says why.
    virtual std::uint64_t refused() const { return 0; }

    // columns: the header of a CSV, in order (see columnsOf).
    static std::unique_ptr<ChangeFormatter> make(OutputFormat format, std::vector<std::string> columns,
                                                 const FormatOptions& options);
};

// The lines of a row set in the order in which a format writes them: as they are, but SQL follows the order in which
// the changes came, however they are sorted, and Undo goes back from the last one to the first.
class OutputOrder
{
public:
    OutputOrder(OutputFormat format, const RowSet& rows);

    std::uint64_t count() const { return m_rows.count(); }
    std::uint64_t at(std::uint64_t i) const { return m_rows.at(m_isBackwards ? m_rows.count() - 1 - i : i); }

private:
    RowSet m_rows;
    bool m_isBackwards;
};

// The column names of every table in this range of layouts [first, end), in schema order, each once.
std::vector<std::string> columnsOf(const Snapshot& snapshot, std::uint32_t firstLayout, std::uint32_t endLayout);

// By the number of each layout of the snapshot, whether a change in these rows has it.
std::vector<bool> layoutsOf(const Snapshot& snapshot, const RowSet& rows);

// The header of a CSV.
struct CsvHeader
{
    std::vector<std::string> columns;
    bool isOneTable = true;
};
// That of the layouts that were met, by their number.
CsvHeader headerOf(const Snapshot& snapshot, const std::vector<bool>& isMet);

} // namespace vtscope
