// Sessions while a real Vitess is broken: its processes killed, its log purged, its tables altered, the network cut. In
// the end the changes that were seen are those of the database's own log, which a reader of its own reads.
//
// VTSCOPE_FAULT_RUNS is the number of runs on a bad network, VTSCOPE_FAULT_SEED the seed of the first. With
// VTSCOPE_FAULT_LONG=1 processes stand still for a minute.
#include <QTemporaryDir>
#include <QtTest>

#include <google/protobuf/util/json_util.h>

#include "streamcore/capture/ledger.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/watcher.h"
#include "tests/faults/branchlog.h"
#include "tests/faults/markfinder.h"
#include "tests/faults/vitessprocess.h"
#include "tests/faults/writer.h"
#include "tests/support/faultplan.h"

using namespace Qt::StringLiterals;

namespace vtscope::test {
namespace {

// Nothing waits so long when all is well; a cluster may search half a minute for a tablet that was away.
constexpr int kPatience = 150'000;
constexpr RetryPace kPace{std::chrono::milliseconds(2), std::chrono::milliseconds(200), std::chrono::seconds(5)};

std::uint64_t numberOf(const char* variable, std::uint64_t otherwise)
{
    return qEnvironmentVariableIsSet(variable) ? qEnvironmentVariable(variable).toULongLong() : otherwise;
}

std::shared_ptr<Connection> connectTo(const QString& hostPort)
{
    auto connection = check(plaintextSettings(hostPort), Secret());
    if (!connection)
        throw std::runtime_error(connection.error().error.message + " " + connection.error().error.detail);
    return *connection;
}

WatchRequest requestFor(WatchRequest::Start start, const binlogdata::VGtid& from = {})
{
    WatchRequest request;
    request.keyspace = "commerce";
    request.tables = faultTables();
    request.start = start;
    if (start == WatchRequest::Start::Position)
        (void)google::protobuf::util::MessageToJsonString(from, &request.position);
    return request;
}

// A watcher that notes what it was told about breaks.
struct Watch : Watcher
{
    explicit Watch(const QString& hostPort) : Watcher(connectTo(hostPort))
    {
        session().setRetryPace(kPace);
        QObject::connect(&session(), &Session::stateChanged, &session(), [this] {
            if (const auto trouble = session().trouble())
                troubles.push_back(trouble->cause);
        });
    }

    bool isBroken() const { return !troubles.empty(); }
    QByteArray tale() const
    {
        QByteArray text = "state " + QByteArray::number(int(const_cast<Watch*>(this)->session().state())) + ", " +
                          QByteArray::number(capture()->changes()) + " changes";
        for (const Error& trouble : troubles)
            text += "\n  " + QByteArray::fromStdString(trouble.message + " [" + trouble.detail + "]");
        return text;
    }

    std::vector<Error> troubles;
};

} // namespace

class TestVitessFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void vtgateIsKilled();
    void mysqldIsKilled();
    void processStandsStill_data();
    void processStandsStill();
    void primaryIsReadOnly();
    void dumpConnectionsAreKilled();
    void tableIsAltered();
    void tenThousandRowsAtOnce();
    void muchWhileNobodyLooks();
    void oneShardFarBehind();
    void runs();
    // Last, because it takes the history away.
    void historyIsPurged_data();
    void historyIsPurged();

private:
    int port() const { return m_cluster->hostPort().section(u':', -1).toInt(); }
    QString atMysqld(const QString& sql);
    void purge();
    // One row, however long it takes.
    void write(std::uint64_t id);
    // Waits for the last rows; then what is wrong, empty when all is well.
    QByteArray verdictOn(Watch& watch, const binlogdata::VGtid& start, bool hasCopy = false);

    VitessProcess m_vtgate, m_mysqld; // outlive the cluster
    std::unique_ptr<Cluster> m_cluster;
    std::shared_ptr<Connection> m_connection; // unlocked
    std::unique_ptr<Writer> m_writer;
    std::unique_ptr<BranchLog> m_log;
    Verdict m_total;
    std::uint64_t m_admitted = 0; // runs with a gap that is told
};

void TestVitessFaults::initTestCase()
{
    m_cluster =
        std::make_unique<Cluster>(QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/faults/schema"), u"commerce"_s, u"2"_s);
    QVERIFY2(m_cluster->isReady(), qPrintable(m_cluster->why()));
    m_vtgate.findVtgate(*m_cluster);
    m_mysqld.findMysqld(*m_cluster);
    // Test clusters write lazily: killed, one would come back with tables that are behind its own log.
    atMysqld(u"set persist innodb_flush_log_at_trx_commit = 1"_s);
    atMysqld(u"set persist sync_binlog = 1"_s);
    m_connection = connectTo(m_cluster->hostPort());
    m_connection->unlock(std::chrono::hours(10));
    m_writer = std::make_unique<Writer>(m_connection);
    m_log = std::make_unique<BranchLog>(m_cluster->hostPort().toStdString());
}

QString TestVitessFaults::atMysqld(const QString& sql)
{
    QString error;
    const QString rows = m_cluster->mysql(u"mysql"_s, sql, &error, true);
    if (!error.isEmpty())
        throw std::runtime_error(error.toStdString());
    return rows;
}

void TestVitessFaults::purge()
{
    atMysqld(u"flush binary logs"_s);
    const QString newest = atMysqld(u"show binary logs"_s).trimmed().section(u'\n', -1).section(u'\t', 0, 0);
    atMysqld(u"purge binary logs to '%1'"_s.arg(newest));
}

void TestVitessFaults::write(std::uint64_t id)
{
    SqlSession session(*m_connection, "commerce");
    const Statement insert = Statement::write("insert into items (id, serial) values (" + std::to_string(id) + ", " +
                                              std::to_string(id) + ")");
    QVERIFY(QTest::qWaitFor([&] { return session.execute(insert).has_value(); }, kPatience));
}

QByteArray TestVitessFaults::verdictOn(Watch& watch, const binlogdata::VGtid& start, bool hasCopy)
{
    if (!QTest::qWaitFor([&] { return m_writer->isDone(); }, kPatience))
        return "the writer does not end: " + watch.tale();
    MarkFinder marks(*watch.capture());
    if (!QTest::qWaitFor([&] { return marks.isDone(); }, kPatience))
        return "the last rows do not come: " + watch.tale();
    watch.session().stop();
    const Verdict verdict =
        compare(m_log->since(start), watch.rows(), Source::VStream, hasCopy ? Copy::ChangesToo : Copy::None);
    m_total += verdict;
    const Ledger ledger = ledgerOf(*watch.capture());
    if (ledger.isComplete() && verdict.lost + verdict.doubled + verdict.strange + verdict.torn == 0)
        return {};
    // A copy that begins anew may leave rows that were deleted meanwhile: that is told as a gap, and not judged.
    if (hasCopy && verdict.lost == 0 && !ledger.isComplete()) {
        ++m_admitted;
        return {};
    }
    return QByteArray::fromStdString("ledger " + ledger.words() + ", " + std::to_string(verdict.lost) + " lost, " +
                                     std::to_string(verdict.doubled) + " doubled, " + std::to_string(verdict.strange) +
                                     " strange, " + std::to_string(verdict.torn) + " torn; " + verdict.words + "\n") +
           watch.tale();
}

void TestVitessFaults::vtgateIsKilled()
{
    m_writer->prepare(1, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    m_writer->start(300);
    QVERIFY2(watch.waitForRows(20), watch.tale());
    m_vtgate.kill();
    QVERIFY2(QTest::qWaitFor([&] { return watch.isBroken(); }, kPatience), watch.tale());
    m_vtgate.start();
    QCOMPARE(verdictOn(watch, start), QByteArray());
    QVERIFY(watch.session().reopenings() > 0);
    for (const Error& trouble : watch.troubles)
        QVERIFY2(trouble.kind == ErrorKind::Unavailable || trouble.kind == ErrorKind::NotReachable, watch.tale());
}

void TestVitessFaults::mysqldIsKilled()
{
    m_writer->prepare(2, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    m_writer->start(300);
    QVERIFY2(watch.waitForRows(20), watch.tale());
    m_mysqld.kill();
    QVERIFY2(QTest::qWaitFor([&] { return watch.isBroken(); }, kPatience), watch.tale());
    // Some tries later.
    QTest::qWait(3000);
    QVERIFY2(watch.session().isRunning(), watch.tale());
    m_mysqld.start();
    QCOMPARE(verdictOn(watch, start), QByteArray());
    for (const Error& trouble : watch.troubles)
        QVERIFY2(trouble.kind == ErrorKind::Unavailable, watch.tale());
}

void TestVitessFaults::processStandsStill_data()
{
    QTest::addColumn<bool>("isMysqld");
    QTest::newRow("vtgate") << false;
    QTest::newRow("mysqld") << true;
}

void TestVitessFaults::processStandsStill()
{
    QFETCH(bool, isMysqld);
    VitessProcess& process = isMysqld ? m_mysqld : m_vtgate;
    m_writer->prepare(10 + isMysqld, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    m_writer->start(300);
    QVERIFY2(watch.waitForRows(20), watch.tale());
    process.halt();
    QTest::qWait(numberOf("VTSCOPE_FAULT_LONG", 0) > 0 ? 60'000 : 8000);
    const bool isRunning = watch.session().isRunning();
    process.goOn();
    QVERIFY2(isRunning, watch.tale());
    QCOMPARE(verdictOn(watch, start), QByteArray());
}

void TestVitessFaults::primaryIsReadOnly()
{
    m_writer->prepare(3, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    atMysqld(u"set global super_read_only = 1"_s);
    const auto refused = SqlSession(*m_connection, "commerce").execute(Statement::write("delete from items"));
    m_writer->start(20);
    QTest::qWait(500);
    atMysqld(u"set global read_only = 0"_s);
    QVERIFY(!refused);
    QVERIFY2(refused.error().detail.find("read-only") != std::string::npos, refused.error().detail.c_str());
    QCOMPARE(verdictOn(watch, start), QByteArray());
    QVERIFY2(!watch.isBroken(), watch.tale());
}

void TestVitessFaults::dumpConnectionsAreKilled()
{
    m_writer->prepare(4, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    m_writer->start(300);
    int killed = 0;
    while (!m_writer->isDone()) {
        const QString ids =
            atMysqld(u"select id from information_schema.processlist where command like 'Binlog Dump%'"_s);
        for (const QString& id : ids.split(u'\n', Qt::SkipEmptyParts)) {
            QString gone; // it may have ended by itself
            m_cluster->mysql(u"mysql"_s, u"kill "_s + id, &gone, true);
            killed += gone.isEmpty();
        }
        QTest::qWait(100);
    }
    QVERIFY(killed > 0);
    QCOMPARE(verdictOn(watch, start), QByteArray());
}

void TestVitessFaults::tableIsAltered()
{
    m_writer->prepare(5, 20);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    m_writer->start(100);
    QString error;
    m_cluster->mysql(u"commerce"_s, u"alter table parts add column more varchar(20) default 'more'"_s, &error);
    QVERIFY2(error.isEmpty(), qPrintable(error));
    m_cluster->mysql(u"commerce"_s, u"alter table orders add index (serial)"_s, &error);
    QVERIFY2(error.isEmpty(), qPrintable(error));
    QCOMPARE(verdictOn(watch, start), QByteArray());
    QVERIFY2(!watch.isBroken(), watch.tale());
    // What was written last has the new column.
    const std::vector<Row> parts = watch.rows("parts");
    QVERIFY(parts.back().after.contains("more"));
}

void TestVitessFaults::tenThousandRowsAtOnce()
{
    constexpr int kRows = 10'000;
    m_writer->prepare(6, 0);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    std::string text = "insert into orders (id, serial, word) values (1, 1, 'one')";
    for (int id = 2; id <= kRows; ++id)
        text += ", (" + std::to_string(id) + ", 1, 'one')";
    SqlSession session(*m_connection, "commerce");
    for (const std::string& statement :
         {std::string("begin"), text, std::string("update orders set serial = 2"), std::string("commit")}) {
        const auto done = session.execute(Statement::write(statement));
        QVERIFY2(done, statement.substr(0, 40).c_str());
    }
    m_writer->start(0);
    QCOMPARE(verdictOn(watch, start), QByteArray());
    QCOMPARE(watch.rows("orders").size(), std::size_t{2 * kRows + Writer::kMarks});
}

// 200 MB while no event is taken, as in a window that hangs or a view that is paused: reading goes on.
void TestVitessFaults::muchWhileNobodyLooks()
{
    constexpr std::uint64_t kBytes = 200'000'000, kRows = 20, kBody = 1'000'000;
    m_writer->prepare(7, 0);
    const binlogdata::VGtid start = m_log->now();
    Watch watch(m_cluster->hostPort());
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    SqlSession session(*m_connection, "commerce");
    for (std::uint64_t i = 1; i <= kBytes / kBody; ++i) {
        const std::string id = std::to_string(i % kRows + 1), serial = std::to_string(i);
        if (i > kRows)
            QVERIFY(session.execute(Statement::write("delete from items where id = " + id)));
        QVERIFY(session.execute(Statement::write("insert into items (id, serial, body) values (" + id + ", " + serial +
                                                 ", '" + std::string(kBody, 'x') + "')")));
    }
    const std::uint64_t wanted = 2 * kBytes / kBody - kRows;
    QDeadlineTimer patience(kPatience);
    while (watch.capture()->changes() < wanted && !patience.hasExpired())
        QThread::msleep(20);
    QCOMPARE(watch.capture()->changes(), wanted);
    m_writer->start(0);
    QCOMPARE(verdictOn(watch, start), QByteArray());
    QVERIFY2(!watch.isBroken(), watch.tale());
}

void TestVitessFaults::oneShardFarBehind()
{
    m_writer->prepare(8, 20);
    const binlogdata::VGtid early = m_log->now();
    SqlSession session(*m_connection, "commerce");
    for (int i = 0; i < 500; ++i)
        QVERIFY(session.execute(Statement::write("update items set serial = " + std::to_string(i))));
    const binlogdata::VGtid late = m_log->now();
    binlogdata::VGtid mixed = late;
    for (auto& shard : *mixed.mutable_shard_gtids()) {
        for (const auto& one : early.shard_gtids()) {
            if (shard.shard() == "-80" && one.shard() == "-80")
                shard.set_gtid(one.gtid());
        }
    }
    Watch watch(m_cluster->hostPort());
    watch.session().start(requestFor(WatchRequest::Start::Position, mixed));
    m_writer->start(100);
    QCOMPARE(verdictOn(watch, mixed), QByteArray());
    QVERIFY2(!watch.isBroken(), watch.tale());
}

void TestVitessFaults::runs()
{
    const std::uint64_t first = numberOf("VTSCOPE_FAULT_SEED", 1);
    const std::uint64_t count = numberOf("VTSCOPE_FAULT_RUNS", 3);
    const Verdict before = std::exchange(m_total, {});
    std::array<std::uint64_t, Fault::kKinds> met{};
    std::uint64_t failed = 0, reopened = 0, repeated = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        constexpr std::array kStarts{WatchRequest::Start::Now, WatchRequest::Start::Position,
                                     WatchRequest::Start::Copy};
        const WatchRequest::Start how = kStarts[seed % kStarts.size()];
        m_writer->prepare(seed, how == WatchRequest::Start::Copy ? 300 : 20);
        const binlogdata::VGtid start = m_log->now();
        Relay relay(port());
        Watch watch(u"127.0.0.1:%1"_s.arg(relay.port()));
        watch.session().start(requestFor(how, start));
        QVERIFY2(watch.waitFor([&] {
            return how == WatchRequest::Start::Now ? watch.isOpenEverywhere()
                                                   : watch.session().state() == Session::State::Live;
        }),
                 watch.tale());
        m_writer->start(100);
        FaultPlan plan(seed);
        while (!m_writer->isDone()) {
            const FaultPlan::Strike strike = plan.next();
            QTest::qWait(static_cast<int>(strike.after.count()));
            relay.strike(strike.fault);
        }
        relay.heal();
        const QByteArray problem = verdictOn(watch, start, how == WatchRequest::Start::Copy);
        reopened += watch.session().reopenings();
        repeated += watch.session().repeated();
        for (std::size_t kind = 0; kind < Fault::kKinds; ++kind)
            met[kind] += relay.met()[kind];
        if (problem.isEmpty())
            continue;
        ++failed;
        qWarning("seed %llu: %s", static_cast<unsigned long long>(seed), problem.constData());
    }
    QByteArray figures = QByteArray::number(count) + " runs;";
    for (std::size_t kind = 0; kind < Fault::kKinds; ++kind)
        figures += ' ' + QByteArray(nameOf(static_cast<Fault::Kind>(kind))) + ' ' + QByteArray::number(met[kind]);
    qInfo("%s; reopened %llu, repeated %llu, compared %llu, copied %llu, lost %llu, doubled %llu; before them compared "
          "%llu, lost %llu, doubled %llu",
          figures.constData(), static_cast<unsigned long long>(reopened), static_cast<unsigned long long>(repeated),
          static_cast<unsigned long long>(m_total.compared), static_cast<unsigned long long>(m_total.copied),
          static_cast<unsigned long long>(m_total.lost), static_cast<unsigned long long>(m_total.doubled),
          static_cast<unsigned long long>(before.compared), static_cast<unsigned long long>(before.lost),
          static_cast<unsigned long long>(before.doubled));
    QCOMPARE(failed, std::uint64_t{0});
    QVERIFY2(m_admitted <= 1 + count / 4, QByteArray::number(qulonglong(m_admitted)));
}

void TestVitessFaults::historyIsPurged_data()
{
    QTest::addColumn<bool>("isStopped");
    QTest::newRow("while it was stopped") << true;
    QTest::newRow("while it was broken") << false;
}

void TestVitessFaults::historyIsPurged()
{
    QFETCH(bool, isStopped);
    m_writer->prepare(9, 0);
    Relay relay(port());
    Watch watch(u"127.0.0.1:%1"_s.arg(relay.port()));
    Session& session = watch.session();
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    for (std::uint64_t id = 1; id <= 4; ++id)
        write(id);
    QVERIFY2(watch.waitForRows(4), watch.tale());
    if (isStopped)
        session.stop();
    else
        relay.strike({Fault::Kind::Refuse, 0, std::chrono::hours(1)});
    for (std::uint64_t id = 11; id <= 14; ++id)
        write(id);
    purge();
    if (isStopped)
        session.continueFromHere();
    relay.heal();
    // Waited for much less long than the server's own silence takes.
    QVERIFY2(watch.waitForEnd(), watch.tale());
    QCOMPARE(session.error()->kind, ErrorKind::PositionPurged);
    QVERIFY2(session.error()->message.find("Start now") != std::string::npos &&
                 session.error()->message.find("copy the table again") != std::string::npos,
             session.error()->message.c_str());
    QCOMPARE(watch.rows().size(), std::size_t{4});
    // One of the choices: what is missing is then told.
    QVERIFY2(watch.open(requestFor(WatchRequest::Start::Now)), watch.tale());
    write(21);
    QVERIFY2(watch.waitForRows(5), watch.tale());
    QVERIFY(ledgerOf(*watch.capture()).gaps() > 0);
}

} // namespace vtscope::test

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    if (!vtscope::test::Cluster::isAvailable()) {
        std::fputs("tst_vitessfaults: VTSCOPE_VITESS must name a folder made by tests/vitess/vitess-bundle.sh\n",
                   stderr);
        return 2;
    }
    // What is written to the action log is not the user's.
    const QTemporaryDir state;
    qputenv("XDG_STATE_HOME", state.path().toLocal8Bit());
    // All runs are one function.
    qputenv("QTEST_FUNCTION_TIMEOUT", "7200000");
    vtscope::test::TestVitessFaults test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_vitessfaults.moc"
