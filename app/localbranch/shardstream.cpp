#include "app/localbranch/shardstream.h"

#include <algorithm>

#include "app/localbranch/discovery.h"

namespace localbranch {

namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr size_t kCopyBytes = 900'000;
constexpr size_t kRowEventBytes = 8'000;
constexpr size_t kResponseBytes = 250'000;
constexpr size_t kTransactionsPerStep = 64;
constexpr uint32_t kRowsEvent = 16;
constexpr uint32_t kLastRowsEvent = 17;
/// A real server rests about a second between two tables.
constexpr auto kNoRest = std::chrono::hours(1);

const char* grpcName(vtrpc::Code code)
{
    switch (code) {
    case vtrpc::INVALID_ARGUMENT:
        return "InvalidArgument";
    case vtrpc::FAILED_PRECONDITION:
        return "FailedPrecondition";
    case vtrpc::INTERNAL:
        return "Internal";
    default:
        return "Unknown";
    }
}

} // namespace

ShardStream::ShardStream(Engine& engine, Keyspace& keyspace, Shard& shard, const binlogdata::ShardGtid& start,
                         StreamShared& shared)
    : m_engine(engine), m_keyspace(keyspace), m_shard(shard), m_shared(shared), m_start(start), m_word(start.gtid())
{
    m_start.set_keyspace(keyspace.name());
    m_start.set_shard(shard.name);
    for (const binlogdata::TableLastPK& last : start.table_p_ks())
        m_lastKnown[last.table_name()] = last.has_lastpk() ? std::optional(last.lastpk()) : std::nullopt;
}

std::chrono::nanoseconds ShardStream::restTime() const
{
    if (m_phase == Phase::Copying)
        return m_notBefore - std::chrono::steady_clock::now();
    if (m_phase == Phase::Searching)
        return m_searchEnd - std::chrono::steady_clock::now();
    return kNoRest;
}

binlogdata::ShardGtid ShardStream::position() const
{
    binlogdata::ShardGtid position;
    position.set_keyspace(m_keyspace.name());
    position.set_shard(m_shard.name);
    const bool isKnown = m_last > 0;
    position.set_gtid(isKnown ? m_set.position() : m_word);
    for (const auto& [table, lastKnown] : m_lastKnown) {
        binlogdata::TableLastPK& entry = *position.add_table_p_ks();
        entry.set_table_name(table);
        if (lastKnown)
            *entry.mutable_lastpk() = *lastKnown;
    }
    return position;
}

std::string ShardStream::startText() const
{
    std::string text =
        "error starting stream from shard GTID keyspace:\"" + m_keyspace.name() + "\" shard:\"" + m_shard.name + "\"";
    const std::string gtid = position().gtid();
    return gtid.empty() ? text : text + " gtid:\"" + gtid + "\"";
}

void ShardStream::failAtTablet(vtrpc::Code code, const std::string& text, bool isPersistent) const
{
    const std::string place = m_keyspace.name() + "/" + m_shard.name + " on tablet " + tabletAlias(m_shard.primaryUid);
    throw StreamError(code, startText() + ": " +
                                (isPersistent ? "persistent error in vstream for " + place + "; giving up"
                                              : "error in vstream for " + place) +
                                ": target: " + m_keyspace.name() + "." + m_shard.name + "." +
                                lowered(m_shared.tabletType) + ": vttablet: rpc error: code = " + grpcName(code) +
                                " desc = " + text);
}

bool ShardStream::step()
{
    switch (m_phase) {
    case Phase::Opening:
        open();
        return true;
    case Phase::Searching:
        search();
        return false;
    case Phase::Current:
        sendCurrent();
        return true;
    case Phase::CatchUp:
        if (!sendChangesUpTo(m_shard.log.last()))
            return false;
        m_notBefore = std::chrono::steady_clock::now() + m_shared.tableRest;
        m_phase = Phase::Copying;
        return true;
    case Phase::Copying:
        return std::chrono::steady_clock::now() >= m_notBefore && copyStep();
    case Phase::Live:
        return liveStep();
    }
    return false;
}

void ShardStream::open()
{
    m_searchEnd = std::chrono::steady_clock::now() + m_shared.tabletSearch;
    if (!m_shared.hasTablets) {
        m_phase = Phase::Searching;
        return;
    }
    if (m_start.gtid() == "current") {
        m_phase = Phase::Current;
        return;
    }
    const bool copies = m_start.gtid().empty() || m_start.table_p_ks_size() > 0;
    if (!m_start.gtid().empty()) {
        try {
            m_set = GtidSet::parsePosition(m_start.gtid());
        } catch (const PositionError& error) {
            failAtTablet(error.isPersistent() ? vtrpc::UNKNOWN : vtrpc::INTERNAL,
                         std::string("could not decode position: ") + error.what(), error.isPersistent());
        }
    }
    if (copies)
        planCopy();
    if (m_start.gtid().empty()) {
        m_phase = Phase::Copying;
        return;
    }
    if (!m_shard.log.executed().contains(m_set) || !m_set.contains(m_shard.log.purged())) {
        m_phase = Phase::Searching;
        return;
    }
    // Holes in the position are found again while reading.
    m_last = 0;
    while (m_set.contains(m_shard.log.uuid(), m_last + 1))
        ++m_last;
    m_phase = copies ? Phase::CatchUp : Phase::Live;
}

void ShardStream::search()
{
    if (std::chrono::steady_clock::now() < m_searchEnd)
        return;
    throw StreamError(vtrpc::CANCELED, startText() + ": failed to find a " + m_shared.tabletType +
                                           " tablet for VStream in " + m_keyspace.name() + "/" + m_shard.name +
                                           " within the " + kCell + " cell(s): context has expired");
}

void ShardStream::sendCurrent()
{
    m_last = m_shard.log.last();
    m_set = GtidSet(m_shard.log.uuid(), m_last);
    vtgate::VStreamResponse response;
    addPosition(response);
    addEvent(response, binlogdata::OTHER);
    send(response);
    m_phase = Phase::Live;
}

void ShardStream::addCopyTable(LiveTable& table)
{
    const std::string& name = table.definition->name;
    CopyTable copy{&table, table.definition, nullptr, {}};
    copy.plan =
        std::make_unique<TablePlan>(*m_shared.filter->ruleFor(name), table.definition, table.shardingColumn, true);
    if (const auto lastKnown = m_lastKnown.find(name); lastKnown != m_lastKnown.end() && lastKnown->second)
        copy.key = keyOfLastKnown(*table.definition, *lastKnown->second);
    m_copies.push_back(std::move(copy));
}

void ShardStream::planCopy()
{
    for (const auto& [table, lastKnown] : m_lastKnown) {
        if (lastKnown && lastKnown->fields_size() == 0)
            failAtTablet(vtrpc::UNKNOWN, "lastpk for table " + table + " has no fields defined");
    }
    const Engine::Guard guard = m_engine.guard();
    try {
        m_shared.filter->checkExpressions();
        for (const std::string& name : m_shared.filter->plainNames()) {
            if (m_keyspace.findTable(name) == nullptr)
                failAtTablet(vtrpc::UNKNOWN, "table " + name + " is not present in the database");
        }
        for (LiveTable* table : m_keyspace.tables()) {
            const std::string& name = table->definition->name;
            if (m_shared.filter->ruleFor(name) == nullptr)
                continue;
            if (m_shared.tablesToCopy.empty() || m_shared.tablesToCopy.contains(name))
                addCopyTable(*table);
        }
    } catch (const SqlError& error) {
        failAtTablet(error.code(), error.what());
    }
    if (m_copies.empty())
        failAtTablet(vtrpc::UNKNOWN, "stream needs a position or a table to copy");
}

bool ShardStream::copyStep()
{
    CopyTable& copy = m_copies[m_copyAt];
    const CopyChunk chunk = readChunk(m_engine, *copy.table, m_shard, copy.key, kCopyBytes);
    // What was committed since the last piece comes first, as far as it concerns rows that are already out.
    const bool isFirstPosition = m_last == 0;
    if (isFirstPosition) {
        m_last = chunk.position;
        m_set = GtidSet(m_shard.log.uuid(), m_last);
    } else {
        m_caughtUpInTable = m_caughtUpInTable || chunk.position > m_last;
        if (!sendChangesUpTo(chunk.position))
            return true;
    }
    if (chunk.definition != copy.definition) {
        copy.definition = chunk.definition;
        copy.plan = std::make_unique<TablePlan>(*m_shared.filter->ruleFor(copy.definition->name), copy.definition,
                                                chunk.shardingColumn, true);
        m_caughtUpInTable = true;
    }
    if (!m_isTableOpen || m_caughtUpInTable) {
        vtgate::VStreamResponse begin;
        addEvent(begin, binlogdata::BEGIN);
        describe(*copy.plan, true, addEvent(begin, binlogdata::FIELD));
        if (!send(begin))
            return true;
        if (m_isFirstTable && m_lastKnown.empty()) {
            vtgate::VStreamResponse first;
            addPosition(first);
            if (!send(first))
                return true;
        }
    } else {
        vtgate::VStreamResponse begin;
        addEvent(begin, binlogdata::BEGIN);
        if (!send(begin))
            return true;
    }
    m_isTableOpen = true;
    m_isFirstTable = false;
    m_caughtUpInTable = false;
    if (!chunk.rows.empty() && !sendCopyRows(copy, chunk))
        return true;
    if (chunk.isLast)
        finishTable();
    return true;
}

bool ShardStream::sendCopyRows(CopyTable& copy, const CopyChunk& chunk)
{
    vtgate::VStreamResponse response;
    const std::string name = tableName(copy.definition->name);
    for (const std::string& row : chunk.rows) {
        binlogdata::RowChange change;
        if (!copy.plan->fill(std::nullopt, row, change))
            continue;
        binlogdata::RowEvent& event = *addEvent(response, binlogdata::ROW).mutable_row_event();
        event.set_table_name(name);
        event.set_keyspace(m_keyspace.name());
        event.set_shard(m_shard.name);
        *event.add_row_changes() = std::move(change);
    }
    copy.key = chunk.lastKey;
    m_lastKnown[copy.definition->name] = lastKnownKey(*copy.definition, chunk.rows.back());
    addPosition(response);
    addEvent(response, binlogdata::COMMIT);
    return send(response);
}

void ShardStream::finishTable()
{
    m_lastKnown.erase(m_copies[m_copyAt].definition->name);
    vtgate::VStreamResponse end;
    addEvent(end, binlogdata::BEGIN);
    addPosition(end);
    addEvent(end, binlogdata::COMMIT);
    if (!send(end))
        return;
    m_isTableOpen = false;
    m_notBefore = std::chrono::steady_clock::now() + m_shared.tableRest;
    if (++m_copyAt < m_copies.size())
        return;
    m_phase = Phase::Live;
    vtgate::VStreamResponse completed;
    addEvent(completed, binlogdata::COPY_COMPLETED);
    if (m_shared.completeCopy())
        completed.add_events()->set_type(binlogdata::COPY_COMPLETED);
    send(completed);
}

bool ShardStream::sendChangesUpTo(uint64_t last)
{
    while (m_last < last) {
        const auto transactions = m_shard.log.after(m_last, std::min<size_t>(kTransactionsPerStep, last - m_last));
        if (!transactions) {
            m_phase = Phase::Searching;
            m_searchEnd = std::chrono::steady_clock::now() + m_shared.tabletSearch;
            return false;
        }
        for (const LogTransactionPtr& transaction : *transactions) {
            m_last = transaction->number;
            if (m_set.contains(m_shard.log.uuid(), transaction->number))
                continue;
            sendTransaction(*transaction);
            if (m_isGone)
                return false;
        }
    }
    return true;
}

bool ShardStream::liveStep()
{
    const uint64_t before = m_last;
    const uint64_t newest = m_shard.log.last();
    if (newest == before)
        return false;
    sendChangesUpTo(std::min<uint64_t>(newest, before + kTransactionsPerStep));
    return true;
}

bool ShardStream::isWanted(const RowChange& change)
{
    if (m_phase == Phase::Live)
        return true;
    for (size_t i = 0; i < m_copies.size(); ++i) {
        const CopyTable& copy = m_copies[i];
        if (copy.definition->name != change.table->name)
            continue;
        if (i < m_copyAt)
            return true;
        if (copy.key.empty())
            return false;
        const auto isOut = [&](const std::optional<std::string>& image) {
            if (!image)
                return false;
            RowView row;
            readRow(*image, row);
            return keyOf(*change.table, row) <= copy.key;
        };
        return isOut(change.before) || isOut(change.after);
    }
    // Not copied at all, by tables_to_copy: only its changes are wanted.
    return true;
}

const TablePlan* ShardStream::planFor(const TablePtr& table, const LogTransaction& transaction)
{
    const auto known = m_plans.find(table);
    if (known != m_plans.end())
        return known->second.get();
    const binlogdata::Rule* rule = m_shared.filter->ruleFor(table->name);
    if (rule == nullptr) {
        m_plans[table] = nullptr;
        return nullptr;
    }
    const auto fail = [&](const std::string& reason) {
        GtidSet set = m_set;
        set.add(m_shard.log.uuid(), transaction.number);
        failAtTablet(vtrpc::UNKNOWN, "stream (at source tablet) error @ (including the GTID we failed to process) " +
                                         set.text() + ": " + reason +
                                         "\nfailed to build table replication plan for table " + table->name);
    };
    std::optional<size_t> shardingColumn;
    {
        const Engine::Guard guard = m_engine.guard();
        LiveTable* live = m_keyspace.findTable(table->name);
        if (live == nullptr)
            fail("unknown table " + table->name + " in schema");
        if (live->definition->columns.size() < table->columns.size())
            fail("cannot determine table columns for " + table->name + ": event has " +
                 std::to_string(table->columns.size()) + " columns, schema has " +
                 std::to_string(live->definition->columns.size()));
        if (live->shardingColumn)
            shardingColumn = table->columnIndex(live->definition->columns[*live->shardingColumn].name);
    }
    try {
        auto plan = std::make_unique<TablePlan>(*rule, table, shardingColumn, false);
        return (m_plans[table] = std::move(plan)).get();
    } catch (const FilterError& error) {
        const std::string text = error.what();
        fail(error.isCoded() ? "Code: " + vtrpc::Code_Name(error.code()) + "\n" + text + "\n" : text);
    }
    return nullptr;
}

void ShardStream::sendSchemaChange(const LogTransaction& transaction)
{
    vtgate::VStreamResponse response;
    m_set.add(m_shard.log.uuid(), transaction.number);
    addPosition(response);
    const std::string& table = transaction.schemaChange->table;
    const bool isShown = !table.empty() && m_shared.filter->ruleFor(table) != nullptr;
    binlogdata::VEvent& event =
        addLogEvent(response, isShown ? binlogdata::DDL : binlogdata::OTHER, transaction, transaction.committedAt);
    if (isShown)
        event.set_statement(transaction.schemaChange->statement);
    send(response);
}

void ShardStream::sendTransaction(const LogTransaction& transaction)
{
    if (transaction.schemaChange)
        return sendSchemaChange(transaction);
    vtgate::VStreamResponse response;
    addLogEvent(response, binlogdata::BEGIN, transaction, transaction.begunAt);
    size_t bytes = 0;
    addRows(response, transaction, bytes);
    if (m_isGone)
        return;
    m_set.add(m_shard.log.uuid(), transaction.number);
    addPosition(response);
    addLogEvent(response, binlogdata::COMMIT, transaction, transaction.committedAt);
    send(response);
}

void ShardStream::addRows(vtgate::VStreamResponse& response, const LogTransaction& transaction, size_t& bytes)
{
    binlogdata::RowEvent* open = nullptr;
    size_t openBytes = 0;
    const auto& changes = transaction.changes;
    for (size_t i = 0; i < changes.size(); ++i) {
        const RowChange& change = changes[i];
        const TablePlan* plan = planFor(change.table, transaction);
        const bool continues =
            i > 0 && changes[i - 1].table == change.table && changes[i - 1].statement == change.statement;
        if (!continues || openBytes >= kRowEventBytes) {
            if (open != nullptr && !continues)
                open->set_flags(kLastRowsEvent);
            open = nullptr;
        }
        if (plan == nullptr || !isWanted(change))
            continue;
        binlogdata::RowChange image;
        if (!plan->fill(change.before, change.after, image))
            continue;
        if (bytes >= kResponseBytes && open == nullptr) {
            if (!send(response))
                return;
            response.Clear();
            bytes = 0;
        }
        if (m_described.insert(change.table.get()).second)
            describe(*plan, change.table->hasEnumOrSet,
                     addLogEvent(response, binlogdata::FIELD, transaction, transaction.begunAt));
        if (open == nullptr) {
            open = addLogEvent(response, binlogdata::ROW, transaction, transaction.begunAt).mutable_row_event();
            open->set_table_name(tableName(change.table->name));
            open->set_keyspace(m_keyspace.name());
            open->set_shard(m_shard.name);
            open->set_flags(kRowsEvent);
            openBytes = 0;
        }
        const size_t size = (change.before ? change.before->size() : 0) + (change.after ? change.after->size() : 0);
        openBytes += size;
        bytes += size;
        *open->add_row_changes() = std::move(image);
    }
    if (open != nullptr)
        open->set_flags(kLastRowsEvent);
}

binlogdata::VEvent& ShardStream::addEvent(vtgate::VStreamResponse& response, binlogdata::VEventType type) const
{
    binlogdata::VEvent& event = *response.add_events();
    event.set_type(type);
    event.set_keyspace(m_keyspace.name());
    event.set_shard(m_shard.name);
    return event;
}

binlogdata::VEvent& ShardStream::addLogEvent(vtgate::VStreamResponse& response, binlogdata::VEventType type,
                                             const LogTransaction& transaction, int64_t at) const
{
    binlogdata::VEvent& event = addEvent(response, type);
    event.set_timestamp(at / kNanosecondsPerSecond);
    event.set_current_time(nowNanoseconds());
    event.set_commit_parent(static_cast<int64_t>(transaction.number) - 1);
    event.set_sequence_number(static_cast<int64_t>(transaction.number));
    event.set_event_gtid(m_shard.log.uuid() + ":" + std::to_string(transaction.number));
    return event;
}

void ShardStream::addPosition(vtgate::VStreamResponse& response) const
{
    *addEvent(response, binlogdata::VGTID).mutable_vgtid() = m_shared.vgtid();
}

void ShardStream::describe(const TablePlan& plan, bool enumsAreText, binlogdata::VEvent& event) const
{
    binlogdata::FieldEvent& fields = *event.mutable_field_event();
    fields.set_table_name(tableName(plan.table()->name));
    fields.set_keyspace(m_keyspace.name());
    fields.set_shard(m_shard.name);
    fields.set_enum_set_string_values(enumsAreText);
    plan.addFields(fields.mutable_fields(), m_shard.database);
}

std::string ShardStream::tableName(const std::string& table) const
{
    return m_shared.namesKeyspace ? m_keyspace.name() + "." + table : table;
}

bool ShardStream::send(vtgate::VStreamResponse& response)
{
    if (!m_isGone)
        m_isGone = !m_shared.send(response);
    return !m_isGone;
}

} // namespace localbranch
