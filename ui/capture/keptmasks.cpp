#include "ui/capture/keptmasks.h"

#include <QSettings>

#include "streamcore/capture/capture.h"
#include "ui/capture/celltext.h"

namespace vtscope {

namespace {

constexpr QStringView kKey = u"masks";

} // namespace

KeptMasks& KeptMasks::instance()
{
    static KeptMasks masks;
    return masks;
}

Masks KeptMasks::masks() const
{
    std::vector<std::string> names;
    for (const QString& name : QSettings().value(kKey.toString()).toStringList())
        names.push_back(name.toStdString());
    return Masks(std::move(names));
}

void KeptMasks::set(const QString& table, const QString& column, bool isMasked)
{
    QStringList names = QSettings().value(kKey.toString()).toStringList();
    const QString name = table + u'.' + column;
    if (names.contains(name) == isMasked)
        return;
    if (isMasked)
        names << name;
    else
        names.removeAll(name);
    QSettings().setValue(kKey.toString(), names);
    Q_EMIT changed();
}

QStringList maskedColumnsIn(const Snapshot& snapshot, const Masks& masks)
{
    QStringList whole, alone;
    QString only;
    bool isOne = true;
    for (std::uint32_t i = 0; i < snapshot.layoutCount() && !masks.isEmpty(); ++i) {
        const Layout& layout = snapshot.layout(i);
        if (!layout.after && !layout.before)
            continue;
        const QString table = text(layout.keyspace + '.' + layout.table);
        isOne = isOne && (only.isEmpty() || only == table);
        only = table;
        MaskedNames masked;
        masked.add(masks, layout);
        for (const std::string& name : masked.columns) {
            if (!whole.contains(table + u'.' + text(name))) {
                whole << table + u'.' + text(name);
                alone << text(name);
            }
        }
    }
    return isOne ? alone : whole;
}

QString maskedSentence(const QString& column)
{
    return KeptMasks::tr("`%1` is masked.").arg(column);
}

} // namespace vtscope
