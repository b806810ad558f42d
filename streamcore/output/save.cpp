#include "streamcore/output/save.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "streamcore/capture/appendfile.h"
#include "streamcore/capture/changekey.h"
#include "streamcore/capture/ledger.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/layouts.h"
#include "streamcore/decode/walker.h"

namespace vtscope {

namespace {

constexpr int kRecordsBetweenLooks = 256;

// The chosen lines in their order, asked for line by line.
class Chosen
{
public:
    explicit Chosen(RowSet lines) : m_lines(std::move(lines))
    {
        bool isSorted = true;
        for (std::uint64_t i = 1; i < m_lines.count() && isSorted; ++i)
            isSorted = m_lines.at(i - 1) < m_lines.at(i);
        for (std::uint64_t i = 0; i < m_lines.count() && !isSorted; ++i)
            m_sorted.push_back(m_lines.at(i));
        std::sort(m_sorted.begin(), m_sorted.end());
    }

    // Lines must be asked in ascending order.
    bool has(std::uint64_t line)
    {
        while (m_next < m_lines.count() && next() < line)
            ++m_next;
        return m_next < m_lines.count() && next() == line;
    }

private:
    std::uint64_t next() const
    {
        return m_sorted.empty() ? m_lines.at(m_next) : m_sorted[static_cast<std::size_t>(m_next)];
    }

    RowSet m_lines;
    std::vector<std::uint64_t> m_sorted;
    std::uint64_t m_next = 0;
};

bool isWhole(const CaptureLines& source)
{
    return source.lines.count() == source.snapshot.count() - source.snapshot.first();
}

// Which changes of several captures are the same.
class Shared
{
public:
    explicit Shared(const std::vector<CaptureLines>& sources)
    {
        for (const CaptureLines& source : sources)
            m_coverage.push_back(sources.size() > 1 ? coverageOf(*source.capture) : std::vector<Coverage>());
    }

    // Whether this line of the source with this number is left to another one: the first that has the whole
    // transaction, else the one at hand.
    bool isElsewhere(std::size_t source, const Entry& entry, const Layout& layout, std::string_view message) const
    {
        if (m_coverage.size() < 2)
            return false;
        const auto gtid = gtidOf(entry, message);
        for (std::size_t i = 0; gtid && i < m_coverage.size(); ++i) {
            if (covers(m_coverage[i], *gtid, layout))
                return i != source;
        }
        return false;
    }

private:
    std::vector<std::vector<Coverage>> m_coverage;
};

// Goes through one source, record by record, and puts into the target what belongs there.
class Copier
{
public:
    Copier(const CaptureLines& source, std::size_t number, const Shared& shared, Capture& target, bool keepsNumbers)
        : m_number(number), m_shared(shared), m_snapshot(source.snapshot), m_marks(source.capture->marks()),
          m_descriptions(source.capture->readers()), m_chosen(source.lines), m_target(target),
          m_keepsNumbers(keepsNumbers), m_keepsAll(isWhole(source)), m_line(source.snapshot.first()),
          m_record(source.snapshot.firstRecord())
    {
    }

    bool isAtEnd() const { return m_record == 0; }
    std::int64_t time() const { return m_snapshot.receivedAt(m_record); }
    std::uint64_t damaged() const { return m_damaged; }
    std::uint64_t lost() const { return m_lost; }
    std::uint64_t shared() const { return m_left; }

    // Its bytes.
    Result<std::uint64_t> copyRecord()
    {
        const std::string_view payload = m_snapshot.payload(m_record);
        passOver(m_record);
        Result<void> done;
        if (!m_snapshot.isIntact(m_record)) {
            ++m_damaged;
            m_hasHole = true;
        } else {
            done = copyIntact(payload);
        }
        if (!done)
            return tl::unexpected(done.error());
        passOver(m_record + 1);
        // A bent length leads nowhere; the lines tell where the next record is.
        const std::uint64_t next = m_snapshot.nextRecord(m_record);
        const std::uint64_t wanted = m_line < m_snapshot.count() ? m_snapshot.entry(m_line).record() : 0;
        m_record = wanted != 0 && (next == 0 || wanted < next) ? wanted : next;
        return payload.size();
    }

private:
    struct Reader
    {
        ReaderId target = 0;
        std::unique_ptr<Walker> walker; // says what later messages need
        bool hasPositions = false;
        bool isAwaitingPosition = false;
    };

    Result<void> copyIntact(std::string_view payload)
    {
        switch (m_snapshot.typeOf(m_record)) {
        case RecordType::Message:
            return copyMessage(payload);
        case RecordType::ReaderOpened: {
            const auto reader = readerHere();
            return reader ? Result<void>() : tl::unexpected(reader.error());
        }
        case RecordType::ReaderEnded:
            return endReader(payload);
        case RecordType::Checkpoint:
            return takeOver(payload);
        case RecordType::GapFound:
            return copyGap(payload);
        default: // what they say is in the index already, or among the marks
            return {};
        }
    }

    // Lines of records before this one can be copied no more.
    void passOver(std::uint64_t record)
    {
        for (; m_line < m_snapshot.count() && m_snapshot.entry(m_line).record() < record; ++m_line)
            m_lost += m_chosen.has(m_line);
    }

    void addReader(const ReaderDescription& description, ReaderId target)
    {
        const bool hasPositions =
            description.api == ReaderDescription::Api::VStream || description.api == ReaderDescription::Api::Sync;
        m_readers.push_back({target, Walker::make(walkerSourceOf(description), m_layouts), hasPositions, false});
    }

    // The reader of this record, which is opened in the target when it is met first.
    Result<Reader*> readerHere()
    {
        const std::size_t number = m_snapshot.readerOf(m_record);
        while (m_readers.size() <= number) {
            ReaderDescription description =
                m_readers.size() < m_descriptions.size() ? m_descriptions[m_readers.size()] : ReaderDescription{};
            const std::optional<std::uint64_t> line =
                m_readers.size() == number ? chosenLineHere(RecordType::ReaderOpened) : std::nullopt;
            description.continues = line && description.continues && *description.continues < m_readers.size()
                                        ? std::optional(m_readers[*description.continues].target)
                                        : std::nullopt;
            const auto opened = m_target.openReader(description);
            if (!opened)
                return tl::unexpected(opened.error());
            addReader(description, *opened);
            if (!description.continues)
                continue;
            if (auto marked = copyMark(*line, m_target.count() - 1); !marked)
                return tl::unexpected(marked.error());
        }
        return &m_readers[number];
    }

    // The line of this record, which is of this type and has one at most, if it is wanted; passes over it.
    std::optional<std::uint64_t> chosenLineHere(RecordType type)
    {
        if (m_snapshot.typeOf(m_record) != type || !isLineHere())
            return std::nullopt;
        const std::uint64_t line = m_line++;
        return m_chosen.has(line) ? std::optional(line) : std::nullopt;
    }

    Result<void> copyGap(std::string_view payload)
    {
        const auto gap = decodeGap(payload);
        const auto reader = readerHere();
        if (!reader)
            return tl::unexpected(reader.error());
        const std::optional<std::uint64_t> line = chosenLineHere(RecordType::GapFound);
        if (!gap || !line)
            return {};
        auto added = m_target.addGap((*reader)->target, *gap, time());
        return added ? copyMark(*line, m_target.count() - 1) : added;
    }

    // Tells what is not there yet, or no more: the readers of what was dropped or damaged.
    Result<void> takeOver(std::string_view payload)
    {
        const auto checkpoint = decodeCheckpoint(payload);
        if (!checkpoint || (m_hasHole ? checkpoint->readers.size() < m_readers.size()
                                      : checkpoint->readers.size() <= m_readers.size()))
            return {};
        const auto first = m_target.takeOver(payload, m_keepsNumbers && m_readers.empty());
        if (!first)
            return tl::unexpected(first.error());
        m_readers.clear();
        m_hasHole = false;
        for (std::size_t i = 0; i < checkpoint->readers.size(); ++i) {
            const CheckpointFacts::Reader& told = checkpoint->readers[i];
            addReader(told.state.description, static_cast<ReaderId>(*first + static_cast<ReaderId>(i)));
            m_readers.back().walker->goOn(told.context, told.transaction);
        }
        return {};
    }

    Result<void> endReader(std::string_view payload)
    {
        const auto end = decodeReaderEnd(payload);
        const auto reader = readerHere();
        if (!reader)
            return tl::unexpected(reader.error());
        const std::optional<std::uint64_t> line = chosenLineHere(RecordType::ReaderEnded);
        if (!end || (!end->isAsked && !line))
            return {};
        auto ended = m_target.endReader((*reader)->target, end->code, end->message, end->isAsked, time());
        return ended && line ? copyMark(*line, m_target.count() - 1) : ended;
    }

    Result<void> copyMessage(std::string_view message)
    {
        const auto here = readerHere();
        if (!here)
            return tl::unexpected(here.error());
        Reader& reader = **here;
        m_entries.clear();
        const WalkResult walked = reader.walker->walk(message, time(), m_transactions, m_entries);

        // The lines of the source are among those that the message brings.
        m_ordinals.clear();
        m_lines.clear();
        for (std::uint32_t i = 0; i < m_entries.size() && isLineHere(); ++i) {
            const Entry& line = m_snapshot.entry(m_line);
            if (m_entries[i].op() != line.op() || m_entries[i].first != line.first ||
                m_entries[i].second != line.second)
                continue;
            const bool isWanted = m_chosen.has(m_line);
            if (isWanted && m_shared.isElsewhere(m_number, line, m_snapshot.layoutOf(line), message)) {
                ++m_left;
            } else if (isWanted) {
                m_ordinals.push_back(i);
                m_lines.push_back(m_line);
            }
            ++m_line;
        }
        if (m_ordinals.empty() && !walked.isContext && !reader.isAwaitingPosition && !m_keepsAll)
            return {};
        const bool isMissing = !m_ordinals.empty() ? walked.position <= m_entries[m_ordinals.back()].place()
                                                   : reader.isAwaitingPosition && walked.position == 0;
        reader.isAwaitingPosition = reader.hasPositions && isMissing;
        const bool hasAll = m_ordinals.size() == m_entries.size();
        const auto appended = hasAll ? m_target.append(reader.target, message, time())
                                     : m_target.appendChosen(reader.target, message, time(), {m_ordinals, 0});
        if (!appended)
            return tl::unexpected(appended.error());
        for (std::size_t i = 0; i < m_lines.size(); ++i) {
            if (auto marked = copyMark(m_lines[i], appended->firstEntry + i); !marked)
                return marked;
        }
        return {};
    }

    Result<void> copyMark(std::uint64_t line, std::uint64_t here)
    {
        const auto note = m_marks.at(line);
        return note ? m_target.mark(here, *note) : Result<void>();
    }

    bool isLineHere() const { return m_line < m_snapshot.count() && m_snapshot.entry(m_line).record() == m_record; }

    std::size_t m_number;
    const Shared& m_shared;
    const Snapshot& m_snapshot;
    const Marks& m_marks;
    std::vector<ReaderDescription> m_descriptions;
    Chosen m_chosen;
    Capture& m_target;
    bool m_keepsNumbers;
    bool m_keepsAll; // also messages without lines, whose positions say how far it reaches
    Layouts m_layouts;
    std::vector<Reader> m_readers;
    std::uint64_t m_line;
    std::uint64_t m_record;
    std::uint32_t m_transactions = 0;
    std::uint64_t m_damaged = 0;
    std::uint64_t m_lost = 0;
    std::uint64_t m_left = 0; // to other sources
    bool m_hasHole = false;
    std::vector<Entry> m_entries;          // of the message
    std::vector<std::uint32_t> m_ordinals; // those of them that are chosen …
    std::vector<std::uint64_t> m_lines;    // … and their lines in the source
};

Result<SaveResult> copyAll(const std::vector<CaptureLines>& sources, Capture& target, bool keepsNumbers,
                           const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
{
    std::vector<std::unique_ptr<Copier>> copiers;
    const Shared shared(sources);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        copiers.push_back(std::make_unique<Copier>(sources[i], i, shared, target, keepsNumbers));
        if (sources[i].capture->isPart() || !isWhole(sources[i]))
            target.setPart();
    }
    SaveResult result;
    std::uint64_t bytes = 0;
    for (int looked = 1;; ++looked) {
        for (const auto& copier : copiers) {
            result.damaged += copier->isAtEnd() ? copier->damaged() : 0;
            result.lost += copier->isAtEnd() ? copier->lost() : 0;
            result.shared += copier->isAtEnd() ? copier->shared() : 0;
        }
        std::erase_if(copiers, [](const auto& copier) { return copier->isAtEnd(); });
        if (copiers.empty())
            break;
        Copier& next = **std::min_element(copiers.begin(), copiers.end(),
                                          [](const auto& a, const auto& b) { return a->time() < b->time(); });
        const auto copied = next.copyRecord();
        if (!copied)
            return tl::unexpected(copied.error());
        bytes += *copied;
        if (looked % kRecordsBetweenLooks != 0)
            continue;
        if (stop.stop_requested())
            return failure(ErrorKind::Canceled, "Saving was canceled.");
        if (told)
            told(bytes);
    }
    result.lines = target.count() - target.first();
    return result;
}

Result<SaveResult> save(const std::vector<CaptureLines>& sources, bool keepsNumbers, const std::string& path,
                        const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
{
    for (const CaptureLines& source : sources) {
        if (source.snapshot.liesIn(path))
            return failure(ErrorKind::Output, path + " is this capture itself. Choose another name.");
    }
    std::string partial;
    const int file = openBeside(path, partial);
    if (file < 0)
        return tl::unexpected(systemError("The capture " + path + " cannot be written", errno));
    const auto abandon = [&partial](Error error) {
        ::unlink(partial.c_str());
        return tl::unexpected(std::move(error));
    };
    // No disk floor: the user asked for this file, and sees when there is no room.
    const auto target = Capture::createOver(file, openUnnamed(temporaryFolder()), 0);
    if (!target)
        return abandon(target.error());
    auto result = copyAll(sources, **target, keepsNumbers, stop, told);
    if (!result)
        return abandon(std::move(result.error()));
    if (auto sealed = (*target)->seal(); !sealed)
        return abandon(std::move(sealed.error()));
    if (::fsync(file) != 0 || ::rename(partial.c_str(), path.c_str()) != 0)
        return abandon(systemError("The capture " + path + " cannot be written", errno));
    return result;
}

} // namespace

Result<SaveResult> saveCapture(const std::shared_ptr<const Capture>& capture, const std::string& path,
                               const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
{
    const CaptureLines whole = wholeOf(capture);
    if (whole.snapshot.first() > 0 || capture->ring().isSet())
        return save({whole}, true, path, stop, told);
    if (auto saved = capture->saveTo(path, stop, told); !saved)
        return tl::unexpected(saved.error());
    return SaveResult{whole.lines.count(), 0, 0, 0};
}

Result<SaveResult> saveLines(const std::vector<CaptureLines>& sources, const std::string& path,
                             const std::stop_token& stop, const std::function<void(std::uint64_t)>& told)
{
    return save(sources, false, path, stop, told);
}

Result<Collected> collectLines(const std::vector<CaptureLines>& sources, const std::stop_token& stop,
                               const std::function<void(std::uint64_t)>& told)
{
    auto target = Capture::createUnnamed();
    if (!target)
        return tl::unexpected(std::move(target.error()));
    auto result = copyAll(sources, **target, false, stop, told);
    if (!result)
        return tl::unexpected(std::move(result.error()));
    return Collected{std::move(*target), *result};
}

} // namespace vtscope
