// Filters that outlive the program, in the user's settings: those that were applied last, and those that were saved.
// What the settings take is written by a thread of its own. GUI thread.
#pragma once

#include <QList>
#include <QObject>
#include <QStringList>

#include <functional>

namespace vtscope {

// The newest first.
QStringList recentFilters();
void noteRecentFilter(const QString& filter);

struct SavedFilter
{
    QString name; // the filter's own text when it was given none
    QString filter;
};

class SavedFilters : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype kMost = 50;

    static SavedFilters& instance();

    // In the order in which they were saved; each filter once, and each name.
    const QList<SavedFilter>& all() const { return m_filters; }
    bool contains(const QString& filter) const;
    bool isFull() const { return m_filters.size() >= kMost; }
    // Another of this filter or of this name goes. Nothing happens when there is no room.
    void save(const QString& filter, const QString& name);
    void remove(const QString& filter);

Q_SIGNALS:
    void changed();

private:
    SavedFilters();
    void change(const std::function<void(QList<SavedFilter>&)>& edit);

    QList<SavedFilter> m_filters;
};

} // namespace vtscope
