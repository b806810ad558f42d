// Sessions on a bad network. Each run has a seed, from which all its chances come: what is written, what is watched and
// how, and the faults that strike. In the end the changes that were seen are those of the database's own log.
//
// VTSCOPE_FAULT_RUNS is the number of runs, VTSCOPE_FAULT_SEED the seed of the first; one run alone is
//     VTSCOPE_FAULT_RUNS=1 VTSCOPE_FAULT_SEED=17 tst_faults runs
#include <QTemporaryDir>
#include <QtTest>

#include <google/protobuf/util/json_util.h>

#include <csignal>
#include <set>

#include "tests/contract/branchserver.h"
#include "tests/contract/watcher.h"
#include "tests/faults/branchlog.h"
#include "tests/faults/writer.h"
#include "tests/support/faultplan.h"

using namespace Qt::StringLiterals;

namespace vtscope::test {
namespace {

constexpr std::uint64_t kTransactions = 60;
constexpr int kPatience = 30'000;

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

// What one run does, by its seed.
struct Shape
{
    explicit Shape(std::uint64_t seed) : chance(seed)
    {
        source = chance.oneIn(3) ? Source::Sync : Source::VStream;
        start = std::array{WatchRequest::Start::Now, WatchRequest::Start::Position,
                           WatchRequest::Start::Copy}[chance.below(source == Source::Sync ? 2 : 3)];
        if (source == Source::Sync && start == WatchRequest::Start::Position)
            start = WatchRequest::Start::Copy;
        // So many that a copy takes several messages, and can break between them.
        rows = start == WatchRequest::Start::Copy ? chance.within(0, 700) : chance.below(30);
        isDrained = chance.oneIn(6);
        isStopped = chance.oneIn(6);
    }

    Chance chance;
    Source source;
    WatchRequest::Start start;
    std::uint64_t rows;
    bool isDrained, isStopped;
};

// Has a watcher seen the last rows that were written?
class MarkFinder
{
public:
    explicit MarkFinder(const Capture& capture) : m_capture(capture) {}

    bool isDone()
    {
        const Snapshot snapshot = m_capture.snapshot();
        for (; m_next < snapshot.count(); ++m_next) {
            if (!isChange(snapshot.entry(m_next).op()))
                continue;
            m_change.read(snapshot, m_next);
            if (!m_change.hasAfter())
                continue;
            const std::string id = imageOf(m_change, false).at("id");
            if (isMark(id))
                m_seen.insert(m_change.layout().table + id);
        }
        return m_seen.size() == Writer::kMarks * faultTables().size();
    }

private:
    const Capture& m_capture;
    ChangeView m_change;
    std::uint64_t m_next = 0;
    std::set<std::string> m_seen;
};

} // namespace

class TestFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void runs();

private:
    QByteArray run(std::uint64_t seed);
    WatchRequest requestFor(const Shape& shape, const binlogdata::VGtid& now) const;

    std::unique_ptr<LocalBranch> m_branch;
    std::unique_ptr<Writer> m_writer;
    std::array<std::uint64_t, Fault::kKinds> m_met{};
    std::uint64_t m_drains = 0, m_stops = 0, m_reconnects = 0, m_refused = 0;
    Verdict m_vstream, m_sync;
};

void TestFaults::initTestCase()
{
    m_branch = std::make_unique<LocalBranch>(QStringList{u"--schema"_s,
                                                         QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/faults/schema"),
                                                         u"--shards"_s, u"commerce=2"_s, u"--rate"_s, u"0"_s});
    QVERIFY2(m_branch->isReady(), qPrintable(m_branch->why()));
    const auto connection = connectTo(m_branch->hostPort());
    connection->unlock(std::chrono::hours(10));
    m_writer = std::make_unique<Writer>(connection);
}

WatchRequest TestFaults::requestFor(const Shape& shape, const binlogdata::VGtid& now) const
{
    WatchRequest request;
    request.keyspace = "commerce";
    request.tables = faultTables();
    request.source = shape.source;
    request.start = shape.start;
    if (shape.start == WatchRequest::Start::Position)
        (void)google::protobuf::util::MessageToJsonString(now, &request.position);
    return request;
}

// What is wrong; empty when all is well.
QByteArray TestFaults::run(std::uint64_t seed)
{
    Shape shape(seed);
    FaultPlan plan(seed);
    m_writer->prepare(seed, shape.rows);
    const BranchLog log(m_branch->hostPort().toStdString());
    const binlogdata::VGtid start = log.now();

    Relay relay(m_branch->hostPort().section(u':', -1).toInt());
    Watcher watcher(connectTo(u"127.0.0.1:%1"_s.arg(relay.port())));
    Session& session = watcher.session();
    connect(&session, &Session::stateChanged, &session, [&] {
        if (session.state() != Session::State::Ended || !session.canContinue())
            return;
        ++m_reconnects;
        QTimer::singleShot(5, &session, [&session] { session.continueFromHere(); });
    });
    session.start(requestFor(shape, start));
    const auto isOpen = [&] {
        return shape.start == WatchRequest::Start::Now ? watcher.isOpenEverywhere()
                                                       : session.state() == Session::State::Live;
    };
    if (!QTest::qWaitFor(isOpen, kPatience))
        return "does not open: " + watcher.story();

    m_writer->start(kTransactions);
    while (!m_writer->isDone()) {
        const FaultPlan::Strike strike = plan.next();
        QTest::qWait(static_cast<int>(strike.after.count()));
        relay.strike(strike.fault);
        if (std::exchange(shape.isDrained, false)) {
            m_branch->send(SIGUSR1);
            ++m_drains;
        }
        if (std::exchange(shape.isStopped, false)) {
            m_branch->send(SIGSTOP);
            QTest::qWait(static_cast<int>(shape.chance.below(50)));
            m_branch->send(SIGCONT);
            ++m_stops;
        }
    }
    relay.heal();
    m_refused += m_writer->refused();
    MarkFinder marks(*watcher.capture());
    const bool hasMarks = QTest::qWaitFor([&] { return marks.isDone(); }, kPatience);
    session.stop();
    for (std::size_t kind = 0; kind < Fault::kKinds; ++kind)
        m_met[kind] += relay.met()[kind];
    if (!hasMarks)
        return "the last rows do not come: " + watcher.story().right(2000);

    const Verdict verdict =
        compare(log.since(start), watcher.rows(), shape.source, shape.start == WatchRequest::Start::Copy);
    const bool isSync = shape.source == Source::Sync;
    (isSync ? m_sync : m_vstream) += verdict;
    if (verdict.lost == 0 && verdict.strange == 0 && verdict.torn == 0 && (isSync || verdict.doubled == 0))
        return {};
    return QByteArray::fromStdString(std::to_string(verdict.lost) + " lost, " + std::to_string(verdict.doubled) +
                                     " doubled, " + std::to_string(verdict.strange) + " strange, " +
                                     std::to_string(verdict.torn) + " torn; " + verdict.words);
}

void TestFaults::runs()
{
    const std::uint64_t first = numberOf("VTSCOPE_FAULT_SEED", 1);
    const std::uint64_t count = numberOf("VTSCOPE_FAULT_RUNS", 20);
    std::uint64_t failed = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const QByteArray problem = run(seed);
        if (problem.isEmpty())
            continue;
        ++failed;
        qWarning("seed %llu: %s", static_cast<unsigned long long>(seed), problem.constData());
    }
    QByteArray figures = QByteArray::number(count) + " runs;";
    for (std::size_t kind = 0; kind < Fault::kKinds; ++kind)
        figures += ' ' + QByteArray(nameOf(static_cast<Fault::Kind>(kind))) + ' ' + QByteArray::number(m_met[kind]);
    figures += " drained " + QByteArray::number(m_drains) + " stopped " + QByteArray::number(m_stops) +
               "; reconnects " + QByteArray::number(m_reconnects) + ", refused writes " + QByteArray::number(m_refused);
    for (const auto& [name, verdict] : {std::pair("VStream", m_vstream), std::pair("Sync", m_sync)})
        figures += "; " + QByteArray(name) + ": compared " + QByteArray::number(verdict.compared) + ", copied " +
                   QByteArray::number(verdict.copied) + ", lost " + QByteArray::number(verdict.lost) + ", doubled " +
                   QByteArray::number(verdict.doubled);
    qInfo("%s", figures.constData());
    QCOMPARE(failed, std::uint64_t{0});
}

} // namespace vtscope::test

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    // What is written to the action log is not the user's.
    const QTemporaryDir state;
    qputenv("XDG_STATE_HOME", state.path().toLocal8Bit());
    vtscope::test::TestFaults test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_faults.moc"
