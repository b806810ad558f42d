// What is masked leaves no trace: two captures that differ in nothing but the values of masked columns look the same to
// every filter, search and file.
#include <QtTest>

#include <random>

#include "query.pb.h"
#include "streamcore/capture/capture.h"
#include "streamcore/output/format.h"
#include "streamcore/select/filtermatcher.h"
#include "streamcore/select/find.h"
#include "vtgate.pb.h"

using namespace vtscope;

namespace {

using Random = std::mt19937_64;
constexpr std::int64_t kSecond = 1'000'000'000;

// customers and orders, each with id and card; what stands for each card is the caller's.
class Cards
{
public:
    explicit Cards(std::function<std::string(int)> cardOf)
        : m_capture(Capture::createUnnamed(0).value()), m_cardOf(std::move(cardOf))
    {
        ReaderDescription description;
        description.api = ReaderDescription::Api::VStream;
        description.keyspace = "shop";
        m_reader = m_capture->openReader(description).value();
        for (const char* table : {"customers", "orders"}) {
            vtgate::VStreamResponse response;
            auto& event = *response.add_events();
            event.set_type(binlogdata::FIELD);
            auto& fields = *event.mutable_field_event();
            fields.set_keyspace("shop");
            fields.set_table_name(table);
            for (const char* name : {"id", "card", "note"}) {
                query::Field& field = *fields.add_fields();
                field.set_name(name);
                field.set_type(query::VARCHAR);
                field.set_column_type("varchar(200)");
                field.set_charset(255);
                field.set_flags(name == std::string_view("id") ? 2 : 0);
            }
            append(response);
        }
    }

    // The same changes for the same random numbers.
    void fill(Random random, int count)
    {
        for (int i = 0; i < count; ++i) {
            vtgate::VStreamResponse response;
            response.add_events()->set_type(binlogdata::BEGIN);
            auto& event = *response.add_events();
            event.set_type(binlogdata::ROW);
            event.mutable_row_event()->set_keyspace("shop");
            event.mutable_row_event()->set_table_name(random() % 2 != 0 ? "orders" : "customers");
            auto& change = *event.mutable_row_event()->add_row_changes();
            const auto kind = random() % 3;
            const std::string id = std::to_string(random() % 9);
            if (kind != 0)
                *change.mutable_before() = row(id, random);
            if (kind != 2)
                *change.mutable_after() = row(id, random);
            response.add_events()->set_type(binlogdata::COMMIT);
            append(response);
        }
    }

    Snapshot snapshot() const { return m_capture->snapshot(); }

private:
    query::Row row(const std::string& id, Random& random) const
    {
        query::Row row;
        const std::string note = random() % 2 != 0 ? "paid" : "new";
        for (const std::string& value : {id, m_cardOf(static_cast<int>(random() % 5)), note}) {
            row.add_lengths(static_cast<std::int64_t>(value.size()));
            row.mutable_values()->append(value);
        }
        return row;
    }

    void append(const vtgate::VStreamResponse& response)
    {
        if (!m_capture->append(m_reader, response.SerializeAsString(), m_time += kSecond))
            qFatal("the capture takes nothing");
    }

    std::shared_ptr<Capture> m_capture;
    std::function<std::string(int)> m_cardOf;
    ReaderId m_reader = 0;
    std::int64_t m_time = kSecond;
};

std::string fileOf(const Snapshot& snapshot, OutputFormat format, const Masks& masks)
{
    FormatOptions options;
    options.hasBefore = true;
    options.masked = masks;
    const auto formatter = ChangeFormatter::make(format, {"id", "card", "note"}, options);
    std::string out;
    formatter->appendHeader(out);
    ChangeView change;
    for (std::uint64_t i = snapshot.first(); i < snapshot.count(); ++i) {
        change.read(snapshot, i);
        formatter->append(change, {}, out);
    }
    formatter->appendFooter(out);
    return out;
}

std::vector<std::uint64_t> hitsOf(const Snapshot& snapshot, const std::string& text, const Masks& masks)
{
    const auto rows = findLines(snapshot, RowSet::range(0, snapshot.count()), text, {}, {}, masks);
    std::vector<std::uint64_t> hits;
    for (std::uint64_t i = 0; i < rows->count(); ++i)
        hits.push_back(rows->at(i));
    return hits;
}

std::vector<std::uint64_t> passing(const Snapshot& snapshot, const std::string& filter, const Masks& masks)
{
    FilterMatcher matcher(Filter::parse(filter).value(), masks);
    std::vector<std::uint64_t> lines;
    for (std::uint64_t i = 0; i < snapshot.count(); ++i) {
        if (matcher.matches(snapshot, i))
            lines.push_back(i);
    }
    return lines;
}

} // namespace

class TestMasks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void leaveNoTrace()
    {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            Cards some([](int number) { return "4111-" + std::to_string(number); });
            Cards other([](int number) { return std::string(static_cast<std::size_t>(number) * 7, 'z') + "9"; });
            some.fill(Random(seed), 60);
            other.fill(Random(seed), 60);
            const Snapshot a = some.snapshot(), b = other.snapshot();
            for (const Masks& masks : {Masks({"card"}), Masks({"shop.orders.card", "shop.customers.card"})}) {
                for (const OutputFormat format :
                     {OutputFormat::Csv, OutputFormat::Ndjson, OutputFormat::Redo, OutputFormat::Undo}) {
                    QCOMPARE(fileOf(a, format, masks), fileOf(b, format, masks));
                    QVERIFY(fileOf(a, format, {}) != fileOf(b, format, {}));
                }
                for (const char* text : {"4111", "z", "9", "1", "paid", "orders"})
                    QCOMPARE(hitsOf(a, text, masks), hitsOf(b, text, masks));
                QVERIFY(hitsOf(a, "4111", masks).empty() && !hitsOf(a, "4111", {}).empty());
                for (const char* filter :
                     {"card = '4111-1'", "not card contains '9'", "card > '4' or note = paid", "after.card like '%z%'"})
                    QCOMPARE(passing(a, filter, masks), passing(b, filter, masks));
                QVERIFY(!passing(a, "card = '4111-1'", {}).empty());
            }
        }
    }

    void aWholeNameMeansOneTable()
    {
        Cards cards([](int number) { return "4111-" + std::to_string(number); });
        cards.fill(Random(1), 200);
        const Snapshot snapshot = cards.snapshot();
        const Masks masks({"shop.orders.card"});
        ChangeView change;
        const std::vector<std::uint64_t> hits = hitsOf(snapshot, "4111", masks);
        QVERIFY(!hits.empty());
        for (const std::uint64_t line : hits) {
            change.read(snapshot, line);
            QCOMPARE(change.layout().table, std::string("customers"));
        }
        QCOMPARE(passing(snapshot, "card like '4%'", masks), hits);
        const std::string csv = fileOf(snapshot, OutputFormat::Csv, masks);
        QVERIFY(csv.find("***") != std::string::npos && csv.find("4111") != std::string::npos);
        for (const char* name :
             {"orders.card", "shop.orders", "shop.orders.car", "hop.orders.card", "shop.orders.cards"})
            QVERIFY(!Masks({name}).hidesAnyOf(change.layout()));
    }

    void whatNoFilterMayAskFor_data()
    {
        QTest::addColumn<QString>("mask");
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("asked");
        QTest::newRow("the column") << "card"
                                    << "note = 'x' and (op = update or not after.card = '1')"
                                    << "card";
        QTest::newRow("changed") << "card"
                                 << "changed(card)"
                                 << "card";
        QTest::newRow("is null") << "shop.orders.card"
                                 << "card is null"
                                 << "card";
        QTest::newRow("another") << "card"
                                 << "note = 'card' and pk = 3"
                                 << "";
        QTest::newRow("the key") << "id"
                                 << "note = 'x' or pk = 3"
                                 << "id";
        QTest::newRow("another table") << "shop.other.card"
                                       << "card = 1"
                                       << "";
        QTest::newRow("nothing") << "card"
                                 << ""
                                 << "";
    }

    void whatNoFilterMayAskFor()
    {
        QFETCH(QString, mask);
        QFETCH(QString, filter);
        QFETCH(QString, asked);
        Cards cards([](int) { return "1"; });
        cards.fill(Random(1), 50);
        const Snapshot snapshot = cards.snapshot();
        MaskedNames masked;
        for (std::uint32_t i = 0; i < snapshot.layoutCount(); ++i)
            masked.add(Masks({mask.toStdString()}), snapshot.layout(i));
        QCOMPARE(QString::fromStdString(masked.askedBy(Filter::parse(filter.toStdString()).value()).value_or("")),
                 asked);
    }
};

QTEST_GUILESS_MAIN(TestMasks)
#include "tst_masks.moc"
