#include "tests/faults/writer.h"

#include <chrono>

namespace vtscope::test {
namespace {

constexpr std::uint64_t kIds = 60;              // small: rows are written again and again, and deleted ones come back
constexpr std::uint64_t kFirstBulk = 1'000'000; // rows of large transactions lie apart
constexpr std::size_t kBodyBytes = 3000;        // with some hundred rows, several responses

} // namespace

const std::vector<std::string>& faultTables()
{
    static const std::vector<std::string> tables{"items", "orders", "parts"};
    return tables;
}

bool isMark(const std::string& id)
{
    const std::uint64_t number = std::stoull(id);
    return number >= Writer::kFirstMark && number < Writer::kFirstMark + Writer::kMarks;
}

Writer::Writer(std::shared_ptr<Connection> connection) : m_connection(std::move(connection)) {}

Writer::~Writer()
{
    if (m_thread.joinable())
        m_thread.join();
}

void Writer::prepare(std::uint64_t seed, std::uint64_t rows)
{
    m_chance = Chance(seed);
    m_refused = 0;
    SqlSession session(*m_connection, "commerce");
    for (const std::string& table : faultTables()) {
        executeAtLast(session, "delete from " + table);
        m_rows[table].clear();
        if (rows > 0)
            insertAtLast(session, table, 1, rows, kBodyBytes);
    }
}

void Writer::start(std::uint64_t transactions)
{
    if (m_thread.joinable())
        m_thread.join();
    m_isDone = false;
    m_thread = std::thread([this, transactions] { write(transactions); });
}

void Writer::write(std::uint64_t transactions)
{
    for (std::uint64_t i = 0; i < transactions; ++i) {
        writeOne();
        std::this_thread::sleep_for(std::chrono::microseconds(m_chance.below(4000)));
    }
    SqlSession session(*m_connection, "commerce");
    for (const std::string& table : faultTables())
        insertAtLast(session, table, kFirstMark, kMarks, 0);
    m_isDone = true;
}

void Writer::writeOne()
{
    SqlSession session(*m_connection, "commerce");
    if (m_chance.oneIn(3)) {
        execute(session, statement(faultTables()[m_chance.below(faultTables().size())]));
        return;
    }
    const auto known = m_rows;
    bool isTaken = execute(session, "begin");
    for (std::uint64_t left = m_chance.within(1, 5); isTaken && left > 0; --left)
        isTaken = execute(session, statement(faultTables()[m_chance.below(faultTables().size())]));
    if (isTaken && !m_chance.oneIn(8) && execute(session, "commit"))
        return;
    // Or its locks would stand in the way for long.
    executeAtLast(session, "rollback");
    m_rows = known;
}

std::string Writer::statement(const std::string& table)
{
    std::set<std::uint64_t>& rows = m_rows[table];
    const std::string serial = std::to_string(++m_serial);
    const auto bulk = rows.lower_bound(kFirstBulk);
    if (m_chance.oneIn(10)) {
        if (bulk == rows.end())
            return inserted(table, kFirstBulk + m_serial, m_chance.within(100, 300), m_chance.below(kBodyBytes));
        if (m_chance.oneIn(2)) {
            rows.erase(bulk, rows.end());
            return "delete from " + table + " where id >= " + std::to_string(kFirstBulk);
        }
        return "update " + table + " set serial = " + serial +
               ", word = 'bulk' where id >= " + std::to_string(kFirstBulk);
    }
    const std::uint64_t id = m_chance.within(1, kIds);
    if (!rows.contains(id))
        return inserted(table, id, 1, m_chance.below(100));
    if (m_chance.oneIn(3)) {
        rows.erase(id);
        return "delete from " + table + " where id = " + std::to_string(id);
    }
    return "update " + table + " set serial = " + serial + ", word = 'word " + serial + "' where id in (" +
           std::to_string(id) + ", " + std::to_string(m_chance.within(1, kIds)) + ")";
}

std::string Writer::inserted(const std::string& table, std::uint64_t firstId, std::uint64_t count,
                             std::size_t bodyBytes)
{
    std::string text = "insert into " + table + " (id, serial, word, body) values ";
    for (std::uint64_t id = firstId; id < firstId + count; ++id) {
        m_rows[table].insert(id);
        if (id != firstId)
            text += ", ";
        text.append("(").append(std::to_string(id)).append(", ").append(std::to_string(++m_serial));
        if (bodyBytes == 0)
            text += ", 'new', null)";
        else
            text.append(", 'new', '").append(bodyBytes, static_cast<char>('a' + id % 26)).append("')");
    }
    return text;
}

bool Writer::execute(SqlSession& session, const std::string& text)
{
    const bool isTaken = session.execute(Statement::write(text)).has_value();
    m_refused += isTaken ? 0 : 1;
    return isTaken;
}

// Where one shard has taken its rows and the other has not, each row is sent again by itself.
void Writer::insertAtLast(SqlSession& session, const std::string& table, std::uint64_t firstId, std::uint64_t count,
                          std::size_t bodyBytes)
{
    if (execute(session, inserted(table, firstId, count, bodyBytes)))
        return;
    for (std::uint64_t id = firstId; id < firstId + count; ++id)
        executeAtLast(session, inserted(table, id, 1, bodyBytes));
}

void Writer::executeAtLast(SqlSession& session, const std::string& text)
{
    constexpr int kTries = 12'000;
    std::string why;
    for (int i = 0; i < kTries; ++i) {
        const auto answer = session.execute(Statement::write(text));
        // It may have been taken before, and only the answer was lost.
        if (answer || answer.error().detail.find("1062") != std::string::npos)
            return;
        // What is to be rolled back went with its server.
        if (text == "rollback" && answer.error().detail.find("transaction ") != std::string::npos)
            return;
        why = answer.error().detail;
        // The one before was not rolled back when it was asked for: its server was gone.
        if (why.find("VT09032") != std::string::npos)
            (void)session.execute(Statement::write("rollback"));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the server does not take " + text.substr(0, 80) + " …: " + why);
}

} // namespace vtscope::test
