// What a capture says of itself: which transactions it has, which are missing and why.
#include <QtTest>

#include <QTemporaryDir>

#include "binlogdata.pb.h"
#include "streamcore/capture/ledger.h"
#include "streamcore/output/save.h"
#include "streamcore/position/gtidset.h"
#include "streamcore/position/position.h"
#include "vtgate.pb.h"

#include <random>
#include <set>

using namespace vtscope;

namespace {

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

std::string setOf(const std::string& intervals)
{
    return "MySQL56/" + kUuid + ":" + intervals;
}

std::string upTo(std::uint64_t last)
{
    return last == 0 ? std::string() : setOf(last == 1 ? "1" : "1-" + std::to_string(last));
}

std::string positionMessage(const std::vector<ShardPosition>& positions)
{
    vtgate::VStreamResponse response;
    binlogdata::VEvent& event = *response.add_events();
    event.set_type(binlogdata::VGTID);
    event.mutable_vgtid()->ParseFromString(vgtidOf(positions));
    response.add_events()->set_type(binlogdata::COMMIT);
    return response.SerializeAsString();
}

// A capture of a shard or two, with readers that read from one position up to another.
class Recording
{
public:
    explicit Recording(const std::string& path = {})
        : m_capture(path.empty() ? Capture::createUnnamed(0).value() : Capture::create(path, 0).value())
    {
    }

    ReaderId open(const std::vector<ShardPosition>& positions, const std::string& start = "continued")
    {
        ReaderDescription description;
        description.api = ReaderDescription::Api::VStream;
        description.keyspace = "shop";
        description.tables = {"t"};
        description.start = start;
        description.position = vgtidOf(positions);
        return m_capture->openReader(description).value();
    }

    void tell(ReaderId reader, const std::vector<ShardPosition>& positions)
    {
        QVERIFY(m_capture->append(reader, positionMessage(positions), 1));
    }

    void read(const std::string& from, const std::string& to, const std::string& start = "continued")
    {
        const ReaderId reader = open({{"shop", "-80", from}}, start);
        tell(reader, {{"shop", "-80", to}});
        QVERIFY(m_capture->endReader(reader, 14, "gone", false, 2));
    }

    Capture& capture() { return *m_capture; }
    Ledger ledger() const { return ledgerOf(*m_capture); }
    std::shared_ptr<Capture> take() { return std::move(m_capture); }

private:
    std::shared_ptr<Capture> m_capture;
};

// Transactions by their numbers, against what a ledger says of them.
struct Numbers
{
    // One to six stretches, anywhere.
    void readAtRandom(Recording& recording, std::mt19937& random)
    {
        const auto pick = [&](std::uint64_t least, std::uint64_t most) {
            return std::uniform_int_distribution<std::uint64_t>(least, most)(random);
        };
        for (std::uint64_t i = pick(1, 6); i > 0; --i) {
            const std::uint64_t from = pick(1, 60), to = pick(from, 70);
            recording.read(upTo(from), upTo(to));
            for (std::uint64_t number = from + 1; number <= to; ++number)
                covered.insert(number);
            begin = std::min(begin, from);
            end = std::max(end, to);
        }
    }

    void check(const Ledger& ledger) const
    {
        GtidSet missing;
        for (const Gap& gap : ledger.accounts[0].gaps)
            QVERIFY(missing.unite(GtidSet::parse(gap.missing).value()));
        GtidSet wanted;
        for (std::uint64_t number = begin + 1; number <= end; ++number) {
            if (!covered.contains(number))
                wanted.add(Gtid::parse(kUuid + ":" + std::to_string(number)).value());
        }
        QVERIFY2(missing == wanted, (missing.text() + " instead of " + wanted.text()).c_str());
        QCOMPARE(ledger.accounts[0].received.value(), std::uint64_t{covered.size()});
    }

    std::set<std::uint64_t> covered;
    std::uint64_t begin = 1000, end = 0;
};

} // namespace

class LedgerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneReader()
    {
        Recording recording;
        QVERIFY(recording.ledger().isComplete());
        const ReaderId reader = recording.open({{"shop", "-80", "current"}, {"shop", "80-", "current"}}, "current");
        Ledger ledger = recording.ledger();
        QCOMPARE(ledger.accounts.size(), std::size_t{2});
        QVERIFY(ledger.accounts[0].first.empty() && !ledger.accounts[0].received);
        recording.tell(reader, {{"shop", "-80", upTo(7)}, {"shop", "80-", "current"}});
        recording.tell(reader, {{"shop", "-80", upTo(9)}, {"shop", "80-", upTo(3)}});
        recording.tell(reader, {{"shop", "-80", upTo(9)}, {"shop", "80-", upTo(8)}});
        ledger = recording.ledger();
        QCOMPARE(ledger.words(), std::string("complete"));
        QCOMPARE(ledger.accounts[0].asked, std::string("current"));
        QCOMPARE(ledger.accounts[0].first, upTo(7));
        QCOMPARE(ledger.accounts[0].last, upTo(9));
        QCOMPARE(ledger.accounts[0].received, std::optional<std::uint64_t>(2));
        QCOMPARE(ledger.accounts[1].first, upTo(3));
        QCOMPARE(ledger.accounts[1].received, std::optional<std::uint64_t>(5));
    }

    void goingOnLeavesNoGap()
    {
        Recording recording;
        recording.read(upTo(5), upTo(9));
        recording.read(upTo(9), upTo(12));
        recording.read(upTo(10), upTo(20)); // from before where it had been
        const Ledger ledger = recording.ledger();
        QVERIFY(ledger.isComplete());
        QCOMPARE(ledger.accounts.size(), std::size_t{1});
        QCOMPARE(ledger.accounts[0].received, std::optional<std::uint64_t>(15));
        QVERIFY(gapsBefore(recording.capture().readerStates()).empty());
    }

    // Whatever is dropped is named: with what is still there it is all that was received.
    void whatALimitDropsIsAGap_data()
    {
        QTest::addColumn<bool>("isCut");
        QTest::newRow("between transactions") << false;
        QTest::newRow("inside one") << true;
    }
    void whatALimitDropsIsAGap()
    {
        QFETCH(bool, isCut);
        Recording recording;
        QVERIFY(recording.capture().setRing({std::uint64_t{4} << 20, 0, {}}));
        const ReaderId reader = recording.open({{"shop", "-80", upTo(5)}});
        const std::string body(100'000, 'x');
        std::uint64_t last = 5;
        for (; last < 205; ++last) {
            vtgate::VStreamResponse response;
            binlogdata::VEvent& fields = *response.add_events();
            fields.set_type(binlogdata::FIELD);
            fields.mutable_field_event()->set_keyspace("shop");
            fields.mutable_field_event()->set_shard("-80");
            fields.mutable_field_event()->set_table_name("t");
            fields.mutable_field_event()->add_fields()->set_name("body");
            binlogdata::VEvent& event = *response.add_events();
            event.set_type(binlogdata::ROW);
            event.mutable_row_event()->set_keyspace("shop");
            event.mutable_row_event()->set_shard("-80");
            event.mutable_row_event()->set_table_name("t");
            query::Row& row = *event.mutable_row_event()->add_row_changes()->mutable_after();
            row.set_values(body);
            row.add_lengths(static_cast<std::int64_t>(body.size()));
            std::string message = response.SerializeAsString();
            const std::string position = positionMessage({{"shop", "-80", upTo(last + 1)}});
            // Their events are those of one message when they stand behind each other.
            if (!isCut)
                message += position;
            QVERIFY(recording.capture().append(reader, message, 1));
            if (isCut)
                QVERIFY(recording.capture().append(reader, position, 1));
        }
        const std::uint64_t dropped = recording.capture().droppedChanges();
        QVERIFY(dropped > 0 && dropped < 200);
        const Ledger ledger = recording.ledger();
        QCOMPARE(ledger.accounts.size(), std::size_t{1});
        QCOMPARE(ledger.gaps(), std::size_t{1});
        const Gap& gap = ledger.accounts[0].gaps.front();
        QCOMPARE(gap.missing, setOf("6-" + std::to_string(5 + dropped)));
        QVERIFY(gap.cause.find("limit") != std::string::npos);
        QCOMPARE(ledger.accounts[0].received, std::optional<std::uint64_t>(200 - dropped));
        QVERIFY(ledger.words().find("dropped") != std::string::npos);
    }

    void gapsHaveSetAndCause()
    {
        Recording recording;
        recording.read(upTo(5), upTo(9), "current");
        recording.read(upTo(12), upTo(14), "current");
        QCOMPARE(gapsBefore(recording.capture().readerStates()).size(), std::size_t{1});
        recording.read(upTo(14), upTo(15));
        QVERIFY(gapsBefore(recording.capture().readerStates()).empty());
        recording.read(upTo(20), upTo(21), "copy");
        const Ledger ledger = recording.ledger();
        QCOMPARE(ledger.words(), std::string("2 gaps"));
        const std::vector<Gap>& gaps = ledger.accounts[0].gaps;
        QCOMPARE(gaps[0].missing, setOf("10-12"));
        QCOMPARE(gaps[0].cause,
                 std::string("The stream was started again at the newest position after it had ended: gone"));
        QCOMPARE(gaps[1].missing, setOf("16-20"));
        QVERIFY(gaps[1].cause.starts_with("The table was copied again"));
        QCOMPARE(ledger.accounts[0].received, std::optional<std::uint64_t>(4 + 2 + 1 + 1));
    }

    // Positions of the shards before and after have nothing in common, so it is said in words, once.
    void shardsThatWereReplacedMeanwhile()
    {
        Recording recording;
        const auto opened = [&](const std::vector<ShardPosition>& positions) {
            recording.open(positions, "current");
            std::vector<std::string> gaps;
            for (const Gap& gap : gapsBefore(recording.capture().readerStates()))
                gaps.push_back(gap.shard);
            return gaps;
        };
        const std::vector<std::string> none;
        QCOMPARE(opened({{"shop", "-80", upTo(5)}}), none);
        QCOMPARE(opened({{"shop", "80-", upTo(5)}}), none); // another one beside it
        QCOMPARE(opened({{"shop", "-80", upTo(5)}, {"other", "-", upTo(1)}}), none);
        QCOMPARE(opened({{"shop", "-40", upTo(1)}}), std::vector<std::string>{"-80"});
        QCOMPARE(opened({{"shop", "40-80", upTo(1)}}), none); // that was said
        QCOMPARE(opened({{"shop", "40-", upTo(1)}}), (std::vector<std::string>{"80-", "40-80"}));
    }

    void gapsWithoutASetAreToldToo()
    {
        Recording recording;
        const ReaderId reader = recording.open({{"shop", "-80", "current"}}, "current");
        QVERIFY(recording.capture().addGap(reader, {"shop", "-80", {}, {}, "Nobody knows."}, 3));
        recording.tell(reader, {{"shop", "-80", upTo(7)}});
        const Ledger ledger = recording.ledger();
        QCOMPARE(ledger.words(), std::string("1 gap"));
        QCOMPARE(ledger.accounts.size(), std::size_t{1});
        QCOMPARE(ledger.accounts[0].gaps[0].cause, std::string("Nobody knows."));
        QCOMPARE(ledger.accounts[0].first, upTo(7));
    }

    void anotherKindOfPosition()
    {
        Recording recording;
        recording.read(upTo(5), upTo(9));
        recording.read("MariaDB/0-1-7", "MariaDB/0-1-9");
        const Ledger ledger = recording.ledger();
        QCOMPARE(ledger.gaps(), std::size_t{1});
        QVERIFY(ledger.accounts[0].gaps[0].missing.empty());
    }

    // The same from a sealed file, a walked one, and one that was gone on with.
    void filesSayTheSame()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("c")).toStdString();
        const auto check = [&](const Ledger& ledger) {
            QCOMPARE(ledger.words(), std::string("2 gaps"));
            QCOMPARE(ledger.accounts[0].gaps[0].missing, setOf("8-9"));
            QCOMPARE(ledger.accounts[0].gaps[1].cause, std::string("Unknown."));
            QCOMPARE(ledger.accounts[0].first, upTo(3));
            QCOMPARE(ledger.accounts[0].received, std::optional<std::uint64_t>(5));
        };
        {
            Recording recording(path);
            const ReaderId reader = recording.open({{"shop", "-80", "current"}}, "current");
            recording.tell(reader, {{"shop", "-80", upTo(3)}});
            recording.tell(reader, {{"shop", "-80", upTo(7)}});
            const ReaderId later = recording.open({{"shop", "-80", upTo(9)}});
            recording.tell(later, {{"shop", "-80", upTo(10)}});
            QVERIFY(recording.capture().addGap(later, {"shop", "-80", {}, {}, "Unknown."}, 3));
            check(recording.ledger());
        }
        check(ledgerOf(*Capture::open(path).value()));
        {
            const auto capture = Capture::openToAppend(path, 0);
            QVERIFY(capture);
            check(ledgerOf(**capture));
            QVERIFY((*capture)->seal());
        }
        check(ledgerOf(*Capture::open(path).value()));
        {
            const auto capture = Capture::openToAppend(path, 0);
            QVERIFY(capture);
            check(ledgerOf(**capture));
            QCOMPARE((*capture)->readerStates().size(), std::size_t{2});
            QVERIFY((*capture)->endReader(1, 14, "broke", false, 5));
        }
        const auto capture = Capture::open(path).value();
        check(ledgerOf(*capture));
        QCOMPARE(capture->readerStates()[1].end->message, std::string("broke"));
    }

    void againstSetsOfNumbers()
    {
        std::mt19937 random(7);
        for (int round = 0; round < 500; ++round) {
            Recording recording;
            Numbers numbers;
            numbers.readAtRandom(recording, random);
            numbers.check(recording.ledger());
        }
    }

    // What two captures have is what their merge has.
    void mergingUnitesThem()
    {
        std::mt19937 random(8);
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("merged.vtcap")).toStdString();
        for (int round = 0; round < 200; ++round) {
            Numbers numbers;
            std::vector<CaptureLines> sources;
            for (int i = 0; i < 2; ++i) {
                Recording recording;
                numbers.readAtRandom(recording, random);
                sources.push_back(wholeOf(recording.take()));
            }
            QVERIFY(saveLines(sources, path));
            const auto merged = Capture::open(path).value();
            QVERIFY(!merged->isPart());
            numbers.check(ledgerOf(*merged));
        }
    }
};

QTEST_GUILESS_MAIN(LedgerTest)
#include "tst_ledger.moc"
