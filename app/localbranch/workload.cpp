#include "app/localbranch/workload.h"

#include <algorithm>
#include <charconv>
#include <iostream>

#include "app/localbranch/sqlerror.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(5);
constexpr double kFastRate = 500;
constexpr size_t kChangesOfFastTransaction = 10;
constexpr uint64_t kBytesPerOrder = 8192;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMostAttempts = 6;
constexpr size_t kMostUploads = 2000;

// Columns of both message tables.
constexpr size_t kEpoch = 2;
constexpr size_t kTimeNext = 3;
constexpr size_t kTimeAcked = 4;

uint64_t numberOf(const CellView& cell)
{
    uint64_t number = 0;
    if (cell)
        std::from_chars(cell->data(), cell->data() + cell->size(), number);
    return number;
}

} // namespace

Workload::Workload(Engine& engine, double changesPerSecond, uint64_t seed, uint64_t keptBytes)
    : m_engine(engine), m_rate(changesPerSecond),
      m_mostOrders(std::clamp<uint64_t>(keptBytes / kBytesPerOrder, 500, 50'000)), m_rows(seed + 1)
{
    learn();
}

Workload::~Workload()
{
    stop();
}

void Workload::learn()
{
    const Engine::Guard guard = m_engine.guard();
    Keyspace& shop = *m_engine.findKeyspace("shop");
    Keyspace& jobs = *m_engine.findKeyspace("jobs");
    m_customers = shop.findTable("customers");
    m_orders = shop.findTable("orders");
    m_items = shop.findTable("order_items");
    m_mails = shop.findTable("mail_queue");
    m_uploads = jobs.findTable("uploads");
    m_thumbnails = jobs.findTable("thumbnails");
    for (LiveTable* table : {m_customers, m_orders, m_items, m_mails, m_uploads, m_thumbnails}) {
        if (table == nullptr)
            throw std::runtime_error("a table of the sample is missing, so its workload cannot run");
        m_shapes[table] = table->definition;
    }
    const auto visit = [this](LiveTable& table, const std::function<void(const RowView&)>& see) {
        RowView row;
        for (size_t shard = 0; shard < table.keyspace.shardCount(); ++shard) {
            m_engine.scan(nullptr, table, shard, {}, [&](std::string_view, std::string_view bytes) {
                readRow(bytes, row);
                see(row);
                return true;
            });
        }
    };
    visit(*m_customers,
          [this](const RowView& row) { m_nextCustomer = std::max(m_nextCustomer, numberOf(row[0]) + 1); });
    visit(*m_orders, [this](const RowView& row) {
        const uint64_t id = numberOf(row[0]);
        m_nextOrder = std::max(m_nextOrder, id + 1);
        for (size_t state = 0; state < std::size(SampleRows::kStates); ++state) {
            if (row[SampleRows::kOrderStatus] != SampleRows::kStates[state])
                continue;
            if (state >= SampleRows::kDelivered)
                m_finished.push_back(id);
            else
                m_open.push_back({id, state});
        }
    });
    std::sort(m_finished.begin(), m_finished.end());
    const int64_t now = nowNanoseconds();
    visit(*m_mails, [this, now](const RowView& row) {
        const uint64_t id = numberOf(row[0]);
        m_nextMail = std::max(m_nextMail, id + 1);
        // What is overdue for long stays so: somebody has to look at it.
        const auto due = static_cast<int64_t>(numberOf(row[kTimeNext]));
        if (!row[kTimeAcked] && row[kTimeNext] && due > now - 600 * kSecond)
            enqueue(*m_mails, id, static_cast<int64_t>(numberOf(row[kEpoch])), due);
    });
    visit(*m_uploads, [this](const RowView& row) {
        m_uploadIds.push_back(numberOf(row[0]));
        m_nextUpload = std::max(m_nextUpload, numberOf(row[0]) + 1);
    });
}

void Workload::start()
{
    m_thread = std::thread([this] {
        try {
            work();
        } catch (const std::exception& error) {
            std::cerr << "localbranch: the workload ended: " << error.what() << '\n';
        }
    });
}

void Workload::stop()
{
    m_isStopping = true;
    if (m_thread.joinable())
        m_thread.join();
}

void Workload::work()
{
    const size_t wanted = m_rate >= kFastRate ? kChangesOfFastTransaction : 1;
    double owed = 0;
    auto last = Clock::now();
    while (!m_isStopping) {
        const auto now = Clock::now();
        owed += m_rate * std::chrono::duration<double>(now - last).count();
        // After a pause there is no storm to make up for it.
        owed = std::min(owed, std::max(m_rate * 0.25, 10.0));
        last = now;
        while (owed >= 1 && !m_isStopping) {
            const Engine::Guard guard = m_engine.guard();
            Transaction transaction(true);
            try {
                // Steps without effect must not keep the lock for ever.
                for (int tries = 0; transaction.changeCount() < wanted && tries < 100; ++tries)
                    step(transaction);
                owed -= std::max(1.0, static_cast<double>(transaction.changeCount()));
                m_engine.commit(transaction);
            } catch (const RowIsLocked&) {
                m_engine.rollBack(transaction);
                owed -= 1;
            } catch (const SqlError&) {
                // Somebody changed the rows or the table in a way that the shop did not expect; it goes on with the
                // next step.
                m_engine.rollBack(transaction);
                owed -= 1;
            }
        }
        std::this_thread::sleep_for(kTick);
    }
}

void Workload::step(Transaction& transaction)
{
    const uint64_t dice = m_rows.below(100);
    const size_t orders = m_open.size() + m_finished.size();
    if (orders > m_mostOrders && dice < 30)
        deleteOrder(transaction);
    else if (dice < 12)
        placeOrder(transaction);
    else if (dice < 72)
        advanceOrder(transaction);
    else if (dice < 88)
        workOnMessage(transaction);
    else if (dice < 93)
        changeCustomer(transaction);
    else if (dice < 96)
        addUpload(transaction);
    else if (orders > m_mostOrders / 4 || dice == 99)
        deleteOrder(transaction);
}

bool Workload::isUsable(LiveTable& table) const
{
    const TablePtr& shape = m_shapes.at(&table);
    if (table.keyspace.findTable(shape->name) != &table)
        return false;
    return table.definition == shape ||
           std::all_of(shape->columns.begin(), shape->columns.end(), [&table](const Column& column) {
               return table.definition->columnIndex(column.name).has_value();
           });
}

Row Workload::inPresentColumns(const LiveTable& table, const Row& row, Row present) const
{
    const TablePtr& shape = m_shapes.at(&table);
    if (table.definition == shape)
        return row;
    present.resize(table.definition->columns.size());
    for (size_t i = 0; i < row.size(); ++i)
        present[*table.definition->columnIndex(shape->columns[i].name)] = row[i];
    return present;
}

void Workload::insert(Transaction& transaction, LiveTable& table, const Row& row)
{
    if (!isUsable(table))
        return;
    transaction.beginStatement();
    Row initial;
    for (const Column& column : table.definition->columns)
        initial.push_back(column.initial && !column.initial->isNow ? Cell(column.initial->text) : std::nullopt);
    const Row present = inPresentColumns(table, row, std::move(initial));
    m_engine.insert(transaction, table, m_engine.shardOf(table, present), present);
}

bool Workload::change(Transaction& transaction, LiveTable& table, const Row& keyCells,
                      const std::function<void(Row&)>& edit)
{
    if (!isUsable(table))
        return false;
    const Row keyRow = inPresentColumns(table, keyCells, {});
    const size_t shard = m_engine.shardOf(table, keyRow);
    const std::string key = keyOf(*table.definition, keyRow);
    const auto stored = m_engine.row(&transaction, table, shard, key);
    if (!stored)
        return false;
    RowView view;
    readRow(*stored, view);
    Row row = ownedRow(view);
    Row sample;
    for (const Column& column : m_shapes.at(&table)->columns)
        sample.push_back(table.definition == m_shapes.at(&table) ? row[sample.size()]
                                                                 : row[*table.definition->columnIndex(column.name)]);
    edit(sample);
    transaction.beginStatement();
    m_engine.update(transaction, table, shard, key, *stored, inPresentColumns(table, sample, std::move(row)));
    return true;
}

bool Workload::erase(Transaction& transaction, LiveTable& table, const Row& keyCells)
{
    if (!isUsable(table))
        return false;
    const Row keyRow = inPresentColumns(table, keyCells, {});
    const size_t shard = m_engine.shardOf(table, keyRow);
    const std::string key = keyOf(*table.definition, keyRow);
    const auto stored = m_engine.row(&transaction, table, shard, key);
    if (!stored)
        return false;
    m_engine.remove(transaction, table, shard, key, *stored);
    return true;
}

void Workload::enqueue(LiveTable& table, uint64_t id, int64_t epoch, int64_t due)
{
    m_messages.emplace(due, QueuedMessage{&table, id, epoch});
}

void Workload::addMail(Transaction& transaction, uint64_t order, const char* kind)
{
    const int64_t now = nowNanoseconds();
    const uint64_t id = m_nextMail++;
    Row mail = m_rows.mail(id, order, kind, now);
    int64_t due = now;
    if (m_rows.chance(0.03)) {
        due = now + static_cast<int64_t>(60 + m_rows.below(600)) * kSecond;
        mail[kTimeNext] = std::to_string(due);
    }
    insert(transaction, *m_mails, mail);
    enqueue(*m_mails, id, 0, due);
}

void Workload::placeOrder(Transaction& transaction)
{
    const int64_t now = nowNanoseconds();
    const uint64_t id = m_nextOrder++;
    const uint64_t customer = 1 + m_rows.below(m_nextCustomer - 1);
    const Row order = m_rows.order(id, customer, 0, now);
    insert(transaction, *m_orders, order);
    const auto lines = static_cast<uint32_t>(numberOf(CellView(*order[5])));
    for (uint32_t line = 1; line <= lines; ++line)
        insert(transaction, *m_items, m_rows.item(id, line));
    addMail(transaction, id, "confirmation");
    m_open.push_back({id, 0});
}

void Workload::advanceOrder(Transaction& transaction)
{
    if (m_open.empty())
        return;
    const size_t at = m_rows.below(m_open.size());
    OpenOrder& order = m_open[at];
    const size_t state = order.state == 0 && m_rows.chance(0.05) ? SampleRows::kCancelled : order.state + 1;
    const bool isThere = change(transaction, *m_orders, {std::to_string(order.id)},
                                [&](Row& row) { m_rows.advance(row, state, nowNanoseconds()); });
    if (isThere && state == 3)
        addMail(transaction, order.id, "shipped");
    order.state = state;
    if (isThere && state < SampleRows::kDelivered)
        return;
    if (isThere)
        m_finished.push_back(order.id);
    m_open[at] = m_open.back();
    m_open.pop_back();
}

void Workload::deleteOrder(Transaction& transaction)
{
    if (m_finished.empty())
        return;
    const uint64_t id = m_finished.front();
    m_finished.pop_front();
    transaction.beginStatement();
    erase(transaction, *m_orders, {std::to_string(id)});
    transaction.beginStatement();
    for (uint32_t line = 1; erase(transaction, *m_items, {std::to_string(id), std::to_string(line)}); ++line)
        continue;
}

void Workload::changeCustomer(Transaction& transaction)
{
    const bool isNew = m_nextCustomer < 5000 && m_rows.chance(0.4);
    const uint64_t id = isNew ? m_nextCustomer++ : 1 + m_rows.below(m_nextCustomer - 1);
    const Row fresh = m_rows.customer(id, nowNanoseconds());
    if (isNew)
        return insert(transaction, *m_customers, fresh);
    change(transaction, *m_customers, {std::to_string(id)}, [&fresh](Row& row) {
        row[4] = fresh[4];
        row[6] = fresh[6];
    });
}

void Workload::addUpload(Transaction& transaction)
{
    const int64_t now = nowNanoseconds();
    const uint64_t id = m_nextUpload++;
    insert(transaction, *m_uploads, m_rows.upload(id, now));
    insert(transaction, *m_thumbnails, m_rows.thumbnail(id, id, now));
    enqueue(*m_thumbnails, id, 0, now);
    m_uploadIds.push_back(id);
    if (m_uploadIds.size() > kMostUploads) {
        transaction.beginStatement();
        erase(transaction, *m_uploads, {std::to_string(m_uploadIds.front())});
        m_uploadIds.pop_front();
    }
}

void Workload::workOnMessage(Transaction& transaction)
{
    const int64_t now = nowNanoseconds();
    if (m_messages.empty() || m_messages.begin()->first > now)
        return;
    QueuedMessage message = m_messages.begin()->second;
    m_messages.erase(m_messages.begin());
    const bool isDone = m_rows.chance(0.85);
    bool isOpen = false;
    int64_t due = now + 10 * kSecond * (int64_t{1} << std::min<int64_t>(message.epoch, kMostAttempts));
    // Its sixth failure leaves it overdue, for a human to find.
    const bool isGivenUp = !isDone && message.epoch + 1 >= kMostAttempts;
    if (isGivenUp)
        due = now + kSecond;
    change(transaction, *message.table, {std::to_string(message.id)}, [&](Row& row) {
        if (row[kTimeAcked])
            return;
        isOpen = true;
        row[kEpoch] = std::to_string(message.epoch + 1);
        row[kTimeNext] = isDone ? Cell() : Cell(std::to_string(due));
        if (isDone)
            row[kTimeAcked] = std::to_string(now);
    });
    if (isOpen && !isDone && !isGivenUp)
        enqueue(*message.table, message.id, message.epoch + 1, due);
}

} // namespace localbranch
