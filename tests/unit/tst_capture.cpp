// A capture keeps every byte and opens into what the live view showed.
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "binlogdata.pb.h"
#include "streamcore/capture/change.h"
#include "streamcore/capture/record.h"
#include "streamcore/capture/recordbatch.h"
#include "tests/support/captures.h"
#include "vtgate.pb.h"

using namespace vtscope;
using namespace vtscope::test;

namespace {

void fill(Capture& capture)
{
    const ReaderId reader = capture.openReader(vstream()).value();
    std::int64_t time = 1'700'000'000'000'000'000;
    for (const std::string& message : allMessages())
        (void)capture.append(reader, message, ++time).value();
    QVERIFY(capture.endReader(reader, 14, "UNAVAILABLE: gone", false, ++time));
}

} // namespace

class CaptureTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void opensIntoWhatWasLive()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        const auto live = Capture::create(path, 0).value();
        fill(*live);
        const std::string wanted = everythingIn(live->snapshot());
        QVERIFY(live->count() > 9000);

        // Without its foot it is walked …
        QCOMPARE(everythingIn(Capture::open(path).value()->snapshot()), wanted);
        // … with it, it is not; saved while capturing, it is sealed.
        const std::string saved = folder.filePath(u"b.vtcap"_qs).toStdString();
        QVERIFY(live->saveTo(saved));
        const auto reopened = Capture::open(saved).value();
        QCOMPARE(everythingIn(reopened->snapshot()), wanted);
        QCOMPARE(reopened->changes(), live->changes());
        QCOMPARE(reopened->readers().size(), 1u);
        QCOMPARE(reopened->readers().front().start, std::string("current"));
        QVERIFY(live->seal());
        QCOMPARE(everythingIn(Capture::open(path).value()->snapshot()), wanted);
        QVERIFY(!std::filesystem::exists(path + ".idx"));
        QCOMPARE(std::filesystem::status(path).permissions(),
                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }

    void keepsEveryByte()
    {
        const auto capture = Capture::createUnnamed(0).value();
        const ReaderId reader = capture->openReader(vstream()).value();
        const auto messages = allMessages();
        for (const std::string& message : messages)
            (void)capture->append(reader, message, 1).value();
        const Snapshot snapshot = capture->snapshot();
        std::uint64_t record = snapshot.nextRecord(sizeof(FileHead));
        for (const std::string& message : messages) {
            QVERIFY(record != 0);
            QVERIFY(snapshot.payload(record) == message);
            record = snapshot.nextRecord(record);
        }
        QCOMPARE(record, std::uint64_t{0});
    }

    void aBatchIsTheSameAsItsMessages()
    {
        const auto messages = allMessages();
        std::mt19937 random(20261122);
        const auto one = Capture::createUnnamed(0).value(), many = Capture::createUnnamed(0).value();
        const ReaderId first = one->openReader(vstream()).value(), second = many->openReader(vstream()).value();
        RecordBatch batch;
        std::vector<Appended> expected, appended;
        for (std::size_t i = 0; i < messages.size(); ++i) {
            const auto time = static_cast<std::int64_t>(i + 1);
            expected.push_back(one->append(first, messages[i], time).value());
            batch.add(RecordType::Message, messages[i], time);
            if (i + 1 < messages.size() && random() % 7 != 0)
                continue;
            QVERIFY(many->append(second, batch, appended));
            QCOMPARE(appended.size(), batch.count());
            for (std::size_t k = 0; k < appended.size(); ++k) {
                const Appended& wanted = expected[expected.size() - appended.size() + k];
                QCOMPARE(appended[k].firstEntry, wanted.firstEntry);
                QCOMPARE(appended[k].entries, wanted.entries);
                QCOMPARE(appended[k].faults, wanted.faults);
                QCOMPARE(appended[k].isCopying, wanted.isCopying);
                QCOMPARE(appended[k].hasCopyCompleted, wanted.hasCopyCompleted);
                QVERIFY(appended[k].position == wanted.position);
                QVERIFY(appended[k].error == wanted.error);
            }
            batch.clear();
        }
        QCOMPARE(everythingIn(many->snapshot()), everythingIn(one->snapshot()));
    }

    void aBatchGoesOverTheEndOfASegment()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        const auto capture = Capture::create(path, 0).value();
        const ReaderId reader = capture->openReader(vstream()).value();
        const auto small = test::readMessages("vstream-ddl.bin");
        RecordBatch batch;
        std::vector<std::string> messages;
        for (std::size_t i = 0; i < 7; ++i) {
            messages.emplace_back((std::size_t{20} << 20) + i * 3, static_cast<char>('a' + i));
            messages.push_back(small[i % small.size()]);
            messages.emplace_back();
        }
        messages.emplace_back(kSegmentSize + 5, 'z'); // longer than a segment
        messages.push_back(small.back());
        for (const std::string& message : messages)
            batch.add(RecordType::Message, message, 1);
        std::vector<Appended> appended;
        const auto done = capture->append(reader, batch, appended);
        QVERIFY2(done, done ? "" : done.error().message.c_str());
        QCOMPARE(appended.size(), messages.size());
        for (const auto& opened : {capture, Capture::open(path).value()}) {
            const Snapshot snapshot = opened->snapshot();
            QCOMPARE(snapshot.count(), capture->count());
            std::uint64_t record = snapshot.nextRecord(sizeof(FileHead));
            for (const std::string& message : messages) {
                const bool isFirst = record % kSegmentSize == 0;
                if (isFirst) {
                    QCOMPARE(snapshot.typeOf(record), RecordType::Checkpoint);
                    record = snapshot.nextRecord(record);
                }
                QVERIFY(record != 0);
                QVERIFY(snapshot.payload(record) == message);
                const std::uint64_t room = kSegmentSize - record % kSegmentSize;
                QVERIFY(sizeof(RecordHead) + message.size() <= room || isFirst);
                record = snapshot.nextRecord(record);
            }
        }
    }

    // What a capture promises to hold, live and read again, sealed or not.
    void theWidestTableAndTheLargestRowAndTheMostTables()
    {
        constexpr int kColumns = 4096, kTables = 16'384;
        constexpr std::size_t kLarge = std::size_t{64} << 20;
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        const auto live = Capture::create(path, 0).value();
        const ReaderId reader = live->openReader(vstream()).value();
        const auto send = [&](const std::string& table, int columns, const std::string& value) {
            vtgate::VStreamResponse response;
            binlogdata::VEvent& fields = *response.add_events();
            fields.set_type(binlogdata::FIELD);
            fields.set_keyspace("ks");
            fields.set_shard("-");
            fields.mutable_field_event()->set_table_name("ks." + table);
            binlogdata::VEvent& rows = *response.add_events();
            rows.set_type(binlogdata::ROW);
            rows.set_keyspace("ks");
            rows.set_shard("-");
            rows.set_timestamp(1);
            rows.mutable_row_event()->set_table_name("ks." + table);
            query::Row& row = *rows.mutable_row_event()->add_row_changes()->mutable_after();
            for (int i = 0; i < columns; ++i) {
                query::Field& field = *fields.mutable_field_event()->add_fields();
                field.set_name("column" + std::to_string(i));
                field.set_type(query::VARBINARY);
                row.add_lengths(static_cast<std::int64_t>(value.size()));
                row.mutable_values()->append(value);
            }
            const auto appended = live->append(reader, response.SerializeAsString(), 1);
            QVERIFY(appended);
            QCOMPARE(appended->faults, 0u);
        };
        send("wide", kColumns, "abc");
        send("large", 1, std::string(kLarge, 'x'));
        for (int i = 0; i < kTables; ++i)
            send("t" + std::to_string(i), 2, std::to_string(i));
        // The last of them again, behind a checkpoint that names all.
        send("large", 1, std::string(kLarge, 'y'));
        send("t0", 2, "again");

        const auto check = [&](const Capture& capture) {
            const Snapshot snapshot = capture.snapshot();
            QCOMPARE(snapshot.count(), std::uint64_t{kTables + 4});
            QCOMPARE(capture.faults(), 0u);
            ChangeView change;
            change.read(snapshot, 0);
            QCOMPARE(change.schema()->columns.size(), std::size_t{kColumns});
            QCOMPARE(change.after(kColumns - 1).bytes, Bytes("abc"));
            change.read(snapshot, 1);
            QCOMPARE(change.after(0).bytes.size(), kLarge);
            for (int i = 0; i < kTables; i += 997) {
                change.read(snapshot, static_cast<std::uint64_t>(i) + 2);
                QCOMPARE(change.layout().table, "t" + std::to_string(i));
                QCOMPARE(change.after(1).bytes, Bytes(std::to_string(i)));
            }
            change.read(snapshot, snapshot.count() - 1);
            QCOMPARE(change.layout().table, std::string("t0"));
            QCOMPARE(change.after(0).bytes, Bytes("again"));
        };
        check(*live);
        check(*Capture::open(path).value());
        QVERIFY(live->seal());
        check(*Capture::open(path).value());
    }

    void anIndexThatCannotBeWrittenLeavesNoMessage()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        {
            const int data = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
            const auto capture = Capture::createOver(data, ::open("/dev/full", O_RDWR | O_CLOEXEC), 0).value();
            const ReaderId reader = capture->openReader(vstream()).value();
            const std::uint64_t size = capture->size();
            const auto appended = capture->append(reader, test::readMessages("vstream-large-transaction.bin").at(1), 1);
            QVERIFY(!appended);
            QCOMPARE(appended.error().kind, ErrorKind::Output);
            QCOMPARE(capture->size(), size);
            QCOMPARE(std::filesystem::file_size(path), size);
        }
        const auto opened = Capture::open(path).value();
        QCOMPARE(opened->count(), 0u);
        QCOMPARE(opened->tornBytes(), 0u);
    }

    // A file that was a capture before still has whole records behind the new ones.
    void bytesOfAnEarlierUseAreNoRecords()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString(), index = path + ".idx";
        const auto messages = test::readMessages("vstream-ddl.bin");
        const auto openBoth = [&](int flags) {
            return Capture::createOver(::open(path.c_str(), flags | O_RDWR, 0600),
                                       ::open(index.c_str(), flags | O_RDWR, 0600), 0)
                .value();
        };
        std::uint64_t all = 0;
        {
            const auto capture = openBoth(O_CREAT);
            const ReaderId reader = capture->openReader(vstream()).value();
            for (const std::string& message : messages)
                (void)capture->append(reader, message, 1).value();
            all = capture->size();
        }
        const auto again = openBoth(0);
        const ReaderId reader = again->openReader(vstream()).value();
        for (std::size_t i = 0; i < messages.size() / 2; ++i)
            (void)again->append(reader, messages[i], 1).value();
        QVERIFY(again->size() < all);
        QCOMPARE(everythingIn(Capture::open(path).value()->snapshot()), everythingIn(again->snapshot()));
        QVERIFY(again->seal());
        QVERIFY(std::filesystem::file_size(path) < all);
        QCOMPARE(everythingIn(Capture::open(path).value()->snapshot()), everythingIn(again->snapshot()));
    }

    void otherFilesAreRefused()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"x.vtcap"_qs).toStdString();
        QCOMPARE(Capture::open(path).error().kind, ErrorKind::Damaged);
        std::ofstream(path)
            << "PK\3\4 this is another kind of file, long enough to have a head of sixty-four bytes and more";
        QCOMPARE(Capture::open(path).error().kind, ErrorKind::Damaged);
        QCOMPARE(Capture::open(folder.path().toStdString()).error().kind, ErrorKind::Damaged);
    }

    void rowsThatDoNotAddUpAreKeptAndCounted()
    {
        const auto capture = Capture::createUnnamed(0).value();
        ReaderDescription description;
        description.api = ReaderDescription::Api::VtgateQuery;
        description.tables = {"t"};
        const ReaderId reader = capture->openReader(description).value();
        const auto nested = [](char tag, const std::string& bytes) {
            std::string made{tag, static_cast<char>(bytes.size())};
            made.append(bytes);
            return made;
        };
        const std::string field = nested('\x0a', nested('\x0a', "a") + "\x10\x85\x30"),
                          other = nested('\x0a', nested('\x0a', "b") + "\x10\x85\x30");
        const auto row = [&](const std::string& lengths, const std::string& values) {
            return nested('\x22', nested('\x0a', lengths) + (values.empty() ? std::string() : nested('\x12', values)));
        };
        const std::vector<std::pair<std::string, RowFault>> cases{
            {row("\x02\x02", "xy"), RowFault::None},          {row("\x02\x01", "x"), RowFault::None},
            {row("\x02", "x"), RowFault::TooFewCells},        {row("\x02\x02\x02", "xyz"), RowFault::TooManyCells},
            {row("\x02\x0a", "xy"), RowFault::Truncated},     {row("\x02\x02", "xyz"), RowFault::TrailingBytes},
            {row("\x02\x03", "x"), RowFault::NegativeLength}, {std::string("\x22\x02\x0a\x05", 4), RowFault::Malformed},
        };
        std::string rows;
        for (const auto& [bytes, fault] : cases)
            rows += bytes;
        const std::string result = field + other + rows;
        const Appended appended = capture->append(reader, nested('\x0a', result), 1).value();
        QCOMPARE(appended.entries, cases.size());
        QCOMPARE(appended.faults, 6u);
        const Snapshot snapshot = capture->snapshot();
        ChangeView change;
        for (std::size_t i = 0; i < cases.size(); ++i) {
            change.read(snapshot, i);
            QCOMPARE(change.fault(), cases[i].second);
            QVERIFY(!change.raw().empty());
        }
        // A message that is no message at all is one undecodable line.
        const Appended broken = capture->append(reader, "\x0a\x7f", 1).value();
        QCOMPARE(broken.entries, 1u);
        QCOMPARE(capture->snapshot().entry(cases.size()).op(), Op::Undecodable);
    }

    void unknownEventsAreShown()
    {
        const auto capture = Capture::createUnnamed(0).value();
        const ReaderId reader = capture->openReader(vstream()).value();
        (void)capture->append(reader, std::string("\x0a\x02\x08\x63", 4), 1).value(); // one event of type 99
        QCOMPARE(capture->count(), 1u);
        const Snapshot snapshot = capture->snapshot();
        QCOMPARE(snapshot.entry(0).op(), Op::Unknown);
        QCOMPARE(eventText(snapshot, 0).detail, std::string("type 99"));
    }

    void readersOfASnapshotSeeWholeRowsWhileOthersAppend()
    {
        const auto capture = Capture::createUnnamed(0).value();
        const auto messages = test::readMessages("vstream-large-transaction.bin");
        std::atomic<bool> isDone = false;
        std::vector<std::jthread> writers;
        for (int i = 0; i < 2; ++i) {
            writers.emplace_back([&] {
                const ReaderId reader = capture->openReader(vstream()).value();
                for (int round = 0; round < 8; ++round) {
                    for (const std::string& message : messages)
                        (void)capture->append(reader, message, 1).value();
                }
            });
        }
        std::jthread looking([&] {
            ChangeView change;
            std::string scratch;
            while (!isDone) {
                const Snapshot snapshot = capture->snapshot();
                for (std::uint64_t i = snapshot.count() > 500 ? snapshot.count() - 500 : 0; i < snapshot.count(); ++i) {
                    change.read(snapshot, i);
                    if (change.isChange()) {
                        scratch.clear();
                        appendExact(change.current(0), scratch);
                    }
                }
            }
        });
        writers.clear();
        isDone = true;
        looking.join();
        QCOMPARE(capture->changes(), 2u * 8 * 9010);
        QCOMPARE(capture->faults(), 0u);
    }

    void aCaptureIsNotSavedOntoItself()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        const auto capture = Capture::create(path, 0).value();
        fill(*capture);
        const auto saved = capture->saveTo(path);
        QVERIFY(!saved);
        QCOMPARE(saved.error().kind, ErrorKind::Output);
        QCOMPARE(everythingIn(Capture::open(path).value()->snapshot()), everythingIn(capture->snapshot()));
    }

    void aFullDiskStopsWithASentence()
    {
        QTemporaryDir folder;
        const auto capture = Capture::create(folder.filePath(u"a.vtcap"_qs).toStdString(), std::uint64_t{1} << 60);
        if (capture) { // the floor can never be kept: the first message past the check is refused
            const auto reader = (*capture)->openReader(vstream());
            const auto appended = reader ? (*capture)->append(*reader, std::string(std::size_t{20} << 20, 'x'), 1)
                                         : tl::unexpected(reader.error());
            QVERIFY(!appended);
            QCOMPARE(appended.error().kind, ErrorKind::Output);
            QVERIFY(appended.error().message.find("free") != std::string::npos);
            QCOMPARE((*capture)->count(), 0u);
        }
    }
};

QTEST_APPLESS_MAIN(CaptureTest)
#include "tst_capture.moc"
