#include "streamcore/position/positiontext.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <optional>
#include <utility>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"
#include "streamcore/position/cursorfile.h"
#include "streamcore/position/gtidset.h"

namespace vtscope {

namespace {

using Positions = Result<std::vector<ShardPosition>>;

tl::unexpected<Error> invalid(std::string what)
{
    return failure(ErrorKind::PositionInvalid, std::move(what));
}

// A problem of one shard, with its name.
tl::unexpected<Error> invalidIn(const std::string& shard, const Error& error)
{
    return invalid("Shard " + shard + ": " + error.message);
}

std::string textOf(const QJsonValue& value)
{
    return value.toString().toStdString();
}

// As a server takes it: "", "current", or a set in its one form.
Result<std::string> gtidOf(const std::string& text)
{
    const auto set = GtidSet::parse(text);
    const QByteArray trimmed = QByteArray::fromStdString(text).trimmed();
    if (!set && trimmed == "current")
        return std::string("current");
    if (!set)
        return tl::unexpected(set.error());
    // A server without transactions has no more than the flavor.
    if (set->isEmpty() && trimmed.endsWith('/'))
        return std::string("MySQL56/");
    // Where a copy begins nothing at all stands.
    if (set->isEmpty() && !trimmed.isEmpty())
        return invalid("This position holds no transaction: each of its intervals ends before it starts.");
    return set->text();
}

// Last keys hold their values in base64; some tools write the values themselves. Their lengths tell which.
void encodeValues(QJsonObject& row)
{
    qint64 length = 0;
    for (const QJsonValueConstRef one : row.value(u"lengths").toArray())
        length += std::max<qint64>(0, one.isString() ? one.toString().toLongLong() : one.toInteger());
    const QByteArray values = row.value(u"values").toString().toUtf8();
    const auto decoded = QByteArray::fromBase64Encoding(values, QByteArray::AbortOnBase64DecodingErrors);
    if (values.size() == length && !(decoded && decoded.decoded.size() == length))
        row.insert(QStringLiteral("values"), QString::fromLatin1(values.toBase64()));
}

QJsonArray withEncodedValues(QJsonArray tables)
{
    for (QJsonValueRef table : tables) {
        QJsonObject object = table.toObject(), lastKey = object.value(u"lastpk").toObject();
        QJsonArray rows = lastKey.value(u"rows").toArray();
        for (QJsonValueRef row : rows) {
            if (!row.isObject())
                continue;
            QJsonObject changed = row.toObject();
            encodeValues(changed);
            row = changed;
        }
        if (rows.isEmpty())
            continue;
        lastKey.insert(QStringLiteral("rows"), rows);
        object.insert(QStringLiteral("lastpk"), lastKey);
        table = object;
    }
    return tables;
}

// As many values as columns, and as many bytes as they say; or none, of a table that has yet to be copied.
bool isWhole(const binlogdata::TableLastPK& table)
{
    if (!table.table_name().empty() && !table.has_lastpk())
        return true;
    if (table.table_name().empty() || table.lastpk().rows_size() != 1 ||
        table.lastpk().rows(0).lengths_size() != table.lastpk().fields_size() || table.lastpk().fields_size() == 0)
        return false;
    std::uint64_t length = 0;
    for (const std::int64_t one : table.lastpk().rows(0).lengths())
        length += one > 0 ? static_cast<std::uint64_t>(one) : 0;
    return length == table.lastpk().rows(0).values().size();
}

// The last keys of a shard in a VGTID that was written inside a copy, as bytes; nothing when they cannot be read.
std::optional<std::string> lastKeysOf(const QJsonObject& shard)
{
    QJsonValue keys;
    for (const char* name : {"tablePKs", "tablePks", "table_p_ks"}) {
        if (const QJsonValue found = shard.value(QLatin1String(name)); !found.isUndefined() && !found.isNull())
            keys = found;
    }
    if (keys.isNull() || (keys.isArray() && keys.toArray().isEmpty()))
        return std::string();
    const QJsonObject alone{{QStringLiteral("table_p_ks"), withEncodedValues(keys.toArray())}};
    binlogdata::ShardGtid parsed;
    if (!google::protobuf::util::JsonStringToMessage(QJsonDocument(alone).toJson().toStdString(), &parsed).ok() ||
        parsed.table_p_ks_size() == 0 || !std::all_of(parsed.table_p_ks().begin(), parsed.table_p_ks().end(), isWhole))
        return std::nullopt;
    return parsed.SerializeAsString();
}

Positions fromShards(const QJsonArray& shards)
{
    std::vector<ShardPosition> positions;
    for (const QJsonValueConstRef value : shards) {
        const QJsonObject object = value.toObject();
        ShardPosition position{textOf(object.value(u"keyspace")), textOf(object.value(u"shard")), {}};
        if (position.shard.empty())
            return invalid("A shard of this VGTID has no name.");
        // An empty one is where a copy begins; that must be said.
        if (!object.value(u"gtid").isString())
            return invalid("This VGTID says no gtid for shard " + position.shard + ".");
        auto gtid = gtidOf(textOf(object.value(u"gtid")));
        if (!gtid)
            return invalidIn(position.shard, gtid.error());
        position.gtid = std::move(*gtid);
        const auto lastKeys = lastKeysOf(object);
        if (!lastKeys)
            return invalid("The last keys of shard " + position.shard +
                           " in this VGTID cannot be read; without them the copy would begin again.");
        position.lastKeys = *lastKeys;
        positions.push_back(std::move(position));
    }
    return positions;
}

Positions fromMessage(const binlogdata::VGtid& vgtid)
{
    std::vector<ShardPosition> positions = positionsIn(vgtid.SerializeAsString());
    for (ShardPosition& position : positions) {
        if (position.shard.empty())
            return invalid("A shard of this VGTID has no name.");
        if (!QByteArray::fromStdString(position.keyspace + position.shard).isValidUtf8())
            return invalid("A name in this VGTID is no UTF-8.");
        auto gtid = gtidOf(position.gtid);
        if (!gtid)
            return invalidIn(position.shard, gtid.error());
        position.gtid = std::move(*gtid);
    }
    return positions;
}

// A TableCursor in base64; nothing when it is none.
std::optional<ShardPosition> cursorFrom(const QByteArray& text)
{
    const auto decoded = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors);
    psdbconnect::v1alpha1::TableCursor cursor;
    if (!decoded || !cursor.ParseFromArray(decoded.decoded.constData(), static_cast<int>(decoded.decoded.size())) ||
        cursor.shard().empty() || cursor.keyspace().empty() || !gtidOf(cursor.position()))
        return std::nullopt;
    return positionIn(decoded.decoded.toStdString());
}

// Every "cursor" in it, however deep.
Result<void> collectCursors(const QJsonValue& value, std::vector<ShardPosition>& positions)
{
    if (value.isArray()) {
        for (const QJsonValueConstRef one : value.toArray()) {
            if (auto collected = collectCursors(one, positions); !collected)
                return collected;
        }
        return {};
    }
    const QJsonObject object = value.toObject();
    const QJsonValue cursor = object.value(u"cursor");
    if (cursor.isString()) {
        auto position = cursorFrom(cursor.toString().toUtf8());
        if (!position)
            return invalid("\"" + textOf(cursor).substr(0, 40) + "\" is no cursor of a table in base64.");
        position->table = textOf(object.value(u"table"));
        positions.push_back(std::move(*position));
        return {};
    }
    for (auto one = object.begin(); one != object.end(); ++one) {
        if (auto collected = collectCursors(*one, positions); !collected)
            return collected;
    }
    return {};
}

// {"keyspace":{"shard":"GTID"}}; nothing when the object is not of this form.
std::optional<Positions> fromStartingGtids(const QJsonObject& object)
{
    std::vector<ShardPosition> positions;
    for (auto keyspace = object.begin(); keyspace != object.end(); ++keyspace) {
        const QJsonObject shards = keyspace->toObject();
        for (auto shard = shards.begin(); shard != shards.end(); ++shard) {
            if (!shard->isString() || shard.key().isEmpty())
                return std::nullopt;
            auto gtid = gtidOf(textOf(*shard));
            if (!gtid)
                return invalidIn(shard.key().toStdString(), gtid.error());
            positions.push_back({keyspace.key().toStdString(), shard.key().toStdString(), std::move(*gtid)});
        }
    }
    return positions.empty() ? std::nullopt : std::optional<Positions>(std::move(positions));
}

Positions fromJson(const QJsonDocument& document)
{
    const QJsonObject object = document.object();
    if (object.contains(u"version")) {
        auto file = CursorFile::parse(document.toJson().toStdString());
        if (!file)
            return tl::unexpected(file.error());
        return file->positions;
    }
    // Debezium's offset holds its array as a text.
    if (object.value(u"vgtid").isString())
        return parsePosition(textOf(object.value(u"vgtid")));
    for (const char* name : {"shardGtids", "shard_gtids"}) {
        if (const QJsonArray shards = object.value(QLatin1String(name)).toArray(); !shards.isEmpty())
            return fromShards(shards);
    }
    if (!document.array().isEmpty() && document.array().first().toObject().contains(u"gtid"))
        return fromShards(document.array());
    std::vector<ShardPosition> positions;
    const QJsonValue whole = document.isArray() ? QJsonValue(document.array()) : QJsonValue(object);
    if (auto collected = collectCursors(whole, positions); !collected)
        return tl::unexpected(collected.error());
    if (!positions.empty())
        return positions;
    if (auto found = fromStartingGtids(object))
        return std::move(*found);
    return invalid("This JSON holds no shards: a VGTID looks like "
                   "{\"shardGtids\":[{\"keyspace\":…,\"shard\":…,\"gtid\":…}]}.");
}

// A shard that stands there twice.
const ShardPosition* twiceIn(const std::vector<ShardPosition>& positions)
{
    for (auto one = positions.begin(); one != positions.end(); ++one) {
        if (std::any_of(positions.begin(), one, [&](const ShardPosition& before) {
                return before.shard == one->shard && before.keyspace == one->keyspace && before.table == one->table;
            }))
            return &*one;
    }
    return nullptr;
}

class Silence final : public google::protobuf::io::ErrorCollector
{
public:
    void AddError(int, int, const std::string&) override {}
    void AddWarning(int, int, const std::string&) override {}
};

Positions fromText(const QByteArray& text)
{
    if (text.startsWith("shard_gtids")) {
        Silence silence;
        google::protobuf::TextFormat::Parser parser;
        parser.RecordErrorsTo(&silence);
        binlogdata::VGtid vgtid;
        if (!parser.ParseFromString(text.toStdString(), &vgtid))
            return invalid("This VGTID is cut off or has a mistake in it.");
        return fromMessage(vgtid);
    }
    if (auto cursor = cursorFrom(text))
        return std::vector{std::move(*cursor)};
    auto gtid = gtidOf(text.toStdString());
    if (!gtid)
        return tl::unexpected(gtid.error());
    if (gtid->ends_with('/'))
        return invalid("This position is empty: no transaction stands behind its flavor.");
    return std::vector{ShardPosition{{}, {}, std::move(*gtid)}};
}

QJsonObject cursorJson(const ShardPosition& position)
{
    QJsonObject object{
        {QStringLiteral("cursor"), QString::fromLatin1(QByteArray::fromStdString(cursorOf(position)).toBase64())}};
    if (!position.table.empty())
        object.insert(QStringLiteral("table"), QString::fromStdString(position.table));
    return object;
}

} // namespace

Positions parsePosition(const std::string& text)
{
    const QByteArray trimmed = QByteArray::fromStdString(text).trimmed();
    if (trimmed.isEmpty())
        return invalid("Type or paste a position: a GTID set such as MySQL56/3e11fa47-…:1-5, or a VGTID as JSON.");
    const bool isJson = trimmed.startsWith('{') || trimmed.startsWith('[');
    QJsonParseError problem;
    const QJsonDocument document = isJson ? QJsonDocument::fromJson(trimmed, &problem) : QJsonDocument();
    if (isJson && document.isNull())
        return invalid("This JSON does not end or is not valid at character " + std::to_string(problem.offset) + ".");
    Positions positions = isJson ? fromJson(document) : fromText(trimmed);
    if (!positions)
        return positions;
    if (const ShardPosition* twice = twiceIn(*positions))
        return invalid("This position names shard " + twice->shard + " twice.");
    return positions;
}

std::string vgtidJson(const std::vector<ShardPosition>& positions)
{
    QJsonArray shards;
    for (const ShardPosition& position : positions) {
        binlogdata::ShardGtid keys;
        keys.ParseFromString(position.lastKeys);
        std::string json;
        (void)google::protobuf::util::MessageToJsonString(keys, &json);
        QJsonObject shard = QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
        shard.insert(QStringLiteral("keyspace"), QString::fromStdString(position.keyspace));
        shard.insert(QStringLiteral("shard"), QString::fromStdString(position.shard));
        shard.insert(QStringLiteral("gtid"), QString::fromStdString(position.gtid));
        shards.append(shard);
    }
    return QJsonDocument(QJsonObject{{QStringLiteral("shardGtids"), shards}})
        .toJson(QJsonDocument::Compact)
        .toStdString();
}

std::string positionText(const std::vector<ShardPosition>& positions)
{
    const bool isSync =
        std::any_of(positions.begin(), positions.end(), isInsideCopy) &&
        std::any_of(positions.begin(), positions.end(), [](const ShardPosition& one) { return !one.cursor.empty(); });
    if (positions.size() == 1 && !isInsideCopy(positions.front()) && !positions.front().gtid.empty() &&
        !positions.front().gtid.ends_with('/'))
        return positions.front().gtid;
    const bool areOfTables =
        std::any_of(positions.begin(), positions.end(), [](const ShardPosition& one) { return !one.table.empty(); });
    if (!isSync && !areOfTables)
        return vgtidJson(positions);
    if (positions.size() == 1)
        return QJsonDocument(cursorJson(positions.front())).toJson(QJsonDocument::Compact).toStdString();
    QJsonArray cursors;
    for (const ShardPosition& position : positions)
        cursors.append(cursorJson(position));
    return QJsonDocument(cursors).toJson(QJsonDocument::Compact).toStdString();
}

} // namespace vtscope
