#include "streamcore/position/cursorfile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QByteArray>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "streamcore/position/positiontext.h"

namespace vtscope {

namespace {

constexpr int kVersion = 1, kVersionWithOthers = 2;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

std::string textOf(const QJsonValue& value)
{
    return value.toString().toStdString();
}

std::vector<std::string> namesOf(const QJsonValue& value)
{
    std::vector<std::string> names;
    for (const QJsonValueConstRef one : value.toArray())
        names.push_back(textOf(one));
    return names;
}

QJsonArray arrayOf(const std::vector<std::string>& names)
{
    QJsonArray array;
    for (const std::string& name : names)
        array.append(QString::fromStdString(name));
    return array;
}

tl::unexpected<Error> cannotWrite(const std::string& path)
{
    return failure(ErrorKind::Output, "The cursor file " + path + " cannot be written: " + std::strerror(errno) + ".");
}

bool writeAll(int descriptor, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return true;
}

} // namespace

Result<std::optional<CursorFile>> CursorFile::read(const std::string& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 && errno == ENOENT)
        return std::nullopt;
    std::string bytes(kMostBytes + 1, '\0');
    std::size_t size = 0;
    ssize_t got = descriptor < 0 ? -1 : 1;
    while (got > 0 && size < bytes.size()) {
        got = ::read(descriptor, bytes.data() + size, bytes.size() - size);
        size += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
    }
    const int problem = errno;
    if (descriptor >= 0)
        ::close(descriptor);
    if (got < 0)
        return failure(ErrorKind::Usage,
                       "The cursor file " + path + " cannot be read: " + std::strerror(problem) + ".");
    bytes.resize(std::min(size, kMostBytes));
    auto file = parse(bytes);
    if (!file)
        return failure(file.error().kind, path + ": " + file.error().message);
    return std::move(*file);
}

Result<CursorFile> CursorFile::parse(const std::string& text)
{
    const auto invalid = [](const std::string& what) { return failure(ErrorKind::PositionInvalid, what); };
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(text));
    const QJsonObject object = document.object();
    const QJsonValue version = object.value(u"version");
    if (!version.isDouble())
        return invalid("This is no cursor file of vtscope's, or it is damaged.");
    if (version.toDouble() != kVersion && version.toDouble() != kVersionWithOthers)
        return invalid("This cursor file has version " + std::to_string(version.toInteger()) +
                       ", which this vtscope does not know; it reads versions up to " +
                       std::to_string(kVersionWithOthers) + ".");
    CursorFile file;
    const std::string source = textOf(object.value(u"source"));
    file.isSync = source == "sync";
    file.keyspace = textOf(object.value(u"keyspace"));
    file.shards = namesOf(object.value(u"shards"));
    file.tables = namesOf(object.value(u"tables"));
    const auto others = byKeyspace(namesOf(object.value(u"also")));
    file.others = others.value_or(std::vector<KeyspaceTables>());
    file.out = textOf(object.value(u"out"));
    qint64 length = 0, number = 0;
    if (!file.out.empty()) {
        file.format = textOf(object.value(u"format"));
        file.columns = namesOf(object.value(u"columns"));
        number = object.value(u"file").toInteger();
        length = object.value(u"length").toInteger(-1);
        file.fileNumber = static_cast<std::uint32_t>(number);
        file.length = static_cast<std::uint64_t>(length);
    }
    if ((source != "sync" && source != "vstream") || file.keyspace.empty() || file.tables.empty() || !others ||
        length < 0 || number < 0 || number > std::numeric_limits<std::uint32_t>::max())
        return invalid("This cursor file is damaged: it does not say what was watched, or how long the output was.");
    const auto key = file.isSync ? QStringLiteral("cursors") : QStringLiteral("shardGtids");
    auto positions = parsePosition(
        QJsonDocument(QJsonObject{{key, object.value(key)}}).toJson(QJsonDocument::Compact).toStdString());
    if (!positions)
        return tl::unexpected(positions.error());
    file.positions = std::move(*positions);
    if (file.isSync && !file.sortByTable())
        return invalid("This cursor file is damaged: it does not hold a cursor for each table and shard.");
    return file;
}

// False when that is not one for each table and shard.
bool CursorFile::sortByTable()
{
    std::vector<KeyspaceTables> all{{keyspace, tables}};
    all.insert(all.end(), others.begin(), others.end());
    std::vector<ShardPosition> sorted;
    for (const KeyspaceTables& one : all) {
        std::size_t shardsOfFirst = 0;
        for (const std::string& table : one.tables) {
            const std::size_t before = sorted.size();
            std::copy_if(positions.begin(), positions.end(), std::back_inserter(sorted), [&](const auto& position) {
                return position.table == table && position.keyspace == one.keyspace;
            });
            const std::size_t shardsOfThis = sorted.size() - before;
            shardsOfFirst = shardsOfFirst == 0 ? shardsOfThis : shardsOfFirst;
            if (shardsOfThis == 0 || shardsOfThis != shardsOfFirst)
                return false;
        }
    }
    const bool areAllKnown = sorted.size() == positions.size();
    positions = std::move(sorted);
    return areAllKnown;
}

std::string CursorFile::text() const
{
    QJsonObject object{
        {QStringLiteral("version"), others.empty() ? kVersion : kVersionWithOthers},
        {QStringLiteral("source"), isSync ? QStringLiteral("sync") : QStringLiteral("vstream")},
        {QStringLiteral("keyspace"), QString::fromStdString(keyspace)},
        {QStringLiteral("tables"), arrayOf(tables)},
    };
    if (!shards.empty())
        object.insert(QStringLiteral("shards"), arrayOf(shards));
    if (!others.empty())
        object.insert(QStringLiteral("also"), arrayOf(vtscope::namesOf(others)));
    if (isSync) {
        QJsonArray cursors;
        for (const ShardPosition& position : positions)
            cursors.append(
                QJsonObject{{QStringLiteral("table"), QString::fromStdString(position.table)},
                            {QStringLiteral("cursor"),
                             QString::fromLatin1(QByteArray::fromStdString(cursorOf(position)).toBase64())}});
        object.insert(QStringLiteral("cursors"), cursors);
    } else {
        const QJsonObject vgtid = QJsonDocument::fromJson(QByteArray::fromStdString(vgtidJson(positions))).object();
        object.insert(QStringLiteral("shardGtids"), vgtid.value(u"shardGtids"));
    }
    if (!out.empty()) {
        object.insert(QStringLiteral("out"), QString::fromStdString(out));
        object.insert(QStringLiteral("format"), QString::fromStdString(format));
        object.insert(QStringLiteral("length"), static_cast<qint64>(length));
        if (!columns.empty())
            object.insert(QStringLiteral("columns"), arrayOf(columns));
        if (fileNumber > 0)
            object.insert(QStringLiteral("file"), static_cast<qint64>(fileNumber));
    }
    return QJsonDocument(object).toJson().toStdString();
}

Result<void> CursorFile::write(const std::string& path) const
{
    const std::string partial = path + ".new";
    const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return cannotWrite(path);
    const bool isWritten = ::fchmod(file, 0600) == 0 && writeAll(file, text()) && ::fsync(file) == 0;
    if (::close(file) != 0 || !isWritten || ::rename(partial.c_str(), path.c_str()) != 0)
        return cannotWrite(path);
    // So that the new name is on the disk as well.
    const std::string folder = path.find('/') == std::string::npos ? "." : path.substr(0, path.rfind('/') + 1);
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return cannotWrite(path);
    const bool isKept = ::fsync(directory) == 0 || errno == EINVAL;
    ::close(directory);
    return isKept ? Result<void>() : cannotWrite(path);
}

} // namespace vtscope
