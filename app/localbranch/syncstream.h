// One Sync of PlanetScale Connect: one table of one shard, copied and then followed. Lives on the thread of its call.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "app/localbranch/copychunk.h"
#include "app/localbranch/gtidset.h"
#include "psdbconnect.pb.h"

namespace localbranch {

class SyncStream
{
public:
    using Sink = std::function<bool(const psdbconnect::v1alpha1::SyncResponse&)>;

    SyncStream(Engine& engine, const psdbconnect::v1alpha1::SyncRequest& request, Sink sink,
               std::function<bool()> isCancelled);
    ~SyncStream();

    grpc::Status run();

private:
    enum class Kind { Insert, Delete, Update };

    grpc::Status open();
    grpc::Status chooseColumns();
    bool copyStep();
    bool sendChangesUpTo(uint64_t last);
    bool sendTransaction(const LogTransaction& transaction);
    void add(const RowChange& change, Kind kind, psdbconnect::v1alpha1::SyncResponse& response);
    void addFields(query::QueryResult& result, const Table& table, const std::vector<size_t>& columns) const;
    static void addRow(query::QueryResult& result, const std::string& packed, const std::vector<size_t>& columns);
    std::vector<size_t> columnsOf(const Table& table) const;
    bool isOut(const RowChange& change) const;
    void setCursor(psdbconnect::v1alpha1::SyncResponse& response) const;
    bool send(const psdbconnect::v1alpha1::SyncResponse& response);
    bool sendInBandError(vtrpc::Code code, const std::string& text);
    grpc::Status purgedStatus() const;

    Engine& m_engine;
    const psdbconnect::v1alpha1::SyncRequest& m_request;
    Sink m_sink;
    std::function<bool()> m_isCancelled;
    Notifier m_notifier;
    Keyspace* m_keyspace = nullptr;
    Shard* m_shard = nullptr;
    LiveTable* m_table = nullptr;
    TablePtr m_definition;
    bool m_wantsInserts = true;
    bool m_wantsUpdates = true;
    bool m_wantsDeletes = true;
    bool m_updatesAreRows = false; ///< a client of 2022: after images stand beside inserts
    bool m_isCopying = false;
    bool m_isPurged = false;
    GtidSet m_set;
    uint64_t m_last = 0;
    std::string m_copyKey;
    std::optional<query::QueryResult> m_lastKnown;
    std::chrono::steady_clock::time_point m_lastSent;
};

} // namespace localbranch
