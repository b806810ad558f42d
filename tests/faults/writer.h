// Another program that changes the branch: random transactions straight at the server, from a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "streamcore/wire/sql.h"
#include "tests/support/chance.h"

namespace vtscope::test {

// The tables of tests/faults/schema, all of one shape: id, serial (of the write, never twice), word, body.
const std::vector<std::string>& faultTables();

// Whether a row has one of the ids below.
bool isMark(const std::string& id);

class Writer
{
public:
    // Rows with these ids are the last that a run writes, in each table; they lie on both shards.
    static constexpr std::uint64_t kFirstMark = 900'000'001;
    static constexpr std::uint64_t kMarks = 16;

    // Belongs to one thread, but for isDone(). The connection is unlocked.
    explicit Writer(std::shared_ptr<Connection> connection);
    ~Writer();

    // Blocks: what the run before left is gone, and each table has so many rows, most of them of some KiB.
    void prepare(std::uint64_t seed, std::uint64_t rows);
    // Returns at once; the marks come last.
    void start(std::uint64_t transactions);
    bool isDone() const { return m_isDone; }
    // Statements that the server did not take, because it was drained for instance. Nothing is known of them: what
    // happened, its log tells. After isDone().
    std::uint64_t refused() const { return m_refused; }

private:
    void write(std::uint64_t transactions);
    void writeOne();
    std::string statement(const std::string& table);
    std::string inserted(const std::string& table, std::uint64_t firstId, std::uint64_t count, std::size_t bodyBytes);
    bool execute(SqlSession& session, const std::string& text);
    void insertAtLast(SqlSession& session, const std::string& table, std::uint64_t firstId, std::uint64_t count,
                      std::size_t bodyBytes);
    void executeAtLast(SqlSession& session, const std::string& text);

    std::shared_ptr<Connection> m_connection;
    Chance m_chance{0};
    std::uint64_t m_serial = 0;
    std::uint64_t m_refused = 0;
    std::map<std::string, std::set<std::uint64_t>> m_rows; // ids by table, as far as it knows
    std::atomic<bool> m_isDone = true;
    std::thread m_thread;
};

} // namespace vtscope::test
