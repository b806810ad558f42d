#include "streamcore/session/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QLockFile>
#include <QSaveFile>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "streamcore/connection/store.h"
#include "streamcore/position/gtidset.h"

namespace vtscope {

namespace {

struct Line
{
    Journal::Time time;
    std::string_view keyspace, shard, gtid;
};

std::int64_t nsOf(Journal::Time time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::string_view cutField(std::string_view& line)
{
    const std::string_view field = line.substr(0, line.find('\t'));
    line.remove_prefix(std::min(line.size(), field.size() + 1));
    return field;
}

// One that was cut by a full disk is passed over.
std::optional<Line> lineOf(std::string_view text)
{
    const std::string_view time = cutField(text);
    std::int64_t ns = 0;
    if (std::from_chars(time.data(), time.data() + time.size(), ns).ec != std::errc())
        return std::nullopt;
    Line line{
        Journal::Time(std::chrono::duration_cast<Journal::Time::duration>(std::chrono::nanoseconds(ns))), {}, {}, {}};
    line.keyspace = cutField(text);
    line.shard = cutField(text);
    line.gtid = text;
    return line.gtid.empty() ? std::nullopt : std::optional(line);
}

// take: called with each line, oldest first.
template <typename Take> void readLines(const std::string& path, const Take& take)
{
    QFile file(QString::fromStdString(path));
    if (path.empty() || !file.open(QIODevice::ReadOnly))
        return;
    const QByteArray bytes = file.readAll();
    std::string_view rest(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    while (!rest.empty()) {
        const std::string_view text = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), text.size() + 1));
        if (const auto line = lineOf(text))
            take(*line);
    }
}

bool canBeKept(const ShardPosition& position)
{
    const auto isSeparable = [](const std::string& text) { return text.find_first_of("\t\n") == std::string::npos; };
    return !position.gtid.empty() && position.gtid != "current" && !isInsideCopy(position) &&
           isSeparable(position.keyspace) && isSeparable(position.shard) && isSeparable(position.gtid);
}

// Streams of several tables tell several positions of a shard.
std::vector<ShardPosition> earliestOfEach(const std::vector<ShardPosition>& positions)
{
    std::vector<ShardPosition> earliest;
    for (const ShardPosition& position : positions) {
        if (!canBeKept(position))
            continue;
        const auto known = std::find_if(earliest.begin(), earliest.end(), [&](const ShardPosition& one) {
            return one.keyspace == position.keyspace && one.shard == position.shard;
        });
        if (known == earliest.end()) {
            earliest.push_back({position.keyspace, position.shard, position.gtid});
            continue;
        }
        const auto set = GtidSet::parse(position.gtid), knownSet = GtidSet::parse(known->gtid);
        if (set && knownSet && knownSet->contains(*set))
            known->gtid = position.gtid;
    }
    return earliest;
}

} // namespace

Journal::Journal(const ConnectionSettings& settings, std::uint64_t mostBytes) : m_mostBytes(mostBytes)
{
    if (!settings.id.empty())
        m_path = stateFolder() + "/journal/" + settings.id + ".tsv";
}

Result<void> Journal::note(Time time, const std::vector<ShardPosition>& positions)
{
    if (m_path.empty())
        return {};
    const std::lock_guard lock(m_mutex);
    std::string lines;
    for (const ShardPosition& position : earliestOfEach(positions)) {
        const auto told = std::find_if(m_told.begin(), m_told.end(), [&](const ShardPosition& one) {
            return one.keyspace == position.keyspace && one.shard == position.shard;
        });
        if (told != m_told.end() && told->gtid == position.gtid)
            continue;
        if (told == m_told.end())
            m_told.push_back(position);
        else
            *told = position;
        lines +=
            std::to_string(nsOf(time)) + '\t' + position.keyspace + '\t' + position.shard + '\t' + position.gtid + '\n';
    }
    if (lines.empty())
        return {};
    const auto failed = [this](const char* why) {
        return failure(ErrorKind::Output, "The journal of positions " + m_path + " cannot be written: " + why + ".");
    };
    QDir().mkpath(QString::fromStdString(m_path).section(u'/', 0, -2));
    QLockFile only(QString::fromStdString(m_path + ".lock"));
    if (!only.lock())
        return failed("its lock cannot be taken");
    const int descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return failed(std::strerror(errno));
    const bool isWritten = ::write(descriptor, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
    const int problem = errno;
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    ::close(descriptor);
    if (!isWritten)
        return failed(std::strerror(problem));
    return static_cast<std::uint64_t>(size) > m_mostBytes ? trim() : Result<void>();
}

Result<void> Journal::trim()
{
    QFile file(QString::fromStdString(m_path));
    QSaveFile kept(file.fileName());
    if (!file.open(QIODevice::ReadOnly) || !file.seek(file.size() / 2) || !kept.open(QIODevice::WriteOnly))
        return failure(ErrorKind::Output, "The journal of positions " + m_path + " cannot be shortened.");
    file.readLine();
    kept.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    kept.write(file.readAll());
    if (!kept.commit())
        return failure(ErrorKind::Output, "The journal of positions " + m_path + " cannot be shortened.");
    return {};
}

Result<std::vector<ShardPosition>> Journal::positionsAt(Time time, const std::string& keyspace,
                                                        const std::vector<std::string>& shards) const
{
    if (m_path.empty())
        return failure(ErrorKind::PositionInvalid,
                       "Only streams of a saved connection leave a journal of times and positions. Save this one, or "
                       "give a position.");
    std::vector<ShardPosition> found;
    std::vector<Time> times(shards.size(), Time::min());
    std::vector<std::optional<Time>> firsts(shards.size());
    for (const std::string& shard : shards)
        found.push_back({keyspace, shard, {}});
    readLines(m_path, [&](const Line& line) {
        const auto shard = std::find(shards.begin(), shards.end(), line.shard);
        if (line.keyspace != keyspace || shard == shards.end())
            return;
        const auto i = static_cast<std::size_t>(shard - shards.begin());
        firsts[i] = std::min(firsts[i].value_or(line.time), line.time);
        if (line.time > time || line.time < times[i])
            return;
        times[i] = line.time;
        found[i].gtid = line.gtid;
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i].gtid.empty())
            continue;
        return failure(ErrorKind::PositionInvalid,
                       "It is not known where shard " + shards[i] + " of " + keyspace + " was at " + momentText(time) +
                           (firsts[i] ? ": the journal of this connection begins at " + momentText(*firsts[i]) + "."
                                      : ": no stream of this connection has watched it."));
    }
    return found;
}

std::optional<Journal::Span> Journal::spanOf(const std::string& keyspace) const
{
    std::optional<Span> span;
    readLines(m_path, [&](const Line& line) {
        if (line.keyspace != keyspace)
            return;
        if (!span)
            span = Span{line.time, line.time};
        span->first = std::min(span->first, line.time);
        span->last = std::max(span->last, line.time);
    });
    return span;
}

Result<Journal::Time> momentFrom(const std::string& text, Journal::Time now)
{
    const QString trimmed = QString::fromStdString(text).trimmed();
    const QDateTime today = QDateTime::fromMSecsSinceEpoch(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count(), Qt::UTC);
    QDateTime moment;
    for (const char* const format : {"HH:mm", "HH:mm:ss"}) {
        if (const QTime time = QTime::fromString(trimmed, QLatin1String(format)); time.isValid()) {
            moment = QDateTime(today.date(), time, Qt::UTC);
            if (moment > today)
                moment = moment.addDays(-1);
        }
    }
    if (!moment.isValid()) {
        moment = QDateTime::fromString(QString(trimmed).replace(u' ', u'T'), Qt::ISODate);
        if (moment.timeSpec() == Qt::LocalTime)
            moment.setTimeSpec(Qt::UTC);
    }
    if (!moment.isValid())
        return failure(ErrorKind::Usage,
                       "A time is written 14:05, 2026-11-23 14:05 or 2026-11-23T14:05:30+01:00, not " + text +
                           "; without a zone it is UTC.");
    return Journal::Time(std::chrono::milliseconds(moment.toMSecsSinceEpoch()));
}

std::string momentText(Journal::Time time)
{
    return QDateTime::fromMSecsSinceEpoch(
               std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count(), Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss 'UTC'"))
        .toStdString();
}

} // namespace vtscope
