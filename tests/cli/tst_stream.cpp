// check, discover, watch and export.
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/cli/program.h"
#include "tests/cli/suites.h"
#include "tests/contract/branchserver.h"

namespace vtscope::test {

namespace {

constexpr int kTerminated = 143;

QStringList words(const char* text)
{
    return QString::fromUtf8(text).split(u' ', Qt::SkipEmptyParts);
}

// Inserts one row after the other, so that a stream that opens at some time sees an unbroken run.
class Inserter
{
public:
    void operator()()
    {
        server().sql("insert into items (id, name, qty) values (" + std::to_string(m_next) + ", 'name " +
                     std::to_string(m_next) + "', " + std::to_string(-m_next) + ")");
        ++m_next;
    }

private:
    int m_next = 1;
};

} // namespace

class StreamSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void checkShowsFiveTicks();
    void discoverAsTable();
    void discoverAsNdjson();
    void watchCountsChanges_data();
    void watchCountsChanges();
    void watchAsNdjson();
    void watchAsTable();
    void copyAndDuration();
    void capturedIsWhatWasShown_data();
    void capturedIsWhatWasShown();
    void terminatedFlushesEverything();
    void readerThatLeaves();
    void anOptionGivenTwiceIsOne();
    void aDeleteSaysWhatItDidNotSend();
    void filterShapesTheOutputOnly();
    void beforeImagesOnDemand();
    void datetimeIsNotShifted();
    void positionFromAFile();
    void exportOfACutCapture();
    void exportAsSql();
    void maskedEverywhere();
    void compressedWhileItComes();
    void oneFileAfterTheOther_data();
    void oneFileAfterTheOther();

private:
    QStringList sources() const;
    QTemporaryDir m_folder;
};

void StreamSuite::init()
{
    server().sql("delete from items");
    server().sql("delete from orders");
}

QStringList StreamSuite::sources() const
{
    return server().isVitess() ? QStringList{QStringLiteral("vstream")}
                               : QStringList{QStringLiteral("vstream"), QStringLiteral("sync")};
}

void StreamSuite::checkShowsFiveTicks()
{
    Program program(at({QStringLiteral("check")}));
    QCOMPARE(program.wait(), 0);
    const QByteArray out = program.out();
    for (const char* step : {"Name", "Connection", "TLS", "Login", "Branch and role"})
        QVERIFY2(out.contains(step), out);
    QVERIFY(!out.contains("FAIL"));
    QVERIFY2(out.contains("VStream: yes"), out);
    QVERIFY(program.err().isEmpty());
}

void StreamSuite::discoverAsTable()
{
    Program program(at(words("discover --keyspace commerce")));
    QCOMPARE(program.wait(), 0);
    const QByteArray out = program.out();
    for (const char* word : {"commerce", "shards: -80 80-", "queue  mail", "table  orders", "key (a, b)",
                             "decimal(12,2)", "wait for ack 2 s", "not null"})
        QVERIFY2(out.contains(word), out);
    QVERIFY(program.err().isEmpty());
}

void StreamSuite::discoverAsNdjson()
{
    Program program(at(words("discover --format ndjson")));
    QCOMPARE(program.wait(), 0);
    std::map<QString, QJsonObject> tables;
    QJsonObject keyspace;
    for (const QByteArray& line : linesOf(program.out())) {
        QJsonParseError error;
        const QJsonObject object = QJsonDocument::fromJson(line, &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, line);
        if (object[u"keyspace"].toString() != u"commerce")
            continue;
        if (object.contains(u"table"))
            tables[object[u"table"].toString()] = object;
        else
            keyspace = object;
    }
    QCOMPARE(keyspace[u"shards"].toArray(), (QJsonArray{QStringLiteral("-80"), QStringLiteral("80-")}));
    QCOMPARE(tables.size(), std::size_t{9});
    QCOMPARE(tables[QStringLiteral("ckey")][u"key"].toArray(), (QJsonArray{QStringLiteral("a"), QStringLiteral("b")}));
    QCOMPARE(tables[QStringLiteral("mail")][u"settings"][u"ack_wait"].toDouble(), 2.0);
    QCOMPARE(tables[QStringLiteral("orders")][u"columns"].toArray().size(), 6);
}

void StreamSuite::watchCountsChanges_data()
{
    QTest::addColumn<QString>("source");
    for (const QString& source : sources())
        QTest::newRow(qPrintable(source)) << source;
}

void StreamSuite::watchCountsChanges()
{
    QFETCH(QString, source);
    Program program(
        at(words("watch --keyspace commerce --table items --format csv --count 7 --source") + QStringList{source}));
    Inserter insert;
    QCOMPARE(program.waitWhile([&] { insert(); }), 0);
    const QList<QByteArray> lines = linesOf(program.out());
    QCOMPARE(lines.size(), 8);
    QCOMPARE(lines[0], QByteArray("_time,_keyspace,_shard,_table,_op,_position,id,order_id,name,qty,_not_sent,_raw"));
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const QList<QByteArray> fields = fieldsOf(lines[i]);
        QCOMPARE(fields.size(), 12);
        QCOMPARE(fields[1], QByteArray("commerce"));
        QVERIFY(fields[2] == "-80" || fields[2] == "80-");
        QCOMPARE(fields[4], QByteArray("insert"));
        QVERIFY2(fields[5].startsWith("MySQL56/"), lines[i]);
        QCOMPARE(fields[7], QByteArray()); // NULL
        QCOMPARE(fields[8], "name " + fields[6]);
        QCOMPARE(fields[9], "-" + fields[6]);
    }
    QVERIFY2(program.err().isEmpty(), program.err());
}

void StreamSuite::watchAsNdjson()
{
    Program program(at(words("watch --keyspace commerce --table orders --format ndjson --count 3")));
    int id = 0;
    QCOMPARE(program.waitWhile([&] {
        const std::string key = std::to_string(9007199254740993 + id++);
        server().sqlAt("commerce",
                       {"begin", "insert into orders (id, customer, total) values (" + key + ", 'Zoë \"😀\"', 0.10)",
                        "update orders set status = 'paid' where id = " + key, "delete from orders where id = " + key,
                        "commit"});
    }),
             0);
    const QList<QByteArray> lines = linesOf(program.out());
    QCOMPARE(lines.size(), 3);
    const QStringList ops{QStringLiteral("insert"), QStringLiteral("update"), QStringLiteral("delete")};
    for (qsizetype i = 0; i < 3; ++i) {
        QJsonParseError error;
        const QJsonObject object = QJsonDocument::fromJson(lines[i], &error).object();
        QVERIFY2(error.error == QJsonParseError::NoError, lines[i]);
        QCOMPARE(object[u"op"].toString(), ops[i]);
        QCOMPARE(object[u"keyspace"].toString(), QStringLiteral("commerce"));
        QCOMPARE(object[u"copy"].toBool(true), false);
        QVERIFY(object[u"position"].toString().startsWith(QStringLiteral("MySQL56/")));
        const QJsonObject image = object[i == 2 ? QStringLiteral("before") : QStringLiteral("after")].toObject();
        // A number that no double holds is a string.
        QVERIFY(image[u"id"].isString());
        QVERIFY(image[u"id"].toString().toULongLong() >= 9007199254740993ULL);
        QCOMPARE(image[u"customer"].toString(), QStringLiteral("Zoë \"😀\""));
        QCOMPARE(image[u"total"].toString(), QStringLiteral("0.10"));
        QVERIFY(image[u"doc"].isNull());
    }
    QCOMPARE(QJsonDocument::fromJson(lines[1]).object()[u"before"][u"status"].toString(), QStringLiteral("new"));
    QCOMPARE(QJsonDocument::fromJson(lines[1]).object()[u"after"][u"status"].toString(), QStringLiteral("paid"));
}

void StreamSuite::watchAsTable()
{
    Program program(at(words("watch --keyspace commerce --table items --count 2")));
    Inserter insert;
    QCOMPARE(program.waitWhile([&] { insert(); }), 0);
    const QList<QByteArray> lines = linesOf(program.out());
    QCOMPARE(lines.size(), 2);
    QVERIFY2(lines[0].contains("insert  items  id=") && lines[0].contains("order_id=NULL"), lines[0]);
}

void StreamSuite::copyAndDuration()
{
    server().sql("insert into items (id, name, qty) values (1, '', 1), (4, null, 2), (6, 'a,b \"c\"\nd', 3)");
    Program program(
        at(words("watch --keyspace commerce --table items --position copy --format csv --duration 2500ms")));
    QCOMPARE(program.wait(), 0); // the end of the time is no error
    const QByteArray out = program.out();
    QCOMPARE(out.count("insert"), 3);
    QVERIFY2(out.contains(",1,,\"\",1,"), out); // empty is "", NULL is nothing
    QVERIFY2(out.contains(",4,,,2,"), out);
    QVERIFY2(out.contains(",6,,\"a,b \"\"c\"\"\nd\",3,"), out); // RFC 4180
    QVERIFY2(program.err().contains("opy"), program.err());     // that the copy is complete is no data
}

void StreamSuite::capturedIsWhatWasShown_data()
{
    watchCountsChanges_data();
}

void StreamSuite::capturedIsWhatWasShown()
{
    QFETCH(QString, source);
    const QString capture = m_folder.filePath(source + QStringLiteral(".vtcap"));
    Program program(at(words("watch --keyspace commerce --table items --format csv --source") +
                       QStringList{source, QStringLiteral("--capture"), capture}));
    Inserter insert;
    QVERIFY(program.waitForOutput([&](const QByteArray& out) {
        insert();
        server().sql("update items set qty = qty + 1, name = 'ü'");
        server().sql("delete from items where id = 2");
        return out.count('\n') > 30;
    }));
    program.terminate();
    QCOMPARE(program.wait(), kTerminated);
    const QByteArray shown = program.out();
    QVERIFY2(program.err().isEmpty(), program.err());

    Program exported({QStringLiteral("export"), capture, QStringLiteral("--format"), QStringLiteral("csv")});
    QCOMPARE(exported.wait(), 0);
    QVERIFY2(exported.out() == shown, exported.out() + "\ninstead of\n" + shown);

    const QString file = m_folder.filePath(source + QStringLiteral(".ndjson"));
    Program toFile({QStringLiteral("export"), capture, QStringLiteral("--format"), QStringLiteral("ndjson"),
                    QStringLiteral("--out"), file});
    QCOMPARE(toFile.wait(), 0);
    QVERIFY(toFile.out().isEmpty());
    QVERIFY(toFile.err().contains("changes"));
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    QCOMPARE(linesOf(written.readAll()).size(), linesOf(shown).size() - 1);
    // A capture is private, and is never overwritten.
    QCOMPARE(QFileInfo(capture).permissions() &
                 (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    Program again(at(words("watch --keyspace commerce --table items --count 1 --capture") + QStringList{capture}));
    QCOMPARE(again.wait(), 8);
}

void StreamSuite::terminatedFlushesEverything()
{
    const QString out = m_folder.filePath(QStringLiteral("flushed.ndjson"));
    Program program(at(words("watch --keyspace commerce --table items --format ndjson --out") + QStringList{out}));
    Inserter insert;
    const auto size = [&] { return QFileInfo(out).size(); };
    QTRY_VERIFY_WITH_TIMEOUT((insert(), size() > 1000), Program::kPatience);
    program.terminate();
    QCOMPARE(program.wait(), kTerminated);
    QFile file(out);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QVERIFY(text.endsWith('\n'));
    QList<int> ids;
    for (const QByteArray& line : linesOf(text)) {
        QVERIFY2(QJsonDocument::fromJson(line).isObject(), line);
        ids.append(QJsonDocument::fromJson(line).object()[u"after"][u"id"].toVariant().toInt());
    }
    // No row is missing between the first and the last.
    std::sort(ids.begin(), ids.end());
    for (qsizetype i = 1; i < ids.size(); ++i)
        QCOMPARE(ids[i], ids[i - 1] + 1);
}

void StreamSuite::readerThatLeaves()
{
    Program program(at(words("watch --keyspace commerce --table items --format csv")),
                    Program::Reader{QStringLiteral("head -n 4")});
    Inserter insert;
    QCOMPARE(program.waitWhile([&] { insert(); }), 0);
    QCOMPARE(linesOf(program.out()).size(), 4);
    QVERIFY2(program.err().isEmpty(), program.err());
}

void StreamSuite::anOptionGivenTwiceIsOne()
{
    for (const QString& source : sources()) {
        Program program(
            at(words("watch --keyspace commerce --shard -80 --shard -80 --table items --table items --format "
                     "csv --no-notes --count 4 --source")
               << source));
        int id = 0;
        QCOMPARE(
            program.waitWhile([&] { server().sql("insert into items (id) values (" + std::to_string(++id) + ")"); }),
            0);
        QSet<QByteArray> keys;
        for (const QByteArray& line : linesOf(program.out()).mid(1))
            keys.insert(fieldsOf(line)[6]);
        QCOMPARE(keys.size(), 4);
        server().sql("delete from items");
    }
}

void StreamSuite::aDeleteSaysWhatItDidNotSend()
{
    server().sql("insert into items (id, name, qty) values (1, 'n', 5)");
    for (const QString& source : sources()) {
        Program program(at(words("watch --keyspace commerce --table items --format csv --count 2 --source") << source));
        QCOMPARE(program.waitWhile([&] {
            server().sql("delete from items where id = 1");
            server().sql("insert into items (id, name, qty) values (1, 'n', 5)");
        }),
                 0);
        for (const QByteArray& line : linesOf(program.out()).mid(1)) {
            if (!line.contains(",delete,"))
                continue;
            // The whole row, or the key with the names of the rest.
            QVERIFY2(source == u"sync" ? line.contains("order_id name qty") : line.contains(",n,5,"), line);
        }
    }
}

void StreamSuite::filterShapesTheOutputOnly()
{
    const QString capture = m_folder.filePath(QStringLiteral("filtered.vtcap"));
    const QString filter = QStringLiteral("op = insert and after.name = 'beech' and id > 0");
    Program program(at({QStringLiteral("watch"), QStringLiteral("--keyspace"), QStringLiteral("commerce"),
                        QStringLiteral("--table"), QStringLiteral("items"), QStringLiteral("--format"),
                        QStringLiteral("csv"), QStringLiteral("--count"), QStringLiteral("3"),
                        QStringLiteral("--capture"), capture, QStringLiteral("--filter"), filter}));
    int id = 0;
    QCOMPARE(program.waitWhile([&] {
        for (const char* name : {"'oak'", "'beech'", "null"})
            server().sql("insert into items (id, name) values (" + std::to_string(++id) + ", " + name + ")");
    }),
             0);
    const QList<QByteArray> lines = linesOf(program.out());
    QCOMPARE(lines.size(), 4);
    QCOMPARE(program.out().count(",beech"), 3);

    Program whole({QStringLiteral("export"), capture});
    QCOMPARE(whole.wait(), 0);
    QVERIFY(whole.out().contains("oak"));
    Program part({QStringLiteral("export"), capture, QStringLiteral("--filter"), QStringLiteral("name is null")});
    QCOMPARE(part.wait(), 0);
    const QList<QByteArray> nulls = linesOf(part.out());
    QVERIFY(nulls.size() > 1 && !part.out().contains("oak") && !part.out().contains("beech"));
    // What nothing passes still has its columns.
    Program none({QStringLiteral("export"), capture, QStringLiteral("--filter"), QStringLiteral("name = 'yew'")});
    QCOMPARE(none.wait(), 0);
    QCOMPARE(linesOf(none.out()), QList<QByteArray>{linesOf(whole.out()).first()});
}

void StreamSuite::beforeImagesOnDemand()
{
    server().sql("insert into items (id, qty) values (1, 1)");
    Program program(at(words("watch --keyspace commerce --table items --format csv --before --no-notes --count 2")));
    int qty = 1;
    QCOMPARE(program.waitWhile([&] { server().sql("update items set qty = " + std::to_string(++qty)); }), 0);
    const QList<QByteArray> lines = linesOf(program.out());
    QCOMPARE(lines[0], QByteArray("_time,_keyspace,_shard,_table,_op,_position,id,order_id,name,qty,before.id,before."
                                  "order_id,before.name,before.qty"));
    for (const QByteArray& line : lines.mid(1)) {
        const QList<QByteArray> fields = fieldsOf(line);
        QCOMPARE(fields[9].toInt(), fields[13].toInt() + 1);
    }
}

void StreamSuite::datetimeIsNotShifted()
{
    Program program(at(words("watch --keyspace commerce --table orders --format csv --count 1")),
                    QStringList{QStringLiteral("TZ=Pacific/Auckland")});
    int id = 0;
    QCOMPARE(program.waitWhile([&] {
        server().sql("insert into orders (id, customer, created) values (" + std::to_string(++id) +
                     ", 'c', '2026-09-27 02:30:00.5')");
    }),
             0);
    QVERIFY2(program.out().contains(",2026-09-27 02:30:00.500000,"), program.out());
    // The time of the change is UTC.
    const QByteArray time = fieldsOf(linesOf(program.out())[1])[0];
    QVERIFY2(time.endsWith('Z'), time);
    const QDateTime when = QDateTime::fromString(QString::fromLatin1(time.left(19)), Qt::ISODate);
    QVERIFY(std::abs(QDateTime(when.date(), when.time(), Qt::UTC).secsTo(QDateTime::currentDateTimeUtc())) < 120);
}

void StreamSuite::positionFromAFile()
{
    Program first(at(words("watch --keyspace commerce --shard 80- --table items --format csv --count 3")));
    Inserter insert;
    QCOMPARE(first.waitWhile([&] { insert(); }), 0);
    const QList<QByteArray> lines = linesOf(first.out());
    QFile file(m_folder.filePath(QStringLiteral("position")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(fieldsOf(lines[1])[5] + "\n");
    file.close();
    Program second(at(words("watch --keyspace commerce --shard 80- --table items --format csv --count 2 --position") +
                      QStringList{u'@' + file.fileName()}));
    QCOMPARE(second.wait(), 0);
    // The very lines that came after the first.
    const QList<QByteArray> rest = linesOf(second.out());
    for (qsizetype i = 1; i < 3; ++i)
        QCOMPARE(fieldsOf(rest[i]).mid(1), fieldsOf(lines[i + 1]).mid(1));
}

void StreamSuite::exportOfACutCapture()
{
    const QString path = m_folder.filePath(QStringLiteral("whole.vtcap"));
    Program program(
        at(words("watch --keyspace commerce --table items --format csv --count 20 --capture") + QStringList{path}));
    Inserter insert;
    QCOMPARE(program.waitWhile([&] { insert(); }), 0);
    const QList<QByteArray> whole = linesOf(program.out());
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    int withRows = 0;
    for (const double part : {0.05, 0.3, 0.5, 0.7, 0.9, 0.99}) {
        const QString cut = m_folder.filePath(QStringLiteral("cut.vtcap"));
        QFile shorter(cut);
        QVERIFY(shorter.open(QIODevice::WriteOnly | QIODevice::Truncate));
        shorter.write(bytes.left(static_cast<qsizetype>(static_cast<double>(bytes.size()) * part)));
        shorter.close();
        Program exported({QStringLiteral("export"), cut});
        QCOMPARE(exported.wait(), 0);
        const QList<QByteArray> lines = linesOf(exported.out());
        withRows += lines.size() > 1;
        for (qsizetype i = 1; i < lines.size() - 1 && i < whole.size(); ++i)
            QCOMPARE(fieldsOf(lines[i]).mid(6), fieldsOf(whole[i]).mid(6));
    }
    QVERIFY(withRows >= 3);
}

void StreamSuite::exportAsSql()
{
    const QString capture = m_folder.filePath(QStringLiteral("sql.vtcap")),
                  file = m_folder.filePath(QStringLiteral("undo.sql"));
    server().sql("insert into items (id, name) values (1, 'it''s')");
    Program program(
        at(words("watch --keyspace commerce --table items --position copy --count 40 --capture") << capture));
    int id = 1;
    QCOMPARE(program.waitWhile([&] { server().sql("insert into items (id) values (" + std::to_string(++id) + ")"); }),
             0);
    Program redo({QStringLiteral("export"), capture, QStringLiteral("--format"), QStringLiteral("redo"),
                  QStringLiteral("--filter"), QStringLiteral("id = 1"), QStringLiteral("--generated"),
                  QStringLiteral("order_id, qty")});
    QCOMPARE(redo.wait(), 0);
    QVERIFY2(redo.out().startsWith("-- Redo SQL"), redo.out());
    QVERIFY2(redo.out().contains("INSERT INTO `items` (`id`, `name`) VALUES (1, 'it\\'s');\nCOMMIT;\n"), redo.out());
    QVERIFY2(redo.err().isEmpty(), redo.err());
    // What was copied was there before.
    Program undo({QStringLiteral("export"), capture, QStringLiteral("--format"), QStringLiteral("undo"),
                  QStringLiteral("--out"), file});
    QCOMPARE(undo.wait(), 0);
    QVERIFY2(undo.err().contains("no exact SQL for "), undo.err());
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QByteArray script = written.readAll();
    QVERIFY2(script.contains("-- Not written: insert of items, id 1: it is a row that was copied"), script);
    QVERIFY2(script.contains("DELETE FROM `items` WHERE `id` = "), script);
}

void StreamSuite::maskedEverywhere()
{
    const QString capture = m_folder.filePath(QStringLiteral("masked.vtcap"));
    int id = 0;
    const auto insert = [&] {
        server().sql("insert into items (id, name, qty) values (" + std::to_string(++id) + ", 'secret', 5)");
    };
    for (const char* format : {"table", "csv", "ndjson"}) {
        Program program(at(words("watch --keyspace commerce --table items --count 2 --mask name --columns name,id "
                                 "--format")
                           << QLatin1String(format) << QStringLiteral("--capture") << capture));
        QCOMPARE(program.waitWhile(insert), 0);
        const QByteArray out = program.out();
        QVERIFY2(!out.contains("secret") && !out.contains("qty") && out.count("***") == 2, out);
        if (format != std::string_view("ndjson"))
            QFile::remove(capture);
    }
    for (const char* format : {"csv", "ndjson", "redo", "undo"}) {
        Program program({QStringLiteral("export"), capture, QStringLiteral("--mask"), QStringLiteral("name"),
                         QStringLiteral("--format"), QLatin1String(format)});
        QCOMPARE(program.wait(), 0);
        QVERIFY2(!program.out().contains("secret"), program.out());
        // The capture may hold more changes than were asked for.
        QCOMPARE(program.err().contains("no exact SQL for "), std::string_view(format).ends_with("do"));
    }
    for (const char* filter : {"name = 'secret'", "id = 1 or changed(name)"}) {
        Program refused({QStringLiteral("export"), capture, QStringLiteral("--mask"), QStringLiteral("name"),
                         QStringLiteral("--filter"), QLatin1String(filter)});
        QCOMPARE(refused.wait(), 2);
        QVERIFY2(refused.err().contains("name is masked") && refused.out().isEmpty(), refused.err());
    }
    Program live(at(words("watch --keyspace commerce --table items --mask name --filter changed(name)")));
    QCOMPARE(live.wait(), 2);
    QVERIFY2(live.err().contains("name is masked"), live.err());
    Program whole({QStringLiteral("export"), capture, QStringLiteral("--mask"), QStringLiteral("commerce.items.name"),
                   QStringLiteral("--filter"), QStringLiteral("id > 0")});
    QCOMPARE(whole.wait(), 0);
    // A line for each change behind the names of the columns; as many as had come by the end.
    QVERIFY2(!whole.out().contains("secret") && whole.out().count("***") >= 2 &&
                 whole.out().count("***") == whole.out().count("\r\n") - 1,
             whole.out());
    Program unknown({QStringLiteral("export"), capture, QStringLiteral("--mask"), QStringLiteral("nmae")});
    QCOMPARE(unknown.wait(), 2);
    QVERIFY2(unknown.err().contains("name"), unknown.err());
    QVERIFY(unknown.out().isEmpty());
}

void StreamSuite::compressedWhileItComes()
{
    for (const char* ending : {"gz", "zst"}) {
        const QString path = m_folder.filePath(QStringLiteral("live.csv.") + QLatin1String(ending));
        const auto unpacked = [&] {
            QProcess program;
            program.start(ending == std::string_view("gz") ? QStringLiteral("gzip") : QStringLiteral("zstd"),
                          {QStringLiteral("-dcq"), path});
            program.waitForFinished();
            return program.readAllStandardOutput();
        };
        for (const bool isKilled : {true, false}) {
            Program program(at(words("watch --keyspace commerce --table items --format csv --out") << path));
            Inserter insert;
            // Read while it is written: whole lines each time.
            QTRY_VERIFY_WITH_TIMEOUT((insert(), unpacked().count('\n') > 20), Program::kPatience);
            QVERIFY(unpacked().endsWith("\r\n"));
            if (isKilled)
                program.process().kill();
            else
                program.terminate();
            QCOMPARE(program.wait(), isKilled ? -1 : kTerminated);
            const QByteArray text = unpacked();
            QVERIFY2(text.startsWith("_time,") && text.endsWith("\r\n"), text);
            QVERIFY(QFile::remove(path));
            server().sql("delete from items");
        }
    }
}

void StreamSuite::oneFileAfterTheOther_data()
{
    QTest::addColumn<QString>("rotation");
    QTest::addColumn<QString>("name");
    QTest::newRow("size") << QStringLiteral("size:1K") << QStringLiteral("sized.csv");
    QTest::newRow("time") << QStringLiteral("time:200ms") << QStringLiteral("timed.csv");
    QTest::newRow("compressed") << QStringLiteral("size:400,time:1h") << QStringLiteral("packed.csv.gz");
}

void StreamSuite::oneFileAfterTheOther()
{
    QFETCH(QString, rotation);
    QFETCH(QString, name);
    const QString stem = name.section(u'.', 0, 0), endings = name.mid(stem.size());
    // What is there is not touched.
    QFile taken(m_folder.filePath(stem + QStringLiteral("-0002") + endings));
    QVERIFY(taken.open(QIODevice::WriteOnly));
    taken.write("mine");
    taken.close();
    Program program(at(words("watch --keyspace commerce --table items --format csv --no-notes --rotate")
                       << rotation << QStringLiteral("--out") << m_folder.filePath(name)));
    int id = 0;
    const auto last = m_folder.filePath(stem + QStringLiteral("-0005") + endings);
    // Two rows of one shard in each transaction.
    QTRY_VERIFY_WITH_TIMEOUT(
        (server().sqlAt("commerce:-80",
                        {"begin", "insert into items (id) values (" + std::to_string(++id * 2) + ")",
                         "insert into items (id) values (" + std::to_string(id * 2 + 1) + ")", "commit"}),
         QFile::exists(last)),
        Program::kPatience);
    program.terminate();
    QCOMPARE(program.wait(), kTerminated);
    QVERIFY(taken.open(QIODevice::ReadOnly));
    QCOMPARE(taken.readAll(), QByteArray("mine"));
    int next = -1;
    QByteArray told;
    for (const char* number : {"-0001", "-0003", "-0004", "-0005"}) {
        const QString path = m_folder.filePath(stem + QLatin1String(number) + endings);
        QProcess unpack;
        unpack.start(QStringLiteral("gzip"), {QStringLiteral("-dcfq"), path});
        QVERIFY(unpack.waitForFinished());
        QCOMPARE(unpack.exitCode(), 0);
        const QList<QByteArray> lines = linesOf(unpack.readAllStandardOutput());
        QVERIFY2(lines.first().startsWith("_time,"), lines.first());
        // Both rows of a transaction, one after the other, and none is missing between the files.
        QVERIFY(lines.size() > 1 && lines.size() % 2 == 1);
        for (const QByteArray& line : lines.mid(1)) {
            const int is = fieldsOf(line)[6].toInt();
            QVERIFY2(next < 0 || is == next, line);
            next = is + 1;
        }
        told += "vtscope-cli: " + path.toUtf8() + " is finished\n";
    }
    QVERIFY2(program.err().startsWith(told), program.err());
}

std::unique_ptr<QObject> makeStreamSuite()
{
    return std::make_unique<StreamSuite>();
}

} // namespace vtscope::test

#include "tst_stream.moc"
