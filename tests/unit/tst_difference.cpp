// Which changes only one of two captures has.
#include <QTemporaryDir>
#include <QtTest>

#include <map>

#include "binlogdata.pb.h"
#include "streamcore/output/save.h"
#include "streamcore/position/position.h"
#include "streamcore/select/difference.h"
#include "tests/support/captures.h"
#include "tests/unit/randomcapture.h"
#include "vtgate.pb.h"

using namespace vtscope;
using namespace vtscope::test;

namespace {

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

// What was written: one row in each transaction.
struct Log
{
    std::string keyspace = "shop";
    std::string shard = "-80";
    std::uint64_t firstTransaction = 1;
    std::vector<std::string> values;
    std::int64_t tooLong = 0; // by so much the length of the first value is wrong
};

std::string positionAt(const Log& log, std::uint64_t transaction)
{
    return vgtidOf(
        {{log.keyspace, log.shard,
          "MySQL56/" + kUuid + ":1" + (transaction < 2 ? std::string() : "-" + std::to_string(transaction))}});
}

// The log from its first transaction on.
std::shared_ptr<Capture> captureOf(const Log& log, const std::string& path = {})
{
    auto capture = path.empty() ? Capture::createUnnamed(0).value() : Capture::create(path, 0).value();
    ReaderDescription description = vstream();
    description.keyspace = log.keyspace;
    description.tables = {"t"};
    description.position = positionAt(log, log.firstTransaction);
    const ReaderId reader = capture->openReader(description).value();
    std::uint64_t transaction = log.firstTransaction;
    for (const std::string& value : log.values) {
        ++transaction;
        vtgate::VStreamResponse response;
        const auto add = [&](binlogdata::VEventType type) {
            binlogdata::VEvent& event = *response.add_events();
            event.set_type(type);
            event.set_keyspace(log.keyspace);
            event.set_shard(log.shard);
            event.set_event_gtid(kUuid + ":" + std::to_string(transaction));
            return &event;
        };
        add(binlogdata::BEGIN);
        if (transaction == log.firstTransaction + 1) {
            auto* fields = add(binlogdata::FIELD)->mutable_field_event();
            fields->set_table_name(log.keyspace + ".t");
            fields->set_keyspace(log.keyspace);
            fields->set_shard(log.shard);
            auto* field = fields->add_fields();
            field->set_name("v");
            field->set_type(query::VARCHAR);
        }
        auto* row = add(binlogdata::ROW)->mutable_row_event();
        row->set_table_name(log.keyspace + ".t");
        row->set_keyspace(log.keyspace);
        row->set_shard(log.shard);
        auto* after = row->add_row_changes()->mutable_after();
        const bool isFirst = transaction == log.firstTransaction + 1;
        after->add_lengths(static_cast<std::int64_t>(value.size()) + (isFirst ? log.tooLong : 0));
        after->set_values(value);
        add(binlogdata::VGTID)->mutable_vgtid()->ParseFromString(positionAt(log, transaction));
        add(binlogdata::COMMIT);
        if (!capture->append(reader, response.SerializeAsString(), static_cast<std::int64_t>(transaction)))
            return {};
    }
    return capture;
}

Log numbered(std::size_t count)
{
    Log log;
    for (std::size_t i = 0; i < count; ++i)
        log.values.push_back("value " + std::to_string(i));
    return log;
}

Difference differing(const std::shared_ptr<Capture>& first, const std::shared_ptr<Capture>& second,
                     KeyOf by = KeyOf::Transaction)
{
    return differenceOf(wholeOf(first), wholeOf(second), by).value();
}

// All that makes a change what it is.
std::string everythingOf(const Snapshot& snapshot, std::uint64_t line)
{
    const Entry& entry = snapshot.entry(line);
    const Layout& layout = snapshot.layoutOf(entry);
    const std::string_view message = snapshot.payload(entry.record());
    const auto bytesAt = [&](std::uint32_t offset) {
        return offset == 0 ? std::string()
                           : std::string(delimitedAt(message.data() + offset, message.data() + message.size()));
    };
    std::string all = std::to_string(static_cast<int>(entry.op())) + (entry.isCopied() ? "c|" : "|") + layout.keyspace +
                      '|' + layout.shard + '|' + layout.table + '|' + bytesAt(entry.first) + '|';
    if (entry.images() == Images::Rows)
        return all + bytesAt(entry.second);
    binlogdata::VEvent event;
    event.ParseFromString(bytesAt(entry.second));
    return all + event.event_gtid();
}

using Counts = std::map<std::string, int>;

Counts countsOf(const Snapshot& snapshot, const RowSet& lines)
{
    Counts counts;
    for (std::uint64_t i = 0; i < lines.count(); ++i) {
        if (isChange(snapshot.entry(lines.at(i)).op()))
            ++counts[everythingOf(snapshot, lines.at(i))];
    }
    return counts;
}

} // namespace

class DifferenceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aCaptureHasWhatItHas()
    {
        Random random(1);
        for (const auto by : {KeyOf::Transaction, KeyOf::Values}) {
            const auto capture = randomCapture(random, 5000);
            const Difference none = differing(capture, capture, by);
            QCOMPARE(none.sides[0].lines.count() + none.sides[1].lines.count(), std::uint64_t{0});
            QCOMPARE(none.shared, capture->changes());
        }
    }

    // Some lines of a capture against some others of it, by an oracle without hashes.
    void someLinesAgainstSomeOthers()
    {
        Random random(2);
        std::uint64_t alone = 0, shared = 0;
        for (int round = 0; round < 60; ++round) {
            const auto capture = randomCapture(random, 100 + below(random, 1500));
            const Snapshot snapshot = capture->snapshot();
            std::array<CaptureLines, 2> some;
            for (CaptureLines& one : some) {
                std::vector<std::uint64_t> lines;
                const std::size_t part = 1 + below(random, 4);
                for (std::uint64_t line = 0; line < snapshot.count(); ++line) {
                    if (below(random, part + 1) < part)
                        lines.push_back(line);
                }
                const auto collected = collectLines({{capture, snapshot, RowSet::of(lines)}});
                QVERIFY(collected);
                one = wholeOf(collected->capture);
            }
            const Difference difference = differenceOf(some[0], some[1], KeyOf::Transaction).value();
            const std::array all{countsOf(some[0].snapshot, some[0].lines), countsOf(some[1].snapshot, some[1].lines)};
            for (std::size_t i = 0; i < 2; ++i) {
                Counts expected;
                for (const auto& [what, count] : all[i]) {
                    const auto other = all[1 - i].find(what);
                    const int left = count - (other == all[1 - i].end() ? 0 : other->second);
                    if (left > 0)
                        expected[what] = left;
                }
                QCOMPARE(countsOf(some[i].snapshot, difference.sides[i].lines), expected);
                const auto lines = listOf(difference.sides[i].lines);
                QVERIFY(std::is_sorted(lines.begin(), lines.end()));
                alone += lines.size();
            }
            QCOMPARE(difference.shared + difference.sides[0].lines.count(), some[0].capture->changes());
            shared += difference.shared;
            const Difference mirrored = differenceOf(some[1], some[0], KeyOf::Transaction).value();
            for (std::size_t i = 0; i < 2; ++i)
                QCOMPARE(listOf(mirrored.sides[i].lines), listOf(difference.sides[1 - i].lines));
        }
        QVERIFY(alone > 1000 && shared > 1000);
    }

    // Cells that were written otherwise, what was not recorded, what came twice.
    void whatTheOtherOneLacks()
    {
        constexpr std::size_t kCount = 20'000, kEdits = 17, kMissed = 5, kBefore = 30;
        const Log log = numbered(kCount);
        Log other = log;
        Random random(3);
        std::set<std::uint64_t> edited;
        while (edited.size() < kEdits)
            edited.insert(kBefore + below(random, kCount - 2 * kBefore));
        for (const std::uint64_t line : edited)
            other.values[line] += "?";
        // It begins later and ends earlier.
        other.values.erase(other.values.begin(), other.values.begin() + kBefore);
        other.firstTransaction += kBefore;
        other.values.resize(other.values.size() - kMissed);
        const Difference difference = differing(captureOf(log), captureOf(other));
        std::vector<std::uint64_t> expected;
        for (std::uint64_t line = 0; line < kCount; ++line) {
            if (line < kBefore || line >= kCount - kMissed || edited.contains(line))
                expected.push_back(line);
        }
        QCOMPARE(listOf(difference.sides[0].lines), expected);
        QCOMPARE(difference.sides[0].missed, std::uint64_t{kEdits});
        QCOMPARE(difference.sides[0].outside, std::uint64_t{kBefore + kMissed});
        QCOMPARE(difference.sides[1].lines.count(), std::uint64_t{kEdits});
        QCOMPARE(difference.sides[1].missed, std::uint64_t{kEdits});
        QCOMPARE(difference.sides[1].outside, std::uint64_t{0});
        QCOMPARE(difference.shared, std::uint64_t{kCount - kBefore - kMissed - kEdits});
    }

    // A row that cannot be decoded is there all the same: what the capture recorded is known as before.
    void aRowThatCannotBeDecoded()
    {
        Log log = numbered(10), other = log;
        other.tooLong = 1;
        const auto a = captureOf(log), b = captureOf(other);
        QCOMPARE(b->faults(), std::uint64_t{1});
        const Difference difference = differing(a, b);
        for (const Difference::Side& side : difference.sides) {
            QCOMPARE(listOf(side.lines), std::vector<std::uint64_t>{0});
            QCOMPARE(side.missed, std::uint64_t{1});
        }
    }

    // The same written twice: in another keyspace, shard and transaction.
    void sameValuesElsewhere()
    {
        const Log log = numbered(100);
        Log other = log;
        other.keyspace = "copy";
        other.shard = "80-";
        other.firstTransaction = 7000;
        other.values.push_back("value 3");
        const auto a = captureOf(log), b = captureOf(other);
        QCOMPARE(differing(a, b).shared, std::uint64_t{0});
        const Difference byValues = differing(a, b, KeyOf::Values);
        QCOMPARE(byValues.shared, std::uint64_t{100});
        QCOMPARE(byValues.sides[0].lines.count(), std::uint64_t{0});
        QCOMPARE(listOf(byValues.sides[1].lines), std::vector<std::uint64_t>{100}); // once more than the other one
    }

    void damageIsNotCompared()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("bent.vtcap")).toStdString();
        const Log log = numbered(50);
        QVERIFY(captureOf(log, path)->seal());
        std::string bytes = readFile(path);
        bytes[bytes.find("value 33") + 6] = '7';
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::WriteOnly) &&
                file.write(bytes.data(), static_cast<qint64>(bytes.size())) == static_cast<qint64>(bytes.size()));
        file.close();
        const Difference difference = differing(Capture::open(path).value(), captureOf(log));
        QCOMPARE(difference.sides[0].damaged, std::uint64_t{1});
        QCOMPARE(difference.sides[0].lines.count(), std::uint64_t{0});
        QCOMPARE(listOf(difference.sides[1].lines), std::vector<std::uint64_t>{33});
    }

    void whatCannotBeCompared()
    {
        const auto one = captureOf(numbered(3));
        const auto other = Capture::createUnnamed(0).value();
        ReaderDescription sync = vstream();
        sync.api = ReaderDescription::Api::Sync;
        QVERIFY(other->openReader(sync));
        const auto refused = differenceOf(wholeOf(one), wholeOf(other), KeyOf::Values);
        QVERIFY(!refused && refused.error().kind == ErrorKind::Usage);
        std::stop_source stop;
        stop.request_stop();
        const auto canceled = differenceOf(wholeOf(one), wholeOf(one), KeyOf::Values, stop.get_token());
        QVERIFY(!canceled && canceled.error().kind == ErrorKind::Canceled);
    }
};

QTEST_GUILESS_MAIN(DifferenceTest)
#include "tst_difference.moc"
