// Offers what may come next in the line in which a filter is typed, and the filters of before while it is empty. GUI
// thread.
#pragma once

#include <QCompleter>

#include <functional>

#include "streamcore/select/completion.h"

class QLineEdit;
class QStringListModel;

namespace vtscope {

class FilterCompleter : public QCompleter
{
    Q_OBJECT

public:
    FilterCompleter(QLineEdit* line, std::function<FilterNames()> names);

    // What fits at the cursor. isAsked: also where nothing is begun.
    void offer(bool isAsked);
    // Takes the candidate that is chosen in the list, or the first.
    void takeCurrent();

Q_SIGNALS:
    // It was taken, and stands in the line.
    void taken();

private:
    void take(const QString& candidate);

    QLineEdit* m_line;
    std::function<FilterNames()> m_names;
    QStringListModel* m_candidates;
    int m_at = 0, m_length = 0; // what a candidate replaces, in characters of the line
};

// Filters that were applied, the newest first; and those that were saved under a name. Both outlive the program.
QStringList recentFilters();
void noteRecentFilter(const QString& filter);

struct SavedFilter
{
    QString name;
    QString filter;
};
QList<SavedFilter> savedFilters();
// An empty filter removes the name.
void saveFilter(const QString& name, const QString& filter);

} // namespace vtscope
