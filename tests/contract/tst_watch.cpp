// Changes as they happen: all of them, exactly as they were written, from the shard they were written to.
#include <QtTest>

#include <set>

#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

class WatchSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void insertUpdateDelete();
    void everyPlainType();
    void keysOfSeveralColumnsAndNone();
    void namesTheShardOfEachRow();
    void oneShardAlone();
    void severalTables();
    void severalKeyspaces();
    void largeTransactionInParts();
    void addedColumnKeepsOldRows();
    void stopIsQuickAndFinal();
    void endsWhereItWasAsked();

private:
    void emptyAll();
};

void WatchSuite::init()
{
    emptyAll();
}

void WatchSuite::emptyAll()
{
    for (const char* table : {"orders", "items", "plain", "ckey", "uniqk", "parts"})
        server().sql(std::string("delete from ") + table);
}

void WatchSuite::insertUpdateDelete()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders"})), watcher.story());
    const char* const id = "18446744073709551615";
    server().sql(std::string("insert into orders (id, customer, status, total, doc, created) values (") + id +
                 ", 'Zoë 😀', 'new', 1234567890.12, '{\"a\": 1}', '2026-03-04 05:06:07.000008')");
    server().sql(
        std::string("update orders set customer = '', status = 'shipped', total = -0.10, doc = null where id = ") + id);
    server().sql(std::string("delete from orders where id = ") + id);
    QVERIFY2(watcher.waitForRows(3), watcher.story());

    const Image first{{"id", id},
                      {"customer", "Zoë 😀"},
                      {"status", "new"},
                      {"total", "1234567890.12"},
                      {"doc", "{\"a\": 1}"},
                      {"created", "2026-03-04 05:06:07.000008"}};
    const Image second{{"id", id},         {"customer", ""},  {"status", "shipped"},
                       {"total", "-0.10"}, {"doc", "<null>"}, {"created", "2026-03-04 05:06:07.000008"}};
    const std::vector<Row> rows = watcher.rows();
    QCOMPARE(rows.size(), std::size_t{3});
    QCOMPARE(rows[0].op, Op::Insert);
    QVERIFY(rows[0].before.empty());
    QVERIFY2(rows[0].after == first, difference(rows[0].after, first));
    QCOMPARE(rows[1].op, Op::Update);
    QVERIFY2(rows[1].before == first, difference(rows[1].before, first));
    QVERIFY2(rows[1].after == second, difference(rows[1].after, second));
    QCOMPARE(rows[2].op, Op::Delete);
    QVERIFY(rows[2].after.empty());
    // Sync tells only the key of a deleted row.
    QCOMPARE(rows[2].before, server().isSync() ? (Image{{"id", id}}) : second);
    for (const Row& row : rows) {
        QCOMPARE(row.keyspace, std::string("commerce"));
        QCOMPARE(row.table, std::string("orders"));
        QVERIFY(!row.isCopied);
        QVERIFY2(row.position.starts_with("MySQL56/"), row.position.c_str());
    }
    QCOMPARE(watcher.capture()->faults(), std::uint64_t{0});
}

void WatchSuite::everyPlainType()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"plain"})), watcher.story());
    server().sql("insert into plain (id, tiny, small, medium, big, price, day, moment, clock, year_, code, word, "
                 "long_text, bytes, flags) values "
                 "(9007199254740993, -128, 65535, -8388608, 18446744073709551615, 12345678901234.000001, '9999-12-31', "
                 "'2026-02-03 04:05:06', "
                 "'838:59:59', 2155, 'ab', 'O''Reilly \\\\ \"x\"', 'line\\nbreak 日本', x'00ff7f80', 'a,c')");
    server().sql("insert into plain (id, tiny, word, bytes, flags, clock, day, moment) values (2, 0, '', x'', '', "
                 "'-838:59:59', '1000-01-01', '1000-01-01 00:00:00')");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    const Image full{{"id", "9007199254740993"},
                     {"tiny", "-128"},
                     {"small", "65535"},
                     {"medium", "-8388608"},
                     {"big", "18446744073709551615"},
                     {"price", "12345678901234.000001"},
                     {"day", "9999-12-31"},
                     {"moment", "2026-02-03 04:05:06"},
                     {"clock", "838:59:59"},
                     {"year_", "2155"},
                     {"code", "ab"},
                     {"word", "O'Reilly \\ \"x\""},
                     {"long_text", "line\nbreak 日本"},
                     {"bytes", "00ff7f80"},
                     {"flags", "a,c"}};
    // NULL and empty are two things.
    const Image sparse{{"id", "2"},
                       {"tiny", "0"},
                       {"small", "<null>"},
                       {"medium", "<null>"},
                       {"big", "<null>"},
                       {"price", "<null>"},
                       {"day", "1000-01-01"},
                       {"moment", "1000-01-01 00:00:00"},
                       {"clock", "-838:59:59"},
                       {"year_", "<null>"},
                       {"code", "<null>"},
                       {"word", ""},
                       {"long_text", "<null>"},
                       {"bytes", ""},
                       {"flags", ""}};
    const auto rows = replayed(watcher.rows());
    QVERIFY2(rows.at("9007199254740993") == full, difference(rows.at("9007199254740993"), full));
    QVERIFY2(rows.at("2") == sparse, difference(rows.at("2"), sparse));
}

void WatchSuite::keysOfSeveralColumnsAndNone()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"ckey", "uniqk"})), watcher.story());
    server().sql("insert into ckey (a, b, c) values (7, 'x', 1), (7, 'ß', 2)");
    server().sql("update ckey set c = 3 where a = 7 and b = 'ß'");
    server().sql("insert into uniqk (x, u, v) values (5, 50, 'v')");
    server().sql("update uniqk set v = 'w' where u = 50");
    server().sql("delete from ckey where a = 7 and b = 'x'");
    QVERIFY2(watcher.waitForRows(4, "ckey") && watcher.waitForRows(2, "uniqk"), watcher.story());
    const std::vector<Row> rows = watcher.rows("ckey");
    QCOMPARE(rows[2].before, (Image{{"a", "7"}, {"b", "ß"}, {"c", "2"}}));
    QCOMPARE(rows[2].after, (Image{{"a", "7"}, {"b", "ß"}, {"c", "3"}}));
    const Image& gone = rows[3].before;
    QCOMPARE(rows[3].op, Op::Delete);
    QCOMPARE(gone.at("a") + gone.at("b"), std::string("7x"));
    QCOMPARE(gone.contains("c"), !server().isSync());
    QCOMPARE(watcher.rows("uniqk")[1].before.at("v"), std::string("v"));
}

void WatchSuite::namesTheShardOfEachRow()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
    server().sql("insert into items (id, order_id, name, qty) values (1,1,'a',1), (2,1,'b',1), (3,1,'c',1), "
                 "(4,1,'d',1), (5,1,'e',1), (6,1,'f',1)");
    QVERIFY2(watcher.waitForRows(6), watcher.story());
    std::map<std::string, std::set<std::string>> seen, there;
    for (const Row& row : watcher.rows())
        seen[row.shard].insert(row.after.at("id"));
    for (const char* shard : {"-80", "80-"}) {
        const QueryRows rows = server().sqlAt(targetOf("commerce", shard), {"select id from items"});
        for (std::size_t i = 0; i < rows.rows.size(); ++i)
            there[shard].insert(rows.text(i, "id"));
        QVERIFY(!there[shard].empty());
    }
    QCOMPARE(seen, there);
}

void WatchSuite::oneShardAlone()
{
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"items"});
    request.shards = {"80-"};
    QVERIFY2(watcher.open(request), watcher.story());
    for (int id = 1; id <= 20; ++id)
        server().sql("insert into items (id, qty) values (" + std::to_string(id) + ", 1)");
    const QueryRows there = server().sqlAt("commerce:80-", {"select id from items"});
    QVERIFY(there.rows.size() > 2 && there.rows.size() < 18);
    QVERIFY2(watcher.waitForRows(there.rows.size()), watcher.story());
    for (const Row& row : watcher.rows())
        QCOMPARE(row.shard, std::string("80-"));
    QCOMPARE(watcher.rows().size(), there.rows.size());
}

void WatchSuite::severalTables()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders", "items", "parts"})), watcher.story());
    server().sql("insert into plain (id, word) values (1, 'not watched')");
    for (int id = 1; id <= 6; ++id) {
        const std::string key = std::to_string(id);
        server().sql("insert into orders (id, customer) values (" + key + ", 'c')");
        server().sql("insert into items (id, order_id) values (" + key + ", " + key + ")");
        server().sql("insert into parts (id, txt, blb, vb) values (" + key + ", 'text', x'ff00', 'v')");
    }
    QVERIFY2(watcher.waitForRows(18), watcher.story());
    QCOMPARE(watcher.rows().size(), std::size_t{18});
    for (const char* table : {"orders", "items", "parts"}) {
        const auto rows = replayed(watcher.rows(table));
        QCOMPARE(rows.size(), std::size_t{6});
    }
    // BLOB bytes stay bytes, TEXT stays text.
    QCOMPARE(watcher.rows("parts")[0].after.at("blb"), std::string("ff00"));
    QCOMPARE(watcher.rows("parts")[0].after.at("txt"), std::string("text"));
    QCOMPARE(watcher.rows("orders")[0].after.at("status"), std::string("new")); // its default
}

void WatchSuite::severalKeyspaces()
{
    const auto note = [](int id) {
        server().sqlAt("solo", {"insert into notes (id, body) values (" + std::to_string(id) + ", 'n')"});
    };
    const auto placesOf = [](const std::vector<Row>& rows) {
        std::set<std::string> places;
        for (const Row& row : rows)
            places.insert(row.keyspace + "/" + row.shard + " " + row.words());
        return places;
    };
    server().sqlAt("solo", {"delete from notes"});
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"items"});
    request.shards = {"-80"};
    request.others = {{"solo", {"notes"}}};
    QVERIFY2(watcher.open(request), watcher.story());
    server().sql("insert into items (id, qty) values (1, 0)"); // in -80
    note(1);
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QCOMPARE(placesOf(watcher.rows()), (std::set<std::string>{"commerce/-80 insert items 1", "solo/0 insert notes 1"}));

    // Each goes on where it was.
    watcher.session().stop();
    server().sql("insert into items (id, qty) values (2, 0)");
    note(2);
    QVERIFY2(watcher.reopen(), watcher.story());
    note(3);
    QVERIFY2(watcher.waitForRows(5), watcher.story());
    QCOMPARE(placesOf(watcher.rows()).size(), std::size_t{5});
    QCOMPARE(wordsOf(watcher.rows("notes")),
             (std::vector<std::string>{"insert notes 1", "insert notes 2", "insert notes 3"}));

    request.others = {{"solo", {"nots"}}};
    Watcher wrong(server().connect());
    wrong.session().start(request);
    QVERIFY2(wrong.waitForEnd(), wrong.story());
    QCOMPARE(wrong.session().error()->kind, ErrorKind::UnknownName);
    QVERIFY2(wrong.session().error()->message.find("notes") != std::string::npos, wrong.story());
}

// As one, however it is sent; servers before Vitess 24 send it whole.
void WatchSuite::largeTransactionInParts()
{
    if (server().isSync())
        QSKIP("Sync sends no transactions");
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"items"});
    request.shards = {"-80"};
    request.chunkBytes = 1000;
    QVERIFY2(watcher.open(request), watcher.story());
    std::vector<std::string> statements{"begin"};
    for (int id = 1; id <= 400; ++id)
        statements.push_back("insert into items (id, qty) values (" + std::to_string(id) + ", 0)");
    statements.push_back("commit");
    server().sqlAt("commerce/-80", statements);
    QVERIFY2(watcher.waitForRows(400), watcher.story());
    std::set<std::uint32_t> transactions;
    for (const Row& row : watcher.rows())
        transactions.insert(row.transaction);
    QCOMPARE(transactions.size(), std::size_t{1});
    QCOMPARE(watcher.rows().size(), std::size_t{400});
}

void WatchSuite::addedColumnKeepsOldRows()
{
    server().sql("insert into parts (id, n) values (1, 1), (4, 1)");
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"parts"})), watcher.story());
    server().sql("update parts set n = 2");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    server().sql("alter table parts add column colour varchar(20)");
    // The table has its new column only here.
    const auto restore = qScopeGuard([] { (void)server().sqlAtLast("alter table parts drop column colour"); });
    QVERIFY(server().sqlAtLast("update parts set n = 3, colour = 'grün'"));
    QVERIFY2(watcher.waitForRows(4), watcher.story());
    const std::vector<Row> rows = watcher.rows();
    for (std::size_t i = 0; i < 2; ++i) {
        QVERIFY(!rows[i].after.contains("colour"));
        QCOMPARE(rows[i].after.at("n"), std::string("2"));
    }
    for (std::size_t i = 2; i < 4; ++i) {
        QCOMPARE(rows[i].after.at("colour"), std::string("grün"));
        QCOMPARE(rows[i].after.at("n"), std::string("3"));
        QCOMPARE(rows[i].before.at("n"), std::string("2"));
        QCOMPARE(rows[i].before.at("colour"), std::string("<null>"));
    }
    QCOMPARE(watcher.capture()->faults(), std::uint64_t{0});
}

void WatchSuite::stopIsQuickAndFinal()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
    server().sql("insert into items (id, qty) values (1, 1)");
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QElapsedTimer timer;
    timer.start();
    watcher.session().stop();
    qInfo("stopped in %lld ms", static_cast<long long>(timer.elapsed()));
    QCOMPARE(watcher.session().state(), Session::State::Stopped);
    QVERIFY(!watcher.session().error());
    QVERIFY(watcher.session().canContinue());
    // What comes now is not ours any more: a second watcher sees it, the first does not.
    Watcher second(server().connect());
    QVERIFY2(second.open(server().watch({"items"})), second.story());
    server().sql("insert into items (id, qty) values (2, 1)");
    QVERIFY2(second.waitForRows(1), second.story());
    QCOMPARE(watcher.rows().size(), std::size_t{1});
}

void WatchSuite::endsWhereItWasAsked()
{
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"items"});
    request.endAfterChanges = 3;
    QVERIFY2(watcher.open(request), watcher.story());
    int id = 0;
    QVERIFY2(watcher.waitFor([&] {
        if (watcher.session().isRunning())
            server().sql("insert into items (id, qty) values (" + std::to_string(++id) + ", 1)");
        return !watcher.session().isRunning();
    }),
             watcher.story());
    QCOMPARE(watcher.session().state(), Session::State::Ended);
    QVERIFY(watcher.session().error()->kind == ErrorKind::Ended);
    QVERIFY(watcher.session().error()->message.find("3 changes") != std::string::npos);
    QVERIFY(watcher.rows().size() >= 3);
    // To go on is to go on without that limit, and without a hole.
    QVERIFY(watcher.session().canContinue());
    QVERIFY2(watcher.reopen(), watcher.story());
    for (int i = 0; i < 5; ++i)
        server().sql("insert into items (id, qty) values (" + std::to_string(++id) + ", 1)");
    QVERIFY2(watcher.waitForRow([&](const Row& row) { return row.image().at("id") == std::to_string(id); }),
             watcher.story());
    QVERIFY(watcher.session().isRunning());

    Watcher second(server().connect());
    request.endAfterChanges = 0;
    request.endAfterTime = std::chrono::milliseconds(1500);
    QVERIFY2(second.open(request), second.story());
    QVERIFY2(second.waitForEnd(), second.story());
    QVERIFY(second.session().error()->kind == ErrorKind::Ended);
}

std::unique_ptr<QObject> makeWatchSuite()
{
    return std::make_unique<WatchSuite>();
}

} // namespace vtscope::test

#include "tst_watch.moc"
