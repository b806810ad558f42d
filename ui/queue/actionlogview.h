#pragma once

#include "streamcore/queue/actionlog.h"
#include "ui/task.h"

#include <QWidget>

class QStackedWidget;
class QTreeView;

namespace vtscope {

class ActionLogModel;
class SqlText;

/// What vtscope wrote to any branch, the newest first: result, time, verb, how many, object, detail; below it the SQL
/// and the keys of the selected one. GUI thread. A panel; put it into a dock or a dialog. Reads when shown and by
/// reload().
class ActionLogView : public QWidget
{
    Q_OBJECT

public:
    static constexpr std::size_t kLimit = 200;

    explicit ActionLogView(QWidget* parent = nullptr);

    /// Shows these, the newest last as readActions() gives them.
    void showActions(std::vector<Action> actions);

public Q_SLOTS:
    void reload();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void showCurrent();

    ActionLogModel* m_model;
    QTreeView* m_list;
    SqlText* m_sql;
    QStackedWidget* m_stack;
    Task m_reading;
};

} // namespace vtscope
