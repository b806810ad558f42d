// Queue snapshots for window tests, made by hand: the bytes that a vtgate would have sent, in a capture.
#pragma once

#include "streamcore/queue/queue.h"
#include "vtgate.pb.h"

#include <optional>
#include <string>
#include <vector>

namespace vtscope::test {

struct MessageRow
{
    std::string shard;
    std::string id;
    std::int64_t priority = 50;
    std::int64_t epoch = 0;
    std::optional<std::int64_t> timeNext;
    std::optional<std::int64_t> timeAcked;
    std::optional<std::string> payload;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'772'634'102 * kSecond; // 2026-03-04 14:21:42 UTC

inline void addField(query::QueryResult& result, const char* name, query::Type type, const char* columnType)
{
    query::Field* field = result.add_fields();
    field->set_name(name);
    field->set_type(type);
    field->set_column_type(columnType);
    field->set_charset(type == query::VARCHAR ? 255 : 63);
}

inline void addValue(query::Row& row, const std::optional<std::string>& value)
{
    row.add_lengths(value ? static_cast<std::int64_t>(value->size()) : -1);
    if (value)
        row.mutable_values()->append(*value);
}

// One reader a shard, as reading a queue has it. Rows of a shard have to stand together.
inline QueueSnapshot snapshotOf(const std::vector<MessageRow>& rows,
                                const std::vector<std::string>& shards = {"-80", "80-"})
{
    QueueSnapshot snapshot;
    snapshot.serverNow = kNow;
    snapshot.capture = Capture::createUnnamed(0).value();
    for (const std::string& shard : shards) {
        ReaderDescription description;
        description.api = ReaderDescription::Api::VtgateQuery;
        description.kind = ReaderDescription::Kind::Rows;
        description.keyspace = "shop";
        description.shards = {shard};
        description.tables = {"mail_queue"};
        const ReaderId reader = snapshot.capture->openReader(description).value();
        vtgate::StreamExecuteResponse fields;
        query::QueryResult& result = *fields.mutable_result();
        addField(result, "id", query::INT64, "bigint");
        addField(result, "priority", query::INT64, "bigint");
        addField(result, "epoch", query::INT64, "bigint");
        addField(result, "time_next", query::INT64, "bigint");
        addField(result, "time_acked", query::INT64, "bigint");
        addField(result, "payload", query::VARCHAR, "varchar(255)");
        (void)snapshot.capture->append(reader, fields.SerializeAsString(), kNow).value();
        vtgate::StreamExecuteResponse sent;
        const auto number = [](std::optional<std::int64_t> value) {
            return value ? std::optional(std::to_string(*value)) : std::nullopt;
        };
        for (const MessageRow& message : rows) {
            if (message.shard != shard)
                continue;
            query::Row& row = *sent.mutable_result()->add_rows();
            addValue(row, message.id);
            addValue(row, number(message.priority));
            addValue(row, number(message.epoch));
            addValue(row, number(message.timeNext));
            addValue(row, number(message.timeAcked));
            addValue(row, message.payload);
        }
        if (sent.result().rows_size() > 0)
            (void)snapshot.capture->append(reader, sent.SerializeAsString(), kNow).value();
        (void)snapshot.capture->endReader(reader, 0, {}, true, kNow);
    }
    return snapshot;
}

// One of each state, ids that sort differently as text.
inline std::vector<MessageRow> everyState()
{
    return {
        {"-80", "9", 50, 0, kNow - 8040 * kSecond, {}, "due for 2 h 14 min"},
        {"-80", "10", 40, 0, kNow + 3600 * kSecond, {}, "scheduled"},
        {"-80", "300", 50, 6, kNow + 60 * kSecond, {}, "sent"},
        {"80-", "2", 50, 1, {}, kNow - 3600 * kSecond, "acked"},
        {"80-", "7301288410023419904", 60, 0, {}, {}, {}},
        {"80-", "11", 50, 3, 0, {}, ""},
    };
}

} // namespace vtscope::test
