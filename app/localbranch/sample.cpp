#include "app/localbranch/sample.h"

#include <algorithm>

#include "app/localbranch/samplerows.h"
#include "app/localbranch/value.h"

namespace localbranch {

namespace {

constexpr const char* kShopTables[] = {
    "create table customers(id bigint unsigned not null primary key, name varchar(80) not null, email varchar(120) not "
    "null, "
    "country char(2) not null, balance decimal(12,2) not null default '0.00', preferences json, note text, avatar "
    "blob, "
    "created_at datetime(6) not null default current_timestamp(6), key email_idx(email))",
    "create table orders(id bigint unsigned not null primary key, customer_id bigint unsigned not null, "
    "status enum('new','paid','packed','shipped','delivered','cancelled') not null default 'new', total decimal(12,2) "
    "not null, "
    "currency char(3) not null default 'EUR', item_count int not null default 0, shipping_address varchar(255), "
    "payload json, comment text, "
    "receipt mediumblob, created_at datetime(6) not null, updated_at datetime(6) not null, key "
    "customer_idx(customer_id), key status_idx(status))",
    "create table order_items(order_id bigint unsigned not null, line int unsigned not null, sku varchar(32) not null, "
    "title varchar(120) not null, "
    "quantity int not null default 1, price decimal(10,2) not null, discount decimal(4,2), is_gift tinyint(1) not null "
    "default 0, "
    "primary key(order_id, line))",
    "create table mail_queue(id bigint not null primary key, priority tinyint not null default 50, epoch bigint not "
    "null default 0, "
    "time_next bigint default 0, time_acked bigint, recipient varchar(120) not null, template "
    "enum('confirmation','shipped','reminder') not null, "
    "payload json, key poller_idx(time_acked, priority, time_next desc)) "
    "comment "
    "'vitess_message,vt_ack_wait=30,vt_purge_after=120,vt_batch_size=10,vt_cache_size=10000,vt_poller_interval=5,vt_"
    "min_backoff=10,"
    "vt_max_backoff=600'"};

constexpr const char* kJobsTables[] = {
    "create table uploads(id bigint unsigned not null primary key, path varchar(200) not null, bytes bigint unsigned "
    "not null, sha1 binary(20), "
    "created_at datetime(3) not null)",
    "create table thumbnails(id bigint not null primary key, priority tinyint not null default 50, epoch bigint not "
    "null default 0, "
    "time_next bigint default 0, time_acked bigint, upload_id bigint unsigned not null, size varchar(20) not null, "
    "key poller_idx(time_acked, priority, time_next desc)) "
    "comment "
    "'vitess_message,vt_ack_wait=10,vt_purge_after=300,vt_batch_size=5,vt_cache_size=1000,vt_poller_interval=2'"};

constexpr uint64_t kOrdersWithItems = 10'000;
constexpr uint64_t kChangesAtOnce = 200;
constexpr int64_t kSecond = 1'000'000'000;

class Loader
{
public:
    Loader(Engine& engine, uint64_t seed)
        : m_engine(engine), m_guard(engine.guard()), m_rows(seed), m_now(nowNanoseconds())
    {
    }

    void shop(uint64_t orders)
    {
        Keyspace& shop = *m_engine.findKeyspace("shop");
        const uint64_t customers = std::clamp<uint64_t>(orders / 4, 10, 5000);
        for (uint64_t id = 1; id <= customers; ++id)
            insert(*shop.findTable("customers"), m_rows.customer(id, agoSeconds(86400 * 3)));
        for (uint64_t id = 1; id <= orders; ++id) {
            const int64_t placed = agoSeconds(86400);
            const size_t state = m_rows.below(6);
            Row order = m_rows.order(id, 1 + m_rows.below(customers), 0, placed);
            for (size_t step = 1; step <= std::min<size_t>(state, SampleRows::kDelivered); ++step)
                m_rows.advance(order, step, placed + static_cast<int64_t>(step) * kSecond * 600);
            if (state == SampleRows::kCancelled)
                m_rows.advance(order, state, placed);
            insert(*shop.findTable("orders"), order);
            const auto lines = static_cast<uint32_t>(std::stoul(*order[5]));
            for (uint32_t line = 1; id <= kOrdersWithItems && line <= lines; ++line)
                insert(*shop.findTable("order_items"), m_rows.item(id, line));
        }
        const uint64_t mails = std::clamp<uint64_t>(orders / 4, 24, 2000);
        for (uint64_t id = 1; id <= mails; ++id)
            insert(*shop.findTable("mail_queue"),
                   queued(m_rows.mail(id, 1 + m_rows.below(std::max<uint64_t>(orders, 1)), "confirmation", m_now), id));
    }

    void jobs()
    {
        Keyspace& jobs = *m_engine.findKeyspace("jobs");
        for (uint64_t id = 1; id <= 40; ++id) {
            insert(*jobs.findTable("uploads"), m_rows.upload(id, agoSeconds(86400)));
            insert(*jobs.findTable("thumbnails"), queued(m_rows.thumbnail(id, id, m_now), id));
        }
    }

    void finish() { m_engine.commit(m_transaction); }

private:
    int64_t agoSeconds(uint64_t most)
    {
        return m_now - static_cast<int64_t>(m_rows.below(most)) * kSecond - static_cast<int64_t>(m_rows.below(kSecond));
    }

    /// A message in one of the states that a queue can show: acked, due, backed off, scheduled, overdue for long, never
    /// found.
    Row queued(Row message, uint64_t id)
    {
        const auto seconds = [this](int64_t from, uint64_t most) {
            return std::to_string(m_now + from * kSecond + static_cast<int64_t>(m_rows.below(most)) * kSecond);
        };
        switch (id % 12) {
        case 0:
        case 1:
            message[2] = std::to_string(1 + m_rows.below(6));
            message[3] = seconds(60, 900);
            break;
        case 2:
            message[3] = seconds(600, 7200);
            break;
        case 3:
            message[2] = std::to_string(3 + m_rows.below(4));
            message[3] = seconds(-7200, 3600);
            break;
        case 4:
            if (id < 40)
                message[3] = std::nullopt;
            break;
        case 5:
            break;
        default:
            message[2] = "1";
            message[4] = std::to_string(m_now - static_cast<int64_t>(m_rows.below(60 * kSecond)));
            message[3] = std::nullopt;
            break;
        }
        return message;
    }

    void insert(LiveTable& table, const Row& row)
    {
        m_transaction.beginStatement();
        m_engine.insert(m_transaction, table, m_engine.shardOf(table, row), row);
        if (m_transaction.changeCount() >= kChangesAtOnce)
            m_engine.commit(m_transaction);
    }

    Engine& m_engine;
    Engine::Guard m_guard;
    SampleRows m_rows;
    Transaction m_transaction{true};
    int64_t m_now;
};

void createTables(Executor& executor, const std::string& keyspace, const auto& statements)
{
    for (const char* statement : statements) {
        vtgate::Session session;
        session.set_autocommit(true);
        session.set_target_string(keyspace);
        executor.execute(Caller{}, session, statement, {});
    }
}

} // namespace

void makeSample(Engine& engine, Executor& executor, uint64_t orders, uint64_t seed)
{
    KeyRange whole;
    whole.name = "-";
    const bool hasJobs = engine.addKeyspace("jobs", false, {whole}, {});
    const bool hasShop =
        engine.addKeyspace("shop", true, *KeyRange::equalRanges(2),
                           {{"customers", "id"}, {"orders", "id"}, {"order_items", "order_id"}, {"mail_queue", "id"}});
    if (hasJobs && hasShop)
        return;
    createTables(executor, "jobs", kJobsTables);
    createTables(executor, "shop", kShopTables);
    Loader loader(engine, seed);
    loader.jobs();
    loader.shop(orders);
    loader.finish();
}

} // namespace localbranch
