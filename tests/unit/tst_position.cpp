// Positions as people have them: typed, pasted from VGTIDs, and sent back without losing anything.
#include <QtTest>

#include "binlogdata.pb.h"
#include "streamcore/decode/position.h"

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

    void whatIsNoPositionIsRefusedWithAReason()
    {
        for (const char* text :
             {"", "yesterday", "MySQL56/", "{", "{}", "[]", "[{\"shard\":\"-\",\"gtid\":\"nonsense\"}]",
              "{\"shardGtids\":[{\"gtid\":\"current\"}]}"}) {
            const auto parsed = parsePosition(text);
            QVERIFY2(!parsed, text);
            QCOMPARE(parsed.error().kind, ErrorKind::PositionInvalid);
            QVERIFY(!parsed.error().message.empty());
        }
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
