#pragma once

#include "streamcore/queue/queue.h"
#include "ui/queue/sheet.h"
#include "ui/task.h"

#include <QElapsedTimer>
#include <QTimer>

#include <memory>
#include <optional>

namespace vtscope {

class FactList;
class PlanTable;
class SqlText;

/// An acknowledgement before it is made, while it runs, and what became of it. GUI thread; the branch is asked on
/// others.
///
/// Changes nothing before carryOut(), which acts only on a plan that is younger than 60 s, with the count typed where
/// the connection is tagged production. Unlocking happens here and nowhere below. An acknowledgement under way goes on
/// when the sheet is destroyed, so that the action log tells what became of it.
class PlanSheet : public Sheet
{
    Q_OBJECT

public:
    enum class State : quint8 { Reading, Planned, Working, Done };

    PlanSheet(std::shared_ptr<Connection> connection, QueueTable table, std::vector<MessageKey> keys,
              QueueSettings settings, QWidget* parent = nullptr);

    /// Reads the plan.
    void start();
    /// Ctrl+Return and the button: does what the plan says, if that may be done now. Not within the first moment after
    /// the plan was shown: who presses then has not read it.
    void carryOut();

    State state() const { return m_state; }
    const std::vector<MessageKey>& keys() const { return m_keys; }
    /// Whether carryOut() would act. Unless the plan is only too new, whyNot() says why it would not.
    bool canCarryOut() const;
    QString whyNot() const;

    enum class Why : quint8 { First, Stale, DryRun };
    /// What reading the plan brought.
    void showPlan(Result<AckPlan> plan, Why why = Why::First);
    /// What carrying it out brought.
    void showOutcome(Result<AckResult> result);

Q_SIGNALS:
    /// The lock of the connection changed.
    void lockChanged();
    /// The write is over: whatever became of it, the messages are to be read again.
    void written(const QString& headline);
    /// The user wants to see these messages in the list.
    void showRequested();

private:
    void read(Why why);
    void setState(State state);
    void tick();
    QString whyNotByPlan() const;
    void updateFoot();
    void updateButtons();
    void fillFacts();
    void fillStatements();
    void focusNext();
    bool isProduction() const;
    bool isCountTyped() const;
    QString shardsText() const;

    std::shared_ptr<Connection> m_connection;
    QueueTable m_table;
    std::vector<MessageKey> m_keys;
    QueueSettings m_settings;
    std::optional<AckPlan> m_plan;
    State m_state = State::Reading;
    FactList* m_facts;
    SqlText* m_sql;
    PlanTable* m_messages;
    QWidget* m_factsColumn;
    QWidget* m_messagesColumn;
    QPushButton* m_copy;
    QPushButton* m_cancel;
    QPushButton* m_dryRun;
    QPushButton* m_act;
    QPushButton* m_show;
    QPushButton* m_close;
    QTimer m_timer;
    QElapsedTimer m_shown;
    Task m_reading;
    Task m_writing;
};

} // namespace vtscope
