#include "tests/faults/branchlog.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "tests/faults/writer.h"
#include "vtgateservice.grpc.pb.h"

namespace vtscope::test {
namespace {

constexpr std::chrono::seconds kPatience{60};

Image imageOf(const std::vector<std::string>& columns, const query::Row& row)
{
    Image image;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::int64_t length = row.lengths(static_cast<int>(i));
        image[columns[i]] = length < 0 ? "<null>" : row.values().substr(offset, static_cast<std::size_t>(length));
        offset += length < 0 ? 0 : static_cast<std::size_t>(length);
    }
    return image;
}

// One stream from there, event by event, until it has what it wants.
template <typename Take> void readStream(const std::string& hostPort, const binlogdata::VGtid& start, const Take& take)
{
    const auto stub = vtgateservice::Vitess::NewStub(grpc::CreateChannel(hostPort, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    vtgate::VStreamRequest request;
    request.set_tablet_type(topodata::PRIMARY);
    *request.mutable_vgtid() = start;
    for (const std::string& table : faultTables()) {
        binlogdata::Rule& rule = *request.mutable_filter()->add_rules();
        rule.set_match(table);
        rule.set_filter("select * from `" + table + "`");
    }
    const auto reader = stub->VStream(&context, request);
    vtgate::VStreamResponse response;
    while (reader->Read(&response)) {
        for (const binlogdata::VEvent& event : response.events()) {
            if (!take(event)) {
                context.TryCancel();
                reader->Finish();
                return;
            }
        }
    }
    throw std::runtime_error("the log cannot be read: " + reader->Finish().error_message());
}

// What is said of a change, in a form to compare: all that the source tells.
std::string textOf(Op op, const std::string& table, const std::string& gtid, const Image& before, const Image& after,
                   Source source)
{
    std::string text = std::string(nameOf(op)) + " " + table;
    const auto add = [&text](const char* name, const Image& image) {
        text += name;
        for (const char* column : {"id", "serial", "word", "body"}) {
            const auto value = image.find(column);
            text += " " + (value == image.end() ? std::string("<absent>") : value->second);
        }
    };
    const bool isSync = source == Source::Sync;
    if (!isSync)
        text += " " + gtid;
    add(" before", isSync && op == Op::Delete ? Image{{"id", before.at("id")}} : before);
    add(" after", after);
    return text;
}

// Counts one more; what it was is told of the first.
void note(Verdict& verdict, std::uint64_t& count, const std::string& text)
{
    constexpr std::size_t kLongest = 160;
    ++count;
    if (verdict.words.empty())
        verdict.words = text.substr(0, kLongest);
}

// Walks along what is wanted, by what is seen.
class Walk
{
public:
    void want(const std::string& text)
    {
        m_places[text].push_back(m_wanted.size());
        m_wanted.push_back(text);
    }

    // The first of that text; the end if there is none.
    std::size_t placeOf(const std::string& text) const
    {
        const auto places = m_places.find(text);
        return places == m_places.end() ? m_wanted.size() : places->second.front();
    }

    // What comes before is as good as seen.
    void goTo(std::size_t place)
    {
        m_next = place;
        m_furthest = std::max(m_furthest, place);
    }

    void see(const std::string& text, Verdict& verdict)
    {
        const auto places = m_places.find(text);
        if (places == m_places.end()) {
            note(verdict, verdict.strange, "not in the log: " + text);
            return;
        }
        std::size_t place = m_next;
        if (place >= m_wanted.size() || m_wanted[place] != text) {
            // Back to the last that was seen; else some are left out.
            const auto after = std::lower_bound(places->second.begin(), places->second.end(), m_furthest);
            place = after != places->second.begin() ? *(after - 1) : *after;
        }
        if (place < m_furthest)
            note(verdict, verdict.doubled, "twice: " + text);
        for (; m_furthest < place; ++m_furthest)
            lose(verdict);
        m_next = place + 1;
        m_furthest = std::max(m_furthest, m_next);
    }

    void end(Verdict& verdict)
    {
        for (; m_furthest < m_wanted.size(); ++m_furthest)
            lose(verdict);
    }

private:
    void lose(Verdict& verdict) const { note(verdict, verdict.lost, "lost: " + m_wanted[m_furthest]); }

    std::vector<std::string> m_wanted;
    std::map<std::string, std::vector<std::size_t>> m_places;
    std::size_t m_next = 0;     // where the next is looked for
    std::size_t m_furthest = 0; // all before have been seen, or are lost
};

void compareTransactions(const std::vector<Row>& seen, Verdict& verdict)
{
    std::map<std::string, std::set<std::uint32_t>> numbers;
    std::map<std::uint32_t, std::set<std::string>> gtids;
    for (const Row& row : seen) {
        if (row.isCopied)
            continue;
        numbers[row.gtid].insert(row.transaction);
        gtids[row.transaction].insert(row.gtid);
    }
    for (const auto& [gtid, several] : numbers) {
        if (several.size() != 1)
            note(verdict, verdict.torn, gtid + " stands under several numbers");
    }
    for (const auto& [number, several] : gtids) {
        if (several.size() != 1)
            note(verdict, verdict.torn, *several.begin() + " shares its number with " + *several.rbegin());
    }
}

void compareStreams(const std::vector<LogChange>& log, const std::vector<Row>& seen, Source source, Verdict& verdict)
{
    const auto unitOf = [source](const auto& change) {
        return source == Source::Sync ? change.shard + " " + change.table : change.shard;
    };
    std::map<std::string, Walk> walks;
    for (const LogChange& change : log)
        walks[unitOf(change)].want(textOf(change.op, change.table, change.gtid, change.before, change.after, source));
    verdict.compared += log.size();
    for (const Row& row : seen)
        walks[unitOf(row)].see(textOf(row.op, row.table, row.gtid, row.before, row.after, source), verdict);
    for (auto& [unit, walk] : walks)
        walk.end(verdict);
}

// One key: what is known of it is how it was copied, and from there on its changes.
struct Key
{
    std::vector<const LogChange*> log;
    std::vector<const Row*> seen;

    // Its row once so many of its changes had been made; empty when there was none.
    const Image& stateAfter(std::size_t count) const { return count == 0 ? log[0]->before : log[count - 1]->after; }
};

void compareKey(const Key& key, Source source, Copy copy, Verdict& verdict)
{
    Walk walk;
    for (const LogChange* change : key.log)
        walk.want(textOf(change->op, change->table, change->gtid, change->before, change->after, source));
    bool isKnown = false, isCopied = false;
    for (const Row* row : key.seen) {
        if (!row->isCopied) {
            const std::string text = textOf(row->op, row->table, row->gtid, row->before, row->after, source);
            // What was made and gone before its turn in the copy is never seen.
            if (!isKnown && (row->op == Op::Insert || copy == Copy::ChangesToo))
                walk.goTo(walk.placeOf(text));
            isKnown = true;
            walk.see(text, verdict);
            continue;
        }
        ++verdict.copied;
        std::size_t count = 0;
        while (count < key.log.size() && key.stateAfter(count) != row->after)
            ++count;
        if (!key.log.empty() && key.stateAfter(count) != row->after) {
            note(verdict, verdict.strange, "never so: " + row->words());
            continue;
        }
        if (isCopied || (isKnown && copy == Copy::RowsAlone))
            note(verdict, verdict.doubled, "again: " + row->words());
        isKnown = isCopied = true;
        walk.goTo(count);
    }
    if (isKnown)
        walk.end(verdict);
    else if (!key.log.empty() && !key.stateAfter(key.log.size()).empty())
        note(verdict, verdict.lost, "never seen: " + key.log.back()->table + " " + key.log.back()->id());
}

void compareKeys(const std::vector<LogChange>& log, const std::vector<Row>& seen, Source source, Copy copy,
                 Verdict& verdict)
{
    std::map<std::array<std::string, 3>, Key> keys;
    for (const LogChange& change : log)
        keys[{change.shard, change.table, change.id()}].log.push_back(&change);
    for (const Row& row : seen)
        keys[{row.shard, row.table, row.image().at("id")}].seen.push_back(&row);
    for (const auto& [name, key] : keys)
        compareKey(key, source, copy, verdict);
    verdict.compared += log.size();
}

} // namespace

const std::string& LogChange::id() const
{
    return (op == Op::Delete ? before : after).at("id");
}

binlogdata::VGtid BranchLog::now() const
{
    binlogdata::VGtid start;
    binlogdata::ShardGtid& shard = *start.add_shard_gtids();
    shard.set_keyspace("commerce");
    shard.set_gtid("current");
    readStream(m_hostPort, start, [&start](const binlogdata::VEvent& event) {
        if (event.type() != binlogdata::VGTID)
            return true;
        start = event.vgtid();
        return std::any_of(start.shard_gtids().begin(), start.shard_gtids().end(),
                           [](const auto& one) { return one.gtid() == "current"; });
    });
    return start;
}

std::vector<LogChange> BranchLog::since(const binlogdata::VGtid& start) const
{
    std::vector<LogChange> changes;
    std::map<std::string, std::vector<std::string>> columns;
    std::uint64_t marks = 0;
    readStream(m_hostPort, start, [&](const binlogdata::VEvent& event) {
        const binlogdata::RowEvent& rows = event.row_event();
        const std::string& name = event.has_field_event() ? event.field_event().table_name() : rows.table_name();
        const std::string table = name.substr(name.find('.') + 1);
        if (event.type() == binlogdata::FIELD) {
            std::vector<std::string>& names = columns[event.shard() + table];
            names.clear();
            for (const query::Field& field : event.field_event().fields())
                names.push_back(field.name());
        }
        if (event.type() != binlogdata::ROW)
            return true;
        for (const binlogdata::RowChange& row : rows.row_changes()) {
            LogChange change{event.shard(), table, event.event_gtid()};
            if (row.has_before())
                change.before = imageOf(columns.at(event.shard() + table), row.before());
            if (row.has_after())
                change.after = imageOf(columns.at(event.shard() + table), row.after());
            change.op = !row.has_before() ? Op::Insert : (!row.has_after() ? Op::Delete : Op::Update);
            if (isMark(change.id()))
                ++marks;
            changes.push_back(std::move(change));
        }
        return marks < Writer::kMarks * faultTables().size();
    });
    return changes;
}

Verdict& Verdict::operator+=(const Verdict& other)
{
    compared += other.compared;
    copied += other.copied;
    lost += other.lost;
    doubled += other.doubled;
    strange += other.strange;
    torn += other.torn;
    return *this;
}

Verdict compare(const std::vector<LogChange>& log, const std::vector<Row>& seen, Source source, Copy copy)
{
    Verdict verdict;
    if (copy != Copy::None)
        compareKeys(log, seen, source, copy, verdict);
    else
        compareStreams(log, seen, source, verdict);
    if (source == Source::VStream)
        compareTransactions(seen, verdict);
    return verdict;
}

} // namespace vtscope::test
