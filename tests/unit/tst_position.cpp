// Positions as people have them: typed, pasted from VGTIDs, and sent back without losing anything.
#include <QtTest>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/position/positiontext.h"
#include "streamcore/position/safeposition.h"
#include "streamcore/position/stopposition.h"

#include <google/protobuf/util/json_util.h>

using namespace vtscope;

namespace {

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

binlogdata::VGtid insideACopy()
{
    binlogdata::VGtid vgtid;
    for (const char* shard : {"-80", "80-"}) {
        binlogdata::ShardGtid& one = *vgtid.add_shard_gtids();
        one.set_keyspace("shop");
        one.set_shard(shard);
        one.set_gtid("MySQL56/" + kUuid + ":1-77");
    }
    binlogdata::TableLastPK& last = *vgtid.mutable_shard_gtids(1)->add_table_p_ks();
    last.set_table_name("orders");
    query::Field& field = *last.mutable_lastpk()->add_fields();
    field.set_name("id");
    field.set_type(query::UINT64);
    query::Row& row = *last.mutable_lastpk()->add_rows();
    row.add_lengths(20);
    row.set_values("18446744073709551615");
    return vgtid;
}

// A cursor of Sync inside the copy of a table.
std::string cursorInsideACopy(query::Type type = query::INT64)
{
    psdbconnect::v1alpha1::TableCursor cursor;
    cursor.set_keyspace("shop");
    cursor.set_shard("-80");
    cursor.set_position("MySQL56/" + kUuid + ":1-77");
    query::Field& field = *cursor.mutable_last_known_pk()->add_fields();
    field.set_name("id");
    field.set_type(type);
    cursor.mutable_last_known_pk()->add_rows()->add_lengths(1);
    cursor.mutable_last_known_pk()->mutable_rows(0)->set_values("7");
    return cursor.SerializeAsString();
}

std::string base64(const std::string& bytes)
{
    return QByteArray::fromStdString(bytes).toBase64().toStdString();
}

// A shard where the copy of a table has come to a key.
ShardPosition copying(const std::string& shard, const std::vector<std::string>& tables, query::Type type = query::INT64)
{
    binlogdata::ShardGtid keys;
    for (const std::string& table : tables) {
        binlogdata::TableLastPK& last = *keys.add_table_p_ks();
        last.set_table_name(table);
        query::Field& field = *last.mutable_lastpk()->add_fields();
        field.set_name("id");
        field.set_type(type);
        last.mutable_lastpk()->add_rows()->add_lengths(1);
        last.mutable_lastpk()->mutable_rows(0)->set_values("7");
    }
    return {"shop", shard, "MySQL56/" + kUuid + ":1-77", keys.SerializeAsString()};
}

ShardPosition at(const std::string& shard, int last)
{
    return {"shop", shard, "MySQL56/" + kUuid + ":1-" + std::to_string(last)};
}

} // namespace

class PositionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void gtidsWithAndWithoutFlavor()
    {
        for (const std::string& text : {kUuid + ":1-5", "MySQL56/" + kUuid + ":1-5", " " + kUuid + ":\n1-5 "}) {
            const auto parsed = parsePosition(text);
            QVERIFY(parsed);
            QCOMPARE(parsed->size(), std::size_t{1});
            QCOMPARE(parsed->front().gtid, "MySQL56/" + kUuid + ":1-5");
            QVERIFY(parsed->front().shard.empty());
        }
    }

    void shardsWithRowsInCommon_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::addColumn<bool>("isTrue");
        const auto row = [](const char* a, const char* b, bool isTrue) {
            QTest::addRow("%s, %s", a, b) << a << b << isTrue;
        };
        row("-80", "80-", false);
        row("-80", "40-c0", true);
        row("-80", "-40", true);
        row("40-80", "80-c0", false);
        row("c0-", "80-", true);
        row("fe-ff", "ff-", false);
        row("0", "-80", true);
        row("-", "80-", true);
        row("-80", "80a0-", false);
        row("-80a0", "80-", true);
    }

    void shardsWithRowsInCommon()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        QFETCH(bool, isTrue);
        QCOMPARE(overlaps(a.toStdString(), b.toStdString()), isTrue);
        QCOMPARE(overlaps(b.toStdString(), a.toStdString()), isTrue);
    }

    void whatIsNoPositionIsRefusedWithAReason()
    {
        for (const char* text :
             {"", "yesterday", "MySQL56/", "{", "{}", "[]", "[{\"shard\":\"-\",\"gtid\":\"nonsense\"}]",
              "{\"shardGtids\":[{\"gtid\":\"current\"}]}", "3e11fa47-71ca-11e1-9e33-c80aa9429562:9-7",
              "[{\"shard\":\"-\",\"gtid\":\"3e11fa47-71ca-11e1-9e33-c80aa9429562:9-7\"}]"}) {
            const auto parsed = parsePosition(text);
            QVERIFY2(!parsed, text);
            QCOMPARE(parsed.error().kind, ErrorKind::PositionInvalid);
            QVERIFY(!parsed.error().message.empty());
        }
    }

    void formsOfOtherTools_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray gtid = QByteArray::fromStdString(kUuid) + ":1-77", flavored = "MySQL56/" + gtid;
        const QByteArray start = "[{\"keyspace\":\"shop\",\"shard\":\"-80\",\"gtid\":\"",
                         end = "\"},{\"keyspace\":\"shop\",\"shard\":\"80-\",\"gtid\":\"\"}]";
        const QByteArray both = start + flavored + end;
        QTest::newRow("vgtid") << "{\"shardGtids\":" + both + "}";
        QTest::newRow("proto names") << "{\"shard_gtids\":" + both + "}";
        QTest::newRow("debezium") << both;
        QTest::newRow("without flavor") << start + gtid.toUpper() + end;
        QTest::newRow("debezium's offset")
            << "{\"transaction_id\":null,\"vgtid\":\"" + QByteArray(both).replace("\"", "\\\"") + "\"}";
        QTest::newRow("protobuf text") << "shard_gtids:{keyspace:\"shop\" shard:\"-80\" gtid:\"" + gtid +
                                              "\"} shard_gtids:{keyspace:\"shop\" shard:\"80-\"}";
        QTest::newRow("starting gtids") << "{\"shop\":{\"-80\":\"" + flavored + "\",\"80-\":\"\"}}";
    }

    void formsOfOtherTools()
    {
        QFETCH(QByteArray, text);
        const auto parsed = parsePosition(text.toStdString());
        QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
        const std::vector<ShardPosition> expected{at("-80", 77), {"shop", "80-", ""}};
        QVERIFY2(*parsed == expected, vgtidJson(*parsed).c_str());
        QVERIFY(*parsePosition(positionText(*parsed)) == expected);
    }

    // Bytes of a cursor that we do not know go back as they came.
    void cursors()
    {
        const std::string unknown = "\x0a\x03-80\x12\x04shop\x1a\x07"
                                    "current\xfa\x07\x02hi";
        for (const std::string& cursor : {unknown, cursorInsideACopy()}) {
            for (const std::string& text : {base64(cursor), "{\"cursor\":\"" + base64(cursor) + "\"}",
                                            "{\"shards\":{\"-80\":{\"cursor\":\"" + base64(cursor) + "\"}}}",
                                            "[{\"cursor\":\"" + base64(cursor) + "\"}]"}) {
                const auto parsed = parsePosition(text);
                QVERIFY2(parsed, text.c_str());
                QCOMPARE(parsed->size(), std::size_t{1});
                QCOMPARE(parsed->front().shard, std::string("-80"));
                QCOMPARE(cursorOf(parsed->front()), cursor);
            }
        }
        QCOMPARE(positionText(*parsePosition(base64(unknown))), std::string("current"));
        const auto inside = *parsePosition(base64(cursorInsideACopy()));
        QVERIFY(isInsideCopy(inside.front()));
        QVERIFY(*parsePosition(positionText(inside)) == inside);
        QVERIFY(!parsePosition("{\"cursor\":\"CgEt\"}"));
        QVERIFY(!parsePosition("CgEt"));
    }

    // Some tools write the values of last keys themselves, others in base64.
    void plainValuesOfLastKeys()
    {
        for (const char* values : {"5", "NQ=="}) {
            const auto parsed = parsePosition(
                std::string("[{\"keyspace\":\"shop\",\"shard\":\"-\",\"gtid\":\"current\",\"table_p_ks\":[{\"table_"
                            "name\":\"t\",\"lastpk\":") +
                "{\"fields\":[{\"name\":\"id\",\"type\":\"INT64\"}],\"rows\":[{\"lengths\":[\"1\"],\"values\":\"" +
                values + "\"}]}}]}]");
            QVERIFY2(parsed, parsed ? "" : parsed.error().message.c_str());
            binlogdata::ShardGtid keys;
            QVERIFY(keys.ParseFromString(parsed->front().lastKeys));
            QCOMPARE(keys.table_p_ks(0).lastpk().rows(0).values(), std::string("5"));
        }
    }

    void printedForPeople()
    {
        QCOMPARE(positionText({at("-80", 77)}), at("-80", 77).gtid);
        QCOMPARE(positionText({at("-80", 77), {"shop", "80-", ""}}),
                 "{\"shardGtids\":[{\"gtid\":\"MySQL56/" + kUuid +
                     ":1-77\",\"keyspace\":\"shop\",\"shard\":\"-80\"},{\"gtid\":\"\",\"keyspace\":\"shop\",\"shard\":"
                     "\"80-\"}]}");
        const std::vector<ShardPosition> inside{copying("-80", {"orders"})};
        QVERIFY(*parsePosition(positionText(inside)) == inside);
    }

    void whatItSaysOfShards()
    {
        const std::vector<ShardPosition> both{at("-80", 7), at("80-", 9)};
        QCOMPARE(forShards(both, "shop", {"80-"})->front().gtid, at("80-", 9).gtid);
        QVERIFY(!forShards(both, "other", {"80-"}));
        QVERIFY(!forShards(both, "shop", {"-"}));
        QVERIFY(!forShards({both[0], both[0]}, "shop", {"-80"}));
        const std::vector<ShardPosition> alone{{"", "", at("", 7).gtid}};
        QCOMPARE(forShards(alone, "shop", {"-"})->front().shard, std::string("-"));
        QVERIFY(!forShards(alone, "shop", {"-80", "80-"}));
    }

    void tablesThatAreLeftToCopy()
    {
        const std::vector<std::string> tables{"c", "a", "b"};
        const auto left = [&](const std::vector<ShardPosition>& positions) {
            return tablesToCopy(positions, tables).tables;
        };
        const auto isExact = [&](const std::vector<ShardPosition>& positions) {
            return tablesToCopy(positions, tables).isExact;
        };
        const ShardPosition start{"shop", "-80", ""};
        const std::vector<std::string> all, bc{"b", "c"}, c{"c"};
        QCOMPARE(left({at("-80", 7)}), all);
        QCOMPARE(left({start}), all);
        QCOMPARE(left({copying("-80", {"a"})}), all);
        QCOMPARE(left({copying("-80", {"b"})}), bc);
        QCOMPARE(left({copying("-80", {"c"}), at("80-", 7)}), c);
        QCOMPARE(left({copying("-80", {"c"}), copying("80-", {"b"})}), bc);
        QCOMPARE(left({copying("-80", {"c"}), start}), all);
        QVERIFY(isExact({copying("-80", {"c"}), at("80-", 7)}));
        QVERIFY(isExact({copying("-80", {"b"}), copying("80-", {"b"})}));
        QVERIFY(!isExact({copying("-80", {"c"}), copying("80-", {"b"})}));
        QVERIFY(!isExact({copying("-80", {"c"}), start}));
    }

    void enumKeysAreNotResumedFrom()
    {
        QCOMPARE(tableWithEnumKey(copying("-80", {"t"}, query::ENUM)), std::string("t"));
        QCOMPARE(tableWithEnumKey(copying("-80", {"t"})), std::string());
        QVERIFY(!tableWithEnumKey(positionIn(cursorInsideACopy(query::SET))).empty());
        const std::string start = vgtidOf({{"shop", "-80", ""}});
        SafePosition safe(SafePosition::Form::Vgtid, start, {"u", "t"});
        safe.note(vgtidOf({copying("-80", {"t"}, query::ENUM)}));
        QVERIFY(!safe.isNewest("shop", "-80"));
        QCOMPARE(safe.resume(), start);
        safe.note(vgtidOf({copying("-80", {"u"})}));
        QVERIFY(safe.isNewest("shop", "-80"));
        QCOMPARE(safe.resume(), vgtidOf({copying("-80", {"u"})}));
    }

    // Tables are copied in the order of their names; whose entry is gone is finished.
    void goesOnWithTheNextTable()
    {
        const auto next = [](int number, const std::string& table) {
            binlogdata::ShardGtid keys;
            keys.add_table_p_ks()->set_table_name(table);
            ShardPosition position = at("-80", number);
            position.lastKeys = keys.SerializeAsString();
            return position;
        };
        const std::string start = vgtidOf({{"shop", "-80", ""}});
        SafePosition safe(SafePosition::Form::Vgtid, start, {"v", "t", "u"});
        // Before the first table the whole copy has to begin again.
        safe.note(vgtidOf({at("-80", 5)}));
        QVERIFY(!safe.isNewest("shop", "-80"));
        QVERIFY(safe.betweenTables().empty());
        QCOMPARE(safe.resume(), start);
        safe.note(vgtidOf({copying("-80", {"t"})}));
        QCOMPARE(safe.resume(), vgtidOf({copying("-80", {"t"})}));
        safe.note(vgtidOf({at("-80", 99)}));
        QVERIFY(safe.isNewest("shop", "-80"));
        QCOMPARE(safe.resume(), vgtidOf({next(99, "u")}));
        QCOMPARE(safe.betweenTables().size(), std::size_t{1});
        QCOMPARE(safe.betweenTables().front().table, std::string("u"));
        safe.note(vgtidOf({at("-80", 120)})); // of a table that is copied already
        QCOMPARE(safe.resume(), vgtidOf({next(120, "u")}));
        QCOMPARE(tablesToCopy(positionsIn(safe.resume()), {"v", "t", "u"}).tables,
                 (std::vector<std::string>{"u", "v"}));

        // It is opened there again: servers repeat what they were asked until that table's first row.
        SafePosition again(SafePosition::Form::Vgtid, safe.resume(), {"v", "t", "u"});
        QCOMPARE(again.betweenTables().size(), std::size_t{1});
        again.note(vgtidOf({next(130, "u")}));
        QCOMPARE(again.betweenTables().size(), std::size_t{1});
        QCOMPARE(again.resume(), vgtidOf({next(130, "u")}));
        again.note(vgtidOf({copying("-80", {"u"})}));
        QVERIFY(again.betweenTables().empty());
        again.note(vgtidOf({at("-80", 140)}));
        QCOMPARE(again.resume(), vgtidOf({next(140, "v")}));
        again.note(vgtidOf({copying("-80", {"v"})}));
        // Behind the last one nothing is left to copy.
        again.note(vgtidOf({at("-80", 150)}));
        QVERIFY(again.isNewest("shop", "-80"));
        QVERIFY(again.betweenTables().empty());
        QCOMPARE(again.resume(), vgtidOf({at("-80", 150)}));
        QVERIFY(again.isCopying());
        again.completeCopy("shop", "-80");
        QVERIFY(!again.isCopying());
        QCOMPARE(again.resume(), vgtidOf({at("-80", 150)}));
    }

    void heldAndUnknownPositions()
    {
        SafePosition safe(SafePosition::Form::Vgtid, vgtidOf({{"shop", "-80", "current"}, {"shop", "80-", "current"}}),
                          {"t"});
        safe.note(vgtidOf({at("-80", 5), {"shop", "80-", "current"}}));
        QVERIFY(!safe.isKnown());
        safe.note(vgtidOf({at("-80", 5), at("80-", 3)}));
        QVERIFY(safe.isKnown());
        safe.hold("shop", "-80");
        safe.note(vgtidOf({at("-80", 8), at("80-", 6)}));
        QCOMPARE(safe.resume(), vgtidOf({at("-80", 5), at("80-", 6)}));
    }

    void stopsOnceAllShardsAreThere()
    {
        const SafePosition safe(SafePosition::Form::Vgtid, vgtidOf({at("-80", 1), at("80-", 1)}), {"t"});
        StopPosition stop(SafePosition::Form::Vgtid, {at("-80", 5), at("80-", 3)});
        stop.note(vgtidOf({at("-80", 4), at("80-", 4)}), safe);
        QVERIFY(stop.isReached("shop", "80-") && !stop.isReached("shop", "-80") && !stop.isReached());
        stop.note(vgtidOf({at("-80", 9), at("80-", 4)}), safe);
        QVERIFY(stop.isReached());
        QVERIFY(!StopPosition().isReached());
        // What is being copied goes on.
        const SafePosition inside(SafePosition::Form::Vgtid, vgtidOf({{"shop", "-80", ""}}), {"t"});
        StopPosition later(SafePosition::Form::Vgtid, {at("-80", 5)});
        later.note(vgtidOf({at("-80", 9)}), inside);
        QVERIFY(!later.isReached());
        const std::string cursor = cursorOf(at("-80", 5));
        StopPosition ofSync(SafePosition::Form::Cursor, {at("-80", 5)});
        ofSync.note(cursor, SafePosition(SafePosition::Form::Cursor, cursor, {"t"}));
        QVERIFY(ofSync.isReached());
    }

    // A VGTID from inside a copy goes back to the server with its last keys, whatever JSON spelling it came in.
    void lastKeysSurvive()
    {
        const binlogdata::VGtid vgtid = insideACopy();
        for (const bool areNamesKept : {false, true}) {
            google::protobuf::util::JsonPrintOptions options;
            options.preserve_proto_field_names = areNamesKept;
            std::string json;
            QVERIFY(google::protobuf::util::MessageToJsonString(vgtid, &json, options).ok());
            const auto parsed = parsePosition(json);
            QVERIFY2(parsed, json.c_str());
            QCOMPARE(vgtidOf(*parsed), vgtid.SerializeAsString());
        }
        QCOMPARE(vgtidOf(positionsIn(vgtid.SerializeAsString())), vgtid.SerializeAsString());
    }

    void unreadableLastKeysAreNotDropped()
    {
        const auto parsed = parsePosition("[{\"keyspace\":\"shop\",\"shard\":\"-\",\"gtid\":\"current\",\"tablePKs\":[{"
                                          "\"tableName\":7,\"lastpk\":\"x\"}]}]");
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().kind, ErrorKind::PositionInvalid);
    }
};

QTEST_GUILESS_MAIN(PositionTest)
#include "tst_position.moc"
