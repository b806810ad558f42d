// Messages that are not what they should be: kept as received, flagged, and what comes behind them is read all the
// same.
#include <QTemporaryDir>
#include <QtTest>

#include "streamcore/capture/ledger.h"
#include "streamcore/output/exporter.h"
#include "streamcore/select/capturelines.h"
#include "tests/contract/watcher.h"
#include "tests/wire/suites.h"
#include "tests/wire/vtgate.h"

namespace vtscope::test {

namespace {

const char* const kStream = "select * from"; // in every real request, not in the question whether there is a VStream

// A watch of solo.t that has received these messages and one good change (id 99) behind them.
struct Watched
{
    explicit Watched(const std::vector<std::string>& messages, bool hasGoodEnd = true)
    {
        playVtgate(server);
        Script script;
        script.sendAll(messages);
        if (hasGoodEnd)
            script.send(goodResponse("99", "good"));
        server.on(kVStream, script.staySilent(), kStream);
        watcher = std::make_unique<Watcher>(connectTo(server));
        watcher->session().start(watchT());
    }

    bool waitForGood() const
    {
        return watcher->waitForRow(
            [](const Row& row) { return row.after.contains("id") && row.after.at("id") == "99"; });
    }

    RowFault faultOf(std::size_t row) const
    {
        ChangeView change;
        change.read(watcher->capture()->snapshot(), watcher->rows()[row].number);
        return change.fault();
    }

    ScriptedServer server;
    std::unique_ptr<Watcher> watcher;
};

query::Row broken(const std::vector<std::int64_t>& lengths, const std::string& values)
{
    query::Row row;
    for (const std::int64_t length : lengths)
        row.add_lengths(length);
    row.set_values(values);
    return row;
}

} // namespace

class DishonestSuite : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rowsThatDoNotAddUp_data();
    void rowsThatDoNotAddUp();
    void rowBeforeItsFields();
    void unknownEventType();
    void unknownTypeCode();
    void garbageMessage_data();
    void garbageMessage();
    void messageOverTheLimit();
    void enumNumbersOfOldServers();
    void setNumbersOfOldServers();
    void enumByItsTypeNotByAName();
    void datetimeIsNotShifted();
    void timeBeyondADay();
    void integersAbove2To53();
    void blobBytesStayBytes();
    void syncRowsThatDoNotAddUp();
    void syncUpdateWithoutItsOtherHalf();
};

void DishonestSuite::rowsThatDoNotAddUp_data()
{
    QTest::addColumn<QList<qint64>>("lengths");
    QTest::addColumn<QByteArray>("values");
    QTest::addColumn<int>("fault");
    QTest::newRow("more than there is") << QList<qint64>{1, 20} << QByteArray("1abc") << int(RowFault::Truncated);
    QTest::newRow("far more than there is")
        << QList<qint64>{1, std::numeric_limits<qint64>::max()} << QByteArray("1abc") << int(RowFault::Truncated);
    QTest::newRow("less than there is") << QList<qint64>{1, 2} << QByteArray("1abcdef") << int(RowFault::TrailingBytes);
    QTest::newRow("fewer cells") << QList<qint64>{1} << QByteArray("1") << int(RowFault::TooFewCells);
    QTest::newRow("more cells") << QList<qint64>{1, 1, 1} << QByteArray("1ab") << int(RowFault::TooManyCells);
    QTest::newRow("negative") << QList<qint64>{1, -2} << QByteArray("1") << int(RowFault::NegativeLength);
    QTest::newRow("most negative") << QList<qint64>{std::numeric_limits<qint64>::min(), 1} << QByteArray("1")
                                   << int(RowFault::NegativeLength);
    QTest::newRow("nothing at all") << QList<qint64>{} << QByteArray() << int(RowFault::TooFewCells);
}

void DishonestSuite::rowsThatDoNotAddUp()
{
    QFETCH(QList<qint64>, lengths);
    QFETCH(QByteArray, values);
    QFETCH(int, fault);
    const query::Row bad = broken({lengths.begin(), lengths.end()}, values.toStdString());
    const Watched watched(
        {responseOf({eventOf(binlogdata::BEGIN), fieldEvent(plainFields()), rowEvent(std::nullopt, bad),
                     rowEvent(bad, rowOf({"2", "b"})), rowEvent(rowOf({"3", "c"}), bad), rowEvent(bad, std::nullopt),
                     vgtidEvent(3), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->rows().size(), std::size_t{5});
    for (std::size_t i = 0; i < 4; ++i)
        QCOMPARE(int(watched.faultOf(i)), fault);
    QCOMPARE(watched.faultOf(4), RowFault::None);
    QCOMPARE(watched.watcher->capture()->faults(), std::uint64_t{4});
    QVERIFY(watched.watcher->session().isRunning());
}

void DishonestSuite::rowBeforeItsFields()
{
    const Watched watched({responseOf({eventOf(binlogdata::BEGIN), rowEvent(std::nullopt, rowOf({"1", "a"})),
                                       vgtidEvent(3), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->rows().size(), std::size_t{2});
    QCOMPARE(watched.faultOf(0), RowFault::NoFields);
}

void DishonestSuite::unknownEventType()
{
    binlogdata::VEvent strange = eventOf(binlogdata::OTHER);
    strange.set_type(static_cast<binlogdata::VEventType>(99));
    strange.set_statement("from the future");
    const Watched watched({responseOf({strange, vgtidEvent(3)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->countOf(Op::Unknown), std::size_t{1});
    const Snapshot snapshot = watched.watcher->capture()->snapshot();
    QCOMPARE(snapshot.entry(0).op(), Op::Unknown);
    QVERIFY2(eventText(snapshot, 0).title.find("99") != std::string::npos ||
                 eventText(snapshot, 0).detail.find("99") != std::string::npos ||
                 eventText(snapshot, 0).note.find("99") != std::string::npos,
             (eventText(snapshot, 0).title + "|" + eventText(snapshot, 0).detail + "|" + eventText(snapshot, 0).note)
                 .c_str());
}

void DishonestSuite::unknownTypeCode()
{
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("strange", static_cast<query::Type>(4711)));
    fields.push_back(field("bytes", static_cast<query::Type>(4711)));
    const Watched watched({responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields),
                                       rowEvent(std::nullopt, rowOf({"1", "a", "Zoë", std::string("\xff\x00", 2)})),
                                       vgtidEvent(3), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    const Row row = watched.watcher->rows()[0];
    QCOMPARE(row.after.at("strange"), std::string("Zoë"));
    QCOMPARE(row.after.at("bytes"), std::string("ff00"));
    QCOMPARE(watched.faultOf(0), RowFault::None);
}

void DishonestSuite::garbageMessage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray good = QByteArray::fromStdString(goodResponse("1", "cut"));
    QTest::newRow("text") << QByteArray("HTTP/1.1 200 OK");
    QTest::newRow("ones") << QByteArray(64, '\xff');
    QTest::newRow("half a message") << good.left(good.size() / 2);
    QTest::newRow("all but a byte") << good.left(good.size() - 1);
}

void DishonestSuite::garbageMessage()
{
    QFETCH(QByteArray, bytes);
    const Watched watched({bytes.toStdString()});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QVERIFY(watched.watcher->countOf(Op::Undecodable) >= 1);
    QVERIFY(watched.watcher->capture()->faults() >= 1);
    const Ledger ledger = ledgerOf(*watched.watcher->capture());
    QVERIFY(!ledger.isComplete());
    QVERIFY2(ledger.words().ends_with(" not decodable"), ledger.words().c_str());
    QVERIFY(coverageOf(*watched.watcher->capture()).empty());
    const QTemporaryDir folder;
    const auto exported =
        exportChanges(watched.watcher->capture()->snapshot(), wholeOf(watched.watcher->capture()).lines,
                      OutputFormat::Ndjson, {}, folder.filePath(QStringLiteral("out.ndjson")).toStdString());
    QVERIFY(exported && exported->lost == watched.watcher->countOf(Op::Undecodable));
    // The bytes are kept.
    const Snapshot snapshot = watched.watcher->capture()->snapshot();
    QCOMPARE(std::string(snapshot.payload(snapshot.entry(0).record())), bytes.toStdString());
}

void DishonestSuite::messageOverTheLimit()
{
    const std::string huge = goodResponse("1", std::string((128u << 20) + 1, 'x'));
    const Watched watched({goodResponse("98", "before"), huge}, false);
    QVERIFY2(watched.watcher->waitForEnd(), "no end");
    QCOMPARE(watched.watcher->session().error()->kind, ErrorKind::MessageTooLarge);
    QCOMPARE(watched.watcher->rows().size(), std::size_t{1}); // what came before is kept
}

void DishonestSuite::enumNumbersOfOldServers()
{
    // Until Vitess 19: numbers in the stream, labels in the copy.
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("e", query::ENUM, "enum('new','it''s','a,b')"));
    fields.push_back(field("other", query::ENUM, "enum('1','2')"));
    const auto live = [&](const std::string& id, const Texts& labels) {
        return rowEvent(std::nullopt, rowOf({id, "v", labels[0], labels[1]}));
    };
    binlogdata::VEvent copying = vgtidEvent(2);
    copying.mutable_vgtid()->mutable_shard_gtids(0)->add_table_p_ks()->set_table_name("t");
    binlogdata::VEvent copied = live("1", {"it's", "2"});
    copied.clear_timestamp(); // the rows of a copy have none
    const Watched watched({responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields, false)}),
                           responseOf({copied, copying, eventOf(binlogdata::COMMIT)}),
                           responseOf({eventOf(binlogdata::BEGIN), vgtidEvent(3), eventOf(binlogdata::COMMIT)}),
                           responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields, false), live("2", {"2", "2"}),
                                       live("3", {"3", "1"}), live("4", {"0", std::nullopt}), live("5", {"9", "1"}),
                                       vgtidEvent(4), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    const std::vector<Row> rows = watched.watcher->rows();
    QVERIFY(rows[0].isCopied);
    QCOMPARE(rows[0].after.at("e"), std::string("it's"));
    QCOMPARE(rows[0].after.at("other"), std::string("2")); // a label that looks like a number stays
    QVERIFY(!rows[1].isCopied);
    QCOMPARE(rows[1].after.at("e"), std::string("it's"));
    QCOMPARE(rows[1].after.at("other"), std::string("2"));
    QCOMPARE(rows[2].after.at("e"), std::string("a,b"));
    QCOMPARE(rows[2].after.at("other"), std::string("1"));
    QCOMPARE(rows[3].after.at("e"), std::string("")); // MySQL's own invalid value
    QCOMPARE(rows[3].after.at("other"), std::string("<null>"));
    QCOMPARE(rows[4].after.at("e"), std::string("9")); // no such member: as it came
}

void DishonestSuite::setNumbersOfOldServers()
{
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("s", query::SET, "set('a','b','c d')"));
    const auto with = [&](const std::string& id, const std::string& bits) {
        return rowEvent(std::nullopt, rowOf({id, "v", bits}));
    };
    const Watched watched(
        {responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields, false), with("1", "0"), with("2", "5"),
                     with("3", "7"), with("4", "2"), vgtidEvent(4), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    const std::vector<Row> rows = watched.watcher->rows();
    QCOMPARE(rows[0].after.at("s"), std::string(""));
    QCOMPARE(rows[1].after.at("s"), std::string("a,c d"));
    QCOMPARE(rows[2].after.at("s"), std::string("a,b,c d"));
    QCOMPARE(rows[3].after.at("s"), std::string("b"));
}

void DishonestSuite::enumByItsTypeNotByAName()
{
    // A column is an ENUM by its type, whatever it is called; a text column called enum is none.
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("not_it", query::ENUM, "enum('x','y')"));
    fields.push_back(field("enum", query::VARCHAR, "varchar(5)"));
    const Watched watched({responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields, false),
                                       rowEvent(std::nullopt, rowOf({"1", "v", "2", "2"})), vgtidEvent(4),
                                       eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->rows()[0].after.at("not_it"), std::string("y"));
    QCOMPARE(watched.watcher->rows()[0].after.at("enum"), std::string("2"));
}

void DishonestSuite::datetimeIsNotShifted()
{
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("at", query::DATETIME, "datetime(6)"));
    fields.push_back(field("ts", query::TIMESTAMP, "timestamp"));
    fields.push_back(field("d", query::DATE, "date"));
    // An hour that does not exist where this runs, and dates that exist nowhere.
    const Texts values{"1", "v", "2026-03-08 02:30:00.000001", "2026-03-08 02:30:00", "0000-00-00"};
    const Watched watched(
        {responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields), rowEvent(std::nullopt, rowOf(values)),
                     vgtidEvent(4), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    const Row row = watched.watcher->rows()[0];
    QCOMPARE(row.after.at("at"), std::string("2026-03-08 02:30:00.000001"));
    QCOMPARE(row.after.at("ts"), std::string("2026-03-08 02:30:00"));
    QCOMPARE(row.after.at("d"), std::string("0000-00-00"));
}

void DishonestSuite::timeBeyondADay()
{
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("t", query::TIME, "time(6)"));
    const Watched watched({responseOf(
        {eventOf(binlogdata::BEGIN), fieldEvent(fields), rowEvent(std::nullopt, rowOf({"1", "v", "838:59:59.000000"})),
         rowEvent(std::nullopt, rowOf({"2", "v", "-00:00:00.000001"})), vgtidEvent(4), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->rows()[0].after.at("t"), std::string("838:59:59.000000"));
    QCOMPARE(watched.watcher->rows()[1].after.at("t"), std::string("-00:00:00.000001"));
}

void DishonestSuite::integersAbove2To53()
{
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("u", query::UINT64, "bigint unsigned"));
    const Watched watched(
        {responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields),
                     rowEvent(std::nullopt, rowOf({"-9223372036854775807", "v", "18446744073709551615"})),
                     rowEvent(std::nullopt, rowOf({"9007199254740993", "v", "9007199254740993"})), vgtidEvent(4),
                     eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    QCOMPARE(watched.watcher->rows()[0].after.at("id"), std::string("-9223372036854775807"));
    QCOMPARE(watched.watcher->rows()[0].after.at("u"), std::string("18446744073709551615"));
    QCOMPARE(watched.watcher->rows()[1].after.at("id"), std::string("9007199254740993"));
}

void DishonestSuite::blobBytesStayBytes()
{
    std::string all;
    QByteArray hex;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    hex = QByteArray::fromStdString(all).toHex();
    std::vector<query::Field> fields = plainFields();
    fields.push_back(field("b", query::BLOB, "blob", 144, 63));
    fields.push_back(field("vb", query::VARBINARY, "varbinary(256)", 128, 63));
    fields.push_back(field("bit", query::BIT, "bit(10)", 32, 63));
    const Watched watched({responseOf({eventOf(binlogdata::BEGIN), fieldEvent(fields),
                                       rowEvent(std::nullopt, rowOf({"1", "v", all, all, std::string("\x03\xff", 2)})),
                                       vgtidEvent(4), eventOf(binlogdata::COMMIT)})});
    QVERIFY2(watched.waitForGood(), watched.watcher->story());
    const Row row = watched.watcher->rows()[0];
    QCOMPARE(row.after.at("b"), hex.toStdString());
    QCOMPARE(row.after.at("vb"), hex.toStdString());
    QCOMPARE(row.after.at("bit"), std::string("03ff"));
}

void DishonestSuite::syncRowsThatDoNotAddUp()
{
    ScriptedServer server;
    playPlanetScale(server);
    psdbconnect::v1alpha1::SyncResponse response;
    auto* result = response.add_result();
    for (const query::Field& one : plainFields())
        *result->add_fields() = one;
    *result->add_rows() = broken({1, 5}, "1ab");
    *result->add_rows() = rowOf({"2", "good"});
    auto* deleted = response.add_deletes()->mutable_result();
    *deleted->add_fields() = plainFields()[0];
    *deleted->add_rows() = broken({1, 1}, "12");
    *deleted->add_rows() = rowOf({"3"});
    response.mutable_cursor()->set_keyspace("solo");
    response.mutable_cursor()->set_shard("0");
    response.mutable_cursor()->set_position("MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5");
    server.on(kSync, Script().send(response.SerializeAsString()).staySilent());
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT(Source::Sync));
    QVERIFY2(watcher.waitForRows(4), watcher.story());
    QCOMPARE(watcher.capture()->faults(), std::uint64_t{2});
    ChangeView change;
    const Snapshot snapshot = watcher.capture()->snapshot();
    const RowFault wanted[] = {RowFault::Truncated, RowFault::None, RowFault::TooManyCells, RowFault::None};
    for (std::size_t i = 0; i < 4; ++i) {
        change.read(snapshot, i);
        QCOMPARE(change.fault(), wanted[i]);
    }
    QCOMPARE(watcher.rows()[1].after, (Image{{"id", "2"}, {"v", "good"}}));
    QCOMPARE(watcher.rows()[3].before, (Image{{"id", "3"}}));
}

void DishonestSuite::syncUpdateWithoutItsOtherHalf()
{
    ScriptedServer server;
    playPlanetScale(server);
    psdbconnect::v1alpha1::SyncResponse response;
    auto* update = response.add_updates();
    for (const query::Field& one : plainFields()) {
        *update->mutable_before()->add_fields() = one;
        *update->mutable_after()->add_fields() = one;
    }
    *update->mutable_before()->add_rows() = rowOf({"1", "old"});
    *update->mutable_after()->add_rows() = rowOf({"1", "new"});
    *update->mutable_after()->add_rows() = rowOf({"2", "new too"}); // its before image is missing
    server.on(kSync, Script().send(response.SerializeAsString()).staySilent());
    Watcher watcher(connectTo(server));
    watcher.session().start(watchT(Source::Sync));
    // At the end every image that came can be seen.
    QVERIFY2(watcher.waitFor([&] { return watcher.capture()->count() >= 1; }), watcher.story());
    watcher.session().stop();
    const std::vector<Row> rows = watcher.rows();
    QVERIFY(!rows.empty());
    QCOMPARE(rows[0].before, (Image{{"id", "1"}, {"v", "old"}}));
    QCOMPARE(rows[0].after, (Image{{"id", "1"}, {"v", "new"}}));
    QVERIFY(watcher.capture()->faults() >= 1 || (rows.size() == 2 && rows[1].after.at("id") == "2"));
}

std::unique_ptr<QObject> makeDishonestSuite()
{
    return std::make_unique<DishonestSuite>();
}

} // namespace vtscope::test

#include "tst_dishonest.moc"
