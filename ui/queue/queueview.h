#pragma once

#include "streamcore/branch/branch.h"
#include "ui/output/exportscopes.h"
#include "ui/queue/queuemodel.h"
#include "ui/task.h"

#include <QWidget>

class QStackedWidget;

namespace vtscope {

class Banner;
class EmptyState;
class GridView;
class QueueActionBar;
class SheetSlot;
class TickAllBox;
class PlanSheet;

/// A tab with the messages of one message table, read by SELECT and taken from nobody. GUI thread; the branch is asked
/// on others. The messages are read when it is shown first, by refresh() and after a write.
///
/// What is acted upon: the ticked messages, or, when none is ticked, the selected rows. Ctrl+Return opens the plan, and
/// in the plan carries it out; Space ticks the selected rows.
class QueueView : public QWidget
{
    Q_OBJECT

public:
    QueueView(std::shared_ptr<Connection> connection, QString keyspace, Table table, std::vector<std::string> shards,
              QWidget* parent = nullptr);
    ~QueueView() override;

    GridView* grid() const { return m_grid; }
    QueueModel* model() const { return m_model; }
    const QString& keyspace() const { return m_keyspace; }
    const Table& table() const { return m_table; }

    /// The capture with what was read last; empty before.
    const Snapshot& snapshot() const;
    /// Rows of snapshot() for the export dialog; the shown ones in the order shown.
    ExportScopes exportScopes() const;
    /// "mail-2026-03-04", without an ending.
    QString exportName() const;

    /// Messages ticked, or selected when none is ticked.
    qint64 chosenCount() const;
    std::vector<MessageKey> chosenKeys() const;
    /// Why these cannot be acknowledged now; empty when they can.
    QString whyNotAcknowledge() const;
    /// The open plan, or null.
    PlanSheet* plan() const;
    /// "19 595 messages, 37 due, 3 ticked"
    QString statusText() const;

    /// Shows what was read elsewhere instead of reading it.
    void showContents(QueueContents contents);

public Q_SLOTS:
    void refresh();
    /// Opens the plan; with a plan open, moves there.
    void acknowledgeChosen();
    void copySelected() const;
    /// The warning before subscribing.
    void subscribe();

Q_SIGNALS:
    /// The user accepted the warning, and the connection is unlocked.
    void subscribeRequested(const QString& keyspace, const QString& table);
    void exportRequested();
    /// statusText() changed.
    void statusChanged(const QString& text);
    /// This view unlocked the connection.
    void lockChanged();
    /// Number of the current line in snapshot(), -1 for none.
    void currentLineChanged(qint64 line);
    /// Something was written to the action log.
    void actionLogged();

protected:
    void showEvent(QShowEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Position;

    void build();
    void addKeys();
    void showProblemOfTable();
    void takeRead(Result<QueueSnapshot> read);
    void prepare(const QueueSnapshot& read);
    QueueKept kept(Position& position) const;
    void restore(const Position& position);
    void showError(const Error& error);
    void updateChosen();
    void updateEmpty();
    void toggleSelected();
    void toggleAll();
    void sortBy(int column);
    void applyOrder(QueueOrder order);
    void openMenu(const QPoint& globalPosition, int column);
    void carryOutOrOpen();
    void closeSheet();
    void onWritten(const QString& headline);
    void showInList(const std::vector<MessageKey>& keys);
    void acceptSubscription();
    QueueTable queueTable() const;
    QueueSettings settings() const { return m_table.queue.value_or(QueueSettings{}); }

    std::shared_ptr<Connection> m_connection;
    QString m_keyspace;
    Table m_table;
    std::vector<std::string> m_shards;
    QueueModel* m_model;
    GridView* m_grid;
    QueueActionBar* m_bar = nullptr;
    Banner* m_problem = nullptr;
    Banner* m_error = nullptr;
    QStackedWidget* m_stack = nullptr;
    EmptyState* m_empty = nullptr;
    SheetSlot* m_slot = nullptr;
    TickAllBox* m_tickAll = nullptr;
    QueueOrder m_order;
    bool m_hasContents = false;
    bool m_dropsAcked = false;
    quint64 m_tickEdits = 0;
    Task m_reading;
    Task m_preparing;
    Task m_sorting;
    Task m_finding;
};

} // namespace vtscope
