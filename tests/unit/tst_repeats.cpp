// Streams that break at random places and are opened again, against the log that they are of: each change of it has
// one line, in its order.
#include <QtTest>

#include <QTemporaryDir>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/capture/change.h"
#include "streamcore/capture/ledger.h"
#include "streamcore/capture/repeats.h"
#include "streamcore/decode/entry.h"
#include "streamcore/output/save.h"
#include "streamcore/position/position.h"
#include "streamcore/position/safeposition.h"
#include "vtgate.pb.h"

#include <filesystem>
#include <map>
#include <random>
#include <set>

using namespace vtscope;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t count)
{
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::vector<std::string> kShards = {"-80", "80-"};
const std::vector<std::string> kTables = {"a", "b"};

struct Transaction
{
    std::vector<std::pair<std::size_t, std::string>> rows; // table and value
};

// What the servers have: rows to be copied in each shard, and then a log of transactions.
struct Branch
{
    std::vector<std::vector<std::string>> copied{kShards.size()};
    std::vector<std::vector<Transaction>> log{kShards.size()};
    bool namesTransactions = true;
};

struct Place
{
    bool isCopying = false;
    std::size_t copied = 0; // rows up to the last key
    std::size_t number = 0; // transactions up to the position
};

std::string gtidOf(std::size_t number)
{
    return "MySQL56/" + kUuid + ":1-" + std::to_string(number + 1);
}

query::Row rowOf(const std::string& value)
{
    query::Row row;
    row.add_lengths(static_cast<std::int64_t>(value.size()));
    row.set_values(value);
    return row;
}

// One stream of them, from these places on, as messages.
class Stream
{
public:
    Stream(const Branch& branch, std::vector<Place> places, Random& random)
        : m_branch(branch), m_places(std::move(places)), m_random(random)
    {
        std::vector<std::size_t> left;
        for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
            if (m_places[shard].isCopying)
                left.push_back(shard);
        }
        while (!left.empty()) {
            const std::size_t which = below(random, left.size());
            if (!copyMore(left[which]))
                left.erase(left.begin() + static_cast<std::ptrdiff_t>(which));
        }
        for (std::size_t shard = 0; shard < kShards.size(); ++shard)
            left.push_back(shard);
        while (!left.empty()) {
            const std::size_t which = below(random, left.size());
            if (!logMore(left[which]))
                left.erase(left.begin() + static_cast<std::ptrdiff_t>(which));
        }
        flush();
    }

    const std::vector<std::string>& messages() const { return m_messages; }

private:
    binlogdata::VEvent& add(binlogdata::VEventType type, std::size_t shard, std::size_t number)
    {
        binlogdata::VEvent& event = *m_response.add_events();
        event.set_type(type);
        event.set_keyspace("shop");
        event.set_shard(kShards[shard]);
        if (!m_places[shard].isCopying) {
            event.set_timestamp(1'700'000'000);
            if (m_branch.namesTransactions)
                event.set_event_gtid(kUuid + ":" + std::to_string(number + 1));
        }
        return event;
    }

    void addFields(std::size_t shard, std::size_t table, std::size_t number)
    {
        auto& event = *add(binlogdata::FIELD, shard, number).mutable_field_event();
        event.set_table_name("shop." + kTables[table]);
        event.set_keyspace("shop");
        event.set_shard(kShards[shard]);
        event.add_fields()->set_name("value");
        event.mutable_fields(0)->set_type(query::VARCHAR);
    }

    void addRow(std::size_t shard, std::size_t table, const std::string& value, std::size_t number)
    {
        if (!m_isFieldKnown[shard][table])
            addFields(shard, table, number);
        m_isFieldKnown[shard][table] = true;
        auto& event = *add(binlogdata::ROW, shard, number).mutable_row_event();
        event.set_table_name("shop." + kTables[table]);
        event.set_keyspace("shop");
        event.set_shard(kShards[shard]);
        *event.add_row_changes()->mutable_after() = rowOf(value);
        if (below(m_random, 3) == 0)
            flush();
    }

    void addPosition(std::size_t moved)
    {
        auto& vgtid = *add(binlogdata::VGTID, moved, 0).mutable_vgtid();
        for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
            auto& entry = *vgtid.add_shard_gtids();
            entry.set_keyspace("shop");
            entry.set_shard(kShards[shard]);
            if (m_places[shard].isCopying && m_places[shard].copied == 0)
                continue;
            entry.set_gtid(gtidOf(m_places[shard].number));
            if (!m_places[shard].isCopying)
                continue;
            auto& key = *entry.add_table_p_ks();
            key.set_table_name("a");
            key.mutable_lastpk()->add_fields()->set_name("value");
            *key.mutable_lastpk()->add_rows() = rowOf(std::to_string(m_places[shard].copied));
        }
    }

    bool copyMore(std::size_t shard)
    {
        Place& place = m_places[shard];
        const std::vector<std::string>& rows = m_branch.copied[shard];
        add(binlogdata::BEGIN, shard, 0);
        const std::size_t end = std::min(rows.size(), place.copied + 1 + below(m_random, 4));
        for (std::size_t row = place.copied; row < end; ++row)
            addRow(shard, 0, rows[row], 0);
        place.copied = end;
        if (end > 0)
            addPosition(shard);
        add(binlogdata::COMMIT, shard, 0);
        flush();
        if (end < rows.size())
            return true;
        place.isCopying = false;
        addPosition(shard);
        flush();
        add(binlogdata::COPY_COMPLETED, shard, 0);
        flush();
        return false;
    }

    bool logMore(std::size_t shard)
    {
        Place& place = m_places[shard];
        if (place.number >= m_branch.log[shard].size())
            return false;
        const std::size_t number = place.number + 1;
        add(binlogdata::BEGIN, shard, number);
        for (const auto& [table, value] : m_branch.log[shard][place.number].rows)
            addRow(shard, table, value, number);
        ++place.number;
        addPosition(shard);
        add(binlogdata::COMMIT, shard, number);
        flush();
        return true;
    }

    void flush()
    {
        if (m_response.events_size() > 0)
            m_messages.push_back(m_response.SerializeAsString());
        m_response.Clear();
    }

    const Branch& m_branch;
    std::vector<Place> m_places;
    Random& m_random;
    bool m_isFieldKnown[2][2]{};
    vtgate::VStreamResponse m_response;
    std::vector<std::string> m_messages;
};

std::vector<Place> placesIn(const std::string& position)
{
    std::vector<Place> places(kShards.size());
    binlogdata::VGtid vgtid;
    vgtid.ParseFromString(position);
    for (int i = 0; i < vgtid.shard_gtids_size(); ++i) {
        const auto& shard = vgtid.shard_gtids(i);
        Place& place = places[static_cast<std::size_t>(i)];
        place.isCopying = shard.gtid().empty() || shard.table_p_ks_size() > 0;
        if (!shard.gtid().empty())
            place.number = std::stoul(shard.gtid().substr(shard.gtid().rfind('-') + 1)) - 1;
        if (shard.table_p_ks_size() > 0)
            place.copied = std::stoul(shard.table_p_ks(0).lastpk().rows(0).values());
    }
    return places;
}

std::vector<std::string> valuesIn(const Snapshot& snapshot, const std::string& shard)
{
    std::vector<std::string> values;
    ChangeView change;
    for (std::uint64_t line = snapshot.first(); line < snapshot.count(); ++line) {
        if (!isChange(snapshot.entry(line).op()) || snapshot.layoutOf(snapshot.entry(line)).shard != shard)
            continue;
        change.read(snapshot, line);
        values.push_back(change.layout().table + (change.isCopied() ? " copied " : " ") +
                         std::string(change.after(0).bytes));
    }
    return values;
}

// Whether the lines of each transaction, where servers name it, have one number and no others have it.
bool areTransactionsWhole(const Snapshot& snapshot)
{
    std::map<std::string, std::uint32_t> numbers;
    std::set<std::uint32_t> used;
    for (std::uint64_t line = snapshot.first(); line < snapshot.count(); ++line) {
        const Entry& entry = snapshot.entry(line);
        if (!isChange(entry.op()) || entry.isCopied())
            continue;
        const std::string gtid = transactionFacts(snapshot, line).gtid;
        if (gtid.empty())
            continue;
        const auto [known, isNew] = numbers.emplace(snapshot.layoutOf(entry).shard + " " + gtid, entry.transaction);
        if (known->second != entry.transaction || (isNew && !used.insert(entry.transaction).second))
            return false;
    }
    return true;
}

std::vector<std::string> linesIn(const Snapshot& snapshot)
{
    std::vector<std::string> lines;
    for (std::uint64_t line = snapshot.first(); line < snapshot.count(); ++line) {
        const Entry& entry = snapshot.entry(line);
        lines.push_back(std::to_string(static_cast<int>(entry.op())) + " " + std::to_string(entry.record()) + " " +
                        std::to_string(entry.first) + " " + std::to_string(entry.second) + " " +
                        snapshot.layoutOf(entry).table + " " + std::to_string(entry.transaction));
    }
    return lines;
}

} // namespace

class RepeatsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void eachChangeHasOneLine_data()
    {
        QTest::addColumn<bool>("namesTransactions");
        QTest::newRow("transactions are named") << true;
        QTest::newRow("as older servers do") << false;
    }

    void eachChangeHasOneLine()
    {
        QFETCH(bool, namesTransactions);
        constexpr int kRounds = 400;
        const QTemporaryDir folder;
        std::uint64_t breaks = 0, repeated = 0, compared = 0;
        for (int round = 0; round < kRounds; ++round) {
            Random random(static_cast<std::uint64_t>(round));
            Branch branch;
            branch.namesTransactions = namesTransactions;
            for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                for (std::size_t i = below(random, 20); i > 0; --i)
                    branch.copied[shard].push_back("row " + std::to_string(branch.copied[shard].size()));
                for (std::size_t i = below(random, 12); i > 0; --i) {
                    Transaction& transaction = branch.log[shard].emplace_back();
                    for (std::size_t row = 1 + below(random, 6); row > 0; --row)
                        transaction.rows.emplace_back(below(random, kTables.size()), std::to_string(below(random, 3)));
                }
            }
            std::vector<ShardPosition> start;
            for (const std::string& shard : kShards)
                start.push_back({"shop", shard, below(random, 2) == 0 ? std::string() : gtidOf(0)});

            const std::string path = folder.filePath(QString::number(round)).toStdString();
            auto capture = Capture::create(path, 0).value();
            SafePosition position(SafePosition::Form::Vgtid, vgtidOf(start), {"a"});
            StreamPast past;
            for (bool isOver = false; !isOver;) {
                ReaderDescription description;
                description.api = ReaderDescription::Api::VStream;
                description.keyspace = "shop";
                description.shards = kShards;
                description.tables = kTables;
                description.position = position.resume();
                std::unique_ptr<Repeats> repeats;
                if (!past.isEmpty()) {
                    description.continues = past.readers.back();
                    repeats = std::make_unique<Repeats>(capture->snapshot(), description, past);
                    ++breaks;
                }
                const ReaderId reader = capture->openReader(description).value();
                past.readers.push_back(reader);
                const Stream stream(branch, placesIn(description.position), random);
                isOver = below(random, 6) == 0;
                const std::size_t end = isOver ? stream.messages().size() : below(random, stream.messages().size() + 1);
                for (std::size_t i = 0; i < end; ++i) {
                    const std::string& message = stream.messages()[i];
                    const auto fresh = repeats ? repeats->sift(message) : std::nullopt;
                    const auto appended =
                        fresh ? capture->appendChosen(reader, message, 1, *fresh) : capture->append(reader, message, 1);
                    if (!appended->position.empty())
                        position.note(appended->position, appended->record);
                    const Snapshot now = capture->snapshot();
                    for (std::uint64_t line = appended->firstEntry; line < now.count(); ++line) {
                        if (now.entry(line).op() == Op::CopyCompleted)
                            position.completeCopy("shop", now.layoutOf(now.entry(line)).shard);
                    }
                    if (!appended->position.empty())
                        past.from = position.from();
                    if (!appended->position.empty() && repeats)
                        past.from = std::min(past.from, repeats->since());
                }
                if (repeats) {
                    repeated += repeats->count();
                    QVERIFY(!isOver || repeats->isOver());
                }
            }

            for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                std::vector<std::string> wanted;
                if (start[shard].gtid.empty()) {
                    for (const std::string& row : branch.copied[shard])
                        wanted.push_back("a copied " + row);
                }
                for (const Transaction& transaction : branch.log[shard]) {
                    for (const auto& [table, value] : transaction.rows)
                        wanted.push_back(kTables[table] + " " + value);
                }
                compared += wanted.size();
                const std::vector<std::string> values = valuesIn(capture->snapshot(), kShards[shard]);
                QVERIFY(areTransactionsWhole(capture->snapshot()));
                QVERIFY2(values == wanted, qPrintable(QStringLiteral("round %1, shard %2: %3 lines, wanted %4")
                                                          .arg(round)
                                                          .arg(shard)
                                                          .arg(values.size())
                                                          .arg(wanted.size())));
            }
            // The file says the same to somebody who walks it.
            const std::vector<std::string> lines = linesIn(capture->snapshot());
            capture.reset();
            QVERIFY(linesIn(Capture::open(path).value()->snapshot()) == lines);
            std::filesystem::remove(path);
        }
        qInfo("%llu breaks, %llu changes came again, %llu compared", static_cast<unsigned long long>(breaks),
              static_cast<unsigned long long>(repeated), static_cast<unsigned long long>(compared));
        QVERIFY(repeated > 500);
    }

    // Two captures of the same log, from and up to different places: together they have each change once, and what
    // neither has is told.
    void mergedCapturesHaveEachChangeOnce()
    {
        const QTemporaryDir folder;
        std::uint64_t shared = 0;
        for (int round = 0; round < 200; ++round) {
            Random random(static_cast<std::uint64_t>(round));
            Branch branch;
            for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                for (std::size_t i = 4 + below(random, 12); i > 0; --i) {
                    Transaction& transaction = branch.log[shard].emplace_back();
                    for (std::size_t row = 1 + below(random, 4); row > 0; --row)
                        transaction.rows.emplace_back(below(random, kTables.size()), std::to_string(below(random, 3)));
                }
            }
            std::vector<CaptureLines> sources;
            std::vector<std::vector<std::size_t>> from, to; // transactions wholly in each
            for (int i = 0; i < 2; ++i) {
                const auto capture = Capture::createUnnamed(0).value();
                std::vector<ShardPosition> start;
                std::vector<Place> places(kShards.size());
                for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                    places[shard].number = below(random, branch.log[shard].size());
                    start.push_back({"shop", kShards[shard], gtidOf(places[shard].number)});
                }
                ReaderDescription description;
                description.api = ReaderDescription::Api::VStream;
                description.tables = kTables;
                description.position = vgtidOf(start);
                const ReaderId reader = capture->openReader(description).value();
                const Stream stream(branch, places, random);
                const std::size_t end = below(random, stream.messages().size() + 1);
                SafePosition position(SafePosition::Form::Vgtid, description.position, description.tables);
                for (std::size_t message = 0; message < end; ++message) {
                    const auto appended =
                        capture->append(reader, stream.messages()[message], static_cast<std::int64_t>(message));
                    if (!appended->position.empty())
                        position.note(appended->position);
                }
                from.emplace_back();
                to.emplace_back();
                const std::vector<Place> reached = placesIn(position.resume());
                for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                    from.back().push_back(places[shard].number);
                    to.back().push_back(reached[shard].number);
                }
                sources.push_back({capture, capture->snapshot(), RowSet::range(0, capture->count())});
            }
            const std::string path = folder.filePath(QString::number(round)).toStdString();
            const auto saved = saveLines(sources, path);
            QVERIFY(saved);
            shared += saved->shared;
            const auto merged = Capture::open(path).value();
            const Ledger ledger = ledgerOf(*merged);
            QCOMPARE(ledger.accounts.size(), kShards.size());
            for (std::size_t shard = 0; shard < kShards.size(); ++shard) {
                // Of transactions that one of them has whole every row is there once.
                std::map<std::size_t, std::multiset<std::string>> found;
                ChangeView change;
                const Snapshot snapshot = merged->snapshot();
                for (std::uint64_t line = 0; line < snapshot.count(); ++line) {
                    if (!isChange(snapshot.entry(line).op()))
                        continue;
                    change.read(snapshot, line);
                    if (change.layout().shard != kShards[shard])
                        continue;
                    const std::string gtid = transactionFacts(snapshot, line).gtid;
                    found[std::stoul(gtid.substr(gtid.rfind(':') + 1)) - 2].insert(change.layout().table + " " +
                                                                                   std::string(change.after(0).bytes));
                }
                std::uint64_t covered = 0;
                for (std::size_t number = 0; number < branch.log[shard].size(); ++number) {
                    const bool isWhole = (number >= from[0][shard] && number < to[0][shard]) ||
                                         (number >= from[1][shard] && number < to[1][shard]);
                    covered += isWhole;
                    if (!isWhole)
                        continue;
                    std::multiset<std::string> wanted;
                    for (const auto& [table, value] : branch.log[shard][number].rows)
                        wanted.insert(kTables[table] + " " + value);
                    QVERIFY2(
                        found[number] == wanted,
                        qPrintable(
                            QStringLiteral("round %1, shard %2, transaction %3").arg(round).arg(shard).arg(number)));
                }
                QCOMPARE(ledger.accounts[shard].received.value(), covered);
            }
            std::filesystem::remove(path);
        }
        QVERIFY(shared > 500);
    }

    // Rows that were deleted, changed or inserted between two copies of a place: what differs is new.
    void copiesOfAnotherTime()
    {
        const auto message = [](const std::vector<std::string>& rows, bool hasFields) {
            vtgate::VStreamResponse response;
            const auto add = [&](binlogdata::VEventType type) -> binlogdata::VEvent& {
                binlogdata::VEvent& event = *response.add_events();
                event.set_type(type);
                event.set_keyspace("shop");
                event.set_shard("-80");
                return event;
            };
            if (hasFields) {
                auto& fields = *add(binlogdata::FIELD).mutable_field_event();
                fields.set_table_name("a");
                fields.add_fields()->set_name("value");
            }
            for (const std::string& row : rows) {
                auto& event = *add(binlogdata::ROW).mutable_row_event();
                event.set_table_name("a");
                *event.add_row_changes()->mutable_after() = rowOf(row);
            }
            add(binlogdata::VGTID).mutable_vgtid()->add_shard_gtids();
            return response.SerializeAsString();
        };
        const auto capture = Capture::createUnnamed(0).value();
        ReaderDescription description;
        description.api = ReaderDescription::Api::VStream;
        description.position = vgtidOf({{"shop", "-80", ""}});
        const ReaderId reader = capture->openReader(description).value();
        QVERIFY(capture->append(reader, message({"1 x", "2 x", "3 x"}, true), 1));
        description.continues = reader;
        Repeats repeats(capture->snapshot(), description, {{reader}, 0});
        const auto sifted = repeats.sift(message({"0 x", "1 x", "2 y", "3 x", "4 x"}, true));
        QCOMPARE(sifted->ordinals, (std::vector<std::uint32_t>{0, 2, 4}));
        QCOMPARE(repeats.count(), std::uint64_t{2});
        // What was changed does not come any more; after a while it is not waited for.
        QVERIFY(!repeats.isOver());
        for (int i = 0; i < 2000 && !repeats.isOver(); ++i)
            repeats.sift(message({"5 x"}, false));
        QVERIFY(repeats.isOver());
    }

    // In Sync the position is that of a response, and a change is the same only there.
    void syncAtTheSamePosition()
    {
        const auto response = [](const std::vector<std::string>& rows, int number) {
            psdbconnect::v1alpha1::SyncResponse message;
            auto& result = *message.add_result();
            result.add_fields()->set_name("value");
            for (const std::string& row : rows)
                *result.add_rows() = rowOf(row);
            message.mutable_cursor()->set_position(gtidOf(static_cast<std::size_t>(number)));
            return message.SerializeAsString();
        };
        const auto capture = Capture::createUnnamed(0).value();
        ReaderDescription description;
        description.api = ReaderDescription::Api::Sync;
        description.keyspace = "shop";
        description.shards = {"-80"};
        description.tables = {"a"};
        description.position = cursorOf({"shop", "-80", "current"});
        const ReaderId reader = capture->openReader(description).value();
        SafePosition position(SafePosition::Form::Cursor, description.position, description.tables);
        for (const std::string& message : {response({"1"}, 1), response({"2", "3"}, 2), response({"3"}, 2)}) {
            const Appended appended = capture->append(reader, message, 1).value();
            position.note(appended.position, appended.record);
        }
        description.position = position.resume();
        description.continues = reader;
        for (const bool isReplayed : {true, false}) {
            Repeats repeats(capture->snapshot(), description, {{reader}, position.from()});
            if (isReplayed) {
                QVERIFY(repeats.sift(response({"2"}, 2))->ordinals.empty());
                QCOMPARE(repeats.sift(response({"3", "3", "3", "1"}, 2))->ordinals, (std::vector<std::uint32_t>{2, 3}));
            }
            QVERIFY(!repeats.sift(response({"3", "2"}, 3)));
            QVERIFY(repeats.isOver());
        }
    }
};

QTEST_GUILESS_MAIN(RepeatsTest)
#include "tst_repeats.moc"
