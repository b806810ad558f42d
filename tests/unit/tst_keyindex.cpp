// The history of rows in random captures that grow, against looking at the key of each line.
#include <QtTest>

#include "psdbconnect.pb.h"
#include "streamcore/capture/change.h"
#include "streamcore/select/keyindex.h"
#include "streamcore/value/compare.h"
#include "tests/unit/randomcapture.h"

#include <set>

using namespace vtscope;
using test::below;
using test::Random;

namespace {

using Key = std::vector<std::string>; // table, then names and values

std::string tableOf(const Layout& layout)
{
    return layout.keyspace + "." + layout.table;
}

// What Sync tells first of each table's key: in a delete, or in a cursor.
std::map<std::string, std::set<std::string>> keysOfSync(const Snapshot& snapshot)
{
    std::map<std::string, std::set<std::string>> keys;
    for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
        const Entry& entry = snapshot.entry(number);
        if (entry.images() != Images::Rows)
            continue;
        const Layout& layout = snapshot.layoutOf(entry);
        std::set<std::string> names;
        psdbconnect::v1alpha1::SyncResponse response;
        const std::string_view message = snapshot.payload(entry.record());
        if (!response.ParseFromArray(message.data(), static_cast<int>(message.size())))
            qFatal("no response of Sync");
        if (entry.op() == Op::Delete) {
            for (const Column& column : layout.before->columns)
                names.insert(column.name);
        } else {
            for (const query::Field& field : response.cursor().last_known_pk().fields())
                names.insert(field.name());
        }
        if (!names.empty())
            keys.try_emplace(tableOf(layout), names);
    }
    return keys;
}

std::string normal(const Cell& cell)
{
    std::string text;
    const Column& column = *cell.column;
    if (!column.isBytes() && !column.hasNumericMembers && column.charset == Charset::Utf8)
        text = cell.bytes;
    else
        appendExact(cell, text);
    if (column.isNumber())
        normalizeNumber(text);
    return text;
}

// The rows that a line is about.
std::set<Key> rowsOf(const ChangeView& change, const std::map<std::string, std::set<std::string>>& keys)
{
    if (!change.isChange() || change.fault() != RowFault::None || !change.schema())
        return {};
    std::set<std::string> names;
    for (const Column& column : change.schema()->columns) {
        if (column.isKey)
            names.insert(column.name);
    }
    const auto known = keys.find(tableOf(change.layout()));
    if (names.empty() && known != keys.end())
        names = known->second;
    std::set<Key> rows;
    for (const bool isBefore : {false, true}) {
        if (isBefore ? !change.hasBefore() : !change.hasAfter())
            continue;
        Key key{tableOf(change.layout())};
        for (const std::string& name : names) {
            const int place = change.schema()->indexOf(name);
            if (place < 0)
                return rows;
            const auto column = static_cast<std::size_t>(place);
            Cell cell = isBefore ? change.before(column) : change.after(column);
            if (!isBefore && !cell.hasValue() && cell.state != Cell::State::Null)
                cell = change.before(column);
            if (!cell.hasValue())
                break;
            key.push_back(name);
            key.push_back(normal(cell));
        }
        if (!names.empty() && key.size() == 1 + 2 * names.size())
            rows.insert(key);
    }
    return rows;
}

std::vector<std::uint64_t> listOf(const RowSet& rows)
{
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t i = 0; i < rows.count(); ++i)
        numbers.push_back(rows.at(i));
    return numbers;
}

} // namespace

class KeyIndexTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheLinesOfARow()
    {
        Random random(1);
        int moved = 0, without = 0;
        std::size_t lines = 0;
        for (int run = 0; run < 60; ++run) {
            test::GrowingCapture growing(random);
            KeyIndex index;
            for (int step = 0; step < 4; ++step) {
                growing.grow(run % 30 == 0 ? 8000 : 60);
                const Snapshot snapshot = growing.capture()->snapshot();
                if (below(random, 2))
                    QVERIFY(index.extend(snapshot, {}));
                const auto keys = keysOfSync(snapshot);
                std::vector<std::set<Key>> rows;
                ChangeView change;
                for (std::uint64_t number = 0; number < snapshot.count(); ++number) {
                    change.read(snapshot, number);
                    rows.push_back(rowsOf(change, keys));
                    moved += rows.back().size() == 2;
                }
                for (int i = 0; i < 60; ++i) {
                    const std::uint64_t number = below(random, snapshot.count());
                    const auto found = linesOfKey(snapshot, index, number, {});
                    if (rows[number].empty()) {
                        QVERIFY(!found && found.error().kind == ErrorKind::Usage && !found.error().message.empty());
                        ++without;
                        continue;
                    }
                    std::vector<std::uint64_t> wanted;
                    for (std::uint64_t other = 0; other < snapshot.count(); ++other) {
                        const bool isSame = std::any_of(rows[other].begin(), rows[other].end(),
                                                        [&](const Key& key) { return rows[number].contains(key); });
                        if (isSame)
                            wanted.push_back(other);
                    }
                    QVERIFY2(found, found ? "" : found.error().message.c_str());
                    QCOMPARE(listOf(*found), wanted);
                    lines += wanted.size();
                }
            }
        }
        QVERIFY(moved > 300 && without > 300 && lines > 10'000);
    }

    void numbersHaveOneWayToBeWritten_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("normal");
        for (const auto& [text, normal] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"0", "0"},
                 {"-0", "0"},
                 {"007", "7"},
                 {"-012.50", "-12.5"},
                 {"0.0", "0"},
                 {".5", "0.5"},
                 {"1e3", "1000"},
                 {"-1e-1", "-0.1"},
                 {"18446744073709551615", "18446744073709551615"},
                 {"-0e1", "0"},
                 {"", ""},
                 {"x", "x"},
                 {"+5", "5"}})
            QTest::newRow(text) << QByteArray(text) << QByteArray(normal);
    }
    void numbersHaveOneWayToBeWritten()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, normal);
        std::string is = text.toStdString();
        normalizeNumber(is);
        QCOMPARE(QByteArray::fromStdString(is), normal);
    }

    void stops()
    {
        Random random(2);
        const auto capture = test::randomCapture(random, 100);
        KeyIndex index;
        std::stop_source stop;
        stop.request_stop();
        const auto stopped = index.extend(capture->snapshot(), stop.get_token());
        QVERIFY(!stopped && stopped.error().kind == ErrorKind::Canceled);
        QVERIFY(index.extend(capture->snapshot(), {}));
    }
};

QTEST_GUILESS_MAIN(KeyIndexTest)
#include "tst_keyindex.moc"
