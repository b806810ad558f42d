// What a capture keeps is what was asked for: rings, chosen lines, marks, several captures in one.
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "streamcore/capture/record.h"
#include "streamcore/clock.h"
#include "streamcore/decode/walker.h"
#include "streamcore/output/save.h"
#include "tests/support/captures.h"

using namespace vtscope;
using namespace vtscope::test;

namespace {

using Lines = std::vector<std::string>;

// After the capture was made, and the same every time.
constexpr std::int64_t kStart = 4'000'000'000'000'000'000, kSecond = 1'000'000'000;

// The recorded messages again and again, a second apart.
void append(Capture& capture, ReaderId reader, int rounds, std::int64_t& time)
{
    static const auto messages = allMessages();
    for (int i = 0; i < rounds; ++i) {
        for (const std::string& message : messages)
            QVERIFY(capture.append(reader, message, time += kSecond));
    }
}

std::shared_ptr<Capture> filled(const std::string& path, const RingLimits& ring = {}, int rounds = 1)
{
    auto capture = path.empty() ? Capture::createUnnamed(0).value() : Capture::create(path, 0).value();
    if (!capture->setRing(ring))
        return {};
    const ReaderId reader = capture->openReader(vstream()).value();
    std::int64_t time = kStart;
    append(*capture, reader, rounds, time);
    return capture;
}

std::uint64_t diskUse(const std::string& path)
{
    struct stat facts
    {
    };
    ::stat(path.c_str(), &facts);
    return static_cast<std::uint64_t>(facts.st_blocks) * 512;
}

Lines tail(const Lines& lines, std::uint64_t first)
{
    return {lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end()};
}

std::shared_ptr<Capture> saved(const std::vector<CaptureLines>& sources, const std::string& path)
{
    return saveLines(sources, path) ? Capture::open(path).value() : nullptr;
}

// Without what is counted anew in a capture.
std::string withoutTransaction(std::string line)
{
    const auto cells = line.find(" | ");
    const auto end = cells == std::string::npos ? line.size() : cells;
    return line.erase(line.rfind(' ', end - 1), end - line.rfind(' ', end - 1));
}

} // namespace

class SaveTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    // From any message on, a walker that was told the context of another one goes on like it.
    void contextTellsAllThatLaterMessagesNeed()
    {
        const auto messages = allMessages();
        Layouts layouts, otherLayouts;
        const auto walker = Walker::make({Api::VStream, "solo", {}, {}}, layouts);
        std::mt19937 random(7);
        std::uint32_t transactions = 0;
        std::unique_ptr<Walker> other;
        std::uint32_t otherTransactions = 0;
        std::vector<Entry> entries, otherEntries;
        for (const std::string& message : messages) {
            if (random() % 5 == 0) {
                other = Walker::make({Api::VStream, "solo", {}, {}}, otherLayouts);
                other->goOn(walker->context(), walker->transaction());
                otherTransactions = transactions;
            }
            entries.clear();
            otherEntries.clear();
            walker->walk(message, 1, transactions, entries);
            if (!other)
                continue;
            other->walk(message, 1, otherTransactions, otherEntries);
            QCOMPARE(otherEntries.size(), entries.size());
            for (std::size_t i = 0; i < entries.size(); ++i) {
                QCOMPARE(otherEntries[i].packed, entries[i].packed);
                QCOMPARE(otherEntries[i].transaction, entries[i].transaction);
                const Layout &a = layouts.at(entries[i].layout), &b = otherLayouts.at(otherEntries[i].layout);
                QCOMPARE(b.table, a.table);
                QCOMPARE(b.shard, a.shard);
                QCOMPARE(b.after == nullptr, a.after == nullptr);
                QCOMPARE(b.after ? b.after->columns.size() : 0, a.after ? a.after->columns.size() : 0);
                for (std::size_t c = 0; a.after && c < a.after->columns.size(); ++c) {
                    QCOMPARE(b.after->columns[c].name, a.after->columns[c].name);
                    QCOMPARE(b.after->columns[c].hasNumericMembers, a.after->columns[c].hasNumericMembers);
                }
            }
        }
        QVERIFY(other);
    }

    void aRingKeepsTheNewestLinesUnderTheirNumbers_data()
    {
        QTest::addColumn<quint64>("bytes");
        QTest::addColumn<quint64>("changes");
        QTest::addColumn<int>("seconds");
        QTest::newRow("bytes") << (quint64{3} << 20) << quint64{0} << 0;
        QTest::newRow("changes") << quint64{0} << quint64{20'000} << 0;
        QTest::newRow("age") << quint64{0} << quint64{0} << 100;
        QTest::newRow("all") << (quint64{4} << 20) << quint64{30'000} << 300;
    }

    void aRingKeepsTheNewestLinesUnderTheirNumbers()
    {
        QFETCH(quint64, bytes);
        QFETCH(quint64, changes);
        QFETCH(int, seconds);
        const RingLimits ring{bytes, changes, std::chrono::seconds(seconds)};
        const auto whole = filled({}, {}, 12);
        const Lines all = linesOf(whole->snapshot());
        const std::string path = at("ring.vtcap");
        const auto live = filled(path, ring, 12);
        QVERIFY(live->first() > 0);
        QCOMPARE(live->count(), whole->count());
        QCOMPARE(live->changes(), whole->changes());
        QVERIFY(live->droppedChanges() > 0 && live->droppedChanges() <= live->first());
        const Lines kept = tail(all, live->first());
        QCOMPARE(linesOf(live->snapshot()), kept);
        QVERIFY(changes == 0 || bytes != 0 || live->changes() - live->droppedChanges() >= changes);
        if (changes != 0)
            QVERIFY(live->changes() - live->droppedChanges() <= changes + 40'000); // two pieces of a MiB
        if (bytes != 0)
            QVERIFY(live->size() <= 2 * bytes);
        QVERIFY(diskUse(path) < whole->size() / 2 + (16 << 20));
        // What was dropped leaves a hole and no more: files have an end.
        QVERIFY(std::filesystem::file_size(path) < whole->size() + whole->size() / 4 + (1 << 20));

        // The running file opened by somebody else, the sealed copy, and the file itself when it is sealed.
        QCOMPARE(linesOf(Capture::open(path).value()->snapshot()), kept);
        const std::string copy = at("copy.vtcap");
        QVERIFY(saveCapture(live, copy));
        for (const bool isSealed : {false, true}) {
            if (isSealed)
                QVERIFY(live->seal());
            const auto opened = Capture::open(isSealed ? path : copy).value();
            QCOMPARE(opened->first(), live->first());
            QCOMPARE(opened->changes(), live->changes());
            QCOMPARE(opened->droppedChanges(), live->droppedChanges());
            QCOMPARE(linesOf(opened->snapshot()), kept);
        }
        QVERIFY(std::filesystem::file_size(copy) < 3 * live->size() + (1 << 20));
    }

    void aSnapshotReadsWhatTheRingDroppedMeanwhile()
    {
        const auto capture = filled(at("ring.vtcap"), {0, 20'000, {}}, 1);
        const Snapshot before = capture->snapshot();
        const Lines lines = linesOf(before);
        std::int64_t time = kStart + 100'000 * kSecond;
        append(*capture, 0, 8, time);
        QVERIFY(capture->first() > before.count());
        QCOMPARE(linesOf(before), lines);
    }

    // While a ring drops and another thread marks, every snapshot reads what was captured.
    void snapshotsAreReadWhileTheRingDrops()
    {
        constexpr int kRounds = 16;
        const Lines all = linesOf(filled({}, {}, kRounds)->snapshot());
        const auto capture = filled(at("ring.vtcap"), {std::uint64_t{3} << 20, 0, {}}, 1);
        std::atomic<bool> isDone{false};
        std::thread appending([&] {
            std::int64_t time =
                capture->snapshot().receivedAt(capture->snapshot().entry(capture->count() - 1).record());
            append(*capture, 0, kRounds - 1, time);
            isDone = true;
        });
        std::thread marking([&] {
            while (!isDone) {
                (void)capture->mark(capture->count() - 1, "here");
                (void)capture->mark(capture->first(), "may be gone");
                std::this_thread::yield();
            }
        });
        int looked = 0;
        bool isSame = true;
        ChangeView change;
        for (bool isLast = false; !isLast; ++looked) {
            isLast = isDone;
            const Snapshot snapshot = capture->snapshot();
            std::this_thread::yield();
            for (const std::uint64_t line :
                 {snapshot.first(), (snapshot.first() + snapshot.count()) / 2, snapshot.count() - 1}) {
                change.read(snapshot, line);
                isSame = isSame && snapshot.isIntact(snapshot.entry(line).record()) &&
                         lineText(change) == all[static_cast<std::size_t>(line)];
            }
        }
        appending.join();
        marking.join();
        QVERIFY2(isSame, "a line was read that is another than was captured");
        QVERIFY(looked > 10);
        QVERIFY(capture->first() > 0);
        QCOMPARE(linesOf(capture->snapshot()), tail(all, capture->first()));
        for (const auto& [line, note] : capture->marks().all())
            QVERIFY(line >= capture->first());
    }

    void chosenLinesAreReadAsBefore()
    {
        const auto source = filled({}, {}, 2);
        const Snapshot snapshot = source->snapshot();
        const Lines all = linesOf(snapshot);
        std::mt19937 random(3);
        for (const unsigned every : {1u, 3u, 50u, 2000u}) {
            std::vector<std::uint64_t> numbers;
            Lines wanted;
            for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
                if (random() % every != 0)
                    continue;
                numbers.push_back(i);
                wanted.push_back(withoutTransaction(all[static_cast<std::size_t>(i)]));
            }
            const std::string path = at("chosen.vtcap");
            const auto opened = saved({{source, snapshot, RowSet::of(numbers)}}, path);
            QVERIFY(opened);
            Lines got;
            for (const std::string& line : linesOf(opened->snapshot()))
                got.push_back(withoutTransaction(line));
            QCOMPARE(got, wanted);
            // Their positions too, and the same without the index.
            PositionFinder here, there;
            for (std::size_t i = 0; i < numbers.size(); ++i)
                QCOMPARE(here.find(opened->snapshot(), i), there.find(snapshot, numbers[i]));
            const auto foot = std::filesystem::file_size(path) - sizeof(FileFoot);
            std::filesystem::resize_file(path, foot);
            QCOMPARE(linesOf(Capture::open(path).value()->snapshot()), linesOf(opened->snapshot()));
            // Chosen again from what was chosen.
            const auto again =
                saved({{opened, opened->snapshot(), RowSet::range(0, opened->count())}}, at("again.vtcap"));
            QVERIFY(again);
            QCOMPARE(linesOf(again->snapshot()), linesOf(opened->snapshot()));
            std::filesystem::remove(path);
        }
    }

    void severalCapturesComeInTheOrderOfTheirTime()
    {
        const auto one = Capture::createUnnamed(0).value(), two = Capture::createUnnamed(0).value();
        const auto messages = readMessages("vstream-live-alltypes.bin");
        const ReaderId a = one->openReader(vstream()).value(), b = two->openReader(vstream()).value();
        std::int64_t time = nowNs();
        for (const std::string& message : messages) {
            QVERIFY(one->append(a, message, ++time));
            QVERIFY(two->append(b, message, ++time));
        }
        QVERIFY(two->mark(two->count() - 1, "the last"));
        const auto both = saved({{one, one->snapshot(), RowSet::range(0, one->count())},
                                 {two, two->snapshot(), RowSet::range(0, two->count())}},
                                at("both.vtcap"));
        QVERIFY(both);
        QCOMPARE(both->count(), one->count() + two->count());
        QCOMPARE(both->readers().size(), 2u);
        QCOMPARE(both->marks().all(), (std::vector{std::pair(both->count() - 1, std::string("the last"))}));
        const Snapshot snapshot = both->snapshot();
        for (std::uint64_t i = 1; i < snapshot.count(); ++i)
            QVERIFY(snapshot.receivedAt(snapshot.entry(i - 1).record()) <=
                    snapshot.receivedAt(snapshot.entry(i).record()));
    }

    void marksLastInEveryForm()
    {
        const std::string path = at("marked.vtcap");
        const auto live = filled(path);
        QVERIFY(live->mark(3, ""));
        QVERIFY(live->mark(9001, "why \xF0\x9F\xA4\x94"));
        QVERIFY(live->mark(40, "gone"));
        QVERIFY(live->mark(9001, "the wrong write"));
        QVERIFY(live->unmark(40));
        QVERIFY(!live->mark(live->count(), "not there"));
        const std::vector<std::pair<std::uint64_t, std::string>> wanted{{3, ""}, {9001, "the wrong write"}};
        QCOMPARE(live->marks().all(), wanted);
        QCOMPARE(Capture::open(path).value()->marks().all(), wanted);
        const std::string copy = at("copy.vtcap");
        QVERIFY(saveCapture(live, copy));
        QCOMPARE(Capture::open(copy).value()->marks().all(), wanted);
        const auto chosen = saved({{live, live->snapshot(), RowSet::range(9000, 10)}}, at("chosen.vtcap"));
        QVERIFY(chosen);
        QCOMPARE(chosen->marks().all(), (std::vector{std::pair(std::uint64_t{1}, std::string("the wrong write"))}));

        // In a file that was opened they wait to be saved.
        QVERIFY(live->seal());
        const Lines lines = linesOf(live->snapshot());
        const auto opened = Capture::open(path).value();
        QVERIFY(opened->mark(5, "later"));
        QVERIFY(opened->unmark(3));
        QVERIFY(opened->hasUnsavedMarks());
        QCOMPARE(Capture::open(path).value()->marks().all(), wanted);
        QVERIFY(opened->saveMarks());
        QVERIFY(!opened->hasUnsavedMarks());
        const auto again = Capture::open(path).value();
        QCOMPARE(again->marks().all(), (std::vector{std::pair(std::uint64_t{5}, std::string("later")), wanted[1]}));
        QCOMPARE(linesOf(again->snapshot()), lines);

        // Again and again, with more to write and with less.
        QVERIFY(opened->mark(6, std::string(5000, 'n')));
        QVERIFY(opened->saveMarks());
        QCOMPARE(Capture::open(path).value()->marks().count(), 3u);
        for (const auto& [line, note] : opened->marks().all())
            QVERIFY(opened->unmark(line));
        QVERIFY(opened->saveMarks());
        const auto last = Capture::open(path).value();
        QCOMPARE(last->marks().count(), 0u);
        QCOMPARE(linesOf(last->snapshot()), lines);
        // Not over what somebody else saved since.
        QVERIFY(again->mark(1, "too late"));
        QVERIFY(!again->saveMarks());
        QCOMPARE(linesOf(Capture::open(path).value()->snapshot()), lines);
    }

    // Whatever is damaged, everything else that was chosen is saved, and what is not is counted.
    void damageLosesItsOwnLinesAlone()
    {
        const std::string path = at("bent.vtcap");
        {
            const auto live = filled(path);
            QVERIFY(live->seal());
        }
        const auto whole = Capture::open(path).value();
        const Snapshot before = whole->snapshot();
        std::mt19937 random(11);
        for (int trial = 0; trial < 30; ++trial) {
            const std::uint64_t line = random() % before.count(), record = before.entry(line).record();
            // Its length, its type, its bytes, or a page of zeros.
            const std::string bent = at("trial.vtcap");
            std::filesystem::copy_file(path, bent, std::filesystem::copy_options::overwrite_existing);
            QFile file(QString::fromStdString(bent));
            QVERIFY(file.open(QIODevice::ReadWrite));
            const std::uint64_t place =
                record + std::array<std::uint64_t, 4>{1, 4, 30, 0}[static_cast<std::size_t>(trial % 4)];
            QVERIFY(file.seek(static_cast<qint64>(place)));
            file.write(trial % 4 == 3 ? QByteArray(4096, '\0') : QByteArray("\x2A"));
            file.close();
            const auto source = Capture::open(bent).value();
            const auto result =
                saveLines({{source, source->snapshot(), RowSet::range(0, source->count())}}, at("rest.vtcap"));
            QVERIFY(result);
            QVERIFY(result->damaged > 0);
            QCOMPARE(result->lines + result->lost, source->count());
            std::uint64_t ofRecord = 0;
            for (std::uint64_t i = 0; i < before.count(); ++i)
                ofRecord += before.entry(i).record() == record;
            QVERIFY2(result->lost <= ofRecord + 300, std::to_string(result->lost).c_str());
        }
    }

    // As a bad place on a disk does it: the next piece is read again, and from there on all is as it was.
    void manyBentRecordsLoseTheRestOfTheirPiece()
    {
        const std::string path = at("bent.vtcap");
        const auto live = filled(path, {quint64{64} << 20, 0, {}}, 30);
        const Snapshot before = live->snapshot();
        QCOMPARE(before.first(), 0u);
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadWrite));
        std::uint64_t record = before.entry(before.count() / 3).record();
        for (int i = 0; i < 40; ++i, record = before.nextRecord(record)) {
            QVERIFY(file.seek(static_cast<qint64>(record) + 3)); // its length, too
            file.write("\x2A");
        }
        file.close();
        const auto opened = Capture::open(path).value();
        QCOMPARE(opened->damagedMessages(), 1u);
        QCOMPARE(opened->tornBytes(), 0u);
        QVERIFY(opened->count() < before.count());
        QVERIFY(opened->count() > before.count() / 2);
        const Lines all = linesOf(before), kept = linesOf(opened->snapshot());
        const auto same = static_cast<std::ptrdiff_t>(before.count() / 3);
        QVERIFY(std::equal(all.end() - same, all.end(), kept.end() - same));
    }

    // What is noted between two messages is no message.
    void notesDoNotDisturbPositions()
    {
        const auto capture = Capture::createUnnamed(0).value(), marked = Capture::createUnnamed(0).value();
        const ReaderId a = capture->openReader(vstream()).value(), b = marked->openReader(vstream()).value();
        for (const std::string& message : allMessages()) {
            QVERIFY(capture->append(a, message, 1));
            QVERIFY(marked->append(b, message, 1));
            if (marked->count() > 0)
                QVERIFY(marked->mark(marked->count() - 1, ":\x02:\x05zzzzz"));
        }
        const Snapshot one = capture->snapshot(), two = marked->snapshot();
        PositionFinder first, second;
        for (std::uint64_t i = 0; i < one.count(); i += 7) {
            QCOMPARE(second.find(two, i), first.find(one, i));
            QCOMPARE(transactionFacts(two, i).commitTime, transactionFacts(one, i).commitTime);
        }
    }

    // A mark names its line by where it came from, so that a damaged message before it does not move it.
    void aMarkStaysWithItsLine()
    {
        const std::string path = at("damaged.vtcap");
        std::string marked;
        {
            const auto live = filled(path);
            QVERIFY(live->mark(9001, "this one"));
            marked = linesOf(live->snapshot())[9001];
            const std::uint64_t record = live->snapshot().entry(4).record();
            QFile file(QString::fromStdString(path));
            QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(static_cast<qint64>(record + sizeof(RecordHead) + 3)));
            QVERIFY(file.putChar('\x55'));
        }
        const auto opened = Capture::open(path).value();
        QCOMPARE(opened->damagedMessages(), 1u);
        QCOMPARE(opened->marks().count(), 1u);
        const std::uint64_t line = opened->marks().all().front().first;
        QVERIFY(line < 9001);
        QCOMPARE(withoutTransaction(linesOf(opened->snapshot())[static_cast<std::size_t>(line)]),
                 withoutTransaction(marked));
    }

private:
    std::string at(const char* name) const { return m_folder->filePath(QString::fromLatin1(name)).toStdString(); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(SaveTest)
#include "tst_save.moc"
