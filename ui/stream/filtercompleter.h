// Offers what may come next in the line in which a filter is typed; while it is empty, the saved filters and those of
// before. GUI thread.
#pragma once

#include <QCompleter>

#include <functional>

#include "streamcore/select/completion.h"

class QLineEdit;
class QStandardItem;
class QStandardItemModel;

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
    QList<QStandardItem*> keptOnes() const;
    void take(const QString& candidate);

    QLineEdit* m_line;
    std::function<FilterNames()> m_names;
    QStandardItemModel* m_candidates;
    int m_at = 0, m_length = 0; // what a candidate replaces, in characters of the line
};

} // namespace vtscope
