#pragma once

#include "ui/start/recent.h"

#include <QList>
#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace vtscope {

class CaptureRow;
class CardButton;
class ClearButton;

/// The right side of the start page: saved connections as cards, captures that were not saved, recent captures.
/// GUI thread. Setting a list again leaves the focus where it was, if that entry is still there.
class RecentLists : public QWidget
{
    Q_OBJECT

public:
    explicit RecentLists(QWidget* parent = nullptr);

    void setConnections(const QList<RecentConnection>& connections);
    void setCaptures(const QList<RecentCapture>& captures);
    qsizetype connectionCount() const { return m_connections.size(); }
    /// The first connection, else null.
    QWidget* firstCard() const;
    /// The times anew.
    void updateTimes();

Q_SIGNALS:
    void connectRequested(const QString& id);
    void editRequested(const QString& id);
    void removeRequested(const QString& id, const QString& title);
    void clearConnectionsRequested();
    void captureRequested(const QString& path);
    void captureRemoved(const QString& path);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Group
    {
        QWidget* head = nullptr;
        QLabel* title = nullptr;
        ClearButton* clear = nullptr;
        QLabel* nothing = nullptr;
        QVBoxLayout* rows = nullptr;
    };
    Group addGroup(const QString& title, const QString& nothing, int spacing);
    CardButton* addCard(const RecentConnection& connection);
    void showMenu(const CardButton* card, const QPoint& at);
    void addRows(const Group& group, const QList<RecentCapture>& captures);
    const RecentConnection* connectionOf(const QObject* card) const;

    QVBoxLayout* m_column;
    Group m_connectionGroup;
    Group m_keptGroup;
    Group m_captureGroup;
    QList<RecentConnection> m_connections;
    QList<CardButton*> m_cards;
    QList<CaptureRow*> m_rows;
};

} // namespace vtscope
