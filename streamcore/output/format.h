// Changes as text for files and pipes: CSV and NDJSON, UTF-8, every value exactly as appendExact() gives it. One
// formatter serves one output on one thread and allocates nothing per row once its buffers have grown.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "streamcore/capture/change.h"

namespace vtscope {

enum class OutputFormat : std::uint8_t { Csv, Ndjson };

struct FormatOptions
{
    bool hasBefore = false;  // CSV: before.<column> behind the columns
    bool hasNotes = true;    // CSV: the columns _not_sent and _raw at the end
    bool isOneTable = false; // CSV: the header's columns are all of one table
};

class ChangeFormatter
{
public:
    virtual ~ChangeFormatter() = default;

    // What stands before the first change; nothing for NDJSON.
    virtual void appendHeader(std::string& out) const = 0;
    // One line. position: as PositionFinder gives it.
    virtual void append(const ChangeView& change, std::string_view position, std::string& out) = 0;
    // Names of columns that came although the header does not have them, each once. Only CSV has any.
    virtual std::vector<std::string> takeUnknownColumns() { return {}; }

    // columns: the header of a CSV, in order (see columnsOf).
    static std::unique_ptr<ChangeFormatter> make(OutputFormat format, std::vector<std::string> columns,
                                                 const FormatOptions& options);
};

// The column names of every table in this range of layouts [first, end), in schema order, each once.
std::vector<std::string> columnsOf(const Snapshot& snapshot, std::uint32_t firstLayout, std::uint32_t endLayout);

// The header of a CSV.
struct CsvHeader
{
    std::vector<std::string> columns;
    bool isOneTable = true;
};
// That of the layouts that were met, by their number.
CsvHeader headerOf(const Snapshot& snapshot, const std::vector<bool>& isMet);

} // namespace vtscope
