#include "ui/stream/keptpositions.h"

#include <QCryptographicHash>
#include <QSettings>

#include <algorithm>

namespace vtscope {

namespace {

constexpr qsizetype kMost = 100;
const QString kGroup = QStringLiteral("positions");

QString keyOf(const std::string& connection, const CursorFile& file)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    const auto add = [&](const std::string& part) {
        hash.addData(QByteArray::number(static_cast<qulonglong>(part.size())) + ' ' + QByteArray::fromStdString(part));
    };
    add(connection);
    add(file.isSync ? "Sync" : "VStream");
    add(file.keyspace);
    const auto addAll = [&](std::vector<std::string> names) {
        std::sort(names.begin(), names.end());
        add(std::to_string(names.size()));
        for (const std::string& name : names)
            add(name);
    };
    addAll(file.shards);
    addAll(file.tables);
    for (const KeyspaceTables& other : file.others) {
        add(other.keyspace);
        addAll(other.tables);
    }
    return QString::fromLatin1(hash.result().toHex());
}

} // namespace

void keepPosition(const std::string& connection, const CursorFile& position)
{
    if (connection.empty() || std::any_of(position.positions.begin(), position.positions.end(), isInsideCopy))
        return;
    QSettings settings;
    settings.beginGroup(kGroup);
    settings.setValue(keyOf(connection, position),
                      QVariantList{QString::fromStdString(position.text()), QDateTime::currentMSecsSinceEpoch()});
    const auto keptAt = [&](const QString& key) { return settings.value(key).toList().value(1).toLongLong(); };
    QStringList keys = settings.childKeys();
    std::sort(keys.begin(), keys.end(), [&](const QString& a, const QString& b) { return keptAt(a) < keptAt(b); });
    for (qsizetype i = 0; i < keys.size() - kMost; ++i)
        settings.remove(keys[i]);
}

std::optional<KeptPosition> keptPosition(const std::string& connection, const CursorFile& of)
{
    QSettings settings;
    settings.beginGroup(kGroup);
    const QVariantList kept = settings.value(keyOf(connection, of)).toList();
    if (connection.empty() || kept.size() != 2)
        return std::nullopt;
    return KeptPosition{kept[0].toString(), QDateTime::fromMSecsSinceEpoch(kept[1].toLongLong(), Qt::UTC)};
}

} // namespace vtscope
