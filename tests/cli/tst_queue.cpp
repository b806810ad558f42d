// queue list, ack and subscribe.
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

namespace vtscope::test {

namespace {

QStringList queue(const char* command)
{
    return at(QString::fromUtf8(command).split(u' ', Qt::SkipEmptyParts) +
              QStringList{QStringLiteral("--keyspace"), QStringLiteral("commerce")});
}

std::string acked(const std::string& id)
{
    const QueryRows rows = server().sql("select time_acked from mailcols where id = " + id);
    return rows.rows.empty() ? "gone" : rows.rows[0][0].value_or("open");
}

} // namespace

class QueueCliSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void lists();
    void withoutYesNothingHappens();
    void acknowledgesOverBothShards();
    void fewerThanPlanned();
    void idsFromAFile();
    void idThatIsNotThere();
    void noQueueAtAll();
    void subscribes();
};

void QueueCliSuite::init()
{
    server().sql("delete from mailcols");
    server().sql("delete from mail");
    server().sql("insert into mailcols (id, payload) values (1, 'one'), (4, 'four'), (9007199254740993, 'odd'), "
                 "(9007199254740994, 'even')");
}

void QueueCliSuite::lists()
{
    Program table(queue("queue list --table mailcols"));
    QCOMPARE(table.wait(), 0);
    QCOMPARE(linesOf(table.out()).size(), 5);
    QVERIFY2(table.out().contains("9007199254740993"), table.out());
    QVERIFY2(table.out().contains("due"), table.out());

    Program ndjson(queue("queue list --table mailcols --format ndjson"));
    QCOMPARE(ndjson.wait(), 0);
    QCOMPARE(linesOf(ndjson.out()).size(), 4);
    for (const QByteArray& line : linesOf(ndjson.out()))
        QVERIFY2(QJsonDocument::fromJson(line).object()[u"after"][u"payload"].isString(), line);

    Program csv(queue("queue list --table mailcols --format csv"));
    QCOMPARE(csv.wait(), 0);
    QVERIFY2(linesOf(csv.out()).first().contains("time_acked"), csv.out());
    QVERIFY2(csv.out().contains("9007199254740993"), csv.out());
}

void QueueCliSuite::withoutYesNothingHappens()
{
    Program plan(queue("queue ack --table mailcols --id 1 --id 4"));
    QCOMPARE(plan.wait(), 2);
    QVERIFY2(plan.out().contains("Plan: acknowledge 2 of 2"), plan.out());
    QVERIFY2(plan.out().contains("update `mailcols` set time_acked = "), plan.out());
    QVERIFY2(plan.err().contains("--yes"), plan.err());
    Program dry(queue("queue ack --table mailcols --id 1 --dry-run"));
    QCOMPARE(dry.wait(), 0);
    QCOMPARE(acked("1"), std::string("open"));
    QCOMPARE(acked("4"), std::string("open"));
}

void QueueCliSuite::acknowledgesOverBothShards()
{
    // An id that is named twice is one message.
    Program program(queue("queue ack --table mailcols --id 1 --id 4 --id 1 --id 9007199254740993 --yes"));
    QCOMPARE(program.wait(), 0);
    QVERIFY2(program.out().contains("3 of 3 acknowledged"), program.out());
    for (const char* id : {"1", "4", "9007199254740993"})
        QVERIFY(acked(id) != "open" && acked(id) != "gone");
    QCOMPARE(acked("9007199254740994"), std::string("open"));
    // Again: there is nothing left to do, and that is not what was asked for.
    Program again(queue("queue ack --table mailcols --id 1 --yes"));
    QCOMPARE(again.wait(), 7);
    QVERIFY2(again.out().contains("left alone"), again.out());
}

void QueueCliSuite::fewerThanPlanned()
{
    // A minute ago; a much older one would be purged at once.
    const std::string theirs = std::to_string((QDateTime::currentMSecsSinceEpoch() - 60'000) * 1'000'000 + 1);
    server().sql("update mailcols set time_acked = " + theirs + ", time_next = null where id = 4");
    Program program(queue("queue ack --table mailcols --id 1 --id 4 --yes"));
    QCOMPARE(program.wait(), 7);
    QVERIFY2(program.out().contains("1 of 2 acknowledged"), program.out());
    QCOMPARE(acked("4"), theirs);
    QVERIFY(acked("1") != "open");
}

void QueueCliSuite::idsFromAFile()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("ids")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("1\r\n\n4");
    file.close();
    Program program(queue("queue ack --table mailcols --yes") +
                    QStringList{QStringLiteral("--ids-from"), file.fileName()});
    QCOMPARE(program.wait(), 0);
    Program fromPipe(queue("queue ack --table mailcols --yes --ids-from -"), {},
                     "9007199254740993\n9007199254740994\n");
    QCOMPARE(fromPipe.wait(), 0);
    for (const char* id : {"1", "4", "9007199254740993", "9007199254740994"})
        QVERIFY(acked(id) != "open");
}

void QueueCliSuite::idThatIsNotThere()
{
    Program program(queue("queue ack --table mailcols --id 12345 --id 1 --yes"));
    QCOMPARE(program.wait(), 7);
    QVERIFY2(program.out().contains("12345") && program.out().contains("not in commerce.mailcols"), program.out());
    QVERIFY(acked("1") != "open");
}

void QueueCliSuite::noQueueAtAll()
{
    Program ordinary(queue("queue list --table orders"));
    QCOMPARE(ordinary.wait(), 2);
    QVERIFY2(ordinary.err().contains("not a message table"), ordinary.err());
    Program unknown(queue("queue list --table mial"));
    QCOMPARE(unknown.wait(), 2);
    QVERIFY2(unknown.err().contains("Did you mean mail"), unknown.err());
    QVERIFY(unknown.out().isEmpty());
}

void QueueCliSuite::subscribes()
{
    Program refused(queue("queue subscribe --table mail --count 1"));
    QCOMPARE(refused.wait(), 2);
    QVERIFY2(refused.err().contains("takes messages away"), refused.err());
    server().sql("insert into mail (id, payload) values (1, 'one'), (4, 'four')");
    Program program(queue("queue subscribe --table mail --format ndjson --count 2 --yes"));
    QCOMPARE(program.wait(), 0);
    QStringList ids;
    for (const QByteArray& line : linesOf(program.out()))
        ids.append(QJsonDocument::fromJson(line).object()[u"after"][u"id"].toVariant().toString());
    ids.sort();
    QCOMPARE(ids, (QStringList{QStringLiteral("1"), QStringLiteral("4")}));
}

std::unique_ptr<QObject> makeQueueCliSuite()
{
    return std::make_unique<QueueCliSuite>();
}

} // namespace vtscope::test

#include "tst_queue.moc"
