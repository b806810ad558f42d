// The branch as a tree: keyspaces, shards, tables with their columns, queues. GUI thread; reads the branch off it.
#pragma once

#include <QWidget>

#include <memory>

#include "streamcore/branch/branch.h"
#include "ui/task.h"

class QLineEdit;
class QTreeWidget;
class QTreeWidgetItem;
class QToolButton;

namespace vtscope {

class Navigator : public QWidget
{
    Q_OBJECT

public:
    explicit Navigator(QWidget* parent = nullptr);

    // Reads what the branch holds; null empties the tree.
    void setConnection(std::shared_ptr<Connection> connection);
    const std::shared_ptr<Connection>& connection() const { return m_connection; }
    // As last read.
    const Branch& branch() const { return m_branch; }
    void refresh();
    void focusFind();
    // The name that is marked, to the clipboard.
    void copy() const;
    // Marks the table of the tab that is shown; no name marks nothing new. Does not take the focus.
    void showTable(const QString& keyspace, const QString& table);

Q_SIGNALS:
    // The branch was read (again).
    void branchRead();
    // Return or a double click on a table: watch it from now on.
    void watchRequested(const QString& keyspace, const QString& table);
    // The same with a look at the options first.
    void watchOptionsRequested(const QString& keyspace, const QString& table);
    void queueRequested(const QString& keyspace, const QString& table);
    void problem(const QString& sentence, const QString& details);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void restyle();
    void markShown();
    void fill();
    void addKeyspace(QTreeWidgetItem* root, const Keyspace& keyspace);
    void addTable(QTreeWidgetItem* parent, const Keyspace& keyspace, const Table& table);
    void applyFind();
    void activate(QTreeWidgetItem* item);
    void showMenu(const QPoint& at);

    std::shared_ptr<Connection> m_connection;
    Branch m_branch;
    QString m_shownKeyspace;
    QString m_shownTable;
    bool m_hasInternal = false;
    QLineEdit* m_find;
    QTreeWidget* m_tree;
    Task m_reading{this};
};

} // namespace vtscope
