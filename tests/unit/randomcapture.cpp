#include "tests/unit/randomcapture.h"

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "vtgate.pb.h"

#include <algorithm>
#include <array>
#include <optional>

namespace vtscope::test {
namespace {

struct Kind
{
    query::Type type;
    const char* columnType;
    std::uint32_t charset;
};
constexpr std::uint32_t kUtf8 = 255, kLatin1 = 8, kUtf16 = 54, kBinary = 63;
constexpr std::array kKinds = {
    Kind{query::INT64, "bigint", kBinary},
    Kind{query::UINT64, "bigint unsigned", kBinary},
    Kind{query::DECIMAL, "decimal(40,4)", kBinary},
    Kind{query::FLOAT64, "double", kBinary},
    Kind{query::VARCHAR, "varchar(64)", kUtf8},
    Kind{query::VARCHAR, "varchar(32)", kUtf8},
    Kind{query::VARCHAR, "varchar(64)", kLatin1},
    Kind{query::VARCHAR, "varchar(64)", kUtf16},
    Kind{query::TEXT, "text", kUtf8},
    Kind{query::VARBINARY, "varbinary(64)", kBinary},
    Kind{query::BLOB, "blob", kBinary},
    Kind{query::ENUM, "enum('new','paid','shipped','it''s')", kUtf8},
    Kind{query::SET, "set('new','paid','shipped')", kUtf8},
    Kind{query::BIT, "bit(16)", kBinary},
    Kind{query::JSON, "json", kBinary},
    Kind{query::DATE, "date", kBinary},
    Kind{query::TIME, "time(3)", kBinary},
    Kind{query::DATETIME, "datetime(6)", kBinary},
    Kind{query::TIMESTAMP, "timestamp", kBinary},
    Kind{query::YEAR, "year", kBinary},
};

struct Field
{
    std::string name;
    Kind kind;
    bool isKey;
};
using Fields = std::vector<Field>;
using Image = std::vector<std::optional<std::string>>;

bool chance(Random& random, std::size_t oneIn)
{
    return below(random, oneIn) == 0;
}

template <typename List> const auto& oneOf(Random& random, const List& list)
{
    return list[below(random, list.size())];
}

// In UTF-8, as messages of errors are.
std::string someWord(Random& random)
{
    return oneOf(random, std::array{"paid", "Nowhere", "Zoë"});
}

std::string valueOf(Random& random, const Kind& kind)
{
    if (chance(random, 12))
        return someValue(random);
    const auto number = [&] { return std::to_string(below(random, chance(random, 2) ? 12 : 5000)); };
    const auto clock = [&] { return std::string(oneOf(random, std::array{"00:00:00", "12:03:04", "23:59:59"})); };
    const auto date = [&] { return "2026-0" + std::to_string(1 + below(random, 3)) + "-04"; };
    switch (kind.type) {
    case query::INT64:
        return (chance(random, 3) ? "-" : "") +
               (chance(random, 5) ? "922337203685477580" + std::to_string(below(random, 8)) : number());
    case query::UINT64:
        return chance(random, 4) ? "1844674407370955161" + std::to_string(below(random, 6)) : number();
    case query::DECIMAL:
        return (chance(random, 3) ? "-" : "") + number() + "." +
               (chance(random, 2) ? "50" : "123456789012345678901" + number());
    case query::FLOAT64:
        return chance(random, 3) ? number() + "e-" + number().substr(0, 1) : number() + ".25";
    case query::ENUM:
        return chance(random, 2) ? number().substr(0, 1) : oneOf(random, std::array{"new", "paid", "shipped"});
    case query::SET:
        return chance(random, 2) ? number().substr(0, 1) : oneOf(random, std::array{"new", "new,paid", "paid,shipped"});
    case query::BIT:
        return std::string{static_cast<char>(below(random, 3)), static_cast<char>('0' + below(random, 60))};
    case query::JSON:
        return "{\"a\": " + number() + ", \"b\": {\"c\": [\"" + someValue(random).substr(0, 3) + "\", null, 1.50]}}";
    case query::DATE:
        return chance(random, 8) ? "0000-00-00" : date();
    case query::TIME:
        return (chance(random, 3) ? "-" : "") + clock() + ".500";
    case query::DATETIME:
        return date() + " " + clock() + ".00000" + std::to_string(below(random, 3));
    case query::TIMESTAMP:
        return date() + " " + clock();
    case query::YEAR:
        return "20" + std::to_string(10 + below(random, 20));
    default:
        break;
    }
    std::string text = someValue(random);
    if (kind.charset == kUtf16) {
        std::string wide;
        for (const char c : text)
            wide += std::string{'\0', c};
        return wide;
    }
    return text;
}

Fields someFields(Random& random)
{
    Fields fields;
    std::size_t keys = below(random, 3);
    for (const std::string& name : columnNames()) {
        if (chance(random, 4))
            continue;
        const bool isKey = keys > 0 && chance(random, 2);
        keys -= isKey;
        fields.push_back({name, oneOf(random, kKinds), isKey});
    }
    std::shuffle(fields.begin(), fields.end(), random);
    if (fields.empty())
        fields.push_back({"a", kKinds[0], true});
    return fields;
}

Image someImage(Random& random, const Fields& fields)
{
    Image image;
    for (const Field& field : fields) {
        // Few keys, so that rows meet again.
        if (field.isKey)
            image.emplace_back(std::to_string(below(random, 6)));
        else if (chance(random, 6))
            image.emplace_back();
        else
            image.emplace_back(valueOf(random, field.kind));
    }
    return image;
}

Image changed(Random& random, const Fields& fields, Image image)
{
    const Image other = someImage(random, fields);
    for (std::size_t i = 0; i < image.size(); ++i) {
        if (chance(random, 3))
            image[i] = other[i];
    }
    return image;
}

void fill(query::Row& row, const Image& image)
{
    for (const auto& value : image) {
        row.add_lengths(value ? static_cast<std::int64_t>(value->size()) : -1);
        if (value)
            row.mutable_values()->append(*value);
    }
}

// What makes a row wrong.
void bend(Random& random, query::Row& row)
{
    switch (below(random, 4)) {
    case 0:
        row.add_lengths(5);
        break;
    case 1:
        row.mutable_values()->append("more");
        break;
    case 2:
        if (row.lengths_size() > 0)
            row.mutable_lengths()->RemoveLast();
        break;
    default:
        if (row.lengths_size() > 0)
            row.set_lengths(0, -7);
        break;
    }
}

template <typename Message> void addFields(Message& message, const Fields& fields, bool isWithFlags)
{
    for (const Field& field : fields) {
        query::Field& to = *message.add_fields();
        to.set_name(field.name);
        to.set_type(field.kind.type);
        to.set_charset(field.kind.charset);
        to.set_column_type(field.kind.columnType);
        if (isWithFlags)
            to.set_flags(field.isKey ? 2 : 0);
    }
}

struct Table
{
    std::string name, shard;
    Fields fields;
    bool isTold = false;
    bool hasTextMembers = true;
};

class VStream
{
public:
    explicit VStream(Random& random) : m_random(random)
    {
        for (const char* name : {"orders", "new_customers"}) {
            for (const char* shard : {"-80", "80-"})
                m_tables.push_back({name, shard, someFields(random), false, chance(random, 2)});
        }
    }

    std::string message(std::size_t& lines)
    {
        vtgate::VStreamResponse response;
        for (std::size_t i = below(m_random, 4) + 1; i > 0; --i)
            addEvent(response, lines);
        std::string bytes = response.SerializeAsString();
        if (chance(m_random, 60))
            bytes.resize(bytes.size() - bytes.size() / 4);
        return bytes;
    }

private:
    void addEvent(vtgate::VStreamResponse& response, std::size_t& lines)
    {
        Table& table = m_tables[below(m_random, m_tables.size())];
        binlogdata::VEvent& event = *response.add_events();
        event.set_keyspace("shop");
        event.set_shard(table.shard);
        event.set_timestamp(chance(m_random, 5) ? 0 : 1'772'625'784);
        event.set_current_time(1'772'625'784'000'000'000 + static_cast<std::int64_t>(below(m_random, 9)) * 500'000'000);
        ++lines;
        if (chance(m_random, 15)) {
            event.set_type(
                oneOf(m_random, std::array{binlogdata::DDL, binlogdata::INSERT, binlogdata::COPY_COMPLETED}));
            event.set_statement("alter table orders add " + someWord(m_random));
            return;
        }
        if (chance(m_random, 10)) {
            event.set_type(binlogdata::VGTID);
            auto& gtid = *event.mutable_vgtid()->add_shard_gtids();
            gtid.set_keyspace("shop");
            gtid.set_shard(table.shard);
            gtid.set_gtid("MySQL56/8f4bb4b8-c5b1-11f0-9a3c-0242ac110002:1-" + std::to_string(++m_position));
            return;
        }
        if (chance(m_random, 12) || (!table.isTold && !chance(m_random, 8))) {
            if (table.isTold)
                table.fields = someFields(m_random);
            table.isTold = true;
            event.set_type(binlogdata::FIELD);
            auto& fields = *event.mutable_field_event();
            fields.set_table_name("shop." + table.name);
            fields.set_keyspace("shop");
            fields.set_shard(table.shard);
            fields.set_enum_set_string_values(table.hasTextMembers);
            addFields(fields, table.fields, true);
            return;
        }
        event.set_type(binlogdata::ROW);
        auto& row = *event.mutable_row_event();
        row.set_table_name("shop." + table.name);
        row.set_keyspace("shop");
        row.set_shard(table.shard);
        for (std::size_t i = below(m_random, 6) + 1; i > 0; --i, ++lines)
            addChange(*row.add_row_changes(), table.fields);
    }

    void addChange(binlogdata::RowChange& change, const Fields& fields)
    {
        const Image image = someImage(m_random, fields);
        const std::size_t kind = below(m_random, 4);
        if (kind != 0)
            fill(*change.mutable_after(), image);
        if (kind != 1)
            fill(*change.mutable_before(), changed(m_random, fields, image));
        if (kind > 1 && chance(m_random, 5)) {
            std::string bits((fields.size() + 7) / 8, '\0');
            for (char& byte : bits)
                byte = static_cast<char>(below(m_random, 256));
            change.mutable_data_columns()->set_count(static_cast<std::int64_t>(fields.size()));
            change.mutable_data_columns()->set_cols(bits);
        }
        if (kind > 1 && chance(m_random, 8)) {
            change.mutable_json_partial_values()->set_count(1);
            change.mutable_json_partial_values()->set_cols("\1");
        }
        if (chance(m_random, 25))
            bend(m_random, kind != 0 ? *change.mutable_after() : *change.mutable_before());
    }

    Random& m_random;
    std::vector<Table> m_tables;
    int m_position = 0;
};

class Sync
{
public:
    explicit Sync(Random& random)
        : m_random(random), m_fields(someFields(random)), m_hasDeletes(chance(random, 2)),
          m_hasLastKeys(chance(random, 2))
    {
        m_fields.front().isKey = true;
    }

    std::string message(std::size_t& lines)
    {
        psdbconnect::v1alpha1::SyncResponse response;
        if (chance(m_random, 2)) {
            auto& result = *response.add_result();
            addFields(result, m_fields, false);
            addRows(result, lines);
        }
        if (chance(m_random, 2)) {
            auto& update = *response.add_updates();
            Fields fields = m_fields;
            if (chance(m_random, 2))
                std::shuffle(fields.begin(), fields.end(), m_random);
            addFields(*update.mutable_before(), fields, false);
            addFields(*update.mutable_after(), m_fields, false);
            for (std::size_t i = below(m_random, 5) + 1; i > 0; --i, ++lines) {
                fill(*update.mutable_before()->add_rows(), someImage(m_random, fields));
                fill(*update.mutable_after()->add_rows(), someImage(m_random, m_fields));
            }
            if (chance(m_random, 10))
                update.mutable_after()->mutable_rows()->RemoveLast();
        }
        if (m_hasDeletes && chance(m_random, 2)) {
            auto& result = *response.add_deletes()->mutable_result();
            const Fields keys = this->keys();
            addFields(result, keys, false);
            for (std::size_t i = below(m_random, 3) + 1; i > 0; --i, ++lines)
                fill(*result.add_rows(), someImage(m_random, keys));
        }
        if (chance(m_random, 20))
            response.mutable_error()->set_message("no " + someWord(m_random));
        if (m_hasLastKeys && chance(m_random, 3))
            addLastKey(*response.mutable_cursor()->mutable_last_known_pk());
        response.mutable_cursor()->set_position("MySQL56/8f4bb4b8-c5b1-11f0-9a3c-0242ac110002:1-" +
                                                std::to_string(++m_position));
        return response.SerializeAsString();
    }

private:
    Fields keys() const
    {
        Fields keys;
        std::copy_if(m_fields.begin(), m_fields.end(), std::back_inserter(keys),
                     [](const Field& field) { return field.isKey; });
        return keys;
    }

    void addLastKey(query::QueryResult& result)
    {
        const Fields keys = this->keys();
        addFields(result, keys, false);
        fill(*result.add_rows(), someImage(m_random, keys));
    }

    void addRows(query::QueryResult& result, std::size_t& lines)
    {
        for (std::size_t i = below(m_random, 5) + 1; i > 0; --i, ++lines)
            fill(*result.add_rows(), someImage(m_random, m_fields));
        if (chance(m_random, 12))
            bend(m_random, *result.mutable_rows(0));
    }

    Random& m_random;
    Fields m_fields;
    bool m_hasDeletes, m_hasLastKeys;
    int m_position = 0;
};

} // namespace

std::size_t below(Random& random, std::size_t count)
{
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

const std::vector<std::string>& columnNames()
{
    static const std::vector<std::string> kNames{"a", "b", "note", "op", "größe", "c d", "id"};
    return kNames;
}

std::string someValue(Random& random)
{
    static const std::vector<std::string> kValues{
        "",
        "paid",
        "Paid",
        "shipped",
        "it's",
        "3",
        "3.0",
        "003",
        "3.50",
        "-3",
        "12:03:04",
        "2026-01-04",
        "Zoë",
        "zoë ist da",
        "\xe9t\xe9",
        "nowhere",
        "now here",
        "a,b",
        "100%",
        "a_b",
        "\\",
        "\"quoted\"",
        "9223372036854775807",
        "1e3",
        "deadbeef",
        "7061",
        "new,paid",
        "{\"a\": 3}",
        "x",
        "abcdefgh-1",
        "abcdefgh-2",
        "abcdefgh",
        "abcdefghij-very-long-value-of-more-than-sixty-three-bytes-so-that-its-length-takes-two"};
    return oneOf(random, kValues);
}

struct GrowingCapture::Sources
{
    explicit Sources(Random& random) : stream(random), syncs{Sync(random), Sync(random)} {}

    VStream stream;
    std::array<Sync, 2> syncs;
    std::array<ReaderId, 3> readers{};
};

GrowingCapture::GrowingCapture(Random& random)
    : m_random(random), m_capture(Capture::createUnnamed(0).value()), m_sources(std::make_unique<Sources>(random))
{
    const auto open = [this](ReaderDescription::Api api, const char* shard, const char* table) {
        ReaderDescription description;
        description.api = api;
        description.keyspace = "shop";
        description.shards = {shard};
        description.tables = {table};
        return m_capture->openReader(description).value();
    };
    m_sources->readers = {open(ReaderDescription::Api::Sync, "-40", "orders"),
                          open(ReaderDescription::Api::Sync, "40-", "items"),
                          open(ReaderDescription::Api::VStream, "", "")};
}

GrowingCapture::~GrowingCapture() = default;

void GrowingCapture::grow(std::size_t lines)
{
    for (std::size_t made = 0; made < lines;) {
        const std::size_t source = std::min<std::size_t>(below(m_random, 5), m_sources->syncs.size());
        const bool isSync = source < m_sources->syncs.size();
        const std::string message = isSync ? m_sources->syncs[source].message(made) : m_sources->stream.message(made);
        (void)m_capture->append(m_sources->readers[source], message, 2).value();
    }
    if (chance(m_random, 3))
        (void)m_capture->endReader(m_sources->readers[2], 14, "the " + someWord(m_random) + " is gone", false, 4);
}

std::shared_ptr<Capture> randomCapture(Random& random, std::size_t lines)
{
    GrowingCapture growing(random);
    growing.grow(lines);
    return growing.capture();
}

std::vector<std::uint64_t> listOf(const RowSet& rows)
{
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < rows.count(); ++i)
        numbers.push_back(rows.at(i));
    return numbers;
}

} // namespace vtscope::test
