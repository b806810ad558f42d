#include "tests/wire/vtgate.h"

#include <stdexcept>

#include "streamcore/clock.h"

namespace vtscope::test {

const std::string kVStream = "/vtgateservice.Vitess/VStream";
const std::string kVtgateExecute = "/vtgateservice.Vitess/Execute";
const std::string kVtgateStreamExecute = "/vtgateservice.Vitess/StreamExecute";
const std::string kSync = "/psdbconnect.v1alpha1.Connect/Sync";
const std::string kCreateSession = "/psdb.v1alpha1.Database/CreateSession";
const std::string kPsdbExecute = "/psdb.v1alpha1.Database/Execute";
const std::string kPsdbStreamExecute = "/psdb.v1alpha1.Database/StreamExecute";

query::Row rowOf(const Texts& texts)
{
    query::Row row;
    for (const auto& text : texts) {
        row.add_lengths(text ? static_cast<std::int64_t>(text->size()) : -1);
        row.mutable_values()->append(text.value_or(std::string()));
    }
    return row;
}

query::QueryResult resultOf(const std::vector<std::string>& columns, const std::vector<Texts>& rows, query::Type type)
{
    query::QueryResult result;
    for (const std::string& name : columns) {
        result.add_fields()->set_name(name);
        result.mutable_fields()->rbegin()->set_type(type);
    }
    for (const Texts& row : rows)
        *result.add_rows() = rowOf(row);
    return result;
}

void answer(ScriptedServer& server, const std::string& sqlContains, const query::QueryResult& result)
{
    vtgate::ExecuteResponse vtgateAnswer;
    vtgateAnswer.mutable_session()->set_autocommit(true);
    *vtgateAnswer.mutable_result() = result;
    server.on(kVtgateExecute, Script().send(vtgateAnswer.SerializeAsString()), sqlContains);
    psdb::v1alpha1::ExecuteResponse psdbAnswer;
    *psdbAnswer.mutable_result() = result;
    server.on(kPsdbExecute, Script().send(psdbAnswer.SerializeAsString()), sqlContains);
}

namespace {

void answerDiscovery(ScriptedServer& server)
{
    answer(server, {}, {}); // whatever else is asked
    answer(server, "@@version_comment", resultOf({"@@version_comment"}, {{"Version: 24.0.2 (scripted)"}}));
    answer(server, "show keyspaces", resultOf({"Database"}, {{"solo"}}));
    answer(server, "show vitess_shards", resultOf({"Shards"}, {{"solo/0"}}));
    answer(
        server, "information_schema.tables",
        resultOf({"TABLE_NAME", "TABLE_TYPE", "TABLE_COMMENT", "TABLE_ROWS"},
                 {{"t", "BASE TABLE", "", "1"},
                  {"mail", "BASE TABLE",
                   "vitess_message,vt_ack_wait=1,vt_purge_after=1,vt_batch_size=1,vt_cache_size=1,vt_poller_interval=1",
                   "1"}}));
}

} // namespace

void playVtgate(ScriptedServer& server)
{
    answerDiscovery(server);
    // The question whether there is a VStream.
    server.on(kVStream, Script().finish(grpc::StatusCode::INVALID_ARGUMENT,
                                        "vgtid must have at least one value with a starting position"));
}

void playPlanetScale(ScriptedServer& server, const psdb::v1alpha1::CreateSessionResponse& session)
{
    answerDiscovery(server);
    psdb::v1alpha1::CreateSessionResponse created = session;
    if (created.branch().empty()) {
        created.set_branch("main");
        created.mutable_user()->set_role(psdb::data::v1::admin);
        created.mutable_session()->set_signature("signed");
    }
    server.on(kCreateSession, Script().send(created.SerializeAsString()));
}

ConnectionSettings settingsFor(const ScriptedServer& server)
{
    ConnectionSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server.port();
    settings.isPlaintext = true;
    return settings;
}

std::shared_ptr<Connection> connectTo(const ScriptedServer& server)
{
    auto connection = check(settingsFor(server), Secret());
    if (!connection)
        throw std::runtime_error(connection.error().error.message + " " + connection.error().error.detail);
    return *connection;
}

WatchRequest watchT(Source source)
{
    WatchRequest request;
    request.keyspace = "solo";
    request.tables = {"t"};
    request.source = source;
    request.recovers = false;
    return request;
}

query::Field field(const std::string& name, query::Type type, const std::string& columnType, std::uint32_t flags,
                   std::uint32_t charset)
{
    query::Field field;
    field.set_name(name);
    field.set_type(type);
    field.set_column_type(columnType);
    field.set_flags(flags);
    field.set_charset(charset);
    return field;
}

std::vector<query::Field> plainFields()
{
    constexpr std::uint32_t kPrimaryKey = 2 | 1;
    return {field("id", query::INT64, "bigint", kPrimaryKey, 63), field("v", query::VARCHAR, "varchar(20)")};
}

binlogdata::VEvent eventOf(binlogdata::VEventType type)
{
    binlogdata::VEvent event;
    event.set_type(type);
    event.set_timestamp(1'700'000'000);
    event.set_current_time(1'700'000'000'123'456'789);
    event.set_keyspace("solo");
    event.set_shard("0");
    return event;
}

binlogdata::VEvent fieldEvent(const std::vector<query::Field>& fields, bool hasStringMembers)
{
    binlogdata::VEvent made = eventOf(binlogdata::FIELD);
    auto* inner = made.mutable_field_event();
    inner->set_table_name("solo.t");
    inner->set_keyspace("solo");
    inner->set_shard("0");
    inner->set_enum_set_string_values(hasStringMembers);
    for (const query::Field& one : fields)
        *inner->add_fields() = one;
    return made;
}

binlogdata::VEvent rowEvent(const std::optional<query::Row>& before, const std::optional<query::Row>& after)
{
    binlogdata::VEvent made = eventOf(binlogdata::ROW);
    auto* inner = made.mutable_row_event();
    inner->set_table_name("solo.t");
    inner->set_keyspace("solo");
    inner->set_shard("0");
    auto* change = inner->add_row_changes();
    if (before)
        *change->mutable_before() = *before;
    if (after)
        *change->mutable_after() = *after;
    return made;
}

binlogdata::VEvent vgtidEvent(int number)
{
    binlogdata::VEvent made = eventOf(binlogdata::VGTID);
    auto* shard = made.mutable_vgtid()->add_shard_gtids();
    shard->set_keyspace("solo");
    shard->set_shard("0");
    shard->set_gtid("MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-" + std::to_string(number));
    return made;
}

binlogdata::VEvent vgtidOfShards(std::size_t shards, int number)
{
    binlogdata::VEvent made = eventOf(binlogdata::VGTID);
    for (std::size_t i = 0; i < shards; ++i) {
        auto* shard = made.mutable_vgtid()->add_shard_gtids();
        shard->set_keyspace("solo");
        shard->set_shard("shard" + std::to_string(i));
        shard->set_gtid("MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-" + std::to_string(number));
    }
    return made;
}

binlogdata::VEvent journalEvent(std::initializer_list<const char*> shards)
{
    binlogdata::VEvent made = eventOf(binlogdata::JOURNAL);
    made.mutable_journal()->set_migration_type(binlogdata::SHARDS);
    for (const char* shard : shards)
        made.mutable_journal()->add_shard_gtids()->set_shard(shard);
    return made;
}

std::string heartbeat(std::chrono::nanoseconds ahead, const std::optional<std::string>& throttledBy)
{
    binlogdata::VEvent event;
    event.set_type(binlogdata::HEARTBEAT);
    event.set_current_time(nowNs() + ahead.count());
    if (throttledBy) {
        event.set_throttled(true);
        event.set_throttled_reason(*throttledBy);
    }
    return responseOf({event});
}

std::string responseOf(std::initializer_list<binlogdata::VEvent> events)
{
    vtgate::VStreamResponse response;
    for (const binlogdata::VEvent& one : events)
        *response.add_events() = one;
    return response.SerializeAsString();
}

std::string goodResponse(const std::string& id, const std::string& value, int number)
{
    return responseOf({eventOf(binlogdata::BEGIN), fieldEvent(plainFields()),
                       rowEvent(std::nullopt, rowOf({id, value})), vgtidEvent(number), eventOf(binlogdata::COMMIT)});
}

} // namespace vtscope::test
