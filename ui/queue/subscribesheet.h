#pragma once

#include "streamcore/queue/queue.h"
#include "ui/queue/sheet.h"

#include <QTimer>

#include <memory>

namespace vtscope {

/// The warning before somebody becomes a consumer of a queue. GUI thread. Unlocks the connection and says accepted();
/// sends nothing itself. On production the name of the table is typed.
class SubscribeSheet : public Sheet
{
    Q_OBJECT

public:
    SubscribeSheet(std::shared_ptr<Connection> connection, QueueTable table, QueueSettings settings,
                   QWidget* parent = nullptr);

    /// Puts the focus where the next step is.
    void takeFocus();
    void carryOut();
    QString whyNot() const;

Q_SIGNALS:
    void lockChanged();
    void accepted();

private:
    void updateFoot();
    bool isProduction() const;

    std::shared_ptr<Connection> m_connection;
    QueueTable m_table;
    QPushButton* m_cancel;
    QPushButton* m_act;
    QTimer m_timer;
};

} // namespace vtscope
