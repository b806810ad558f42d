// A vtgate (or a PlanetScale host) made of scripts: keyspace "solo", shard "0", a table t; and messages to send from
// it.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "binlogdata.pb.h"
#include "psdb.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/session/watch.h"
#include "tests/support/scriptedserver.h"
#include "vtgate.pb.h"

namespace vtscope::test {

extern const std::string kVStream, kVtgateExecute, kVtgateStreamExecute;
extern const std::string kSync, kCreateSession, kPsdbExecute, kPsdbStreamExecute;

using Texts = std::vector<std::optional<std::string>>;

// A result whose columns are all VARCHAR unless a type is given.
query::QueryResult resultOf(const std::vector<std::string>& columns, const std::vector<Texts>& rows,
                            query::Type type = query::VARCHAR);
query::Row rowOf(const Texts& texts);

// Answers what a connection test and the discovery of solo.t ask, in either family.
void playVtgate(ScriptedServer& server);
void playPlanetScale(ScriptedServer& server, const psdb::v1alpha1::CreateSessionResponse& session = {});
// The answer to statements that contain this text.
void answer(ScriptedServer& server, const std::string& sqlContains, const query::QueryResult& result);

ConnectionSettings settingsFor(const ScriptedServer& server);
// A connection that check() has made. Throws when it cannot.
std::shared_ptr<Connection> connectTo(const ScriptedServer& server);
// Ends when its stream does.
WatchRequest watchT(Source source = Source::VStream);

// A FIELD event for solo.t.
binlogdata::VEvent fieldEvent(const std::vector<query::Field>& fields, bool hasStringMembers = true);
query::Field field(const std::string& name, query::Type type, const std::string& columnType = {},
                   std::uint32_t flags = 0, std::uint32_t charset = 255);
// Rows of solo.t; no before image: an insert, no after image: a delete.
binlogdata::VEvent rowEvent(const std::optional<query::Row>& before, const std::optional<query::Row>& after);
binlogdata::VEvent eventOf(binlogdata::VEventType type);
binlogdata::VEvent vgtidEvent(int number);
// So many shards, "shard0" and so on, have come to that number each.
binlogdata::VEvent vgtidOfShards(std::size_t shards, int number);
// Shard 0 of solo is replaced by these.
binlogdata::VEvent journalEvent(std::initializer_list<const char*> shards);
// Of a server whose clock is ahead by so much; held back by something, perhaps without a name.
std::string heartbeat(std::chrono::nanoseconds ahead, const std::optional<std::string>& throttledBy = {});
std::string responseOf(std::initializer_list<binlogdata::VEvent> events);

// id bigint, v varchar, and a good transaction that inserts these.
std::vector<query::Field> plainFields();
std::string goodResponse(const std::string& id, const std::string& value, int number = 7);

} // namespace vtscope::test
