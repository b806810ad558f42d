#pragma once

#include "streamcore/queue/queue.h"

#include <QAbstractTableModel>
#include <QTreeView>

namespace vtscope {

/// The messages of a plan with their state now, later with what became of each. GUI thread.
class PlanModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column : int { Id, Shard, State, Detail, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setPlan(std::vector<AckPlan::Item> items);
    void setOutcome(std::vector<AckResult::Item> items);

    /// Whether outcomes are shown.
    bool isDone() const { return m_isDone; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    const MessageKey& keyAt(int row) const;

    std::vector<AckPlan::Item> m_planned;
    std::vector<AckResult::Item> m_outcomes;
    bool m_isDone = false;
};

/// The list that shows a PlanModel.
class PlanTable : public QTreeView
{
    Q_OBJECT

public:
    explicit PlanTable(QWidget* parent = nullptr);

    PlanModel* planModel() const { return m_model; }
    /// Widths for what is shown now.
    void fit();

private:
    PlanModel* m_model;
};

} // namespace vtscope
