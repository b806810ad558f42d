// What a branch says about itself, and what becomes of names that it does not have.
#include <QtTest>

#include "streamcore/branch/branch.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

namespace {

const std::vector<std::string> kShards{"-80", "80-"};

} // namespace

class DiscoverySuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fiveTicksAndFacts();
    void keyspacesAndShards();
    void tablesColumnsAndKeys();
    void queueSettingsAreDecoded();
    void brokenQueueSaysWhatIsMissing();
    void unknownNamesComeWithNearNames_data();
    void unknownNamesComeWithNearNames();
    void sourceThatIsNotThereIsRefused();
};

void DiscoverySuite::fiveTicksAndFacts()
{
    std::vector<Tick> ticks;
    const auto connection = check(server().settings(), Secret(), [&](const Tick& tick) {
        if (tick.state != Tick::State::Running)
            ticks.push_back(tick);
    });
    QVERIFY2(connection, connection ? "" : connection.error().error.message.c_str());
    QCOMPARE(ticks.size(), std::size_t{5});
    const Tick::Step steps[] = {Tick::Step::Name, Tick::Step::Connection, Tick::Step::Tls, Tick::Step::Login,
                                Tick::Step::Branch};
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        QCOMPARE(ticks[i].step, steps[i]);
        QVERIFY(!ticks[i].fact.empty());
        QVERIFY(ticks[i].state == Tick::State::Ok || ticks[i].state == Tick::State::NotNeeded);
    }
    QCOMPARE(ticks[2].state, Tick::State::NotNeeded);
    QCOMPARE(QString::fromStdString(ticks[3].fact), QStringLiteral("none asked"));

    const BranchFacts& facts = (*connection)->facts();
    QCOMPARE(facts.family, server().family());
    QCOMPARE(facts.vstream, server().isSync() ? Availability::No : Availability::Yes);
    QCOMPARE((*connection)->hasSync(), server().family() == Family::PlanetScale);
    QCOMPARE(defaultSource(**connection), server().source());
    if (facts.family == Family::PlanetScale) {
        QVERIFY(!facts.branch.empty());
        QCOMPARE(QString::fromStdString(facts.role), QStringLiteral("admin"));
        QCOMPARE(ticks[4].state, Tick::State::Ok);
    } else {
        QVERIFY2(facts.version.starts_with("Version: "), facts.version.c_str());
        QCOMPARE(QString::fromStdString(ticks[4].fact), QStringLiteral("not told by this server"));
    }
    QVERIFY(!(*connection)->isUnlocked());
    QVERIFY((*connection)->canWrite());
}

void DiscoverySuite::keyspacesAndShards()
{
    const auto branch = discover(*server().connect());
    QVERIFY2(branch, branch ? "" : branch.error().message.c_str());
    const Keyspace* commerce = branch->find("commerce");
    QVERIFY(commerce);
    QVERIFY(!commerce->problem);
    QCOMPARE(commerce->shards, kShards);
    QVERIFY(std::is_sorted(branch->keyspaces.begin(), branch->keyspaces.end(),
                           [](const Keyspace& a, const Keyspace& b) { return a.name < b.name; }));
    QVERIFY(!branch->find("mysql"));
    QVERIFY(branch->find("solo"));
    QCOMPARE(branch->find("solo")->shards, std::vector<std::string>{"0"});
    if (!server().isVitess())
        QCOMPARE(branch->keyspaces.size(), std::size_t{2});
}

void DiscoverySuite::tablesColumnsAndKeys()
{
    const Keyspace commerce = discoverKeyspace(*server().connect(), "commerce");
    std::vector<std::string> names;
    for (const Table& table : commerce.tables) {
        if (!table.isInternal)
            names.push_back(table.name);
    }
    const std::vector<std::string> wanted{"ckey",   "emptyt", "items", "mail", "mailcols",
                                          "orders", "parts",  "plain", "uniqk"};
    QCOMPARE(names, wanted);

    const auto describe = [](const TableColumn& column) {
        return column.name + " " + column.type + (column.isNullable ? "" : " not null");
    };
    const auto columnsOf = [&](const char* table) {
        std::vector<std::string> columns;
        for (const TableColumn& column : commerce.find(table)->columns)
            columns.push_back(describe(column));
        return columns;
    };
    const std::vector<std::string> orders{"id bigint unsigned not null",
                                          "customer varchar(64) not null",
                                          "status enum('new','paid','shipped') not null",
                                          "total decimal(12,2)",
                                          "doc json",
                                          "created datetime(6)"};
    QCOMPARE(columnsOf("orders"), orders);
    const std::vector<std::string> plain{"id bigint unsigned not null",
                                         "tiny tinyint",
                                         "small smallint unsigned",
                                         "medium mediumint",
                                         "big bigint unsigned",
                                         "price decimal(20,6)",
                                         "day date",
                                         "moment datetime",
                                         "clock time",
                                         "year_ year",
                                         "code char(6)",
                                         "word varchar(40)",
                                         "long_text mediumtext",
                                         "bytes varbinary(20)",
                                         "flags set('a','b','c')"};
    QCOMPARE(columnsOf("plain"), plain);
    QCOMPARE(commerce.find("orders")->key, std::vector<std::string>{"id"});
    QCOMPARE(commerce.find("ckey")->key, (std::vector<std::string>{"a", "b"}));
    QVERIFY(commerce.find("uniqk")->key.empty());
    QVERIFY(!commerce.find("orders")->queue);
    QVERIFY(!commerce.find("orders")->isView);
}

void DiscoverySuite::queueSettingsAreDecoded()
{
    const Keyspace commerce = discoverKeyspace(*server().connect(), "commerce");
    const auto& mail = commerce.find("mail")->queue;
    QVERIFY(mail);
    QCOMPARE(mail->problem, std::string());
    QCOMPARE(mail->ackWait, 2.0);
    QCOMPARE(mail->purgeAfter, 20.0);
    QCOMPARE(mail->batchSize, 3);
    QCOMPARE(mail->cacheSize, 1000);
    QCOMPARE(mail->pollerInterval, 1.0);
    QCOMPARE(mail->minBackoff, 1.0);
    QCOMPARE(mail->maxBackoff, 10.0);
    QVERIFY(mail->columns.empty());
    const auto& other = commerce.find("mailcols")->queue;
    QVERIFY(other);
    QCOMPARE(other->minBackoff, other->ackWait); // not written in the comment
    QCOMPARE(other->maxBackoff, 0.0);
    QCOMPARE(other->columns, (std::vector<std::string>{"id", "kind", "payload"}));
}

void DiscoverySuite::brokenQueueSaysWhatIsMissing()
{
    const std::string good =
        "vitess_message,vt_ack_wait=2,vt_purge_after=20,vt_batch_size=3,vt_cache_size=10,vt_poller_interval=1";
    QVERIFY(queueSettingsOf(good)->problem.empty());
    for (const char* name : {"vt_ack_wait", "vt_purge_after", "vt_batch_size", "vt_cache_size", "vt_poller_interval"}) {
        QString without = QString::fromStdString(good);
        without.replace(QLatin1String(name), QLatin1String("vt_other"));
        const auto settings = queueSettingsOf(without.toStdString());
        QVERIFY(settings);
        QVERIFY2(settings->problem.find(name) != std::string::npos, settings->problem.c_str());
    }
    QVERIFY(queueSettingsOf("vitess_message,vt_ack_wait=soon")->problem.find("soon") != std::string::npos);
    QVERIFY(!queueSettingsOf("an ordinary table"));
}

void DiscoverySuite::unknownNamesComeWithNearNames_data()
{
    QTest::addColumn<QString>("keyspace");
    QTest::addColumn<QString>("shard");
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("near");
    QTest::newRow("keyspace") << "comerce"
                              << ""
                              << "orders"
                              << "commerce";
    QTest::newRow("shard") << "commerce"
                           << "80"
                           << "orders"
                           << "80-";
    QTest::newRow("table") << "commerce"
                           << ""
                           << "ordrs"
                           << "orders";
    QTest::newRow("case") << "commerce"
                          << ""
                          << "ORDERS"
                          << "orders";
}

void DiscoverySuite::unknownNamesComeWithNearNames()
{
    QFETCH(QString, keyspace);
    QFETCH(QString, shard);
    QFETCH(QString, table);
    QFETCH(QString, near);
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({table.toStdString()});
    request.keyspace = keyspace.toStdString();
    if (!shard.isEmpty())
        request.shards = {shard.toStdString()};
    watcher.session().start(request);
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::UnknownName);
    const QString guesses =
        QString::fromStdString(watcher.session().error()->message).section(QStringLiteral("Did you mean "), 1);
    QVERIFY2(guesses.contains(near), watcher.story());
    QCOMPARE(watcher.capture()->count(), std::uint64_t{0});
}

void DiscoverySuite::sourceThatIsNotThereIsRefused()
{
    if (server().family() == Family::PlanetScale && !server().isSync())
        return; // it has both
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"orders"});
    request.source = server().isSync() ? Source::VStream : Source::Sync;
    watcher.session().start(request);
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::NoService);
}

std::unique_ptr<QObject> makeDiscoverySuite()
{
    return std::make_unique<DiscoverySuite>();
}

} // namespace vtscope::test

#include "tst_discovery.moc"
