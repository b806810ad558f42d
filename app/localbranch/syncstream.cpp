#include "app/localbranch/syncstream.h"

#include <algorithm>
#include <numeric>

#include "app/localbranch/sqlerror.h"
#include "app/localbranch/target.h"

namespace localbranch {

namespace {

using psdbconnect::v1alpha1::SyncResponse;

constexpr size_t kCopyBytes = 250'000;
constexpr size_t kResponseBytes = 250'000;
constexpr size_t kTransactionsAtOnce = 64;
constexpr auto kCancelPoll = std::chrono::milliseconds(50);
constexpr auto kHeartbeat = std::chrono::seconds(1);

} // namespace

SyncStream::SyncStream(Engine& engine, const psdbconnect::v1alpha1::SyncRequest& request, Sink sink,
                       std::function<bool()> isCancelled)
    : m_engine(engine), m_request(request), m_sink(std::move(sink)), m_isCancelled(std::move(isCancelled)),
      m_lastSent(std::chrono::steady_clock::now())
{
    const bool isSilent = !request.include_inserts() && !request.include_updates() && !request.include_deletes();
    m_updatesAreRows = isSilent;
    m_wantsInserts = isSilent || request.include_inserts();
    m_wantsUpdates = isSilent || request.include_updates();
    m_wantsDeletes = request.include_deletes();
}

SyncStream::~SyncStream()
{
    if (m_shard != nullptr)
        m_shard->log.removeReader(&m_notifier);
}

grpc::Status SyncStream::purgedStatus() const
{
    return {grpc::StatusCode::UNKNOWN,
            "target: " + m_shard->keyspace + "." + m_shard->name +
                ".primary: vttablet: rpc error: code = Unknown desc = stream (at source tablet) error @ " +
                m_set.text() +
                ": Cannot replicate because the source purged required binary logs. Replicate the missing transactions "
                "from elsewhere, or "
                "provision a new replica from backup. (errno 1236) (sqlstate HY000)"};
}

grpc::Status SyncStream::open()
{
    const auto& cursor = m_request.cursor();
    const Engine::Guard guard = m_engine.guard();
    m_keyspace = m_engine.findKeyspace(cursor.keyspace());
    if (m_keyspace == nullptr)
        return {grpc::StatusCode::NOT_FOUND, "VT05003: unknown database '" + cursor.keyspace() + "' in vschema"};
    Shard* shard = m_keyspace->findShard(cursor.shard());
    if (shard == nullptr)
        return {grpc::StatusCode::FAILED_PRECONDITION,
                "shard provided in VGTID, " + cursor.shard() + ", not found in the " + cursor.keyspace() + " keyspace"};
    m_shard = shard;
    m_shard->log.addReader(&m_notifier);
    m_table = m_keyspace->findTable(m_request.table_name());
    if (m_table == nullptr)
        return grpc::Status::OK;
    m_definition = m_table->definition;
    if (const grpc::Status refusal = chooseColumns(); !refusal.ok())
        return refusal;
    m_isCopying = cursor.position().empty() || cursor.has_last_known_pk();
    if (cursor.position() == "current") {
        m_last = m_shard->log.last();
        m_set = m_shard->log.executed();
    } else if (!cursor.position().empty()) {
        try {
            m_set = GtidSet::parsePosition(cursor.position());
        } catch (const PositionError& error) {
            return {grpc::StatusCode::INVALID_ARGUMENT, std::string("could not decode position: ") + error.what()};
        }
        if (!m_shard->log.executed().contains(m_set) || !m_set.contains(m_shard->log.purged()))
            return purgedStatus();
        while (m_set.contains(m_shard->log.uuid(), m_last + 1))
            ++m_last;
    }
    if (cursor.has_last_known_pk()) {
        try {
            m_copyKey = keyOfLastKnown(*m_definition, cursor.last_known_pk());
        } catch (const SqlError& error) {
            return {grpc::StatusCode::INVALID_ARGUMENT, error.what()};
        }
        m_lastKnown = cursor.last_known_pk();
    }
    return grpc::Status::OK;
}

grpc::Status SyncStream::chooseColumns()
{
    for (const std::string& name : m_request.columns()) {
        if (!m_definition->columnIndex(name))
            return {grpc::StatusCode::INVALID_ARGUMENT, "column " + name + " not found in table " + m_definition->name};
    }
    return grpc::Status::OK;
}

std::vector<size_t> SyncStream::columnsOf(const Table& table) const
{
    std::vector<size_t> columns;
    for (const std::string& name : m_request.columns()) {
        if (const auto column = table.columnIndex(name))
            columns.push_back(*column);
    }
    if (columns.empty()) {
        columns.resize(table.columns.size());
        std::iota(columns.begin(), columns.end(), size_t{0});
    }
    return columns;
}

void SyncStream::addFields(query::QueryResult& result, const Table& table, const std::vector<size_t>& columns) const
{
    for (const size_t column : columns)
        *result.add_fields() = fieldOf(table, column, FieldStyle::Stream, m_shard->database);
}

void SyncStream::addRow(query::QueryResult& result, const std::string& packed, const std::vector<size_t>& columns)
{
    RowView cells;
    readRow(packed, cells);
    RowView chosen;
    for (const size_t column : columns)
        chosen.push_back(cells[column]);
    result.add_rows()->ParseFromString(packedRow(chosen));
}

void SyncStream::setCursor(SyncResponse& response) const
{
    auto& cursor = *response.mutable_cursor();
    cursor.set_keyspace(m_shard->keyspace);
    cursor.set_shard(m_shard->name);
    cursor.set_position(m_set.position());
    if (m_lastKnown)
        *cursor.mutable_last_known_pk() = *m_lastKnown;
}

bool SyncStream::send(const SyncResponse& response)
{
    m_lastSent = std::chrono::steady_clock::now();
    return m_sink(response);
}

bool SyncStream::sendInBandError(vtrpc::Code code, const std::string& text)
{
    SyncResponse response;
    response.mutable_error()->set_code(code);
    response.mutable_error()->set_message(text);
    return send(response);
}

bool SyncStream::isOut(const RowChange& change) const
{
    if (!m_isCopying)
        return true;
    const auto isCopied = [&](const std::optional<std::string>& image) {
        if (!image)
            return false;
        RowView row;
        readRow(*image, row);
        return keyOf(*change.table, row) <= m_copyKey;
    };
    return isCopied(change.before) || isCopied(change.after);
}

void SyncStream::add(const RowChange& change, Kind kind, SyncResponse& response)
{
    const Table& table = *change.table;
    const std::vector<size_t> columns = columnsOf(table);
    if (kind == Kind::Delete) {
        query::QueryResult& result = *response.add_deletes()->mutable_result();
        addFields(result, table, table.key);
        addRow(result, *change.before, table.key);
        return;
    }
    if (kind == Kind::Update) {
        // Neighbours of one shape share their fields: before and after then pair up by position.
        const int count = response.updates_size();
        auto& updated =
            count > 0 && change.table == m_definition ? *response.mutable_updates(count - 1) : *response.add_updates();
        if (updated.before().fields_size() == 0) {
            addFields(*updated.mutable_before(), table, columns);
            addFields(*updated.mutable_after(), table, columns);
        }
        addRow(*updated.mutable_before(), *change.before, columns);
        addRow(*updated.mutable_after(), *change.after, columns);
        m_definition = change.table;
        return;
    }
    const int count = response.result_size();
    query::QueryResult& result =
        count > 0 && change.table == m_definition ? *response.mutable_result(count - 1) : *response.add_result();
    if (result.fields_size() == 0)
        addFields(result, table, columns);
    addRow(result, *change.after, columns);
    m_definition = change.table;
}

bool SyncStream::sendTransaction(const LogTransaction& transaction)
{
    SyncResponse response;
    size_t bytes = 0;
    bool hasRows = false;
    auto newest = Kind::Insert;
    for (const RowChange& change : transaction.changes) {
        if (change.table->name != m_request.table_name() || !isOut(change))
            continue;
        Kind kind = !change.before ? Kind::Insert : (!change.after ? Kind::Delete : Kind::Update);
        const bool isWanted = (kind == Kind::Insert && m_wantsInserts) || (kind == Kind::Delete && m_wantsDeletes) ||
                              (kind == Kind::Update && m_wantsUpdates);
        if (!isWanted)
            continue;
        if (kind == Kind::Update && m_updatesAreRows)
            kind = Kind::Insert;
        // A response is read rows, deletes, updates: a change that would stand before an earlier one opens the next
        // response. All but the last carry the position before the transaction, so that who resumes there gets it again
        // rather than half of it.
        if (hasRows && (kind < newest || bytes >= kResponseBytes)) {
            setCursor(response);
            if (!send(response))
                return false;
            response.Clear();
            bytes = 0;
        }
        newest = kind;
        hasRows = true;
        bytes += (change.before ? change.before->size() : 0) + (change.after ? change.after->size() : 0);
        add(change, kind, response);
    }
    m_set.add(m_shard->log.uuid(), transaction.number);
    const bool isDue = std::chrono::steady_clock::now() - m_lastSent >= kHeartbeat;
    if (!hasRows && !isDue)
        return true;
    setCursor(response);
    return send(response);
}

bool SyncStream::sendChangesUpTo(uint64_t last)
{
    while (m_last < last) {
        const auto transactions = m_shard->log.after(m_last, std::min<size_t>(kTransactionsAtOnce, last - m_last));
        if (!transactions) {
            m_isPurged = true;
            return false;
        }
        for (const LogTransactionPtr& transaction : *transactions) {
            m_last = transaction->number;
            if (!m_set.contains(m_shard->log.uuid(), m_last) && !sendTransaction(*transaction))
                return false;
        }
    }
    return true;
}

bool SyncStream::copyStep()
{
    const CopyChunk chunk = readChunk(m_engine, *m_table, *m_shard, m_copyKey, kCopyBytes);
    if (m_last == 0) {
        m_last = chunk.position;
        m_set = GtidSet(m_shard->log.uuid(), chunk.position);
        SyncResponse first;
        setCursor(first);
        if (!send(first))
            return false;
    } else if (!sendChangesUpTo(chunk.position)) {
        return false;
    }
    const std::vector<size_t> columns = columnsOf(*chunk.definition);
    if (!chunk.rows.empty()) {
        SyncResponse response;
        query::QueryResult& result = *response.add_result();
        addFields(result, *chunk.definition, columns);
        for (const std::string& row : chunk.rows)
            addRow(result, row, columns);
        m_copyKey = chunk.lastKey;
        m_lastKnown = lastKnownKey(*chunk.definition, chunk.rows.back());
        setCursor(response);
        if (!send(response))
            return false;
    }
    if (!chunk.isLast)
        return true;
    m_isCopying = false;
    m_lastKnown.reset();
    SyncResponse last;
    setCursor(last);
    return send(last);
}

grpc::Status SyncStream::run()
{
    if (const grpc::Status refusal = open(); !refusal.ok())
        return refusal;
    if (m_table == nullptr) {
        sendInBandError(vtrpc::UNKNOWN, "table " + m_request.table_name() + " is not present in the database");
        return grpc::Status::OK;
    }
    if (!m_isCopying && m_request.cursor().position() == "current") {
        SyncResponse first;
        setCursor(first);
        if (!send(first))
            return grpc::Status::CANCELLED;
    }
    bool goesOn = !m_isCopying || m_last == 0 || sendChangesUpTo(m_shard->log.last());
    while (goesOn && !m_isCancelled()) {
        if (m_isCopying) {
            goesOn = copyStep();
            continue;
        }
        m_notifier.waitFor(kCancelPoll);
        goesOn = sendChangesUpTo(m_shard->log.last());
        if (goesOn && std::chrono::steady_clock::now() - m_lastSent >= kHeartbeat) {
            // PlanetScale writes a heartbeat each second, which is why cursors advance there without changes.
            m_engine.writeHeartbeat(*m_shard);
            goesOn = sendChangesUpTo(m_shard->log.last());
        }
    }
    return m_isPurged ? purgedStatus() : grpc::Status::CANCELLED;
}

} // namespace localbranch
