// What a server sends: walked as protobuf would parse it, live as from the file.
// Input: a byte that chooses the API, then messages as in tests/samples, each behind its length (4 bytes, most
// significant first); a length that is too large means the rest.
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "psdb.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/decode/entry.h"
#include "tests/fuzz/capturefiles.h"
#include "tests/fuzz/require.h"
#include "vtgate.pb.h"

using namespace vtscope;
using Api = ReaderDescription::Api;

namespace {

using Ops = std::vector<Op>;

std::vector<std::string_view> messagesIn(std::string_view bytes)
{
    std::vector<std::string_view> messages;
    while (bytes.size() >= 4) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i)
            length = length << 8 | static_cast<unsigned char>(bytes[i]);
        messages.push_back(bytes.substr(4, length));
        bytes.remove_prefix(4 + messages.back().size());
    }
    return messages;
}

void addEvent(const binlogdata::VEvent& event, Ops& ops)
{
    if (event.type() == binlogdata::ROW) {
        for (const auto& change : event.row_event().row_changes())
            ops.push_back(!change.has_before() ? Op::Insert : change.has_after() ? Op::Update : Op::Delete);
    } else if (event.type() == binlogdata::DDL) {
        ops.push_back(Op::Ddl);
    } else if (event.type() == binlogdata::JOURNAL) {
        ops.push_back(Op::Journal);
    } else if (event.type() >= binlogdata::INSERT && event.type() <= binlogdata::DELETE) {
        ops.push_back(Op::Statement);
    } else if (!binlogdata::VEventType_IsValid(event.type())) {
        ops.push_back(Op::Unknown);
    }
}

// Only of what protobuf writes in one way alone: of other bytes the walker may think otherwise.
template <typename Message> bool parseStrictly(Message& message, std::string_view bytes)
{
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return false;
    message.DiscardUnknownFields();
    return message.SerializeAsString() == bytes;
}

// What stands in a message, found by parsing it; without what also depends on the messages before.
std::optional<Ops> opsByParsing(Api api, std::string_view bytes)
{
    Ops ops;
    if (api == Api::VStream) {
        vtgate::VStreamResponse response;
        if (!parseStrictly(response, bytes))
            return {};
        for (const auto& event : response.events())
            addEvent(event, ops);
    } else if (api == Api::Sync) {
        psdbconnect::v1alpha1::SyncResponse response;
        if (!parseStrictly(response, bytes))
            return {};
        for (const auto& result : response.result())
            ops.insert(ops.end(), static_cast<std::size_t>(result.rows_size()), Op::Insert);
        ops.insert(ops.end(), response.has_error(), Op::Failed);
        for (const auto& deleted : response.deletes())
            ops.insert(ops.end(), static_cast<std::size_t>(deleted.result().rows_size()), Op::Delete);
        for (const auto& update : response.updates())
            ops.insert(ops.end(),
                       static_cast<std::size_t>(std::max(update.before().rows_size(), update.after().rows_size())),
                       Op::Update);
    } else if (api == Api::PsdbQuery) {
        psdb::v1alpha1::ExecuteResponse response;
        if (!parseStrictly(response, bytes))
            return {};
        ops.insert(ops.end(), static_cast<std::size_t>(response.result().rows_size()), Op::Row);
        ops.insert(ops.end(), response.has_error(), Op::Failed);
    } else {
        vtgate::StreamExecuteResponse response;
        if (!parseStrictly(response, bytes))
            return {};
        ops.insert(ops.end(), static_cast<std::size_t>(response.result().rows_size()), Op::Row);
    }
    return ops;
}

Ops opsOf(const Snapshot& snapshot, const Appended& appended)
{
    Ops ops;
    for (std::uint64_t i = 0; i < appended.entries; ++i) {
        const Op op = snapshot.entry(appended.firstEntry + i).op();
        if (op != Op::SchemaChange && op != Op::CopyCompleted)
            ops.push_back(op);
    }
    return ops;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    ReaderDescription description;
    description.api = static_cast<Api>(1 + data[0] % 4);
    description.keyspace = "commerce";
    description.shards = {"-80"};
    description.tables = {"orders"};
    const test::MemoryCapture live = test::createInMemory();
    const ReaderId reader = live.capture->openReader(description).value();
    std::int64_t time = 1'700'000'000'000'000'000;
    for (const std::string_view message : messagesIn({reinterpret_cast<const char*>(data) + 1, size - 1})) {
        const Appended appended = live.capture->append(reader, message, ++time).value();
        if (const auto ops = opsByParsing(description.api, message))
            test::require(opsOf(live.capture->snapshot(), appended) == *ops, "the walker finds what protobuf parses");
    }
    const std::string wanted = test::everythingShown(live.capture->snapshot());
    const std::string path = test::nameOf(live.data);
    test::require(test::everythingShown(Capture::open(path).value()->snapshot()) == wanted,
                  "a capture that is walked shows what was live");
    test::require(live.capture->seal().has_value(), "a capture can be sealed");
    const auto sealed = Capture::open(path).value();
    test::require(sealed->tornBytes() == 0, "a sealed capture has no torn end");
    test::require(test::everythingShown(sealed->snapshot()) == wanted, "a sealed capture shows what was live");
    test::requireExportable(sealed->snapshot());
    return 0;
}
