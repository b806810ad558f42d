#include "streamcore/decode/position.h"

#include <google/protobuf/util/json_util.h>

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <utility>

#include "binlogdata.pb.h"
#include "psdbconnect.pb.h"

namespace vtscope {

namespace {

std::string stripped(const std::string& text)
{
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out),
                 [](unsigned char c) { return std::isspace(c) == 0; });
    return out;
}

// A GTID with its flavor, or nothing when it is none.
std::string withFlavor(const std::string& text)
{
    static const std::regex kMySql("(MySQL56/)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(:[0-9]+(-[0-9]+)?)+"
                                   "(,[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(:[0-9]+(-[0-9]+)?)+)*");
    static const std::regex kOther("(MariaDB/[0-9]+-[0-9]+-[0-9]+(,[0-9]+-[0-9]+-[0-9]+)*|FilePos/[^:]+:[0-9]+)");
    if (text == "current" || std::regex_match(text, kOther))
        return text;
    if (!std::regex_match(text, kMySql))
        return {};
    return text.starts_with("MySQL56/") ? text : "MySQL56/" + text;
}

// The last keys of a shard in a VGTID that was written inside a copy, as bytes; nothing when they cannot be read.
std::optional<std::string> lastKeysOf(const QJsonObject& shard)
{
    QJsonValue keys;
    for (const char* name : {"tablePKs", "tablePks", "table_p_ks"}) {
        if (const QJsonValue found = shard.value(QLatin1String(name)); found.isArray() && !found.toArray().isEmpty())
            keys = found;
    }
    if (keys.isUndefined() || keys.isNull())
        return std::string();
    const QJsonObject alone{{QStringLiteral("table_p_ks"), keys}};
    binlogdata::ShardGtid parsed;
    if (!google::protobuf::util::JsonStringToMessage(QJsonDocument(alone).toJson().toStdString(), &parsed).ok())
        return std::nullopt;
    return parsed.SerializeAsString();
}

} // namespace

Result<std::vector<ShardPosition>> parsePosition(const std::string& text)
{
    const std::string whole = stripped(text);
    const auto invalid = [](const std::string& what) { return failure(ErrorKind::PositionInvalid, what); };
    if (whole.empty())
        return invalid("Type or paste a position: a GTID set such as MySQL56/3e11fa47-…:1-5, or a VGTID as JSON.");
    if (whole.front() != '{' && whole.front() != '[') {
        const std::string gtid = withFlavor(whole);
        if (gtid.empty())
            return invalid(
                "This is not a position. A GTID set looks like MySQL56/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5.");
        return std::vector<ShardPosition>{{{}, {}, gtid, {}}};
    }
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &problem);
    if (document.isNull())
        return invalid("This JSON does not end or is not valid at character " + std::to_string(problem.offset) + ".");
    QJsonArray shards = document.isArray() ? document.array() : document.object().value(u"shardGtids").toArray();
    if (shards.isEmpty())
        shards = document.object().value(u"shard_gtids").toArray();
    std::vector<ShardPosition> positions;
    for (const auto& value : std::as_const(shards)) {
        const QJsonObject object = value.toObject();
        ShardPosition position{object.value(u"keyspace").toString().toStdString(),
                               object.value(u"shard").toString().toStdString(),
                               {},
                               {}};
        const std::string gtid = stripped(object.value(u"gtid").toString().toStdString());
        position.gtid = gtid.empty() ? std::string() : withFlavor(gtid);
        if (position.shard.empty() || (position.gtid.empty() && !gtid.empty()))
            return invalid("A shard of this VGTID has no name or no valid GTID: " + gtid);
        // An empty one is where a copy begins; that must be said.
        if (!object.contains(u"gtid"))
            return invalid("This VGTID says no gtid for shard " + position.shard + ".");
        if (const auto lastKeys = lastKeysOf(object))
            position.lastKeys = *lastKeys;
        else
            return invalid("The last keys of shard " + position.shard +
                           " in this VGTID cannot be read; without them the copy would begin again.");
        positions.push_back(std::move(position));
    }
    if (positions.empty())
        return invalid("This JSON holds no shards: a VGTID looks like "
                       "{\"shardGtids\":[{\"keyspace\":…,\"shard\":…,\"gtid\":…}]}.");
    return positions;
}

std::string vgtidOf(const std::vector<ShardPosition>& positions)
{
    binlogdata::VGtid vgtid;
    for (const ShardPosition& position : positions) {
        binlogdata::ShardGtid* shard = vgtid.add_shard_gtids();
        shard->ParseFromString(position.lastKeys);
        shard->set_keyspace(position.keyspace);
        shard->set_shard(position.shard);
        shard->set_gtid(position.gtid);
    }
    return vgtid.SerializeAsString();
}

std::vector<ShardPosition> positionsIn(const std::string& vgtid)
{
    binlogdata::VGtid parsed;
    parsed.ParseFromString(vgtid);
    std::vector<ShardPosition> positions;
    for (const binlogdata::ShardGtid& shard : parsed.shard_gtids()) {
        binlogdata::ShardGtid keys;
        *keys.mutable_table_p_ks() = shard.table_p_ks();
        positions.push_back({shard.keyspace(), shard.shard(), shard.gtid(), keys.SerializeAsString()});
    }
    return positions;
}

std::string cursorOf(const ShardPosition& position)
{
    psdbconnect::v1alpha1::TableCursor cursor;
    cursor.set_keyspace(position.keyspace);
    cursor.set_shard(position.shard);
    cursor.set_position(position.gtid);
    return cursor.SerializeAsString();
}

ShardPosition positionIn(const std::string& cursor)
{
    psdbconnect::v1alpha1::TableCursor parsed;
    parsed.ParseFromString(cursor);
    return {parsed.keyspace(), parsed.shard(), parsed.position(), {}};
}

} // namespace vtscope
