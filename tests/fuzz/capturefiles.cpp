#include "tests/fuzz/capturefiles.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/change.h"
#include "streamcore/output/exporter.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/strictreaders.h"

namespace vtscope::test {

namespace {

void appendCell(const Cell& cell, std::string& out)
{
    out += std::to_string(static_cast<int>(cell.state)) + (cell.isPartialJson ? "~" : "");
    if (!cell.hasValue())
        return;
    out += std::to_string(static_cast<int>(appendExact(cell, out)));
    out += eyeText(cell, 20).text.toStdString();
}

std::string exported(const Snapshot& snapshot, OutputFormat format)
{
    const int file = memoryFile();
    FormatOptions options;
    options.hasBefore = true;
    require(exportChanges(snapshot, RowSet::range(snapshot.first(), snapshot.count() - snapshot.first()), format,
                          options, file)
                .has_value(),
            "a capture that opens can be exported");
    std::string text = contentOf(file);
    ::close(file);
    return text;
}

} // namespace

int memoryFile(std::string_view bytes)
{
    const int descriptor = ::memfd_create("capture", MFD_CLOEXEC);
    require(descriptor >= 0 && writeFully(descriptor, 0, bytes.data(), bytes.size()), "there is room in memory");
    return descriptor;
}

std::string nameOf(int descriptor)
{
    return "/proc/self/fd/" + std::to_string(descriptor);
}

std::string contentOf(int descriptor)
{
    struct stat facts
    {
    };
    require(::fstat(descriptor, &facts) == 0, "the file is there");
    std::string bytes(static_cast<std::size_t>(facts.st_size), '\0');
    require(::pread(descriptor, bytes.data(), bytes.size(), 0) == facts.st_size, "the file can be read");
    return bytes;
}

MemoryCapture createInMemory()
{
    const int data = memoryFile();
    return {data, Capture::createOver(data, memoryFile(), 0).value()};
}

std::string everythingShown(const Snapshot& snapshot)
{
    std::string all;
    ChangeView change;
    PositionFinder positions;
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        const Layout& layout = change.layout();
        for (const std::string& text :
             {std::to_string(static_cast<int>(change.op())), std::to_string(static_cast<int>(change.fault())),
              std::to_string(change.time()), std::to_string(change.transaction()), layout.keyspace, layout.shard,
              layout.table, std::string(change.raw()), positions.find(snapshot, i)})
            all.append(text).append(" ");
        if (!change.isChange()) {
            const EventText event = eventText(snapshot, i);
            all.append(event.title).append(event.detail).append(event.note);
        }
        all += transactionFacts(snapshot, i).gtid;
        for (std::size_t c = 0; change.schema() && c < change.schema()->columns.size(); ++c) {
            all.append(" | ").append(change.schema()->columns[c].name).append(change.isChanged(c) ? "!" : " ");
            appendCell(change.before(c), all);
            appendCell(change.after(c), all);
        }
        all += '\n';
    }
    return all;
}

void requireExportable(const Snapshot& snapshot)
{
    std::uint64_t changes = 0;
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i)
        changes += isChange(snapshot.entry(i).op());
    const auto lines = readCsv(exported(snapshot, OutputFormat::Csv));
    require(lines.has_value(), "the CSV is well formed");
    require(lines->size() == changes + 1, "the CSV has a header and a line a change");
    for (const auto& line : *lines)
        require(line.size() == lines->front().size(), "all lines of the CSV have the fields of its header");
    const auto objects = readNdjson(exported(snapshot, OutputFormat::Ndjson));
    require(objects.has_value(), "the NDJSON is well formed");
    require(objects->size() == changes, "the NDJSON has an object a change");
}

} // namespace vtscope::test
