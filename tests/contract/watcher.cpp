#include "tests/contract/watcher.h"

#include <QElapsedTimer>
#include <QTest>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/output/format.h"

namespace vtscope::test {

std::string Row::words(const std::string& key) const
{
    const auto value = image().find(key);
    return std::string(isCopied ? "copy" : nameOf(op)) + " " + table + " " +
           (value == image().end() ? "?" : value->second);
}

Watcher::Watcher(std::shared_ptr<Connection> connection)
    : m_capture(Capture::createUnnamed(0).value()),
      m_session(std::make_unique<Session>(std::move(connection), m_capture))
{
}

bool Watcher::isOpenEverywhere() const
{
    const std::vector<std::string> positions = m_session->resumePositions();
    for (const std::string& bytes : positions) {
        if (m_session->request().source == Source::Sync) {
            psdbconnect::v1alpha1::TableCursor cursor;
            cursor.ParseFromString(bytes);
            if (!cursor.position().starts_with("MySQL56/"))
                return false;
            continue;
        }
        binlogdata::VGtid vgtid;
        vgtid.ParseFromString(bytes);
        for (const auto& shard : vgtid.shard_gtids()) {
            if (!shard.gtid().starts_with("MySQL56/"))
                return false;
        }
    }
    return m_session->state() == Session::State::Live && !positions.empty();
}

bool Watcher::open(const WatchRequest& request)
{
    m_session->start(request);
    return waitFor([this] { return isOpenEverywhere() || m_session->state() == Session::State::Ended; }) &&
           m_session->isRunning();
}

bool Watcher::reopen()
{
    m_session->continueFromHere();
    return waitFor([this] { return m_session->state() != Session::State::Opening; }) &&
           m_session->state() == Session::State::Live;
}

bool Watcher::waitFor(const std::function<bool()>& condition) const
{
    return QTest::qWaitFor(condition, kPatience);
}

bool Watcher::waitForRows(std::size_t count, const std::string& table) const
{
    return waitFor([&] { return rows(table).size() >= count; });
}

bool Watcher::waitForRow(const std::function<bool(const Row&)>& isIt) const
{
    return waitFor([&] {
        const std::vector<Row> all = rows();
        return std::any_of(all.begin(), all.end(), isIt);
    });
}

bool Watcher::waitForEnd() const
{
    return waitFor([this] { return m_session->state() == Session::State::Ended; });
}

Image imageOf(const ChangeView& change, bool isBefore)
{
    Image image;
    const Schema* schema = change.schema();
    for (std::size_t i = 0; schema && i < schema->columns.size(); ++i) {
        const Cell cell = isBefore ? change.before(i) : change.after(i);
        std::string text;
        switch (cell.state) {
        case Cell::State::Absent:
            continue;
        case Cell::State::NotSent:
            text = "<not sent>";
            break;
        case Cell::State::Null:
            text = "<null>";
            break;
        case Cell::State::Value:
            appendExact(cell, text);
            break;
        }
        image[schema->columns[i].name] = std::move(text);
    }
    return image;
}

std::vector<Row> Watcher::rows(const std::string& table) const
{
    std::vector<Row> rows;
    const Snapshot snapshot = m_capture->snapshot();
    ChangeView change;
    PositionFinder positions;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
        if (!isChange(snapshot.entry(i).op()))
            continue;
        change.read(snapshot, i);
        if (!table.empty() && change.layout().table != table)
            continue;
        Row row;
        row.op = change.op();
        row.keyspace = change.layout().keyspace;
        row.shard = change.layout().shard;
        row.table = change.layout().table;
        row.isCopied = change.isCopied();
        row.transaction = change.transaction();
        if (change.hasBefore())
            row.before = imageOf(change, true);
        if (change.hasAfter())
            row.after = imageOf(change, false);
        row.position = change.op() == Op::Row ? std::string() : positions.find(snapshot, i);
        row.gtid = transactionFacts(snapshot, i).gtid;
        row.number = i;
        rows.push_back(std::move(row));
    }
    return rows;
}

std::size_t Watcher::countOf(Op op) const
{
    const Snapshot snapshot = m_capture->snapshot();
    std::size_t count = 0;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i)
        count += snapshot.entry(i).op() == op;
    return count;
}

QByteArray Watcher::story() const
{
    QByteArray story = "state " + QByteArray::number(static_cast<int>(m_session->state()));
    if (m_session->error())
        story +=
            ", error: " + QByteArray::fromStdString(m_session->error()->message + " " + m_session->error()->detail);
    for (const Row& row : rows())
        story += "\n  " +
                 QByteArray::fromStdString(row.shard + " " + row.words() + " tx " + std::to_string(row.transaction));
    return story;
}

QByteArray difference(const Image& is, const Image& wanted)
{
    QByteArray text;
    const auto valueOf = [](const Image& image, const std::string& column) {
        const auto found = image.find(column);
        return QByteArray::fromStdString(found == image.end() ? "<no such column>" : found->second);
    };
    Image columns = is;
    columns.insert(wanted.begin(), wanted.end());
    for (const auto& [column, value] : columns) {
        if (valueOf(is, column) != valueOf(wanted, column))
            text += QByteArray::fromStdString(column) + ": " + valueOf(is, column) + " instead of " +
                    valueOf(wanted, column) + "\n";
    }
    return text;
}

std::vector<std::string> wordsOf(const std::vector<Row>& rows, const std::string& key)
{
    std::vector<std::string> words;
    for (const Row& row : rows)
        words.push_back(row.words(key));
    return words;
}

std::map<std::string, Image> replayed(const std::vector<Row>& rows, const std::string& key)
{
    std::map<std::string, Image> table;
    for (const Row& row : rows) {
        if (row.op == Op::Delete) {
            table.erase(row.before.at(key));
            continue;
        }
        if (row.op == Op::Update && row.before.contains(key))
            table.erase(row.before.at(key));
        table[row.after.at(key)] = row.after;
    }
    return table;
}

} // namespace vtscope::test
