#include "ui/queue/plantable.h"

#include "ui/queue/queuetext.h"
#include "ui/style/theme.h"

#include <QHeaderView>

namespace vtscope {

void PlanModel::setPlan(std::vector<AckPlan::Item> items)
{
    beginResetModel();
    m_planned = std::move(items);
    m_outcomes.clear();
    m_isDone = false;
    endResetModel();
}

void PlanModel::setOutcome(std::vector<AckResult::Item> items)
{
    beginResetModel();
    m_outcomes = std::move(items);
    m_planned.clear();
    m_isDone = true;
    endResetModel();
}

const MessageKey& PlanModel::keyAt(int row) const
{
    const auto at = static_cast<std::size_t>(row);
    return m_isDone ? m_outcomes[at].key : m_planned[at].key;
}

int PlanModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_isDone ? m_outcomes.size() : m_planned.size());
}

int PlanModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant PlanModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const auto at = static_cast<std::size_t>(index.row());
    const MessageKey& key = keyAt(index.row());
    if (role == Qt::FontRole)
        return index.column() <= Shard ? metrics().data() : QVariant();
    if (index.column() <= Shard) {
        if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
            return QString::fromStdString(index.column() == Id ? key.id : key.shard);
        return role == Qt::ForegroundRole && index.column() == Shard ? QVariant(tokens().text2) : QVariant();
    }
    if (index.column() == Detail)
        return (role == Qt::DisplayRole || role == Qt::ToolTipRole) && m_isDone
                   ? QVariant(QString::fromStdString(m_outcomes[at].detail))
                   : QVariant();
    const StateLook look = m_isDone ? lookOf(m_outcomes[at].outcome) : lookOfPlanned(m_planned[at].state);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return look.word;
    case Qt::DecorationRole:
        return icon(look.icon, look.tone);
    case Qt::ForegroundRole:
        return tokens().tone(look.tone);
    default:
        return {};
    }
}

QVariant PlanModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Id:
        return tr("id");
    case Shard:
        return tr("shard");
    case State:
        return m_isDone ? tr("outcome") : tr("state now");
    default:
        return QString();
    }
}

PlanTable::PlanTable(QWidget* parent) : QTreeView(parent), m_model(new PlanModel(this))
{
    setModel(m_model);
    setRootIsDecorated(false);
    setUniformRowHeights(true);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setAccessibleName(tr("Messages of the plan"));
    setFrameShape(NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    header()->setStretchLastSection(false);
    header()->setMinimumSectionSize(0);
    header()->setSectionsMovable(false);
    header()->setSectionsClickable(false);
    // The sheet's own colour shows through.
    viewport()->setAutoFillBackground(false);
}

void PlanTable::fit()
{
    // The last of them takes what is left; "acknowledged at 13:21:42 UTC" needs most of it.
    const int last = m_model->isDone() ? PlanModel::Detail : PlanModel::State;
    setColumnHidden(PlanModel::Detail, !m_model->isDone());
    for (int column = 0; column <= last; ++column)
        header()->setSectionResizeMode(column, column == last ? QHeaderView::Stretch : QHeaderView::ResizeToContents);
}

} // namespace vtscope
