// One shard of a VStream: first position, copy, catch-up and live changes, each as the responses that a real vtgate
// sends. Not shared between threads.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/localbranch/copychunk.h"
#include "app/localbranch/streamfilter.h"
#include "vtgate.pb.h"

namespace localbranch {

/// Takes a response; false: the client is gone.
using StreamSink = std::function<bool(const vtgate::VStreamResponse&)>;

/// The end of a stream by an error, with the text that vtgate gives.
class StreamError : public std::runtime_error
{
public:
    StreamError(vtrpc::Code code, const std::string& text) : std::runtime_error(text), m_code(code) {}
    vtrpc::Code code() const { return m_code; }

private:
    vtrpc::Code m_code;
};

/// What the shards of one stream have in common.
struct StreamShared
{
    const StreamFilter* filter = nullptr;
    std::string tabletType; ///< upper case
    bool hasTablets = true;
    std::chrono::seconds tabletSearch{90};
    std::chrono::milliseconds tableRest{50}; ///< before each table of a copy
    bool namesKeyspace = true;
    std::set<std::string> tablesToCopy; ///< empty: all
    std::function<binlogdata::VGtid()> vgtid;
    std::function<bool()> completeCopy; ///< notes one more finished shard; true if it was the last
    StreamSink send;
};

class ShardStream
{
public:
    ShardStream(Engine& engine, Keyspace& keyspace, Shard& shard, const binlogdata::ShardGtid& start,
                StreamShared& shared);

    /// Sends what there is to send now; false if there was nothing. Throws StreamError; sets isGone when the client
    /// left.
    bool step();
    bool isGone() const { return m_isGone; }
    /// How long step() will have nothing to do, if nothing is committed.
    std::chrono::nanoseconds restTime() const;

    Shard& shard() { return m_shard; }
    binlogdata::ShardGtid position() const;

private:
    enum class Phase { Opening, Searching, Current, CatchUp, Copying, Live };

    struct CopyTable
    {
        LiveTable* table;
        TablePtr definition;
        std::unique_ptr<TablePlan> plan;
        std::string key; ///< of the last row sent
    };

    void open();
    void planCopy();
    void addCopyTable(LiveTable& table);
    void search();
    void sendCurrent();
    bool copyStep();
    bool sendCopyRows(CopyTable& copy, const CopyChunk& chunk);
    void finishTable();
    bool sendChangesUpTo(uint64_t last);
    bool liveStep();
    void sendTransaction(const LogTransaction& transaction);
    void sendSchemaChange(const LogTransaction& transaction);
    void addRows(vtgate::VStreamResponse& response, const LogTransaction& transaction, size_t& bytes);
    const TablePlan* planFor(const TablePtr& table, const LogTransaction& transaction);
    bool isWanted(const RowChange& change);

    binlogdata::VEvent& addEvent(vtgate::VStreamResponse& response, binlogdata::VEventType type) const;
    binlogdata::VEvent& addLogEvent(vtgate::VStreamResponse& response, binlogdata::VEventType type,
                                    const LogTransaction& transaction, int64_t at) const;
    void addPosition(vtgate::VStreamResponse& response) const;
    void describe(const TablePlan& plan, bool enumsAreText, binlogdata::VEvent& event) const;
    std::string tableName(const std::string& table) const;
    bool send(vtgate::VStreamResponse& response);

    [[noreturn]] void failAtTablet(vtrpc::Code code, const std::string& text, bool isPersistent = true) const;
    std::string startText() const;

    Engine& m_engine;
    Keyspace& m_keyspace;
    Shard& m_shard;
    StreamShared& m_shared;
    binlogdata::ShardGtid m_start;
    Phase m_phase = Phase::Opening;
    bool m_isGone = false;

    std::string m_word; ///< what stands for the position until there is one
    GtidSet m_set;
    uint64_t m_last = 0; ///< number of the last transaction that was looked at
    std::chrono::steady_clock::time_point m_searchEnd;
    std::chrono::steady_clock::time_point m_notBefore;

    std::map<std::string, std::optional<query::QueryResult>> m_lastKnown; ///< by table, as sent in positions
    std::vector<CopyTable> m_copies;
    size_t m_copyAt = 0;
    bool m_isTableOpen = false;
    bool m_isFirstTable = true;
    bool m_caughtUpInTable = false;

    std::map<TablePtr, std::unique_ptr<TablePlan>> m_plans;
    std::set<const Table*> m_described; ///< tables whose FIELD went out for live changes
};

} // namespace localbranch
