#pragma once

#include "ui/grid/columnlayout.h"

#include <QDialog>

class QListWidget;
class QPushButton;

namespace vtscope {

/// Lets the user tick the columns to be shown, put them in order, pin and mask some. GUI thread.
class ColumnsDialog : public QDialog
{
    Q_OBJECT

public:
    ColumnsDialog(const QList<ColumnLayout::Column>& columns, QWidget* parent);

    void setColumns(const QList<ColumnLayout::Column>& columns);
    QList<ColumnLayout::Column> columns() const;

Q_SIGNALS:
    /// Back to the first order, all shown: to be answered by setColumns().
    void resetRequested();

private:
    void move(int by);
    void togglePin();
    void toggleMask();
    void settlePin(int row);
    void update();

    QList<ColumnLayout::Column> m_columns;
    QListWidget* m_list;
    QPushButton* m_up;
    QPushButton* m_down;
    QPushButton* m_pin;
    QPushButton* m_mask;
    QPushButton* m_ok;
};

} // namespace vtscope
