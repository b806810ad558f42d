// The journal of times and positions: what it finds is the newest that was noted by then, whatever was noted, by
// however many, and however often it was shortened.
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>

#include <map>
#include <random>
#include <thread>

#include "streamcore/session/journal.h"

using namespace vtscope;
using namespace std::chrono_literals;

namespace {

const Journal::Time kStart{1'763'900'000s};
const std::string kUuid = "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-";

ConnectionSettings saved(const std::string& id)
{
    ConnectionSettings settings;
    settings.id = id;
    return settings;
}

} // namespace

class TestJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void findsTheNewestByThen();
    void leavesOutWhatCannotBeStartedFrom();
    void theEarliestOfSeveralTables();
    void severalWriters();
    void isShortened();
    void damagedLines();
    void isPrivate();
    void moments_data();
    void moments();

private:
    QString path(const QString& id) const
    {
        return m_state->filePath(QStringLiteral("vtscope/journal/") + id + QStringLiteral(".tsv"));
    }
    std::unique_ptr<QTemporaryDir> m_state;
};

void TestJournal::init()
{
    m_state = std::make_unique<QTemporaryDir>();
    qputenv("XDG_STATE_HOME", m_state->path().toLocal8Bit());
}

void TestJournal::findsTheNewestByThen()
{
    std::mt19937 random(20261123);
    const auto below = [&random](unsigned most) {
        return std::uniform_int_distribution<unsigned>(0, most - 1)(random);
    };
    const std::vector<std::string> shards{"-40", "40-80", "80-"};
    for (int round = 0; round < 50; ++round) {
        Journal journal(saved("r" + std::to_string(round)));
        std::map<std::pair<std::string, std::string>, std::map<Journal::Time, std::string>> known; // the oracle
        Journal::Time now = kStart;
        for (int i = 0; i < 40; ++i) {
            now += std::chrono::seconds(1 + below(90));
            std::vector<ShardPosition> positions;
            for (const char* const keyspace : {"shop", "mail"}) {
                for (const std::string& shard : shards) {
                    if (below(3) == 0)
                        continue;
                    positions.push_back({keyspace, shard, kUuid + std::to_string(1 + below(10))});
                    known[{keyspace, shard}][now] = positions.back().gtid;
                }
            }
            QVERIFY(journal.note(now, positions));
        }
        for (int i = 0; i < 100; ++i) {
            const std::string keyspace = below(2) == 0 ? "shop" : "mail";
            const std::vector<std::string> asked(shards.begin(), shards.begin() + 1 + below(3));
            const Journal::Time time = kStart + std::chrono::seconds(below(3600));
            const auto found = journal.positionsAt(time, keyspace, asked);
            bool isKnown = true;
            for (std::size_t s = 0; s < asked.size(); ++s) {
                const auto& times = known[{keyspace, asked[s]}];
                const auto after = times.upper_bound(time);
                isKnown = isKnown && after != times.begin();
                if (found) {
                    QVERIFY(after != times.begin());
                    QCOMPARE((*found)[s], (ShardPosition{keyspace, asked[s], std::prev(after)->second}));
                }
            }
            QCOMPARE(found.has_value(), isKnown);
        }
        const auto span = journal.spanOf("shop");
        QVERIFY(span && span->first > kStart && span->last <= now);
        QVERIFY(!journal.spanOf("other"));
    }
}

void TestJournal::leavesOutWhatCannotBeStartedFrom()
{
    Journal journal(saved("a"));
    ShardPosition copying{"shop", "0", kUuid + "5"};
    copying.lastKeys = "key";
    QVERIFY(journal.note(kStart, {{"shop", "0", ""}, {"shop", "0", "current"}, copying}));
    QVERIFY(!journal.spanOf("shop"));
    const auto found = journal.positionsAt(kStart, "shop", {"0"});
    QCOMPARE(found.error().kind, ErrorKind::PositionInvalid);

    // Without a saved connection nothing is kept, and it says so.
    Journal none{ConnectionSettings{}};
    QVERIFY(none.note(kStart, {{"shop", "0", kUuid + "5"}}));
    QVERIFY(none.positionsAt(kStart, "shop", {"0"}).error().message.find("saved") != std::string::npos);
}

// In Sync each table of a shard has a position of its own.
void TestJournal::theEarliestOfSeveralTables()
{
    Journal journal(saved("a"));
    for (const bool isTurned : {false, true}) {
        const Journal::Time time = kStart + (isTurned ? 2min : 1min);
        std::vector<ShardPosition> positions{{"shop", "0", kUuid + "7"}, {"shop", "0", kUuid + "5"}};
        if (isTurned)
            std::reverse(positions.begin(), positions.end());
        QVERIFY(journal.note(time, positions));
        QCOMPARE(journal.positionsAt(time, "shop", {"0"}).value().front().gtid, kUuid + "5");
    }
}

void TestJournal::severalWriters()
{
    constexpr int kWriters = 4, kNotes = 50;
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
        writers.emplace_back([writer] {
            Journal journal(saved("a"));
            for (int i = 1; i <= kNotes; ++i)
                (void)journal.note(kStart + std::chrono::seconds(i),
                                   {{"shop", std::to_string(writer), kUuid + std::to_string(i)}});
        });
    }
    writers.clear();
    Journal journal(saved("a"));
    for (int i = 1; i <= kNotes; ++i) {
        const auto found = journal.positionsAt(kStart + std::chrono::seconds(i), "shop", {"0", "1", "2", "3"});
        QVERIFY(found);
        for (const ShardPosition& position : *found)
            QCOMPARE(position.gtid, kUuid + std::to_string(i));
    }
}

void TestJournal::isShortened()
{
    constexpr std::uint64_t kMost = 4096;
    Journal journal(saved("a"), kMost);
    for (int i = 1; i <= 1000; ++i) {
        QVERIFY(journal.note(kStart + std::chrono::minutes(i), {{"shop", "0", kUuid + std::to_string(i)}}));
        QVERIFY(static_cast<std::uint64_t>(QFileInfo(path(QStringLiteral("a"))).size()) <= kMost);
    }
    const auto span = journal.spanOf("shop");
    QVERIFY(span && span->first > kStart + 1min && span->last == kStart + 1000min);
    for (Journal::Time time = span->first; time <= span->last; time += 1min) {
        const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time - kStart).count();
        QCOMPARE(journal.positionsAt(time, "shop", {"0"}).value().front().gtid, kUuid + std::to_string(minutes));
    }
    const auto lost = journal.positionsAt(kStart + 1min, "shop", {"0"});
    QVERIFY(!lost && lost.error().message.find(momentText(span->first)) != std::string::npos);
}

void TestJournal::damagedLines()
{
    Journal journal(saved("a"));
    QVERIFY(journal.note(kStart, {{"shop", "0", kUuid + "1"}}));
    QFile file(path(QStringLiteral("a")));
    QVERIFY(file.open(QIODevice::Append));
    file.write("nonsense\n\n\t\t\t\n12\n17639000\tshop\t0\t\n9999999999999999999999\tshop\t0\tx\n");
    file.close();
    QVERIFY(Journal(saved("a")).note(kStart + 2min, {{"shop", "0", kUuid + "2"}}));
    QCOMPARE(journal.positionsAt(kStart + 1min, "shop", {"0"}).value().front().gtid, kUuid + "1");
    QCOMPARE(journal.positionsAt(kStart + 2min, "shop", {"0"}).value().front().gtid, kUuid + "2");
}

void TestJournal::isPrivate()
{
    constexpr std::uint64_t kMost = 512;
    Journal journal(saved("a"), kMost);
    for (int i = 1; i <= 20; ++i) {
        QVERIFY(journal.note(kStart + std::chrono::minutes(i), {{"shop", "0", kUuid + std::to_string(i)}}));
        struct stat facts
        {
        };
        QCOMPARE(::stat(path(QStringLiteral("a")).toLocal8Bit().constData(), &facts), 0);
        QCOMPARE(facts.st_mode & 0777U, 0600U);
    }
}

void TestJournal::moments_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("meant"); // empty: refused
    QTest::newRow("earlier today") << "14:05"
                                   << "2026-11-23 14:05:00 UTC";
    QTest::newRow("later than now is yesterday") << "23:59"
                                                 << "2026-11-22 23:59:00 UTC";
    QTest::newRow("with seconds") << " 14:05:30 "
                                  << "2026-11-23 14:05:30 UTC";
    QTest::newRow("a day") << "2026-11-20 03:00"
                           << "2026-11-20 03:00:00 UTC";
    QTest::newRow("with T") << "2026-11-20T03:00:01"
                            << "2026-11-20 03:00:01 UTC";
    QTest::newRow("UTC") << "2026-11-20T03:00:01Z"
                         << "2026-11-20 03:00:01 UTC";
    QTest::newRow("of a zone") << "2026-11-20T03:00:01+01:00"
                               << "2026-11-20 02:00:01 UTC";
    for (const char* const wrong : {"", "yesterday", "25:00", "14", "2026-13-01 00:00", "14:05 or so"})
        QTest::newRow(wrong) << wrong << "";
}

void TestJournal::moments()
{
    QFETCH(QString, given);
    QFETCH(QString, meant);
    const Journal::Time now = momentFrom("2026-11-23 15:00", {}).value();
    const auto moment = momentFrom(given.toStdString(), now);
    if (meant.isEmpty())
        QCOMPARE(moment.error().kind, ErrorKind::Usage);
    else
        QCOMPARE(momentText(moment.value()), meant.toStdString());
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
