#include "streamcore/capture/ownrecords.h"

#include <algorithm>

#include "capture.pb.h"
#include "streamcore/decode/fields.h"
#include "streamcore/decode/layouts.h"

namespace vtscope {

namespace {

capture::ReaderOpened toProto(const ReaderDescription& description)
{
    capture::ReaderOpened opened;
    opened.set_api(static_cast<capture::Api>(description.api));
    opened.set_kind(static_cast<capture::StreamKind>(description.kind));
    opened.set_connection(description.connection);
    opened.set_keyspace(description.keyspace);
    for (const std::string& shard : description.shards)
        opened.add_shards(shard);
    for (const std::string& table : description.tables)
        opened.add_tables(table);
    opened.set_tablet_type(description.tabletType);
    opened.set_start(description.start);
    opened.set_position(description.position);
    opened.set_sql(description.sql);
    opened.set_continues(description.continues ? *description.continues + 1u : 0);
    return opened;
}

ReaderDescription fromProto(const capture::ReaderOpened& opened)
{
    ReaderDescription description;
    if (opened.api() >= 0 && opened.api() <= static_cast<int>(ReaderDescription::Api::VtgateQuery))
        description.api = static_cast<ReaderDescription::Api>(opened.api());
    description.kind = static_cast<ReaderDescription::Kind>(opened.kind());
    description.connection = opened.connection();
    description.keyspace = opened.keyspace();
    description.shards.assign(opened.shards().begin(), opened.shards().end());
    description.tables.assign(opened.tables().begin(), opened.tables().end());
    description.tabletType = opened.tablet_type();
    description.start = opened.start();
    description.position = opened.position();
    description.sql = opened.sql();
    if (opened.continues() > 0)
        description.continues = static_cast<ReaderId>(opened.continues() - 1);
    return description;
}

capture::ReaderEnded toProto(const ReaderEnd& end)
{
    capture::ReaderEnded ended;
    ended.set_code(end.code);
    ended.set_message(end.message);
    ended.set_asked(end.isAsked);
    return ended;
}

ReaderEnd fromProto(const capture::ReaderEnded& ended)
{
    return {ended.code(), ended.message(), ended.asked()};
}

void toProto(const ReaderState& state, capture::ReaderState& out)
{
    out.set_first(state.first);
    out.set_last(state.last);
    if (state.end)
        *out.mutable_ended() = toProto(*state.end);
}

ReaderState fromProto(const capture::ReaderOpened& opened, const capture::ReaderState& stored)
{
    ReaderState state{fromProto(opened), stored.first(), stored.last(), {}};
    if (stored.has_ended())
        state.end = fromProto(stored.ended());
    return state;
}

void toProto(const Schema& schema, google::protobuf::RepeatedPtrField<query::Field>& out)
{
    for (const Column& column : schema.columns) {
        query::Field* field = out.Add();
        field->set_name(column.name);
        field->set_type(static_cast<query::Type>(column.type));
        field->set_charset(column.collation);
        field->set_flags(column.flags);
        field->set_column_length(column.length);
        field->set_column_type(column.columnType);
    }
}

std::shared_ptr<const Schema> fromProto(const google::protobuf::RepeatedPtrField<query::Field>& fields,
                                        bool hasNumericMembers)
{
    auto schema = std::make_shared<Schema>();
    for (const query::Field& field : fields)
        schema->columns.push_back(columnOf(field, hasNumericMembers));
    return schema;
}

void toProto(const Layout& layout, capture::Layout& out)
{
    out.set_keyspace(layout.keyspace);
    out.set_shard(layout.shard);
    out.set_table(layout.table);
    out.set_same(layout.before == layout.after);
    out.set_has_before(layout.before != nullptr);
    out.set_has_after(layout.after != nullptr);
    if (layout.after) {
        toProto(*layout.after, *out.mutable_after());
        out.set_numeric_members(std::any_of(layout.after->columns.begin(), layout.after->columns.end(),
                                            [](const Column& column) { return column.hasNumericMembers; }));
    }
    if (layout.before && layout.before != layout.after)
        toProto(*layout.before, *out.mutable_before());
}

Layout fromProto(const capture::Layout& stored)
{
    Layout layout{stored.keyspace(), stored.shard(), stored.table(), {}, {}, {}};
    if (stored.has_after())
        layout.after = fromProto(stored.after(), stored.numeric_members());
    if (stored.has_before())
        layout.before = stored.same() ? layout.after : fromProto(stored.before(), stored.numeric_members());
    if (layout.before && layout.after && layout.before != layout.after) {
        for (const Column& column : layout.after->columns)
            layout.beforeOfAfter.push_back(layout.before->indexOf(column.name));
    }
    return layout;
}

template <typename Message> bool parse(Message& message, std::string_view bytes)
{
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace

std::string encode(const ReaderDescription& reader)
{
    return toProto(reader).SerializeAsString();
}

std::optional<ReaderDescription> decodeReader(std::string_view bytes)
{
    capture::ReaderOpened opened;
    if (!parse(opened, bytes))
        return {};
    return fromProto(opened);
}

std::string encode(const ReaderEnd& end)
{
    return toProto(end).SerializeAsString();
}

std::optional<ReaderEnd> decodeReaderEnd(std::string_view bytes)
{
    capture::ReaderEnded ended;
    if (!parse(ended, bytes))
        return {};
    return fromProto(ended);
}

std::string encode(const Gap& gap)
{
    capture::GapFound stored;
    stored.set_keyspace(gap.keyspace);
    stored.set_shard(gap.shard);
    stored.set_table(gap.table);
    stored.set_missing(gap.missing);
    stored.set_cause(gap.cause);
    return stored.SerializeAsString();
}

std::optional<Gap> decodeGap(std::string_view bytes)
{
    capture::GapFound stored;
    if (!parse(stored, bytes))
        return {};
    return Gap{stored.keyspace(), stored.shard(), stored.table(), stored.missing(), stored.cause()};
}

std::string encode(const CheckpointFacts& checkpoint)
{
    capture::Checkpoint stored;
    stored.set_lines(checkpoint.lines);
    stored.set_changes(checkpoint.changes);
    stored.set_transactions(checkpoint.transactions);
    for (const CheckpointFacts::Reader& reader : checkpoint.readers) {
        capture::Checkpoint::Reader& out = *stored.add_readers();
        *out.mutable_opened() = toProto(reader.state.description);
        toProto(reader.state, *out.mutable_state());
        out.set_context(reader.context);
        out.set_transaction(reader.transaction);
    }
    return stored.SerializeAsString();
}

std::optional<CheckpointFacts> decodeCheckpoint(std::string_view bytes)
{
    capture::Checkpoint stored;
    if (!parse(stored, bytes))
        return {};
    CheckpointFacts checkpoint{stored.lines(), stored.changes(), stored.transactions(), {}};
    for (const capture::Checkpoint::Reader& reader : stored.readers())
        checkpoint.readers.push_back(
            {fromProto(reader.opened(), reader.state()), reader.context(), reader.transaction()});
    return checkpoint;
}

std::string encode(const MarkFacts& mark)
{
    capture::Marked stored;
    stored.set_record(mark.record);
    stored.set_ordinal(mark.ordinal);
    stored.set_removed(mark.isRemoved);
    stored.set_note(mark.note);
    return stored.SerializeAsString();
}

std::optional<MarkFacts> decodeMark(std::string_view bytes)
{
    capture::Marked stored;
    if (!parse(stored, bytes))
        return {};
    return MarkFacts{stored.record(), stored.ordinal(), stored.removed(), stored.note()};
}

std::string encode(const ChosenLines& chosen)
{
    capture::Chosen stored;
    stored.mutable_ordinals()->Add(chosen.ordinals.begin(), chosen.ordinals.end());
    stored.set_transaction(chosen.transaction);
    return stored.SerializeAsString();
}

std::optional<ChosenLines> decodeChosen(std::string_view bytes)
{
    capture::Chosen stored;
    if (!parse(stored, bytes))
        return {};
    return ChosenLines{{stored.ordinals().begin(), stored.ordinals().end()}, stored.transaction()};
}

std::string encode(const ContentsFacts& contents, const Layouts& layouts)
{
    capture::Contents stored;
    for (const ReaderState& reader : contents.readers) {
        *stored.add_readers() = toProto(reader.description);
        toProto(reader, *stored.add_states());
    }
    for (std::uint32_t i = 0; i < layouts.count(); ++i)
        toProto(layouts.at(i), *stored.add_layouts());
    stored.set_first_line(contents.firstLine);
    stored.set_first_changes(contents.firstChanges);
    stored.set_part(contents.isPart);
    for (const auto& [line, note] : contents.marks) {
        capture::Mark& mark = *stored.add_marks();
        mark.set_line(line);
        mark.set_note(note);
    }
    return stored.SerializeAsString();
}

std::optional<ContentsFacts> decodeContents(std::string_view bytes, Layouts& layouts)
{
    capture::Contents stored;
    if (!parse(stored, bytes))
        return {};
    for (const capture::Layout& layout : stored.layouts())
        layouts.add(fromProto(layout));
    ContentsFacts contents;
    for (int i = 0; i < stored.readers_size(); ++i)
        contents.readers.push_back(
            fromProto(stored.readers(i), i < stored.states_size() ? stored.states(i) : capture::ReaderState()));
    contents.firstLine = stored.first_line();
    contents.firstChanges = stored.first_changes();
    contents.isPart = stored.part();
    for (const capture::Mark& mark : stored.marks())
        contents.marks.emplace_back(mark.line(), mark.note());
    return contents;
}

} // namespace vtscope
