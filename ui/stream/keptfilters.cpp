#include "ui/stream/keptfilters.h"

#include <QSettings>
#include <QThreadPool>

#include <algorithm>

namespace vtscope {

namespace {

constexpr int kMostRecent = 30;
constexpr QStringView kRecentKey = u"filters/recent";
constexpr QStringView kSavedKey = u"filters/saved";

// One thread, which keeps the order: the settings go to the disk with it, which takes milliseconds.
template <typename Work> void write(Work work)
{
    static QThreadPool writer;
    writer.setMaxThreadCount(1);
    writer.start(std::move(work));
}

// A name and a filter in turn.
QList<SavedFilter> read()
{
    QList<SavedFilter> filters;
    const QStringList parts = QSettings().value(kSavedKey.toString()).toStringList();
    for (qsizetype i = 0; i + 1 < parts.size(); i += 2)
        filters.append({parts[i], parts[i + 1]});
    return filters;
}

} // namespace

QStringList recentFilters()
{
    return QSettings().value(kRecentKey.toString()).toStringList();
}

void noteRecentFilter(const QString& filter)
{
    write([filter] {
        QStringList filters = recentFilters();
        filters.removeAll(filter);
        filters.prepend(filter);
        QSettings().setValue(kRecentKey.toString(), filters.mid(0, kMostRecent));
    });
}

SavedFilters& SavedFilters::instance()
{
    static SavedFilters filters;
    return filters;
}

SavedFilters::SavedFilters() : m_filters(read()) {}

bool SavedFilters::contains(const QString& filter) const
{
    return std::any_of(m_filters.begin(), m_filters.end(),
                       [&](const SavedFilter& saved) { return saved.filter == filter; });
}

void SavedFilters::save(const QString& filter, const QString& name)
{
    change([filter, name](QList<SavedFilter>& filters) {
        QList<SavedFilter> others = filters;
        others.removeIf([&](const SavedFilter& saved) { return saved.filter == filter || saved.name == name; });
        if (others.size() < kMost)
            filters = others << SavedFilter{name, filter};
    });
}

void SavedFilters::remove(const QString& filter)
{
    change([filter](QList<SavedFilter>& filters) {
        filters.removeIf([&](const SavedFilter& saved) { return saved.filter == filter; });
    });
}

// Here at once, and in what the settings hold when it is written: another window may have saved one meanwhile.
void SavedFilters::change(const std::function<void(QList<SavedFilter>&)>& edit)
{
    edit(m_filters);
    write([edit] {
        QList<SavedFilter> filters = read();
        edit(filters);
        QStringList parts;
        for (const SavedFilter& saved : std::as_const(filters))
            parts << saved.name << saved.filter;
        QSettings().setValue(kSavedKey.toString(), parts);
    });
    Q_EMIT changed();
}

} // namespace vtscope
