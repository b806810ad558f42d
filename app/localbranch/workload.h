// A shop at work: orders come, move on and go, mails are sent and sometimes fail, at a chosen number of changes a
// second. One thread.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <thread>
#include <vector>

#include "app/localbranch/engine.h"
#include "app/localbranch/samplerows.h"

namespace localbranch {

class Workload
{
public:
    /// The engine must hold the sample.
    Workload(Engine& engine, double changesPerSecond, uint64_t seed, uint64_t keptBytes);
    ~Workload();

    void start();
    void stop();

private:
    struct OpenOrder
    {
        uint64_t id;
        size_t state;
    };
    struct QueuedMessage
    {
        LiveTable* table;
        uint64_t id;
        int64_t epoch;
    };

    void learn();
    void work();
    void step(Transaction& transaction);
    void placeOrder(Transaction& transaction);
    void advanceOrder(Transaction& transaction);
    void deleteOrder(Transaction& transaction);
    void changeCustomer(Transaction& transaction);
    void addUpload(Transaction& transaction);
    void workOnMessage(Transaction& transaction);
    void addMail(Transaction& transaction, uint64_t order, const char* kind);
    void enqueue(LiveTable& table, uint64_t id, int64_t epoch, int64_t due);
    void insert(Transaction& transaction, LiveTable& table, const Row& row);
    /// False once somebody dropped the table or a column that the workload writes.
    bool isUsable(LiveTable& table) const;
    /// A row of the sample's columns in the table's present ones, over what stands there already.
    Row inPresentColumns(const LiveTable& table, const Row& row, Row present) const;
    /// Finds a row by its key cells and changes it; false if it is gone.
    bool change(Transaction& transaction, LiveTable& table, const Row& keyCells, const std::function<void(Row&)>& edit);
    bool erase(Transaction& transaction, LiveTable& table, const Row& keyCells);

    Engine& m_engine;
    double m_rate;
    size_t m_mostOrders;
    SampleRows m_rows;
    LiveTable* m_customers;
    LiveTable* m_orders;
    LiveTable* m_items;
    LiveTable* m_mails;
    LiveTable* m_uploads;
    LiveTable* m_thumbnails;
    std::map<const LiveTable*, TablePtr> m_shapes; ///< the columns that the sample's rows have
    std::vector<OpenOrder> m_open;
    std::deque<uint64_t> m_finished;
    std::multimap<int64_t, QueuedMessage> m_messages; ///< by when they are due
    std::deque<uint64_t> m_uploadIds;
    uint64_t m_nextCustomer = 1;
    uint64_t m_nextOrder = 1;
    uint64_t m_nextMail = 1;
    uint64_t m_nextUpload = 1;
    std::atomic<bool> m_isStopping = false;
    std::thread m_thread;
};

} // namespace localbranch
