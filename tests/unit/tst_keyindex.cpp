// The history of rows in random captures that grow, against looking at the key of each line.
#include <QTemporaryDir>
#include <QtTest>

#include "psdbconnect.pb.h"
#include "streamcore/capture/change.h"
#include "streamcore/output/save.h"
#include "streamcore/select/keyindex.h"
#include "streamcore/value/compare.h"
#include "tests/support/captures.h"
#include "tests/unit/randomcapture.h"

#include <set>

using namespace vtscope;
using test::below;
using test::listOf;
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
    for (std::uint64_t number = snapshot.first(); number < snapshot.count(); ++number) {
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

// The same for each line that is there.
std::map<std::uint64_t, std::set<Key>> rowsIn(const Snapshot& snapshot)
{
    const auto keys = keysOfSync(snapshot);
    std::map<std::uint64_t, std::set<Key>> rows;
    ChangeView change;
    for (std::uint64_t number = snapshot.first(); number < snapshot.count(); ++number) {
        change.read(snapshot, number);
        rows[number] = rowsOf(change, keys);
    }
    return rows;
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
                const auto rows = rowsIn(snapshot);
                for (const auto& [number, own] : rows)
                    moved += own.size() == 2;
                for (int i = 0; i < 60; ++i) {
                    const std::uint64_t number = below(random, snapshot.count());
                    without += rows.at(number).empty();
                    compare(snapshot, index, number, rows, lines);
                    if (QTest::currentTestFailed())
                        return;
                }
            }
        }
        QVERIFY(moved > 300 && without > 300 && lines > 10'000);
    }

    // Of what a ring dropped nothing is read: neither while it is captured nor where it was saved, in a file whose
    // lines are numbered on from there.
    void beginsWhereARingDoes()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(u"a.vtcap"_qs).toStdString();
        const auto capture = Capture::createUnnamed(0).value();
        QVERIFY(capture->setRing({0, 0, std::chrono::seconds(40)}));
        const ReaderId reader = capture->openReader(test::vstream()).value();
        std::int64_t time = 4'000'000'000'000'000'000;
        std::size_t lines = 0;
        KeyIndex index;
        for (int round = 0; round < 4; ++round) {
            for (const std::string& message : test::allMessages())
                QVERIFY(capture->append(reader, message, time += 1'000'000'000));
            const Snapshot live = capture->snapshot();
            QVERIFY(live.first() > 0 && !live.isEmpty());
            QVERIFY(saveCapture(capture, path));
            const auto opened = Capture::open(path);
            QVERIFY(opened);
            const Snapshot saved = (*opened)->snapshot();
            QCOMPARE(saved.first(), live.first());
            const auto rows = rowsIn(live);
            KeyIndex indexOfSaved;
            const std::uint64_t step = rows.size() / 20 + 1;
            for (std::uint64_t number = live.first(); number < live.count(); number += step) {
                compare(live, index, number, rows, lines);
                compare(saved, indexOfSaved, number, rows, lines);
                if (QTest::currentTestFailed())
                    return;
            }
        }
        QVERIFY(lines > 100);
    }

    // The key that a delete tells is that of the lines before it too, also when somebody stopped looking behind it.
    void keyToldBeforeAStop()
    {
        const auto capture = Capture::createUnnamed(0).value();
        ReaderDescription description;
        description.api = ReaderDescription::Api::Sync;
        description.keyspace = "shop";
        description.tables = {"orders"};
        const ReaderId reader = capture->openReader(description).value();
        const auto append = [&](query::QueryResult& result, psdbconnect::v1alpha1::SyncResponse& response, int rows) {
            query::Field& field = *result.add_fields();
            field.set_name("id");
            field.set_type(query::INT64);
            for (int i = 0; i < rows; ++i) {
                query::Row& row = *result.add_rows();
                row.add_lengths(1);
                row.set_values(std::to_string(i % 8));
            }
            (void)capture->append(reader, response.SerializeAsString(), 1).value();
        };
        KeyIndex index;
        psdbconnect::v1alpha1::SyncResponse early, telling, late;
        append(*early.add_result(), early, 10);
        QVERIFY(index.extend(capture->snapshot(), {}));
        append(*telling.add_deletes()->mutable_result(), telling, 1);
        append(*late.add_result(), late, 100'000);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!index.extend(capture->snapshot(), stop.get_token()));
        const auto found = linesOfKey(capture->snapshot(), index, 0, {});
        QVERIFY(found);
        QCOMPARE(listOf(found->first(3)), (std::vector<std::uint64_t>{0, 8, 10}));
        QCOMPARE(found->count(), std::uint64_t{3 + 100'000 / 8});
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

private:
    // The history of a line with what the rows of all lines say; adds how long it is.
    static void compare(const Snapshot& snapshot, KeyIndex& index, std::uint64_t number,
                        const std::map<std::uint64_t, std::set<Key>>& rows, std::size_t& lines)
    {
        const std::set<Key>& asked = rows.at(number);
        const auto found = linesOfKey(snapshot, index, number, {});
        if (asked.empty()) {
            QVERIFY(!found && found.error().kind == ErrorKind::Usage && !found.error().message.empty());
            return;
        }
        std::vector<std::uint64_t> wanted;
        for (const auto& [other, own] : rows) {
            if (std::any_of(own.begin(), own.end(), [&](const Key& key) { return asked.contains(key); }))
                wanted.push_back(other);
        }
        QVERIFY2(found, found ? "" : found.error().message.c_str());
        QCOMPARE(listOf(*found), wanted);
        lines += wanted.size();
    }
};

QTEST_GUILESS_MAIN(KeyIndexTest)
#include "tst_keyindex.moc"
