#include "tests/bench/barereader.h"
#include "tests/bench/loadserver.h"

#include "psdbconnect.pb.h"
#include "vtgate.pb.h"
#include "vtgateservice.grpc.pb.h"

#include <grpcpp/grpcpp.h>

#include <QtTest>

#include <map>

using namespace vtscope::bench;

namespace {

// Made once, because it takes longer than all that is done with it.
const Dataset& datasetOf(const Shape& shape)
{
    static std::map<std::string, Dataset> made;
    const auto found = made.find(shape.name());
    return found != made.end() ? found->second : made.emplace(shape.name(), makeDataset(shape)).first->second;
}

// What a dataset holds, counted by parsing it.
struct Counts
{
    int inserts = 0;
    int updates = 0;
    int deletes = 0;
    int fieldLists = 0;
    std::size_t fullRowBytes = 0; // of the first insert

    void add(const query::Row& row)
    {
        if (inserts++ == 0)
            fullRowBytes = row.values().size();
    }
};

Counts countSync(const Dataset& dataset)
{
    Counts counts;
    for (const std::string& bytes : dataset.messages) {
        psdbconnect::v1alpha1::SyncResponse message;
        if (!message.ParseFromString(bytes))
            return {};
        for (const auto& result : message.result()) {
            counts.fieldLists += result.fields_size() > 0 ? 1 : 0;
            for (const auto& row : result.rows())
                counts.add(row);
        }
        for (const auto& updated : message.updates())
            counts.updates +=
                updated.before().rows_size() == updated.after().rows_size() ? updated.after().rows_size() : 0;
        for (const auto& deleted : message.deletes())
            counts.deletes += deleted.result().rows_size();
    }
    return counts;
}

Counts countVStream(const Dataset& dataset)
{
    Counts counts;
    for (const std::string& bytes : dataset.messages) {
        vtgate::VStreamResponse message;
        if (!message.ParseFromString(bytes))
            return {};
        for (const auto& event : message.events()) {
            counts.fieldLists += event.has_field_event() ? 1 : 0;
            for (const auto& change : event.row_event().row_changes()) {
                if (!change.has_before())
                    counts.add(change.after());
                else if (change.has_after())
                    ++counts.updates;
                else
                    ++counts.deletes;
            }
        }
    }
    return counts;
}

} // namespace

class TestLoadServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rowsAreWhatTheFiguresSay_data();
    void rowsAreWhatTheFiguresSay();
    void everyMessageArrives_data() { rowsAreWhatTheFiguresSay_data(); }
    void everyMessageArrives();
    void missingRowsAreNoticed();
    void severalCallsShareAConnection();
};

void TestLoadServer::rowsAreWhatTheFiguresSay_data()
{
    QTest::addColumn<int>("number");
    for (std::size_t i = 0; i < allShapes().size(); ++i)
        QTest::addRow("%s", allShapes()[i].name().c_str()) << static_cast<int>(i);
}

void TestLoadServer::rowsAreWhatTheFiguresSay()
{
    QFETCH(int, number);
    const Shape shape = allShapes()[static_cast<std::size_t>(number)];
    const Dataset& dataset = datasetOf(shape);
    QCOMPARE(dataset.messages.size(), Dataset::kRows / static_cast<std::size_t>(shape.rowsPerMessage));
    const Counts counts = shape.api == Shape::Api::Sync ? countSync(dataset) : countVStream(dataset);
    QCOMPARE(counts.inserts, static_cast<int>(Dataset::kRows * 7 / 10));
    QCOMPARE(counts.updates, static_cast<int>(Dataset::kRows * 2 / 10));
    QCOMPARE(counts.deletes, static_cast<int>(Dataset::kRows / 10));
    QCOMPARE(counts.fullRowBytes, std::size_t(202));
    if (shape.fields == Shape::Fields::PerRow)
        QVERIFY(counts.fieldLists >= counts.inserts);
    else if (shape.api == Shape::Api::VStream)
        QCOMPARE(counts.fieldLists, 1);
}

void TestLoadServer::everyMessageArrives()
{
    QFETCH(int, number);
    const Shape shape = allShapes()[static_cast<std::size_t>(number)];
    const LoadServer server(datasetOf(shape), 2);
    QCOMPARE(server.rows(), 2 * Dataset::kRows);
    readBare(server.hostPort(), shape, server.rows());
}

void TestLoadServer::missingRowsAreNoticed()
{
    const Shape shape{Shape::Api::Sync, 1000, Shape::Fields::Once};
    const LoadServer server(datasetOf(shape), 1);
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, readBare(server.hostPort(), shape, server.rows() + 1));
}

void TestLoadServer::severalCallsShareAConnection()
{
    const Dataset& dataset = datasetOf({Shape::Api::VStream, 100, Shape::Fields::Once});
    const LoadServer server(dataset, 1);
    const auto stub =
        vtgateservice::Vitess::NewStub(grpc::CreateChannel(server.hostPort(), grpc::InsecureChannelCredentials()));
    grpc::ClientContext firstContext;
    grpc::ClientContext secondContext;
    const auto first = stub->VStream(&firstContext, vtgate::VStreamRequest());
    const auto second = stub->VStream(&secondContext, vtgate::VStreamRequest());
    vtgate::VStreamResponse one;
    vtgate::VStreamResponse two;
    for (const std::string& bytes : dataset.messages) {
        QVERIFY(first->Read(&one) && second->Read(&two));
        QVERIFY(one.SerializeAsString() == bytes && two.SerializeAsString() == bytes);
    }
    QVERIFY(!first->Read(&one) && !second->Read(&two));
    QVERIFY(first->Finish().ok() && second->Finish().ok());
}

QTEST_GUILESS_MAIN(TestLoadServer)
#include "tst_loadserver.moc"
