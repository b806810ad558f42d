#include "streamcore/capture/ledger.h"

#include <algorithm>

#include "binlogdata.pb.h"
#include "streamcore/capture/ownrecords.h"
#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/decode/fieldnumbers.h"
#include "streamcore/decode/scanner.h"
#include "streamcore/names.h"
#include "streamcore/position/position.h"

namespace vtscope {

namespace {

// Of one reader, in one shard.
struct Stretch
{
    std::size_t reader = 0;
    GtidSet first;
    GtidSet last;
};

struct Track
{
    Ledger::Account account;
    std::vector<Stretch> stretches;
    std::vector<std::size_t> gapReaders; // of each gap of the account: who began behind it
};

std::vector<ShardPosition> shardsOf(const ReaderState& reader, const std::string& position)
{
    const std::vector<std::string>& tables = reader.description.tables;
    return shardsIn(position, reader.description.api == ReaderDescription::Api::Sync,
                    tables.empty() ? std::string() : tables.front());
}

bool isSame(const ShardPosition& position, const std::string& keyspace, const std::string& shard,
            const std::string& table)
{
    return position.shard == shard && position.keyspace == keyspace && position.table == table;
}

// Nothing where no position is told.
std::optional<GtidSet> setOf(const ShardPosition& position)
{
    if (position.gtid.empty() || position.gtid == "current")
        return {};
    const auto set = GtidSet::parse(position.gtid);
    return set ? std::optional(*set) : std::nullopt;
}

// Whether a copy had brought nothing in this shard that it could go on from, and begins again.
bool startsOver(const ReaderState& reader, const ShardPosition& shard)
{
    if (!reader.description.continues)
        return false;
    const std::vector<ShardPosition> asked = shardsOf(reader, reader.description.position);
    return std::any_of(asked.begin(), asked.end(), [&](const ShardPosition& one) {
        return isSame(one, shard.keyspace, shard.shard, shard.table) && one.gtid.empty();
    });
}

Track& trackOf(std::vector<Track>& tracks, const ShardPosition& shard)
{
    const auto found = std::find_if(tracks.begin(), tracks.end(), [&](const Track& track) {
        return isSame(shard, track.account.keyspace, track.account.shard, track.account.table);
    });
    if (found != tracks.end())
        return *found;
    Track& track = tracks.emplace_back();
    track.account.keyspace = shard.keyspace;
    track.account.shard = shard.shard;
    track.account.table = shard.table;
    return track;
}

std::vector<Track> tracksOf(const std::vector<ReaderState>& readers)
{
    std::vector<Track> tracks;
    for (std::size_t i = 0; i < readers.size(); ++i) {
        const ReaderState& reader = readers[i];
        if (reader.description.api != ReaderDescription::Api::VStream &&
            reader.description.api != ReaderDescription::Api::Sync)
            continue;
        const std::vector<ShardPosition> first = shardsOf(reader, reader.first);
        // Shards that appear later came from a reshard, and have been read since.
        std::vector<ShardPosition> all = first;
        for (const ShardPosition& shard : shardsOf(reader, reader.last)) {
            if (std::none_of(first.begin(), first.end(), [&](const ShardPosition& one) {
                    return isSame(one, shard.keyspace, shard.shard, shard.table);
                }))
                all.push_back(shard);
        }
        const std::vector<ShardPosition> last = shardsOf(reader, reader.last);
        for (const ShardPosition& shard : all) {
            Track& track = trackOf(tracks, shard);
            if (track.account.asked.empty())
                track.account.asked = reader.description.start;
            if (startsOver(reader, shard))
                track.stretches.clear();
            const auto begin = setOf(shard);
            if (!begin)
                continue;
            const auto told = std::find_if(last.begin(), last.end(), [&](const ShardPosition& one) {
                return isSame(one, shard.keyspace, shard.shard, shard.table);
            });
            const auto end = told == last.end() ? std::nullopt : setOf(*told);
            track.stretches.push_back({i, *begin, end.value_or(*begin)});
        }
    }
    return tracks;
}

GtidSet common(const GtidSet& a, const GtidSet& b)
{
    GtidSet onlyA = a, both = a;
    onlyA.subtract(b);
    both.subtract(onlyA);
    return both;
}

std::string causeOf(const std::vector<ReaderState>& readers, std::size_t reader)
{
    const std::string& start = readers[reader].description.start;
    const std::string since = start == "copy"      ? "The table was copied again"
                              : start == "current" ? "The stream was started again at the newest position"
                                                   : "The stream was started again at another position";
    for (std::size_t i = reader; i-- > 0;) {
        const auto& end = readers[i].end;
        if (!end)
            continue;
        if (end->isAsked)
            return since + " after it had been stopped.";
        return since + " after it had ended" + (end->message.empty() ? std::string(".") : ": " + end->message);
    }
    return since + ".";
}

// What none of the stretches has, as far as it lies between them, and which reader began behind it.
void addGaps(Track& track, const std::vector<ReaderState>& readers)
{
    if (track.stretches.empty())
        return;
    GtidSet begin = track.stretches.front().first, end, covered;
    for (const Stretch& stretch : track.stretches) {
        const bool hasBegin = !begin.isEmpty();
        begin = common(begin, stretch.first);
        const bool isForeign = hasBegin && begin.isEmpty() && !stretch.first.isEmpty(); // of another branch
        GtidSet read = stretch.last;
        read.subtract(stretch.first);
        if (isForeign || !end.unite(stretch.last) || !covered.unite(read)) {
            track.account.gaps.push_back({track.account.keyspace,
                                          track.account.shard,
                                          track.account.table,
                                          {},
                                          "The positions before and after have nothing in common: they are of another "
                                          "branch or another kind."});
            return;
        }
    }
    track.account.first = begin.text();
    track.account.last = end.text();
    GtidSet missing = end;
    missing.subtract(begin);
    missing.subtract(covered);
    track.account.received = covered.count();
    for (const Stretch& stretch : track.stretches) {
        const GtidSet gap = common(stretch.first, missing);
        if (gap.isEmpty())
            continue;
        missing.subtract(gap);
        track.account.gaps.push_back({track.account.keyspace, track.account.shard, track.account.table, gap.text(),
                                      causeOf(readers, stretch.reader)});
        track.gapReaders.push_back(stretch.reader);
    }
}

// Whether the walker that this context is of was inside a transaction: it says so at its end.
bool isInTransaction(Bytes context)
{
    std::uint64_t last = 0;
    for (Scanner message(context); message.next();) {
        for (Scanner event(message.isBytes(field::vstream::kEvents) ? message.bytes() : Bytes()); event.next();) {
            if (event.isNumber(field::vevent::kType))
                last = event.number();
        }
    }
    return last == binlogdata::BEGIN;
}

// The first VGTID that this reader brought behind a record; empty without one.
Bytes vgtidBehind(const Snapshot& snapshot, std::uint64_t record, ReaderId reader)
{
    for (record = snapshot.nextRecord(record); record != 0; record = snapshot.nextRecord(record)) {
        if (snapshot.typeOf(record) != RecordType::Message || snapshot.readerOf(record) != reader)
            continue;
        for (Scanner message(snapshot.payload(record)); message.next();) {
            for (Scanner event(message.isBytes(field::vstream::kEvents) ? message.bytes() : Bytes()); event.next();) {
                if (event.isBytes(field::vevent::kVgtid))
                    return event.bytes();
            }
        }
    }
    return {};
}

// The shard itself where this reader was opened for it, else one of its that has rows in common with it; empty: none.
std::string heirOf(const ShardPosition& shard, const ReaderState& reader)
{
    std::string heir;
    for (const ShardPosition& one : shardsOf(reader, reader.description.position)) {
        const bool isHeir =
            one.keyspace == shard.keyspace && one.table == shard.table && overlaps(one.shard, shard.shard);
        if (isHeir && (heir.empty() || one.shard == shard.shard))
            heir = one.shard;
    }
    return heir;
}

// Where the last of them goes on with no other: the shards that ones before it had read, and of which it is the first
// to read what became of them. What they changed last is nowhere, and positions of different shards have nothing in
// common by which to say it.
std::vector<Gap> gapsOfReplaced(const std::vector<ReaderState>& readers)
{
    std::vector<Gap> gaps;
    if (readers.back().description.continues)
        return gaps;
    for (std::size_t i = 0; i + 1 < readers.size(); ++i) {
        const ReaderState& before = readers[i];
        for (const ShardPosition& shard :
             shardsOf(before, before.last.empty() ? before.description.position : before.last)) {
            std::string heir;
            std::size_t next = i;
            while (heir.empty() && ++next < readers.size())
                heir = heirOf(shard, readers[next]);
            if (next + 1 == readers.size() && heir != shard.shard)
                gaps.push_back({shard.keyspace,
                                shard.shard,
                                shard.table,
                                {},
                                "The shard was replaced by others, such as " + heir +
                                    ", before the stream was started again: what changed between its last position "
                                    "and their first is missing."});
        }
    }
    return gaps;
}

// What a limit has dropped: all up to where the readers were when the oldest piece that is kept began.
void addDropped(std::vector<Track>& tracks, const Snapshot& snapshot)
{
    const std::uint64_t record = snapshot.firstRecord();
    if (record == 0 || snapshot.typeOf(record) != RecordType::Checkpoint)
        return;
    const auto checkpoint = decodeCheckpoint(snapshot.payload(record));
    if (!checkpoint)
        return;
    std::vector<ReaderState> readers;
    for (const CheckpointFacts::Reader& reader : checkpoint->readers) {
        ReaderState& state = readers.emplace_back(reader.state);
        // The beginning of a transaction went with them.
        if (state.description.api != ReaderDescription::Api::VStream || !isInTransaction(reader.context))
            continue;
        const Bytes vgtid = vgtidBehind(snapshot, record, static_cast<ReaderId>(readers.size() - 1));
        if (!vgtid.empty())
            state.last = std::string(vgtid);
    }
    for (const Track& before : tracksOf(readers)) {
        GtidSet dropped;
        bool isKnown = true;
        for (const Stretch& stretch : before.stretches) {
            GtidSet read = stretch.last;
            read.subtract(stretch.first);
            isKnown = isKnown && dropped.unite(read);
        }
        if (!isKnown || dropped.isEmpty())
            continue;
        Ledger::Account& account =
            trackOf(tracks, {before.account.keyspace, before.account.shard, {}, {}, before.account.table}).account;
        if (account.received)
            *account.received -= std::min(*account.received, dropped.count().value_or(0));
        account.gaps.push_back({account.keyspace, account.shard, account.table, dropped.text(),
                                "The limit of what is kept has dropped them."});
    }
}

std::string counted(std::uint64_t count, const char* what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// Messages that could not be decoded hold them; a row that could not be is there.
bool hasUntoldChanges(const Capture& capture)
{
    const Snapshot snapshot = capture.snapshot();
    for (std::uint64_t line = snapshot.first(); capture.faults() > 0 && line < snapshot.count(); ++line) {
        if (snapshot.entry(line).op() == Op::Undecodable)
            return true;
    }
    return false;
}

} // namespace

std::size_t Ledger::gaps() const
{
    std::size_t count = 0;
    for (const Account& account : accounts)
        count += account.gaps.size();
    return count;
}

std::string Ledger::words() const
{
    if (isComplete())
        return "complete";
    std::string words;
    const auto add = [&](std::uint64_t count, const char* what, const char* became) {
        if (count > 0)
            words += (words.empty() ? "" : ", ") + counted(count, what) + became;
    };
    add(gaps(), "gap", "");
    add(dropped, "change", " dropped");
    if (faults > 0)
        words += (words.empty() ? "" : ", ") + std::to_string(faults) + " not decodable";
    add(damaged, "message", " damaged");
    if (isPart)
        words += words.empty() ? "a part of a capture" : ", a part of a capture";
    return words;
}

Ledger ledgerOf(const Capture& capture)
{
    const std::vector<ReaderState> readers = capture.readerStates();
    std::vector<Track> tracks = tracksOf(readers);
    Ledger ledger;
    for (Track& track : tracks)
        addGaps(track, readers);
    if (capture.droppedChanges() > 0)
        addDropped(tracks, capture.snapshot());
    // Those whose transactions are not known were noted when they came to be.
    for (const Gap& gap : capture.gaps()) {
        if (!gap.missing.empty())
            continue;
        trackOf(tracks, {gap.keyspace, gap.shard, {}, {}, gap.table}).account.gaps.push_back(gap);
    }
    for (Track& track : tracks)
        ledger.accounts.push_back(std::move(track.account));
    ledger.dropped = capture.droppedChanges();
    ledger.faults = capture.faults();
    ledger.damaged = capture.damagedMessages();
    ledger.isPart = capture.isPart();
    return ledger;
}

std::vector<std::string> gapLines(const Ledger& ledger)
{
    std::vector<std::string> lines;
    for (const Ledger::Account& account : ledger.accounts) {
        for (const Gap& gap : account.gaps) {
            std::string line = "gap in " + account.keyspace + "/" + account.shard;
            if (!account.table.empty())
                line += " " + account.table;
            line += gap.missing.empty() ? ": " : ": changes of " + gap.missing + " are missing. ";
            lines.push_back(line + gap.cause);
        }
    }
    return lines;
}

std::vector<Coverage> coverageOf(const Capture& capture)
{
    std::vector<Coverage> coverage;
    if (capture.isPart() || capture.droppedChanges() > 0 || capture.damagedMessages() > 0 || hasUntoldChanges(capture))
        return coverage;
    for (const ReaderState& reader : capture.readerStates()) {
        if (reader.description.api != ReaderDescription::Api::VStream || !reader.description.sql.empty())
            continue;
        const std::vector<ShardPosition> asked = positionsIn(reader.description.position);
        const std::vector<ShardPosition> last = positionsIn(reader.last);
        for (const ShardPosition& first : positionsIn(reader.first)) {
            const auto isIt = [&](const ShardPosition& one) { return isSame(one, first.keyspace, first.shard, {}); };
            const auto start = std::find_if(asked.begin(), asked.end(), isIt);
            const auto end = std::find_if(last.begin(), last.end(), isIt);
            if (start == asked.end() || start->gtid.empty() || !start->lastKeys.empty() || end == last.end())
                continue;
            const auto before = setOf(first);
            auto read = setOf(*end);
            if (!before || !read)
                continue;
            read->subtract(*before);
            coverage.push_back({first.keyspace, first.shard, reader.description.tables, std::move(*read)});
        }
    }
    return coverage;
}

bool covers(const std::vector<Coverage>& coverage, const Gtid& gtid, const Layout& layout)
{
    return std::any_of(coverage.begin(), coverage.end(), [&](const Coverage& one) {
        return one.shard == layout.shard && one.keyspace == layout.keyspace && isAmong(one.tables, layout.table) &&
               one.transactions.contains(gtid);
    });
}

std::vector<Gap> gapsBefore(const std::vector<ReaderState>& readers)
{
    std::vector<Gap> gaps = gapsOfReplaced(readers);
    std::vector<Track> tracks = tracksOf(readers);
    for (Track& track : tracks) {
        addGaps(track, readers);
        for (std::size_t i = 0; i < track.gapReaders.size(); ++i) {
            if (track.gapReaders[i] + 1 == readers.size())
                gaps.push_back(track.account.gaps[i]);
        }
    }
    return gaps;
}

} // namespace vtscope
