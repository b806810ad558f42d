#include "ui/queue/actionlogview.h"

#include "ui/capture/celltext.h"
#include "ui/queue/queuetext.h"
#include "ui/queue/sqltext.h"
#include "ui/style/emptystate.h"
#include "ui/style/theme.h"

#include <QAbstractTableModel>
#include <QHeaderView>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace vtscope {

using namespace Qt::StringLiterals;

namespace {

constexpr int kListShare = 2;
constexpr int kTextShare = 1;

// "2026-03-04T12:03:04.512Z" as people read it.
QString momentOf(const Action& action)
{
    return text(action.time).left(19).replace(u'T', u' ');
}

} // namespace

class ActionLogModel : public QAbstractTableModel
{
public:
    enum Column : int { Time, Verb, Result, Object, Detail, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setActions(std::vector<Action> actions)
    {
        beginResetModel();
        m_actions = std::move(actions);
        std::reverse(m_actions.begin(), m_actions.end());
        endResetModel();
    }

    const Action& action(int row) const { return m_actions[static_cast<std::size_t>(row)]; }
    int rowCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(m_actions.size());
    }
    int columnCount(const QModelIndex& parent = {}) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
    }

    QVariant data(const QModelIndex& index, int role) const override
    {
        if (!index.isValid())
            return {};
        const Action& shown = action(index.row());
        const bool isData = index.column() == Time || index.column() == Result;
        switch (role) {
        case Qt::DisplayRole:
        case Qt::ToolTipRole:
            return textOf(shown, index.column());
        case Qt::AccessibleTextRole:
            return index.column() == Time
                       ? (shown.isOk ? ActionLogView::tr("done, %1") : ActionLogView::tr("not all done, %1"))
                             .arg(momentOf(shown))
                       : textOf(shown, index.column());
        case Qt::DecorationRole:
            return index.column() == Time
                       ? QVariant(shown.isOk ? icon(IconName::Ok, Tone::Ok) : icon(IconName::Warning, Tone::Warning))
                       : QVariant();
        case Qt::FontRole:
            return isData ? metrics().data() : index.column() == Verb ? QVariant(metrics().uiStrong()) : QVariant();
        case Qt::ForegroundRole:
            return index.column() == Object || index.column() == Verb ? QVariant() : QVariant(tokens().text2);
        default:
            return {};
        }
    }

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override
    {
        if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
            return {};
        const QString titles[] = {ActionLogView::tr("Time (UTC)"), ActionLogView::tr("What"),
                                  ActionLogView::tr("Result"), ActionLogView::tr("Where"), ActionLogView::tr("Detail")};
        return titles[section];
    }

private:
    static QString textOf(const Action& action, int column)
    {
        switch (column) {
        case Time:
            return momentOf(action);
        case Verb:
            return text(action.verb);
        case Result:
            return text(action.result);
        case Object:
            return text(action.object) + u" @ "_s + text(action.connection);
        default:
            return text(action.detail);
        }
    }

    std::vector<Action> m_actions;
};

ActionLogView::ActionLogView(QWidget* parent)
    : QWidget(parent), m_model(new ActionLogModel(this)), m_list(new QTreeView(this)), m_sql(new SqlText(this)),
      m_stack(new QStackedWidget(this)), m_reading(this)
{
    m_list->setModel(m_model);
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_list->setAllColumnsShowFocus(true);
    m_list->setTabKeyNavigation(false);
    m_list->setAccessibleName(tr("Action log"));
    m_list->header()->setStretchLastSection(true);
    m_sql->setAccessibleName(tr("SQL and keys"));
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_list);
    splitter->addWidget(m_sql);
    splitter->setStretchFactor(0, kListShare);
    splitter->setStretchFactor(1, kTextShare);
    splitter->setChildrenCollapsible(false);
    auto* empty = new EmptyState(this);
    empty->setIcon(IconName::History);
    empty->setSentence(tr("Nothing was written from here yet."));
    empty->setFact(tr("Every acknowledgement and subscription is kept in %1.").arg(text(actionLogPath())));
    m_stack->setProperty("vtSurface", u"surface"_s);
    m_stack->addWidget(splitter);
    m_stack->addWidget(empty);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ActionLogView::showCurrent);
    showActions({});
}

void ActionLogView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    reload();
}

void ActionLogView::reload()
{
    m_reading.start([](std::stop_token) { return readActions(kLimit); },
                    [this](std::vector<Action> actions) { showActions(std::move(actions)); });
}

void ActionLogView::showActions(std::vector<Action> actions)
{
    const int current = m_list->currentIndex().row();
    const int grown = static_cast<int>(actions.size()) - m_model->rowCount();
    m_model->setActions(std::move(actions));
    m_stack->setCurrentIndex(m_model->rowCount() > 0 ? 0 : 1);
    for (int column = 0; column < ActionLogModel::Detail; ++column)
        m_list->resizeColumnToContents(column);
    // New ones come on top: the one that was read stays the current one.
    if (m_model->rowCount() > 0)
        m_list->setCurrentIndex(
            m_model->index(current < 0 ? 0 : std::clamp(current + std::max(0, grown), 0, m_model->rowCount() - 1), 0));
    showCurrent();
}

void ActionLogView::showCurrent()
{
    QStringList wheres, lines;
    if (const QModelIndex current = m_list->currentIndex(); current.isValid()) {
        const Action& action = m_model->action(current.row());
        for (const std::string& statement : action.sql) {
            wheres.append(QString());
            lines.append(text(statement));
        }
        QStringList keys;
        for (const std::string& key : action.keys)
            keys.append(text(key));
        if (!keys.isEmpty()) {
            wheres.append(messagesText(action.keys.size()));
            lines.append(keys.join(u'\n'));
        }
    }
    m_sql->setStatements(wheres, lines);
}

} // namespace vtscope
