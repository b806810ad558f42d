#include "tests/bench/output.h"

#include "streamcore/output/exporter.h"
#include "tests/bench/engine.h"

#include <QDateTime>
#include <QFile>
#include <QTemporaryFile>
#include <QTextStream>

#include <algorithm>
#include <stdexcept>

#include <unistd.h>

namespace vtscope::bench {
namespace {

constexpr std::size_t kWriteAtOnce = std::size_t{1} << 20;
constexpr const char* kPerSecond = "MB/CPU s";

// A file without a name that is written from its beginning each time.
class Target
{
public:
    Target()
    {
        if (!m_file.open())
            throw std::runtime_error("there is no room for the output");
    }

    int empty()
    {
        if (::ftruncate(m_file.handle(), 0) != 0 || ::lseek(m_file.handle(), 0, SEEK_SET) != 0)
            throw std::runtime_error("the output cannot be emptied");
        return m_file.handle();
    }

private:
    QTemporaryFile m_file;
};

std::uint64_t exportAll(const Snapshot& snapshot, OutputFormat format, Target& target)
{
    const auto result = exportChanges(snapshot, RowSet::range(0, snapshot.count()), format, {}, target.empty());
    if (!result)
        throw std::runtime_error(result.error().message);
    return result->bytes;
}

// As it is written where speed is no matter: a QString a cell, quoted where it must be, into a text stream.
std::uint64_t streamTexts(const Snapshot& snapshot, Target& target)
{
    QFile file;
    file.open(target.empty(), QIODevice::WriteOnly);
    QTextStream stream(&file);
    const auto quoted = [](QString text) {
        if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n') && !text.contains(u'\r'))
            return text;
        return u'"' + text.replace(QLatin1String("\""), QLatin1String("\"\"")) + u'"';
    };
    ChangeView change;
    PositionFinder positions;
    for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
        change.read(snapshot, number);
        if (!change.isChange())
            continue;
        stream << QDateTime::fromMSecsSinceEpoch(change.time() / 1'000'000, Qt::UTC).toString(Qt::ISODateWithMs) << ','
               << quoted(QString::fromStdString(change.layout().keyspace)) << ','
               << quoted(QString::fromStdString(change.layout().shard)) << ','
               << quoted(QString::fromStdString(change.layout().table)) << ',' << nameOf(change.op()) << ','
               << quoted(QString::fromStdString(positions.find(snapshot, number)));
        for (std::size_t column = 0; column < change.schema()->columns.size(); ++column) {
            const Cell cell = change.current(column);
            stream << ',' << quoted(QString::fromUtf8(cell.bytes.data(), static_cast<qsizetype>(cell.bytes.size())));
        }
        stream << ",,\r\n";
    }
    stream.flush();
    return static_cast<std::uint64_t>(file.size());
}

void writeBare(std::uint64_t bytes, Target& target)
{
    static const std::string buffer(kWriteAtOnce, 'x');
    const int file = target.empty();
    while (bytes > 0) {
        const ssize_t written = ::write(file, buffer.data(), std::min<std::uint64_t>(bytes, buffer.size()));
        if (written <= 0)
            throw std::runtime_error("the output cannot be written");
        bytes -= static_cast<std::uint64_t>(written);
    }
}

std::vector<Figure> measureOutput()
{
    const auto capture = sampleCapture();
    const Snapshot snapshot = capture->snapshot();
    Target target;
    std::uint64_t csvBytes = 0, textBytes = 0, jsonBytes = 0;
    csvBytes = exportAll(snapshot, OutputFormat::Csv, target);
    const auto costs = measureInTurn({[&] { csvBytes = exportAll(snapshot, OutputFormat::Csv, target); },
                                      [&] { textBytes = streamTexts(snapshot, target); },
                                      [&] { jsonBytes = exportAll(snapshot, OutputFormat::Ndjson, target); },
                                      [&] { writeBare(csvBytes, target); }},
                                     roundCount());
    const auto rate = [&costs](std::size_t i, std::uint64_t bytes) {
        return static_cast<double>(bytes) / 1e6 / costs[i].cpuSeconds;
    };
    const double csv = rate(0, csvBytes), texts = rate(1, textBytes), json = rate(2, jsonBytes);
    const double bare = rate(3, csvBytes);
    std::vector<Figure> figures{
        rateFigure("export.write", bare, kPerSecond),
        rateFigure("export.qtextstream", texts, kPerSecond, bare, "write()"),
        rateFigure("export.csv.write", csv, kPerSecond, bare, "write()", 0.2),
        rateFigure("export.csv.qtextstream", csv, kPerSecond, texts, "QTextStream", 5.0),
        rateFigure("export.ndjson.write", json, kPerSecond, bare, "write()"),
        rateFigure("export.ndjson.qtextstream", json, kPerSecond, texts, "QTextStream"),
    };
    char note[64];
    std::snprintf(note, sizeof note, "%llu changes, %.0f MB", static_cast<unsigned long long>(capture->changes()),
                  static_cast<double>(csvBytes) / 1e6);
    figures[2].note = note;
    return figures;
}

} // namespace

void addOutput(Suite& suite)
{
    suite.add({{"export.write", "export.qtextstream", "export.csv.write", "export.csv.qtextstream",
                "export.ndjson.write", "export.ndjson.qtextstream"},
               measureOutput});
}

} // namespace vtscope::bench
