// What only VStream tells: transactions over several tables, times of the server, schema changes, deleted rows in full.
#include <QtTest>

#include <set>

#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

class TransactionSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void twoTablesInOneTransaction();
    void rolledBackIsNeverSeen();
    void overBothShards();
    void manyRowsInOneTransaction();
    void schemaChangeIsAnEvent();
    void timesAreTheServers();
};

void TransactionSuite::init()
{
    server().sql("delete from orders");
    server().sql("delete from items");
}

void TransactionSuite::twoTablesInOneTransaction()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders", "items"})), watcher.story());
    // The same number is on the same shard in both tables.
    server().sqlAt("commerce",
                   {"begin", "insert into orders (id, customer) values (1, 'c')",
                    "insert into items (id, order_id, qty) values (1, 1, 2)",
                    "update orders set status = 'paid' where id = 1", "delete from items where id = 1", "commit"});
    server().sql("delete from orders where id = 1");
    QVERIFY2(watcher.waitForRows(5), watcher.story());
    const std::vector<Row> rows = watcher.rows();
    const std::vector<std::string> wanted{"insert orders 1", "insert items 1", "update orders 1", "delete items 1",
                                          "delete orders 1"};
    QCOMPARE(wordsOf(rows), wanted);
    for (std::size_t i = 0; i < 4; ++i) {
        QCOMPARE(rows[i].transaction, rows[0].transaction);
        QCOMPARE(rows[i].gtid, rows[0].gtid);
        QCOMPARE(rows[i].position, rows[0].position);
    }
    QVERIFY(rows[0].transaction != 0);
    QVERIFY(!rows[0].gtid.empty());
    QVERIFY(rows[4].transaction != rows[0].transaction);
    QVERIFY(rows[4].gtid != rows[0].gtid);
    QCOMPARE(rows[2].before.at("status"), std::string("new"));
    QCOMPARE(rows[3].before.at("qty"), std::string("2"));
}

void TransactionSuite::rolledBackIsNeverSeen()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders"})), watcher.story());
    server().sqlAt("commerce", {"begin", "insert into orders (id, customer) values (1, 'never')", "rollback"});
    server().sql("insert into orders (id, customer) values (1, 'kept')");
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    QCOMPARE(watcher.rows().size(), std::size_t{1});
    QCOMPARE(watcher.rows()[0].after.at("customer"), std::string("kept"));
}

void TransactionSuite::overBothShards()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders"})), watcher.story());
    server().sqlAt("commerce",
                   {"begin", "insert into orders (id, customer) values (1,'a'),(2,'b'),(3,'c'),(4,'d'),(5,'e'),(6,'f')",
                    "commit"});
    QVERIFY2(watcher.waitForRows(6), watcher.story());
    std::map<std::string, std::set<std::uint32_t>> transactions;
    for (const Row& row : watcher.rows())
        transactions[row.shard].insert(row.transaction);
    // One transaction a shard; there is no common one.
    QCOMPARE(transactions.size(), std::size_t{2});
    QCOMPARE(transactions["-80"].size(), std::size_t{1});
    QCOMPARE(transactions["80-"].size(), std::size_t{1});
    QVERIFY(*transactions["-80"].begin() != *transactions["80-"].begin());
}

void TransactionSuite::manyRowsInOneTransaction()
{
    constexpr std::size_t kRows = 3000;
    Watcher watcher(server().connect());
    WatchRequest request = server().watch({"items"});
    QVERIFY2(watcher.open(request), watcher.story());
    std::string values;
    for (std::size_t id = 1; id <= kRows; ++id)
        values += (id == 1 ? "(" : ",(") + std::to_string(id) + "," + std::to_string(id * 7) + ",'" +
                  std::string(40, 'x') + "')";
    server().sql("insert into items (id, order_id, name) values " + values);
    QVERIFY(watcher.waitFor([&] { return watcher.capture()->changes() >= kRows; }));
    QVERIFY2(
        watcher.waitForRow([](const Row& row) { return row.words() == "insert items 3000" && !row.position.empty(); }),
        "no position came");
    const auto rows = replayed(watcher.rows());
    QCOMPARE(rows.size(), kRows);
    for (std::size_t id = 1; id <= kRows; ++id)
        QCOMPARE(rows.at(std::to_string(id)).at("order_id"), std::to_string(id * 7));
    std::set<std::uint32_t> transactions;
    for (const Row& row : watcher.rows())
        transactions.insert(row.transaction);
    QCOMPARE(transactions.size(), std::size_t{2});
}

void TransactionSuite::schemaChangeIsAnEvent()
{
    server().sql("delete from uniqk");
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"uniqk"})), watcher.story());
    server().sql("alter table uniqk add column extra int");
    const auto restore = qScopeGuard([] { (void)server().sqlAtLast("alter table uniqk drop column extra"); });
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::Ddl) >= 2; }), watcher.story());
    const Snapshot snapshot = watcher.capture()->snapshot();
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
        if (snapshot.entry(i).op() == Op::Ddl)
            QVERIFY2(eventText(snapshot, i).detail.find("uniqk") != std::string::npos,
                     eventText(snapshot, i).detail.c_str());
    }
    QVERIFY(watcher.rows().empty());
}

void TransactionSuite::timesAreTheServers()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"orders"})), watcher.story());
    const std::int64_t before = QDateTime::currentSecsSinceEpoch();
    server().sql("insert into orders (id, customer) values (1, 'c')");
    QVERIFY2(watcher.waitForRows(1), watcher.story());
    const std::int64_t after = QDateTime::currentSecsSinceEpoch();
    const Snapshot snapshot = watcher.capture()->snapshot();
    ChangeView change;
    change.read(snapshot, watcher.rows()[0].number);
    QVERIFY(!change.isReceiptTime());
    constexpr std::int64_t kSecond = 1'000'000'000;
    QVERIFY(change.time() >= (before - 1) * kSecond && change.time() <= (after + 1) * kSecond);
    const std::int64_t commit = transactionFacts(snapshot, change.number()).commitTime;
    QVERIFY(commit >= before - 1 && commit <= after + 1);
}

std::unique_ptr<QObject> makeTransactionSuite()
{
    return std::make_unique<TransactionSuite>();
}

} // namespace vtscope::test

#include "tst_transactions.moc"
