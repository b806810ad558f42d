// Changes as SQL: what a statement says, in which order they come, and what is refused. That MySQL does what they say
// is the contract suite's to prove.
#include <QtTest>

#include "binlogdata.pb.h"
#include "streamcore/capture/capture.h"
#include "streamcore/output/format.h"
#include "tests/support/samples.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

using Value = std::optional<std::string>;

struct TypedColumn
{
    const char* name;
    query::Type type;
    const char* columnType;
    std::uint32_t charset = 255;
};

// Messages of a VStream, made by hand: one transaction each.
class Stream
{
public:
    // hasLabels: members of ENUM and SET come as text; as numbers from old servers.
    explicit Stream(std::vector<TypedColumn> columns, std::string table = "orders", bool hasLabels = true)
        : m_table(std::move(table))
    {
        vtgate::VStreamResponse response;
        binlogdata::VEvent& event = add(response, binlogdata::FIELD);
        event.mutable_field_event()->set_table_name("shop." + m_table);
        event.mutable_field_event()->set_keyspace("shop");
        event.mutable_field_event()->set_shard("-80");
        event.mutable_field_event()->set_enum_set_string_values(hasLabels);
        for (const TypedColumn& column : columns) {
            query::Field& field = *event.mutable_field_event()->add_fields();
            field.set_name(column.name);
            field.set_type(column.type);
            field.set_column_type(column.columnType);
            field.set_charset(column.charset);
            if (std::string_view(column.name).starts_with("id"))
                field.set_flags(2); // primary key
        }
        messages.push_back(response.SerializeAsString());
    }

    struct Change
    {
        std::vector<Value> before, after;
    };

    void transaction(const std::vector<Change>& changes)
    {
        vtgate::VStreamResponse response;
        add(response, binlogdata::BEGIN);
        for (const Change& change : changes) {
            binlogdata::VEvent& event = add(response, binlogdata::ROW);
            event.mutable_row_event()->set_table_name("shop." + m_table);
            event.mutable_row_event()->set_keyspace("shop");
            event.mutable_row_event()->set_shard("-80");
            binlogdata::RowChange& row = *event.mutable_row_event()->add_row_changes();
            if (!change.before.empty())
                fill(*row.mutable_before(), change.before);
            if (!change.after.empty())
                fill(*row.mutable_after(), change.after);
        }
        add(response, binlogdata::COMMIT);
        messages.push_back(response.SerializeAsString());
    }

    std::vector<std::string> messages;

private:
    static binlogdata::VEvent& add(vtgate::VStreamResponse& response, binlogdata::VEventType type)
    {
        binlogdata::VEvent& event = *response.add_events();
        event.set_type(type);
        event.set_timestamp(1'772'625'784); // rows of a copy have none
        event.set_current_time(1'772'625'784'000'000'000);
        return event;
    }

    static void fill(query::Row& row, const std::vector<Value>& values)
    {
        for (const Value& value : values) {
            row.add_lengths(value ? static_cast<std::int64_t>(value->size()) : -1);
            if (value)
                row.mutable_values()->append(*value);
        }
    }

    std::string m_table;
};

struct Script
{
    std::string text;
    std::vector<std::string> lines; // without the header, the facts of transactions and empty lines
    std::uint64_t refused = 0;
};

Script scriptOf(const std::vector<std::string>& messages, OutputFormat format, const FormatOptions& options = {},
                const std::function<RowSet(std::uint64_t)>& choose = {})
{
    const auto capture = Capture::createUnnamed(0).value();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = capture->openReader(description).value();
    for (const std::string& message : messages)
        (void)capture->append(reader, message, 1).value();
    const Snapshot snapshot = capture->snapshot();
    const auto formatter = ChangeFormatter::make(format, {}, options);
    Script script;
    formatter->appendHeader(script.text);
    const std::size_t header = script.text.size();
    const OutputOrder order(format, choose ? choose(snapshot.count()) : RowSet::range(0, snapshot.count()));
    ChangeView change;
    for (std::uint64_t i = 0; i < order.count(); ++i) {
        change.read(snapshot, order.at(i));
        if (change.isChange())
            formatter->append(change, {}, script.text);
    }
    formatter->appendFooter(script.text);
    script.refused = formatter->refused();
    for (const QString& line : QString::fromStdString(script.text.substr(header)).split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.startsWith(u"-- ") || line.startsWith(QStringLiteral("-- Not written")))
            script.lines.push_back(line.toStdString());
    }
    return script;
}

const std::vector<TypedColumn> kOrders{
    {"id", query::INT64, "bigint"}, {"name", query::VARCHAR, "varchar(40)"}, {"total", query::DECIMAL, "decimal(9,2)"}};

using Lines = std::vector<std::string>;

} // namespace

class SqlFormatterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    // Nothing in them ends a comment.
    void remarksStandAtTheTop()
    {
        FormatOptions options;
        options.remarks = {"gap in shop/-80: the stream broke", "words of a server:\r\nDROP TABLE t;"};
        for (const OutputFormat format : {OutputFormat::Redo, OutputFormat::Undo}) {
            std::string header;
            ChangeFormatter::make(format, {}, options)->appendHeader(header);
            const auto lines = QString::fromStdString(header).split(u'\n');
            QVERIFY(lines.contains(QStringLiteral("-- gap in shop/-80: the stream broke")));
            QVERIFY(lines.contains(QStringLiteral("-- words of a server:  DROP TABLE t;")));
            for (const QString& line : lines)
                QVERIFY(line.isEmpty() || line.startsWith(QStringLiteral("-- ")) ||
                        line.startsWith(QStringLiteral("SET ")));
        }
    }

    void changesAndBack()
    {
        Stream stream(kOrders);
        stream.transaction({{{}, {"1", "it's", "0.50"}}, {{"1", "it's", "0.50"}, {"1", "it's", "7"}}});
        stream.transaction({{{"1", "it's", "7"}, {"2", "b", {}}}, {{"2", "b", {}}, {}}});
        QCOMPARE(scriptOf(stream.messages, OutputFormat::Redo).lines,
                 (Lines{"BEGIN;", "INSERT INTO `orders` (`id`, `name`, `total`) VALUES (1, 'it\\'s', 0.50);",
                        "UPDATE `orders` SET `total` = 7 WHERE `id` = 1;", "COMMIT;", "BEGIN;",
                        "UPDATE `orders` SET `id` = 2, `name` = 'b', `total` = NULL WHERE `id` = 1;",
                        "DELETE FROM `orders` WHERE `id` = 2;", "COMMIT;"}));
        QCOMPARE(
            scriptOf(stream.messages, OutputFormat::Undo).lines,
            (Lines{"BEGIN;", "INSERT INTO `orders` (`id`, `name`, `total`) VALUES (2, 'b', NULL);",
                   "UPDATE `orders` SET `id` = 1, `name` = 'it\\'s', `total` = 7 WHERE `id` = 2 AND CAST(`name` AS "
                   "BINARY) = 'b' AND `total` IS NULL;",
                   "COMMIT;", "BEGIN;", "UPDATE `orders` SET `total` = 0.50 WHERE `id` = 1 AND `total` = 7;",
                   "DELETE FROM `orders` WHERE `id` = 1 AND CAST(`name` AS BINARY) = 'it\\'s' AND `total` = 0.50;",
                   "COMMIT;"}));
    }

    void sortedRowsComeInTheirOwnOrder()
    {
        Stream stream(kOrders);
        for (int i = 0; i < 20; ++i)
            stream.transaction({{{}, {std::to_string(i), "n", "1"}}});
        for (const OutputFormat format : {OutputFormat::Redo, OutputFormat::Undo}) {
            const Script shuffled = scriptOf(stream.messages, format, {}, [](std::uint64_t count) {
                std::vector<std::uint64_t> numbers(count);
                for (std::uint64_t i = 0; i < count; ++i)
                    numbers[i] = i * 7 % count;
                return RowSet::of(numbers);
            });
            QCOMPARE(shuffled.text, scriptOf(stream.messages, format).text);
            QCOMPARE(shuffled.lines.size(), std::size_t{60});
        }
    }

    void literals_data()
    {
        QTest::addColumn<int>("type");
        QTest::addColumn<QByteArray>("columnType");
        QTest::addColumn<int>("charset");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("literal");
        const auto row = [](const char* columnType, query::Type type, const QByteArray& bytes,
                            const QByteArray& literal, int charset = 255) {
            QTest::addRow("%s %s", columnType, bytes.toHex().left(20).constData())
                << int{type} << QByteArray(columnType) << charset << bytes << literal;
        };
        row("bigint unsigned", query::UINT64, "18446744073709551615", "18446744073709551615");
        row("int(8) zerofill", query::UINT32, "00000042", "00000042");
        row("decimal(65,30)", query::DECIMAL, "-9.10", "-9.10");
        row("float", query::FLOAT32, "3.4028235E+38", "3.4028235E+38");
        row("double", query::FLOAT64, "-0E+00", "-0E+00");
        row("year", query::YEAR, "0000", "0000");
        row("bit(10)", query::BIT, QByteArray("\x03\xff", 2), "1023");
        row("bit(64)", query::BIT, QByteArray(8, '\xff'), "18446744073709551615");
        row("binary(2)", query::BINARY, QByteArray("\0'", 2), "x'0027'", 63);
        row("blob", query::BLOB, "", "x''", 63);
        row("point", query::GEOMETRY, QByteArray("\1\2", 2), "x'0102'", 63);
        row("vector(1)", query::VECTOR, QByteArray("\0\0\x80\x3f", 4), "x'0000803f'", 63);
        row("date", query::DATE, "0000-00-00", "'0000-00-00'");
        row("time(6)", query::TIME, "-00:00:00.000001", "'-00:00:00.000001'");
        row("varchar(9)", query::VARCHAR, QByteArray("\0\n\r\x1a'\"\\;", 8), "'\\0\\n\\r\\Z\\'\"\\\\;'");
        row("varchar(9)", query::VARCHAR, "é😀", "'é😀'");
        row("varchar(9)", query::VARCHAR, "caf\xe9", "'café'", 8);
        row("varchar(9)", query::VARCHAR, QByteArray("\x03\xa9", 2), "'Ω'", 54);
        row("varchar(9)", query::VARCHAR, "\xc3\xa9", "x'c3a9'", 28); // gbk, where this is another character
        row("varchar(9)", query::VARCHAR, "plain", "'plain'", 28);
        row("varchar(9)", query::VARCHAR, "\xff", "x'ff'");
        row("enum('it''s','b')", query::ENUM, "it's", "'it\\'s'");
        row("set('a','b')", query::SET, "a,b", "'a,b'");
        row("json", query::JSON, "{\"a\": \"q\\\"b\\\\\"}", "'{\"a\": \"q\\\\\"b\\\\\\\\\"}'");
    }

    void literals()
    {
        QFETCH(int, type);
        QFETCH(QByteArray, columnType);
        QFETCH(int, charset);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, literal);
        Stream stream(
            {{"id", query::INT64, "bigint"},
             {"v", static_cast<query::Type>(type), columnType.constData(), static_cast<std::uint32_t>(charset)}});
        stream.transaction({{{}, {"1", bytes.toStdString()}}});
        const Script script = scriptOf(stream.messages, OutputFormat::Redo);
        QCOMPARE(script.lines.at(1), "INSERT INTO `orders` (`id`, `v`) VALUES (1, " + literal.toStdString() + ");");
    }

    void membersByNumber()
    {
        Stream stream(
            {{"id", query::INT64, "bigint"}, {"e", query::ENUM, "enum('a','')"}, {"s", query::SET, "set('a','b')"}},
            "orders", false);
        stream.transaction({{{}, {"1", "2", "3"}}, {{}, {"2", "0", "0"}}});
        const Script script = scriptOf(stream.messages, OutputFormat::Redo);
        QCOMPARE(script.lines.at(1), std::string("INSERT INTO `orders` (`id`, `e`, `s`) VALUES (1, 2, 3);"));
        QCOMPARE(script.refused, std::uint64_t{1});
    }

    void whatMayDifferIsComparedByItsBytes()
    {
        Stream stream({{"id", query::INT64, "bigint"},
                       {"f", query::FLOAT32, "float"},
                       {"l", query::VARCHAR, "varchar(9)", 8},
                       {"j", query::JSON, "json"},
                       {"g", query::GEOMETRY, "point", 63},
                       {"b", query::BLOB, "blob", 63}});
        stream.transaction({{{}, {"1", "1.5E+00", "caf\xe9", "[1]", "\1", "\2"}}});
        QCOMPARE(scriptOf(stream.messages, OutputFormat::Undo).lines.at(1),
                 std::string("DELETE FROM `orders` WHERE `id` = 1 AND CAST(`l` AS BINARY) = x'636166e9' AND `j` = "
                             "CAST('[1]' AS JSON) AND HEX(`g`) = '01' AND `b` = x'02';"));
    }

    void generatedColumnsAreLeftOut()
    {
        Stream stream(kOrders);
        stream.transaction({{{}, {"1", "a", "2"}}, {{"1", "a", "2"}, {"1", "a", "3"}}});
        FormatOptions options;
        options.generated = {"total"};
        const Script script = scriptOf(stream.messages, OutputFormat::Redo, options);
        QCOMPARE(script.lines.at(1), std::string("INSERT INTO `orders` (`id`, `name`) VALUES (1, 'a');"));
        QCOMPARE(script.refused, std::uint64_t{1}); // the update changed nothing else
    }

    void namesAndCommentsCannotBreakOut()
    {
        Stream stream({{"id`x", query::INT64, "bigint"}}, "a`b\nDROP TABLE c;");
        stream.transaction({{{}, {"1"}}, {{}, {"1; DROP TABLE d"}}, {{"1"}, {}}});
        const Script script = scriptOf(stream.messages, OutputFormat::Redo);
        QCOMPARE(script.refused, std::uint64_t{1});
        QVERIFY(script.text.find("INSERT INTO `a``b\nDROP TABLE c;` (`id``x`) VALUES (1);") != std::string::npos);
        QVERIFY(script.text.find("\n-- Not written: insert of a`b DROP TABLE c;, id`x 1; DROP TABLE d: id`x is not "
                                 "the number that it should be.\n") != std::string::npos);
    }

    void refusesWhatItCannotKnow_data()
    {
        QTest::addColumn<QString>("sample");
        QTest::addColumn<bool>("isUndo");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("copied") << QStringLiteral("vstream-copy-unsharded.bin") << true << QByteArray("was copied");
        QTest::newRow("rounded") << QStringLiteral("vstream-copy-alltypes.bin") << false << QByteArray("sends rounded");
        QTest::newRow("not sent") << QStringLiteral("vstream-rowimage-minimal.bin") << true
                                  << QByteArray("was not sent");
        QTest::newRow("not sent, redo") << QStringLiteral("vstream-rowimage-minimal.bin") << false
                                        << QByteArray("was not sent");
        QTest::newRow("no blobs") << QStringLiteral("vstream-rowimage-noblob.bin") << true
                                  << QByteArray("was not sent");
        QTest::newRow("partial json") << QStringLiteral("vstream-partial-json.bin") << false
                                      << QByteArray("only a part");
        QTest::newRow("partial json, undo")
            << QStringLiteral("vstream-partial-json.bin") << true << QByteArray("only a part");
        QTest::newRow("broken json") << QStringLiteral("vstream-live-json.bin") << false << QByteArray("binary value");
        QTest::newRow("enum") << QStringLiteral("vstream-live-alltypes.bin") << false << QByteArray("error value");
    }

    void refusesWhatItCannotKnow()
    {
        QFETCH(QString, sample);
        QFETCH(bool, isUndo);
        QFETCH(QByteArray, words);
        const Script script =
            scriptOf(test::readMessages(sample.toStdString()), isUndo ? OutputFormat::Undo : OutputFormat::Redo);
        QVERIFY2(script.text.find(words.toStdString()) != std::string::npos, script.text.c_str());
        const auto comments = std::count_if(script.lines.begin(), script.lines.end(),
                                            [](const std::string& line) { return line.starts_with("-- "); });
        QCOMPARE(script.refused, static_cast<std::uint64_t>(comments));
    }

    void withoutAKeyOnlyInsertsAreKnown()
    {
        Stream stream({{"a", query::INT64, "bigint"}});
        stream.transaction({{{}, {"1"}}, {{"1"}, {"2"}}, {{"2"}, {}}});
        QCOMPARE(scriptOf(stream.messages, OutputFormat::Redo).refused, std::uint64_t{2});
        const Script undo = scriptOf(stream.messages, OutputFormat::Undo);
        QCOMPARE(undo.lines.at(1), std::string("INSERT INTO `orders` (`a`) VALUES (2);"));
        QCOMPARE(undo.lines.at(2), std::string("-- Not written: update of orders: the table has no key."));
        QCOMPARE(undo.refused, std::uint64_t{2});
    }
};

QTEST_GUILESS_MAIN(SqlFormatterTest)
#include "tst_sqlformatter.moc"
