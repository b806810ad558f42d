// The whole table first, then what happens to it; and going on after an end, without a hole.
#include <QtTest>

#include <set>

#include "binlogdata.pb.h"
#include "streamcore/capture/ledger.h"
#include "tests/contract/branchserver.h"
#include "tests/contract/suites.h"
#include "tests/contract/watcher.h"

namespace vtscope::test {

namespace {

const std::vector<std::string> kTables{"items", "orders", "parts"};

// The table as SQL has it now, by id; a few columns that are text on every way.
std::map<std::string, Image> tableNow(const std::string& table, const std::vector<std::string>& columns)
{
    std::string list = "id";
    for (const std::string& column : columns)
        list += ", " + column;
    std::map<std::string, Image> rows;
    const QueryRows answer = server().sql("select " + list + " from " + table);
    for (const auto& row : answer.rows) {
        Image image{{"id", row[0].value()}};
        for (std::size_t i = 0; i < columns.size(); ++i)
            image[columns[i]] = row[i + 1].value_or("<null>");
        rows[image["id"]] = std::move(image);
    }
    return rows;
}

std::map<std::string, Image> only(const std::map<std::string, Image>& rows, const std::vector<std::string>& columns)
{
    std::map<std::string, Image> narrowed;
    for (const auto& [id, image] : rows) {
        narrowed[id]["id"] = image.at("id");
        for (const std::string& column : columns)
            narrowed[id][column] = image.at(column);
    }
    return narrowed;
}

// Where two tables differ, for QVERIFY2.
QByteArray difference(const std::map<std::string, Image>& is, const std::map<std::string, Image>& wanted)
{
    QByteArray text;
    for (const auto& [id, image] : wanted) {
        const auto found = is.find(id);
        if (found == is.end())
            text += "missing " + QByteArray::fromStdString(id) + "\n";
        else if (found->second != image)
            text += QByteArray::fromStdString(id) + ": " + test::difference(found->second, image);
    }
    for (const auto& [id, image] : is) {
        if (!wanted.contains(id))
            text += "too many: " + QByteArray::fromStdString(id) + "\n";
    }
    return text;
}

std::vector<std::string> idsOf(const std::vector<Row>& rows)
{
    std::vector<std::string> ids;
    for (const Row& row : rows)
        ids.push_back(row.image().at("id"));
    return ids;
}

// Waits until the changes, one after the other, leave what SQL says about these columns: each shard comes in its own
// time.
bool becomesTheTable(const Watcher& watcher, const std::string& table, const std::vector<std::string>& columns)
{
    const std::map<std::string, Image> wanted = tableNow(table, columns);
    if (watcher.waitFor([&] { return only(replayed(watcher.rows(table)), columns) == wanted; }))
        return true;
    qWarning("%s: %s", table.c_str(), difference(only(replayed(watcher.rows(table)), columns), wanted).constData());
    return false;
}

WatchRequest copyOf(std::vector<std::string> tables)
{
    WatchRequest request = server().watch(std::move(tables));
    request.start = WatchRequest::Start::Copy;
    return request;
}

// Vitess says that the copy of a shard is complete, and then that all is; Sync shows it per shard and table.
std::size_t endsOfCopy(const WatchRequest& request)
{
    // A stream for each of the two shards while several tables are copied, and each says it for itself and for all.
    return server().isSync() ? 2 * request.tables.size() : request.tables.size() > 1 ? 4 : 2;
}

} // namespace

class CopySuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void copyThenFollow();
    void copyOfAnEmptyTable();
    void continuedAfterAnEmptyCopy();
    void stopAndContinue();
    void continuedAfterACopyDoesNotCopyAgain();
    void stoppedInTheCopyLosesNothing();
    void stoppedBetweenTablesLosesNothing();
};

void CopySuite::init()
{
    for (const std::string& table : kTables)
        server().sql("delete from " + table);
}

void CopySuite::copyThenFollow()
{
    server().sql("insert into orders (id, customer, total, created) values (1, 'Zoë 😀', 0.50, '2026-01-02 "
                 "03:04:05.600000'), (2, '', null, null), (4, 'd', -1.00, null), "
                 "(18446744073709551615, 'last', 9999999999.99, null)");
    server().sql("insert into items (id, name, qty) values (1, 'one', 1), (4, null, null), (6, 'six', -6)");
    Watcher watcher(server().connect());
    const WatchRequest request = copyOf({"orders", "items"});
    watcher.session().start(request);
    // Each shard has a stream of its own, which says so twice.
    QVERIFY2(watcher.waitFor([&] {
        return watcher.countOf(Op::CopyCompleted) >= endsOfCopy(request) && watcher.rows().size() >= 7;
    }),
             watcher.story());
    std::vector<Row> rows = watcher.rows();
    QCOMPARE(rows.size(), std::size_t{7}); // each row once
    std::set<std::string> shards;
    for (const Row& row : rows) {
        QVERIFY(row.isCopied);
        QCOMPARE(row.op, Op::Insert);
        QVERIFY(row.before.empty());
        shards.insert(row.shard);
    }
    QCOMPARE(shards.size(), std::size_t{2});
    QVERIFY(becomesTheTable(watcher, "orders", {"customer", "total", "created"}));
    QVERIFY(becomesTheTable(watcher, "items", {"name", "qty"}));

    server().sql("insert into orders (id, customer) values (3, 'new')");
    server().sql("update items set qty = 7 where id = 6");
    server().sql("delete from orders where id = 4");
    QVERIFY2(watcher.waitForRows(10), watcher.story());
    rows = watcher.rows();
    QCOMPARE(rows.size(), std::size_t{10});
    for (std::size_t i = 7; i < rows.size(); ++i)
        QVERIFY(!rows[i].isCopied);
    QVERIFY(becomesTheTable(watcher, "orders", {"customer", "total"}));
    QVERIFY(becomesTheTable(watcher, "items", {"name", "qty"}));
}

void CopySuite::copyOfAnEmptyTable()
{
    Watcher watcher(server().connect());
    const WatchRequest request = copyOf({"items"});
    watcher.session().start(request);
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) >= endsOfCopy(request); }),
             watcher.story());
    QVERIFY(!watcher.session().copied());
    QVERIFY(watcher.rows().empty());
    server().sql("insert into items (id, name) values (1, 'first'), (4, 'second')");
    QVERIFY2(watcher.waitForRows(2), watcher.story());
    QVERIFY(becomesTheTable(watcher, "items", {"name"}));
}

// What happened meanwhile comes as changes: nothing is copied again.
void CopySuite::continuedAfterAnEmptyCopy()
{
    Watcher watcher(server().connect());
    const WatchRequest request = copyOf({"items"});
    watcher.session().start(request);
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) >= endsOfCopy(request); }),
             watcher.story());
    server().sql("insert into items (id, name) values (1, 'first'), (4, 'second'), (6, 'third')");
    QVERIFY2(watcher.waitForRows(3), watcher.story());
    watcher.session().stop();
    server().sql("update items set name = 'changed' where id = 1");
    server().sql("delete from items where id = 4");
    QVERIFY2(watcher.reopen(), watcher.story());
    QVERIFY2(watcher.waitForRow([](const Row& row) { return row.words() == "delete items 4"; }), watcher.story());
    QVERIFY(becomesTheTable(watcher, "items", {"name"}));
    const std::vector<Row> rows = watcher.rows();
    QVERIFY(std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.isCopied; }));
    const Ledger ledger = ledgerOf(*watcher.capture());
    QVERIFY2(ledger.isComplete(), ledger.words().c_str());
}

void CopySuite::stopAndContinue()
{
    Watcher watcher(server().connect());
    QVERIFY2(watcher.open(server().watch({"items"})), watcher.story());
    std::vector<std::string> wanted;
    const auto write = [&](int first, int last) {
        for (int id = first; id <= last; ++id) {
            server().sql("insert into items (id, qty) values (" + std::to_string(id) + ", 0)");
            wanted.push_back(std::to_string(id));
        }
    };
    write(1, 10);
    QVERIFY2(watcher.waitForRows(10), watcher.story());
    for (int round = 0; round < 3; ++round) {
        watcher.session().stop();
        QCOMPARE(watcher.session().state(), Session::State::Stopped);
        write(20 * round + 11, 20 * round + 20);
        QVERIFY2(watcher.reopen(), watcher.story());
        write(20 * round + 21, 20 * round + 30);
        QVERIFY2(watcher.waitFor([&] { return replayed(watcher.rows()).size() >= wanted.size(); }), watcher.story());
    }
    std::vector<std::string> ids = idsOf(watcher.rows());
    std::sort(ids.begin(), ids.end());
    std::sort(wanted.begin(), wanted.end());
    // Sync may repeat what stands at the position it goes on from.
    if (server().isSync())
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    QCOMPARE(ids, wanted);
}

void CopySuite::continuedAfterACopyDoesNotCopyAgain()
{
    server().sql("insert into items (id, qty) values (1, 1), (2, 1), (4, 1)");
    Watcher watcher(server().connect());
    const WatchRequest request = copyOf({"items"});
    watcher.session().start(request);
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) >= endsOfCopy(request); }),
             watcher.story());
    watcher.session().stop();
    server().sql("update items set qty = 2 where id = 4");
    server().sql("insert into items (id, qty) values (3, 1)");
    QVERIFY2(watcher.reopen(), watcher.story());
    QVERIFY2(watcher.waitForRows(5), watcher.story());
    server().sql("delete from items where id = 1");
    QVERIFY2(watcher.waitForRow([](const Row& row) { return row.words() == "delete items 1"; }), watcher.story());
    const std::vector<Row> rows = watcher.rows();
    QCOMPARE(std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.isCopied; }), 3);
    QVERIFY(becomesTheTable(watcher, "items", {"qty"}));
}

void CopySuite::stoppedInTheCopyLosesNothing()
{
    constexpr int kRows = 300;
    for (const std::string& table : kTables) {
        std::string values;
        for (int id = 1; id <= kRows; ++id)
            values += (id == 1 ? "(" : ",(") + std::to_string(id) + (table == "orders" ? ",'c')" : ")");
        server().sql("insert into " + table + (table == "orders" ? " (id, customer) values " : " (id) values ") +
                     values);
    }
    Watcher watcher(server().connect());
    const WatchRequest request = copyOf(kTables);
    watcher.session().start(request);
    // Some of it is there, the rest is not: the tables are copied one after the other.
    QVERIFY2(watcher.waitFor([&] { return watcher.capture()->changes() > 0; }), watcher.story());
    watcher.session().stop();
    // Meanwhile rows change that were copied, and rows that were not.
    server().sql("update items set qty = 5 where id in (1, 4)");
    server().sql("delete from items where id in (2, 6)");
    server().sql("update orders set customer = 'changed' where id in (3, 4)");
    server().sql("delete from parts where id in (5, 6)");
    server().sql("insert into parts (id, n) values (1000, 1), (1001, 2)");
    QVERIFY2(watcher.reopen(), watcher.story());
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) >= endsOfCopy(request); }),
             QByteArray::number(qulonglong(watcher.capture()->changes())));
    server().sql("update parts set n = 9 where id = 1000");
    QVERIFY(watcher.waitForRow(
        [](const Row& row) { return row.words() == "update parts 1000" && row.after.at("n") == "9"; }));
    QVERIFY(becomesTheTable(watcher, "orders", {"customer"}));
    QVERIFY(becomesTheTable(watcher, "parts", {"n"}));
    QVERIFY(becomesTheTable(watcher, "items", {"qty"}));
}

// A finished table goes on where it was; the next one is copied whole.
void CopySuite::stoppedBetweenTablesLosesNothing()
{
    if (server().isSync())
        QSKIP("a stream of Sync has one table");
    server().sql("insert into items (id, qty) values (1, 1), (2, 2), (4, 4), (6, 6)");
    server().sql("insert into parts (id, n) values (1, 1), (2, 2), (4, 4), (6, 6)");
    WatchRequest request = copyOf({"items", "parts"});
    request.shards = {"-80"};
    const auto isBetween = [](const Watcher& watcher) {
        const std::vector<std::string> resume = watcher.session().resumePositions();
        const auto positions = resume.empty() ? std::vector<ShardPosition>() : positionsIn(resume.front());
        binlogdata::ShardGtid keys;
        return !positions.empty() && keys.ParseFromString(positions.front().lastKeys) && keys.table_p_ks_size() == 1 &&
               keys.table_p_ks(0).table_name() == "parts" && !keys.table_p_ks(0).has_lastpk();
    };
    // The pause between the two may be too short to be met.
    std::unique_ptr<Watcher> met;
    for (int attempt = 0; attempt < 20 && !met; ++attempt) {
        auto one = std::make_unique<Watcher>(server().connect());
        one->session().start(request);
        QVERIFY2(one->waitFor([&] { return isBetween(*one) || one->countOf(Op::CopyCompleted) > 0; }), one->story());
        one->session().stop();
        if (isBetween(*one))
            met = std::move(one);
    }
    QVERIFY2(met, "no copy was met between its tables");
    Watcher& watcher = *met;
    server().sql("insert into items (id, qty) values (3001, 1), (3002, 1), (3004, 1), (3006, 1)");
    server().sql("delete from items where id in (4, 6, 3002, 3004)");
    server().sql("update items set qty = 9 where id in (1, 2)");
    server().sql("delete from parts where id in (1, 4)");
    server().sql("insert into parts (id, n) values (8, 8), (9, 9)");
    QVERIFY2(watcher.reopen(), watcher.story());
    QVERIFY2(watcher.waitFor([&] { return watcher.countOf(Op::CopyCompleted) > 0; }), watcher.story());
    server().sql("insert into items (id, qty) values (5001, 0), (5002, 0), (5004, 0), (5006, 0)");
    QVERIFY2(watcher.waitForRow([](const Row& row) { return row.image().at("id").starts_with("500"); }),
             watcher.story());
    const auto ofShard = [](const std::string& table, const std::string& column) {
        std::map<std::string, Image> rows;
        const QueryRows answer = server().sqlAt("commerce/-80", {"select id, " + column + " from " + table});
        for (std::size_t i = 0; i < answer.rows.size(); ++i)
            rows[answer.text(i, "id")] = {{"id", answer.text(i, "id")}, {column, answer.text(i, column.c_str())}};
        return rows;
    };
    QVERIFY2(watcher.waitFor([&] {
        return difference(only(replayed(watcher.rows("items")), {"qty"}), ofShard("items", "qty")).isEmpty();
    }),
             watcher.story());
    QCOMPARE(difference(only(replayed(watcher.rows("parts")), {"n"}), ofShard("parts", "n")), QByteArray());
    // Nothing of the finished table was copied a second time.
    std::set<std::string> copied;
    for (const Row& row : watcher.rows("items")) {
        if (row.isCopied)
            QVERIFY(copied.insert(row.image().at("id")).second);
    }
}

std::unique_ptr<QObject> makeCopySuite()
{
    return std::make_unique<CopySuite>();
}

} // namespace vtscope::test

#include "tst_copy.moc"
