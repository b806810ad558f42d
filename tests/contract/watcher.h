// One session into a capture of its own, and what it brought as plain words that tests can compare.
#pragma once

#include <QString>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "streamcore/capture/change.h"
#include "streamcore/session/session.h"

namespace vtscope::test {

// Values by column; "<null>", "<not sent>" and "<absent>" stand for those.
using Image = std::map<std::string, std::string>;

struct Row
{
    Op op = Op::Insert;
    std::string keyspace, shard, table;
    bool isCopied = false;
    std::uint32_t transaction = 0;
    Image before, after; // empty when there is no such image
    std::string position;
    std::string gtid; // of the transaction
    std::uint64_t number = 0;

    const Image& image() const { return op == Op::Delete ? before : after; }
    // "insert orders 5", for messages and orders of events.
    std::string words(const std::string& key = "id") const;
};

class Watcher
{
public:
    // How long a condition is waited for before the test fails. Nothing waits this long when all is well.
    static constexpr int kPatience = 20'000;

    explicit Watcher(std::shared_ptr<Connection> connection);

    Session& session() const { return *m_session; }
    const std::shared_ptr<Capture>& capture() const { return m_capture; }

    // True once every shard has told its position: whatever is written from now on must come.
    [[nodiscard]] bool isOpenEverywhere() const;
    [[nodiscard]] bool open(const WatchRequest& request);
    [[nodiscard]] bool reopen();
    [[nodiscard]] bool waitFor(const std::function<bool()>& condition) const;
    // Waits until there are so many changes with positions (or rows).
    [[nodiscard]] bool waitForRows(std::size_t count, const std::string& table = {}) const;
    [[nodiscard]] bool waitForRow(const std::function<bool(const Row&)>& isIt) const;
    // Waits for the end of the session, by the server or by a problem.
    [[nodiscard]] bool waitForEnd() const;

    std::vector<Row> rows(const std::string& table = {}) const;
    std::size_t countOf(Op op) const;
    // For QVERIFY2: what the session and its capture say.
    QByteArray story() const;

private:
    std::shared_ptr<Capture> m_capture;
    std::unique_ptr<Session> m_session;
};

// One image as words.
Image imageOf(const ChangeView& change, bool isBefore);
// Where two images differ, column by column, for QVERIFY2; empty when they are the same.
QByteArray difference(const Image& is, const Image& wanted);
std::vector<std::string> wordsOf(const std::vector<Row>& rows, const std::string& key = "id");
// The table as the changes leave it: key → after image. A copied row replaces what was there.
std::map<std::string, Image> replayed(const std::vector<Row>& rows, const std::string& key = "id");

} // namespace vtscope::test
