// Message tables: looked at without taking, acknowledged by a plan with a truth per message, and received as a
// consumer.
#include <QtTest>

#include <set>

#include "streamcore/queue/actionlog.h"
#include "streamcore/queue/queue.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

namespace {

// Purged after a day only, so that what was acknowledged stays to be looked at.
const QueueTable kQueue{"commerce", "mailcols", {"-80", "80-"}};
// Numbers that no double holds, on both shards.
const std::vector<std::string> kIds{
    "9007199254740993", "9007199254740994", "9007199254740995", "9007199254740996", "9223372036854775807", "1", "4"};

struct Listed
{
    QueueSnapshot snapshot;
    std::map<std::string, Message> byId; // cells of it are not looked at
    std::map<std::string, MessageKey> keys;
};

Listed listed(const Connection& connection, const QueueTable& table = kQueue)
{
    Listed list;
    list.snapshot = readQueue(connection, table, Capture::createUnnamed(0).value()).value();
    const Snapshot rows = list.snapshot.capture->snapshot();
    ChangeView row;
    for (std::uint64_t i = 0; i < rows.count(); ++i) {
        if (rows.entry(i).op() != Op::Row)
            continue;
        row.read(rows, i);
        const Message message = messageOf(row, list.snapshot.serverNow).value();
        const std::string id(message.id.bytes);
        list.keys[id] = {message.shard, message.id.column->type, id};
        list.byId[id] = message;
    }
    return list;
}

void send(const std::vector<std::string>& ids, const std::string& table = "mailcols")
{
    std::string values;
    for (const std::string& id : ids)
        values += (values.empty() ? "(" : ",(") + id + ", 'message " + id + "')";
    server().sql("insert into " + table + " (id, payload) values " + values);
}

// A time_acked that somebody else wrote a minute ago; a much older one would be purged at once.
const std::string kTheirAck = std::to_string((QDateTime::currentMSecsSinceEpoch() - 60'000) * 1'000'000 + 1);

std::string ackedAt(const std::string& id)
{
    const QueryRows rows = server().sql("select time_acked from mailcols where id = " + id);
    return rows.rows.empty() ? "gone" : rows.rows[0][0].value_or("<null>");
}

} // namespace

class QueueSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void readsAllShardsWithoutTaking();
    void tellsTheStateOfEachMessage();
    void moreThanTenThousandMessages();
    void planSaysWhatWillBeDone();
    void idsAbove2To53AreAckedExactly();
    void everyMessageGetsItsTruth();
    void lockedConnectionSendsNothing();
    void sameIdOnTwoShards();
    void ackIsSeenByTheChangeStream();
    void subscribingNeedsTheLockOpen();
    void subscriberOfOneShard(); // first: nobody else takes messages then
    void subscriberReceivesAllShards();
    void subscriptionShowsOnlyItsColumns();
    void subscribingToAnOrdinaryTableIsAnError();
};

void QueueSuite::init()
{
    server().sql("delete from mailcols");
    server().sql("delete from mail");
}

void QueueSuite::readsAllShardsWithoutTaking()
{
    send(kIds);
    const auto connection = server().connect();
    const Listed list = listed(*connection);
    QCOMPARE(list.keys.size(), kIds.size());
    std::set<std::string> shards;
    for (const auto& [id, key] : list.keys)
        shards.insert(key.shard);
    QCOMPARE(shards, (std::set<std::string>{"-80", "80-"}));
    QVERIFY(!list.snapshot.timeZone.empty());
    const std::int64_t now = QDateTime::currentMSecsSinceEpoch() * 1'000'000;
    QVERIFY(std::abs(list.snapshot.serverNow - now) < 60'000'000'000);
    for (const std::string& id : kIds)
        QCOMPARE(list.byId.at(id).tries, 0);
}

void QueueSuite::tellsTheStateOfEachMessage()
{
    send({"1", "2", "3", "4", "5"});
    const std::int64_t later = (QDateTime::currentMSecsSinceEpoch() + 3'600'000) * 1'000'000;
    server().sql("update mailcols set time_next = " + std::to_string(later) + " where id = 2");
    server().sql("update mailcols set time_next = " + std::to_string(later) + ", epoch = 3, priority = 7 where id = 3");
    server().sql("update mailcols set time_next = null, time_acked = " + kTheirAck + " where id = 4");
    server().sql("update mailcols set time_next = null where id = 5");
    const Listed list = listed(*server().connect());
    QCOMPARE(list.byId.at("1").state, MessageState::Due);
    QCOMPARE(list.byId.at("2").state, MessageState::Scheduled);
    QCOMPARE(list.byId.at("3").state, MessageState::Sent);
    QCOMPARE(list.byId.at("3").tries, 3);
    QCOMPARE(list.byId.at("3").priority, 7);
    QCOMPARE(list.byId.at("3").timeNext.value(), later);
    QCOMPARE(list.byId.at("4").state, MessageState::Acked);
    QCOMPARE(std::to_string(list.byId.at("4").timeAcked.value()), kTheirAck);
    QCOMPARE(list.byId.at("5").state, MessageState::Broken);
}

void QueueSuite::moreThanTenThousandMessages()
{
    // vtgate ends an Execute at 10,000 rows.
    constexpr int kMessages = 24'000;
    constexpr int kAtOnce = 4'000;
    for (int first = 1; first <= kMessages; first += kAtOnce) {
        std::vector<std::string> ids;
        for (int id = first; id < first + kAtOnce; ++id)
            ids.push_back(std::to_string(id));
        send(ids);
    }
    const Listed list = listed(*server().connect());
    QCOMPARE(list.keys.size(), std::size_t{kMessages});
    for (int first = 1; first <= kMessages; first += kAtOnce)
        server().sql("delete from mailcols where id >= " + std::to_string(first) + " and id < " +
                     std::to_string(first + kAtOnce));
}

void QueueSuite::planSaysWhatWillBeDone()
{
    send({"1", "2", "4", "6"});
    const auto connection = server().connect();
    const Listed list = listed(*connection);
    server().sql("update mailcols set time_acked = " + kTheirAck + ", time_next = null where id = 2");
    server().sql("delete from mailcols where id = 6");
    const auto plan =
        planAck(*connection, kQueue, {list.keys.at("4"), list.keys.at("2"), list.keys.at("6"), list.keys.at("1")});
    QVERIFY2(plan, plan ? "" : plan.error().message.c_str());
    QCOMPARE(plan->items.size(), std::size_t{4});
    QCOMPARE(plan->items[0].key.id, std::string("4")); // in the order asked for
    QCOMPARE(plan->items[0].state, std::string("due"));
    QVERIFY(plan->items[0].isOpen);
    QVERIFY2(plan->items[1].state.starts_with("acknowledged at "), plan->items[1].state.c_str());
    QVERIFY(!plan->items[1].isOpen);
    QCOMPARE(plan->items[2].state, std::string("gone"));
    QVERIFY(!plan->items[2].isOpen);
    QCOMPARE(plan->openCount(), std::size_t{2});
    QVERIFY(!plan->isStale());
    // One statement a shard, with the ids and the value written out.
    QCOMPARE(plan->steps.size(), std::size_t{2});
    for (const AckPlan::Step& step : plan->steps) {
        QCOMPARE(step.keys.size(), std::size_t{1});
        QCOMPARE(step.sql, "update `mailcols` set time_acked = " + plan->timeAcked +
                               ", time_next = null where id in (" + step.keys[0].id + ") and time_acked is null");
        QCOMPARE(step.shard, step.keys[0].shard);
    }
    // Nothing has happened.
    QCOMPARE(ackedAt("1"), std::string("<null>"));
    QCOMPARE(ackedAt("4"), std::string("<null>"));
}

void QueueSuite::idsAbove2To53AreAckedExactly()
{
    send(kIds);
    const auto connection = server().connect();
    const Listed list = listed(*connection);
    // Neighbours that one double stands for: only every second is acknowledged.
    const std::vector<std::string> chosen{"9007199254740993", "9007199254740995", "9223372036854775807"};
    std::vector<MessageKey> keys;
    for (const std::string& id : chosen)
        keys.push_back(list.keys.at(id));
    const auto plan = planAck(*connection, kQueue, keys);
    QVERIFY(plan);
    connection->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(*connection, *plan);
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    QVERIFY(!result->problem);
    QCOMPARE(result->ackedCount(), chosen.size());
    QCOMPARE(result->changed, std::uint64_t{3});
    for (const std::string& id : kIds) {
        const bool isChosen = std::find(chosen.begin(), chosen.end(), id) != chosen.end();
        QCOMPARE(ackedAt(id), isChosen ? plan->timeAcked : std::string("<null>"));
    }
    const QueryRows next = server().sql("select time_next from mailcols where id = 9007199254740993");
    QVERIFY(!next.rows[0][0]);
}

void QueueSuite::everyMessageGetsItsTruth()
{
    send({"1", "2", "3", "4", "5", "6"});
    const auto connection = server().connect();
    const Listed list = listed(*connection);
    std::vector<MessageKey> keys;
    for (const char* id : {"1", "2", "3", "4", "5", "6"})
        keys.push_back(list.keys.at(id));
    const auto plan = planAck(*connection, kQueue, keys);
    QVERIFY(plan);
    QCOMPARE(plan->openCount(), std::size_t{6});
    // Somebody is faster with two, on both shards, and not so long ago that they are purged already; one is deleted.
    const std::string other = std::to_string(std::stoll(plan->timeAcked) + 1);
    server().sql("update mailcols set time_acked = " + other + ", time_next = null where id in (2, 4)");
    server().sql("delete from mailcols where id = 5");
    connection->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(*connection, *plan);
    QVERIFY(result);
    std::map<std::string, AckOutcome> outcomes;
    for (const AckResult::Item& item : result->items)
        outcomes[item.key.id] = item.outcome;
    const std::map<std::string, AckOutcome> wanted{{"1", AckOutcome::Acked}, {"2", AckOutcome::AckedByOther},
                                                   {"3", AckOutcome::Acked}, {"4", AckOutcome::AckedByOther},
                                                   {"5", AckOutcome::Gone},  {"6", AckOutcome::Acked}};
    QCOMPARE(outcomes, wanted);
    QCOMPARE(result->ackedCount(), std::size_t{3});
    QCOMPARE(result->changed, std::uint64_t{3});
    QCOMPARE(ackedAt("2"), other); // theirs stands
    // The write stands in the log.
    const std::vector<Action> actions = readActions(1);
    QCOMPARE(actions.size(), std::size_t{1});
    QCOMPARE(actions[0].verb, std::string("ack"));
    QCOMPARE(actions[0].object, std::string("commerce.mailcols"));
    QCOMPARE(actions[0].result, std::string("3 of 6"));
    QVERIFY(!actions[0].isOk);
    QCOMPARE(actions[0].keys.size(), std::size_t{6});
}

void QueueSuite::lockedConnectionSendsNothing()
{
    send({"1", "4"});
    const auto connection = server().connect();
    const Listed list = listed(*connection);
    const auto plan = planAck(*connection, kQueue, {list.keys.at("1"), list.keys.at("4")});
    QVERIFY(plan);
    const auto refused = acknowledge(*connection, *plan);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, ErrorKind::ReadOnly);
    // Below every plan the statement itself does not pass.
    SqlSession session(*connection, "commerce");
    const auto statement = session.execute(Statement::write("update mailcols set priority = 1 where id = 1"));
    QVERIFY(!statement);
    QCOMPARE(statement.error().kind, ErrorKind::ReadOnly);
    connection->unlock(std::chrono::seconds(60));
    connection->lock();
    QVERIFY(!acknowledge(*connection, *plan));
    QCOMPARE(ackedAt("1"), std::string("<null>"));
    QCOMPARE(ackedAt("4"), std::string("<null>"));
}

void QueueSuite::sameIdOnTwoShards()
{
    // Written past the vindex, as a faulty application does.
    for (const char* shard : {"-80", "80-"})
        server().sqlAt(targetOf("commerce", shard), {"insert into mailcols (id, payload) values (77, 'twin')"});
    const auto connection = server().connect();
    const auto snapshot = readQueue(*connection, kQueue, Capture::createUnnamed(0).value());
    QVERIFY(snapshot);
    QCOMPARE(snapshot->capture->changes(), std::uint64_t{2});
    const MessageKey left{"-80", listed(*connection).keys.at("77").type, "77"};
    const auto plan = planAck(*connection, kQueue, {left});
    QVERIFY(plan);
    connection->unlock(std::chrono::seconds(60));
    const auto result = acknowledge(*connection, *plan);
    QVERIFY(result);
    QCOMPARE(result->ackedCount(), std::size_t{1});
    const auto at = [](const char* shard) {
        return server()
            .sqlAt(targetOf("commerce", shard), {"select time_acked from mailcols where id = 77"})
            .rows[0][0];
    };
    QCOMPARE(at("-80").value_or(""), plan->timeAcked);
    QVERIFY(!at("80-"));
    for (const char* shard : {"-80", "80-"})
        server().sqlAt(targetOf("commerce", shard), {"delete from mailcols where id = 77"});
}

void QueueSuite::ackIsSeenByTheChangeStream()
{
    send({"1", "4"});
    const auto connection = server().connect();
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"mailcols"})), watcher.story());
    const Listed list = listed(*connection);
    const auto plan = planAck(*connection, kQueue, {list.keys.at("1"), list.keys.at("4")});
    connection->unlock(std::chrono::seconds(60));
    QVERIFY(acknowledge(*connection, *plan));
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QCOMPARE(watcher.rows().size(), std::size_t{2}); // reading and planning changed nothing
    for (const Row& row : watcher.rows()) {
        QCOMPARE(row.op, Op::Update);
        QCOMPARE(row.before.at("time_acked"), std::string("<null>"));
        QCOMPARE(row.after.at("time_acked"), plan->timeAcked);
        QCOMPARE(row.after.at("time_next"), std::string("<null>"));
    }
}

void QueueSuite::subscribingNeedsTheLockOpen()
{
    send({"1"}, "mail");
    Watcher watcher(server().connect());
    watcher.session().start(SubscribeRequest{"commerce", {}, "mail"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::ReadOnly);
    QCOMPARE(watcher.capture()->readers().size(), std::size_t{0});
    const QueryRows row = server().sql("select epoch from mail where id = 1");
    QCOMPARE(row.text(0, "epoch"), std::string("0"));
}

void QueueSuite::subscriberOfOneShard()
{
    send({"1", "2", "3", "4", "5", "6"}, "mail");
    std::set<std::string> wanted;
    const QueryRows there = server().sqlAt("commerce:80-", {"select id from mail"});
    for (std::size_t i = 0; i < there.rows.size(); ++i)
        wanted.insert(there.text(i, "id"));
    QVERIFY(!wanted.empty() && wanted.size() < 6);
    const auto connection = server().connect();
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"commerce", "80-", "mail"});
    std::set<std::string> received;
    QVERIFY2(watcher.waitFor([&] {
        for (const Row& row : watcher.rows())
            received.insert(row.after.at("id"));
        return received.size() >= wanted.size();
    }),
             watcher.story());
    QCOMPARE(received, wanted);
    QCOMPARE(watcher.rows()[0].shard, std::string("80-"));
    watcher.session().stop();
    for (const auto& row : server().sqlAt("commerce:-80", {"select epoch from mail"}).rows)
        QCOMPARE(row[0].value(), std::string("0"));
}

void QueueSuite::subscriberReceivesAllShards()
{
    send({"1", "2", "4"}, "mail");
    const auto connection = server().connect();
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"commerce", {}, "mail"});
    send({"9007199254740993", "6"}, "mail");
    std::set<std::string> received;
    QVERIFY2(watcher.waitFor([&] {
        for (const Row& row : watcher.rows())
            received.insert(row.after.at("id"));
        return received.size() >= 5;
    }),
             watcher.story());
    QCOMPARE(received, (std::set<std::string>{"1", "2", "4", "6", "9007199254740993"}));
    for (const Row& row : watcher.rows()) {
        QCOMPARE(row.op, Op::Row);
        QCOMPARE(row.after.at("payload"), "message " + row.after.at("id"));
        QVERIFY(!row.after.contains("time_acked")); // a stream hides the queue's own columns
    }
    watcher.session().stop();
    QVERIFY(!watcher.session().canContinue());
    // Being received counts as a try.
    const Listed list = listed(*connection, {"commerce", "mail", {"-80", "80-"}});
    for (const auto& [id, message] : list.byId)
        QVERIFY(message.tries >= 1);
}

void QueueSuite::subscriptionShowsOnlyItsColumns()
{
    server().sql("insert into mailcols (id, payload, secret, kind) values (1, 'hello', 'hidden', 'b')");
    const auto connection = server().connect();
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"commerce", {}, "mailcols"});
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QCOMPARE(watcher.rows()[0].after, (Image{{"id", "1"}, {"kind", "b"}, {"payload", "hello"}}));
}

void QueueSuite::subscribingToAnOrdinaryTableIsAnError()
{
    const auto connection = server().connect();
    connection->unlock(std::chrono::seconds(60));
    Watcher watcher(connection);
    watcher.session().start(SubscribeRequest{"commerce", {}, "orders"});
    QVERIFY2(watcher.waitForEnd(), watcher.story());
    QCOMPARE(watcher.session().error()->kind, ErrorKind::Server);
    QVERIFY2(watcher.session().error()->detail.find("not a message table") != std::string::npos, watcher.story());
}

std::unique_ptr<QObject> makeQueueSuite()
{
    return std::make_unique<QueueSuite>();
}

} // namespace vtscope::test

#include "tst_queue.moc"
