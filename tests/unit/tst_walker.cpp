// The walk over messages: what it finds without parsing is what protobuf finds by parsing.
#include <QtTest>

#include <numeric>
#include <random>
#include <tuple>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "query.pb.h"
#include "streamcore/decode/walker.h"
#include "vtgate.pb.h"

using namespace std::string_literals;
using namespace vtscope;

namespace {

using Random = std::mt19937_64;

std::uint64_t upTo(Random& random, std::uint64_t most)
{
    return std::uniform_int_distribution<std::uint64_t>(0, most)(random);
}

std::string varint(std::uint64_t value)
{
    std::string out;
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
}

// What is wrong with a row, found by parsing it.
RowFault oracle(const std::string& bytes, std::size_t columns)
{
    query::Row row;
    if (!row.ParseFromString(bytes))
        return RowFault::Malformed;
    long double size = 0;
    bool isNegative = false;
    for (const std::int64_t length : row.lengths()) {
        isNegative |= length < -1;
        size += length > 0 ? static_cast<long double>(length) : 0;
    }
    if (isNegative)
        return RowFault::NegativeLength;
    if (size > row.values().size())
        return RowFault::Truncated;
    if (size < row.values().size())
        return RowFault::TrailingBytes;
    const auto cells = static_cast<std::size_t>(row.lengths_size());
    return cells < columns ? RowFault::TooFewCells : cells > columns ? RowFault::TooManyCells : RowFault::None;
}

query::Row randomRow(Random& random)
{
    // Lengths of one byte, of two, and both mixed at every place of a block of eight.
    const std::uint64_t longest = std::array<std::uint64_t, 5>{3, 63, 64, 200, 20'000}[upTo(random, 4)];
    query::Row row;
    for (std::uint64_t i = upTo(random, 40); i > 0; --i) {
        const std::uint64_t kind = upTo(random, 9);
        const std::uint64_t length = kind == 0 ? 0 : upTo(random, longest);
        row.add_lengths(kind == 1 ? -1 : static_cast<std::int64_t>(length));
        if (kind != 1)
            row.mutable_values()->append(length, 'x');
    }
    return row;
}

query::Field field(const std::string& name)
{
    query::Field made;
    made.set_name(name);
    made.set_type(query::INT64);
    return made;
}

std::string queryResult(const std::vector<std::string>& columns, int rows)
{
    vtgate::StreamExecuteResponse response;
    for (const std::string& name : columns)
        *response.mutable_result()->add_fields() = field(name);
    for (int i = 0; i < rows; ++i) {
        query::Row& row = *response.mutable_result()->add_rows();
        for (std::size_t c = 0; c < columns.size(); ++c) {
            row.add_lengths(1);
            row.mutable_values()->push_back('1');
        }
    }
    return response.SerializeAsString();
}

// The fields of a message in an order that no server sends them in, but may.
template <typename Message> std::string inAnyOrder(const Message& message, Random& random)
{
    const std::string bytes = message.SerializeAsString();
    std::vector<std::string> fields;
    Scanner scanner(bytes);
    const char* start = bytes.data();
    const auto take = [&](const char* end) { fields.emplace_back(start, end); };
    while (scanner.next()) {
        if (scanner.fieldStart() != bytes.data())
            take(scanner.fieldStart());
        start = scanner.fieldStart();
    }
    if (!bytes.empty())
        take(bytes.data() + bytes.size());
    std::shuffle(fields.begin(), fields.end(), random);
    return std::accumulate(fields.begin(), fields.end(), std::string());
}

// An event of one of some tables; what it tells besides is there or not.
binlogdata::VEvent randomEvent(Random& random)
{
    const auto oneOf = [&random](std::initializer_list<const char*> names) {
        return std::string(*(names.begin() + upTo(random, names.size() - 1)));
    };
    binlogdata::VEvent event;
    if (upTo(random, 9) > 0) {
        event.set_keyspace(oneOf({"a", "bb"}));
        event.set_shard(oneOf({"-", "-80", "80-"}));
    }
    if (upTo(random, 3) > 0)
        event.set_timestamp(1'790'000'000);
    if (upTo(random, 3) > 0)
        event.set_current_time(1'790'000'000'000'000'000 + static_cast<std::int64_t>(upTo(random, 1000)));
    if (upTo(random, 1) > 0)
        event.set_event_gtid(oneOf({"x:1", "x:22"}));
    if (upTo(random, 1) > 0)
        event.set_sequence_number(static_cast<std::int64_t>(upTo(random, 300)));
    switch (upTo(random, 5)) {
    case 0:
        event.set_type(binlogdata::BEGIN);
        break;
    case 1:
        event.set_type(binlogdata::COMMIT);
        break;
    case 2:
        event.set_type(binlogdata::VGTID);
        event.mutable_vgtid()->add_shard_gtids()->set_gtid("x:1");
        break;
    case 3:
        event.set_type(binlogdata::DDL);
        event.set_statement("alter table t");
        break;
    default: {
        event.set_type(binlogdata::ROW);
        auto& rows = *event.mutable_row_event();
        rows.set_table_name(oneOf({"t", "u", "tt"}));
        if (upTo(random, 9) > 0) {
            rows.set_keyspace(event.keyspace().empty() ? "a" : event.keyspace());
            rows.set_shard(oneOf({"-", "-80"}));
        }
        for (std::uint64_t i = upTo(random, 3); i > 0; --i) {
            auto& change = *rows.add_row_changes();
            if (upTo(random, 1) > 0)
                change.mutable_before()->add_lengths(-1);
            if (!change.has_before() || upTo(random, 1) > 0)
                change.mutable_after()->add_lengths(-1);
        }
        break;
    }
    }
    return event;
}

} // namespace

class WalkerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void varintsOfAllLengths()
    {
        Random random(1);
        for (int i = 0; i < 100'000; ++i) {
            const std::uint64_t value = random() >> upTo(random, 63);
            // What follows must not matter, nor that nothing follows.
            const std::string alone = varint(value),
                              followed = alone + std::string(upTo(random, 9), static_cast<char>(random()));
            for (const std::string& bytes : {alone, followed}) {
                const char* at = bytes.data();
                std::uint64_t read = 0;
                QVERIFY(Scanner::readVarint(at, bytes.data() + bytes.size(), read));
                QCOMPARE(read, value);
                QCOMPARE(static_cast<std::size_t>(at - bytes.data()), alone.size());
            }
            for (std::size_t cut = 0; cut < alone.size(); ++cut) {
                const std::string bytes = alone.substr(0, cut);
                const char* at = bytes.data();
                std::uint64_t read = 0;
                QVERIFY(!Scanner::readVarint(at, bytes.data() + bytes.size(), read));
            }
        }
        const std::string endless(11, '\x80');
        const char* at = endless.data();
        std::uint64_t read = 0;
        QVERIFY(!Scanner::readVarint(at, endless.data() + endless.size(), read));
    }

    void rowsAreFoundRightOrWrongAsByParsing()
    {
        Random random(2);
        std::array<int, 8> seen{};
        for (int i = 0; i < 50'000; ++i) {
            query::Row row = randomRow(random);
            const auto columns = static_cast<std::size_t>(row.lengths_size());
            switch (upTo(random, 9)) {
            case 0:
                row.mutable_values()->push_back('y');
                break;
            case 1:
                if (!row.values().empty())
                    row.mutable_values()->pop_back();
                break;
            case 2:
                row.add_lengths(-1);
                break;
            case 3:
                if (row.lengths_size() > 0)
                    row.set_lengths(static_cast<int>(upTo(random, columns - 1)),
                                    -2 - static_cast<std::int64_t>(upTo(random, 200)));
                break;
            case 4:
                if (row.lengths_size() > 0)
                    row.set_lengths(static_cast<int>(upTo(random, columns - 1)),
                                    static_cast<std::int64_t>(random() >> 1));
                break;
            default:
                break;
            }
            std::string bytes = row.SerializeAsString();
            if (upTo(random, 9) == 0)
                bytes.resize(upTo(random, bytes.size()));
            const std::size_t expected = upTo(random, 9) == 0 ? columns + 1 : columns;
            const RowFault fault = checkRow(bytes, expected);
            QCOMPARE(fault, oracle(bytes, expected));
            ++seen.at(static_cast<std::size_t>(fault));
        }
        for (const RowFault fault : {RowFault::None, RowFault::TooFewCells, RowFault::TooManyCells, RowFault::Truncated,
                                     RowFault::TrailingBytes, RowFault::NegativeLength, RowFault::Malformed})
            QVERIFY(seen.at(static_cast<std::size_t>(fault)) > 0);
    }

    // Four lengths that add up to 2^64 are not the length of nothing.
    void lengthsDoNotRunOver()
    {
        query::Row row;
        for (int i = 0; i < 4; ++i)
            row.add_lengths(std::int64_t{1} << 62);
        QCOMPARE(checkRow(row.SerializeAsString(), 4), RowFault::Truncated);
    }

    void repeatedFieldsMakeNoNewLayout()
    {
        Layouts layouts;
        const auto walker = Walker::make({Api::VtgateQuery, "ks", "-", "t"}, layouts);
        std::uint32_t transactions = 0;
        std::vector<Entry> entries;
        const auto layoutAfter = [&](const std::vector<std::string>& columns) {
            entries.clear();
            const std::string message = queryResult(columns, 2);
            const WalkResult walked = walker->walk(message, 1, transactions, entries);
            return walked.faults == 0 && entries.size() == 2 ? static_cast<int>(entries.back().layout) : -1;
        };
        QCOMPARE(layoutAfter({"a", "b"}), 0);
        QCOMPARE(layoutAfter({"a", "b"}), 0);
        QCOMPARE(layoutAfter({"a", "b", "c"}), 1); // begins like the last one
        QCOMPARE(layoutAfter({"a", "b"}), 2);
        QCOMPARE(layoutAfter({"a", "x"}), 3);
        QCOMPARE(layouts.count(), 4u);
    }

    void rowsBeforeAnyFieldsAreOfTheirTable()
    {
        query::QueryResult result;
        result.add_rows();
        vtgate::StreamExecuteResponse response;
        *response.mutable_result() = result;
        psdbconnect::v1alpha1::SyncResponse changes;
        *changes.add_result() = result;
        *changes.add_deletes()->mutable_result() = result;
        *changes.add_updates()->mutable_after() = result;
        for (const auto& [api, message] : {std::pair{Api::VtgateQuery, response.SerializeAsString()},
                                           std::pair{Api::Sync, changes.SerializeAsString()}}) {
            Layouts layouts;
            const auto walker = Walker::make({api, "ks", "-", "t"}, layouts);
            std::uint32_t transactions = 0;
            std::vector<Entry> entries;
            walker->walk(message, 1, transactions, entries);
            QCOMPARE(entries.size(), api == Api::Sync ? std::size_t{3} : std::size_t{1});
            for (const Entry& entry : entries) {
                QVERIFY(entry.layout < layouts.count());
                QCOMPARE(layouts.at(entry.layout).table, std::string("t"));
            }
        }
    }

    // Files hold UTF-8 alone.
    void namesThatAreNoUtf8AreHex()
    {
        Layouts layouts;
        const auto walker = Walker::make({Api::VStream, {}, {}, {}}, layouts);
        std::uint32_t transactions = 0;
        std::vector<Entry> entries;
        // One event of type ROW (12): its row event names the table and has one change.
        walker->walk("\x0a\x0b\x08\x0c\x2a\x07\x0a\x03\xc3(a\x12\x00"s, 1, transactions, entries);
        QCOMPARE(entries.size(), std::size_t{1});
        QCOMPARE(layouts.at(entries[0].layout).table, std::string("c32861"));
    }

    void updatesHaveFieldsOfTheirOwn()
    {
        Layouts layouts;
        const auto walker = Walker::make({Api::Sync, "ks", "-", "t"}, layouts);
        std::uint32_t transactions = 0;
        std::vector<Entry> entries;
        const auto message = [](const std::vector<std::string>& before, const std::vector<std::string>& after) {
            psdbconnect::v1alpha1::SyncResponse response;
            auto& update = *response.add_updates();
            for (const bool isBefore : {true, false}) {
                query::QueryResult& result = isBefore ? *update.mutable_before() : *update.mutable_after();
                query::Row& row = *result.add_rows();
                for (const std::string& name : isBefore ? before : after) {
                    *result.add_fields() = field(name);
                    row.add_lengths(-1);
                }
            }
            return response.SerializeAsString();
        };
        for (const std::string& bytes :
             {message({"a"}, {"a", "b"}), message({"a"}, {"a", "b"}), message({"a", "b"}, {"a", "b"})})
            QCOMPARE(walker->walk(bytes, 1, transactions, entries).faults, 0u);
        QCOMPARE(entries.size(), std::size_t{3});
        QCOMPARE(entries[0].layout, entries[1].layout);
        QCOMPARE(layouts.at(entries[0].layout).beforeOfAfter.size(), std::size_t{2});
        QCOMPARE(layouts.at(entries[2].layout).before, layouts.at(entries[2].layout).after);
    }

    // Of an empty table no last key comes: its copy is complete when the position moves, and what comes with that is
    // new.
    void syncCopyThatHasNoRows()
    {
        const auto response = [](const std::string& position, bool hasRow, bool hasKey) {
            psdbconnect::v1alpha1::SyncResponse made;
            made.mutable_cursor()->set_position(position);
            if (hasKey)
                made.mutable_cursor()->mutable_last_known_pk();
            if (hasRow) {
                *made.add_result()->add_fields() = field("a");
                made.mutable_result(0)->add_rows()->add_lengths(-1);
            }
            return made.SerializeAsString();
        };
        struct Step
        {
            std::string message;
            std::vector<Op> ops;
            bool isCopied = false;
        };
        const auto check = [](Walker& walker, const std::vector<Step>& steps) {
            std::uint32_t transactions = 0;
            for (const Step& step : steps) {
                std::vector<Entry> entries;
                const WalkResult walked = walker.walk(step.message, 1, transactions, entries);
                std::vector<Op> ops;
                for (const Entry& entry : entries) {
                    ops.push_back(entry.op());
                    QVERIFY(!isChange(entry.op()) || entry.isCopied() == step.isCopied);
                }
                QCOMPARE(ops, step.ops);
                QCOMPARE(walked.hasCopyCompleted, std::ranges::count(ops, Op::CopyCompleted) == 1);
            }
        };
        Layouts layouts;
        const auto made = [&](bool beginsCopy) {
            return Walker::make({Api::Sync, "ks", "-", "t", beginsCopy}, layouts);
        };
        check(*made(true), {{response("1-5", false, false), {}},
                            {response("1-5", false, false), {}},
                            {response("1-6", true, false), {Op::CopyCompleted, Op::Insert}},
                            {response("1-7", true, false), {Op::Insert}}});
        check(*made(true), {{response("1-5", false, false), {}},
                            {response("1-5", true, true), {Op::Insert}, true},
                            {response("1-6", true, true), {Op::Insert}, true},
                            {response("1-7", false, false), {Op::CopyCompleted}},
                            {response("1-8", true, false), {Op::Insert}}});
        check(*made(false), {{response("1-5", false, false), {}}, {response("1-6", true, false), {Op::Insert}}});
        // Those that go on like another one.
        for (const bool isOver : {false, true}) {
            const auto first = made(true), next = made(true);
            check(*first, {{response("1-5", false, false), {}}});
            if (isOver)
                check(*first, {{response("1-6", false, false), {Op::CopyCompleted}}});
            next->goOn(first->context(), 1);
            using Ops = std::vector<Op>;
            check(*next, {{response("1-7", false, false), isOver ? Ops() : Ops{Op::CopyCompleted}},
                          {response("1-8", true, false), {Op::Insert}}});
        }
    }

    // A FIELD event before every row, of two tables in turn: as many layouts as tables, and no schema change.
    void fieldEventsOfSeveralTablesAreKeptApart()
    {
        Layouts layouts;
        const auto walker = Walker::make({Api::VStream, {}, {}, {}}, layouts);
        std::uint32_t transactions = 0;
        std::vector<Entry> entries;
        vtgate::VStreamResponse response;
        for (int i = 0; i < 6; ++i) {
            const std::string name = i % 2 == 0 ? "ks.a" : "ks.b";
            binlogdata::VEvent& fields = *response.add_events();
            fields.set_type(binlogdata::FIELD);
            fields.mutable_field_event()->set_table_name(name);
            fields.mutable_field_event()->set_keyspace("ks");
            fields.mutable_field_event()->set_shard("-");
            *fields.mutable_field_event()->add_fields() = field("same");
            binlogdata::VEvent& rows = *response.add_events();
            rows.set_type(binlogdata::ROW);
            rows.set_timestamp(1);
            rows.mutable_row_event()->set_table_name(name);
            rows.mutable_row_event()->set_keyspace("ks");
            rows.mutable_row_event()->set_shard("-");
            rows.mutable_row_event()->add_row_changes()->mutable_after()->add_lengths(-1);
        }
        const std::string bytes = response.SerializeAsString();
        QCOMPARE(walker->walk(bytes, 1, transactions, entries).faults, 0u);
        QCOMPARE(entries.size(), std::size_t{6});
        QCOMPARE(layouts.count(), 2u);
        for (std::size_t i = 0; i < entries.size(); ++i)
            QCOMPARE(layouts.at(entries[i].layout).table, std::string(i % 2 == 0 ? "a" : "b"));
    }

    // What events have in common with the ones before them is compared, not parsed: what is found must be the same.
    void eventsAreWhatTheySayWhateverCameBefore()
    {
        Random random(20261123);
        Layouts layouts;
        const auto walker = Walker::make({Api::VStream, {}, {}, {}}, layouts);
        std::uint32_t transactions = 0;
        for (int round = 0; round < 20'000; ++round) {
            std::string message;
            std::vector<std::tuple<Op, std::string, std::string, std::string, std::int64_t, bool>> wanted;
            std::string position;
            for (std::uint64_t i = upTo(random, 6); i > 0; --i) {
                binlogdata::VEvent event = randomEvent(random);
                std::string bytes = upTo(random, 3) > 0 ? event.SerializeAsString() : inAnyOrder(event, random);
                // A name that is told once more counts.
                if (upTo(random, 9) == 0) {
                    binlogdata::VEvent again;
                    upTo(random, 1) > 0 ? again.set_keyspace("bb") : again.set_shard("80-");
                    bytes += again.SerializeAsString();
                    event.MergeFrom(again);
                }
                message += '\x0a' + varint(bytes.size()) + bytes;
                const std::int64_t time = event.current_time() == 0 ? 7 : event.current_time();
                if (event.type() == binlogdata::DDL)
                    wanted.emplace_back(Op::Ddl, event.keyspace(), event.shard(), "", time, false);
                if (event.type() == binlogdata::VGTID)
                    position = event.vgtid().SerializeAsString();
                const auto& rows = event.row_event();
                for (const auto& change : rows.row_changes()) {
                    const Op op = change.has_before() ? change.has_after() ? Op::Update : Op::Delete : Op::Insert;
                    wanted.emplace_back(op, rows.keyspace().empty() ? event.keyspace() : rows.keyspace(),
                                        rows.shard().empty() ? event.shard() : rows.shard(), rows.table_name(), time,
                                        event.timestamp() == 0 && op == Op::Insert);
                }
            }
            std::vector<Entry> entries;
            const WalkResult result = walker->walk(message, 7, transactions, entries);
            QCOMPARE(entries.size(), wanted.size());
            for (std::size_t i = 0; i < entries.size(); ++i) {
                const Entry& entry = entries[i];
                const Layout& layout = layouts.at(entry.layout);
                QVERIFY(wanted[i] == std::tuple(entry.op(), layout.keyspace, layout.shard, layout.table, entry.time,
                                                entry.isCopied()));
                QCOMPARE(entry.isReceiptTime(), entry.time == 7);
                // Where it says it lies is an event, or a change of one.
                const Bytes bytes = delimitedAt(message.data() + entry.first, message.data() + message.size());
                if (entry.op() == Op::Ddl)
                    QVERIFY(binlogdata::VEvent().ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
                else
                    QVERIFY(binlogdata::RowChange().ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
            }
            QCOMPARE(result.position == 0, position.empty());
            if (result.position != 0)
                QVERIFY(delimitedAt(message.data() + result.position, message.data() + message.size()) == position);
        }
    }
};

QTEST_GUILESS_MAIN(WalkerTest)
#include "tst_walker.moc"
