#pragma once

#include "streamcore/branch/branch.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace vtscope {

class ElidedLabel;

/// What is looked at: keyspace, table, shards, "Look only", and the table's settings in one line. GUI thread.
class QueueSourceBar : public QFrame
{
    Q_OBJECT

public:
    QueueSourceBar(const QString& keyspace, const Table& table, const std::vector<std::string>& shards,
                   QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// How many are chosen and what can be done to them. GUI thread. Its buttons never move when numbers change.
class QueueActionBar : public QFrame
{
    Q_OBJECT

public:
    explicit QueueActionBar(QWidget* parent = nullptr);

    /// `chosen` of `whole`; `areTicked` says whether they are ticked or only selected.
    void setCounts(qint64 chosen, bool areTicked, qint64 whole);
    /// Why *Acknowledge* cannot be pressed now; empty when it can.
    void setWhyNot(const QString& why);
    void setWhyNotSubscribe(const QString& why);
    void setReading(bool on);
    /// When the messages were read, by the server's clock; 0 for not yet.
    void setReadAt(std::int64_t ns);

    QPushButton* acknowledge() const { return m_acknowledge; }
    QPushButton* refresh() const { return m_refresh; }
    QPushButton* subscribe() const { return m_subscribe; }
    QPushButton* exportButton() const { return m_export; }
    QString whyNot() const;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void showReadAt();

    ElidedLabel* m_chosen;
    ElidedLabel* m_whole;
    ElidedLabel* m_why;
    ElidedLabel* m_read;
    QPushButton* m_acknowledge;
    QPushButton* m_refresh;
    QPushButton* m_subscribe;
    QPushButton* m_export;
    std::int64_t m_readAt = 0;
    bool m_isReading = false;
};

} // namespace vtscope
