// The text of a filter: refused with a place in it, or written out and read again as the same filter.
// Input: the text.
#include "streamcore/select/filtermatcher.h"
#include "tests/fuzz/capturefiles.h"
#include "tests/fuzz/require.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

struct ColumnFacts
{
    const char* name;
    query::Type type;
    const char* columnType;
    std::uint32_t charset;
    std::uint32_t flags;
};
constexpr ColumnFacts kColumns[] = {
    {"id", query::UINT64, "bigint unsigned", 63, query::PRI_KEY_FLAG},
    {"total", query::DECIMAL, "decimal(12,2)", 63, 0},
    {"rate", query::FLOAT64, "double", 63, 0},
    {"status", query::ENUM, "enum('new','paid','it''s')", 255, query::ENUM_FLAG},
    {"name", query::VARCHAR, "varchar(40)", 255, 0},
    {"body", query::BLOB, "blob", 63, query::BLOB_FLAG},
    {"at", query::DATETIME, "datetime(6)", 63, 0},
    {"took", query::TIME, "time", 63, 0},
    {"doc", query::JSON, "json", 63, 0},
    {"latin", query::CHAR, "char(4)", 8, 0},
};
using Values = std::array<const char*, std::size(kColumns)>;
constexpr Values kOld = {"18446744073709551615",
                         "10.50",
                         "-1.5e3",
                         "new",
                         "100% a_b",
                         "\xff\x01",
                         "2026-03-04 12:03:04",
                         "-838:59:59",
                         "{\"user\": {\"id\": 7, \"tags\": [\"x\", null]}}",
                         "\xe9"};
constexpr Values kNew = {
    "18446744073709551615",  "-0.05", nullptr, "it's", "Zo\xc3\xab", nullptr, "0000-00-00 00:00:00", "00:00:00.5",
    "[1, 1.0, \"\\u00e9\"]", ""};

void setRow(const Values& values, query::Row& row)
{
    for (const char* value : values) {
        row.add_lengths(value ? static_cast<std::int64_t>(std::string_view(value).size()) : -1);
        row.mutable_values()->append(value ? value : "");
    }
}

binlogdata::VEvent& addEvent(binlogdata::VEventType type, vtgate::VStreamResponse& response)
{
    binlogdata::VEvent& event = *response.add_events();
    event.set_type(type);
    event.set_timestamp(1'772'625'784);
    event.set_keyspace("commerce");
    event.set_shard("-80");
    return event;
}

// One table, of which a row is inserted, updated in part and deleted; then an event.
std::shared_ptr<Capture> smallCapture()
{
    vtgate::VStreamResponse response;
    binlogdata::FieldEvent& fields = *addEvent(binlogdata::FIELD, response).mutable_field_event();
    fields.set_table_name("commerce.orders");
    for (const ColumnFacts& column : kColumns) {
        query::Field& field = *fields.add_fields();
        field.set_name(column.name);
        field.set_type(column.type);
        field.set_column_type(column.columnType);
        field.set_charset(column.charset);
        field.set_flags(column.flags);
    }
    for (int i = 0; i < 4; ++i) {
        binlogdata::RowEvent& rows = *addEvent(binlogdata::ROW, response).mutable_row_event();
        rows.set_table_name("commerce.orders");
        binlogdata::RowChange& change = *rows.add_row_changes();
        if (i > 0)
            setRow(i == 2 ? kNew : kOld, *change.mutable_before());
        if (i < 3)
            setRow(i == 1 ? kNew : kOld, *change.mutable_after());
        if (i == 2) {
            change.mutable_data_columns()->set_count(std::size(kColumns));
            change.mutable_data_columns()->set_cols("\x1f\x02");
        }
    }
    addEvent(binlogdata::VGTID, response).mutable_vgtid()->add_shard_gtids()->set_gtid("MySQL56/1-5");
    addEvent(binlogdata::DDL, response).set_statement("alter table orders add column x int");
    std::shared_ptr<Capture> capture = test::createInMemory().capture;
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = capture->openReader(description).value();
    test::require(capture->append(reader, response.SerializeAsString(), 1)->entries == 5, "the capture has its lines");
    return capture;
}

std::string matchesOf(const Snapshot& snapshot, const Filter& filter)
{
    FilterMatcher matcher(filter);
    std::string matches;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i)
        matches += matcher.matches(snapshot, i) ? '1' : '0';
    return matches;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Snapshot s_snapshot = smallCapture()->snapshot();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto filter = Filter::parse(text);
    if (!filter) {
        const FilterProblem& problem = filter.error();
        test::require(problem.at <= size && problem.length <= size - problem.at, "a problem lies in the text");
        test::require(problem.sentence.ends_with('.'), "a problem is a sentence");
        return 0;
    }
    const std::string written = filter->text();
    const auto again = Filter::parse(written);
    test::require(again.has_value(), "a filter that was written out can be read");
    test::require(again->text() == written, "a filter has one way to be written");
    const std::string matches = matchesOf(s_snapshot, *filter);
    test::require(matchesOf(s_snapshot, *again) == matches, "a filter that was written out matches the same");
    if (filter->isEmpty())
        return 0;
    if (const auto turned = Filter::parse("not (" + written + ')')) {
        std::string opposite = matchesOf(s_snapshot, *turned);
        for (char& one : opposite)
            one = one == '1' ? '0' : '1';
        test::require(opposite == matches, "not turns a filter round");
    } else {
        test::require(turned.error().sentence == "This is nested too deeply.", "a filter can be turned round");
    }
    return 0;
}
