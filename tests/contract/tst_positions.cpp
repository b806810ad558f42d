// Starting at a place in the log, and places that there are not: said at once, not after 90 s of silence.
#include <QThreadPool>
#include <QtTest>

#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

namespace {

std::string jsonOf(const std::map<std::string, std::string>& gtidByShard)
{
    std::string shards;
    for (const auto& [shard, gtid] : gtidByShard)
        shards += (shards.empty() ? "" : ",") + std::string("{\"keyspace\":\"commerce\",\"shard\":\"") + shard +
                  "\",\"gtid\":\"" + gtid + "\"}";
    return "{\"shardGtids\":[" + shards + "]}";
}

WatchRequest from(const std::string& position, std::vector<std::string> shards = {})
{
    WatchRequest request = server().watch({"items"});
    request.start = WatchRequest::Start::Position;
    request.position = position;
    request.shards = std::move(shards);
    return request;
}

void insertItems(int first, int last)
{
    for (int id = first; id <= last; ++id)
        server().sql("insert into items (id, qty) values (" + std::to_string(id) + ", 0)");
}

std::vector<std::string> idsOn(const std::string& shard, int first, int last)
{
    const QueryRows rows =
        server().sqlAt(targetOf("commerce", shard), {"select id from items where id >= " + std::to_string(first) +
                                                     " and id <= " + std::to_string(last) + " order by id"});
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < rows.rows.size(); ++i)
        ids.push_back(rows.text(i, "id"));
    return ids;
}

std::vector<std::string> idsOf(const std::vector<Row>& rows)
{
    std::vector<std::string> ids;
    for (const Row& row : rows)
        ids.push_back(row.image().at("id"));
    // The same position may be told more than once by Sync, and then a row too.
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

} // namespace

class PositionSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void gtidOfOneShard();
    void vgtidOfTwoShards();
    void positionOfAChangeIsAfterIt();
    void severalShardsNeedAVgtid();
    void malformed_data();
    void malformed();
    void foreignAndFuture_data();
    void foreignAndFuture();
    void purged();
    void nearATime();

private:
    std::map<std::string, std::string> m_now; // GTID by shard, from the stream itself
    void learnPositions();
};

void PositionSuite::init()
{
    server().sql("delete from items");
}

void PositionSuite::learnPositions()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
    insertItems(101, 110);
    QVERIFY2(watcher.waitForRows(10), watcher.story());
    // The newest of each shard.
    for (const Row& row : watcher.rows())
        m_now[row.shard] = row.position;
    QCOMPARE(m_now.size(), std::size_t{2});
}

void PositionSuite::gtidOfOneShard()
{
    learnPositions();
    insertItems(1, 10);
    const std::vector<std::string> wanted = idsOn("80-", 1, 10);
    QVERIFY(!wanted.empty());
    for (const bool hasFlavor : {true, false}) {
        const std::string gtid = m_now["80-"];
        Watcher watcher(server().connect());
        watcher.session().start(from(hasFlavor ? gtid : gtid.substr(gtid.find('/') + 1), {"80-"}));
        QVERIFY2(watcher.waitFor([&] { return idsOf(watcher.rows()).size() >= wanted.size(); }), watcher.story());
        QCOMPARE(idsOf(watcher.rows()), wanted);
    }
}

void PositionSuite::vgtidOfTwoShards()
{
    learnPositions();
    insertItems(1, 10);
    Watcher watcher(server().connect());
    watcher.session().start(from(jsonOf(m_now)));
    QVERIFY2(watcher.waitFor([&] { return replayed(watcher.rows()).size() >= 10; }), watcher.story());
    for (const char* shard : {"-80", "80-"}) {
        std::vector<Row> rows = watcher.rows();
        std::erase_if(rows, [&](const Row& row) { return row.shard != shard; });
        QCOMPARE(idsOf(rows), idsOn(shard, 1, 10));
    }
}

void PositionSuite::positionOfAChangeIsAfterIt()
{
    Watcher first(server().connect());
    WatchRequest request = server().watch({"items"});
    request.shards = {"-80"};
    QVERIFY2(first.open(request), first.story());
    insertItems(1, 12);
    const std::vector<std::string> all = idsOn("-80", 1, 12);
    QVERIFY2(first.waitForRows(all.size()), first.story());
    // From every change on: exactly those after it.
    const std::vector<Row> rows = first.rows();
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
        Watcher watcher(server().connect());
        watcher.session().start(from(rows[i].position, {"-80"}));
        const std::vector<std::string> rest(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end());
        QVERIFY2(watcher.waitFor([&] { return idsOf(watcher.rows()).size() >= rest.size(); }), watcher.story());
        QCOMPARE(idsOf(watcher.rows()), rest);
    }
}

// Of a saved connection it is known where its streams were.
void PositionSuite::nearATime()
{
    const auto saved = [] {
        ConnectionSettings settings = server().settings();
        settings.id = "near-a-time";
        auto connection = check(settings, Secret());
        return connection ? *connection : nullptr;
    };
    QVERIFY(saved());
    WatchRequest near = server().watch({"items"});
    near.start = WatchRequest::Start::Time;
    const auto startedAt = [&](std::chrono::system_clock::time_point time) {
        near.time = time;
        auto watcher = std::make_unique<Watcher>(saved());
        watcher->session().start(near);
        return watcher;
    };
    const auto before = std::chrono::system_clock::now();
    std::chrono::system_clock::time_point between;
    {
        Watcher watcher(saved());
        QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
        insertItems(1, 10);
        QVERIFY2(watcher.waitForRows(10), watcher.story());
        watcher.session().stop();
        QVERIFY(QThreadPool::globalInstance()->waitForDone(Watcher::kPatience));
        between = std::chrono::system_clock::now();
        insertItems(11, 20);
        QVERIFY2(watcher.reopen(), watcher.story());
        QVERIFY2(watcher.waitFor([&] { return replayed(watcher.rows()).size() >= 20; }), watcher.story());
        watcher.session().stop();
        QVERIFY(QThreadPool::globalInstance()->waitForDone(Watcher::kPatience));
    }
    const auto watcher = startedAt(between);
    QVERIFY2(watcher->waitFor([&] { return replayed(watcher->rows()).size() >= 10; }), watcher->story());
    const auto changes = replayed(watcher->rows());
    for (int id = 11; id <= 20; ++id)
        QVERIFY2(changes.contains(std::to_string(id)), watcher->story());
    if (!server().isSync())
        QCOMPARE(changes.size(), std::size_t{10});

    const auto tooEarly = startedAt(before);
    QVERIFY2(tooEarly->waitForEnd(), tooEarly->story());
    QCOMPARE(tooEarly->session().error()->kind, ErrorKind::PositionInvalid);
    QVERIFY2(tooEarly->session().error()->message.find("begins at") != std::string::npos, tooEarly->story());

    Watcher unsaved(server().connect());
    unsaved.session().start(near);
    QVERIFY2(unsaved.waitForEnd(), unsaved.story());
    QCOMPARE(unsaved.session().error()->kind, ErrorKind::PositionInvalid);
}

void PositionSuite::severalShardsNeedAVgtid()
{
    learnPositions();
    Watcher watcher(server().connect());
    watcher.session().start(from(m_now["-80"]));
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionInvalid);
    QVERIFY2(watcher.session().error()->message.find("VGTID") != std::string::npos, watcher.story());

    Watcher other(server().connect());
    other.session().start(from(jsonOf({{"-80", m_now["-80"]}})));
    QVERIFY2(other.waitForEnd(), other.story());
    QCOMPARE(other.session().error()->kind, ErrorKind::PositionInvalid);
    QVERIFY2(other.session().error()->message.find("80-") != std::string::npos, other.story());
}

void PositionSuite::malformed_data()
{
    QTest::addColumn<QString>("position");
    QTest::newRow("empty") << "";
    QTest::newRow("blank") << "  \n ";
    QTest::newRow("words") << "yesterday";
    QTest::newRow("no interval") << "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562";
    QTest::newRow("short uuid") << "MySQL56/3e11fa47-71ca-11e1-9e33:1-5";
    QTest::newRow("unknown flavor") << "Oracle/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
    QTest::newRow("cut json") << "{\"shardGtids\":[{\"keyspace\":\"commerce\"";
    QTest::newRow("json of something else") << "{\"a\":1}";
    QTest::newRow("json with a bad gtid")
        << "{\"shardGtids\":[{\"keyspace\":\"commerce\",\"shard\":\"-80\",\"gtid\":\"nonsense\"}]}";
    QTest::newRow("json without a shard") << "{\"shardGtids\":[{\"keyspace\":\"commerce\",\"gtid\":\"MySQL56/"
                                             "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5\"}]}";
}

void PositionSuite::malformed()
{
    QFETCH(QString, position);
    Watcher watcher(server().connect());
    watcher.session().start(from(position.toStdString()));
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionInvalid);
    QVERIFY(!watcher.session().error()->message.empty());
    QCOMPARE(watcher.capture()->readers().size(), std::size_t{0}); // nothing was opened
}

void PositionSuite::foreignAndFuture_data()
{
    QTest::addColumn<QString>("what");
    QTest::newRow("foreign server") << "foreign";
    QTest::newRow("future") << "future";
    QTest::newRow("one shard of two is foreign") << "half";
}

void PositionSuite::foreignAndFuture()
{
    QFETCH(QString, what);
    learnPositions();
    const std::string foreign = "MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
    const std::string future = m_now["-80"].substr(0, m_now["-80"].rfind(':')) + ":1-99999999";
    Watcher watcher(server().connect());
    watcher.session().start(what == u"half"     ? from(jsonOf({{"-80", m_now["-80"]}, {"80-", foreign}}))
                            : what == u"future" ? from(future, {"-80"})
                                                : from(foreign, {"-80"}));
    // Waited for much less long than the server's own silence takes.
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionInvalid);
    QVERIFY(!watcher.session().error()->detail.empty());
}

void PositionSuite::purged()
{
    learnPositions();
    const std::map<std::string, std::string> old = m_now;
    if (server().isVitess()) {
        insertItems(1, 4);
        QString error;
        server().cluster().mysql(QStringLiteral("mysql"), QStringLiteral("flush binary logs"), &error, true);
        const QString newest = server()
                                   .cluster()
                                   .mysql(QStringLiteral("mysql"), QStringLiteral("show binary logs"), &error, true)
                                   .trimmed()
                                   .section(u'\n', -1)
                                   .section(u'\t', 0, 0);
        server().cluster().mysql(QStringLiteral("mysql"), QStringLiteral("purge binary logs to '%1'").arg(newest),
                                 &error, true);
        QVERIFY2(error.isEmpty(), qPrintable(error));
        Watcher watcher(server().connect());
        watcher.session().start(from(old.at("80-"), {"80-"}));
        QVERIFY2(watcher.waitForEnd(), watcher.story());
        QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionPurged);
        return;
    }
    // A branch of its own with room for little history.
    LocalBranch small({QStringLiteral("--schema"), QStringLiteral(VTSCOPE_SOURCE_DIR "/tests/contract/schema"),
                       QStringLiteral("--shards"), QStringLiteral("commerce=2"), QStringLiteral("--rate"),
                       QStringLiteral("0"), QStringLiteral("--keep"), QStringLiteral("20000"),
                       QStringLiteral("--services"),
                       server().isSync() ? QStringLiteral("psdb,connect") : QStringLiteral("vtgate")});
    QVERIFY2(small.isReady(), qPrintable(small.why()));
    const auto connection = check(plaintextSettings(small.hostPort()), Secret());
    QVERIFY(connection);
    (*connection)->unlock(std::chrono::minutes(5));
    SqlSession sql(**connection, "commerce");
    Watcher watcher(*connection);
    QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
    const auto insert = [&](int id) {
        return sql
            .execute(Statement::write("insert into items (id, name) values (" + std::to_string(id) + ", '" +
                                      std::string(60, 'x') + "')"))
            .has_value();
    };
    for (int id = 1; id <= 4; ++id)
        QVERIFY(insert(id));
    QVERIFY2(watcher.waitForRows(4), watcher.story());
    const std::string early = watcher.rows()[0].position;
    const std::string shard = watcher.rows()[0].shard;
    watcher.session().stop();
    for (int id = 5; id <= 500; ++id)
        QVERIFY(insert(id));
    Watcher late(*connection);
    late.session().start(from(early, {shard}));
    QVERIFY2(late.waitForEnd(), late.story());
    QCOMPARE(late.session().error()->kind, ErrorKind::PositionPurged);
    // Going on from there says the same.
    watcher.session().continueFromHere();
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::PositionPurged);
}

std::unique_ptr<QObject> makePositionSuite()
{
    return std::make_unique<PositionSuite>();
}

} // namespace vtscope::test

#include "tst_positions.moc"
