// One change made of any values: its line of CSV and of NDJSON are well formed and read back as those values.
// Input: choices, byte by byte.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "streamcore/clock.h"
#include "streamcore/output/format.h"
#include "tests/fuzz/capturefiles.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/strictreaders.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

class Choices
{
public:
    explicit Choices(std::string_view bytes) : m_bytes(bytes) {}

    std::size_t upTo(std::size_t most)
    {
        const std::size_t byte = static_cast<unsigned char>(m_bytes.empty() ? 0 : m_bytes.front());
        m_bytes.remove_prefix(std::min<std::size_t>(m_bytes.size(), 1));
        return byte % (most + 1);
    }
    bool maybe() { return upTo(1) == 1; }
    std::string bytes()
    {
        const std::string taken(m_bytes.substr(0, upTo(255)));
        m_bytes.remove_prefix(std::min(m_bytes.size(), taken.size()));
        return taken;
    }
    // What protobuf takes for a string.
    std::string text()
    {
        const std::string taken = bytes();
        std::string hex;
        appendHex(taken, hex);
        return isUtf8(taken) ? taken : hex;
    }

private:
    std::string_view m_bytes;
};

constexpr std::array kTypes = {
    query::NULL_TYPE, query::INT8,    query::INT32,     query::UINT32,    query::INT64,  query::UINT64,
    query::FLOAT64,   query::DECIMAL, query::DATE,      query::TIMESTAMP, query::TIME,   query::YEAR,
    query::VARCHAR,   query::TEXT,    query::VARBINARY, query::BLOB,      query::BINARY, query::BIT,
    query::ENUM,      query::SET,     query::JSON,      query::GEOMETRY,  query::VECTOR,
};
// utf8mb4, binary, latin1, utf16, utf16le, utf32, an unknown one
constexpr std::array<std::uint32_t, 7> kCollations = {255, 63, 8, 54, 56, 60, 9999};
constexpr std::array kColumnTypes = {"", "int", "enum('a','b,\"','')", "set('x','y')", "json", "varchar(20)"};

void setRow(Choices& choices, int columns, query::Row& row)
{
    for (int i = 0; i < columns; ++i) {
        if (choices.upTo(7) == 0) {
            row.add_lengths(-1);
            continue;
        }
        const std::string value = choices.bytes();
        row.add_lengths(static_cast<std::int64_t>(value.size()));
        row.mutable_values()->append(value);
    }
}

std::string messageOf(Choices& choices)
{
    vtgate::VStreamResponse response;
    const std::string keyspace = choices.text(), shard = choices.text(), table = choices.text();
    binlogdata::VEvent& fieldEvent = *response.add_events();
    fieldEvent.set_type(binlogdata::FIELD);
    binlogdata::FieldEvent& fields = *fieldEvent.mutable_field_event();
    const int columns = static_cast<int>(choices.upTo(9));
    for (int i = 0; i < columns; ++i) {
        query::Field& field = *fields.add_fields();
        field.set_name(choices.text());
        field.set_type(kTypes[choices.upTo(kTypes.size() - 1)]);
        field.set_charset(kCollations[choices.upTo(kCollations.size() - 1)]);
        field.set_column_type(kColumnTypes[choices.upTo(kColumnTypes.size() - 1)]);
        field.set_flags(choices.maybe() ? query::PRI_KEY_FLAG : 0);
    }
    binlogdata::VEvent& rowEvent = *response.add_events();
    rowEvent.set_type(binlogdata::ROW);
    rowEvent.set_current_time(static_cast<std::int64_t>(choices.upTo(255)) * 36'000'000'000'000'017);
    binlogdata::RowEvent& rows = *rowEvent.mutable_row_event();
    binlogdata::RowChange& change = *rows.add_row_changes();
    const std::size_t op = choices.upTo(2);
    if (op > 0)
        setRow(choices, columns, *change.mutable_before());
    if (op < 2)
        setRow(choices, choices.upTo(15) == 0 ? columns + 1 : columns, *change.mutable_after());
    if (choices.maybe()) {
        change.mutable_data_columns()->set_count(columns);
        change.mutable_data_columns()->set_cols(choices.bytes());
    }
    for (auto* const event : {&fieldEvent, &rowEvent}) {
        event->set_keyspace(keyspace);
        event->set_shard(shard);
    }
    fields.set_table_name(table);
    rows.set_table_name(table);
    return response.SerializeAsString();
}

std::string exactOf(const Cell& cell)
{
    std::string text;
    if (cell.hasValue())
        appendExact(cell, text);
    return text;
}

void requireFacts(const ChangeView& change, const std::string& position, const std::vector<std::string>& facts)
{
    std::string time;
    appendTime(change.time(), time);
    const Layout& layout = change.layout();
    test::require(facts == std::vector<std::string>{time, layout.keyspace, layout.shard, layout.table,
                                                    nameOf(change.op()), position},
                  "the facts of a change read back");
}

void requireCsv(const ChangeView& change, const Snapshot& snapshot, const std::string& position)
{
    FormatOptions options;
    options.hasBefore = true;
    const std::vector<std::string> columns = columnsOf(snapshot, 0, snapshot.layoutCount());
    const auto formatter = ChangeFormatter::make(OutputFormat::Csv, columns, options);
    std::string text;
    formatter->appendHeader(text);
    formatter->append(change, position, text);
    const auto lines = test::readCsv(text);
    constexpr std::size_t kFacts = 6, kNotes = 2;
    test::require(lines && lines->size() == 2 && lines->front().size() == kFacts + 2 * columns.size() + kNotes &&
                      lines->front().size() == lines->back().size(),
                  "the CSV is well formed");
    const auto& fields = lines->back();
    std::vector<std::string> facts;
    for (std::size_t i = 0; i < kFacts; ++i)
        facts.push_back(fields[i].text);
    requireFacts(change, position, facts);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        test::require((*lines)[0][kFacts + i].text == columns[i], "the names of columns read back");
        const auto column = static_cast<std::size_t>(std::max(0, change.schema()->indexOf(columns[i])));
        for (const bool isBefore : {false, true}) {
            const Cell cell = isBefore ? change.before(column) : change.current(column);
            const test::CsvField& field = fields[kFacts + (isBefore ? columns.size() : 0) + i];
            test::require(field.text == exactOf(cell), "a value reads back from CSV");
            test::require((field.isQuoted || !field.text.empty()) == cell.hasValue(), "NULL is not an empty string");
        }
    }
}

void requireImage(const ChangeView& change, bool isBefore, const test::Json& image)
{
    const bool isThere = isBefore ? change.hasBefore() : change.hasAfter();
    test::require(image.kind == (isThere ? test::Json::Kind::Object : test::Json::Kind::Null),
                  "an image that is not there is null");
    std::size_t next = 0;
    for (std::size_t i = 0; isThere && i < change.schema()->columns.size(); ++i) {
        const Cell cell = isBefore ? change.before(i) : change.after(i);
        if (cell.state == Cell::State::Absent || cell.state == Cell::State::NotSent)
            continue;
        test::require(next < image.parts.size() && image.names[next] == cell.column->name,
                      "every column has its member");
        const test::Json& value = image.parts[next++];
        test::require((value.kind == test::Json::Kind::Null) == (cell.state == Cell::State::Null) &&
                          value.text == exactOf(cell),
                      "a value reads back from NDJSON");
    }
    test::require(next == image.parts.size(), "there are no other members");
}

void requireNdjson(const ChangeView& change, const std::string& position)
{
    std::string text;
    ChangeFormatter::make(OutputFormat::Ndjson, {}, {})->append(change, position, text);
    const auto objects = test::readNdjson(text);
    test::require(objects && objects->size() == 1, "the NDJSON is well formed");
    const test::Json& object = objects->front();
    std::vector<std::string> facts;
    for (const char* name : {"time", "keyspace", "shard", "table", "op", "position"})
        facts.push_back(object.at(name).text);
    requireFacts(change, position, facts);
    requireImage(change, true, object.at("before"));
    requireImage(change, false, object.at("after"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Choices choices({reinterpret_cast<const char*>(data), size});
    const std::string position = choices.text();
    const test::MemoryCapture made = test::createInMemory();
    ReaderDescription description;
    description.api = ReaderDescription::Api::VStream;
    const ReaderId reader = made.capture->openReader(description).value();
    test::require(made.capture->append(reader, messageOf(choices), 1)->entries == 1, "the message has one change");
    const Snapshot snapshot = made.capture->snapshot();
    ChangeView change;
    change.read(snapshot, 0);
    requireCsv(change, snapshot, position);
    requireNdjson(change, position);
    return 0;
}
