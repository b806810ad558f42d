// What a branch holds: keyspaces, shards, tables, columns and queues, read by SQL without changing anything. Blocking
// calls for worker threads; the result is plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "streamcore/connection/connection.h"
#include "streamcore/result.h"

namespace vtscope {

// The settings of a message table, from its comment (vt_…). Durations are in seconds, as written there.
struct QueueSettings
{
    double ackWait = 0;
    double purgeAfter = 0;
    double pollerInterval = 0;
    double minBackoff = 0; // ack wait where not set
    double maxBackoff = 0; // 0: no limit
    std::int64_t batchSize = 0;
    std::int64_t cacheSize = 0;
    std::vector<std::string> columns; // vt_message_cols
    std::string problem;              // why the server cannot load it as a queue; empty when it can
};

// Reads a table comment. Nothing when it is no message table.
std::optional<QueueSettings> queueSettingsOf(const std::string& comment);

struct TableColumn
{
    std::string name;
    std::string type; // "bigint unsigned"
    bool isNullable = true;
    std::string extra; // "auto_increment", "INVISIBLE", …
};

struct Table
{
    std::string name;
    bool isView = false;
    bool isInternal = false; // of Vitess itself: online DDL, garbage collection, vreplication
    std::optional<QueueSettings> queue;
    std::uint64_t rowEstimate = 0; // MySQL's for one shard, times the shards
    std::vector<TableColumn> columns;
    std::vector<std::string> key; // primary key columns, in key order; empty: none
};

struct Keyspace
{
    std::string name;
    std::vector<std::string> shards; // in key range order
    std::vector<Table> tables;       // by name
    std::optional<Error> problem;    // it could not be read: not allowed, no tablet

    const Table* find(const std::string& table) const;
};

struct Branch
{
    std::vector<Keyspace> keyspaces; // by name

    const Keyspace* find(const std::string& keyspace) const;
};

// Reads everything. A keyspace that is denied is there with its problem; only a failure to list the keyspaces is an
// error.
Result<Branch> discover(const Connection& connection, const std::stop_token& stop = {});
// Of one keyspace, in key range order; none where they are not told.
std::vector<std::string> discoverShards(const Connection& connection, const std::string& keyspace,
                                        const std::stop_token& stop = {});
// One keyspace again.
Keyspace discoverKeyspace(const Connection& connection, const std::string& keyspace, const std::stop_token& stop = {});

// True for names that Vitess makes for itself: _vt_…, …_gho, vreplication's.
bool isInternalName(const std::string& table);

// Up to three of the names that look like what was typed, the nearest first.
std::vector<std::string> nearNames(const std::string& typed, const std::vector<std::string>& names);
// "There is no table ordrs in shop. Did you mean orders?" Error kind UnknownName.
Error unknownName(const std::string& what, const std::string& typed, const std::string& where,
                  const std::vector<std::string>& names);

} // namespace vtscope
