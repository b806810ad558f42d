// Captures that were cut or bent, at every byte of them: they are refused or opened, and what is not as it was captured
// is counted.
#include <QTemporaryDir>
#include <QtTest>

#include <unistd.h>

#include <algorithm>
#include <random>

#include "streamcore/capture/record.h"
#include "streamcore/decode/entry.h"
#include "streamcore/output/exporter.h"
#include "tests/fuzz/capturefiles.h"
#include "tests/support/samples.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

// A capture as it stood in the file, and what it showed.
struct Taken
{
    std::string bytes;
    std::vector<std::uint64_t> ends;  // of its messages
    std::vector<std::string> showing; // after each of them
};

// A transaction whose position comes in a message of its own, then others.
std::vector<std::string> someMessages()
{
    std::vector<std::string> messages = test::readMessages("vstream-transaction.bin");
    auto rows = test::parsed<vtgate::VStreamResponse>(messages.back()), position = rows;
    const auto isPosition = [](const binlogdata::VEvent& event) { return event.has_vgtid(); };
    const int first =
        static_cast<int>(std::find_if(rows.events().begin(), rows.events().end(), isPosition) - rows.events().begin());
    rows.mutable_events()->DeleteSubrange(first, rows.events_size() - first);
    position.mutable_events()->DeleteSubrange(0, first);
    messages.back() = rows.SerializeAsString();
    messages.push_back(position.SerializeAsString());
    for (const std::string& message : test::readMessages("vstream-savepoint.bin"))
        messages.push_back(message);
    return messages;
}

Taken take(const std::vector<std::string>& messages, bool isSealed)
{
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    description.keyspace = "solo";
    description.start = "current";
    const test::MemoryCapture live = test::createInMemory();
    const ReaderId reader = live.capture->openReader(description).value();
    Taken taken;
    std::int64_t time = 1'700'000'000'000'000'000;
    for (const std::string& message : messages) {
        (void)live.capture->append(reader, message, ++time).value();
        taken.ends.push_back(test::contentOf(live.data).size());
        taken.showing.push_back(test::everythingShown(live.capture->snapshot()));
    }
    if (isSealed)
        (void)live.capture->seal();
    taken.bytes = test::contentOf(live.data);
    return taken;
}

Result<std::shared_ptr<Capture>> opened(std::string_view bytes)
{
    const int file = test::memoryFile(bytes);
    auto capture = Capture::open(test::nameOf(file));
    ::close(file);
    return capture;
}

// What export tells of damage.
std::uint64_t damageIn(const Capture& capture)
{
    const Snapshot snapshot = capture.snapshot();
    const int nowhere = test::memoryFile();
    const auto result = exportChanges(snapshot, RowSet::range(0, snapshot.count()), OutputFormat::Ndjson, {}, nowhere);
    ::close(nowhere);
    return capture.damagedMessages() + capture.tornBytes() + result->damaged;
}

} // namespace

class BrokenCaptureTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cutAnywhereOpensTheRest_data();
    void cutAnywhereOpensTheRest();
    void bentAnywhereShowsOrCountsIt_data();
    void bentAnywhereShowsOrCountsIt();
    void aBentMessageIsLeftOutAndCounted();
    void aBentReaderHidesNothing();
    void aRecordWithoutTypeHidesNothing();
};

void BrokenCaptureTest::initTestCase()
{
    google::protobuf::SetLogHandler(nullptr); // it has much to say about what is bent
}

void BrokenCaptureTest::cutAnywhereOpensTheRest_data()
{
    QTest::addColumn<bool>("isSealed");
    QTest::newRow("unsealed") << false;
    QTest::newRow("sealed") << true;
}

void BrokenCaptureTest::cutAnywhereOpensTheRest()
{
    QFETCH(bool, isSealed);
    const Taken taken = take(someMessages(), isSealed);
    for (std::size_t length = 0; length <= taken.bytes.size(); ++length) {
        const auto capture = opened(std::string_view(taken.bytes).substr(0, length));
        if (length < sizeof(FileHead)) {
            QVERIFY(!capture);
            QCOMPARE(capture.error().kind, ErrorKind::Damaged);
            continue;
        }
        QVERIFY(capture);
        const auto whole =
            std::upper_bound(taken.ends.begin(), taken.ends.end(), length) - taken.ends.begin(); // messages
        QCOMPARE(test::everythingShown((*capture)->snapshot()),
                 whole > 0 ? taken.showing[static_cast<std::size_t>(whole) - 1] : std::string());
        QCOMPARE((*capture)->damagedMessages(), std::uint64_t{0});
        const std::uint64_t end = whole > 0 ? taken.ends[static_cast<std::size_t>(whole) - 1] : sizeof(FileHead);
        if (length == taken.bytes.size() || length == end)
            QCOMPARE((*capture)->tornBytes(), std::uint64_t{0});
        else if (whole > 0 && length > alignRecord(end))
            QCOMPARE((*capture)->tornBytes(), length - end);
    }
}

void BrokenCaptureTest::bentAnywhereShowsOrCountsIt_data()
{
    cutAnywhereOpensTheRest_data();
}

void BrokenCaptureTest::bentAnywhereShowsOrCountsIt()
{
    QFETCH(bool, isSealed);
    const Taken taken = take(someMessages(), isSealed);
    int refused = 0, counted = 0;
    for (std::size_t at = 0; at < taken.bytes.size(); ++at) {
        std::string bent = taken.bytes;
        bent[at] = static_cast<char>(bent[at] ^ 1 << at % 8);
        const auto capture = opened(bent);
        if (!capture) {
            QCOMPARE(capture.error().kind, ErrorKind::Damaged);
            QVERIFY(at < sizeof(FileHead));
            ++refused;
            continue;
        }
        if (test::everythingShown((*capture)->snapshot()) == taken.showing.back())
            continue;
        ++counted;
        QVERIFY2(damageIn(**capture) > 0, qPrintable(QStringLiteral("byte %1").arg(at)));
    }
    QVERIFY(refused > 0 && counted > 0);
}

void BrokenCaptureTest::aBentMessageIsLeftOutAndCounted()
{
    const Taken taken = take(test::readMessages("vstream-live-alltypes.bin"), false);
    const std::size_t messages = taken.ends.size();
    std::mt19937 random(20261122);
    for (int round = 0; round < 30; ++round) {
        const std::size_t chosen = random() % (messages - 1);
        std::string bent = taken.bytes;
        bent[taken.ends[chosen] - 1] ^= 1;
        const auto capture = opened(bent).value();
        QCOMPARE(capture->damagedMessages(), 1u);
        QCOMPARE(capture->tornBytes(), 0u);
        const Snapshot snapshot = capture->snapshot();
        for (std::uint64_t i = 0; i < snapshot.count(); ++i)
            QVERIFY(snapshot.isIntact(snapshot.entry(i).record()));
        // What came after it is there.
        QVERIFY(snapshot.entry(snapshot.count() - 1).record() >= taken.ends[chosen]);
    }
}

// Nobody knows how to read its messages then, but they are there.
void BrokenCaptureTest::aBentReaderHidesNothing()
{
    const std::vector<std::string> messages = test::readMessages("vstream-transaction.bin");
    std::string bent = take(messages, false).bytes;
    bent[sizeof(FileHead) + sizeof(RecordHead)] ^= 1;
    const auto capture = opened(bent).value();
    QCOMPARE(capture->damagedMessages(), 1u);
    QCOMPARE(capture->count(), messages.size());
    for (std::uint64_t i = 0; i < capture->count(); ++i)
        QCOMPARE(capture->snapshot().entry(i).op(), Op::Undecodable);
}

// It is not the empty rest of a segment.
void BrokenCaptureTest::aRecordWithoutTypeHidesNothing()
{
    std::vector<std::string> messages = test::readMessages("vstream-transaction.bin");
    messages.insert(messages.begin() + 2, 2, std::string(kSegmentSize * 3 / 4, '\0'));
    const Taken taken = take(messages, false);
    std::string bent = taken.bytes;
    bent[alignRecord(taken.ends[0]) + offsetof(RecordHead, type)] = 0;
    const auto capture = opened(bent).value();
    QVERIFY(capture->damagedMessages() > 0);
    QVERIFY(capture->count() > 0);
}

QTEST_GUILESS_MAIN(BrokenCaptureTest)
#include "tst_brokencapture.moc"
