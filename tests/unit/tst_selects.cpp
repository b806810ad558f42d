// What a server is asked to leave out, as the SQL that it gets, and what is refused before it is asked.
#include <QtTest>

#include "streamcore/session/selects.h"

using namespace vtscope;

namespace {

Table orders()
{
    Table table;
    table.name = "orders";
    for (const char* name : {"id", "status", "total", "and", "note"})
        table.columns.push_back({name, {}, true, {}});
    return table;
}

} // namespace

class SelectsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void conditions_data()
    {
        QTest::addColumn<QByteArray>("where");
        QTest::addColumn<QByteArray>("sql");
        const auto row = [](const char* where, const char* sql) {
            QTest::newRow(where) << QByteArray(where) << QByteArray(sql);
        };
        row("", "");
        row("id=7", "`id` = 7");
        row("  id >= -7 AND total<1.50 ", "`id` >= -7 and `total` < 1.50");
        row("status <> 'it\\'s' and `and` != 'b'", "`status` != 'it\\'s' and `and` != 'b'");
        row("status in ('a','b') and id IN(1)", "`status` in ('a','b') and `id` in (1)");
        row("note is null and status is not null", "`note` is null and `status` is not null");
        row("id not between 1 and 9 and total > 0", "`id` not between 1 and 9 and `total` > 0");
        row("in_keyrange('-80')", "in_keyrange('-80')");
        row("in_keyrange(id, 'hash', '-80') and id > 1", "in_keyrange(`id`,'hash','-80') and `id` > 1");
    }

    void conditions()
    {
        QFETCH(QByteArray, where);
        QFETCH(QByteArray, sql);
        ServerRule rule;
        rule.where = where.toStdString();
        const auto select = selectOf(rule, orders());
        QVERIFY2(select, select ? "" : select.error().message.c_str());
        QCOMPARE(*select, "select * from `orders`" + (sql.isEmpty() ? std::string() : " where " + sql.toStdString()));
        // What comes out means the same when it is read again.
        rule.where = sql.toStdString();
        QCOMPARE(*selectOf(rule, orders()), *select);
    }

    void refused_data()
    {
        QTest::addColumn<QByteArray>("where");
        QTest::addColumn<int>("at");
        const auto row = [](const char* where, int at) { QTest::newRow(where) << QByteArray(where) << at; };
        row("id", 3);
        row("id =", 5);
        row("id = 7 or id = 8", 8);
        row("id = 7 and", 11);
        row("id = total", 6);
        row("id = 'open", 6);
        row("`id = 7", 1);
        row("(id = 7)", 1);
        row("id in ()", 8);
        row("id in (1", 9);
        row("id between 1 and 2", 4);
        row("id not in (1)", 8);
        row("id is 7", 7);
        row("id like 'a%'", 4);
        row("id = 7 limit 5", 8);
        row("id = 7; drop table t", 7);
        row("in_keyrange(-80)", 13);
        row("= 7", 1);
    }

    void refused()
    {
        QFETCH(QByteArray, where);
        QFETCH(int, at);
        ServerRule rule;
        rule.where = where.toStdString();
        const auto select = selectOf(rule, orders());
        QVERIFY(!select);
        QCOMPARE(select.error().kind, ErrorKind::Usage);
        QVERIFY2(select.error().message.find("at character " + std::to_string(at) + " ") != std::string::npos,
                 select.error().message.c_str());
    }

    void columns()
    {
        ServerRule rule;
        rule.columns = {"id", "status"};
        rule.where = "total > 5";
        QCOMPARE(*selectOf(rule, orders()), std::string("select `id`, `status` from `orders` where `total` > 5"));
        rule.columns = {"id", "staus"};
        const auto unknown = selectOf(rule, orders());
        QVERIFY(!unknown);
        QCOMPARE(unknown.error().kind, ErrorKind::UnknownName);
        QVERIFY(unknown.error().message.find("status") != std::string::npos);
        rule = {};
        rule.where = "totl > 5";
        QCOMPARE(selectOf(rule, orders()).error().kind, ErrorKind::UnknownName);
        // Of a table that cannot be looked at the server knows more.
        Table hidden;
        hidden.name = "t`t";
        QCOMPARE(*selectOf(rule, hidden), std::string("select * from `t``t` where `totl` > 5"));
    }

    void sources()
    {
        ServerRule rule;
        QVERIFY(rule.isAll() && checkSource(rule, Source::VStream) && checkSource(rule, Source::Sync));
        rule.deletes = false;
        QVERIFY(!rule.isAll() && !checkSource(rule, Source::VStream) && checkSource(rule, Source::Sync));
        rule = {};
        rule.columns = {"id"};
        QVERIFY(!rule.isAll() && checkSource(rule, Source::VStream) && !checkSource(rule, Source::Sync));
        rule = {};
        rule.where = "id = 1";
        QVERIFY(!rule.isAll() && checkSource(rule, Source::VStream) && !checkSource(rule, Source::Sync));
    }
};

QTEST_GUILESS_MAIN(SelectsTest)
#include "tst_selects.moc"
