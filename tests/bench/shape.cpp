#include "tests/bench/shape.h"

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "vtgate.pb.h"

#include <array>
#include <cstdio>
#include <random>

namespace vtscope::bench {
namespace {

constexpr const char* kKeyspace = "commerce";
constexpr const char* kShard = "-80";
constexpr const char* kTable = "orders";
constexpr std::int64_t kStartOfTime = 1'790'000'000;

struct Column
{
    const char* name;
    query::Type type;
    std::uint32_t length;
    std::uint32_t charset;
    std::uint32_t flags;
    const char* columnType;
};

// Values in this order take 9 + 8 + 14 + 7 + 9 + 26 + 60 + 40 + 26 + 3 = 202 bytes.
constexpr std::array<Column, 10> kColumns{{
    {"id", query::UINT64, 20, 63, 53283, "bigint unsigned"},
    {"shop", query::UINT64, 20, 63, 32, "bigint unsigned"},
    {"customer", query::VARCHAR, 256, 255, 0, "varchar(64)"},
    {"status", query::ENUM, 28, 255, 256, "enum('new','paid','shipped','pending')"},
    {"total", query::DECIMAL, 14, 63, 32768, "decimal(12,2)"},
    {"created", query::DATETIME, 26, 63, 128, "datetime(6)"},
    {"doc", query::JSON, 4294967295U, 63, 144, "json"},
    {"note", query::VARCHAR, 1020, 255, 0, "varchar(255)"},
    {"updated", query::TIMESTAMP, 26, 63, 128, "timestamp(6)"},
    {"quantity", query::INT32, 11, 63, 32768, "int"},
}};

enum class Op { Insert, Update, Delete };

struct Change
{
    Op op;
    query::Row before;
    query::Row after;
};

class Rows
{
public:
    Change next()
    {
        const std::uint64_t number = m_number++;
        const std::uint64_t kind = number % 10;
        Change change;
        change.op = kind < 7 ? Op::Insert : kind < 9 ? Op::Update : Op::Delete;
        if (change.op == Op::Delete) {
            append(change.before, std::to_string(100'000'000 + number));
            return change;
        }
        change.after = full(number);
        if (change.op == Op::Update)
            change.before = full(number);
        return change;
    }

private:
    static void append(query::Row& row, const std::string& value)
    {
        row.add_lengths(static_cast<std::int64_t>(value.size()));
        row.mutable_values()->append(value);
    }

    std::uint64_t between(std::uint64_t low, std::uint64_t high)
    {
        return std::uniform_int_distribution<std::uint64_t>(low, high)(m_random);
    }

    std::string text(std::size_t length)
    {
        std::string result(length, ' ');
        std::uint64_t random = 0;
        for (char& letter : result) {
            if (random == 0)
                random = m_random();
            letter = static_cast<char>('a' + random % 26);
            random /= 26;
        }
        return result;
    }

    std::string moment()
    {
        std::array<char, 64> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "2026-11-%02u %02u:%02u:%02u.%06u",
                      static_cast<unsigned>(between(1, 28)), static_cast<unsigned>(between(0, 23)),
                      static_cast<unsigned>(between(0, 59)), static_cast<unsigned>(between(0, 59)),
                      static_cast<unsigned>(between(0, 999'999)));
        return buffer.data();
    }

    query::Row full(std::uint64_t number)
    {
        static const std::array<const char*, 2> kStates{"pending", "shipped"};
        query::Row row;
        append(row, std::to_string(100'000'000 + number));
        append(row, std::to_string(between(10'000'000, 99'999'999)));
        append(row, text(14));
        append(row, kStates[between(0, 1)]);
        append(row, std::to_string(between(100'000, 999'999)) + "." + std::to_string(between(10, 99)));
        append(row, moment());
        append(row, "{\"sku\": \"" + text(26) +
                        "\", \"lines\": " + std::to_string(between(100'000'000'000, 999'999'999'999)) + "}");
        append(row, text(40));
        append(row, moment());
        append(row, std::to_string(between(100, 999)));
        return row;
    }

    std::mt19937_64 m_random{20261122};
    std::uint64_t m_number = 0;
};

template <typename Message> void addFields(Message& message, bool keyOnly)
{
    for (const Column& column : kColumns) {
        query::Field& field = *message.add_fields();
        field.set_name(column.name);
        field.set_type(column.type);
        field.set_table(kTable);
        field.set_column_length(column.length);
        field.set_charset(column.charset);
        field.set_flags(column.flags);
        field.set_column_type(column.columnType);
        if (keyOnly)
            return;
    }
}

std::string position(std::uint64_t number)
{
    return "MySQL56/8f4bb4b8-c5b1-11f0-9a3c-0242ac110002:1-" + std::to_string(1'000'000 + number);
}

template <typename Repeated> auto& last(Repeated& list)
{
    return *list.Mutable(list.size() - 1);
}

// The rows of one message by operation, as Sync has them. One QueryResult holds many rows or, with fields per row, one.
class SyncMessage
{
public:
    explicit SyncMessage(bool isPerRow) : m_isPerRow(isPerRow) {}

    void add(Change change)
    {
        switch (change.op) {
        case Op::Insert:
            if (m_isPerRow || m_response.result_size() == 0)
                addFields(*m_response.add_result(), false);
            *last(*m_response.mutable_result()).add_rows() = std::move(change.after);
            return;
        case Op::Update:
            if (m_isPerRow || m_response.updates_size() == 0) {
                auto& updated = *m_response.add_updates();
                addFields(*updated.mutable_before(), false);
                addFields(*updated.mutable_after(), false);
            }
            *last(*m_response.mutable_updates()).mutable_before()->add_rows() = std::move(change.before);
            *last(*m_response.mutable_updates()).mutable_after()->add_rows() = std::move(change.after);
            return;
        case Op::Delete:
            if (m_isPerRow || m_response.deletes_size() == 0)
                addFields(*m_response.add_deletes()->mutable_result(), true);
            *last(*m_response.mutable_deletes()).mutable_result()->add_rows() = std::move(change.before);
            return;
        }
    }

    std::string finished(std::uint64_t number)
    {
        auto& cursor = *m_response.mutable_cursor();
        cursor.set_keyspace(kKeyspace);
        cursor.set_shard(kShard);
        cursor.set_position(position(number));
        return m_response.SerializeAsString();
    }

private:
    bool m_isPerRow;
    psdbconnect::v1alpha1::SyncResponse m_response;
};

// One transaction, as a vtgate sends it.
class VStreamMessage
{
public:
    // isFirst: of its shard.
    VStreamMessage(bool isPerRow, bool isFirst, std::uint64_t number, const std::vector<std::string>& shards)
        : m_isPerRow(isPerRow), m_isFirst(isFirst), m_number(number), m_shards(shards),
          m_shard(shards[number % shards.size()])
    {
        addEvent(binlogdata::BEGIN);
    }

    void add(Change change)
    {
        if (m_isPerRow || m_rows == nullptr) {
            if (m_isPerRow || m_isFirst) {
                auto& fields = *addEvent(binlogdata::FIELD).mutable_field_event();
                fields.set_table_name(std::string(kKeyspace) + '.' + kTable);
                fields.set_keyspace(kKeyspace);
                fields.set_shard(m_shard);
                fields.set_enum_set_string_values(true);
                addFields(fields, false);
            }
            m_rows = addEvent(binlogdata::ROW).mutable_row_event();
            m_rows->set_table_name(std::string(kKeyspace) + '.' + kTable);
            m_rows->set_keyspace(kKeyspace);
            m_rows->set_shard(m_shard);
            m_rows->set_flags(1);
        }
        auto& row = *m_rows->add_row_changes();
        if (change.op == Op::Delete) {
            // A delete carries as many cells as any row; those that were not sent are NULL.
            for (std::size_t i = 1; i < kColumns.size(); ++i)
                change.before.add_lengths(-1);
        }
        if (change.op != Op::Insert)
            *row.mutable_before() = std::move(change.before);
        if (change.op != Op::Delete)
            *row.mutable_after() = std::move(change.after);
    }

    std::string finished()
    {
        auto& vgtid = *addEvent(binlogdata::VGTID).mutable_vgtid();
        for (const std::string& shard : m_shards) {
            auto& gtid = *vgtid.add_shard_gtids();
            gtid.set_keyspace(kKeyspace);
            gtid.set_shard(shard);
            gtid.set_gtid(position(m_number));
        }
        addEvent(binlogdata::COMMIT);
        return m_response.SerializeAsString();
    }

private:
    binlogdata::VEvent& addEvent(binlogdata::VEventType type)
    {
        auto& event = *m_response.add_events();
        const auto seconds = kStartOfTime + static_cast<std::int64_t>(m_number / 1000);
        event.set_type(type);
        event.set_timestamp(seconds);
        event.set_current_time(seconds * 1'000'000'000 + static_cast<std::int64_t>(m_number));
        event.set_keyspace(kKeyspace);
        event.set_shard(m_shard);
        if (type != binlogdata::VGTID) {
            event.set_event_gtid("8f4bb4b8-c5b1-11f0-9a3c-0242ac110002:" + std::to_string(1'000'000 + m_number));
            event.set_sequence_number(static_cast<std::int64_t>(m_number) + 1);
            event.set_commit_parent(static_cast<std::int64_t>(m_number));
        }
        return event;
    }

    bool m_isPerRow;
    bool m_isFirst;
    std::uint64_t m_number;
    const std::vector<std::string>& m_shards;
    const std::string& m_shard;
    vtgate::VStreamResponse m_response;
    binlogdata::RowEvent* m_rows = nullptr;
};

// Of equal parts of the keyspace.
std::vector<std::string> shardNames(int count)
{
    if (count == 1)
        return {kShard};
    std::vector<std::string> names;
    char text[32];
    for (int i = 0; i < count; ++i) {
        const int from = i * 256 / count, to = (i + 1) * 256 / count;
        std::snprintf(text, sizeof text, "%02x-%02x", static_cast<unsigned>(from), static_cast<unsigned>(to));
        names.emplace_back(i == 0 ? text + 2 : text);
    }
    names.back().resize(3);
    return names;
}

} // namespace

std::string Shape::name() const
{
    return std::string(api == Api::Sync ? "sync-" : "vstream-") + std::to_string(rowsPerMessage) +
           (fields == Fields::Once ? 'b' : 'p');
}

std::string Shape::methodPath() const
{
    return api == Api::Sync ? "/psdbconnect.v1alpha1.Connect/Sync" : "/vtgateservice.Vitess/VStream";
}

const std::vector<Shape>& allShapes()
{
    using enum Shape::Api;
    using enum Shape::Fields;
    static const std::vector<Shape> kShapes{
        {Sync, 1, Once},    {Sync, 10, Once},    {Sync, 100, Once},    {Sync, 1000, Once},    {Sync, 100, PerRow},
        {VStream, 1, Once}, {VStream, 10, Once}, {VStream, 100, Once}, {VStream, 1000, Once}, {VStream, 100, PerRow},
    };
    return kShapes;
}

Dataset makeDataset(const Shape& shape, int shards)
{
    const auto perMessage = static_cast<std::uint64_t>(shape.rowsPerMessage);
    const bool isPerRow = shape.fields == Shape::Fields::PerRow;
    Dataset dataset{shape, {}, 0};
    dataset.messages.reserve(Dataset::kRows / perMessage);
    const std::vector<std::string> names = shardNames(shards);
    Rows rows;
    for (std::uint64_t number = 0; number < Dataset::kRows / perMessage; ++number) {
        std::string bytes;
        if (shape.api == Shape::Api::Sync) {
            SyncMessage message(isPerRow);
            for (std::uint64_t i = 0; i < perMessage; ++i)
                message.add(rows.next());
            bytes = message.finished(number);
        } else {
            VStreamMessage message(isPerRow, number < names.size(), number, names);
            for (std::uint64_t i = 0; i < perMessage; ++i)
                message.add(rows.next());
            bytes = message.finished();
        }
        dataset.bytes += bytes.size();
        dataset.messages.push_back(std::move(bytes));
    }
    return dataset;
}

} // namespace vtscope::bench
